//! The log of one partition: what it is made of, what may be asked of it, and how to wait for it.
//!
//! Appends, truncation and removal go through one short lock, the writer's. Readers take a snapshot of the list of segments
//! and never wait for a flush; numbers that others wait for are in one [`Progress`] value behind a watch channel.
//!
//! ```text
//! log start ≤ recovery point = flushed end ≤ stable end ≤ log end      high watermark ≤ stable end
//! ```
//!
//! A log goes offline once, for the rest of the process, when a write or a sync of its files failed: what the page cache
//! says after that is not what the disk holds. So it does when its bytes can't be read back.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, OnceLock, RwLock, Weak};

use tokio::sync::watch;
use weir_env::Env;
use weir_model::{LeaderEpoch, Offset, ProducerId, TimestampMs, TopicId, TopicPartition};

use crate::compaction::Cleaned;
use crate::config::LogConfig;
use crate::epochs::EpochEnd;
use crate::error::{LogError, Offline};
use crate::names;
use crate::segment::Segment;
use crate::shared::Shared;
use crate::sync::{lock, read, write};
use crate::writer::Writer;

/// The offsets of a log that move, as of one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// The first offset that may be read.
    pub log_start: Offset,
    /// The offset that the next record gets.
    pub log_end: Offset,
    /// Everything before it is on disk.
    pub flushed_end: Offset,
    /// What this replica may promise: the flushed end or the log end, by the topic's durability.
    pub stable_end: Offset,
    /// Everything before it is committed; consumers read below it.
    pub high_watermark: Offset,
    /// A failure of the disk ended this log's service.
    pub offline: bool,
    /// The log was closed or deleted.
    pub closed: bool,
}

/// One partition's log. Made by [`crate::LogDirectory`].
#[derive(Debug)]
pub struct PartitionLog {
    pub(crate) me: Weak<Self>,
    /// Unique in this process; orders flushes.
    pub(crate) id: u64,
    pub(crate) partition: TopicPartition,
    pub(crate) topic_id: TopicId,
    pub(crate) dir: PathBuf,
    pub(crate) env: Env,
    pub(crate) shared: Arc<Shared>,
    config: RwLock<Arc<LogConfig>>,
    /// All segments by base offset; the last is the active one. Never empty.
    pub(crate) segments: RwLock<Arc<Vec<Arc<Segment>>>>,
    pub(crate) writer: Mutex<Writer>,
    pub(crate) progress: watch::Sender<Progress>,
    offline: OnceLock<Arc<str>>,
    /// Held while the cleaner or retention changes which segments there are. Of the locks it is taken first, the others
    /// follow in their order here, and the writer's is the last.
    pub(crate) removal: Mutex<()>,
    /// Somebody waits for the lock of removals whom a compaction must let in.
    pub(crate) wanted: AtomicUsize,
    /// Held while the log start moves on disk.
    pub(crate) start_turn: Mutex<()>,
    /// Held from the plan of a flush to its end: flushes of one log do not overlap.
    pub(crate) flush_turn: Mutex<()>,
    /// How far the log is compacted.
    pub(crate) cleaned: Mutex<Cleaned>,
}

/// What opening a directory found, or nothing for a new log.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) writer: Writer,
    pub(crate) log_start: i64,
    pub(crate) log_end: i64,
    pub(crate) cleaned: Cleaned,
}

