//! `ListGroupsRequest` (API key 16), versions 0 to 5. Generated from the schema.
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
pub struct ListGroupsRequest {
    /// Versions 4 and later.
    pub states_filter: Vec<WireStr>,
    /// Versions 5 and later.
    pub types_filter: Vec<WireStr>,
}

impl Default for ListGroupsRequest {
    fn default() -> Self {
        Self { states_filter: Vec::new(), types_filter: Vec::new() }
    }
}

impl Wire for ListGroupsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 4 {
            bytes += <Vec<WireStr> as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <Vec<WireStr> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 4 {
            value.states_filter = Wire::decode(r, version, flexible)?;
        }
        if version >= 5 {
            value.types_filter = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 4 {
            self.states_filter.encode(w, version, flexible)?;
        }
        if !(version >= 4) && !self.states_filter.is_empty() {
            return Err(EncodeError::NotInVersion { field: "ListGroupsRequest.states_filter", version });
        }
        if version >= 5 {
            self.types_filter.encode(w, version, flexible)?;
        }
        if !(version >= 5) && !self.types_filter.is_empty() {
            return Err(EncodeError::NotInVersion { field: "ListGroupsRequest.types_filter", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ListGroupsRequest {
    const NAME: &'static str = "ListGroupsRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 5;
    fn is_flexible(version: i16) -> bool {
        version >= 3
    }
}
