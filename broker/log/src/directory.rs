//! All logs of a data directory: opening them after a stop of any kind, making and deleting them, what must happen from
//! time to time, and closing them in order.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use weir_env::disk::{LockGuard, Open};
use weir_env::{Env, task};
use weir_model::{TimestampMs, TopicId, TopicPartition, with_causes};

use crate::checkpoints::RecoveryPoint;
use crate::compaction::Cleaned;
use crate::config::LogConfig;
use crate::error::{At, LogError};
use crate::flusher::Flusher;
use crate::metadata_file;
use crate::names;
use crate::partition::{Contents, PartitionLog};
use crate::recovery::{self, Known, RecoveryWork};
use crate::segment::Segment;
use crate::shared::{Doomed, Shared};
use crate::sync::{lock, read, write};
use crate::writer::Writer;

/// Log bytes that a restart may have to walk over, header by header, for the producers' state, in all logs together: at a
/// gigabyte a second and more, one second.
const UNSNAPSHOTTED_BYTES_MAX: u64 = 1 << 30;

/// No snapshot is written for less than this.
const SNAPSHOT_BYTES_MIN: u64 = 1 << 20;

/// What a data directory may use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogSettings {
    /// The data directory; made if it is not there.
    pub data_dir: PathBuf,
    /// Files that logs hold open at most.
    pub open_files_max: usize,
    /// Partitions at most.
    pub partitions_max: usize,
    /// Threads that open logs at start.
    pub recovery_threads: usize,
    /// Appends are refused while the file system has less room than this.
    pub reserved_bytes: u64,
}

/// What opening a data directory did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OpenSummary {
    /// Logs that were opened.
    pub logs: usize,
    /// The last process closed them in order.
    pub clean: bool,
    /// What was read and cut.
    pub work: RecoveryWork,
    /// How long it took.
    pub took: Duration,
    /// Logs that could not be opened, with the reason.
    pub failed: BTreeMap<TopicPartition, String>,
}

/// What a data directory holds and does, for metrics.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LogTotals {
    /// Logs that are open.
    pub logs: usize,
    /// Logs that went offline.
    pub offline: usize,
    /// Files that are open.
    pub open_files: usize,
    /// The limit of those.
    pub open_files_max: usize,
    /// Appends are refused for want of room.
    pub disk_full: bool,
    /// Reads that met records that are damaged or gone, since the start.
    pub damage: u64,
}

/// All logs of a data directory.
#[derive(Debug)]
pub struct LogDirectory {
    settings: LogSettings,
    pub(crate) shared: Arc<Shared>,
    logs: RwLock<BTreeMap<TopicPartition, Arc<PartitionLog>>>,
    summary: OpenSummary,
    /// Directories whose logs could not be opened, until they are deleted.
    unopened: Mutex<BTreeSet<TopicPartition>>,
    /// Logs that were on disk once and whose directories are not there, until somebody gives them up.
    missing: Mutex<BTreeMap<TopicPartition, TopicId>>,
    /// Held while the directory is used.
    _lock: Box<dyn LockGuard>,
    /// Held while a partition is made or deleted.
    changing: Mutex<()>,
}

impl LogDirectory {
    /// Opens every log below the data directory, with the settings that `config_of` gives each.
    ///
    /// Logs that can't be opened are named in [`Self::summary`]; the others are served.
    ///
    /// # Errors
    /// The directory can't be used: another process holds it, or the disk fails.
    pub fn open(
        env: &Env,
        settings: LogSettings,
        config_of: &(dyn Fn(&TopicPartition, TopicId) -> LogConfig + Sync),
    ) -> Result<Self, LogError> {
        let started = env.clock.monotonic();
        let dir = settings.data_dir.clone();
        env.disk.create_dir_all(&dir).at("creating", &dir)?;
        let lock = env.disk.lock(&dir.join(names::LOCK)).map_err(|source| match source.kind() {
            ErrorKind::WouldBlock => LogError::Locked(dir.clone()),
            _ => LogError::Io { what: "locking", path: dir.clone(), source },
        })?;
        let shared = Shared::open(env.clone(), &settings)?;
        let mut directory = Self {
            settings,
            shared,
            logs: RwLock::default(),
            summary: OpenSummary::default(),
            unopened: Mutex::default(),
            missing: Mutex::default(),
            _lock: lock,
            changing: Mutex::default(),
        };
        directory.summary = directory.open_logs(config_of)?;
        directory.unopened = Mutex::new(directory.summary.failed.keys().cloned().collect());
        directory.summary.took = env.clock.monotonic().saturating_sub(started);
        directory.check_space()?;
        Ok(directory)
    }

