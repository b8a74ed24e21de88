//! `OffsetFetchRequest` (API key 9), versions 1 to 10. Generated from the schema.
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
pub struct OffsetFetchRequest {
    /// Versions 1 to 7.
    pub group_id: WireStr,
    /// Versions 1 to 7, may be null.
    pub topics: Option<Vec<OffsetFetchRequestTopic>>,
    /// Versions 8 and later.
    pub groups: Vec<OffsetFetchRequestGroup>,
    /// Versions 7 and later.
    pub require_stable: bool,
}

impl Default for OffsetFetchRequest {
    fn default() -> Self {
        Self {
            group_id: WireStr::new(),
            topics: Some(Default::default()),
            groups: Vec::new(),
            require_stable: false,
        }
    }
}

impl Wire for OffsetFetchRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 7 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version <= 7 {
            bytes += <Vec<OffsetFetchRequestTopic> as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <Vec<OffsetFetchRequestGroup> as Wire>::bytes_min(version, flexible);
        }
        if version >= 7 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version <= 7 {
            value.group_id = Wire::decode(r, version, flexible)?;
        }
        if version <= 7 {
            value.topics = if (2..=7).contains(&version) {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version >= 8 {
            value.groups = Wire::decode(r, version, flexible)?;
        }
        if version >= 7 {
            value.require_stable = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version <= 7 {
            self.group_id.encode(w, version, flexible)?;
        }
        if !(version <= 7) && !self.group_id.is_empty() {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchRequest.group_id", version });
        }
        if version <= 7 {
            if (2..=7).contains(&version) {
                NullableWire::encode_nullable(self.topics.as_ref(), w, version, flexible)?
            } else {
                self.topics
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "topics", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version <= 7) && self.topics.as_ref().is_none_or(|value| !value.is_empty()) {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchRequest.topics", version });
        }
        if version >= 8 {
            self.groups.encode(w, version, flexible)?;
        }
        if !(version >= 8) && !self.groups.is_empty() {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchRequest.groups", version });
        }
        if version >= 7 {
            self.require_stable.encode(w, version, flexible)?;
        }
        if !(version >= 7) && self.require_stable {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchRequest.require_stable", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetFetchRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequestTopic {
    /// Versions 1 to 7.
    pub name: WireStr,
    /// Versions 1 to 7.
    pub partition_indexes: Vec<i32>,
}

impl Default for OffsetFetchRequestTopic {
    fn default() -> Self {
        Self { name: WireStr::new(), partition_indexes: Vec::new() }
    }
}

impl Wire for OffsetFetchRequestTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 7 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version <= 7 {
            bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version <= 7 {
            value.name = Wire::decode(r, version, flexible)?;
        }
        if version <= 7 {
            value.partition_indexes = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version <= 7 {
            self.name.encode(w, version, flexible)?;
        }
        if !(version <= 7) && !self.name.is_empty() {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchRequestTopic.name", version });
        }
        if version <= 7 {
            self.partition_indexes.encode(w, version, flexible)?;
        }
        if !(version <= 7) && !self.partition_indexes.is_empty() {
            return Err(EncodeError::NotInVersion {
                field: "OffsetFetchRequestTopic.partition_indexes",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetFetchRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequestGroup {
    /// Versions 8 and later.
    pub group_id: WireStr,
    /// Versions 9 and later, may be null.
    pub member_id: Option<WireStr>,
    /// Versions 9 and later.
    pub member_epoch: i32,
    /// Versions 8 and later, may be null.
    pub topics: Option<Vec<OffsetFetchRequestTopics>>,
}

impl Default for OffsetFetchRequestGroup {
    fn default() -> Self {
        Self { group_id: WireStr::new(), member_id: None, member_epoch: -1, topics: Some(Default::default()) }
    }
}

impl Wire for OffsetFetchRequestGroup {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 8 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 9 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 9 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <Vec<OffsetFetchRequestTopics> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 8 {
            value.group_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 9 {
            value.member_id = if version >= 9 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version >= 9 {
            value.member_epoch = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.topics = if version >= 8 {
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
        if version >= 8 {
            self.group_id.encode(w, version, flexible)?;
        }
        if !(version >= 8) && !self.group_id.is_empty() {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchRequestGroup.group_id", version });
        }
        if version >= 9 {
            if version >= 9 {
                NullableWire::encode_nullable(self.member_id.as_ref(), w, version, flexible)?
            } else {
                self.member_id
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "member_id", version })?
                    .encode(w, version, flexible)?
            };
        }
        if version >= 9 {
            self.member_epoch.encode(w, version, flexible)?;
        }
        if version >= 8 {
            if version >= 8 {
                NullableWire::encode_nullable(self.topics.as_ref(), w, version, flexible)?
            } else {
                self.topics
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "topics", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 8) && self.topics.as_ref().is_none_or(|value| !value.is_empty()) {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchRequestGroup.topics", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetFetchRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequestTopics {
    /// Versions 8 to 9.
    pub name: WireStr,
    /// Versions 10 and later.
    pub topic_id: Uuid,
    /// Versions 8 and later.
    pub partition_indexes: Vec<i32>,
}

impl Default for OffsetFetchRequestTopics {
    fn default() -> Self {
        Self { name: WireStr::new(), topic_id: Uuid::ZERO, partition_indexes: Vec::new() }
    }
}

impl Wire for OffsetFetchRequestTopics {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if (8..=9).contains(&version) {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 10 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if (8..=9).contains(&version) {
            value.name = Wire::decode(r, version, flexible)?;
        }
        if version >= 10 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.partition_indexes = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if (8..=9).contains(&version) {
            self.name.encode(w, version, flexible)?;
        }
        if version >= 10 {
            self.topic_id.encode(w, version, flexible)?;
        }
        if version >= 8 {
            self.partition_indexes.encode(w, version, flexible)?;
        }
        if !(version >= 8) && !self.partition_indexes.is_empty() {
            return Err(EncodeError::NotInVersion {
                field: "OffsetFetchRequestTopics.partition_indexes",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for OffsetFetchRequest {
    const NAME: &'static str = "OffsetFetchRequest";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 10;
    fn is_flexible(version: i16) -> bool {
        version >= 6
    }
}
