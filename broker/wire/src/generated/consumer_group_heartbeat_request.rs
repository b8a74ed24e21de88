//! `ConsumerGroupHeartbeatRequest` (API key 68), versions 0 to 1. Generated from the schema.
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
pub struct ConsumerGroupHeartbeatRequest {
    /// All versions.
    pub group_id: WireStr,
    /// All versions.
    pub member_id: WireStr,
    /// All versions.
    pub member_epoch: i32,
    /// All versions, may be null.
    pub instance_id: Option<WireStr>,
    /// All versions, may be null.
    pub rack_id: Option<WireStr>,
    /// All versions.
    pub rebalance_timeout_ms: i32,
    /// All versions, may be null.
    pub subscribed_topic_names: Option<Vec<WireStr>>,
    /// Versions 1 and later, may be null.
    pub subscribed_topic_regex: Option<WireStr>,
    /// All versions, may be null.
    pub server_assignor: Option<WireStr>,
    /// All versions, may be null.
    pub topic_partitions: Option<Vec<TopicPartitions>>,
}

impl Default for ConsumerGroupHeartbeatRequest {
    fn default() -> Self {
        Self {
            group_id: WireStr::new(),
            member_id: WireStr::new(),
            member_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            subscribed_topic_names: None,
            subscribed_topic_regex: None,
            server_assignor: None,
            topic_partitions: None,
        }
    }
}

impl Wire for ConsumerGroupHeartbeatRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<WireStr> as Wire>::bytes_min(version, flexible);
        if version >= 1 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<TopicPartitions> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.group_id = Wire::decode(r, version, flexible)?;
        value.member_id = Wire::decode(r, version, flexible)?;
        value.member_epoch = Wire::decode(r, version, flexible)?;
        value.instance_id = NullableWire::decode_nullable(r, version, flexible)?;
        value.rack_id = NullableWire::decode_nullable(r, version, flexible)?;
        value.rebalance_timeout_ms = Wire::decode(r, version, flexible)?;
        value.subscribed_topic_names = NullableWire::decode_nullable(r, version, flexible)?;
        if version >= 1 {
            value.subscribed_topic_regex = if version >= 1 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        value.server_assignor = NullableWire::decode_nullable(r, version, flexible)?;
        value.topic_partitions = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.group_id.encode(w, version, flexible)?;
        self.member_id.encode(w, version, flexible)?;
        self.member_epoch.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.instance_id.as_ref(), w, version, flexible)?;
        NullableWire::encode_nullable(self.rack_id.as_ref(), w, version, flexible)?;
        self.rebalance_timeout_ms.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.subscribed_topic_names.as_ref(), w, version, flexible)?;
        if version >= 1 {
            if version >= 1 {
                NullableWire::encode_nullable(self.subscribed_topic_regex.as_ref(), w, version, flexible)?
            } else {
                self.subscribed_topic_regex
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "subscribed_topic_regex", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 1) && self.subscribed_topic_regex.is_some() {
            return Err(EncodeError::NotInVersion {
                field: "ConsumerGroupHeartbeatRequest.subscribed_topic_regex",
                version,
            });
        }
        NullableWire::encode_nullable(self.server_assignor.as_ref(), w, version, flexible)?;
        NullableWire::encode_nullable(self.topic_partitions.as_ref(), w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ConsumerGroupHeartbeatRequest`.
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

impl Message for ConsumerGroupHeartbeatRequest {
    const NAME: &'static str = "ConsumerGroupHeartbeatRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 1;
    fn is_flexible(version: i16) -> bool {
        true
    }
}
