//! What a log changes in a batch that it appends: base offset, leader epoch and times. The records stay as they are.

use weir_model::{LeaderEpoch, Offset, TimestampMs};

use crate::header::{Field, put};
use crate::{BatchHeader, RecordError, TimestampType, Validated, crc};

/// A batch that may be changed in place. Base offset and leader epoch are outside the checksum; times are inside.
#[derive(Debug)]
pub struct RecordBatchMut<'a> {
    raw: &'a mut [u8; BatchHeader::BYTES],
    payload: &'a [u8],
    header: BatchHeader,
}

impl<'a> RecordBatchMut<'a> {
    /// A batch in one piece; `bytes` holds it and nothing else.
    ///
    /// # Errors
    /// The bytes are not exactly one batch of format v2.
    pub fn new(bytes: &'a mut [u8]) -> Result<Self, RecordError> {
        let available = bytes.len();
        let Some((raw, payload)) = bytes.split_first_chunk_mut::<{ BatchHeader::BYTES }>() else {
            return Err(RecordError::Truncated { needed: BatchHeader::BYTES, available });
        };
        Self::from_parts(raw, payload)
    }

    /// A batch whose header was copied out, so that the payload can stay shared.
    ///
    /// # Errors
    /// Header and payload do not make exactly one batch of format v2.
    pub fn from_parts(raw: &'a mut [u8; BatchHeader::BYTES], payload: &'a [u8]) -> Result<Self, RecordError> {
        let header = BatchHeader::parse(raw)?;
        let available = raw.len() + payload.len();
        if header.size_bytes > available {
            return Err(RecordError::Truncated { needed: header.size_bytes, available });
        }
        if header.size_bytes < available {
            return Err(RecordError::NotOneBatch);
        }
        Ok(Self { raw, payload, header })
    }

    /// The header as it now is.
    pub const fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// Gives the first record its offset; the others follow by their deltas.
    pub fn set_base_offset(&mut self, offset: Offset) {
        self.header.base_offset = offset;
        put::<{ Field::BASE_OFFSET }, 8>(self.raw, offset.0.to_be_bytes());
    }

    /// Stores the epoch of the leader that appends.
    pub fn set_leader_epoch(&mut self, epoch: LeaderEpoch) {
        self.header.leader_epoch = epoch;
        put::<{ Field::LEADER_EPOCH }, 4>(self.raw, epoch.0.to_be_bytes());
    }

    /// Makes `time` the timestamp of every record (`message.timestamp.type=LogAppendTime`).
    pub fn set_append_time(&mut self, time: TimestampMs) {
        self.set_max_timestamp(TimestampType::LogAppendTime, time);
    }

    /// Stores timestamp type and maximum timestamp, and a new checksum if that changed anything.
    pub fn set_max_timestamp(&mut self, timestamp_type: TimestampType, max_timestamp: TimestampMs) {
        let attributes = self.header.attributes.with_timestamp_type(timestamp_type);
        if attributes == self.header.attributes && max_timestamp == self.header.max_timestamp {
            return;
        }
        self.header.attributes = attributes;
        self.header.max_timestamp = max_timestamp;
        put::<{ Field::ATTRIBUTES }, 2>(self.raw, attributes.0.to_be_bytes());
        put::<{ Field::MAX_TIMESTAMP }, 8>(self.raw, max_timestamp.0.to_be_bytes());
        self.header.crc = crc::of_parts(self.raw, self.payload);
        put::<{ Field::CRC }, 4>(self.raw, self.header.crc.to_be_bytes());
    }

    /// Stores the times that validation found: the real maximum, or the append time.
    pub fn apply(&mut self, validated: &Validated) {
        self.set_max_timestamp(validated.timestamp_type, validated.max_timestamp);
    }
}
