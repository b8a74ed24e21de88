//! Control batches: the markers that end a transaction (KIP-98), written by coordinators and never shown to an application.
//!
//! ```text
//! key:    version i16, type i16 (0 abort, 1 commit, others belong to the metadata quorum)
//! value:  version i16, coordinator epoch i32
//! ```

use bytes::Bytes;
use weir_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};

use crate::{BatchBuilder, BuildError, Compression, NO_SEQUENCE, RecordView};

/// What a control record says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ControlRecordType {
    /// The transaction's records are void.
    Abort,
    /// The transaction's records count.
    Commit,
    /// A type that a partition's log has no use for, by its number.
    Other(i16),
}

impl ControlRecordType {
    const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::Abort,
            1 => Self::Commit,
            other => Self::Other(other),
        }
    }

    const fn code(self) -> i16 {
        match self {
            Self::Abort => 0,
            Self::Commit => 1,
            Self::Other(code) => code,
        }
    }
}

/// A parsed control record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ControlRecord {
    /// What it says.
    pub kind: ControlRecordType,
    /// The epoch of the transaction coordinator that wrote an end marker.
    pub coordinator_epoch: Option<i32>,
}

impl ControlRecord {
    /// Reads a record of a control batch; `None` when its key is not one of a control record.
    pub fn parse(record: &RecordView<'_>) -> Option<Self> {
        let key = record.key?.first_chunk::<4>()?;
        let version = i16::from_be_bytes([key[0], key[1]]);
        if version < 0 {
            return None;
        }
        let kind = ControlRecordType::from_code(i16::from_be_bytes([key[2], key[3]]));
        let epoch = record.value.and_then(|value| value.get(2..6)).and_then(<[u8]>::first_chunk::<4>);
        Some(Self { kind, coordinator_epoch: epoch.map(|raw| i32::from_be_bytes(*raw)) })
    }
}

/// The end of one producer's transaction in one partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndTxnMarker {
    /// Commit or abort.
    pub kind: ControlRecordType,
    /// The epoch of the coordinator that decided.
    pub coordinator_epoch: i32,
    /// Whose transaction it was.
    pub producer_id: ProducerId,
    /// The producer's epoch at the end.
    pub producer_epoch: ProducerEpoch,
}

/// A control batch with one marker, uncompressed, with base offset 0.
///
/// # Errors
/// None that can occur; the signature is the builder's.
pub fn end_txn_marker_batch(
    marker: &EndTxnMarker,
    leader_epoch: LeaderEpoch,
    now: TimestampMs,
) -> Result<Bytes, BuildError> {
    let mut key = Vec::with_capacity(4);
    key.extend_from_slice(&0_i16.to_be_bytes());
    key.extend_from_slice(&marker.kind.code().to_be_bytes());
    let mut value = Vec::with_capacity(6);
    value.extend_from_slice(&0_i16.to_be_bytes());
    value.extend_from_slice(&marker.coordinator_epoch.to_be_bytes());
    let mut batch = BatchBuilder::new(Offset::ZERO, Compression::None)
        .leader_epoch(leader_epoch)
        .producer(marker.producer_id, marker.producer_epoch, NO_SEQUENCE)
        .transactional()
        .control();
    batch.push(Some(&key), Some(&value), &[], now)?;
    batch.finish()
}
