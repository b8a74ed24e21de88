//! The 61 bytes in front of a batch's records.
//!
//! ```text
//!  at  bytes  field                    at  bytes  field
//!   0      8  base offset              23      4  last offset delta (also last sequence delta)
//!   8      4  length after this field  27      8  base timestamp
//!  12      4  partition leader epoch   35      8  max timestamp
//!  16      1  magic, 2                 43      8  producer id
//!  17      4  CRC-32C of 21..end       51      2  producer epoch
//!  21      2  attributes               53      4  base sequence
//!                                      57      4  count of records
//! ```

use weir_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};

use crate::{Attributes, Compression, RecordError, TimestampType};

/// "No sequence": Kafka's -1, in batches of producers that are not idempotent and in control batches.
pub const NO_SEQUENCE: i32 = -1;

/// Where the fields start.
pub(crate) struct Field;

impl Field {
    pub(crate) const BASE_OFFSET: usize = 0;
    pub(crate) const LENGTH: usize = 8;
    pub(crate) const LEADER_EPOCH: usize = 12;
    pub(crate) const MAGIC: usize = 16;
    pub(crate) const CRC: usize = 17;
    pub(crate) const ATTRIBUTES: usize = 21;
    pub(crate) const LAST_OFFSET_DELTA: usize = 23;
    pub(crate) const BASE_TIMESTAMP: usize = 27;
    pub(crate) const MAX_TIMESTAMP: usize = 35;
    pub(crate) const PRODUCER_ID: usize = 43;
    pub(crate) const PRODUCER_EPOCH: usize = 51;
    pub(crate) const BASE_SEQUENCE: usize = 53;
    pub(crate) const COUNT: usize = 57;
}

/// A decoded header. Any value may stand in a field; only the size and the magic were checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BatchHeader {
    /// The offset of the first record that the batch had when it was written.
    pub base_offset: Offset,
    /// Bytes of the whole batch, this header included; at least [`BatchHeader::BYTES`].
    pub size_bytes: usize,
    /// The leader epoch in which the batch was appended.
    pub leader_epoch: LeaderEpoch,
    /// The stored CRC-32C.
    pub crc: u32,
    /// Codec, timestamp type and flags.
    pub attributes: Attributes,
    /// The last record's offset less the base offset; compaction keeps it when that record goes.
    pub last_offset_delta: i32,
    /// What the records' timestamp deltas are added to; with a delete horizon, that horizon.
    pub base_timestamp: TimestampMs,
    /// The largest timestamp, or the append time.
    pub max_timestamp: TimestampMs,
    /// The idempotent producer, or [`ProducerId::NONE`].
    pub producer_id: ProducerId,
    /// The producer's epoch.
    pub producer_epoch: ProducerEpoch,
    /// The sequence number of the first record, or [`NO_SEQUENCE`].
    pub base_sequence: i32,
    /// Records in the batch.
    pub count: i32,
}

impl BatchHeader {
    /// Bytes of a header.
    pub const BYTES: usize = weir_model::limits::BATCH_HEADER_BYTES;
    /// Bytes of base offset and length, enough to know where the next batch starts.
    pub const LENGTH_PREFIX_BYTES: usize = 12;
    /// The only format that is supported.
    pub const MAGIC: i8 = 2;

