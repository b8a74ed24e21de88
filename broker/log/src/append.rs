//! Appending: a batch gets its offsets, is written, and waits for a flush.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use weir_model::{LeaderEpoch, Offset, TimestampMs};
use weir_records::{BatchHeader, RecordBatchMut, RecordError};

use crate::config::{Durability, LogConfig};
use crate::error::{AppendError, LogError, Offline};
use crate::flush::is_full;
use crate::partition::PartitionLog;
use crate::producers::Duplicate;
use crate::segment::Segment;
use crate::sync::lock;
use crate::walk::Located;
use crate::writer::Writer;

/// Linux: this process may open no further file.
const EMFILE: i32 = 24;

/// Linux: the system may open no further file.
const ENFILE: i32 = 23;

/// Where a batch went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Appended {
    /// The offset of its first record.
    pub base_offset: Offset,
    /// The offset of its last record. Whoever acknowledges waits for a stable end above it.
    pub last_offset: Offset,
    /// The log start offset at that moment.
    pub log_start: Offset,
    /// The producer sent this batch before: the offsets are those of the first copy, and nothing was written.
    pub duplicate: Option<Duplicate>,
}

impl PartitionLog {
    /// Appends one validated batch in one piece; see [`Self::append_parts`].
    ///
    /// # Errors
    /// As [`Self::append_parts`].
    pub fn append(&self, batch: &mut [u8], epoch: LeaderEpoch) -> Result<Appended, AppendError> {
        let available = batch.len();
        match batch.split_first_chunk_mut::<{ BatchHeader::BYTES }>() {
            Some((header, payload)) => self.append_parts(header, payload, epoch),
            None => Err(RecordError::Truncated { needed: BatchHeader::BYTES, available }.into()),
        }
    }

    /// Appends one batch that [`weir_records::validate`] accepted, as leader of `epoch`. Base offset and leader epoch are
    /// written into `header`; `payload` goes to the file as it is. The records are in the page cache when this returns,
    /// and promised to nobody: wait for [`Self::stable`] with `last_offset + 1`.
    ///
    /// # Errors
    /// The batch is refused or the disk failed. The log holds nothing of it.
    pub fn append_parts(
        &self,
        header: &mut [u8; BatchHeader::BYTES],
        payload: &[u8],
        epoch: LeaderEpoch,
    ) -> Result<Appended, AppendError> {
        let config = self.config();
        let mut batch = RecordBatchMut::from_parts(header, payload)?;
        let size = batch.header().size_bytes;
        if size as u64 > u64::from(config.segment_bytes) {
            return Err(AppendError::TooLarge { bytes: size, max: config.segment_bytes });
        }
        let mut writer = lock(&self.writer);
        self.check_writable(&writer)?;
        let newest = writer.epochs.latest();
        if epoch < newest {
            return Err(AppendError::FencedLeaderEpoch { epoch, newest });
        }
        if let Some(duplicate) = writer.producers.check(batch.header())? {
            return Ok(Appended {
                base_offset: duplicate.base_offset,
                last_offset: duplicate.last_offset,
                log_start: Offset(writer.log_start),
                duplicate: Some(duplicate),
            });
        }
        if !self.shared.take_room(size) {
            return Err(AppendError::DiskFull);
        }
        batch.set_base_offset(Offset(writer.log_end));
        batch.set_leader_epoch(epoch);
        let stamped = *batch.header();
        self.roll_if_due(&mut writer, &stamped, &config)?;
        let position = self.write_batch(&mut writer, header, payload)?;
        self.note_appended(&mut writer, &Located { position, header: stamped }, &config)?;
        self.publish(&mut writer, |_| {});
        let log_start = Offset(writer.log_start);
        drop(writer);
        self.flush_when_due(&config);
        Ok(Appended {
            base_offset: stamped.base_offset,
            last_offset: stamped.last_offset(),
            log_start,
            duplicate: None,
        })
    }

