//! `ProduceRequest` (API key 0), versions 3 to 13. Generated from the schema.
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
pub struct ProduceRequest {
    /// All versions, may be null.
    pub transactional_id: Option<WireStr>,
    /// All versions.
    pub acks: i16,
    /// All versions.
    pub timeout_ms: i32,
    /// All versions.
    pub topic_data: Vec<TopicProduceData>,
}

impl Default for ProduceRequest {
    fn default() -> Self {
        Self { transactional_id: None, acks: 0, timeout_ms: 0, topic_data: Vec::new() }
    }
}

impl Wire for ProduceRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<TopicProduceData> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.transactional_id = NullableWire::decode_nullable(r, version, flexible)?;
        value.acks = Wire::decode(r, version, flexible)?;
        value.timeout_ms = Wire::decode(r, version, flexible)?;
        value.topic_data = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        NullableWire::encode_nullable(self.transactional_id.as_ref(), w, version, flexible)?;
        self.acks.encode(w, version, flexible)?;
        self.timeout_ms.encode(w, version, flexible)?;
        self.topic_data.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ProduceRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicProduceData {
    /// Versions 3 to 12.
    pub name: WireStr,
    /// Versions 13 and later.
    pub topic_id: Uuid,
    /// All versions.
    pub partition_data: Vec<PartitionProduceData>,
}

impl Default for TopicProduceData {
    fn default() -> Self {
        Self { name: WireStr::new(), topic_id: Uuid::ZERO, partition_data: Vec::new() }
    }
}

impl Wire for TopicProduceData {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 12 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 13 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<PartitionProduceData> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version <= 12 {
            value.name = Wire::decode(r, version, flexible)?;
        }
        if version >= 13 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        value.partition_data = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version <= 12 {
            self.name.encode(w, version, flexible)?;
        }
        if version >= 13 {
            self.topic_id.encode(w, version, flexible)?;
        }
        self.partition_data.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ProduceRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionProduceData {
    /// All versions.
    pub index: i32,
    /// All versions, may be null.
    pub records: Option<Records>,
}

impl Default for PartitionProduceData {
    fn default() -> Self {
        Self { index: 0, records: None }
    }
}

impl Wire for PartitionProduceData {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Records as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.index = Wire::decode(r, version, flexible)?;
        value.records = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.index.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.records.as_ref(), w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ProduceRequest {
    const NAME: &'static str = "ProduceRequest";
    const VERSION_MIN: i16 = 3;
    const VERSION_MAX: i16 = 13;
    fn is_flexible(version: i16) -> bool {
        version >= 9
    }
}
