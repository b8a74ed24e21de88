//! `CreateTopicsResponse` (API key 19), versions 2 to 7. Generated from the schema.
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
pub struct CreateTopicsResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub topics: Vec<CreatableTopicResult>,
}

impl Default for CreateTopicsResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, topics: Vec::new() }
    }
}

impl Wire for CreateTopicsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<CreatableTopicResult> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        value.topics = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        self.topics.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `CreateTopicsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicResult {
    /// All versions.
    pub name: WireStr,
    /// Versions 7 and later.
    pub topic_id: Uuid,
    /// All versions.
    pub error_code: i16,
    /// All versions, may be null.
    pub error_message: Option<WireStr>,
    /// Versions 5 and later, tag 0.
    pub topic_config_error_code: i16,
    /// Versions 5 and later.
    pub num_partitions: i32,
    /// Versions 5 and later.
    pub replication_factor: i16,
    /// Versions 5 and later, may be null.
    pub configs: Option<Vec<CreatableTopicConfigs>>,
}

impl Default for CreatableTopicResult {
    fn default() -> Self {
        Self {
            name: WireStr::new(),
            topic_id: Uuid::ZERO,
            error_code: 0,
            error_message: Some(Default::default()),
            topic_config_error_code: 0,
            num_partitions: -1,
            replication_factor: -1,
            configs: Some(Default::default()),
        }
    }
}

impl Wire for CreatableTopicResult {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 7 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 5 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <Vec<CreatableTopicConfigs> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = Wire::decode(r, version, flexible)?;
        if version >= 7 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        value.error_code = Wire::decode(r, version, flexible)?;
        value.error_message = NullableWire::decode_nullable(r, version, flexible)?;
        if version >= 5 {
            value.num_partitions = Wire::decode(r, version, flexible)?;
        }
        if version >= 5 {
            value.replication_factor = Wire::decode(r, version, flexible)?;
        }
        if version >= 5 {
            value.configs = if version >= 5 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if flexible {
            r.tagged_fields(|tag, r| {
                match tag {
                    0 if version >= 5 => value.topic_config_error_code = Wire::decode(r, version, flexible)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.name.encode(w, version, flexible)?;
        if version >= 7 {
            self.topic_id.encode(w, version, flexible)?;
        }
        self.error_code.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?;
        if version >= 5 {
            self.num_partitions.encode(w, version, flexible)?;
        }
        if version >= 5 {
            self.replication_factor.encode(w, version, flexible)?;
        }
        if version >= 5 {
            if version >= 5 {
                NullableWire::encode_nullable(self.configs.as_ref(), w, version, flexible)?
            } else {
                self.configs
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "configs", version })?
                    .encode(w, version, flexible)?
            };
        }
        if flexible {
            let mut tags = TaggedFields::default();
            if version >= 5 && self.topic_config_error_code != 0 {
                tags.put(0, |w| {
                    self.topic_config_error_code.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            w.tagged_fields(tags);
        }
        Ok(())
    }
}

/// Part of `CreateTopicsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicConfigs {
    /// Versions 5 and later.
    pub name: WireStr,
    /// Versions 5 and later, may be null.
    pub value: Option<WireStr>,
    /// Versions 5 and later.
    pub read_only: bool,
    /// Versions 5 and later.
    pub config_source: i8,
    /// Versions 5 and later.
    pub is_sensitive: bool,
}

impl Default for CreatableTopicConfigs {
    fn default() -> Self {
        Self {
            name: WireStr::new(),
            value: Some(Default::default()),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
        }
    }
}

impl Wire for CreatableTopicConfigs {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 5 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <i8 as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 5 {
            value.name = Wire::decode(r, version, flexible)?;
        }
        if version >= 5 {
            value.value = if version >= 5 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version >= 5 {
            value.read_only = Wire::decode(r, version, flexible)?;
        }
        if version >= 5 {
            value.config_source = Wire::decode(r, version, flexible)?;
        }
        if version >= 5 {
            value.is_sensitive = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 5 {
            self.name.encode(w, version, flexible)?;
        }
        if !(version >= 5) && !self.name.is_empty() {
            return Err(EncodeError::NotInVersion { field: "CreatableTopicConfigs.name", version });
        }
        if version >= 5 {
            if version >= 5 {
                NullableWire::encode_nullable(self.value.as_ref(), w, version, flexible)?
            } else {
                self.value
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "value", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 5) && self.value.as_ref().is_none_or(|value| !value.is_empty()) {
            return Err(EncodeError::NotInVersion { field: "CreatableTopicConfigs.value", version });
        }
        if version >= 5 {
            self.read_only.encode(w, version, flexible)?;
        }
        if !(version >= 5) && self.read_only {
            return Err(EncodeError::NotInVersion { field: "CreatableTopicConfigs.read_only", version });
        }
        if version >= 5 {
            self.config_source.encode(w, version, flexible)?;
        }
        if version >= 5 {
            self.is_sensitive.encode(w, version, flexible)?;
        }
        if !(version >= 5) && self.is_sensitive {
            return Err(EncodeError::NotInVersion { field: "CreatableTopicConfigs.is_sensitive", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for CreateTopicsResponse {
    const NAME: &'static str = "CreateTopicsResponse";
    const VERSION_MIN: i16 = 2;
    const VERSION_MAX: i16 = 7;
    fn is_flexible(version: i16) -> bool {
        version >= 5
    }
}
