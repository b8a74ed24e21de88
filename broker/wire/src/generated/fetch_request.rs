//! `FetchRequest` (API key 1), versions 4 to 18. Generated from the schema.
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
pub struct FetchRequest {
    /// Versions 12 and later, may be null, tag 0.
    pub cluster_id: Option<WireStr>,
    /// Versions 4 to 14.
    pub replica_id: i32,
    /// Versions 15 and later, tag 1.
    pub replica_state: ReplicaState,
    /// All versions.
    pub max_wait_ms: i32,
    /// All versions.
    pub min_bytes: i32,
    /// All versions.
    pub max_bytes: i32,
    /// All versions.
    pub isolation_level: i8,
    /// Versions 7 and later.
    pub session_id: i32,
    /// Versions 7 and later.
    pub session_epoch: i32,
    /// All versions.
    pub topics: Vec<FetchTopic>,
    /// Versions 7 and later.
    pub forgotten_topics_data: Vec<ForgottenTopic>,
    /// Versions 11 and later.
    pub rack_id: WireStr,
}

impl Default for FetchRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            replica_id: -1,
            replica_state: ReplicaState::default(),
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: 0x7fffffff,
            isolation_level: 0,
            session_id: 0,
            session_epoch: -1,
            topics: Vec::new(),
            forgotten_topics_data: Vec::new(),
            rack_id: WireStr::new(),
        }
    }
}

