//! `DeleteRecordsRequest` (API key 21), versions 0 to 2. Generated from the schema.
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
pub struct DeleteRecordsRequest {
    /// All versions.
    pub topics: Vec<DeleteRecordsTopic>,
    /// All versions.
    pub timeout_ms: i32,
}

impl Default for DeleteRecordsRequest {
    fn default() -> Self {
        Self { topics: Vec::new(), timeout_ms: 0 }
    }
}

impl Wire for DeleteRecordsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<DeleteRecordsTopic> as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topics = Wire::decode(r, version, flexible)?;
        value.timeout_ms = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.topics.encode(w, version, flexible)?;
        self.timeout_ms.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DeleteRecordsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteRecordsTopic {
    /// All versions.
    pub name: WireStr,
    /// All versions.
    pub partitions: Vec<DeleteRecordsPartition>,
}

impl Default for DeleteRecordsTopic {
    fn default() -> Self {
        Self { name: WireStr::new(), partitions: Vec::new() }
    }
}

impl Wire for DeleteRecordsTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DeleteRecordsPartition> as Wire>::bytes_min(version, flexible);
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

/// Part of `DeleteRecordsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteRecordsPartition {
    /// All versions.
    pub partition_index: i32,
    /// All versions.
    pub offset: i64,
}

impl Default for DeleteRecordsPartition {
    fn default() -> Self {
        Self { partition_index: 0, offset: 0 }
    }
}

impl Wire for DeleteRecordsPartition {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition_index = Wire::decode(r, version, flexible)?;
        value.offset = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.partition_index.encode(w, version, flexible)?;
        self.offset.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for DeleteRecordsRequest {
    const NAME: &'static str = "DeleteRecordsRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 2;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
