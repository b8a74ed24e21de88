//! `DeleteTopicsRequest` (API key 20), versions 1 to 6. Generated from the schema.
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
pub struct DeleteTopicsRequest {
    /// Versions 6 and later.
    pub topics: Vec<DeleteTopicState>,
    /// Versions 1 to 5.
    pub topic_names: Vec<WireStr>,
    /// All versions.
    pub timeout_ms: i32,
}

impl Default for DeleteTopicsRequest {
    fn default() -> Self {
        Self { topics: Vec::new(), topic_names: Vec::new(), timeout_ms: 0 }
    }
}

impl Wire for DeleteTopicsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 6 {
            bytes += <Vec<DeleteTopicState> as Wire>::bytes_min(version, flexible);
        }
        if version <= 5 {
            bytes += <Vec<WireStr> as Wire>::bytes_min(version, flexible);
        }
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 6 {
            value.topics = Wire::decode(r, version, flexible)?;
        }
        if version <= 5 {
            value.topic_names = Wire::decode(r, version, flexible)?;
        }
        value.timeout_ms = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 6 {
            self.topics.encode(w, version, flexible)?;
        }
        if !(version >= 6) && !self.topics.is_empty() {
            return Err(EncodeError::NotInVersion { field: "DeleteTopicsRequest.topics", version });
        }
        if version <= 5 {
            self.topic_names.encode(w, version, flexible)?;
        }
        self.timeout_ms.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DeleteTopicsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteTopicState {
    /// Versions 6 and later, may be null.
    pub name: Option<WireStr>,
    /// Versions 6 and later.
    pub topic_id: Uuid,
}

impl Default for DeleteTopicState {
    fn default() -> Self {
        Self { name: None, topic_id: Uuid::ZERO }
    }
}

impl Wire for DeleteTopicState {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 6 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 6 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 6 {
            value.name = if version >= 6 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version >= 6 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 6 {
            if version >= 6 {
                NullableWire::encode_nullable(self.name.as_ref(), w, version, flexible)?
            } else {
                self.name
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "name", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 6) && self.name.is_some() {
            return Err(EncodeError::NotInVersion { field: "DeleteTopicState.name", version });
        }
        if version >= 6 {
            self.topic_id.encode(w, version, flexible)?;
        }
        if !(version >= 6) && self.topic_id != Uuid::ZERO {
            return Err(EncodeError::NotInVersion { field: "DeleteTopicState.topic_id", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for DeleteTopicsRequest {
    const NAME: &'static str = "DeleteTopicsRequest";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 6;
    fn is_flexible(version: i16) -> bool {
        version >= 4
    }
}
