//! Partitions come and go: made, put aside, deleted, and removed when nobody reads them any more.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use weir_model::{TimestampMs, TopicId, TopicPartition};

use super::LogDirectory;
use crate::compaction::Cleaned;
use crate::config::LogConfig;
use crate::error::{At, LogError};
use crate::partition::{Contents, PartitionLog};
use crate::segment::Segment;
use crate::shared::Doomed;
use crate::sync::{lock, read, write};
use crate::writer::Writer;
use crate::{metadata_file, names};

impl LogDirectory {
    /// Puts a partition's directory aside, whatever is in it, for a person to look at. It is never touched again.
    ///
    /// # Errors
    /// The disk fails.
    pub fn put_aside(&self, partition: &TopicPartition) -> Result<PathBuf, LogError> {
        let _changing = lock(&self.changing);
        let dir = self.shared.data_dir.join(partition.to_string());
        let aside = match self.log(partition) {
            Some(log) => {
                let aside = self.take_away(&log, "stray")?;
                write(&self.logs).remove(partition);
                self.shared.note_deleted(partition);
                aside
            }
            None => self.set_aside(partition, &dir, "stray")?,
        };
        lock(&self.unopened).remove(partition);
        self.shared.checkpoints.remove(&partition.to_string());
        Ok(aside)
    }

    /// Makes a partition's directory. It is on disk with the first flush of the log; whoever has promised the partition
    /// elsewhere makes it again if it is missing after a crash.
    ///
    /// # Errors
    /// It exists, there are too many, or the disk fails.
    pub fn create(
        &self,
        partition: &TopicPartition,
        topic_id: TopicId,
        config: LogConfig,
    ) -> Result<Arc<PartitionLog>, LogError> {
        let _changing = lock(&self.changing);
        let count = read(&self.logs).len();
        if count >= self.settings.partitions_max {
            return Err(LogError::Limit { what: "partitions", limit: self.settings.partitions_max });
        }
        let dir = self.shared.data_dir.join(partition.to_string());
        if lock(&self.missing).get(partition) == Some(&topic_id) {
            return Err(LogError::Missing(dir));
        }
        // Of an earlier topic of this name.
        self.forget_missing(partition);
        let exists = self.is_unopened(partition) || read(&self.logs).contains_key(partition);
        if exists {
            return Err(LogError::Exists(partition.clone()));
        }
        self.shared.checkpoints.forget(&partition.to_string()).at("writing the recovery points of", &dir)?;
        self.make_dir(partition, &dir, topic_id)?;
        let active = Segment::empty(&self.shared.pool, &dir, 0);
        let mut writer = Writer::new(Arc::clone(&active), 0, 0);
        writer.metadata_dirty = true;
        writer.dir_dirty = true;
        writer.parent_dirty = true;
        writer.on_disk = false;
        let contents = Contents {
            segments: vec![active],
            writer,
            log_start: 0,
            log_end: 0,
            cleaned: Cleaned::default(),
        };
        let log = PartitionLog::new(&self.shared, partition.clone(), topic_id, dir, config, contents);
        log.note_opened();
        self.shared.flusher.mark_dirty(&log, crate::flusher::REPLICATED_WAIT_MAX);
        write(&self.logs).insert(partition.clone(), Arc::clone(&log));
        Ok(log)
    }

