//! `ListOffsetsResponse` (API key 2), versions 1 to 11. Generated from the schema.
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
pub struct ListOffsetsResponse {
    /// Versions 2 and later.
    pub throttle_time_ms: i32,
    /// All versions.
    pub topics: Vec<ListOffsetsTopicResponse>,
}

impl Default for ListOffsetsResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, topics: Vec::new() }
    }
}

impl Wire for ListOffsetsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 2 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<ListOffsetsTopicResponse> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 2 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        value.topics = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 2 {
            self.throttle_time_ms.encode(w, version, flexible)?;
        }
        self.topics.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ListOffsetsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetsTopicResponse {
    /// All versions.
    pub name: WireStr,
    /// All versions.
    pub partitions: Vec<ListOffsetsPartitionResponse>,
}

impl Default for ListOffsetsTopicResponse {
    fn default() -> Self {
        Self { name: WireStr::new(), partitions: Vec::new() }
    }
}

impl Wire for ListOffsetsTopicResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<ListOffsetsPartitionResponse> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = Wire::decode(r, version, flexible)?;
        value.partitions = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.name.encode(w, version, flexible)?;
        self.partitions.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ListOffsetsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetsPartitionResponse {
    /// All versions.
    pub partition_index: i32,
    /// All versions.
    pub error_code: i16,
    /// All versions.
    pub timestamp: i64,
    /// All versions.
    pub offset: i64,
    /// Versions 4 and later.
    pub leader_epoch: i32,
}

impl Default for ListOffsetsPartitionResponse {
    fn default() -> Self {
        Self { partition_index: 0, error_code: 0, timestamp: -1, offset: -1, leader_epoch: -1 }
    }
}

impl Wire for ListOffsetsPartitionResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        if version >= 4 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition_index = Wire::decode(r, version, flexible)?;
        value.error_code = Wire::decode(r, version, flexible)?;
        value.timestamp = Wire::decode(r, version, flexible)?;
        value.offset = Wire::decode(r, version, flexible)?;
        if version >= 4 {
            value.leader_epoch = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.partition_index.encode(w, version, flexible)?;
        self.error_code.encode(w, version, flexible)?;
        self.timestamp.encode(w, version, flexible)?;
        self.offset.encode(w, version, flexible)?;
        if version >= 4 {
            self.leader_epoch.encode(w, version, flexible)?;
        }
        if !(version >= 4) && self.leader_epoch != -1 {
            return Err(EncodeError::NotInVersion {
                field: "ListOffsetsPartitionResponse.leader_epoch",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ListOffsetsResponse {
    const NAME: &'static str = "ListOffsetsResponse";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 11;
    fn is_flexible(version: i16) -> bool {
        version >= 6
    }
}
