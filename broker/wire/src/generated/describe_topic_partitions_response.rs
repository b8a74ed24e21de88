//! `DescribeTopicPartitionsResponse` (API key 75), versions 0 to 0. Generated from the schema.
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
pub struct DescribeTopicPartitionsResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    /// All versions, may be null.
    pub next_cursor: Option<Cursor>,
}

impl Default for DescribeTopicPartitionsResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, topics: Vec::new(), next_cursor: None }
    }
}

impl Wire for DescribeTopicPartitionsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribeTopicPartitionsResponseTopic> as Wire>::bytes_min(version, flexible);
        bytes += 1;
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        value.topics = Wire::decode(r, version, flexible)?;
        value.next_cursor = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        self.topics.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.next_cursor.as_ref(), w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeTopicPartitionsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsResponseTopic {
    /// All versions.
    pub error_code: i16,
    /// All versions, may be null.
    pub name: Option<WireStr>,
    /// All versions.
    pub topic_id: Uuid,
    /// All versions.
    pub is_internal: bool,
    /// All versions.
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    /// All versions.
    pub topic_authorized_operations: i32,
}

impl Default for DescribeTopicPartitionsResponseTopic {
    fn default() -> Self {
        Self {
            error_code: 0,
            name: Some(Default::default()),
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: -2147483648,
        }
    }
}

impl Wire for DescribeTopicPartitionsResponseTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Uuid as Wire>::bytes_min(version, flexible);
        bytes += <bool as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribeTopicPartitionsResponsePartition> as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.error_code = Wire::decode(r, version, flexible)?;
        value.name = NullableWire::decode_nullable(r, version, flexible)?;
        value.topic_id = Wire::decode(r, version, flexible)?;
        value.is_internal = Wire::decode(r, version, flexible)?;
        value.partitions = Wire::decode(r, version, flexible)?;
        value.topic_authorized_operations = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.error_code.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.name.as_ref(), w, version, flexible)?;
        self.topic_id.encode(w, version, flexible)?;
        self.is_internal.encode(w, version, flexible)?;
        self.partitions.encode(w, version, flexible)?;
        self.topic_authorized_operations.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeTopicPartitionsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsResponsePartition {
    /// All versions.
    pub error_code: i16,
    /// All versions.
    pub partition_index: i32,
    /// All versions.
    pub leader_id: i32,
    /// All versions.
    pub leader_epoch: i32,
    /// All versions.
    pub replica_nodes: Vec<i32>,
    /// All versions.
    pub isr_nodes: Vec<i32>,
    /// All versions, may be null.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// All versions, may be null.
    pub last_known_elr: Option<Vec<i32>>,
    /// All versions.
    pub offline_replicas: Vec<i32>,
}

impl Default for DescribeTopicPartitionsResponsePartition {
    fn default() -> Self {
        Self {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
            offline_replicas: Vec::new(),
        }
    }
}

impl Wire for DescribeTopicPartitionsResponsePartition {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.error_code = Wire::decode(r, version, flexible)?;
        value.partition_index = Wire::decode(r, version, flexible)?;
        value.leader_id = Wire::decode(r, version, flexible)?;
        value.leader_epoch = Wire::decode(r, version, flexible)?;
        value.replica_nodes = Wire::decode(r, version, flexible)?;
        value.isr_nodes = Wire::decode(r, version, flexible)?;
        value.eligible_leader_replicas = NullableWire::decode_nullable(r, version, flexible)?;
        value.last_known_elr = NullableWire::decode_nullable(r, version, flexible)?;
        value.offline_replicas = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.error_code.encode(w, version, flexible)?;
        self.partition_index.encode(w, version, flexible)?;
        self.leader_id.encode(w, version, flexible)?;
        self.leader_epoch.encode(w, version, flexible)?;
        self.replica_nodes.encode(w, version, flexible)?;
        self.isr_nodes.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.eligible_leader_replicas.as_ref(), w, version, flexible)?;
        NullableWire::encode_nullable(self.last_known_elr.as_ref(), w, version, flexible)?;
        self.offline_replicas.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeTopicPartitionsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// All versions.
    pub topic_name: WireStr,
    /// All versions.
    pub partition_index: i32,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { topic_name: WireStr::new(), partition_index: 0 }
    }
}

impl Wire for Cursor {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic_name = Wire::decode(r, version, flexible)?;
        value.partition_index = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.topic_name.encode(w, version, flexible)?;
        self.partition_index.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl NullableWire for Cursor {
    fn decode_nullable(r: &mut Reader, version: i16, flexible: bool) -> Result<Option<Self>, DecodeError> {
        if r.int8()? < 0 { Ok(None) } else { Self::decode(r, version, flexible).map(Some) }
    }
    fn encode_nullable(
        value: Option<&Self>,
        w: &mut Writer,
        version: i16,
        flexible: bool,
    ) -> Result<(), EncodeError> {
        match value {
            None => {
                w.int8(-1);
                Ok(())
            }
            Some(value) => {
                w.int8(1);
                value.encode(w, version, flexible)
            }
        }
    }
}

impl Message for DescribeTopicPartitionsResponse {
    const NAME: &'static str = "DescribeTopicPartitionsResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 0;
    fn is_flexible(version: i16) -> bool {
        true
    }
}
