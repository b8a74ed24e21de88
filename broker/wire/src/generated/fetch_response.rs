//! `FetchResponse` (API key 1), versions 4 to 18. Generated from the schema.
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
pub struct FetchResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// Versions 7 and later.
    pub error_code: i16,
    /// Versions 7 and later.
    pub session_id: i32,
    /// All versions.
    pub responses: Vec<FetchableTopicResponse>,
    /// Versions 16 and later, tag 0.
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Default for FetchResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            session_id: 0,
            responses: Vec::new(),
            node_endpoints: Vec::new(),
        }
    }
}

impl Wire for FetchResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        if version >= 7 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        if version >= 7 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<FetchableTopicResponse> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        if version >= 7 {
            value.error_code = Wire::decode(r, version, flexible)?;
        }
        if version >= 7 {
            value.session_id = Wire::decode(r, version, flexible)?;
        }
        value.responses = Wire::decode(r, version, flexible)?;
        if flexible {
            r.tagged_fields(|tag, r| {
                match tag {
                    0 if version >= 16 => value.node_endpoints = Wire::decode(r, version, flexible)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        if version >= 7 {
            self.error_code.encode(w, version, flexible)?;
        }
        if version >= 7 {
            self.session_id.encode(w, version, flexible)?;
        }
        if !(version >= 7) && self.session_id != 0 {
            return Err(EncodeError::NotInVersion { field: "FetchResponse.session_id", version });
        }
        self.responses.encode(w, version, flexible)?;
        if !(version >= 16) && !self.node_endpoints.is_empty() {
            return Err(EncodeError::NotInVersion { field: "FetchResponse.node_endpoints", version });
        }
        if flexible {
            let mut tags = TaggedFields::default();
            if version >= 16 && !self.node_endpoints.is_empty() {
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

/// Part of `FetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchableTopicResponse {
    /// Versions 4 to 12.
    pub topic: WireStr,
    /// Versions 13 and later.
    pub topic_id: Uuid,
    /// All versions.
    pub partitions: Vec<PartitionData>,
}

impl Default for FetchableTopicResponse {
    fn default() -> Self {
        Self { topic: WireStr::new(), topic_id: Uuid::ZERO, partitions: Vec::new() }
    }
}

impl Wire for FetchableTopicResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version <= 12 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 13 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<PartitionData> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version <= 12 {
            value.topic = Wire::decode(r, version, flexible)?;
        }
        if version >= 13 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        value.partitions = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version <= 12 {
            self.topic.encode(w, version, flexible)?;
        }
        if version >= 13 {
            self.topic_id.encode(w, version, flexible)?;
        }
        self.partitions.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `FetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionData {
    /// All versions.
    pub partition_index: i32,
    /// All versions.
    pub error_code: i16,
    /// All versions.
    pub high_watermark: i64,
    /// All versions.
    pub last_stable_offset: i64,
    /// Versions 5 and later.
    pub log_start_offset: i64,
    /// Versions 12 and later, tag 0.
    pub diverging_epoch: EpochEndOffset,
    /// Versions 12 and later, tag 1.
    pub current_leader: LeaderIdAndEpoch,
    /// Versions 12 and later, tag 2.
    pub snapshot_id: SnapshotId,
    /// All versions, may be null.
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    /// Versions 11 and later.
    pub preferred_read_replica: i32,
    /// All versions, may be null.
    pub records: Option<Records>,
}

impl Default for PartitionData {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: 0,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: Some(Default::default()),
            preferred_read_replica: -1,
            records: None,
        }
    }
}

impl Wire for PartitionData {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        if version >= 5 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<AbortedTransaction> as Wire>::bytes_min(version, flexible);
        if version >= 11 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Records as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition_index = Wire::decode(r, version, flexible)?;
        value.error_code = Wire::decode(r, version, flexible)?;
        value.high_watermark = Wire::decode(r, version, flexible)?;
        value.last_stable_offset = Wire::decode(r, version, flexible)?;
        if version >= 5 {
            value.log_start_offset = Wire::decode(r, version, flexible)?;
        }
        value.aborted_transactions = NullableWire::decode_nullable(r, version, flexible)?;
        if version >= 11 {
            value.preferred_read_replica = Wire::decode(r, version, flexible)?;
        }
        value.records = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.tagged_fields(|tag, r| {
                match tag {
                    0 if version >= 12 => value.diverging_epoch = Wire::decode(r, version, flexible)?,
                    1 if version >= 12 => value.current_leader = Wire::decode(r, version, flexible)?,
                    2 if version >= 12 => value.snapshot_id = Wire::decode(r, version, flexible)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.partition_index.encode(w, version, flexible)?;
        self.error_code.encode(w, version, flexible)?;
        self.high_watermark.encode(w, version, flexible)?;
        self.last_stable_offset.encode(w, version, flexible)?;
        if version >= 5 {
            self.log_start_offset.encode(w, version, flexible)?;
        }
        NullableWire::encode_nullable(self.aborted_transactions.as_ref(), w, version, flexible)?;
        if version >= 11 {
            self.preferred_read_replica.encode(w, version, flexible)?;
        }
        if !(version >= 11) && self.preferred_read_replica != -1 {
            return Err(EncodeError::NotInVersion { field: "PartitionData.preferred_read_replica", version });
        }
        NullableWire::encode_nullable(self.records.as_ref(), w, version, flexible)?;
        if !(version >= 12) && self.diverging_epoch != EpochEndOffset::default() {
            return Err(EncodeError::NotInVersion { field: "PartitionData.diverging_epoch", version });
        }
        if !(version >= 12) && self.current_leader != LeaderIdAndEpoch::default() {
            return Err(EncodeError::NotInVersion { field: "PartitionData.current_leader", version });
        }
        if !(version >= 12) && self.snapshot_id != SnapshotId::default() {
            return Err(EncodeError::NotInVersion { field: "PartitionData.snapshot_id", version });
        }
        if flexible {
            let mut tags = TaggedFields::default();
            if version >= 12 && self.diverging_epoch != EpochEndOffset::default() {
                tags.put(0, |w| {
                    self.diverging_epoch.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            if version >= 12 && self.current_leader != LeaderIdAndEpoch::default() {
                tags.put(1, |w| {
                    self.current_leader.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            if version >= 12 && self.snapshot_id != SnapshotId::default() {
                tags.put(2, |w| {
                    self.snapshot_id.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            w.tagged_fields(tags);
        }
        Ok(())
    }
}

/// Part of `FetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochEndOffset {
    /// Versions 12 and later.
    pub epoch: i32,
    /// Versions 12 and later.
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self { epoch: -1, end_offset: -1 }
    }
}

impl Wire for EpochEndOffset {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 12 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 12 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 12 {
            value.epoch = Wire::decode(r, version, flexible)?;
        }
        if version >= 12 {
            value.end_offset = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 12 {
            self.epoch.encode(w, version, flexible)?;
        }
        if !(version >= 12) && self.epoch != -1 {
            return Err(EncodeError::NotInVersion { field: "EpochEndOffset.epoch", version });
        }
        if version >= 12 {
            self.end_offset.encode(w, version, flexible)?;
        }
        if !(version >= 12) && self.end_offset != -1 {
            return Err(EncodeError::NotInVersion { field: "EpochEndOffset.end_offset", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `FetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaderIdAndEpoch {
    /// Versions 12 and later.
    pub leader_id: i32,
    /// Versions 12 and later.
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
        if version >= 12 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 12 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 12 {
            value.leader_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 12 {
            value.leader_epoch = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 12 {
            self.leader_id.encode(w, version, flexible)?;
        }
        if !(version >= 12) && self.leader_id != -1 {
            return Err(EncodeError::NotInVersion { field: "LeaderIdAndEpoch.leader_id", version });
        }
        if version >= 12 {
            self.leader_epoch.encode(w, version, flexible)?;
        }
        if !(version >= 12) && self.leader_epoch != -1 {
            return Err(EncodeError::NotInVersion { field: "LeaderIdAndEpoch.leader_epoch", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `FetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotId {
    /// All versions.
    pub end_offset: i64,
    /// All versions.
    pub epoch: i32,
}

impl Default for SnapshotId {
    fn default() -> Self {
        Self { end_offset: -1, epoch: -1 }
    }
}

impl Wire for SnapshotId {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.end_offset = Wire::decode(r, version, flexible)?;
        value.epoch = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.end_offset.encode(w, version, flexible)?;
        self.epoch.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `FetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct AbortedTransaction {
    /// All versions.
    pub producer_id: i64,
    /// All versions.
    pub first_offset: i64,
}

impl Default for AbortedTransaction {
    fn default() -> Self {
        Self { producer_id: 0, first_offset: 0 }
    }
}

impl Wire for AbortedTransaction {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.producer_id = Wire::decode(r, version, flexible)?;
        value.first_offset = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.producer_id.encode(w, version, flexible)?;
        self.first_offset.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `FetchResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeEndpoint {
    /// Versions 16 and later.
    pub node_id: i32,
    /// Versions 16 and later.
    pub host: WireStr,
    /// Versions 16 and later.
    pub port: i32,
    /// Versions 16 and later, may be null.
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
        if version >= 16 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 16 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 16 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 16 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 16 {
            value.node_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 16 {
            value.host = Wire::decode(r, version, flexible)?;
        }
        if version >= 16 {
            value.port = Wire::decode(r, version, flexible)?;
        }
        if version >= 16 {
            value.rack = if version >= 16 {
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
        if version >= 16 {
            self.node_id.encode(w, version, flexible)?;
        }
        if !(version >= 16) && self.node_id != 0 {
            return Err(EncodeError::NotInVersion { field: "NodeEndpoint.node_id", version });
        }
        if version >= 16 {
            self.host.encode(w, version, flexible)?;
        }
        if !(version >= 16) && !self.host.is_empty() {
            return Err(EncodeError::NotInVersion { field: "NodeEndpoint.host", version });
        }
        if version >= 16 {
            self.port.encode(w, version, flexible)?;
        }
        if !(version >= 16) && self.port != 0 {
            return Err(EncodeError::NotInVersion { field: "NodeEndpoint.port", version });
        }
        if version >= 16 {
            if version >= 16 {
                NullableWire::encode_nullable(self.rack.as_ref(), w, version, flexible)?
            } else {
                self.rack
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "rack", version })?
                    .encode(w, version, flexible)?
            };
        }
        if !(version >= 16) && self.rack.is_some() {
            return Err(EncodeError::NotInVersion { field: "NodeEndpoint.rack", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for FetchResponse {
    const NAME: &'static str = "FetchResponse";
    const VERSION_MIN: i16 = 4;
    const VERSION_MAX: i16 = 18;
    fn is_flexible(version: i16) -> bool {
        version >= 12
    }
}
