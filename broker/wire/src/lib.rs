//! The bytes of the Kafka protocol: every request and response in every version, from the schemas in `schemas/`.
//!
//! - Decoding is bounded: each length and count is checked against what is there before memory is taken, and what is
//!   malformed is an error of that request alone. Strings and records are slices of the frame.
//! - Encoding yields segments, bytes or ranges of files, so that records never pass through memory twice.
//! - Nothing here knows what a request means, opens a file or a socket, or keeps state.

#![deny(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod codec;
mod generated;
pub mod header;
pub mod version;

pub use codec::{
    DecodeError, EncodeError, FileRange, Message, RangeSource, Reader, Records, Request, Room, Segment,
    WireStr, Writer,
};
pub use generated::ApiKey;
pub use header::RequestHeader;
pub use version::{VersionRange, versions};
pub use weir_model::ErrorCode;

/// Every message, one module each.
pub mod messages {
    pub use crate::generated::*;
}
