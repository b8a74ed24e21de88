//! `ListOffsetsRequest` (API key 2), versions 1 to 11. Generated from the schema.
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
pub struct ListOffsetsRequest {
    /// All versions.
    pub replica_id: i32,
    /// Versions 2 and later.
    pub isolation_level: i8,
    /// All versions.
    pub topics: Vec<ListOffsetsTopic>,
    /// Versions 10 and later.
    pub timeout_ms: i32,
}

impl Default for ListOffsetsRequest {
    fn default() -> Self {
        Self { replica_id: 0, isolation_level: 0, topics: Vec::new(), timeout_ms: 0 }
    }
}

impl Wire for ListOffsetsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        if version >= 2 {
            bytes += <i8 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<ListOffsetsTopic> as Wire>::bytes_min(version, flexible);
        if version >= 10 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.replica_id = Wire::decode(r, version, flexible)?;
        if version >= 2 {
            value.isolation_level = Wire::decode(r, version, flexible)?;
        }
        value.topics = Wire::decode(r, version, flexible)?;
        if version >= 10 {
            value.timeout_ms = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.replica_id.encode(w, version, flexible)?;
        if version >= 2 {
            self.isolation_level.encode(w, version, flexible)?;
        }
        if !(version >= 2) && self.isolation_level != 0 {
            return Err(EncodeError::NotInVersion { field: "ListOffsetsRequest.isolation_level", version });
        }
        self.topics.encode(w, version, flexible)?;
        if version >= 10 {
            self.timeout_ms.encode(w, version, flexible)?;
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ListOffsetsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetsTopic {
    /// All versions.
    pub name: WireStr,
    /// All versions.
    pub partitions: Vec<ListOffsetsPartition>,
}

impl Default for ListOffsetsTopic {
    fn default() -> Self {
        Self { name: WireStr::new(), partitions: Vec::new() }
    }
}

impl Wire for ListOffsetsTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<ListOffsetsPartition> as Wire>::bytes_min(version, flexible);
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

/// Part of `ListOffsetsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetsPartition {
    /// All versions.
    pub partition_index: i32,
    /// Versions 4 and later.
    pub current_leader_epoch: i32,
    /// All versions.
    pub timestamp: i64,
}

impl Default for ListOffsetsPartition {
    fn default() -> Self {
        Self { partition_index: 0, current_leader_epoch: -1, timestamp: 0 }
    }
}

impl Wire for ListOffsetsPartition {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        if version >= 4 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition_index = Wire::decode(r, version, flexible)?;
        if version >= 4 {
            value.current_leader_epoch = Wire::decode(r, version, flexible)?;
        }
        value.timestamp = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.partition_index.encode(w, version, flexible)?;
        if version >= 4 {
            self.current_leader_epoch.encode(w, version, flexible)?;
        }
        self.timestamp.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ListOffsetsRequest {
    const NAME: &'static str = "ListOffsetsRequest";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 11;
    fn is_flexible(version: i16) -> bool {
        version >= 6
    }
}
