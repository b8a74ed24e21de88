//! `DescribeGroupsRequest` (API key 15), versions 0 to 6. Generated from the schema.
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
pub struct DescribeGroupsRequest {
    /// All versions.
    pub groups: Vec<WireStr>,
    /// Versions 3 and later.
    pub include_authorized_operations: bool,
}

impl Default for DescribeGroupsRequest {
    fn default() -> Self {
        Self { groups: Vec::new(), include_authorized_operations: false }
    }
}

impl Wire for DescribeGroupsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<WireStr> as Wire>::bytes_min(version, flexible);
        if version >= 3 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.groups = Wire::decode(r, version, flexible)?;
        if version >= 3 {
            value.include_authorized_operations = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.groups.encode(w, version, flexible)?;
        if version >= 3 {
            self.include_authorized_operations.encode(w, version, flexible)?;
        }
        if !(version >= 3) && self.include_authorized_operations {
            return Err(EncodeError::NotInVersion {
                field: "DescribeGroupsRequest.include_authorized_operations",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for DescribeGroupsRequest {
    const NAME: &'static str = "DescribeGroupsRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 6;
    fn is_flexible(version: i16) -> bool {
        version >= 5
    }
}
