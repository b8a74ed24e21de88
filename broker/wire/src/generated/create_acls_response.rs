//! `CreateAclsResponse` (API key 30), versions 1 to 3. Generated from the schema.
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
pub struct CreateAclsResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub results: Vec<AclCreationResult>,
}

impl Default for CreateAclsResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, results: Vec::new() }
    }
}

impl Wire for CreateAclsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<AclCreationResult> as Wire>::bytes_min(version, flexible);
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

/// Part of `CreateAclsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct AclCreationResult {
    /// All versions.
    pub error_code: i16,
    /// All versions, may be null.
    pub error_message: Option<WireStr>,
}

impl Default for AclCreationResult {
    fn default() -> Self {
        Self { error_code: 0, error_message: Some(Default::default()) }
    }
}

impl Wire for AclCreationResult {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.error_code = Wire::decode(r, version, flexible)?;
        value.error_message = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.error_code.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for CreateAclsResponse {
    const NAME: &'static str = "CreateAclsResponse";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 3;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
