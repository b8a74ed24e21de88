//! `OffsetCommitRequest` (API key 8), versions 2 to 10. Generated from the schema.
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
pub struct OffsetCommitRequest {
    /// All versions.
    pub group_id: WireStr,
    /// All versions.
    pub generation_id_or_member_epoch: i32,
    /// All versions.
    pub member_id: WireStr,
    /// Versions 7 and later, may be null.
    pub group_instance_id: Option<WireStr>,
    /// Versions 2 to 4.
    pub retention_time_ms: i64,
    /// All versions.
    pub topics: Vec<OffsetCommitRequestTopic>,
}

impl Default for OffsetCommitRequest {
    fn default() -> Self {
        Self {
            group_id: WireStr::new(),
            generation_id_or_member_epoch: -1,
            member_id: WireStr::new(),
            group_instance_id: None,
            retention_time_ms: -1,
            topics: Vec::new(),
        }
    }
}

impl Wire for OffsetCommitRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 7 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version <= 4 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<OffsetCommitRequestTopic> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.group_id = Wire::decode(r, version, flexible)?;
        value.generation_id_or_member_epoch = Wire::decode(r, version, flexible)?;
        value.member_id = Wire::decode(r, version, flexible)?;
        if version >= 7 {
            value.group_instance_id = if version >= 7 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version <= 4 {
            value.retention_time_ms = Wire::decode(r, version, flexible)?;
        }
        value.topics = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.group_id.encode(w, version, flexible)?;
        self.generation_id_or_member_epoch.encode(w, version, flexible)?;
        self.member_id.encode(w, version, flexible)?;
        if version >= 7 {
            if version >= 7 {
                NullableWire::encode_nullable(self.group_instance_id.as_ref(), w, version, flexible)?
            } else {
                self.group_instance_id
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "group_instance_id", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 7) && self.group_instance_id.is_some() {
            return Err(EncodeError::NotInVersion {
                field: "OffsetCommitRequest.group_instance_id",
                version,
            });
        }
        if version <= 4 {
            self.retention_time_ms.encode(w, version, flexible)?;
        }
        self.topics.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetCommitRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitRequestTopic {
    /// Versions 2 to 9.
    pub name: WireStr,
    /// Versions 10 and later.
    pub topic_id: Uuid,
    /// All versions.
    pub partitions: Vec<OffsetCommitRequestPartition>,
}

impl Default for OffsetCommitRequestTopic {
    fn default() -> Self {
        Self { name: WireStr::new(), topic_id: Uuid::ZERO, partitions: Vec::new() }
    }
}

impl Wire for OffsetCommitRequestTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 9 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 10 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<OffsetCommitRequestPartition> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version <= 9 {
            value.name = Wire::decode(r, version, flexible)?;
        }
        if version >= 10 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        value.partitions = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version <= 9 {
            self.name.encode(w, version, flexible)?;
        }
        if version >= 10 {
            self.topic_id.encode(w, version, flexible)?;
        }
        self.partitions.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetCommitRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitRequestPartition {
    /// All versions.
    pub partition_index: i32,
    /// All versions.
    pub committed_offset: i64,
    /// Versions 6 and later.
    pub committed_leader_epoch: i32,
    /// All versions, may be null.
    pub committed_metadata: Option<WireStr>,
}

impl Default for OffsetCommitRequestPartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(Default::default()),
        }
    }
}

impl Wire for OffsetCommitRequestPartition {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        if version >= 6 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition_index = Wire::decode(r, version, flexible)?;
        value.committed_offset = Wire::decode(r, version, flexible)?;
        if version >= 6 {
            value.committed_leader_epoch = Wire::decode(r, version, flexible)?;
        }
        value.committed_metadata = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.partition_index.encode(w, version, flexible)?;
        self.committed_offset.encode(w, version, flexible)?;
        if version >= 6 {
            self.committed_leader_epoch.encode(w, version, flexible)?;
        }
        NullableWire::encode_nullable(self.committed_metadata.as_ref(), w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for OffsetCommitRequest {
    const NAME: &'static str = "OffsetCommitRequest";
    const VERSION_MIN: i16 = 2;
    const VERSION_MAX: i16 = 10;
    fn is_flexible(version: i16) -> bool {
        version >= 8
    }
}
