//! `OffsetFetchResponse` (API key 9), versions 1 to 10. Generated from the schema.
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
pub struct OffsetFetchResponse {
    /// Versions 3 and later.
    pub throttle_time_ms: i32,
    /// Versions 1 to 7.
    pub topics: Vec<OffsetFetchResponseTopic>,
    /// Versions 2 to 7.
    pub error_code: i16,
    /// Versions 8 and later.
    pub groups: Vec<OffsetFetchResponseGroup>,
}

impl Default for OffsetFetchResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, topics: Vec::new(), error_code: 0, groups: Vec::new() }
    }
}

impl Wire for OffsetFetchResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 3 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version <= 7 {
            bytes += <Vec<OffsetFetchResponseTopic> as Wire>::bytes_min(version, flexible);
        }
        if (2..=7).contains(&version) {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <Vec<OffsetFetchResponseGroup> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 3 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        if version <= 7 {
            value.topics = Wire::decode(r, version, flexible)?;
        }
        if (2..=7).contains(&version) {
            value.error_code = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.groups = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 3 {
            self.throttle_time_ms.encode(w, version, flexible)?;
        }
        if version <= 7 {
            self.topics.encode(w, version, flexible)?;
        }
        if !(version <= 7) && !self.topics.is_empty() {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchResponse.topics", version });
        }
        if (2..=7).contains(&version) {
            self.error_code.encode(w, version, flexible)?;
        }
        if version >= 8 {
            self.groups.encode(w, version, flexible)?;
        }
        if !(version >= 8) && !self.groups.is_empty() {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchResponse.groups", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetFetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponseTopic {
    /// Versions 1 to 7.
    pub name: WireStr,
    /// Versions 1 to 7.
    pub partitions: Vec<OffsetFetchResponsePartition>,
}

impl Default for OffsetFetchResponseTopic {
    fn default() -> Self {
        Self { name: WireStr::new(), partitions: Vec::new() }
    }
}

impl Wire for OffsetFetchResponseTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 7 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version <= 7 {
            bytes += <Vec<OffsetFetchResponsePartition> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version <= 7 {
            value.name = Wire::decode(r, version, flexible)?;
        }
        if version <= 7 {
            value.partitions = Wire::decode(r, version, flexible)?;
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
            return Err(EncodeError::NotInVersion { field: "OffsetFetchResponseTopic.name", version });
        }
        if version <= 7 {
            self.partitions.encode(w, version, flexible)?;
        }
        if !(version <= 7) && !self.partitions.is_empty() {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchResponseTopic.partitions", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetFetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponsePartition {
    /// Versions 1 to 7.
    pub partition_index: i32,
    /// Versions 1 to 7.
    pub committed_offset: i64,
    /// Versions 5 to 7.
    pub committed_leader_epoch: i32,
    /// Versions 1 to 7, may be null.
    pub metadata: Option<WireStr>,
    /// Versions 1 to 7.
    pub error_code: i16,
}

impl Default for OffsetFetchResponsePartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(Default::default()),
            error_code: 0,
        }
    }
}