impl PartitionLog {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        partition: TopicPartition,
        topic_id: TopicId,
        dir: PathBuf,
        config: LogConfig,
        contents: Contents,
    ) -> Arc<Self> {
        let end = Offset(contents.log_end);
        let progress = Progress {
            log_start: Offset(contents.log_start),
            log_end: end,
            flushed_end: end,
            stable_end: end,
            high_watermark: end,
            offline: false,
            closed: false,
        };
        Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            id: shared.next_id(),
            partition,
            topic_id,
            dir,
            env: shared.env.clone(),
            shared: Arc::clone(shared),
            config: RwLock::new(Arc::new(config)),
            segments: RwLock::new(Arc::new(contents.segments)),
            writer: Mutex::new(contents.writer),
            progress: watch::Sender::new(progress),
            offline: OnceLock::new(),
            removal: Mutex::default(),
            wanted: AtomicUsize::new(0),
            start_turn: Mutex::default(),
            flush_turn: Mutex::default(),
            cleaned: Mutex::new(contents.cleaned),
        })
    }

    /// Which partition this is.
    pub const fn partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// The topic's identity.
    pub const fn topic_id(&self) -> TopicId {
        self.topic_id
    }

    /// The directory that holds the files.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The settings in force.
    pub fn config(&self) -> Arc<LogConfig> {
        Arc::clone(&read(&self.config))
    }

    /// New settings, from now on.
    pub fn update_config(&self, config: LogConfig) {
        let ms_max = self.segment_ms_max(&config);
        *write(&self.config) = Arc::new(config);
        lock(&self.writer).active_ms_max = ms_max;
        self.request_flush();
    }

    /// All offsets that move, as of now.
    pub fn progress(&self) -> Progress {
        *self.progress.borrow()
    }

    /// A receiver that sees every change of [`Progress`] but those of log end and flushed end alone (not every single value:
    /// a slow reader sees the newest).
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// The first offset that may be read.
    pub fn log_start(&self) -> Offset {
        self.progress().log_start
    }

    /// The offset that the next record gets.
    pub fn log_end(&self) -> Offset {
        self.progress().log_end
    }

    /// What this replica may promise.
    pub fn stable_end(&self) -> Offset {
        self.progress().stable_end
    }

    /// Everything before it is committed.
    pub fn high_watermark(&self) -> Offset {
        self.progress().high_watermark
    }

    /// Everything before it is decided: the high watermark while no transaction is open.
    pub fn last_stable_offset(&self) -> Offset {
        self.progress().high_watermark
    }

    /// With `true`, this replica is the only one and the high watermark is the stable end, as it is from the start. With
    /// `false` the high watermark moves by [`Self::set_high_watermark`] alone.
    pub fn set_sole_replica(&self, sole: bool) {
        let mut writer = lock(&self.writer);
        writer.sole_replica = sole;
        self.publish(&mut writer, |_| {});
    }

    /// Moves the high watermark, never above the stable end and never back.
    pub fn set_high_watermark(&self, to: Offset) {
        let mut writer = lock(&self.writer);
        self.publish(&mut writer, |progress| {
            progress.high_watermark = progress.high_watermark.max(to.min(progress.stable_end));
        });
    }

    /// Bytes of all segments.
    pub fn size_bytes(&self) -> u64 {
        self.segments().iter().map(|segment| segment.extent().size).sum()
    }

    /// How many segments there are, the active one included.
    pub fn segment_count(&self) -> usize {
        self.segments().len()
    }

    /// Where a leader epoch ends (OffsetForLeaderEpoch).
    pub fn epoch_end_offset(&self, epoch: LeaderEpoch) -> EpochEnd {
        let writer = lock(&self.writer);
        writer.epochs.end_of(epoch, Offset(writer.log_end))
    }

    /// The newest leader epoch that the log knows.
    pub fn latest_epoch(&self) -> LeaderEpoch {
        lock(&self.writer).epochs.latest()
    }

    /// The largest producer id below a bound that the log remembers.
    pub fn newest_producer(&self, below: ProducerId) -> Option<ProducerId> {
        lock(&self.writer).producers.by_id.range(..below).next_back().map(|(id, _)| *id)
    }

    /// The leader epoch in which the record at `offset` was appended, as far as it is known.
    pub fn epoch_at(&self, offset: Offset) -> LeaderEpoch {
        lock(&self.writer).epochs.at(offset)
    }

    /// Why the log is offline, if it is.
    ///
    /// # Errors
    /// The log is offline.
    pub fn check_online(&self) -> Result<(), Offline> {
        self.offline.get().map_or(Ok(()), |reason| Err(Offline(Arc::clone(reason))))
    }

    /// Whether the log may be changed.
    pub(crate) fn check_open(&self) -> Result<(), LogError> {
        self.check_online()?;
        if self.progress().closed { Err(LogError::Closed) } else { Ok(()) }
    }

    /// Waits until `until` holds, or the log goes offline or is closed; returns what holds then.
    ///
    /// A caller that waits for stability says so by [`Self::request_flush`] first.
    pub async fn wait(&self, until: impl Fn(&Progress) -> bool) -> Progress {
        let mut receiver = self.progress.subscribe();
        let reached = |progress: &Progress| until(progress) || progress.offline || progress.closed;
        match receiver.wait_for(reached).await {
            Ok(progress) => *progress,
            // The sender lives as long as the log, which the caller holds.
            Err(_) => self.progress(),
        }
    }

    /// Asks for a flush and waits until the stable end is at least `end`.
    ///
    /// # Errors
    /// The log went offline or was closed before that: whether the records survive is unknown.
    pub async fn stable(&self, end: Offset) -> Result<(), LogError> {
        if self.stable_end() < end {
            self.request_flush();
        }
        let progress = self.wait(|progress| progress.stable_end >= end).await;
        if progress.stable_end >= end {
            return Ok(());
        }
        self.check_online()?;
        Err(LogError::Closed)
    }

    /// Somebody waits for the stable end: the next round of flushes takes this log along and starts at once.
    pub fn request_flush(&self) {
        self.shared.flusher.hurry(self.id);
    }

    /// The segments as of now.
    pub(crate) fn segments(&self) -> Arc<Vec<Arc<Segment>>> {
        Arc::clone(&read(&self.segments))
    }

    /// Changes the list of segments. The writer's lock is held.
    pub(crate) fn change_segments(&self, change: impl FnOnce(&mut Vec<Arc<Segment>>)) {
        let mut list = write(&self.segments);
        change(Arc::make_mut(&mut list));
        assert!(!list.is_empty(), "a log has an active segment");
    }

    /// Recomputes what others wait for and tells them.
    pub(crate) fn publish(&self, writer: &mut Writer, change: impl FnOnce(&mut Progress)) {
        self.progress.send_if_modified(|progress| {
            let before = *progress;
            progress.log_end = Offset(writer.log_end);
            progress.flushed_end = Offset(writer.flushed_end);
            progress.log_start = Offset(writer.log_start);
            let stable = writer.flushed_end.max(writer.soft_end);
            progress.stable_end = Offset(stable.min(writer.log_end));
            progress.high_watermark = progress.high_watermark.min(progress.log_end).max(progress.log_start);
            change(progress);
            if writer.sole_replica {
                progress.high_watermark = progress.stable_end;
            }
            progress.closed = writer.closed;
            assert!(progress.log_start <= progress.log_end, "the log start is not above the log end");
            // An append alone wakes nobody: whoever waits, waits for what may be promised.
            let awaited = |progress: &Progress| Progress {
                log_end: before.log_end,
                flushed_end: before.flushed_end,
                ..*progress
            };
            awaited(progress) != before
        });
    }

    /// Ends the service of this log: the disk can't be trusted with it any more.
    pub(crate) fn go_offline(&self, what: &str, error: &std::io::Error) -> Offline {
        let reason: Arc<str> = format!("{what} {}: {error}", self.dir.display()).into();
        if self.offline.set(Arc::clone(&reason)).is_ok() {
            // The files of a deleted log go away under whatever is still being done to them.
            if self.progress().closed {
                return Offline(reason);
            }
            tracing::error!(partition = %self.partition, %reason, "log goes offline");
            self.mark_failed(&reason);
            self.shared.note_offline(&self.partition);
            self.progress.send_modify(|progress| progress.offline = true);
        }
        Offline(self.offline.get().map_or(reason, Arc::clone))
    }

    /// Takes the log offline if a read failed because of the disk. May wait for the disk.
    pub fn on_read_failed(&self, error: &std::io::Error) {
        if weir_env::disk::is_failure(error) {
            self.go_offline("reading", error);
        }
    }

    /// Leaves word for the next process, as durable as a failing disk allows.
    fn mark_failed(&self, reason: &str) {
        let text = format!("{} {reason}\n", self.env.clock.wall());
        if let Err(error) = self.env.disk.replace_small(&self.dir.join(names::FLUSH_FAILED), text.as_bytes())
        {
            tracing::error!(partition = %self.partition, %error, "the failure can't be recorded on the disk either");
        }
    }

    /// Milliseconds since 1970, for retention and deletion.
    pub(crate) fn now(&self) -> TimestampMs {
        self.env.clock.wall()
    }
}
