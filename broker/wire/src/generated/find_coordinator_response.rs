//! `FindCoordinatorResponse` (API key 10), versions 0 to 6. Generated from the schema.
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
pub struct FindCoordinatorResponse {
    /// Versions 1 and later.
    pub throttle_time_ms: i32,
    /// Versions 0 to 3.
    pub error_code: i16,
    /// Versions 1 to 3, may be null.
    pub error_message: Option<WireStr>,
    /// Versions 0 to 3.
    pub node_id: i32,
    /// Versions 0 to 3.
    pub host: WireStr,
    /// Versions 0 to 3.
    pub port: i32,
    /// Versions 4 and later.
    pub coordinators: Vec<Coordinator>,
}

impl Default for FindCoordinatorResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Default::default()),
            node_id: 0,
            host: WireStr::new(),
            port: 0,
            coordinators: Vec::new(),
        }
    }
}

impl Wire for FindCoordinatorResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 1 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version <= 3 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        if (1..=3).contains(&version) {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version <= 3 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version <= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version <= 3 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 4 {
            bytes += <Vec<Coordinator> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 1 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        if version <= 3 {
            value.error_code = Wire::decode(r, version, flexible)?;
        }
        if (1..=3).contains(&version) {
            value.error_message = if (1..=3).contains(&version) {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version <= 3 {
            value.node_id = Wire::decode(r, version, flexible)?;
        }
        if version <= 3 {
            value.host = Wire::decode(r, version, flexible)?;
        }
        if version <= 3 {
            value.port = Wire::decode(r, version, flexible)?;
        }
        if version >= 4 {
            value.coordinators = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 1 {
            self.throttle_time_ms.encode(w, version, flexible)?;
        }
        if version <= 3 {
            self.error_code.encode(w, version, flexible)?;
        }
        if !(version <= 3) && self.error_code != 0 {
            return Err(EncodeError::NotInVersion { field: "FindCoordinatorResponse.error_code", version });
        }
        if (1..=3).contains(&version) {
            if (1..=3).contains(&version) {
                NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?
            } else {
                self.error_message
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "error_message", version })?
                    .encode(w, version, flexible)?
            };
        }
        if version <= 3 {
            self.node_id.encode(w, version, flexible)?;
        }
        if !(version <= 3) && self.node_id != 0 {
            return Err(EncodeError::NotInVersion { field: "FindCoordinatorResponse.node_id", version });
        }
        if version <= 3 {
            self.host.encode(w, version, flexible)?;
        }
        if !(version <= 3) && !self.host.is_empty() {
            return Err(EncodeError::NotInVersion { field: "FindCoordinatorResponse.host", version });
        }
        if version <= 3 {
            self.port.encode(w, version, flexible)?;
        }
        if !(version <= 3) && self.port != 0 {
            return Err(EncodeError::NotInVersion { field: "FindCoordinatorResponse.port", version });
        }
        if version >= 4 {
            self.coordinators.encode(w, version, flexible)?;
        }
        if !(version >= 4) && !self.coordinators.is_empty() {
            return Err(EncodeError::NotInVersion { field: "FindCoordinatorResponse.coordinators", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `FindCoordinatorResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinator {
    /// Versions 4 and later.
    pub key: WireStr,
    /// Versions 4 and later.
    pub node_id: i32,
    /// Versions 4 and later.
    pub host: WireStr,
    /// Versions 4 and later.
    pub port: i32,
    /// Versions 4 and later.
    pub error_code: i16,
    /// Versions 4 and later, may be null.
    pub error_message: Option<WireStr>,
}

impl Default for Coordinator {
    fn default() -> Self {
        Self {
            key: WireStr::new(),
            node_id: 0,
            host: WireStr::new(),
            port: 0,
            error_code: 0,
            error_message: Some(Default::default()),
        }
    }
}

impl Wire for Coordinator {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 4 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 4 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 4 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 4 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 4 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        if version >= 4 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 4 {
            value.key = Wire::decode(r, version, flexible)?;
        }
        if version >= 4 {
            value.node_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 4 {
            value.host = Wire::decode(r, version, flexible)?;
        }
        if version >= 4 {
            value.port = Wire::decode(r, version, flexible)?;
        }
        if version >= 4 {
            value.error_code = Wire::decode(r, version, flexible)?;
        }
        if version >= 4 {
            value.error_message = if version >= 4 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 4 {
            self.key.encode(w, version, flexible)?;
        }
        if !(version >= 4) && !self.key.is_empty() {
            return Err(EncodeError::NotInVersion { field: "Coordinator.key", version });
        }
        if version >= 4 {
            self.node_id.encode(w, version, flexible)?;
        }
        if !(version >= 4) && self.node_id != 0 {
            return Err(EncodeError::NotInVersion { field: "Coordinator.node_id", version });
        }
        if version >= 4 {
            self.host.encode(w, version, flexible)?;
        }
        if !(version >= 4) && !self.host.is_empty() {
            return Err(EncodeError::NotInVersion { field: "Coordinator.host", version });
        }
        if version >= 4 {
            self.port.encode(w, version, flexible)?;
        }
        if !(version >= 4) && self.port != 0 {
            return Err(EncodeError::NotInVersion { field: "Coordinator.port", version });
        }
        if version >= 4 {
            self.error_code.encode(w, version, flexible)?;
        }
        if !(version >= 4) && self.error_code != 0 {
            return Err(EncodeError::NotInVersion { field: "Coordinator.error_code", version });
        }
        if version >= 4 {
            if version >= 4 {
                NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?
            } else {
                self.error_message
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "error_message", version })?
                    .encode(w, version, flexible)?
            };
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for FindCoordinatorResponse {
    const NAME: &'static str = "FindCoordinatorResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 6;
    fn is_flexible(version: i16) -> bool {
        version >= 3
    }
}
