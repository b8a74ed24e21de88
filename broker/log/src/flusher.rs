//! Group commit: all dirty logs are flushed together in rounds, and whoever arrives while one runs shares the next.
//!
//! A log becomes dirty when something was appended, with a latest moment for its flush; somebody who waits makes that
//! moment now. A round starts when the earliest moment has come and takes along every log that is due or whose topic
//! wants flushed acknowledgements. Either its logs are synced file by file in several lanes at once, and each one's stable
//! end moves, and its waiters wake, as soon as its own files are done; or they are synced together with their file system.
//! [`crate::chooser`] learns which is quicker.
//!
//! The waiting side is [`PartitionLog::stable`], or a receiver of [`PartitionLog::watch`] together with
//! [`PartitionLog::request_flush`].

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use weir_env::clock::Clock;
use weir_env::disk::FileSystem;
use weir_env::{Env, task};

use crate::chooser::{Chooser, Way};
use crate::config::Durability;
use crate::flush::flush_together;
use crate::partition::PartitionLog;
use crate::sync::lock;

/// The longest time that an append to a topic with `weir.durability=flushed` stays unflushed when nobody asks.
pub const FLUSHED_WAIT_MAX: Duration = Duration::from_millis(20);

/// The same for `weir.durability=replicated`, unless `flush.ms` is shorter.
pub const REPLICATED_WAIT_MAX: Duration = Duration::from_secs(5);

/// Files that are synced at the same time. More brought nothing on the disks measured (`docs/adr/0003-log-and-flush.md`).
pub(crate) const LANES: usize = 16;

/// Rounds of flushes over the logs of one data directory.
#[derive(Debug)]
pub struct Flusher {
    clock: Arc<dyn Clock>,
    file_system: Arc<dyn FileSystem>,
    dirty: Mutex<DirtyLogs>,
    wake: Notify,
    totals: Mutex<FlushTotals>,
    observer: OnceLock<Arc<dyn FlushObserver>>,
    chooser: Mutex<Chooser>,
}

/// What waits for a flush, by the logs' ids.
#[derive(Debug)]
struct DirtyLogs {
    logs: BTreeMap<u64, Dirty>,
    /// Until when the flusher sleeps; whatever is due before that wakes it.
    sleeps_until: Duration,
}

#[derive(Debug)]
struct Dirty {
    log: Weak<PartitionLog>,
    /// When it must be flushed, in monotonic time.
    due: Duration,
    flushed: bool,
}

/// What the flusher did since the process started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FlushTotals {
    /// Rounds that had something to do.
    pub rounds: u64,
    /// Flushes of single logs in all rounds.
    pub logs: u64,
    /// Time from the start of each round to its end, added up.
    pub busy: Duration,
    /// The longest round.
    pub longest: Duration,
    /// Flushes that failed. Each took its log offline.
    pub failures: u64,
}

/// Is told of each round, for histograms. Called between rounds, so it must be quick.
pub trait FlushObserver: Send + Sync + std::fmt::Debug {
    /// A round ended that flushed some logs.
    fn on_round(&self, took: Duration, logs: usize);
}

/// A round that runs.
#[derive(Debug)]
struct Round {
    started: Duration,
    logs: usize,
    way: Way,
}

