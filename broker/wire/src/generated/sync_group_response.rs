//! `SyncGroupResponse` (API key 14), versions 0 to 5. Generated from the schema.
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
pub struct SyncGroupResponse {
    /// Versions 1 and later.
    pub throttle_time_ms: i32,
    /// All versions.
    pub error_code: i16,
    /// Versions 5 and later, may be null.
    pub protocol_type: Option<WireStr>,
    /// Versions 5 and later, may be null.
    pub protocol_name: Option<WireStr>,
    /// All versions.
    pub assignment: Bytes,
}

impl Default for SyncGroupResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            protocol_type: None,
            protocol_name: None,
            assignment: Bytes::new(),
        }
    }
}

impl Wire for SyncGroupResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 1 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        if version >= 5 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes += <Bytes as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 1 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        value.error_code = Wire::decode(r, version, flexible)?;
        if version >= 5 {
            value.protocol_type = if version >= 5 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version >= 5 {
            value.protocol_name = if version >= 5 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        value.assignment = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 1 {
            self.throttle_time_ms.encode(w, version, flexible)?;
        }
        self.error_code.encode(w, version, flexible)?;
        if version >= 5 {
            if version >= 5 {
                NullableWire::encode_nullable(self.protocol_type.as_ref(), w, version, flexible)?
            } else {
                self.protocol_type
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "protocol_type", version })?
                    .encode(w, version, flexible)?
            };
        }
        if version >= 5 {
            if version >= 5 {
                NullableWire::encode_nullable(self.protocol_name.as_ref(), w, version, flexible)?
            } else {
                self.protocol_name
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "protocol_name", version })?
                    .encode(w, version, flexible)?
            };
        }
        self.assignment.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for SyncGroupResponse {
    const NAME: &'static str = "SyncGroupResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 5;
    fn is_flexible(version: i16) -> bool {
        version >= 4
    }
}
