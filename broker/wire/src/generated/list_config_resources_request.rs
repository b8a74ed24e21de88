//! `ListConfigResourcesRequest` (API key 74), versions 0 to 1. Generated from the schema.
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
pub struct ListConfigResourcesRequest {
    /// Versions 1 and later.
    pub resource_types: Vec<i8>,
}

impl Default for ListConfigResourcesRequest {
    fn default() -> Self {
        Self { resource_types: Vec::new() }
    }
}

impl Wire for ListConfigResourcesRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 1 {
            bytes += <Vec<i8> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 1 {
            value.resource_types = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 1 {
            self.resource_types.encode(w, version, flexible)?;
        }
        if !(version >= 1) && !self.resource_types.is_empty() {
            return Err(EncodeError::NotInVersion {
                field: "ListConfigResourcesRequest.resource_types",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ListConfigResourcesRequest {
    const NAME: &'static str = "ListConfigResourcesRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 1;
    fn is_flexible(version: i16) -> bool {
        true
    }
}
