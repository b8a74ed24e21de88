//! `HeartbeatRequest` (API key 12), versions 0 to 4. Generated from the schema.
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
pub struct HeartbeatRequest {
    /// All versions.
    pub group_id: WireStr,
    /// All versions.
    pub generation_id: i32,
    /// All versions.
    pub member_id: WireStr,
    /// Versions 3 and later, may be null.
    pub group_instance_id: Option<WireStr>,
}

impl Default for HeartbeatRequest {
    fn default() -> Self {
        Self {
            group_id: WireStr::new(),
            generation_id: 0,
            member_id: WireStr::new(),
            group_instance_id: None,
        }
    }
}

impl Wire for HeartbeatRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.group_id = Wire::decode(r, version, flexible)?;
        value.generation_id = Wire::decode(r, version, flexible)?;
        value.member_id = Wire::decode(r, version, flexible)?;
        if version >= 3 {
            value.group_instance_id = if version >= 3 {
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
        self.group_id.encode(w, version, flexible)?;
        self.generation_id.encode(w, version, flexible)?;
        self.member_id.encode(w, version, flexible)?;
        if version >= 3 {
            if version >= 3 {
                NullableWire::encode_nullable(self.group_instance_id.as_ref(), w, version, flexible)?
            } else {
                self.group_instance_id
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "group_instance_id", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 3) && self.group_instance_id.is_some() {
            return Err(EncodeError::NotInVersion { field: "HeartbeatRequest.group_instance_id", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for HeartbeatRequest {
    const NAME: &'static str = "HeartbeatRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 4;
    fn is_flexible(version: i16) -> bool {
        version >= 4
    }
}
