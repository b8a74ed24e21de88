//! Ranges out of a partition: places in files, never bytes.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use weir_env::disk::DiskFile;
use weir_env::task;
use weir_log::{LogRange, PartitionLog, ReadError, TimestampedOffset};
use weir_metadata::configs::CompressionType;
use weir_model::{ErrorCode, LeaderEpoch, Offset, TimestampMs};
use weir_wire::{FileRange, RangeSource};

use super::Partition;

/// What a reader may see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Isolation {
    /// Everything committed.
    Uncommitted,
    /// Everything committed before the first open transaction.
    Committed,
}

/// What one fetch allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ReadLimits {
    /// What the reader may see.
    pub(crate) isolation: Isolation,
    /// Bytes of the whole answer.
    pub(crate) bytes_max: usize,
    /// Whether the reader's version knows zstd.
    pub(crate) zstd_allowed: bool,
}

/// The reader's log and ours parted: where the newest epoch ends that both know of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Diverged {
    /// The epoch.
    pub(crate) epoch: LeaderEpoch,
    /// Its end here.
    pub(crate) end_offset: Offset,
}

/// What one look at a partition gave.
#[derive(Debug)]
pub(crate) struct PartitionRead {
    /// Places in files, one after another.
    pub(crate) ranges: Vec<FileRange>,
    /// Their bytes.
    pub(crate) bytes: usize,
    /// The end of what is committed.
    pub(crate) high_watermark: Offset,
    /// The end of what is committed and decided.
    pub(crate) last_stable_offset: Offset,
    /// The first offset.
    pub(crate) log_start: Offset,
    /// Set when the reader must cut its log first; there are no ranges then.
    pub(crate) diverged: Option<Diverged>,
}

/// A log's file as a source of answers.
#[derive(Debug)]
struct LogFile {
    file: Arc<dyn DiskFile>,
    log: Arc<PartitionLog>,
}

impl RangeSource for LogFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.file.read_at(buffer, position)
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.file.fd()
    }

    fn on_failure(&self, error: &io::Error) {
        self.log.on_read_failed(error);
    }
}

impl Partition {
    /// The end of what a reader may see.
    pub(crate) fn visible_end(&self, isolation: Isolation) -> Result<Offset, ErrorCode> {
        self.log.check_online().map_err(|_| ErrorCode::KafkaStorageError)?;
        if self.log.progress().closed {
            // Its topic is deleted, and this request found it before that.
            return Err(ErrorCode::UnknownTopicOrPartition);
        }
        Ok(match isolation {
            Isolation::Uncommitted => self.log.high_watermark(),
            Isolation::Committed => self.log.last_stable_offset(),
        })
    }

    /// A range from an offset on. With `needs_one` it holds at least one batch, if there is one, whatever `bytes_max` says.
    pub(crate) async fn read(
        self: &Arc<Self>,
        from: Offset,
        last_fetched_epoch: i32,
        bytes_max: usize,
        needs_one: bool,
        limits: ReadLimits,
    ) -> Result<PartitionRead, ErrorCode> {
        let upto = self.visible_end(limits.isolation)?;
        let progress = self.log.progress();
        let mut read = PartitionRead {
            ranges: Vec::new(),
            bytes: 0,
            high_watermark: progress.high_watermark,
            last_stable_offset: self.log.last_stable_offset(),
            log_start: progress.log_start,
            diverged: self.divergence(from, last_fetched_epoch)?,
        };
        if read.diverged.is_some() {
            return Ok(read);
        }
        if from < progress.log_start || from > progress.log_end {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        if from >= upto || (bytes_max == 0 && !needs_one) {
            return Ok(read);
        }
        if !limits.zstd_allowed && self.rules().config.compression.codec == CompressionType::Zstd {
            return Err(ErrorCode::UnsupportedCompressionType);
        }
        let me = Arc::clone(self);
        let find = move || me.find_ranges(from, upto, bytes_max, needs_one);
        // What this process appended is checked and most likely in memory; the rest may have to be opened and read.
        let is_near = from >= self.opened_end;
        let ranges = if is_near { find() } else { task::blocking(find).await }?;
        read.bytes = ranges.iter().map(|range| range.len as usize).sum();
        read.ranges = ranges;
        Ok(read)
    }

    /// May wait for the disk.
    fn find_ranges(
        &self,
        from: Offset,
        upto: Offset,
        bytes_max: usize,
        needs_one: bool,
    ) -> Result<Vec<FileRange>, ErrorCode> {
        let found =
            self.log.read(from, upto, bytes_max, needs_one).map_err(|error| self.read_code(&error))?;
        let range = |range: LogRange| FileRange {
            source: Arc::new(LogFile { file: range.file, log: Arc::clone(&self.log) }),
            position: range.position,
            len: range.len,
        };
        Ok(found.ranges.into_iter().map(range).collect())
    }

    fn read_code(&self, error: &ReadError) -> ErrorCode {
        if self.log.progress().closed {
            return ErrorCode::UnknownTopicOrPartition;
        }
        let code = error.code();
        if let ReadError::Io(error) = error {
            self.log.on_read_failed(error);
        }
        if code != ErrorCode::OffsetOutOfRange {
            tracing::error!(partition = %self.log.partition(), %error, "a fetch can't be served");
        }
        code
    }

    /// Where the reader's history parts from the log's. A history of which the log knows nothing is out of range, as in
    /// Kafka (`Partition.readRecords`).
    fn divergence(&self, from: Offset, last_fetched_epoch: i32) -> Result<Option<Diverged>, ErrorCode> {
        if last_fetched_epoch < 0 {
            return Ok(None);
        }
        let epoch = LeaderEpoch(last_fetched_epoch);
        let end = self.log.epoch_end_offset(epoch);
        if end.epoch == LeaderEpoch::UNKNOWN || end.end == Offset::UNKNOWN {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        let is_diverged = end.epoch < epoch || end.end < from;
        Ok(is_diverged.then_some(Diverged { epoch: end.epoch, end_offset: end.end }))
    }

    /// The first record before `upto` and at or after a time.
    pub(crate) async fn offset_at(
        self: &Arc<Self>,
        time: TimestampMs,
        upto: Offset,
    ) -> Result<Option<TimestampedOffset>, ErrorCode> {
        let me = Arc::clone(self);
        let find = move || me.log.offset_for_timestamp(time, upto).map_err(|error| me.read_code(&error));
        task::blocking(find).await
    }

    /// The record before `upto` with the largest timestamp.
    pub(crate) async fn max_timestamp(
        self: &Arc<Self>,
        upto: Offset,
    ) -> Result<Option<TimestampedOffset>, ErrorCode> {
        let me = Arc::clone(self);
        let find = move || me.log.max_timestamp(upto).map_err(|error| me.read_code(&error));
        task::blocking(find).await
    }
}
