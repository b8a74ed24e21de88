//! `JoinGroupResponse` (API key 11), versions 0 to 9. Generated from the schema.
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
pub struct JoinGroupResponse {
    /// Versions 2 and later.
    pub throttle_time_ms: i32,
    /// All versions.
    pub error_code: i16,
    /// All versions.
    pub generation_id: i32,
    /// Versions 7 and later, may be null.
    pub protocol_type: Option<WireStr>,
    /// All versions, may be null.
    pub protocol_name: Option<WireStr>,
    /// All versions.
    pub leader: WireStr,
    /// Versions 9 and later.
    pub skip_assignment: bool,
    /// All versions.
    pub member_id: WireStr,
    /// All versions.
    pub members: Vec<JoinGroupResponseMember>,
}

impl Default for JoinGroupResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            generation_id: -1,
            protocol_type: None,
            protocol_name: Some(Default::default()),
            leader: WireStr::new(),
            skip_assignment: false,
            member_id: WireStr::new(),
            members: Vec::new(),
        }
    }
}

impl Wire for JoinGroupResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 2 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        if version >= 7 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 9 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<JoinGroupResponseMember> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 2 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        value.error_code = Wire::decode(r, version, flexible)?;
        value.generation_id = Wire::decode(r, version, flexible)?;
        if version >= 7 {
            value.protocol_type = if version >= 7 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        value.protocol_name = if version >= 7 {
            NullableWire::decode_nullable(r, version, flexible)?
        } else {
            Some(Wire::decode(r, version, flexible)?)
        };
        value.leader = Wire::decode(r, version, flexible)?;
        if version >= 9 {
            value.skip_assignment = Wire::decode(r, version, flexible)?;
        }
        value.member_id = Wire::decode(r, version, flexible)?;
        value.members = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 2 {
            self.throttle_time_ms.encode(w, version, flexible)?;
        }
        self.error_code.encode(w, version, flexible)?;
        self.generation_id.encode(w, version, flexible)?;
        if version >= 7 {
            if version >= 7 {
                NullableWire::encode_nullable(self.protocol_type.as_ref(), w, version, flexible)?
            } else {
                self.protocol_type
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "protocol_type", version })?
                    .encode(w, version, flexible)?
            };
        }
        if version >= 7 {
            NullableWire::encode_nullable(self.protocol_name.as_ref(), w, version, flexible)?
        } else {
            self.protocol_name
                .as_ref()
                .ok_or(EncodeError::Null { field: "protocol_name", version })?
                .encode(w, version, flexible)?
        };
        self.leader.encode(w, version, flexible)?;
        if version >= 9 {
            self.skip_assignment.encode(w, version, flexible)?;
        }
        if !(version >= 9) && self.skip_assignment {
            return Err(EncodeError::NotInVersion { field: "JoinGroupResponse.skip_assignment", version });
        }
        self.member_id.encode(w, version, flexible)?;
        self.members.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `JoinGroupResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroupResponseMember {
    /// All versions.
    pub member_id: WireStr,
    /// Versions 5 and later, may be null.
    pub group_instance_id: Option<WireStr>,
    /// All versions.
    pub metadata: Bytes,
}

impl Default for JoinGroupResponseMember {
    fn default() -> Self {
        Self { member_id: WireStr::new(), group_instance_id: None, metadata: Bytes::new() }
    }
}

impl Wire for JoinGroupResponseMember {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 5 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes += <Bytes as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.member_id = Wire::decode(r, version, flexible)?;
        if version >= 5 {
            value.group_instance_id = if version >= 5 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        value.metadata = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.member_id.encode(w, version, flexible)?;
        if version >= 5 {
            if version >= 5 {
                NullableWire::encode_nullable(self.group_instance_id.as_ref(), w, version, flexible)?
            } else {
                self.group_instance_id
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "group_instance_id", version })?
                    .encode(w, version, flexible)?
            };
        }
        self.metadata.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for JoinGroupResponse {
    const NAME: &'static str = "JoinGroupResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 9;
    fn is_flexible(version: i16) -> bool {
        version >= 6
    }
}
