//! Writing a batch from records.

use bytes::Bytes;
use weir_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs, limits};

use crate::header::{Field, NO_SEQUENCE, put};
use crate::varint::{put_varint, put_varlong, varlong_bytes};
use crate::{Attributes, BatchHeader, Compression, Header, TimestampType, compress, crc};

/// Why a batch can't be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no record.
    #[error("a record batch needs a record")]
    Empty,
    /// The records are more than may be read back.
    #[error("the records of the batch are larger than {max} bytes")]
    TooLarge {
        /// [`limits::BATCH_DECOMPRESSED_BYTES_MAX`].
        max: usize,
    },
    /// A record's offset does not follow the one before, or is too far from the first.
    #[error("the record's offset delta does not follow the last one")]
    OffsetDelta,
    /// Two timestamps of the batch are too far apart.
    #[error("the record's timestamp is too far from the first one")]
    Timestamp,
    /// The codec failed.
    #[error("{0} could not compress the records")]
    Compress(Compression),
}

/// Collects records and writes them as one batch.
///
/// The batch's base timestamp is that of its first record, as Kafka's own builder does.
#[derive(Debug)]
pub struct BatchBuilder {
    header: BatchHeader,
    compression: Compression,
    level: Option<i32>,
    append_time: Option<TimestampMs>,
    /// A header's room, then the records, plain.
    bytes: Vec<u8>,
}

impl BatchBuilder {
    /// A batch without records, of no producer, with each record's own timestamps.
    pub fn new(base_offset: Offset, compression: Compression) -> Self {
        let header = BatchHeader {
            base_offset,
            size_bytes: BatchHeader::BYTES,
            leader_epoch: LeaderEpoch::UNKNOWN,
            crc: 0,
            attributes: Attributes::default().with_compression(compression),
            last_offset_delta: -1,
            base_timestamp: TimestampMs::NONE,
            max_timestamp: TimestampMs::NONE,
            producer_id: ProducerId::NONE,
            producer_epoch: ProducerEpoch::NONE,
            base_sequence: NO_SEQUENCE,
            count: 0,
        };
        let bytes = vec![0; BatchHeader::BYTES];
        Self { header, compression, level: None, append_time: None, bytes }
    }

    /// The codec's level; without it, Kafka's default for the codec.
    #[must_use]
    pub const fn level(mut self, level: i32) -> Self {
        self.level = Some(level);
        self
    }

    /// The leader's epoch.
    #[must_use]
    pub const fn leader_epoch(mut self, epoch: LeaderEpoch) -> Self {
        self.header.leader_epoch = epoch;
        self
    }

    /// The idempotent producer and the sequence number of the first record.
    #[must_use]
    pub const fn producer(mut self, id: ProducerId, epoch: ProducerEpoch, base_sequence: i32) -> Self {
        self.header.producer_id = id;
        self.header.producer_epoch = epoch;
        self.header.base_sequence = base_sequence;
        self
    }

    /// Puts the records into the producer's transaction.
    #[must_use]
    pub const fn transactional(mut self) -> Self {
        self.header.attributes = self.header.attributes.with_transactional(true);
        self
    }

    /// Makes it a control batch.
    #[must_use]
    pub const fn control(mut self) -> Self {
        self.header.attributes = self.header.attributes.with_control(true);
        self
    }

    /// Gives all records this time (`LogAppendTime`).
    #[must_use]
    pub const fn append_time(mut self, time: TimestampMs) -> Self {
        self.append_time = Some(time);
        self
    }

    /// Adds a record after the last one.
    ///
    /// # Errors
    /// The batch would become too large, or the timestamp is too far from the first.
    pub fn push(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header<'_>],
        timestamp: TimestampMs,
    ) -> Result<(), BuildError> {
        let delta = self.header.last_offset_delta.checked_add(1).ok_or(BuildError::OffsetDelta)?;
        self.push_at(delta, key, value, headers, timestamp)
    }

