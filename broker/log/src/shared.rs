//! What all logs of a data directory share.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use weir_env::Env;
use weir_model::{TimestampMs, TopicPartition};

use crate::checkpoints::Checkpoints;
use crate::directory::LogSettings;
use crate::error::{At, LogError};
use crate::files::FilePool;
use crate::flusher::Flusher;
use crate::names;
use crate::sync::lock;

/// Shared by all logs of one [`crate::LogDirectory`].
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) env: Env,
    pub(crate) data_dir: PathBuf,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) pool: Arc<FilePool>,
    pub(crate) flusher: Arc<Flusher>,
    ids: AtomicU64,
    reserved_bytes: u64,
    /// Bytes that may be appended before somebody looks at the file system again.
    room: AtomicI64,
    disk_full: AtomicBool,
    /// The largest append that was refused since the disk is full.
    refused_bytes: AtomicI64,
    offline: Mutex<BTreeSet<TopicPartition>>,
    /// Reads that met damage.
    damage: AtomicU64,
    doomed: Mutex<Vec<Doomed>>,
}

/// A single append that is larger must not keep others from what room there is.
const REFUSED_BYTES_MAX: i64 = 1 << 20;

/// A file or directory that is removed later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Doomed {
    pub(crate) path: PathBuf,
    pub(crate) is_dir: bool,
    pub(crate) after: TimestampMs,
}

impl Shared {
    pub(crate) fn open(env: Env, settings: &LogSettings) -> Result<Arc<Self>, LogError> {
        let (data_dir, files_max) = (settings.data_dir.clone(), settings.open_files_max);
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
            reserved_bytes: settings.reserved_bytes.max(1),
            // Nobody has looked yet.
            room: AtomicI64::new(0),
            disk_full: AtomicBool::new(false),
            refused_bytes: AtomicI64::new(0),
            offline: Mutex::default(),
            damage: AtomicU64::new(0),
            doomed: Mutex::default(),
        }))
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn is_disk_full(&self) -> bool {
        self.disk_full.load(Ordering::Relaxed)
    }

    /// A write found no room: appends are refused until [`Self::look_for_room`] finds some.
    pub(crate) fn note_disk_full(&self) {
        self.set_disk_full(true);
    }

    /// Takes room for an append, or says that the reserve begins here. Appends count down what the last look allowed, so a
    /// load of any speed passes the reserve by no more than the appends that run at that moment.
    pub(crate) fn take_room(&self, bytes: usize) -> bool {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        if self.room.fetch_sub(bytes, Ordering::Relaxed) >= bytes {
            return true;
        }
        // If the look fails, the write that follows says what is wrong with the disk.
        let has_room = self.look_for_room().map_or(true, |room| room >= bytes);
        if !has_room {
            self.refused_bytes.fetch_max(bytes.min(REFUSED_BYTES_MAX), Ordering::Relaxed);
            self.set_disk_full(true);
        }
        has_room
    }

    /// Looks at the file system: bytes above the reserve. Half of them may be appended before the next look, for indexes
    /// and others write there too. A full disk has room again only a sixteenth above the reserve, and when what was
    /// refused would fit: at its very edge it would be full and not full in turn.
    pub(crate) fn look_for_room(&self) -> io::Result<i64> {
        let available = self.env.disk.space(&self.data_dir)?.available_bytes;
        let room = available.saturating_sub(self.reserved_bytes);
        let refused = u64::try_from(self.refused_bytes.load(Ordering::Relaxed)).unwrap_or(0);
        let wanted = if self.is_disk_full() { refused.max(self.reserved_bytes / 16) } else { 0 };
        let is_full = available < self.reserved_bytes || room < wanted;
        if !is_full {
            self.refused_bytes.store(0, Ordering::Relaxed);
        }
        self.set_disk_full(is_full);
        let room = i64::try_from(room).unwrap_or(i64::MAX);
        self.room.store(room / 2, Ordering::Relaxed);
        Ok(room)
    }

    fn set_disk_full(&self, full: bool) {
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

    /// What is deleted is not offline any more.
    pub(crate) fn note_deleted(&self, partition: &TopicPartition) {
        lock(&self.offline).remove(partition);
    }

    /// A read met records that are damaged or gone.
    pub(crate) fn note_damage(&self) {
        self.damage.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn damage_count(&self) -> u64 {
        self.damage.load(Ordering::Relaxed)
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
