//! `DescribeGroupsResponse` (API key 15), versions 0 to 6. Generated from the schema.
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
pub struct DescribeGroupsResponse {
    /// Versions 1 and later.
    pub throttle_time_ms: i32,
    /// All versions.
    pub groups: Vec<DescribedGroup>,
}

impl Default for DescribeGroupsResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, groups: Vec::new() }
    }
}

impl Wire for DescribeGroupsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 1 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<DescribedGroup> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 1 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        value.groups = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 1 {
            self.throttle_time_ms.encode(w, version, flexible)?;
        }
        self.groups.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeGroupsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    /// All versions.
    pub error_code: i16,
    /// Versions 6 and later, may be null.
    pub error_message: Option<WireStr>,
    /// All versions.
    pub group_id: WireStr,
    /// All versions.
    pub group_state: WireStr,
    /// All versions.
    pub protocol_type: WireStr,
    /// All versions.
    pub protocol_data: WireStr,
    /// All versions.
    pub members: Vec<DescribedGroupMember>,
    /// Versions 3 and later.
    pub authorized_operations: i32,
}

impl Default for DescribedGroup {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: None,
            group_id: WireStr::new(),
            group_state: WireStr::new(),
            protocol_type: WireStr::new(),
            protocol_data: WireStr::new(),
            members: Vec::new(),
            authorized_operations: -2147483648,
        }
    }
}

impl Wire for DescribedGroup {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        if version >= 6 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribedGroupMember> as Wire>::bytes_min(version, flexible);
        if version >= 3 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.error_code = Wire::decode(r, version, flexible)?;
        if version >= 6 {
            value.error_message = if version >= 6 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        value.group_id = Wire::decode(r, version, flexible)?;
        value.group_state = Wire::decode(r, version, flexible)?;
        value.protocol_type = Wire::decode(r, version, flexible)?;
        value.protocol_data = Wire::decode(r, version, flexible)?;
        value.members = Wire::decode(r, version, flexible)?;
        if version >= 3 {
            value.authorized_operations = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.error_code.encode(w, version, flexible)?;
        if version >= 6 {
            if version >= 6 {
                NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?
            } else {
                self.error_message
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "error_message", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 6) && self.error_message.is_some() {
            return Err(EncodeError::NotInVersion { field: "DescribedGroup.error_message", version });
        }
        self.group_id.encode(w, version, flexible)?;
        self.group_state.encode(w, version, flexible)?;
        self.protocol_type.encode(w, version, flexible)?;
        self.protocol_data.encode(w, version, flexible)?;
        self.members.encode(w, version, flexible)?;
        if version >= 3 {
            self.authorized_operations.encode(w, version, flexible)?;
        }
        if !(version >= 3) && self.authorized_operations != -2147483648 {
            return Err(EncodeError::NotInVersion { field: "DescribedGroup.authorized_operations", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeGroupsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroupMember {
    /// All versions.
    pub member_id: WireStr,
    /// Versions 4 and later, may be null.
    pub group_instance_id: Option<WireStr>,
    /// All versions.
    pub client_id: WireStr,
    /// All versions.
    pub client_host: WireStr,
    /// All versions.
    pub member_metadata: Bytes,
    /// All versions.
    pub member_assignment: Bytes,
}

impl Default for DescribedGroupMember {
    fn default() -> Self {
        Self {
            member_id: WireStr::new(),
            group_instance_id: None,
            client_id: WireStr::new(),
            client_host: WireStr::new(),
            member_metadata: Bytes::new(),
            member_assignment: Bytes::new(),
        }
    }
}

impl Wire for DescribedGroupMember {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 4 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Bytes as Wire>::bytes_min(version, flexible);
        bytes += <Bytes as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.member_id = Wire::decode(r, version, flexible)?;
        if version >= 4 {
            value.group_instance_id = if version >= 4 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        value.client_id = Wire::decode(r, version, flexible)?;
        value.client_host = Wire::decode(r, version, flexible)?;
        value.member_metadata = Wire::decode(r, version, flexible)?;
        value.member_assignment = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.member_id.encode(w, version, flexible)?;
        if version >= 4 {
            if version >= 4 {
                NullableWire::encode_nullable(self.group_instance_id.as_ref(), w, version, flexible)?
            } else {
                self.group_instance_id
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "group_instance_id", version })?
                    .encode(w, version, flexible)?
            };
        }
        self.client_id.encode(w, version, flexible)?;
        self.client_host.encode(w, version, flexible)?;
        self.member_metadata.encode(w, version, flexible)?;
        self.member_assignment.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for DescribeGroupsResponse {
    const NAME: &'static str = "DescribeGroupsResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 6;
    fn is_flexible(version: i16) -> bool {
        version >= 5
    }
}
