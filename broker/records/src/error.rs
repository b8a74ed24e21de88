//! Why bytes are not a batch that may be stored, and which Kafka error a client sees for it.

use weir_model::ErrorCode;

use crate::{BuildError, Compression};

/// What is wrong with a batch. [`RecordError::code`] is what the producer is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The bytes end inside a batch.
    #[error("the record batch needs {needed} bytes and {available} are there")]
    Truncated {
        /// Bytes that the header or its length field ask for.
        needed: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// The length field is negative or too small for a header.
    #[error("the record batch declares the impossible length {0}")]
    BadLength(i32),
    /// A format other than v2.
    #[error("record format v{0} is not supported, only v2 is")]
    UnsupportedMagic(i8),
    /// A produce request carries no batch or several for one partition.
    #[error("a produce request carries exactly one record batch for a partition")]
    NotOneBatch,
    /// The stored checksum is not the checksum of the bytes.
    #[error("the record batch is damaged: it stores checksum {stored:08x} and its bytes have {computed:08x}")]
    BadChecksum {
        /// What the header says.
        stored: u32,
        /// What the bytes give.
        computed: u32,
    },
    /// The batch is larger than `max.message.bytes`.
    #[error("the record batch has {size} bytes, more than max.message.bytes = {max}")]
    TooLarge {
        /// Bytes of the batch.
        size: usize,
        /// The topic's limit.
        max: usize,
    },
    /// Bits 7 to 15 of the attributes, or the delete horizon from a client.
    #[error("the record batch sets attribute bits that it must not set: {0:#06x}")]
    BadAttributes(i16),
    /// No codec has this number.
    #[error("no compression has the number {0}")]
    UnknownCodec(u8),
    /// zstd arrived with a version of Produce that consumers of its age could not read.
    #[error("zstd needs version 7 or later of the produce request")]
    ZstdNeedsNewerProduce,
    /// A client wrote a control batch.
    #[error("clients must not write control batches")]
    ControlBatch,
    /// A client's batch does not start at offset 0.
    #[error("a produced record batch starts at offset 0, not at {0}")]
    BaseOffset(i64),
    /// Count and last offset delta contradict each other, or there is no record.
    #[error("the record batch declares {count} records and a last offset delta of {last_offset_delta}")]
    Count {
        /// The header's count.
        count: i32,
        /// The header's last offset delta.
        last_offset_delta: i32,
    },
    /// Producer id, epoch, sequence and the transactional flag contradict each other.
    #[error("producer id {producer_id}, epoch {producer_epoch}, sequence {base_sequence} do not go together")]
    Producer {
        /// The header's producer id.
        producer_id: i64,
        /// The header's producer epoch.
        producer_epoch: i16,
        /// The header's base sequence.
        base_sequence: i32,
    },
    /// A producer says that the log set the timestamps.
    #[error("a producer must not set the timestamp type LogAppendTime")]
    AppendTimeFromClient,
    /// The compressed records can't be read.
    #[error("the record batch can't be decompressed")]
    Decompress(#[from] DecompressError),
    /// The batch that was to replace it could not be written.
    #[error("the changed record batch can't be written")]
    Build(#[from] BuildError),
    /// The record with this index is not laid out as a record.
    #[error("record {index} is malformed")]
    Record {
        /// Index of the record in the batch.
        index: u32,
        /// What is wrong with it.
        source: Malformed,
    },
    /// Single records are refused by the topic's rules, and the batch with them.
    #[error("{} of the records are refused", .0.count)]
    Rejected(Box<Rejection>),
}

impl RecordError {
    /// Kafka's code for it.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Truncated { .. } | Self::BadLength(_) | Self::BadChecksum { .. } => {
                ErrorCode::CorruptMessage
            }
            // A client splits a batch that is too large and tries again with the halves.
            Self::TooLarge { .. } | Self::Decompress(DecompressError::TooLarge { .. }) => {
                ErrorCode::MessageTooLarge
            }
            Self::UnknownCodec(_) | Self::ZstdNeedsNewerProduce => ErrorCode::UnsupportedCompressionType,
            Self::AppendTimeFromClient => ErrorCode::InvalidTimestamp,
            Self::Rejected(rejection) => rejection.code,
            Self::Build(_) => ErrorCode::UnknownServerError,
            Self::UnsupportedMagic(_)
            | Self::NotOneBatch
            | Self::BadAttributes(_)
            | Self::ControlBatch
            | Self::BaseOffset(_)
            | Self::Count { .. }
            | Self::Producer { .. }
            | Self::Decompress(_)
            | Self::Record { .. } => ErrorCode::InvalidRecord,
        }
    }

    /// The refused records for `record_errors` of a Produce response, empty unless single records are at fault.
    pub fn rejected_records(&self) -> &[RejectedRecord] {
        match self {
            Self::Rejected(rejection) => &rejection.records,
            _ => &[],
        }
    }

    /// Whether the bytes, read from a disk or a peer, can't be what was written.
    pub fn is_damage(&self) -> bool {
        !matches!(
            self,
            Self::Rejected(_) | Self::TooLarge { .. } | Self::ZstdNeedsNewerProduce | Self::Build(_)
        )
    }
}

/// Records that break the topic's rules although the batch is well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// `INVALID_TIMESTAMP` if any timestamp is out of bounds, else `INVALID_RECORD`.
    pub code: ErrorCode,
    /// How many were refused.
    pub count: u32,
    /// The first of them, at most [`Rejection::RECORDS_MAX`].
    pub records: Vec<RejectedRecord>,
}

impl Rejection {
    /// Refused records that are named one by one: about 100 bytes each keep a response below 128 KiB for each partition.
    pub const RECORDS_MAX: usize = 1_000;
}

/// One refused record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRecord {
    /// Its index in the batch.
    pub index: u32,
    /// Why, in a sentence for the producer's log.
    pub message: String,
}

/// Why compressed bytes were not unpacked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecompressError {
    /// The bytes are not what the codec writes.
    #[error("the {0} data is damaged")]
    Damaged(Compression),
    /// The codec allows it, but Kafka's Java consumer could not read it.
    #[error("the {0} data uses a feature that Kafka's consumers can't read")]
    Unreadable(Compression),
    /// Bytes follow the compressed data.
    #[error("bytes follow the {0} data")]
    TrailingBytes(Compression),
    /// The plain bytes are more than the cap.
    #[error("the batch has more than {max} bytes when it is decompressed")]
    TooLarge {
        /// The cap.
        max: usize,
    },
}

/// What is wrong with the layout of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The bytes end inside the record.
    #[error("the record ends too early")]
    Truncated,
    /// A variable-length number is longer than its type.
    #[error("a variable-length number is too long")]
    Varint,
    /// A length is below -1, or -1 where a value must be.
    #[error("a length is negative")]
    NegativeLength,
    /// There are more headers than bytes, or fewer than none.
    #[error("the number of headers is impossible")]
    HeaderCount,
    /// The record's length is not the sum of its parts.
    #[error("the record's length is not that of its fields")]
    Length,
    /// The offset deltas do not count up from 0.
    #[error("the offset delta is not the record's index")]
    OffsetDelta,
    /// Base timestamp and delta overflow.
    #[error("the timestamp is out of range")]
    Timestamp,
    /// Records follow the last one that the header counts.
    #[error("bytes follow the last record")]
    TrailingBytes,
}
