//! Record batch v2 (magic 2, KIP-98): a borrowing view, the checks that a broker owes a produced batch, rewriting in place,
//! the five codecs, and building.
//!
//! Invariants: nothing here panics on any bytes; nothing allocates more than [`limits::STORED_BATCH_DECOMPRESSED_BYTES_MAX`] (or the
//! cap that the caller gives) beyond its input; a count or a length from the bytes is never trusted before it was compared with
//! the bytes that are there; headers keep their order and their duplicates. Formats v0 and v1 do not exist here.
//!
//! Where to look: [`BatchIter`] cuts a concatenation into [`BatchView`]s, [`validate`] judges one, [`RecordBatchMut`] gives it
//! offsets and times, [`BatchView::records`] reads its records, [`BatchBuilder`] writes a new one, [`recompress`] and
//! [`retain`] write a changed one.
//!
//! It knows nothing of files, partitions or requests, and takes the time as an argument.
#![deny(clippy::unwrap_used, clippy::expect_used)]

mod attributes;
mod batch;
mod build;
mod compression;
mod control;
mod crc;
mod error;
mod header;
mod record;
mod rewrite;
mod transform;
mod validate;
mod varint;

pub use attributes::{Attributes, TimestampType};
pub use batch::{BatchIter, BatchView, Records};
pub use build::{BatchBuilder, BuildError};
pub use compression::{Compression, UnknownCompression, compress, decompress};
pub use control::{ControlRecord, ControlRecordType, EndTxnMarker, end_txn_marker_batch};
pub use error::{DecompressError, Malformed, RecordError, RejectedRecord, Rejection};
pub use header::{BatchHeader, NO_SEQUENCE, sequence_plus};
pub use record::{Header, HeaderIter, RecordIter, RecordView};
pub use rewrite::RecordBatchMut;
pub use transform::{Retained, recompress, retain};
pub use validate::{BatchOrigin, Validated, ValidationRules, validate, validate_produced};
pub use weir_model::limits;
