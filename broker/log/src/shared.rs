//! What all logs of a data directory share.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use weir_env::Env;
use weir_model::{TimestampMs, TopicPartition};

use crate::checkpoints::Checkpoints;
use crate::error::{At, LogError};
use crate::files::FilePool;
use crate::flusher::Flusher;
use crate::names;
use crate::sync::lock;

/// Shared by all logs of one [`crate::LogManager`].
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) env: Env,
    pub(crate) data_dir: PathBuf,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) pool: Arc<FilePool>,
    pub(crate) flusher: Arc<Flusher>,
    ids: AtomicU64,
    disk_full: AtomicBool,
    offline: Mutex<BTreeSet<TopicPartition>>,
    doomed: Mutex<Vec<Doomed>>,
}

/// A file or directory that is removed later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Doomed {
    pub(crate) path: PathBuf,
    pub(crate) is_dir: bool,
    pub(crate) after: TimestampMs,
}

impl Shared {
    pub(crate) fn open(env: Env, data_dir: PathBuf, files_max: usize) -> Result<Arc<Self>, LogError> {
        let pool = FilePool::new(Arc::clone(&env.disk), files_max);
        let flusher = Flusher::open(&env, &data_dir).at("opening", &data_dir)?;
        let path = data_dir.join(names::RECOVERY_POINTS);
        let checkpoints = Checkpoints::open(&env.disk, path.clone()).at("reading", &path)?;
        Ok(Arc::new(Self {
            env,
            data_dir,
            checkpoints,
            pool,
            flusher,
            ids: AtomicU64::new(0),
            disk_full: AtomicBool::new(false),
            offline: Mutex::default(),
            doomed: Mutex::default(),
        }))
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn is_disk_full(&self) -> bool {
        self.disk_full.load(Ordering::Relaxed)
    }

    /// A write found no room: appends are refused until [`Self::set_disk_full`] sees room again.
    pub(crate) fn note_disk_full(&self) {
        self.set_disk_full(true);
    }

    pub(crate) fn set_disk_full(&self, full: bool) {
        if self.disk_full.swap(full, Ordering::Relaxed) != full {
            if full {
                tracing::warn!(dir = %self.data_dir.display(), "the disk is full: appends are refused");
            } else {
                tracing::info!(dir = %self.data_dir.display(), "the disk has room again: appends are taken");
            }
        }
    }

    pub(crate) fn note_offline(&self, partition: &TopicPartition) {
        lock(&self.offline).insert(partition.clone());
    }

    pub(crate) fn offline_count(&self) -> usize {
        lock(&self.offline).len()
    }

    /// Has a file or directory removed after a time.
    pub(crate) fn doom(&self, doomed: Doomed) {
        lock(&self.doomed).push(doomed);
    }

    /// Those whose time has come.
    pub(crate) fn take_doomed(&self, now: TimestampMs) -> Vec<Doomed> {
        let mut all = lock(&self.doomed);
        let (due, later) = all.drain(..).partition(|doomed: &Doomed| doomed.after <= now);
        *all = later;
        due
    }
}
