//! `OffsetForLeaderEpochRequest` (API key 23), versions 2 to 4. Generated from the schema.
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
pub struct OffsetForLeaderEpochRequest {
    /// Versions 3 and later.
    pub replica_id: i32,
    /// All versions.
    pub topics: Vec<OffsetForLeaderTopic>,
}

impl Default for OffsetForLeaderEpochRequest {
    fn default() -> Self {
        Self { replica_id: -2, topics: Vec::new() }
    }
}

impl Wire for OffsetForLeaderEpochRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 3 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<OffsetForLeaderTopic> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 3 {
            value.replica_id = Wire::decode(r, version, flexible)?;
        }
        value.topics = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 3 {
            self.replica_id.encode(w, version, flexible)?;
        }
        self.topics.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetForLeaderEpochRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetForLeaderTopic {
    /// All versions.
    pub topic: WireStr,
    /// All versions.
    pub partitions: Vec<OffsetForLeaderPartition>,
}

impl Default for OffsetForLeaderTopic {
    fn default() -> Self {
        Self { topic: WireStr::new(), partitions: Vec::new() }
    }
}

impl Wire for OffsetForLeaderTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<OffsetForLeaderPartition> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic = Wire::decode(r, version, flexible)?;
        value.partitions = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.topic.encode(w, version, flexible)?;
        self.partitions.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetForLeaderEpochRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetForLeaderPartition {
    /// All versions.
    pub partition: i32,
    /// All versions.
    pub current_leader_epoch: i32,
    /// All versions.
    pub leader_epoch: i32,
}

impl Default for OffsetForLeaderPartition {
    fn default() -> Self {
        Self { partition: 0, current_leader_epoch: -1, leader_epoch: 0 }
    }
}

impl Wire for OffsetForLeaderPartition {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition = Wire::decode(r, version, flexible)?;
        value.current_leader_epoch = Wire::decode(r, version, flexible)?;
        value.leader_epoch = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.partition.encode(w, version, flexible)?;
        self.current_leader_epoch.encode(w, version, flexible)?;
        self.leader_epoch.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for OffsetForLeaderEpochRequest {
    const NAME: &'static str = "OffsetForLeaderEpochRequest";
    const VERSION_MIN: i16 = 2;
    const VERSION_MAX: i16 = 4;
    fn is_flexible(version: i16) -> bool {
        version >= 4
    }
}
