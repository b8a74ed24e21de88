//! A batch into a partition: checked, recompressed if the topic asks for it, appended. Never waits.

use bytes::Bytes;
use weir_log::AppendError;
use weir_model::{ErrorCode, Offset, TimestampMs, with_causes};
use weir_records::{
    BatchHeader, BatchOrigin, BatchView, RecordBatchMut, RecordError, RejectedRecord, TimestampType,
    Validated, ValidationRules,
};

use super::Partition;
use super::rules::TopicRules;

/// What the request allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ProduceRules {
    /// Whether its version may carry zstd.
    pub(crate) zstd_allowed: bool,
}

/// A batch that is in the log, but not yet committed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Placed {
    /// Where it, or its first copy, starts.
    pub(crate) base_offset: Offset,
    /// The offset that the high watermark must reach.
    pub(crate) end_offset: Offset,
    /// The time that the log gave it, with `message.timestamp.type=LogAppendTime`.
    pub(crate) append_time: Option<TimestampMs>,
    /// The first offset of the log.
    pub(crate) log_start: Offset,
    /// Records in the batch; 0 for a copy of one that was there.
    pub(crate) record_count: u64,
}

/// Why a batch was not appended, as a client is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct AppendRefusal {
    /// The error.
    pub(crate) code: ErrorCode,
    /// A sentence.
    pub(crate) message: Option<String>,
    /// Single records that are at fault.
    pub(crate) records: Vec<RejectedRecord>,
}

impl AppendRefusal {
    /// An error with its sentence.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: Some(message.into()), records: Vec::new() }
    }
}

impl From<ErrorCode> for AppendRefusal {
    fn from(code: ErrorCode) -> Self {
        Self { code, message: None, records: Vec::new() }
    }
}

impl From<RecordError> for AppendRefusal {
    fn from(error: RecordError) -> Self {
        let records = error.rejected_records().to_vec();
        Self { code: error.code(), message: Some(with_causes(&error)), records }
    }
}

impl From<AppendError> for AppendRefusal {
    fn from(error: AppendError) -> Self {
        Self::new(error.code(), with_causes(&error))
    }
}

impl Partition {
    /// Appends a producer's batch.
    pub(crate) fn append_produced(
        &self,
        records: &Bytes,
        request: ProduceRules,
        now: TimestampMs,
    ) -> Result<Placed, AppendRefusal> {
        let topic = self.rules();
        let rules = topic.validation(BatchOrigin::Client, request.zstd_allowed);
        self.append_checked(records, &topic, &rules, now)
    }

    /// Appends a coordinator's batch.
    pub(crate) fn append_internal(&self, records: &Bytes, now: TimestampMs) -> Result<Placed, AppendRefusal> {
        let topic = self.rules();
        let rules = topic.validation(BatchOrigin::Coordinator, true);
        self.append_checked(records, &topic, &rules, now)
    }

    fn append_checked(
        &self,
        records: &Bytes,
        topic: &TopicRules,
        rules: &ValidationRules,
        now: TimestampMs,
    ) -> Result<Placed, AppendRefusal> {
        let validated = weir_records::validate_produced(records, rules, now)?;
        if let Some((codec, level)) = topic.recompression(validated.compression) {
            let batch = BatchView::first(records)?;
            let rewritten = Bytes::from(weir_records::recompress(&batch, codec, level)?);
            // What the topic chose is no choice of a client that may not know zstd.
            let rules = ValidationRules { zstd_allowed: true, ..*rules };
            let validated = weir_records::validate_produced(&rewritten, &rules, now)?;
            return self.append_valid(&rewritten, &validated, now);
        }
        self.append_valid(records, &validated, now)
    }

    /// The header is copied and changed; the records go from the request's frame to the file as they are.
    fn append_valid(
        &self,
        records: &[u8],
        validated: &Validated,
        now: TimestampMs,
    ) -> Result<Placed, AppendRefusal> {
        let (header, payload) = records
            .split_first_chunk::<{ BatchHeader::BYTES }>()
            .ok_or(RecordError::Truncated { needed: BatchHeader::BYTES, available: records.len() })?;
        let mut header = *header;
        RecordBatchMut::from_parts(&mut header, payload)?.apply(validated);
        let appended = self.log.append_parts(&mut header, payload, self.leader_epoch())?;
        let append_time = match validated.timestamp_type {
            TimestampType::CreateTime => None,
            TimestampType::LogAppendTime => Some(appended.duplicate.map_or(now, |first| first.timestamp)),
        };
        Ok(Placed {
            base_offset: appended.base_offset,
            end_offset: appended.last_offset.plus(1),
            append_time,
            log_start: appended.log_start,
            record_count: if appended.duplicate.is_some() { 0 } else { validated.record_count.into() },
        })
    }
}
