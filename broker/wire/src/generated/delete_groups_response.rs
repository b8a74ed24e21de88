//! `DeleteGroupsResponse` (API key 42), versions 0 to 3. Generated from the schema.
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
pub struct DeleteGroupsResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub results: Vec<DeletableGroupResult>,
}

impl Default for DeleteGroupsResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, results: Vec::new() }
    }
}

impl Wire for DeleteGroupsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DeletableGroupResult> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        value.results = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        self.results.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DeleteGroupsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeletableGroupResult {
    /// All versions.
    pub group_id: WireStr,
    /// All versions.
    pub error_code: i16,
    /// Versions 3 and later, may be null.
    pub error_message: Option<WireStr>,
}

impl Default for DeletableGroupResult {
    fn default() -> Self {
        Self { group_id: WireStr::new(), error_code: 0, error_message: None }
    }
}

impl Wire for DeletableGroupResult {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.group_id = Wire::decode(r, version, flexible)?;
        value.error_code = Wire::decode(r, version, flexible)?;
        if version >= 3 {
            value.error_message = if version >= 3 {
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
        self.error_code.encode(w, version, flexible)?;
        if version >= 3 {
            if version >= 3 {
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

impl Message for DeleteGroupsResponse {
    const NAME: &'static str = "DeleteGroupsResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 3;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
