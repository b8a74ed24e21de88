//! `DeleteTopicsResponse` (API key 20), versions 1 to 6. Generated from the schema.
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
pub struct DeleteTopicsResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub responses: Vec<DeletableTopicResult>,
}

impl Default for DeleteTopicsResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, responses: Vec::new() }
    }
}

impl Wire for DeleteTopicsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DeletableTopicResult> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        value.responses = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        self.responses.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DeleteTopicsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeletableTopicResult {
    /// All versions, may be null.
    pub name: Option<WireStr>,
    /// Versions 6 and later.
    pub topic_id: Uuid,
    /// All versions.
    pub error_code: i16,
    /// Versions 5 and later, may be null.
    pub error_message: Option<WireStr>,
}

impl Default for DeletableTopicResult {
    fn default() -> Self {
        Self { name: Some(Default::default()), topic_id: Uuid::ZERO, error_code: 0, error_message: None }
    }
}

impl Wire for DeletableTopicResult {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 6 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        if version >= 5 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = if version >= 6 {
            NullableWire::decode_nullable(r, version, flexible)?
        } else {
            Some(Wire::decode(r, version, flexible)?)
        };
        if version >= 6 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        value.error_code = Wire::decode(r, version, flexible)?;
        if version >= 5 {
            value.error_message = if version >= 5 {
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
        if version >= 6 {
            NullableWire::encode_nullable(self.name.as_ref(), w, version, flexible)?
        } else {
            self.name
                .as_ref()
                .ok_or(EncodeError::Null { field: "name", version })?
                .encode(w, version, flexible)?
        };
        if version >= 6 {
            self.topic_id.encode(w, version, flexible)?;
        }
        self.error_code.encode(w, version, flexible)?;
        if version >= 5 {
            if version >= 5 {
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

impl Message for DeleteTopicsResponse {
    const NAME: &'static str = "DeleteTopicsResponse";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 6;
    fn is_flexible(version: i16) -> bool {
        version >= 4
    }
}