impl Wire for FetchRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 14 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        if version >= 7 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 7 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<FetchTopic> as Wire>::bytes_min(version, flexible);
        if version >= 7 {
            bytes += <Vec<ForgottenTopic> as Wire>::bytes_min(version, flexible);
        }
        if version >= 11 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version <= 14 {
            value.replica_id = Wire::decode(r, version, flexible)?;
        }
        value.max_wait_ms = Wire::decode(r, version, flexible)?;
        value.min_bytes = Wire::decode(r, version, flexible)?;
        value.max_bytes = Wire::decode(r, version, flexible)?;
        value.isolation_level = Wire::decode(r, version, flexible)?;
        if version >= 7 {
            value.session_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 7 {
            value.session_epoch = Wire::decode(r, version, flexible)?;
        }
        value.topics = Wire::decode(r, version, flexible)?;
        if version >= 7 {
            value.forgotten_topics_data = Wire::decode(r, version, flexible)?;
        }
        if version >= 11 {
            value.rack_id = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.tagged_fields(|tag, r| {
                match tag {
                    0 if version >= 12 => {
                        value.cluster_id = if version >= 12 {
                            NullableWire::decode_nullable(r, version, flexible)?
                        } else {
                            Some(Wire::decode(r, version, flexible)?)
                        }
                    }
                    1 if version >= 15 => value.replica_state = Wire::decode(r, version, flexible)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version <= 14 {
            self.replica_id.encode(w, version, flexible)?;
        }
        if !(version <= 14) && self.replica_id != -1 {
            return Err(EncodeError::NotInVersion { field: "FetchRequest.replica_id", version });
        }
        self.max_wait_ms.encode(w, version, flexible)?;
        self.min_bytes.encode(w, version, flexible)?;
        self.max_bytes.encode(w, version, flexible)?;
        self.isolation_level.encode(w, version, flexible)?;
        if version >= 7 {
            self.session_id.encode(w, version, flexible)?;
        }
        if version >= 7 {
            self.session_epoch.encode(w, version, flexible)?;
        }
        self.topics.encode(w, version, flexible)?;
        if version >= 7 {
            self.forgotten_topics_data.encode(w, version, flexible)?;
        }
        if !(version >= 7) && !self.forgotten_topics_data.is_empty() {
            return Err(EncodeError::NotInVersion { field: "FetchRequest.forgotten_topics_data", version });
        }
        if version >= 11 {
            self.rack_id.encode(w, version, flexible)?;
        }
        if !(version >= 15) && self.replica_state != ReplicaState::default() {
            return Err(EncodeError::NotInVersion { field: "FetchRequest.replica_state", version });
        }
        if flexible {
            let mut tags = TaggedFields::default();
            if version >= 12 && self.cluster_id.is_some() {
                tags.put(0, |w| {
                    if version >= 12 {
                        NullableWire::encode_nullable(self.cluster_id.as_ref(), w, version, flexible)?
                    } else {
                        self.cluster_id
                            .as_ref()
                            .ok_or(EncodeError::Null { field: "cluster_id", version })?
                            .encode(w, version, flexible)?
                    };
                    Ok(())
                })?;
            }
            if version >= 15 && self.replica_state != ReplicaState::default() {
                tags.put(1, |w| {
                    self.replica_state.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            w.tagged_fields(tags);
        }
        Ok(())
    }
}

/// Part of `FetchRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaState {
    /// Versions 15 and later.
    pub replica_id: i32,
    /// Versions 15 and later.
    pub replica_epoch: i64,
}

impl Default for ReplicaState {
    fn default() -> Self {
        Self { replica_id: -1, replica_epoch: -1 }
    }
}

impl Wire for ReplicaState {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 15 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 15 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 15 {
            value.replica_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 15 {
            value.replica_epoch = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 15 {
            self.replica_id.encode(w, version, flexible)?;
        }
        if !(version >= 15) && self.replica_id != -1 {
            return Err(EncodeError::NotInVersion { field: "ReplicaState.replica_id", version });
        }
        if version >= 15 {
            self.replica_epoch.encode(w, version, flexible)?;
        }
        if !(version >= 15) && self.replica_epoch != -1 {
            return Err(EncodeError::NotInVersion { field: "ReplicaState.replica_epoch", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `FetchRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchTopic {
    /// Versions 4 to 12.
    pub topic: WireStr,
    /// Versions 13 and later.
    pub topic_id: Uuid,
    /// All versions.
    pub partitions: Vec<FetchPartition>,
}

impl Default for FetchTopic {
    fn default() -> Self {
        Self { topic: WireStr::new(), topic_id: Uuid::ZERO, partitions: Vec::new() }
    }
}

impl Wire for FetchTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 12 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 13 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<FetchPartition> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version <= 12 {
            value.topic = Wire::decode(r, version, flexible)?;
        }
        if version >= 13 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        value.partitions = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version <= 12 {
            self.topic.encode(w, version, flexible)?;
        }
        if version >= 13 {
            self.topic_id.encode(w, version, flexible)?;
        }
        self.partitions.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `FetchRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchPartition {
    /// All versions.
    pub partition: i32,
    /// Versions 9 and later.
    pub current_leader_epoch: i32,
    /// All versions.
    pub fetch_offset: i64,
    /// Versions 12 and later.
    pub last_fetched_epoch: i32,
    /// Versions 5 and later.
    pub log_start_offset: i64,
    /// All versions.
    pub partition_max_bytes: i32,
    /// Versions 17 and later, tag 0.
    pub replica_directory_id: Uuid,
    /// Versions 18 and later, tag 1.
    pub high_watermark: i64,
}

impl Default for FetchPartition {
    fn default() -> Self {
        Self {
            partition: 0,
            current_leader_epoch: -1,
            fetch_offset: 0,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 0,
            replica_directory_id: Uuid::ZERO,
            high_watermark: 9223372036854775807,
        }
    }
}

impl Wire for FetchPartition {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        if version >= 9 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        if version >= 12 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition = Wire::decode(r, version, flexible)?;
        if version >= 9 {
            value.current_leader_epoch = Wire::decode(r, version, flexible)?;
        }
        value.fetch_offset = Wire::decode(r, version, flexible)?;
        if version >= 12 {
            value.last_fetched_epoch = Wire::decode(r, version, flexible)?;
        }
        if version >= 5 {
            value.log_start_offset = Wire::decode(r, version, flexible)?;
        }
        value.partition_max_bytes = Wire::decode(r, version, flexible)?;
        if flexible {
            r.tagged_fields(|tag, r| {
                match tag {
                    0 if version >= 17 => value.replica_directory_id = Wire::decode(r, version, flexible)?,
                    1 if version >= 18 => value.high_watermark = Wire::decode(r, version, flexible)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.partition.encode(w, version, flexible)?;
        if version >= 9 {
            self.current_leader_epoch.encode(w, version, flexible)?;
        }
        self.fetch_offset.encode(w, version, flexible)?;
        if version >= 12 {
            self.last_fetched_epoch.encode(w, version, flexible)?;
        }
        if !(version >= 12) && self.last_fetched_epoch != -1 {
            return Err(EncodeError::NotInVersion { field: "FetchPartition.last_fetched_epoch", version });
        }
        if version >= 5 {
            self.log_start_offset.encode(w, version, flexible)?;
        }
        self.partition_max_bytes.encode(w, version, flexible)?;
        if flexible {
            let mut tags = TaggedFields::default();
            if version >= 17 && self.replica_directory_id != Uuid::ZERO {
                tags.put(0, |w| {
                    self.replica_directory_id.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            if version >= 18 && self.high_watermark != 9223372036854775807 {
                tags.put(1, |w| {
                    self.high_watermark.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            w.tagged_fields(tags);
        }
        Ok(())
    }
}

/// Part of `FetchRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct ForgottenTopic {
    /// Versions 7 to 12.
    pub topic: WireStr,
    /// Versions 13 and later.
    pub topic_id: Uuid,
    /// Versions 7 and later.
    pub partitions: Vec<i32>,
}

impl Default for ForgottenTopic {
    fn default() -> Self {
        Self { topic: WireStr::new(), topic_id: Uuid::ZERO, partitions: Vec::new() }
    }
}

impl Wire for ForgottenTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if (7..=12).contains(&version) {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 13 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        if version >= 7 {
            bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if (7..=12).contains(&version) {
            value.topic = Wire::decode(r, version, flexible)?;
        }
        if version >= 13 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 7 {
            value.partitions = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if (7..=12).contains(&version) {
            self.topic.encode(w, version, flexible)?;
        }
        if version >= 13 {
            self.topic_id.encode(w, version, flexible)?;
        }
        if version >= 7 {
            self.partitions.encode(w, version, flexible)?;
        }
        if !(version >= 7) && !self.partitions.is_empty() {
            return Err(EncodeError::NotInVersion { field: "ForgottenTopic.partitions", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for FetchRequest {
    const NAME: &'static str = "FetchRequest";
    const VERSION_MIN: i16 = 4;
    const VERSION_MAX: i16 = 18;
    fn is_flexible(version: i16) -> bool {
        version >= 12
    }
}
