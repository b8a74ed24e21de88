//! `LeaveGroupRequest` (API key 13), versions 0 to 5. Generated from the schema.
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
pub struct LeaveGroupRequest {
    /// All versions.
    pub group_id: WireStr,
    /// Versions 0 to 2.
    pub member_id: WireStr,
    /// Versions 3 and later.
    pub members: Vec<MemberIdentity>,
}

impl Default for LeaveGroupRequest {
    fn default() -> Self {
        Self { group_id: WireStr::new(), member_id: WireStr::new(), members: Vec::new() }
    }
}

impl Wire for LeaveGroupRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version <= 2 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <Vec<MemberIdentity> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.group_id = Wire::decode(r, version, flexible)?;
        if version <= 2 {
            value.member_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 3 {
            value.members = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.group_id.encode(w, version, flexible)?;
        if version <= 2 {
            self.member_id.encode(w, version, flexible)?;
        }
        if !(version <= 2) && !self.member_id.is_empty() {
            return Err(EncodeError::NotInVersion { field: "LeaveGroupRequest.member_id", version });
        }
        if version >= 3 {
            self.members.encode(w, version, flexible)?;
        }
        if !(version >= 3) && !self.members.is_empty() {
            return Err(EncodeError::NotInVersion { field: "LeaveGroupRequest.members", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `LeaveGroupRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberIdentity {
    /// Versions 3 and later.
    pub member_id: WireStr,
    /// Versions 3 and later, may be null.
    pub group_instance_id: Option<WireStr>,
    /// Versions 5 and later, may be null.
    pub reason: Option<WireStr>,
}

impl Default for MemberIdentity {
    fn default() -> Self {
        Self { member_id: WireStr::new(), group_instance_id: None, reason: None }
    }
}

impl Wire for MemberIdentity {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
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
        if version >= 5 {
            value.reason = if version >= 5 {
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
        if version >= 3 {
            self.member_id.encode(w, version, flexible)?;
        }
        if !(version >= 3) && !self.member_id.is_empty() {
            return Err(EncodeError::NotInVersion { field: "MemberIdentity.member_id", version });
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
        if !(version >= 3) && self.group_instance_id.is_some() {
            return Err(EncodeError::NotInVersion { field: "MemberIdentity.group_instance_id", version });
        }
        if version >= 5 {
            if version >= 5 {
                NullableWire::encode_nullable(self.reason.as_ref(), w, version, flexible)?
            } else {
                self.reason
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "reason", version })?
                    .encode(w, version, flexible)?
            };
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for LeaveGroupRequest {
    const NAME: &'static str = "LeaveGroupRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 5;
    fn is_flexible(version: i16) -> bool {
        version >= 4
    }
}
