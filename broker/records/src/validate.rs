//! The checks that a broker owes every batch before it gets an offset.
//!
//! The yardstick is Kafka's `LogValidator` with `ProduceRequest.validateRecords` and `UnifiedLog.analyzeAndValidateRecords` in
//! front of it. What is taken here is taken and read by Kafka's own classes (`tests/vectors/Verdicts.java` compares them). Stricter
//! on purpose, where Kafka stores, drops or rewrites what no producer should send: unknown attribute bits and the delete
//! horizon, LogAppendTime from a producer, offset deltas with gaps, lengths below -1, a producer epoch below 0, a transaction
//! without a producer id, bytes after the compressed data.

use weir_model::{ErrorCode, ProducerEpoch, TimestampMs, limits};

use crate::{
    BatchHeader, BatchView, Compression, Malformed, RecordError, RecordIter, RejectedRecord, Rejection,
    TimestampType,
};

/// Who wrote a batch that is to be appended by a leader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BatchOrigin {
    /// A producer.
    Client,
    /// A coordinator of this cluster, which may write control batches.
    Coordinator,
}

/// What a topic and a request allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ValidationRules {
    /// Who wrote the batch.
    pub origin: BatchOrigin,
    /// False for versions of Produce below 7.
    pub zstd_allowed: bool,
    /// `max.message.bytes`: the largest batch as it travels.
    pub batch_bytes_max: usize,
    /// The largest batch when decompressed.
    pub plain_bytes_max: usize,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// Whether `cleanup.policy` has `compact`, which asks for a key in every record.
    pub compacted: bool,
}

impl ValidationRules {
    /// The first version of Produce that may carry zstd.
    pub const ZSTD_PRODUCE_VERSION_MIN: i16 = 7;
}

impl Default for ValidationRules {
    /// Kafka's defaults for a topic, and the newest client.
    fn default() -> Self {
        Self {
            origin: BatchOrigin::Client,
            zstd_allowed: true,
            batch_bytes_max: 1024 * 1024 + 12,
            plain_bytes_max: limits::BATCH_DECOMPRESSED_BYTES_MAX,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 60 * 60 * 1000,
            compacted: false,
        }
    }
}

/// A batch that may be appended, and what was learned on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Validated {
    /// The header as it arrived.
    pub header: BatchHeader,
    /// The codec of the batch.
    pub compression: Compression,
    /// Records in the batch, one or more.
    pub record_count: u32,
    /// Bytes of the records when decompressed.
    pub plain_bytes: usize,
    /// The timestamp type that the stored batch must have.
    pub timestamp_type: TimestampType,
    /// The maximum timestamp that the stored batch must have: the largest of its records, or `now` for LogAppendTime.
    pub max_timestamp: TimestampMs,
    /// The offset delta of the first record with that timestamp; the last record's for LogAppendTime.
    pub max_timestamp_offset_delta: i32,
}

/// Checks the records of one partition in a produce request: one batch, nothing after it, and [`validate`].
///
/// # Errors
/// The first thing that is wrong, or all records that the topic's rules refuse.
pub fn validate_produced(
    bytes: &[u8],
    rules: &ValidationRules,
    now: TimestampMs,
) -> Result<Validated, RecordError> {
    if bytes.is_empty() {
        return Err(RecordError::NotOneBatch);
    }
    let batch = BatchView::first(bytes)?;
    if batch.bytes().len() < bytes.len() {
        return Err(RecordError::NotOneBatch);
    }
    validate(&batch, rules, now)
}

/// Checks one batch whole: size, checksum, header, then every record, decompressed with a cap.
///
/// An uncompressed batch is walked once and nothing is allocated.
///
/// # Errors
/// The first thing that is wrong, or all records that the topic's rules refuse.
pub fn validate(
    batch: &BatchView<'_>,
    rules: &ValidationRules,
    now: TimestampMs,
) -> Result<Validated, RecordError> {
    let header = *batch.header();
    let size = batch.bytes().len();
    if size > rules.batch_bytes_max {
        return Err(RecordError::TooLarge { size, max: rules.batch_bytes_max });
    }
    batch.check_crc()?;
    let compression = check_header(&header, rules)?;
    let plain = batch.plain_payload(rules.plain_bytes_max)?;
    let largest = check_records(RecordIter::new(&plain, header.count)?, &header, rules, now)?;
    let (max_timestamp, max_timestamp_offset_delta) = match rules.timestamp_type {
        TimestampType::CreateTime => largest,
        TimestampType::LogAppendTime => (now, header.last_offset_delta),
    };
    Ok(Validated {
        header,
        compression,
        record_count: header.count.unsigned_abs(),
        plain_bytes: plain.len(),
        timestamp_type: rules.timestamp_type,
        max_timestamp,
        max_timestamp_offset_delta,
    })
}

