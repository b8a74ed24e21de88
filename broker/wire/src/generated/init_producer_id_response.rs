//! `InitProducerIdResponse` (API key 22), versions 0 to 5. Generated from the schema.
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
pub struct InitProducerIdResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub error_code: i16,
    /// All versions.
    pub producer_id: i64,
    /// All versions.
    pub producer_epoch: i16,
}

impl Default for InitProducerIdResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, producer_id: -1, producer_epoch: 0 }
    }
}

impl Wire for InitProducerIdResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        value.error_code = Wire::decode(r, version, flexible)?;
        value.producer_id = Wire::decode(r, version, flexible)?;
        value.producer_epoch = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        self.error_code.encode(w, version, flexible)?;
        self.producer_id.encode(w, version, flexible)?;
        self.producer_epoch.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for InitProducerIdResponse {
    const NAME: &'static str = "InitProducerIdResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 5;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
