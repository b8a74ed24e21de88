//! `JoinGroupRequest` (API key 11), versions 0 to 9. Generated from the schema.
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
pub struct JoinGroupRequest {
    /// All versions.
    pub group_id: WireStr,
    /// All versions.
    pub session_timeout_ms: i32,
    /// Versions 1 and later.
    pub rebalance_timeout_ms: i32,
    /// All versions.
    pub member_id: WireStr,
    /// Versions 5 and later, may be null.
    pub group_instance_id: Option<WireStr>,
    /// All versions.
    pub protocol_type: WireStr,
    /// All versions.
    pub protocols: Vec<JoinGroupRequestProtocol>,
    /// Versions 8 and later, may be null.
    pub reason: Option<WireStr>,
}

impl Default for JoinGroupRequest {
    fn default() -> Self {
        Self {
            group_id: WireStr::new(),
            session_timeout_ms: 0,
            rebalance_timeout_ms: -1,
            member_id: WireStr::new(),
            group_instance_id: None,
            protocol_type: WireStr::new(),
            protocols: Vec::new(),
            reason: None,
        }
    }
}

impl Wire for JoinGroupRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        if version >= 1 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 5 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<JoinGroupRequestProtocol> as Wire>::bytes_min(version, flexible);
        if version >= 8 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.group_id = Wire::decode(r, version, flexible)?;
        value.session_timeout_ms = Wire::decode(r, version, flexible)?;
        if version >= 1 {
            value.rebalance_timeout_ms = Wire::decode(r, version, flexible)?;
        }
        value.member_id = Wire::decode(r, version, flexible)?;
        if version >= 5 {
            value.group_instance_id = if version >= 5 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        value.protocol_type = Wire::decode(r, version, flexible)?;
        value.protocols = Wire::decode(r, version, flexible)?;
        if version >= 8 {
            value.reason = if version >= 8 {
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
        self.session_timeout_ms.encode(w, version, flexible)?;
        if version >= 1 {
            self.rebalance_timeout_ms.encode(w, version, flexible)?;
        }
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
        if !(version >= 5) && self.group_instance_id.is_some() {
            return Err(EncodeError::NotInVersion { field: "JoinGroupRequest.group_instance_id", version });
        }
        self.protocol_type.encode(w, version, flexible)?;
        self.protocols.encode(w, version, flexible)?;
        if version >= 8 {
            if version >= 8 {
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

/// Part of `JoinGroupRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroupRequestProtocol {
    /// All versions.
    pub name: WireStr,
    /// All versions.
    pub metadata: Bytes,
}

impl Default for JoinGroupRequestProtocol {
    fn default() -> Self {
        Self { name: WireStr::new(), metadata: Bytes::new() }
    }
}

impl Wire for JoinGroupRequestProtocol {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Bytes as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = Wire::decode(r, version, flexible)?;
        value.metadata = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.name.encode(w, version, flexible)?;
        self.metadata.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for JoinGroupRequest {
    const NAME: &'static str = "JoinGroupRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 9;
    fn is_flexible(version: i16) -> bool {
        version >= 6
    }
}