    /// Opens a leader epoch at the log end. When this returns, the epoch is on disk: no earlier leader's records can
    /// ever be taken for this one's.
    ///
    /// # Errors
    /// The disk failed, which takes the log offline.
    pub fn new_leader_epoch(&self, epoch: LeaderEpoch) -> Result<(), LogError> {
        // A flush that began before would put the older epochs in the place of these.
        let _no_flush = lock(&self.flush_turn);
        let mut writer = lock(&self.writer);
        self.check_open()?;
        let end = Offset(writer.log_end);
        if !writer.epochs.assign(epoch, end) && !writer.epochs_dirty {
            return Ok(());
        }
        let text = writer.epochs.encode();
        let written = self.write_epochs(&text).and_then(|()| self.sync_parent(&writer));
        match written {
            Ok(()) => {
                writer.epochs_dirty = false;
                writer.parent_dirty = false;
                Ok(())
            }
            Err(error) => Err(self.go_offline("writing the leader epochs of", &error).into()),
        }
    }

    /// Closes the active segment and opens a new one at the log end; nothing happens when the active one is empty.
    ///
    /// # Errors
    /// The disk failed.
    pub fn roll(&self) -> Result<(), LogError> {
        let mut writer = lock(&self.writer);
        self.check_open()?;
        if writer.active.extent().size == 0 {
            return Ok(());
        }
        let config = self.config();
        self.roll_locked(&mut writer, &config).map_err(|error| match error {
            AppendError::Offline(offline) => offline.into(),
            AppendError::Closed => LogError::Closed,
            other => {
                LogError::Io { what: "rolling", path: self.dir.clone(), source: io::Error::other(other) }
            }
        })
    }

    /// Refuses what must not be written.
    pub(crate) fn check_writable(&self, writer: &Writer) -> Result<(), AppendError> {
        self.check_online()?;
        if writer.closed {
            return Err(AppendError::Closed);
        }
        if self.shared.is_disk_full() {
            return Err(AppendError::DiskFull);
        }
        Ok(())
    }

    fn roll_if_due(
        &self,
        writer: &mut Writer,
        batch: &BatchHeader,
        config: &LogConfig,
    ) -> Result<(), AppendError> {
        let size = writer.active.extent().size;
        if size == 0 {
            return Ok(());
        }
        let full = size + batch.size_bytes as u64 > u64::from(config.segment_bytes);
        let far = batch.last_offset().0 - writer.active.base() > i64::from(i32::MAX);
        if full || far || self.is_old(writer, batch)? || self.index_is_full(writer, config)? {
            return self.roll_locked(writer, config);
        }
        Ok(())
    }

    fn is_old(&self, writer: &mut Writer, batch: &BatchHeader) -> Result<bool, AppendError> {
        if writer.active_since.is_none() {
            let first = writer.active.first_header().map_err(|error| self.failed("reading", error))?;
            writer.active_since = first.map(|first| first.max_timestamp.0);
        }
        // Without a time, or with one before 1970, a segment has no age.
        let since = writer.active_since.filter(|since| *since >= 0);
        let age = since.map_or(0, |since| batch.max_timestamp.ms_since(TimestampMs(since)));
        Ok(u64::try_from(age).is_ok_and(|age| age > writer.active_ms_max))
    }

    fn index_is_full(&self, writer: &Writer, config: &LogConfig) -> Result<bool, AppendError> {
        let entries =
            writer.active.offsets.len().map_err(|error| self.failed("reading the index of", error))?;
        Ok((entries + 1) * 8 > u64::from(config.segment_index_bytes))
    }

    /// Closes the active segment: its indexes, a producer snapshot at its end, all synced by the next flush.
    fn roll_locked(&self, writer: &mut Writer, config: &LogConfig) -> Result<(), AppendError> {
        let old = Arc::clone(&writer.active);
        self.tidy_end(writer).map_err(|error| self.failed("cutting the end of", error))?;
        old.push_time_entry().map_err(|error| self.failed("writing the index of", error))?;
        writer.mark_indexes_dirty(&old).map_err(|error| self.failed("writing the index of", error))?;
        self.snapshot_producers(writer).map_err(|error| self.failed("writing the producers of", error))?;
        let fresh = Segment::empty(&self.shared.pool, &self.dir, writer.log_end);
        self.start_segment(writer, fresh, config);
        Ok(())
    }