    /// Reads the header at the start of `bytes`, which need not hold the rest of the batch.
    ///
    /// # Errors
    /// Too few bytes, a length that can't hold a header, or a magic other than 2.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let Some(raw) = bytes.first_chunk::<{ Self::BYTES }>() else {
            // A batch of an old format is shorter than our header; its magic says more than its size.
            if let Some(&magic) = bytes.get(Field::MAGIC)
                && magic.cast_signed() != Self::MAGIC
            {
                return Err(RecordError::UnsupportedMagic(magic.cast_signed()));
            }
            return Err(RecordError::Truncated { needed: Self::BYTES, available: bytes.len() });
        };
        let magic = i8::from_be_bytes(field::<{ Field::MAGIC }, 1>(raw));
        if magic != Self::MAGIC {
            return Err(RecordError::UnsupportedMagic(magic));
        }
        let length = i32::from_be_bytes(field::<{ Field::LENGTH }, 4>(raw));
        let size_bytes = batch_bytes(length).ok_or(RecordError::BadLength(length))?;
        Ok(Self::decode(raw, size_bytes))
    }

    fn decode(raw: &[u8; Self::BYTES], size_bytes: usize) -> Self {
        Self {
            base_offset: Offset(i64::from_be_bytes(field::<{ Field::BASE_OFFSET }, 8>(raw))),
            size_bytes,
            leader_epoch: LeaderEpoch(i32::from_be_bytes(field::<{ Field::LEADER_EPOCH }, 4>(raw))),
            crc: u32::from_be_bytes(field::<{ Field::CRC }, 4>(raw)),
            attributes: Attributes(i16::from_be_bytes(field::<{ Field::ATTRIBUTES }, 2>(raw))),
            last_offset_delta: i32::from_be_bytes(field::<{ Field::LAST_OFFSET_DELTA }, 4>(raw)),
            base_timestamp: TimestampMs(i64::from_be_bytes(field::<{ Field::BASE_TIMESTAMP }, 8>(raw))),
            max_timestamp: TimestampMs(i64::from_be_bytes(field::<{ Field::MAX_TIMESTAMP }, 8>(raw))),
            producer_id: ProducerId(i64::from_be_bytes(field::<{ Field::PRODUCER_ID }, 8>(raw))),
            producer_epoch: ProducerEpoch(i16::from_be_bytes(field::<{ Field::PRODUCER_EPOCH }, 2>(raw))),
            base_sequence: i32::from_be_bytes(field::<{ Field::BASE_SEQUENCE }, 4>(raw)),
            count: i32::from_be_bytes(field::<{ Field::COUNT }, 4>(raw)),
        }
    }

    /// The header's bytes, `crc` as it stands in the struct. `None` when the size does not fit the length field.
    pub fn encode(&self) -> Option<[u8; Self::BYTES]> {
        let length = i32::try_from(self.size_bytes.checked_sub(Self::LENGTH_PREFIX_BYTES)?).ok()?;
        let mut raw = [0; Self::BYTES];
        put::<{ Field::BASE_OFFSET }, 8>(&mut raw, self.base_offset.0.to_be_bytes());
        put::<{ Field::LENGTH }, 4>(&mut raw, length.to_be_bytes());
        put::<{ Field::LEADER_EPOCH }, 4>(&mut raw, self.leader_epoch.0.to_be_bytes());
        put::<{ Field::MAGIC }, 1>(&mut raw, Self::MAGIC.to_be_bytes());
        put::<{ Field::CRC }, 4>(&mut raw, self.crc.to_be_bytes());
        put::<{ Field::ATTRIBUTES }, 2>(&mut raw, self.attributes.0.to_be_bytes());
        put::<{ Field::LAST_OFFSET_DELTA }, 4>(&mut raw, self.last_offset_delta.to_be_bytes());
        put::<{ Field::BASE_TIMESTAMP }, 8>(&mut raw, self.base_timestamp.0.to_be_bytes());
        put::<{ Field::MAX_TIMESTAMP }, 8>(&mut raw, self.max_timestamp.0.to_be_bytes());
        put::<{ Field::PRODUCER_ID }, 8>(&mut raw, self.producer_id.0.to_be_bytes());
        put::<{ Field::PRODUCER_EPOCH }, 2>(&mut raw, self.producer_epoch.0.to_be_bytes());
        put::<{ Field::BASE_SEQUENCE }, 4>(&mut raw, self.base_sequence.to_be_bytes());
        put::<{ Field::COUNT }, 4>(&mut raw, self.count.to_be_bytes());
        Some(raw)
    }

    /// The size of the batch that starts with `bytes`, `None` with fewer than twelve bytes or an impossible length.
    pub fn peek_size_bytes(bytes: &[u8]) -> Option<usize> {
        let prefix = bytes.first_chunk::<{ Self::LENGTH_PREFIX_BYTES }>()?;
        batch_bytes(i32::from_be_bytes(*prefix.last_chunk::<4>()?))
    }

    /// The offset of the last record that the batch had when it was written.
    pub fn last_offset(&self) -> Offset {
        Offset(self.base_offset.0.saturating_add(i64::from(self.last_offset_delta)))
    }

    /// The offset after this batch.
    pub fn next_offset(&self) -> Offset {
        Offset(self.last_offset().0.saturating_add(1))
    }

    /// The sequence number of the last record, or [`NO_SEQUENCE`].
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence == NO_SEQUENCE {
            return NO_SEQUENCE;
        }
        sequence_plus(self.base_sequence, self.last_offset_delta)
    }

    /// Whether an idempotent producer wrote the batch.
    pub fn has_producer_id(&self) -> bool {
        self.producer_id.0 > ProducerId::NONE.0
    }

    /// The codec.
    ///
    /// # Errors
    /// [`RecordError::UnknownCodec`] for the numbers 5 to 7.
    pub fn compression(&self) -> Result<Compression, RecordError> {
        self.attributes.compression().ok_or(RecordError::UnknownCodec(self.attributes.codec_id()))
    }

    /// The timestamp that all records share, if the log set it.
    pub fn append_time(&self) -> Option<TimestampMs> {
        match self.attributes.timestamp_type() {
            TimestampType::CreateTime => None,
            TimestampType::LogAppendTime => Some(self.max_timestamp),
        }
    }

    /// When tombstones in this batch may be removed (KIP-534).
    pub fn delete_horizon(&self) -> Option<TimestampMs> {
        self.attributes.has_delete_horizon().then_some(self.base_timestamp)
    }
}

/// The sequence number `increment` records after `sequence`; 0 follows 2³¹-1.
pub fn sequence_plus(sequence: i32, increment: i32) -> i32 {
    let sum = i64::from(sequence) + i64::from(increment);
    i32::try_from(sum.rem_euclid(1 << 31)).unwrap_or(NO_SEQUENCE)
}

fn batch_bytes(length: i32) -> Option<usize> {
    let bytes = usize::try_from(length).ok()?.checked_add(BatchHeader::LENGTH_PREFIX_BYTES)?;
    (bytes >= BatchHeader::BYTES).then_some(bytes)
}

/// `N` bytes at `AT`; both are constants inside the header, so the check is made at compile time.
fn field<const AT: usize, const N: usize>(raw: &[u8; BatchHeader::BYTES]) -> [u8; N] {
    const { assert!(AT + N <= BatchHeader::BYTES) };
    let mut bytes = [0; N];
    bytes.copy_from_slice(&raw[AT..AT + N]);
    bytes
}

/// Overwrites `N` bytes at `AT`.
pub(crate) fn put<const AT: usize, const N: usize>(raw: &mut [u8; BatchHeader::BYTES], bytes: [u8; N]) {
    const { assert!(AT + N <= BatchHeader::BYTES) };
    raw[AT..AT + N].copy_from_slice(&bytes);
}