impl Wire for OffsetFetchResponsePartition {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 7 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version <= 7 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        if (5..=7).contains(&version) {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version <= 7 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version <= 7 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version <= 7 {
            value.partition_index = Wire::decode(r, version, flexible)?;
        }
        if version <= 7 {
            value.committed_offset = Wire::decode(r, version, flexible)?;
        }
        if (5..=7).contains(&version) {
            value.committed_leader_epoch = Wire::decode(r, version, flexible)?;
        }
        if version <= 7 {
            value.metadata = if version <= 7 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version <= 7 {
            value.error_code = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version <= 7 {
            self.partition_index.encode(w, version, flexible)?;
        }
        if !(version <= 7) && self.partition_index != 0 {
            return Err(EncodeError::NotInVersion {
                field: "OffsetFetchResponsePartition.partition_index",
                version,
            });
        }
        if version <= 7 {
            self.committed_offset.encode(w, version, flexible)?;
        }
        if !(version <= 7) && self.committed_offset != 0 {
            return Err(EncodeError::NotInVersion {
                field: "OffsetFetchResponsePartition.committed_offset",
                version,
            });
        }
        if (5..=7).contains(&version) {
            self.committed_leader_epoch.encode(w, version, flexible)?;
        }
        if version <= 7 {
            if version <= 7 {
                NullableWire::encode_nullable(self.metadata.as_ref(), w, version, flexible)?
            } else {
                self.metadata
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "metadata", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version <= 7) && self.metadata.as_ref().is_none_or(|value| !value.is_empty()) {
            return Err(EncodeError::NotInVersion {
                field: "OffsetFetchResponsePartition.metadata",
                version,
            });
        }
        if version <= 7 {
            self.error_code.encode(w, version, flexible)?;
        }
        if !(version <= 7) && self.error_code != 0 {
            return Err(EncodeError::NotInVersion {
                field: "OffsetFetchResponsePartition.error_code",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetFetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponseGroup {
    /// Versions 8 and later.
    pub group_id: WireStr,
    /// Versions 8 and later.
    pub topics: Vec<OffsetFetchResponseTopics>,
    /// Versions 8 and later.
    pub error_code: i16,
}

impl Default for OffsetFetchResponseGroup {
    fn default() -> Self {
        Self { group_id: WireStr::new(), topics: Vec::new(), error_code: 0 }
    }
}

impl Wire for OffsetFetchResponseGroup {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 8 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <Vec<OffsetFetchResponseTopics> as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 8 {
            value.group_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.topics = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.error_code = Wire::decode(r, version, flexible)?;
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
            return Err(EncodeError::NotInVersion { field: "OffsetFetchResponseGroup.group_id", version });
        }
        if version >= 8 {
            self.topics.encode(w, version, flexible)?;
        }
        if !(version >= 8) && !self.topics.is_empty() {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchResponseGroup.topics", version });
        }
        if version >= 8 {
            self.error_code.encode(w, version, flexible)?;
        }
        if !(version >= 8) && self.error_code != 0 {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchResponseGroup.error_code", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetFetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponseTopics {
    /// Versions 8 to 9.
    pub name: WireStr,
    /// Versions 10 and later.
    pub topic_id: Uuid,
    /// Versions 8 and later.
    pub partitions: Vec<OffsetFetchResponsePartitions>,
}

impl Default for OffsetFetchResponseTopics {
    fn default() -> Self {
        Self { name: WireStr::new(), topic_id: Uuid::ZERO, partitions: Vec::new() }
    }
}

impl Wire for OffsetFetchResponseTopics {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if (8..=9).contains(&version) {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 10 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <Vec<OffsetFetchResponsePartitions> as Wire>::bytes_min(version, flexible);
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
            value.partitions = Wire::decode(r, version, flexible)?;
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
            self.partitions.encode(w, version, flexible)?;
        }
        if !(version >= 8) && !self.partitions.is_empty() {
            return Err(EncodeError::NotInVersion { field: "OffsetFetchResponseTopics.partitions", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetFetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponsePartitions {
    /// Versions 8 and later.
    pub partition_index: i32,
    /// Versions 8 and later.
    pub committed_offset: i64,
    /// Versions 8 and later.
    pub committed_leader_epoch: i32,
    /// Versions 8 and later, may be null.
    pub metadata: Option<WireStr>,
    /// Versions 8 and later.
    pub error_code: i16,
}

impl Default for OffsetFetchResponsePartitions {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(Default::default()),
            error_code: 0,
        }
    }
}

impl Wire for OffsetFetchResponsePartitions {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 8 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 8 {
            value.partition_index = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.committed_offset = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.committed_leader_epoch = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.metadata = if version >= 8 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version >= 8 {
            value.error_code = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 8 {
            self.partition_index.encode(w, version, flexible)?;
        }
        if !(version >= 8) && self.partition_index != 0 {
            return Err(EncodeError::NotInVersion {
                field: "OffsetFetchResponsePartitions.partition_index",
                version,
            });
        }
        if version >= 8 {
            self.committed_offset.encode(w, version, flexible)?;
        }
        if !(version >= 8) && self.committed_offset != 0 {
            return Err(EncodeError::NotInVersion {
                field: "OffsetFetchResponsePartitions.committed_offset",
                version,
            });
        }
        if version >= 8 {
            self.committed_leader_epoch.encode(w, version, flexible)?;
        }
        if version >= 8 {
            if version >= 8 {
                NullableWire::encode_nullable(self.metadata.as_ref(), w, version, flexible)?
            } else {
                self.metadata
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "metadata", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 8) && self.metadata.as_ref().is_none_or(|value| !value.is_empty()) {
            return Err(EncodeError::NotInVersion {
                field: "OffsetFetchResponsePartitions.metadata",
                version,
            });
        }
        if version >= 8 {
            self.error_code.encode(w, version, flexible)?;
        }
        if !(version >= 8) && self.error_code != 0 {
            return Err(EncodeError::NotInVersion {
                field: "OffsetFetchResponsePartitions.error_code",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for OffsetFetchResponse {
    const NAME: &'static str = "OffsetFetchResponse";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 10;
    fn is_flexible(version: i16) -> bool {
        version >= 6
    }
}
