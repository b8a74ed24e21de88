//! `ConsumerGroupDescribeRequest` (API key 69), versions 0 to 1. Generated from the schema.
#![allow(
    clippy::all,
    clippy::semicolon_if_nothing_returned,
    unused_imports,
    unused_variables,
    unreachable_patterns,
    reason = "generated"
)]

use bytes::Bytes;
use weir_model::Uuid;

use crate::codec::{
    DecodeError, EncodeError, Message, NullableWire, Reader, Records, TaggedFields, Wire, WireStr, Writer,
};

/// The message.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerGroupDescribeRequest {
    /// All versions.
    pub group_ids: Vec<WireStr>,
    /// All versions.
    pub include_authorized_operations: bool,
}

impl Default for ConsumerGroupDescribeRequest {
    fn default() -> Self {
        Self { group_ids: Vec::new(), include_authorized_operations: false }
    }
}

impl Wire for ConsumerGroupDescribeRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<WireStr> as Wire>::bytes_min(version, flexible);
        bytes += <bool as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.group_ids = Wire::decode(r, version, flexible)?;
        value.include_authorized_operations = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.group_ids.encode(w, version, flexible)?;
        self.include_authorized_operations.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ConsumerGroupDescribeRequest {
    const NAME: &'static str = "ConsumerGroupDescribeRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 1;
    fn is_flexible(version: i16) -> bool {
        true
    }
}
