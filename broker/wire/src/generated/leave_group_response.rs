//! `LeaveGroupResponse` (API key 13), versions 0 to 5. Generated from the schema.
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
pub struct LeaveGroupResponse {
    /// Versions 1 and later.
    pub throttle_time_ms: i32,
    /// All versions.
    pub error_code: i16,
    /// Versions 3 and later.
    pub members: Vec<MemberResponse>,
}

impl Default for LeaveGroupResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, members: Vec::new() }
    }
}

impl Wire for LeaveGroupResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 1 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        if version >= 3 {
            bytes += <Vec<MemberResponse> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 1 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        value.error_code = Wire::decode(r, version, flexible)?;
        if version >= 3 {
            value.members = Wire::decode(r, version, flexible)?;
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
        self.error_code.encode(w, version, flexible)?;
        if version >= 3 {
            self.members.encode(w, version, flexible)?;
        }
        if !(version >= 3) && !self.members.is_empty() {
            return Err(EncodeError::NotInVersion { field: "LeaveGroupResponse.members", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `LeaveGroupResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberResponse {
    /// Versions 3 and later.
    pub member_id: WireStr,
    /// Versions 3 and later, may be null.
    pub group_instance_id: Option<WireStr>,
    /// Versions 3 and later.
    pub error_code: i16,
}

impl Default for MemberResponse {
    fn default() -> Self {
        Self { member_id: WireStr::new(), group_instance_id: Some(Default::default()), error_code: 0 }
    }
}

impl Wire for MemberResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 3 {
            value.member_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 3 {
            value.group_instance_id = if version >= 3 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version >= 3 {
            value.error_code = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 3 {
            self.member_id.encode(w, version, flexible)?;
        }
        if !(version >= 3) && !self.member_id.is_empty() {
            return Err(EncodeError::NotInVersion { field: "MemberResponse.member_id", version });
        }
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
        if !(version >= 3) && self.group_instance_id.as_ref().is_none_or(|value| !value.is_empty()) {
            return Err(EncodeError::NotInVersion { field: "MemberResponse.group_instance_id", version });
        }
        if version >= 3 {
            self.error_code.encode(w, version, flexible)?;
        }
        if !(version >= 3) && self.error_code != 0 {
            return Err(EncodeError::NotInVersion { field: "MemberResponse.error_code", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for LeaveGroupResponse {
    const NAME: &'static str = "LeaveGroupResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 5;
    fn is_flexible(version: i16) -> bool {
        version >= 4
    }
}
