//! Removing what is old: DeleteRecords and retention, by whole segments.
//!
//! The log start moves first and is durable before a file goes or anyone is told: after a crash it never goes back, also when
//! only some of the removals survived. It waits for nobody; the segments stay while a compaction works on them, which then
//! removes them itself.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use weir_model::{Offset, TimestampMs};

use crate::config::LogConfig;
use crate::error::{At, LogError};
use crate::names;
use crate::partition::PartitionLog;
use crate::segment::Segment;
use crate::shared::Doomed;
use crate::sync::lock;
use crate::writer::Writer;

/// What retention removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Removed {
    /// Segments that went.
    pub segments: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl PartitionLog {
    /// Makes records before `before` unreadable (DeleteRecords); [`Offset::UNKNOWN`] is the high watermark. Returns the new log
    /// start, which is durable then.
    ///
    /// # Errors
    /// The offset is above the high watermark or negative, or the disk fails.
    pub fn delete_records(&self, before: Offset) -> Result<Offset, LogError> {
        let start_turn = lock(&self.start_turn);
        self.check_open()?;
        let progress = self.progress();
        let before = if before == Offset::UNKNOWN { progress.high_watermark } else { before };
        if before.0 < 0 || before > progress.high_watermark {
            return Err(LogError::OutOfRange {
                offset: before,
                start: progress.log_start,
                end: progress.high_watermark,
            });
        }
        self.advance_log_start(before)?;
        drop(start_turn);
        // Whoever holds this now, or the next round of retention, removes what became old.
        if let Ok(_removal) = self.removal.try_lock() {
            self.check_open()?;
            self.drop_before_log_start()?;
        }
        Ok(self.log_start())
    }

    /// Removes segments that `retention.ms`, `retention.bytes` or the log start offset make old, as far as they are
    /// committed. `now` is wall time. Leaves a log alone that is being compacted, until the next time.
    ///
    /// # Errors
    /// The disk fails.
    pub fn apply_retention(&self, now: TimestampMs) -> Result<Removed, LogError> {
        // A compaction of this log may go on for long, and the other logs must not wait for it.
        let Ok(_removal) = self.removal.try_lock() else { return Ok(Removed::default()) };
        self.check_open()?;
        let config = self.config();
        let keep_from = if config.cleanup_policy.delete { self.retained_from(&config, now)? } else { 0 };
        if keep_from > self.log_start().0 {
            self.roll_if_all_old(keep_from)?;
            let _start_turn = lock(&self.start_turn);
            self.advance_log_start(Offset(keep_from))?;
        }
        self.drop_before_log_start()
    }

    /// The base offset of the first segment that stays.
    fn retained_from(&self, config: &LogConfig, now: TimestampMs) -> Result<i64, LogError> {
        let segments = self.segments();
        let committed = self.high_watermark().0;
        let mut excess = config.retention_bytes.map_or(0, |keep| {
            segments.iter().map(|segment| segment.extent().size).sum::<u64>().saturating_sub(keep)
        });
        let mut from = segments.first().map_or(0, |first| first.base());
        for segment in segments.iter() {
            let extent = segment.extent();
            if extent.next > committed {
                break;
            }
            if extent.size == 0 {
                // The new active segment, or one that compaction left empty: it goes with what follows it.
                continue;
            }
            if excess < extent.size && !self.is_expired(segment, config, now)? {
                break;
            }
            excess = excess.saturating_sub(extent.size);
            from = extent.next;
        }
        Ok(from)
    }

    fn is_expired(&self, segment: &Segment, config: &LogConfig, now: TimestampMs) -> Result<bool, LogError> {
        let Some(keep_ms) = config.retention_ms else { return Ok(false) };
        let newest = segment.max_timestamp().at("reading the index of", segment.path())?.timestamp;
        // Records without a timestamp have no age.
        let age = now.ms_since(TimestampMs(newest));
        Ok(newest >= 0 && u64::try_from(age).is_ok_and(|age| age > keep_ms))
    }

    /// The active segment is never removed: when it is old too, a new one takes its place.
    fn roll_if_all_old(&self, keep_from: i64) -> Result<(), LogError> {
        let active = self.segments().last().map(Arc::clone);
        if active.is_some_and(|active| active.base() < keep_from) { self.roll() } else { Ok(()) }
    }

    /// Moves the log start, on disk first. Never back. The turn of the log start is held.
    fn advance_log_start(&self, to: Offset) -> Result<(), LogError> {
        if to <= self.log_start() {
            return Ok(());
        }
        let path = self.dir.join(names::LOG_START);
        let written = self
            .env
            .disk
            .replace_small(&path, crate::numbers::encode([to.0]).as_bytes())
            .and_then(|()| self.sync_parent(&lock(&self.writer)));
        written.at("writing", &path)?;
        let mut writer = lock(&self.writer);
        writer.log_start = to.0;
        // Not written for this: whoever reads the epochs again cuts them at the log start again.
        writer.epochs.truncate_start(to);
        self.publish(&mut writer, |_| {});
        Ok(())
    }

    /// Removes the segments that end at or before the log start, but for the active one. The lock of removals is held.
    pub(crate) fn drop_before_log_start(&self) -> Result<Removed, LogError> {
        let start = self.log_start().0;
        let segments = self.segments();
        let sealed = &segments[..segments.len() - 1];
        let count = sealed.iter().take_while(|segment| segment.extent().next <= start).count();
        if count == 0 {
            return Ok(Removed::default());
        }
        let end = sealed[count - 1].extent().next;
        self.keep_producers_of(end)?;
        let old = &sealed[..count];
        self.forget(&mut lock(&self.writer), old);
        let mut removed = Removed::default();
        for segment in old {
            removed.segments += 1;
            removed.bytes += segment.extent().size;
            self.retire_files(segment)?;
        }
        self.remove_snapshots_before(end)?;
        Ok(removed)
    }

    /// Makes a snapshot durable that says what the batches before `end` said about producers.
    pub(crate) fn keep_producers_of(&self, end: i64) -> Result<(), LogError> {
        {
            let mut writer = lock(&self.writer);
            if writer.snapshot_at < end {
                self.snapshot_producers(&mut writer).at("writing the producers of", &self.dir)?;
                self.shared.flusher.mark_dirty(self, crate::flusher::FLUSHED_WAIT_MAX);
            }
        }
        self.flush()?;
        Ok(())
    }

    /// Takes segments off the list, and what is unsynced of them off the next flush, and retires them.
    pub(crate) fn forget(&self, writer: &mut Writer, gone: &[Arc<Segment>]) {
        let is_gone = |base: i64| gone.iter().any(|segment| segment.base() == base);
        self.change_segments(|segments| segments.retain(|segment| !is_gone(segment.base())));
        writer.dirty.retain(|dirty| dirty.segment.is_none_or(|base| !is_gone(base)));
        gone.iter().for_each(|segment| segment.retire());
    }

    /// Renames a segment's files and has them removed after `file.delete.delay.ms`.
    pub(crate) fn retire_files(&self, segment: &Segment) -> Result<(), LogError> {
        let after = self.now().plus(Duration::from_millis(self.config().file_delete_delay_ms));
        for extension in [names::LOG, names::INDEX, names::TIME_INDEX] {
            let path = self.dir.join(names::segment_file(segment.base(), extension));
            let aside = self
                .dir
                .join(names::segment_file(segment.base(), &format!("{extension}.{}", names::DELETED)));
            match self.env.disk.rename(&path, &aside) {
                Ok(()) => self.shared.doom(Doomed { path: aside, is_dir: false, after }),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error).at("renaming", &path),
            }
        }
        Ok(())
    }

    /// Removes producer snapshots before `end`, where a durable one at or after it says the same.
    pub(crate) fn remove_snapshots_before(&self, end: i64) -> Result<(), LogError> {
        for entry in self.env.disk.list(&self.dir).at("listing", &self.dir)? {
            if let Some((offset, names::SNAPSHOT)) = names::parse_segment_file(&entry.name)
                && offset < end
            {
                crate::recovery::remove(self.env.disk.as_ref(), &self.dir.join(&entry.name))?;
            }
        }
        Ok(())
    }
}
