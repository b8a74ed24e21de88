//! All logs of a data directory: opening them after a stop of any kind, making and deleting them, what must happen from
//! time to time, and closing them in order.

mod change;
mod open;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use weir_env::Env;
use weir_env::disk::LockGuard;
use weir_model::{TopicId, TopicPartition};

use crate::config::LogConfig;
use crate::error::{At, LogError};
use crate::flusher::Flusher;
use crate::partition::PartitionLog;
use crate::recovery::RecoveryWork;
use crate::shared::Shared;
use crate::sync::{lock, read};
use crate::{metadata_file, names};

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
}
