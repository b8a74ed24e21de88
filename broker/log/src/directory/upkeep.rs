//! What happens from time to time, and closing everything in order.

use std::sync::Arc;
use std::time::Duration;

use weir_env::disk::Open;
use weir_env::task;

use super::LogDirectory;
use crate::checkpoints::RecoveryPoint;
use crate::error::{At, LogError};
use crate::names;
use crate::partition::PartitionLog;
use crate::sync::lock;

/// Log bytes that a restart may have to walk over, header by header, for the producers' state, in all logs together: at a
/// gigabyte a second and more, one second.
const UNSNAPSHOTTED_BYTES_MAX: u64 = 1 << 30;

/// No snapshot is written for less than this.
const SNAPSHOT_BYTES_MIN: u64 = 1 << 20;

impl LogDirectory {
    /// Writes down where recovery may start, and producer snapshots where a restart would have to read much. To be called
    /// every second or so; does nothing when nothing moved.
    ///
    /// # Errors
    /// The disk fails. Nothing is lost by that: recovery starts earlier.
    pub fn checkpoint(&self) -> Result<(), LogError> {
        let logs = self.logs();
        let growth: Vec<u64> = logs.iter().map(|log| log.since_snapshot_bytes()).collect();
        let growing = growth.iter().filter(|&&bytes| bytes >= SNAPSHOT_BYTES_MIN).count() as u64;
        let each_max = UNSNAPSHOTTED_BYTES_MAX / growing.max(1);
        let mut failed = None;
        for (log, bytes) in logs.iter().zip(growth) {
            if bytes >= each_max.max(SNAPSHOT_BYTES_MIN) {
                // One log's trouble must not make the recovery of the others longer.
                failed = log.write_snapshot().err().or(failed);
            }
            log.note_recovery_point();
        }
        self.shared.checkpoints.write().at("writing the recovery points of", &self.shared.data_dir)?;
        failed.map_or(Ok(()), Err)
    }

    /// Looks whether the file system has room for appends.
    ///
    /// # Errors
    /// The disk fails.
    pub fn check_space(&self) -> Result<(), LogError> {
        self.shared.look_for_room().map(drop).at("looking for room in", &self.shared.data_dir)
    }

    /// Forgets idle producers.
    pub fn expire_producers(&self) {
        for log in self.logs() {
            log.expire_producers();
        }
    }

    /// Flushes and closes every log, so that the next start reads nothing but the directories.
    ///
    /// # Errors
    /// The disk fails, or a log is offline; the next start then recovers.
    pub fn close(&self) -> Result<(), LogError> {
        let logs = self.logs();
        // Many at once where there are many; each log's own part is short then.
        self.shared.flusher.flush_all();
        let closed = task::parallel(self.settings.recovery_threads, &logs, |log| log.close());
        for log in &logs {
            log.note_recovery_point();
        }
        let dir = &self.shared.data_dir;
        self.shared.checkpoints.write().at("writing the recovery points of", dir)?;
        closed.into_iter().collect::<Result<(), LogError>>()?;
        if !lock(&self.unopened).is_empty() {
            return Ok(());
        }
        let marker = dir.join(names::CLEAN_SHUTDOWN);
        let file = self.shared.env.disk.open(&marker, Open::Create).at("creating", &marker)?;
        file.write_all_at(b"1\n", 0).and_then(|()| file.sync()).at("writing", &marker)?;
        self.shared.env.disk.sync_dir(dir).at("syncing", dir)
    }
}

/// A log's own part in the life of the directory.
impl PartitionLog {
    /// Continues what opening or creation left to be done.
    pub(super) fn note_opened(&self) {
        let config = self.config();
        let ms_max = self.segment_ms_max(&config);
        let mut writer = lock(&self.writer);
        writer.active_ms_max = ms_max;
        self.publish(&mut writer, |_| {});
        if writer.epochs_dirty {
            self.shared.flusher.mark_dirty(self, crate::flusher::REPLICATED_WAIT_MAX);
        }
    }

    fn since_snapshot_bytes(&self) -> u64 {
        lock(&self.writer).since_snapshot_bytes
    }

    fn write_snapshot(&self) -> Result<(), LogError> {
        let mut writer = lock(&self.writer);
        self.snapshot_producers(&mut writer).at("writing the producers of", &self.dir)
    }

    /// Tells the checkpoints how far this log is on disk.
    pub(crate) fn note_recovery_point(&self) {
        let writer = lock(&self.writer);
        let point = RecoveryPoint {
            topic_id: self.topic_id,
            offset: writer.flushed_end,
            place: writer.flushed_place,
        };
        // The line of a deleted log is dropped, and stays so. A line says that the directory itself is on disk, and that
        // the leader epochs before its offset are in their file.
        if !writer.deleted && writer.on_disk && !writer.epochs_dirty {
            self.shared.checkpoints.set(&self.partition.to_string(), point);
        }
    }

    fn expire_producers(&self) {
        let idle_max = Duration::from_millis(self.config().producer_id_expiration_ms);
        lock(&self.writer).producers.expire(self.env.clock.monotonic(), idle_max);
    }

    /// No append, no read of a closed file, no waiter any more.
    pub(super) fn end_service(&self) {
        let mut writer = lock(&self.writer);
        writer.closed = true;
        writer.deleted = true;
        self.publish(&mut writer, |_| {});
        for segment in self.segments().iter() {
            segment.retire();
        }
    }

    /// Flushes everything and takes no more appends.
    fn close(&self) -> Result<(), LogError> {
        {
            let mut writer = lock(&self.writer);
            writer.closed = true;
            self.check_online()?;
            self.tidy_end(&mut writer).at("cutting the end of", &self.dir)?;
            self.snapshot_producers(&mut writer).at("writing the producers of", &self.dir)?;
            let active = Arc::clone(&writer.active);
            writer.dir_dirty = true;
            writer.mark_indexes_dirty(&active).at("writing the index of", &self.dir)?;
        }
        self.flush()?;
        let mut writer = lock(&self.writer);
        self.publish(&mut writer, |_| {});
        for segment in self.segments().iter() {
            segment.close();
        }
        Ok(())
    }
}
