//! `ProduceResponse` (API key 0), versions 3 to 13. Generated from the schema.
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
pub struct ProduceResponse {
    /// All versions.
    pub responses: Vec<TopicProduceResponse>,
    /// All versions.
    pub throttle_time_ms: i32,
    /// Versions 10 and later, tag 0.
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Default for ProduceResponse {
    fn default() -> Self {
        Self { responses: Vec::new(), throttle_time_ms: 0, node_endpoints: Vec::new() }
    }
}

impl Wire for ProduceResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<TopicProduceResponse> as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.responses = Wire::decode(r, version, flexible)?;
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        if flexible {
            r.tagged_fields(|tag, r| {
                match tag {
                    0 if version >= 10 => value.node_endpoints = Wire::decode(r, version, flexible)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.responses.encode(w, version, flexible)?;
        self.throttle_time_ms.encode(w, version, flexible)?;
        if !(version >= 10) && !self.node_endpoints.is_empty() {
            return Err(EncodeError::NotInVersion { field: "ProduceResponse.node_endpoints", version });
        }
        if flexible {
            let mut tags = TaggedFields::default();
            if version >= 10 && !self.node_endpoints.is_empty() {
                tags.put(0, |w| {
                    self.node_endpoints.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            w.tagged_fields(tags);
        }
        Ok(())
    }
}

/// Part of `ProduceResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicProduceResponse {
    /// Versions 3 to 12.
    pub name: WireStr,
    /// Versions 13 and later.
    pub topic_id: Uuid,
    /// All versions.
    pub partition_responses: Vec<PartitionProduceResponse>,
}

impl Default for TopicProduceResponse {
    fn default() -> Self {
        Self { name: WireStr::new(), topic_id: Uuid::ZERO, partition_responses: Vec::new() }
    }
}

impl Wire for TopicProduceResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 12 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 13 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<PartitionProduceResponse> as Wire>::bytes_min(version, flexible);
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
        value.partition_responses = Wire::decode(r, version, flexible)?;
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
        self.partition_responses.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ProduceResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionProduceResponse {
    /// All versions.
    pub index: i32,
    /// All versions.
    pub error_code: i16,
    /// All versions.
    pub base_offset: i64,
    /// All versions.
    pub log_append_time_ms: i64,
    /// Versions 5 and later.
    pub log_start_offset: i64,
    /// Versions 8 and later.
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    /// Versions 8 and later, may be null.
    pub error_message: Option<WireStr>,
    /// Versions 10 and later, tag 0.
    pub current_leader: LeaderIdAndEpoch,
}

impl Default for PartitionProduceResponse {
    fn default() -> Self {
        Self {
            index: 0,
            error_code: 0,
            base_offset: 0,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Vec::new(),
            error_message: None,
            current_leader: LeaderIdAndEpoch::default(),
        }
    }
}

impl Wire for PartitionProduceResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        if version >= 5 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <Vec<BatchIndexAndErrorMessage> as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.index = Wire::decode(r, version, flexible)?;
        value.error_code = Wire::decode(r, version, flexible)?;
        value.base_offset = Wire::decode(r, version, flexible)?;
        value.log_append_time_ms = Wire::decode(r, version, flexible)?;
        if version >= 5 {
            value.log_start_offset = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.record_errors = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.error_message = if version >= 8 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if flexible {
            r.tagged_fields(|tag, r| {
                match tag {
                    0 if version >= 10 => value.current_leader = Wire::decode(r, version, flexible)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.index.encode(w, version, flexible)?;
        self.error_code.encode(w, version, flexible)?;
        self.base_offset.encode(w, version, flexible)?;
        self.log_append_time_ms.encode(w, version, flexible)?;
        if version >= 5 {
            self.log_start_offset.encode(w, version, flexible)?;
        }
        if version >= 8 {
            self.record_errors.encode(w, version, flexible)?;
        }
        if version >= 8 {
            if version >= 8 {
                NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?
            } else {
                self.error_message
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "error_message", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 10) && self.current_leader != LeaderIdAndEpoch::default() {
            return Err(EncodeError::NotInVersion {
                field: "PartitionProduceResponse.current_leader",
                version,
            });
        }
        if flexible {
            let mut tags = TaggedFields::default();
            if version >= 10 && self.current_leader != LeaderIdAndEpoch::default() {
                tags.put(0, |w| {
                    self.current_leader.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            w.tagged_fields(tags);
        }
        Ok(())
    }
}

/// Part of `ProduceResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchIndexAndErrorMessage {
    /// Versions 8 and later.
    pub batch_index: i32,
    /// Versions 8 and later, may be null.
    pub batch_index_error_message: Option<WireStr>,
}

impl Default for BatchIndexAndErrorMessage {
    fn default() -> Self {
        Self { batch_index: 0, batch_index_error_message: None }
    }
}

impl Wire for BatchIndexAndErrorMessage {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 8 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 8 {
            value.batch_index = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.batch_index_error_message = if version >= 8 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 8 {
            self.batch_index.encode(w, version, flexible)?;
        }
        if !(version >= 8) && self.batch_index != 0 {
            return Err(EncodeError::NotInVersion {
                field: "BatchIndexAndErrorMessage.batch_index",
                version,
            });
        }
        if version >= 8 {
            if version >= 8 {
                NullableWire::encode_nullable(self.batch_index_error_message.as_ref(), w, version, flexible)?
            } else {
                self.batch_index_error_message
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "batch_index_error_message", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 8) && self.batch_index_error_message.is_some() {
            return Err(EncodeError::NotInVersion {
                field: "BatchIndexAndErrorMessage.batch_index_error_message",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ProduceResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaderIdAndEpoch {
    /// Versions 10 and later.
    pub leader_id: i32,
    /// Versions 10 and later.
    pub leader_epoch: i32,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> Self {
        Self { leader_id: -1, leader_epoch: -1 }
    }
}

impl Wire for LeaderIdAndEpoch {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 10 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 10 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 10 {
            value.leader_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 10 {
            value.leader_epoch = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 10 {
            self.leader_id.encode(w, version, flexible)?;
        }
        if !(version >= 10) && self.leader_id != -1 {
            return Err(EncodeError::NotInVersion { field: "LeaderIdAndEpoch.leader_id", version });
        }
        if version >= 10 {
            self.leader_epoch.encode(w, version, flexible)?;
        }
        if !(version >= 10) && self.leader_epoch != -1 {
            return Err(EncodeError::NotInVersion { field: "LeaderIdAndEpoch.leader_epoch", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ProduceResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeEndpoint {
    /// Versions 10 and later.
    pub node_id: i32,
    /// Versions 10 and later.
    pub host: WireStr,
    /// Versions 10 and later.
    pub port: i32,
    /// Versions 10 and later, may be null.
    pub rack: Option<WireStr>,
}

impl Default for NodeEndpoint {
    fn default() -> Self {
        Self { node_id: 0, host: WireStr::new(), port: 0, rack: None }
    }
}

impl Wire for NodeEndpoint {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 10 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 10 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 10 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 10 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 10 {
            value.node_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 10 {
            value.host = Wire::decode(r, version, flexible)?;
        }
        if version >= 10 {
            value.port = Wire::decode(r, version, flexible)?;
        }
        if version >= 10 {
            value.rack = if version >= 10 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 10 {
            self.node_id.encode(w, version, flexible)?;
        }
        if !(version >= 10) && self.node_id != 0 {
            return Err(EncodeError::NotInVersion { field: "NodeEndpoint.node_id", version });
        }
        if version >= 10 {
            self.host.encode(w, version, flexible)?;
        }
        if !(version >= 10) && !self.host.is_empty() {
            return Err(EncodeError::NotInVersion { field: "NodeEndpoint.host", version });
        }
        if version >= 10 {
            self.port.encode(w, version, flexible)?;
        }
        if !(version >= 10) && self.port != 0 {
            return Err(EncodeError::NotInVersion { field: "NodeEndpoint.port", version });
        }
        if version >= 10 {
            if version >= 10 {
                NullableWire::encode_nullable(self.rack.as_ref(), w, version, flexible)?
            } else {
                self.rack
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "rack", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 10) && self.rack.is_some() {
            return Err(EncodeError::NotInVersion { field: "NodeEndpoint.rack", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ProduceResponse {
    const NAME: &'static str = "ProduceResponse";
    const VERSION_MIN: i16 = 3;
    const VERSION_MAX: i16 = 13;
    fn is_flexible(version: i16) -> bool {
        version >= 9
    }
}
