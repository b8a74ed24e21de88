//! `FindCoordinatorRequest` (API key 10), versions 0 to 6. Generated from the schema.
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
pub struct FindCoordinatorRequest {
    /// Versions 0 to 3.
    pub key: WireStr,
    /// Versions 1 and later.
    pub key_type: i8,
    /// Versions 4 and later.
    pub coordinator_keys: Vec<WireStr>,
}

impl Default for FindCoordinatorRequest {
    fn default() -> Self {
        Self { key: WireStr::new(), key_type: 0, coordinator_keys: Vec::new() }
    }
}

impl Wire for FindCoordinatorRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 1 {
            bytes += <i8 as Wire>::bytes_min(version, flexible);
        }
        if version >= 4 {
            bytes += <Vec<WireStr> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version <= 3 {
            value.key = Wire::decode(r, version, flexible)?;
        }
        if version >= 1 {
            value.key_type = Wire::decode(r, version, flexible)?;
        }
        if version >= 4 {
            value.coordinator_keys = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version <= 3 {
            self.key.encode(w, version, flexible)?;
        }
        if !(version <= 3) && !self.key.is_empty() {
            return Err(EncodeError::NotInVersion { field: "FindCoordinatorRequest.key", version });
        }
        if version >= 1 {
            self.key_type.encode(w, version, flexible)?;
        }
        if !(version >= 1) && self.key_type != 0 {
            return Err(EncodeError::NotInVersion { field: "FindCoordinatorRequest.key_type", version });
        }
        if version >= 4 {
            self.coordinator_keys.encode(w, version, flexible)?;
        }
        if !(version >= 4) && !self.coordinator_keys.is_empty() {
            return Err(EncodeError::NotInVersion {
                field: "FindCoordinatorRequest.coordinator_keys",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for FindCoordinatorRequest {
    const NAME: &'static str = "FindCoordinatorRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 6;
    fn is_flexible(version: i16) -> bool {
        version >= 3
    }
}