impl Flusher {
    pub(crate) fn open(env: &Env, data_dir: &Path) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            file_system: env.disk.file_system(data_dir)?,
            clock: Arc::clone(&env.clock),
            dirty: Mutex::new(DirtyLogs { logs: BTreeMap::new(), sleeps_until: Duration::MAX }),
            wake: Notify::new(),
            totals: Mutex::default(),
            observer: OnceLock::new(),
            chooser: Mutex::default(),
        }))
    }

    /// Names who is told of rounds from now on. Only the first observer is.
    pub fn observe(&self, observer: Arc<dyn FlushObserver>) {
        _ = self.observer.set(observer);
    }

    /// What was done so far.
    pub fn totals(&self) -> FlushTotals {
        *lock(&self.totals)
    }

    /// Logs that wait for a flush.
    pub fn dirty_count(&self) -> usize {
        lock(&self.dirty).logs.len()
    }

    pub(crate) fn mark_dirty(&self, log: &PartitionLog, within: Duration) {
        let due = self.clock.monotonic().saturating_add(within);
        let mut dirty = lock(&self.dirty);
        let entry = dirty.logs.entry(log.id).or_insert_with(|| Dirty {
            log: Weak::clone(&log.me),
            due,
            flushed: log.config().durability == Durability::Flushed,
        });
        entry.due = entry.due.min(due);
        let wakes = due < dirty.sleeps_until;
        if wakes {
            // Once is enough.
            dirty.sleeps_until = due;
        }
        drop(dirty);
        if wakes {
            self.wake.notify_one();
        }
    }

    /// Makes a dirty log due at once. A clean one needs nothing.
    pub(crate) fn hurry(&self, id: u64) {
        if let Some(entry) = lock(&self.dirty).logs.get_mut(&id) {
            entry.due = Duration::ZERO;
            self.wake.notify_one();
        }
    }

    /// When the next round must start, `None` while nothing is dirty. Whoever asks sleeps until then.
    fn next_due(&self) -> Option<Duration> {
        let mut dirty = lock(&self.dirty);
        let due = dirty.logs.values().map(|entry| entry.due).min();
        dirty.sleeps_until = due.unwrap_or(Duration::MAX);
        due
    }

    /// The logs of a round that starts now, off the list.
    fn take_due(&self, all: bool) -> Vec<Arc<PartitionLog>> {
        let now = self.clock.monotonic();
        let mut dirty = lock(&self.dirty);
        if !all && dirty.logs.values().all(|entry| entry.due > now) {
            return Vec::new();
        }
        let mut due = Vec::with_capacity(dirty.logs.len());
        dirty.logs.retain(|_, entry| {
            let goes = all || entry.flushed || entry.due <= now;
            if goes {
                due.extend(entry.log.upgrade());
            }
            !goes
        });
        due
    }

    /// Flushes every dirty log on the caller's thread.
    pub fn flush_all(&self) {
        let logs = self.take_due(true);
        if logs.is_empty() {
            return;
        }
        let round = self.begin_round(logs.len());
        let failures = match round.way {
            Way::Together => flush_together(self.file_system.as_ref(), &logs),
            Way::Each => flush_logs(&logs),
        };
        self.end_round(round, failures);
    }

    /// Runs rounds for ever; the owner aborts it after [`crate::LogDirectory::close`].
    pub async fn run(self: Arc<Self>) {
        loop {
            self.until_due().await;
            let logs = self.take_due(false);
            if logs.is_empty() {
                continue;
            }
            let round = self.begin_round(logs.len());
            let failures = match round.way {
                Way::Together => {
                    let file_system = Arc::clone(&self.file_system);
                    task::blocking(move || flush_together(file_system.as_ref(), &logs)).await
                }
                Way::Each => in_lanes(logs).await,
            };
            self.end_round(round, failures);
        }
    }

    async fn until_due(&self) {
        loop {
            let woken = self.wake.notified();
            let Some(due) = self.next_due() else {
                woken.await;
                continue;
            };
            let now = self.clock.monotonic();
            if due <= now {
                return;
            }
            // Woken or not, the list is looked at again.
            _ = task::timeout(due - now, woken).await;
        }
    }

    fn begin_round(&self, logs: usize) -> Round {
        let started = self.clock.monotonic();
        Round { started, logs, way: lock(&self.chooser).choose(logs, started) }
    }

    fn end_round(&self, Round { started, logs, way }: Round, failures: u64) {
        let now = self.clock.monotonic();
        let took = now.saturating_sub(started);
        lock(&self.chooser).learn(logs, way, took, now);
        let mut totals = lock(&self.totals);
        totals.rounds += 1;
        totals.logs += logs as u64;
        totals.busy += took;
        totals.longest = totals.longest.max(took);
        totals.failures += failures;
        drop(totals);
        if let Some(observer) = self.observer.get() {
            observer.on_round(took, logs);
        }
    }
}

/// Flushes the logs in up to [`LANES`] lanes. Returns how many failed.
async fn in_lanes(logs: Vec<Arc<PartitionLog>>) -> u64 {
    let per_lane = logs.len().div_ceil(LANES);
    if logs.len() <= per_lane {
        return task::blocking(move || flush_logs(&logs)).await;
    }
    let mut lanes = task::JoinSet::new();
    for lane in logs.chunks(per_lane) {
        let lane = lane.to_vec();
        lanes.spawn(task::blocking(move || flush_logs(&lane)));
    }
    lanes.join_all().await.into_iter().sum()
}

fn flush_logs(logs: &[Arc<PartitionLog>]) -> u64 {
    logs.iter().map(|log| u64::from(log.flush().is_err())).sum()
}