    fn open_logs(
        &self,
        config_of: &(dyn Fn(&TopicPartition, TopicId) -> LogConfig + Sync),
    ) -> Result<OpenSummary, LogError> {
        let (disk, dir) = (&self.shared.env.disk, &self.shared.data_dir);
        let marker = dir.join(names::CLEAN_SHUTDOWN);
        let clean = disk.read_small(&marker, 64).at("reading", &marker)?.is_some();
        if clean {
            // Gone for good before the first change: a crash after it must not look like a clean stop.
            recovery::remove(disk.as_ref(), &marker)?;
            disk.sync_dir(dir).at("syncing", dir)?;
        }
        let found = self.partition_dirs()?;
        let known = self.shared.checkpoints.other_than(&found.iter().map(ToString::to_string).collect());
        let missing = known.iter().filter_map(|(dir, id)| Some((names::parse_partition_dir(dir)?, *id)));
        *lock(&self.missing) = missing.collect();
        let opened = task::parallel(self.settings.recovery_threads, &found, |partition| {
            self.open_log(partition, clean, config_of)
        });
        if !clean {
            disk.sync_dir(dir).at("syncing", dir)?;
        }
        let mut summary = OpenSummary { clean, ..OpenSummary::default() };
        let mut logs = write(&self.logs);
        for (partition, result) in found.into_iter().zip(opened) {
            match result {
                Ok(Some((log, work))) => {
                    summary.work.scanned_bytes += work.scanned_bytes;
                    summary.work.cut_bytes += work.cut_bytes;
                    logs.insert(partition, log);
                }
                Ok(None) => {}
                Err(error) => {
                    let reason = with_causes(&error);
                    tracing::error!(%partition, %reason, "the log can't be opened");
                    summary.failed.insert(partition, reason);
                }
            }
        }
        summary.logs = logs.len();
        Ok(summary)
    }

    /// Partitions by their directories; removes what an earlier process had deleted.
    fn partition_dirs(&self) -> Result<Vec<TopicPartition>, LogError> {
        let (disk, dir) = (&self.shared.env.disk, &self.shared.data_dir);
        let mut found = Vec::new();
        for entry in disk.list(dir).at("listing", dir)? {
            if !entry.is_dir {
                continue;
            }
            if names::is_deleted_dir(&entry.name) {
                let path = dir.join(&entry.name);
                disk.remove_dir_all(&path).at("removing", &path)?;
            } else {
                found.extend(names::parse_partition_dir(&entry.name));
            }
        }
        if found.len() > self.settings.partitions_max {
            return Err(LogError::Limit { what: "partitions", limit: self.settings.partitions_max });
        }
        Ok(found)
    }

    /// Opens one log; `None` when its directory never got as far as holding something that counts.
    fn open_log(
        &self,
        partition: &TopicPartition,
        clean: bool,
        config_of: &(dyn Fn(&TopicPartition, TopicId) -> LogConfig + Sync),
    ) -> Result<Option<(Arc<PartitionLog>, RecoveryWork)>, LogError> {
        let name = partition.to_string();
        let dir = self.shared.data_dir.join(&name);
        let Some(topic_id) = metadata_file::read(self.shared.env.disk.as_ref(), &dir)? else {
            if self.shared.checkpoints.knows(&name) {
                return Err(LogError::Unreadable {
                    path: dir.join(names::METADATA),
                    reason: "the topic id was on disk and can't be read; put it back, or remove the directory if losing \
                             its records is acceptable"
                        .to_owned(),
                });
            }
            // The id is synced with the first flush: nothing here was ever promised to anyone.
            tracing::warn!(dir = %dir.display(), "the directory has no topic id and is put aside");
            self.set_aside(partition, &dir, "stray")?;
            return Ok(None);
        };
        let config = config_of(partition, topic_id);
        let known = Known {
            shared: &self.shared,
            dir: &dir,
            point: self.shared.checkpoints.point(&name, topic_id),
            clean,
            index_interval_bytes: config.index_interval_bytes,
        };
        let (contents, work) = recovery::recover(known)?;
        let log = PartitionLog::new(&self.shared, partition.clone(), topic_id, dir, config, contents);
        log.note_opened();
        Ok(Some((log, work)))
    }