    /// Adds a record with a gap before it, as compaction leaves them.
    ///
    /// # Errors
    /// As [`BatchBuilder::push`], and a delta that is not above the last one.
    pub fn push_at(
        &mut self,
        offset_delta: i32,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header<'_>],
        timestamp: TimestampMs,
    ) -> Result<(), BuildError> {
        if offset_delta <= self.header.last_offset_delta {
            return Err(BuildError::OffsetDelta);
        }
        let base = if self.header.count == 0 { timestamp } else { self.header.base_timestamp };
        let timestamp_delta = timestamp.0.checked_sub(base.0).ok_or(BuildError::Timestamp)?;
        let fields_bytes = nullable_bytes(key)
            + nullable_bytes(value)
            + varlong_bytes(wide(headers.len()))
            + headers.iter().map(|h| nullable_bytes(Some(h.key)) + nullable_bytes(h.value)).sum::<usize>();
        let body_bytes =
            1 + varlong_bytes(timestamp_delta) + varlong_bytes(offset_delta.into()) + fields_bytes;
        let max = limits::BATCH_DECOMPRESSED_BYTES_MAX;
        if self.plain_bytes() + varlong_bytes(wide(body_bytes)) + body_bytes > max {
            return Err(BuildError::TooLarge { max });
        }
        let out = &mut self.bytes;
        put_record_start(out, body_bytes, timestamp_delta, offset_delta);
        put_nullable(out, key);
        put_nullable(out, value);
        put_varlong(out, wide(headers.len()));
        for header in headers {
            put_nullable(out, Some(header.key));
            put_nullable(out, header.value);
        }
        self.header.base_timestamp = base;
        self.header.max_timestamp = self.header.max_timestamp.max(timestamp);
        self.header.last_offset_delta = offset_delta;
        self.header.count += 1;
        Ok(())
    }

    /// Records so far.
    pub fn len(&self) -> usize {
        self.header.count.unsigned_abs() as usize
    }

    /// Whether there is no record.
    pub const fn is_empty(&self) -> bool {
        self.header.count == 0
    }

    /// Bytes of the records so far, before compression and without the header.
    pub fn plain_bytes(&self) -> usize {
        self.bytes.len() - BatchHeader::BYTES
    }

    /// The batch.
    ///
    /// # Errors
    /// There is no record, or the codec failed.
    pub fn finish(mut self) -> Result<Bytes, BuildError> {
        if self.is_empty() {
            return Err(BuildError::Empty);
        }
        if let Some(time) = self.append_time {
            self.header.max_timestamp = time;
            self.header.attributes = self.header.attributes.with_timestamp_type(TimestampType::LogAppendTime);
        }
        if self.compression != Compression::None {
            let plain = self.bytes.get(BatchHeader::BYTES..).unwrap_or_default();
            let packed = compress(self.compression, self.level, plain)?;
            self.bytes.truncate(BatchHeader::BYTES);
            self.bytes.extend_from_slice(&packed);
        }
        seal(&mut self.bytes, self.header)?;
        Ok(Bytes::from(self.bytes))
    }
}

/// Writes `header` over the first bytes of a batch, with the size and checksum that `bytes` give.
pub(crate) fn seal(bytes: &mut [u8], header: BatchHeader) -> Result<(), BuildError> {
    let too_large = BuildError::TooLarge { max: limits::BATCH_DECOMPRESSED_BYTES_MAX };
    let header = BatchHeader { size_bytes: bytes.len(), ..header };
    let Some((raw, payload)) = bytes.split_first_chunk_mut::<{ BatchHeader::BYTES }>() else {
        return Err(BuildError::Empty);
    };
    *raw = header.encode().ok_or(too_large)?;
    let crc = crc::of_parts(raw, payload);
    put::<{ Field::CRC }, 4>(raw, crc.to_be_bytes());
    Ok(())
}

/// Appends a record's length, attributes and deltas; `body_bytes` counts everything after the length.
pub(crate) fn put_record_start(
    out: &mut Vec<u8>,
    body_bytes: usize,
    timestamp_delta: i64,
    offset_delta: i32,
) {
    put_varlong(out, wide(body_bytes));
    out.push(0);
    put_varlong(out, timestamp_delta);
    put_varint(out, offset_delta);
}

/// A length as a number to write. All lengths are below the cap of a batch.
pub(crate) fn wide(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn nullable_bytes(field: Option<&[u8]>) -> usize {
    field.map_or(1, |bytes| varlong_bytes(wide(bytes.len())) + bytes.len())
}

fn put_nullable(out: &mut Vec<u8>, field: Option<&[u8]>) {
    match field {
        None => put_varint(out, -1),
        Some(bytes) => {
            put_varlong(out, wide(bytes.len()));
            out.extend_from_slice(bytes);
        }
    }
}
