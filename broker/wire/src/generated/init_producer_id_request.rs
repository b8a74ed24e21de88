//! `InitProducerIdRequest` (API key 22), versions 0 to 5. Generated from the schema.
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
pub struct InitProducerIdRequest {
    /// All versions, may be null.
    pub transactional_id: Option<WireStr>,
    /// All versions.
    pub transaction_timeout_ms: i32,
    /// Versions 3 and later.
    pub producer_id: i64,
    /// Versions 3 and later.
    pub producer_epoch: i16,
}

impl Default for InitProducerIdRequest {
    fn default() -> Self {
        Self {
            transactional_id: Some(Default::default()),
            transaction_timeout_ms: 0,
            producer_id: -1,
            producer_epoch: -1,
        }
    }
}

impl Wire for InitProducerIdRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        if version >= 3 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.transactional_id = NullableWire::decode_nullable(r, version, flexible)?;
        value.transaction_timeout_ms = Wire::decode(r, version, flexible)?;
        if version >= 3 {
            value.producer_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 3 {
            value.producer_epoch = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        NullableWire::encode_nullable(self.transactional_id.as_ref(), w, version, flexible)?;
        self.transaction_timeout_ms.encode(w, version, flexible)?;
        if version >= 3 {
            self.producer_id.encode(w, version, flexible)?;
        }
        if !(version >= 3) && self.producer_id != -1 {
            return Err(EncodeError::NotInVersion { field: "InitProducerIdRequest.producer_id", version });
        }
        if version >= 3 {
            self.producer_epoch.encode(w, version, flexible)?;
        }
        if !(version >= 3) && self.producer_epoch != -1 {
            return Err(EncodeError::NotInVersion { field: "InitProducerIdRequest.producer_epoch", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for InitProducerIdRequest {
    const NAME: &'static str = "InitProducerIdRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 5;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
