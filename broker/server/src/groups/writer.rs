//! From the machine's records to batches in the log: as many appends share a batch as fit, and none is cut.

use std::collections::VecDeque;

use bytes::Bytes;
use weir_coordinator::{AppendId, EncodedRecord};
use weir_model::{ErrorCode, Offset, TimestampMs, limits};
use weir_records::{BatchBuilder, BatchHeader, Compression};

use crate::partitions::Partition;

/// Room in a batch for what a record has beside its key and value.
const RECORD_EXTRA_BYTES: usize = 32;

/// A batch that must hold no more stays below this, so that one client's commit does not wait for a megabyte of others'.
const BATCH_BYTES_WANTED: usize = 256 * 1024;

/// Records of the machine on their way to the log.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) id: AppendId,
    pub(super) records: Vec<EncodedRecord>,
}

impl Append {
    fn bytes(&self) -> usize {
        self.records.iter().map(record_bytes).sum()
    }
}

fn record_bytes(record: &EncodedRecord) -> usize {
    RECORD_EXTRA_BYTES + record.key.len() + record.value.as_ref().map_or(0, Bytes::len)
}

/// The largest batch that the partition takes.
pub(super) fn batch_bytes_max(partition: &Partition) -> usize {
    (partition.rules().config.max_message_bytes as usize).min(limits::BATCH_DECOMPRESSED_BYTES_MAX)
}

/// An append that the log holds, but which is not committed yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) id: AppendId,
    /// What the high watermark must reach.
    pub(super) end: Offset,
}

/// The append that the log refused, and why; those before it are in the log.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) id: AppendId,
    pub(super) code: ErrorCode,
    pub(super) message: String,
}

/// A batch in the making.
#[derive(Debug)]
struct Pending {
    builder: BatchBuilder,
    bytes: usize,
    /// The first append with a record in it.
    first: AppendId,
    /// Appends whose last record is in it.
    ends: Vec<AppendId>,
}

/// Writes to one partition.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    partition: &'a Partition,
    now: TimestampMs,
    bytes_max: usize,
    pending: Option<Pending>,
    open: &'a mut VecDeque<Open>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(partition: &'a Partition, now: TimestampMs, open: &'a mut VecDeque<Open>) -> Self {
        let bytes_max = BATCH_BYTES_WANTED.min(batch_bytes_max(partition)).saturating_sub(BatchHeader::BYTES);
        Self { partition, now, bytes_max, pending: None, open }
    }

    /// Writes these appends, in their order.
    pub(super) fn write(mut self, appends: &[Append]) -> Result<(), Refused> {
        let written = self.write_batches(appends);
        // Members wait for what was written: for one more client that joins, or for the next poll after a commit. When a
        // batch was refused, they wait for those before it.
        self.partition.log.request_flush();
        written
    }

    fn write_batches(&mut self, appends: &[Append]) -> Result<(), Refused> {
        for append in appends {
            if self.filled() + append.bytes() > self.bytes_max {
                self.flush()?;
            }
            for record in &append.records {
                self.push(append.id, record)?;
            }
            if let Some(pending) = &mut self.pending {
                pending.ends.push(append.id);
            }
        }
        self.flush()
    }

    fn filled(&self) -> usize {
        self.pending.as_ref().map_or(0, |pending| pending.bytes)
    }

    fn push(&mut self, id: AppendId, record: &EncodedRecord) -> Result<(), Refused> {
        let pending = self.pending.get_or_insert_with(|| Pending {
            builder: BatchBuilder::new(Offset::ZERO, Compression::None),
            bytes: 0,
            first: id,
            ends: Vec::new(),
        });
        pending.bytes += record_bytes(record);
        let pushed = pending.builder.push(Some(&record.key), record.value.as_deref(), &[], self.now);
        pushed.map_err(|error| Refused {
            id: pending.first,
            code: ErrorCode::RecordListTooLarge,
            message: error.to_string(),
        })
    }

    fn flush(&mut self) -> Result<(), Refused> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let first = pending.first;
        let refused = |code, message: String| Refused { id: first, code, message };
        let batch = pending
            .builder
            .finish()
            .map_err(|error| refused(ErrorCode::UnknownServerError, error.to_string()))?;
        let placed = self.partition.append_internal(&batch, self.now).map_err(|refusal| {
            refused(refusal.code, refusal.message.unwrap_or_else(|| refusal.code.text().to_owned()))
        })?;
        self.open.extend(pending.ends.into_iter().map(|id| Open { id, end: placed.end_offset }));
        Ok(())
    }
}
