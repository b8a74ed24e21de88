//! `ConsumerGroupHeartbeatResponse` (API key 68), versions 0 to 1. Generated from the schema.
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
pub struct ConsumerGroupHeartbeatResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub error_code: i16,
    /// All versions, may be null.
    pub error_message: Option<WireStr>,
    /// All versions, may be null.
    pub member_id: Option<WireStr>,
    /// All versions.
    pub member_epoch: i32,
    /// All versions.
    pub heartbeat_interval_ms: i32,
    /// All versions, may be null.
    pub assignment: Option<Assignment>,
}

impl Default for ConsumerGroupHeartbeatResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: None,
            member_id: None,
            member_epoch: 0,
            heartbeat_interval_ms: 0,
            assignment: None,
        }
    }
}

impl Wire for ConsumerGroupHeartbeatResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += 1;
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        value.error_code = Wire::decode(r, version, flexible)?;
        value.error_message = NullableWire::decode_nullable(r, version, flexible)?;
        value.member_id = NullableWire::decode_nullable(r, version, flexible)?;
        value.member_epoch = Wire::decode(r, version, flexible)?;
        value.heartbeat_interval_ms = Wire::decode(r, version, flexible)?;
        value.assignment = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        self.error_code.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?;
        NullableWire::encode_nullable(self.member_id.as_ref(), w, version, flexible)?;
        self.member_epoch.encode(w, version, flexible)?;
        self.heartbeat_interval_ms.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.assignment.as_ref(), w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ConsumerGroupHeartbeatResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// All versions.
    pub topic_partitions: Vec<TopicPartitions>,
}

impl Default for Assignment {
    fn default() -> Self {
        Self { topic_partitions: Vec::new() }
    }
}

impl Wire for Assignment {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<TopicPartitions> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic_partitions = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.topic_partitions.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl NullableWire for Assignment {
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

/// Part of `ConsumerGroupHeartbeatResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicPartitions {
    /// All versions.
    pub topic_id: Uuid,
    /// All versions.
    pub partitions: Vec<i32>,
}

impl Default for TopicPartitions {
    fn default() -> Self {
        Self { topic_id: Uuid::ZERO, partitions: Vec::new() }
    }
}

impl Wire for TopicPartitions {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Uuid as Wire>::bytes_min(version, flexible);
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic_id = Wire::decode(r, version, flexible)?;
        value.partitions = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.topic_id.encode(w, version, flexible)?;
        self.partitions.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ConsumerGroupHeartbeatResponse {
    const NAME: &'static str = "ConsumerGroupHeartbeatResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 1;
    fn is_flexible(version: i16) -> bool {
        true
    }
}
