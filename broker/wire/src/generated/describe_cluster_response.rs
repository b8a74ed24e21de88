//! `DescribeClusterResponse` (API key 60), versions 0 to 2. Generated from the schema.
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
pub struct DescribeClusterResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub error_code: i16,
    /// All versions, may be null.
    pub error_message: Option<WireStr>,
    /// Versions 1 and later.
    pub endpoint_type: i8,
    /// All versions.
    pub cluster_id: WireStr,
    /// All versions.
    pub controller_id: i32,
    /// All versions.
    pub brokers: Vec<DescribeClusterBroker>,
    /// All versions.
    pub cluster_authorized_operations: i32,
}

impl Default for DescribeClusterResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: None,
            endpoint_type: 1,
            cluster_id: WireStr::new(),
            controller_id: -1,
            brokers: Vec::new(),
            cluster_authorized_operations: -2147483648,
        }
    }
}

impl Wire for DescribeClusterResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 1 {
            bytes += <i8 as Wire>::bytes_min(version, flexible);
        }
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribeClusterBroker> as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        value.error_code = Wire::decode(r, version, flexible)?;
        value.error_message = NullableWire::decode_nullable(r, version, flexible)?;
        if version >= 1 {
            value.endpoint_type = Wire::decode(r, version, flexible)?;
        }
        value.cluster_id = Wire::decode(r, version, flexible)?;
        value.controller_id = Wire::decode(r, version, flexible)?;
        value.brokers = Wire::decode(r, version, flexible)?;
        value.cluster_authorized_operations = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        self.error_code.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?;
        if version >= 1 {
            self.endpoint_type.encode(w, version, flexible)?;
        }
        if !(version >= 1) && self.endpoint_type != 1 {
            return Err(EncodeError::NotInVersion {
                field: "DescribeClusterResponse.endpoint_type",
                version,
            });
        }
        self.cluster_id.encode(w, version, flexible)?;
        self.controller_id.encode(w, version, flexible)?;
        self.brokers.encode(w, version, flexible)?;
        self.cluster_authorized_operations.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeClusterResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeClusterBroker {
    /// All versions.
    pub broker_id: i32,
    /// All versions.
    pub host: WireStr,
    /// All versions.
    pub port: i32,
    /// All versions, may be null.
    pub rack: Option<WireStr>,
    /// Versions 2 and later.
    pub is_fenced: bool,
}

impl Default for DescribeClusterBroker {
    fn default() -> Self {
        Self { broker_id: 0, host: WireStr::new(), port: 0, rack: None, is_fenced: false }
    }
}

impl Wire for DescribeClusterBroker {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 2 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.broker_id = Wire::decode(r, version, flexible)?;
        value.host = Wire::decode(r, version, flexible)?;
        value.port = Wire::decode(r, version, flexible)?;
        value.rack = NullableWire::decode_nullable(r, version, flexible)?;
        if version >= 2 {
            value.is_fenced = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.broker_id.encode(w, version, flexible)?;
        self.host.encode(w, version, flexible)?;
        self.port.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.rack.as_ref(), w, version, flexible)?;
        if version >= 2 {
            self.is_fenced.encode(w, version, flexible)?;
        }
        if !(version >= 2) && self.is_fenced {
            return Err(EncodeError::NotInVersion { field: "DescribeClusterBroker.is_fenced", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for DescribeClusterResponse {
    const NAME: &'static str = "DescribeClusterResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 2;
    fn is_flexible(version: i16) -> bool {
        true
    }
}