fn check_header(header: &BatchHeader, rules: &ValidationRules) -> Result<Compression, RecordError> {
    let attributes = header.attributes;
    if attributes.has_unknown() || attributes.has_delete_horizon() {
        return Err(RecordError::BadAttributes(attributes.0));
    }
    let compression = header.compression()?;
    if compression == Compression::Zstd && !rules.zstd_allowed {
        return Err(RecordError::ZstdNeedsNewerProduce);
    }
    if attributes.timestamp_type() == TimestampType::LogAppendTime {
        return Err(RecordError::AppendTimeFromClient);
    }
    if header.count <= 0 || i64::from(header.last_offset_delta) != i64::from(header.count) - 1 {
        return Err(RecordError::Count { count: header.count, last_offset_delta: header.last_offset_delta });
    }
    if rules.origin == BatchOrigin::Client {
        check_client_header(header)?;
    }
    Ok(compression)
}

fn check_client_header(header: &BatchHeader) -> Result<(), RecordError> {
    if header.attributes.is_control() {
        return Err(RecordError::ControlBatch);
    }
    if header.base_offset.0 != 0 {
        return Err(RecordError::BaseOffset(header.base_offset.0));
    }
    // Without a producer id epoch and sequence mean nothing; some clients leave a 0 there.
    let consistent = if header.has_producer_id() {
        header.base_sequence >= 0 && header.producer_epoch > ProducerEpoch::NONE
    } else {
        !header.attributes.is_transactional()
    };
    if !consistent {
        return Err(RecordError::Producer {
            producer_id: header.producer_id.0,
            producer_epoch: header.producer_epoch.0,
            base_sequence: header.base_sequence,
        });
    }
    Ok(())
}

/// Walks the records; the answer is the largest timestamp and its offset delta.
fn check_records(
    records: RecordIter<'_>,
    header: &BatchHeader,
    rules: &ValidationRules,
    now: TimestampMs,
) -> Result<(TimestampMs, i32), RecordError> {
    let bounds = TimestampBounds::new(rules, now);
    let mut rejection = None;
    let mut largest = (TimestampMs::NONE, 0);
    for (index, record) in (0_i32..).zip(records) {
        let record = record?;
        if record.offset_delta != index {
            return Err(malformed(index, Malformed::OffsetDelta));
        }
        let Some(timestamp) = header.base_timestamp.0.checked_add(record.timestamp_delta) else {
            return Err(malformed(index, Malformed::Timestamp));
        };
        if rules.compacted && record.key.is_none() {
            let message = "a compacted topic takes no record without a key".to_owned();
            reject(&mut rejection, index, ErrorCode::InvalidRecord, message);
        } else if !bounds.allow(timestamp) {
            reject(&mut rejection, index, ErrorCode::InvalidTimestamp, bounds.complaint(timestamp));
        }
        if timestamp > largest.0.0 {
            largest = (TimestampMs(timestamp), index);
        }
    }
    match rejection {
        None => Ok(largest),
        Some(rejection) => Err(RecordError::Rejected(rejection)),
    }
}

/// The timestamps that the topic takes.
struct TimestampBounds {
    earliest: i64,
    latest: i64,
}

impl TimestampBounds {
    fn new(rules: &ValidationRules, now: TimestampMs) -> Self {
        match rules.timestamp_type {
            TimestampType::CreateTime => Self {
                earliest: now.0.saturating_sub(rules.timestamp_before_max_ms),
                latest: now.0.saturating_add(rules.timestamp_after_max_ms),
            },
            // The records' own timestamps will not be seen.
            TimestampType::LogAppendTime => Self { earliest: i64::MIN, latest: i64::MAX },
        }
    }

    fn allow(&self, timestamp: i64) -> bool {
        timestamp == TimestampMs::NONE.0 || (self.earliest..=self.latest).contains(&timestamp)
    }

    fn complaint(&self, timestamp: i64) -> String {
        format!("timestamp {timestamp} is outside {} to {}", self.earliest, self.latest)
    }
}

#[cold]
fn malformed(index: i32, source: Malformed) -> RecordError {
    RecordError::Record { index: index.unsigned_abs(), source }
}

#[cold]
fn reject(rejection: &mut Option<Box<Rejection>>, index: i32, code: ErrorCode, message: String) {
    let rejection =
        rejection.get_or_insert_with(|| Box::new(Rejection { code, count: 0, records: Vec::new() }));
    rejection.count += 1;
    if code == ErrorCode::InvalidTimestamp {
        rejection.code = code;
    }
    if rejection.records.len() < Rejection::RECORDS_MAX {
        rejection.records.push(RejectedRecord { index: index.unsigned_abs(), message });
    }
}