    /// What opening did.
    pub const fn summary(&self) -> &OpenSummary {
        &self.summary
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.settings.data_dir
    }

    /// The flusher, to be driven by [`Flusher::run`].
    pub fn flusher(&self) -> Arc<Flusher> {
        Arc::clone(&self.shared.flusher)
    }

    /// A partition's log.
    pub fn log(&self, partition: &TopicPartition) -> Option<Arc<PartitionLog>> {
        read(&self.logs).get(partition).cloned()
    }

    /// Every log, by topic and partition.
    pub fn logs(&self) -> Vec<Arc<PartitionLog>> {
        read(&self.logs).values().cloned().collect()
    }

    /// Whether the partition has a directory whose log could not be opened.
    pub fn is_unopened(&self, partition: &TopicPartition) -> bool {
        lock(&self.unopened).contains(partition)
    }

    /// Partitions whose logs could not be opened and were not deleted since, with the topic where it can still be told.
    pub fn unopened(&self) -> Vec<(TopicPartition, Option<TopicId>)> {
        let unopened: Vec<TopicPartition> = lock(&self.unopened).iter().cloned().collect();
        let with_id = |partition: TopicPartition| {
            let id = self.topic_of_unopened(&partition.to_string());
            (partition, id)
        };
        unopened.into_iter().map(with_id).collect()
    }

    fn topic_of_unopened(&self, name: &str) -> Option<TopicId> {
        let written = metadata_file::read(self.shared.env.disk.as_ref(), &self.shared.data_dir.join(name));
        written.ok().flatten().or_else(|| self.shared.checkpoints.topic_of(name))
    }

    /// Whether nothing in the directory says that there ever was a log: neither a partition nor recovery points.
    pub fn is_blank(&self) -> bool {
        !self.shared.checkpoints.was_found() && read(&self.logs).is_empty() && lock(&self.unopened).is_empty()
    }

    /// Partitions that were on disk once and are not there, with the ids of their topics. Either their removal was about to be
    /// written down when the process ended, or their directories are lost.
    pub fn missing(&self) -> BTreeMap<TopicPartition, TopicId> {
        lock(&self.missing).clone()
    }

    /// The topic id of a partition that was on disk once and is not there.
    pub fn missing_topic(&self, partition: &TopicPartition) -> Option<TopicId> {
        lock(&self.missing).get(partition).copied()
    }

    /// Forgets a partition that is not there and that nobody misses.
    pub fn forget_missing(&self, partition: &TopicPartition) {
        if lock(&self.missing).remove(partition).is_some() {
            self.shared.checkpoints.remove(&partition.to_string());
        }
    }

    /// Lets partitions be made. From now on an empty directory is one whose logs are lost; see [`Self::is_blank`].
    ///
    /// # Errors
    /// The disk fails.
    pub fn begin(&self) -> Result<(), LogError> {
        self.shared.checkpoints.begin().at("writing the recovery points of", &self.shared.data_dir)
    }

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

    /// How many logs there are, open or not fit to be opened.
    pub fn totals(&self) -> LogTotals {
        LogTotals {
            logs: read(&self.logs).len(),
            offline: self.shared.offline_count() + lock(&self.unopened).len() + lock(&self.missing).len(),
            open_files: self.shared.pool.open_count(),
            open_files_max: self.settings.open_files_max,
            disk_full: self.shared.is_disk_full(),
            damage: self.shared.damage_count(),
        }
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

    fn set_aside(&self, partition: &TopicPartition, dir: &Path, why: &str) -> Result<PathBuf, LogError> {
        let unique = self.shared.env.random.uuid();
        let aside = self.shared.data_dir.join(names::set_aside_dir(partition, unique, why));
        self.shared.env.disk.rename(dir, &aside).at("renaming", dir)?;
        self.shared.env.disk.sync_dir(&self.shared.data_dir).at("syncing", &self.shared.data_dir)?;
        Ok(aside)
    }

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
    fn note_opened(&self) {
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
    fn end_service(&self) {
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
