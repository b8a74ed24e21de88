//! `ListGroupsResponse` (API key 16), versions 0 to 5. Generated from the schema.
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
pub struct ListGroupsResponse {
    /// Versions 1 and later.
    pub throttle_time_ms: i32,
    /// All versions.
    pub error_code: i16,
    /// All versions.
    pub groups: Vec<ListedGroup>,
}

impl Default for ListGroupsResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, groups: Vec::new() }
    }
}

impl Wire for ListGroupsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 1 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<ListedGroup> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 1 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        value.error_code = Wire::decode(r, version, flexible)?;
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
        self.error_code.encode(w, version, flexible)?;
        self.groups.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ListGroupsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedGroup {
    /// All versions.
    pub group_id: WireStr,
    /// All versions.
    pub protocol_type: WireStr,
    /// Versions 4 and later.
    pub group_state: WireStr,
    /// Versions 5 and later.
    pub group_type: WireStr,
}

impl Default for ListedGroup {
    fn default() -> Self {
        Self {
            group_id: WireStr::new(),
            protocol_type: WireStr::new(),
            group_state: WireStr::new(),
            group_type: WireStr::new(),
        }
    }
}

impl Wire for ListedGroup {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 4 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.group_id = Wire::decode(r, version, flexible)?;
        value.protocol_type = Wire::decode(r, version, flexible)?;
        if version >= 4 {
            value.group_state = Wire::decode(r, version, flexible)?;
        }
        if version >= 5 {
            value.group_type = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.group_id.encode(w, version, flexible)?;
        self.protocol_type.encode(w, version, flexible)?;
        if version >= 4 {
            self.group_state.encode(w, version, flexible)?;
        }
        if version >= 5 {
            self.group_type.encode(w, version, flexible)?;
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ListGroupsResponse {
    const NAME: &'static str = "ListGroupsResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 5;
    fn is_flexible(version: i16) -> bool {
        version >= 3
    }
}
