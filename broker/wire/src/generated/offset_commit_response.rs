//! `OffsetCommitResponse` (API key 8), versions 2 to 10. Generated from the schema.
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
pub struct OffsetCommitResponse {
    /// Versions 3 and later.
    pub throttle_time_ms: i32,
    /// All versions.
    pub topics: Vec<OffsetCommitResponseTopic>,
}

impl Default for OffsetCommitResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, topics: Vec::new() }
    }
}

impl Wire for OffsetCommitResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 3 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<OffsetCommitResponseTopic> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 3 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        value.topics = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 3 {
            self.throttle_time_ms.encode(w, version, flexible)?;
        }
        self.topics.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `OffsetCommitResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitResponseTopic {
    /// Versions 2 to 9.
    pub name: WireStr,
    /// Versions 10 and later.
    pub topic_id: Uuid,
    /// All versions.
    pub partitions: Vec<OffsetCommitResponsePartition>,
}

impl Default for OffsetCommitResponseTopic {
    fn default() -> Self {
        Self { name: WireStr::new(), topic_id: Uuid::ZERO, partitions: Vec::new() }
    }
}

impl Wire for OffsetCommitResponseTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 9 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 10 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<OffsetCommitResponsePartition> as Wire>::bytes_min(version, flexible);
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

/// Part of `OffsetCommitResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitResponsePartition {
    /// All versions.
    pub partition_index: i32,
    /// All versions.
    pub error_code: i16,
}

impl Default for OffsetCommitResponsePartition {
    fn default() -> Self {
        Self { partition_index: 0, error_code: 0 }
    }
}

impl Wire for OffsetCommitResponsePartition {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition_index = Wire::decode(r, version, flexible)?;
        value.error_code = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.partition_index.encode(w, version, flexible)?;
        self.error_code.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for OffsetCommitResponse {
    const NAME: &'static str = "OffsetCommitResponse";
    const VERSION_MIN: i16 = 2;
    const VERSION_MAX: i16 = 10;
    fn is_flexible(version: i16) -> bool {
        version >= 8
    }
}
