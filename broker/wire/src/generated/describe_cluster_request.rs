//! `DescribeClusterRequest` (API key 60), versions 0 to 2. Generated from the schema.
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
pub struct DescribeClusterRequest {
    /// All versions.
    pub include_cluster_authorized_operations: bool,
    /// Versions 1 and later.
    pub endpoint_type: i8,
    /// Versions 2 and later.
    pub include_fenced_brokers: bool,
}

impl Default for DescribeClusterRequest {
    fn default() -> Self {
        Self { include_cluster_authorized_operations: false, endpoint_type: 1, include_fenced_brokers: false }
    }
}

impl Wire for DescribeClusterRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <bool as Wire>::bytes_min(version, flexible);
        if version >= 1 {
            bytes += <i8 as Wire>::bytes_min(version, flexible);
        }
        if version >= 2 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.include_cluster_authorized_operations = Wire::decode(r, version, flexible)?;
        if version >= 1 {
            value.endpoint_type = Wire::decode(r, version, flexible)?;
        }
        if version >= 2 {
            value.include_fenced_brokers = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.include_cluster_authorized_operations.encode(w, version, flexible)?;
        if version >= 1 {
            self.endpoint_type.encode(w, version, flexible)?;
        }
        if !(version >= 1) && self.endpoint_type != 1 {
            return Err(EncodeError::NotInVersion { field: "DescribeClusterRequest.endpoint_type", version });
        }
        if version >= 2 {
            self.include_fenced_brokers.encode(w, version, flexible)?;
        }
        if !(version >= 2) && self.include_fenced_brokers {
            return Err(EncodeError::NotInVersion {
                field: "DescribeClusterRequest.include_fenced_brokers",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for DescribeClusterRequest {
    const NAME: &'static str = "DescribeClusterRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 2;
    fn is_flexible(version: i16) -> bool {
        true
    }
}