    /// Makes a directory with a topic id in it, or nothing.
    fn make_dir(&self, partition: &TopicPartition, dir: &Path, topic_id: TopicId) -> Result<(), LogError> {
        let disk = self.shared.env.disk.as_ref();
        let made = match disk.create_dir(dir) {
            // Clearing up after an earlier failure may itself have failed.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.clear_unfinished(partition, dir)?;
                disk.create_dir(dir)
            }
            made => made,
        };
        made.at("creating", dir)?;
        let written = metadata_file::write(disk, dir, topic_id).at("writing the topic id of", dir);
        if written.is_err()
            && let Err(error) = self.clear_unfinished(partition, dir)
        {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(dir = %dir.display(), error, "an unfinished directory is still there");
        }
        written.map(drop)
    }

    /// Frees the name of a directory that was made for a log and never held one: nothing is in it but an unfinished topic
    /// id. It is removed later, like a deleted log; the new name is not synced, as either may come back after a crash.
    fn clear_unfinished(&self, partition: &TopicPartition, dir: &Path) -> Result<(), LogError> {
        let disk = self.shared.env.disk.as_ref();
        let entries = disk.list(dir).at("listing", dir)?;
        let holds_more = entries.iter().any(|entry| entry.name != names::METADATA);
        if holds_more || metadata_file::read(disk, dir)?.is_some() {
            // Somebody else put it there; it may be a log that counts.
            return Err(LogError::Exists(partition.clone()));
        }
        let unique = self.shared.env.random.uuid();
        let aside = self.shared.data_dir.join(names::set_aside_dir(partition, unique, "delete"));
        disk.rename(dir, &aside).at("renaming", dir)?;
        self.doom(partition, aside, 0);
        Ok(())
    }

    /// Deletes a partition's log, or what is there of one that could not be opened. When this returns, no crash brings it
    /// back; its files go after `file.delete.delay.ms`.
    ///
    /// # Errors
    /// The disk fails.
    pub fn delete(&self, partition: &TopicPartition) -> Result<(), LogError> {
        let _changing = lock(&self.changing);
        self.forget_missing(partition);
        let Some(log) = self.log(partition) else { return self.delete_unopened(partition) };
        let aside = self.take_away(&log, "delete")?;
        write(&self.logs).remove(partition);
        self.shared.note_deleted(partition);
        self.doom(partition, aside, log.config().file_delete_delay_ms);
        Ok(())
    }

    /// Ends a log's service and gives its directory another name.
    fn take_away(&self, log: &PartitionLog, why: &str) -> Result<PathBuf, LogError> {
        log.end_service();
        // What still works on the log does so by the names of its files, and these may be another log's the moment after.
        let _no_removal = lock(&log.removal);
        let _no_start = lock(&log.start_turn);
        let _no_flush = lock(&log.flush_turn);
        self.set_aside(&log.partition, &log.dir, why)
    }

    fn delete_unopened(&self, partition: &TopicPartition) -> Result<(), LogError> {
        if self.is_unopened(partition) {
            let dir = self.shared.data_dir.join(partition.to_string());
            let aside = self.set_aside(partition, &dir, "delete")?;
            lock(&self.unopened).remove(partition);
            self.doom(partition, aside, LogConfig::default().file_delete_delay_ms);
        }
        Ok(())
    }

    fn doom(&self, partition: &TopicPartition, aside: PathBuf, delay_ms: u64) {
        self.shared.checkpoints.remove(&partition.to_string());
        let after = self.shared.env.clock.wall().plus(Duration::from_millis(delay_ms));
        self.shared.doom(Doomed { path: aside, is_dir: true, after });
    }

    pub(super) fn set_aside(
        &self,
        partition: &TopicPartition,
        dir: &Path,
        why: &str,
    ) -> Result<PathBuf, LogError> {
        let unique = self.shared.env.random.uuid();
        let aside = self.shared.data_dir.join(names::set_aside_dir(partition, unique, why));
        self.shared.env.disk.rename(dir, &aside).at("renaming", dir)?;
        self.shared.env.disk.sync_dir(&self.shared.data_dir).at("syncing", &self.shared.data_dir)?;
        Ok(aside)
    }

    /// Removes files and directories whose delay is over.
    pub fn remove_doomed(&self, now: TimestampMs) {
        let disk = &self.shared.env.disk;
        for doomed in self.shared.take_doomed(now) {
            let removed = if doomed.is_dir {
                disk.remove_dir_all(&doomed.path)
            } else {
                disk.remove_file(&doomed.path)
            };
            if let Err(error) = removed
                && error.kind() != ErrorKind::NotFound
            {
                tracing::warn!(path = %doomed.path.display(), %error, "a deleted file is still there");
            }
        }
    }
}