    /// Makes `fresh` the active segment.
    pub(crate) fn start_segment(&self, writer: &mut Writer, fresh: Arc<Segment>, config: &LogConfig) {
        writer.active = Arc::clone(&fresh);
        writer.active_since = None;
        writer.active_ms_max = self.segment_ms_max(config);
        writer.dir_dirty = true;
        self.change_segments(|segments| segments.push(fresh));
    }

    /// `segment.ms` less a random part of `segment.jitter.ms`.
    pub(crate) fn segment_ms_max(&self, config: &LogConfig) -> u64 {
        let jitter_max = config.segment_jitter_ms.min(config.segment_ms);
        let jitter = if jitter_max == 0 { 0 } else { self.env.random.u64() % jitter_max };
        config.segment_ms - jitter
    }

    /// Writes the batch after the last one. Returns its position.
    fn write_batch(
        &self,
        writer: &mut Writer,
        header: &[u8; BatchHeader::BYTES],
        payload: &[u8],
    ) -> Result<u64, AppendError> {
        // A shorter batch would leave the end of a longer one behind it.
        self.tidy_end(writer).map_err(|error| self.failed("cutting the end of", error))?;
        let segment = Arc::clone(&writer.active);
        let position = segment.extent().size;
        let file = segment.file_for_append().map_err(|error| self.failed("opening", error))?;
        segment.prepare_to_note().map_err(|error| self.failed("reading the index of", error))?;
        if position == 0 {
            writer.dir_dirty = true;
        }
        if let Err(error) = file.write_parts_at(&[header, payload], position) {
            writer.loose_bytes = true;
            return Err(self.failed("writing", error));
        }
        writer.mark_segment_dirty(segment.base(), file);
        segment.mark_verified(position, (header.len() + payload.len()) as u64);
        Ok(position)
    }

    fn note_appended(
        &self,
        writer: &mut Writer,
        at: &Located,
        config: &LogConfig,
    ) -> Result<(), AppendError> {
        let header = &at.header;
        // The batch is written: nothing may make it unknown any more.
        writer
            .active
            .note_batch(at, config.index_interval_bytes)
            .map_err(|error| self.fatal("indexing", &error))?;
        if writer.epochs.assign(header.leader_epoch, header.base_offset) {
            writer.epochs_dirty = true;
        }
        writer.producers.apply(header, self.env.clock.monotonic());
        writer.log_end = header.next_offset().0;
        writer.since_snapshot_bytes += header.size_bytes as u64;
        writer.active_since.get_or_insert(header.max_timestamp.0);
        let unflushed = u64::try_from(writer.log_end - writer.flushed_end).unwrap_or(0);
        if config.durability == Durability::Replicated && unflushed < config.flush_messages {
            writer.soft_end = writer.log_end;
        }
        Ok(())
    }

    /// Marks the log dirty at the flusher, to be flushed within the bound that its durability has.
    fn flush_when_due(&self, config: &LogConfig) {
        let progress = self.progress();
        let unflushed = u64::try_from(progress.log_end.0 - progress.flushed_end.0).unwrap_or(0);
        let within = match config.durability {
            _ if unflushed >= config.flush_messages => Duration::ZERO,
            Durability::Flushed => crate::flusher::FLUSHED_WAIT_MAX,
            Durability::Replicated => crate::flusher::REPLICATED_WAIT_MAX,
        };
        self.shared.flusher.mark_dirty(self, within.min(Duration::from_millis(config.flush_ms)));
    }

    /// What a failed operation of an append means: a full disk or a shortage of files passes, anything else is the end.
    fn failed(&self, what: &'static str, error: io::Error) -> AppendError {
        match error.kind() {
            _ if is_full(&error) => {
                self.shared.note_disk_full();
                AppendError::DiskFull
            }
            // The pool's own refusal, or the system's.
            ErrorKind::Other => AppendError::TooManyOpenFiles(error),
            _ if matches!(error.raw_os_error(), Some(EMFILE | ENFILE)) => {
                AppendError::TooManyOpenFiles(error)
            }
            _ => self.fatal(what, &error).into(),
        }
    }

    fn fatal(&self, what: &'static str, error: &io::Error) -> Offline {
        self.go_offline(what, error)
    }
}
