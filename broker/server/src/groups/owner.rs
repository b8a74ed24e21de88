//! The owner of one partition's groups: its loop is next event, step of the machine, perform the effects.
//!
//! Between an append and its commit nothing is waited for: the log's progress is an event like any other. So requests
//! that arrive during a flush share the next one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use weir_coordinator::{Answer, Effect, GroupMemory, GroupShard, Now, ReplyToken};
use weir_env::{Env, task};
use weir_log::Progress;
use weir_model::{ErrorCode, GroupId};

use super::view::GroupView;
use super::writer::{self, Append, Open, Writer};
use super::{Event, Question, Stage, loader};
use crate::partitions::Partition;
use crate::shutdown::ShutdownSignal;

/// Events that one step takes together, so that their records share a batch.
const EVENTS_PER_STEP_MAX: usize = 64;

/// How long the last appends may take to be committed when the broker goes down.
const LAST_COMMIT_WAIT_MAX: Duration = Duration::from_secs(3);

/// A wait that is as good as none.
const IDLE: Duration = Duration::from_secs(3600);

/// What an owner starts with.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) env: Env,
    pub(super) partition: Arc<Partition>,
    pub(super) view: Arc<GroupView>,
    /// What the groups of all owners take.
    pub(super) memory: GroupMemory,
    pub(super) mailbox: mpsc::Receiver<Event>,
    pub(super) stage: watch::Sender<Stage>,
    /// Loads that may run at once.
    pub(super) loads: Arc<Semaphore>,
    pub(super) shutdown: ShutdownSignal,
}

/// Loads the partition and serves it until the broker goes down or the partition is gone.
pub(super) async fn run(start: Start) {
    let Start { env, partition, view, memory, mailbox, stage, loads, shutdown } = start;
    let shard = GroupShard::new(Arc::clone(&view.config), Arc::clone(&view.topics) as _, memory);
    let Some(shard) = load(&env, &partition, shard, &loads).await else {
        stage.send_replace(Stage::Ended);
        return;
    };
    let mut owner = Owner {
        progress: partition.log.watch(),
        env,
        partition,
        shard,
        mailbox,
        shutdown,
        waiting: BTreeMap::new(),
        tokens: 0,
        open: VecDeque::new(),
    };
    owner.begin();
    stage.send_replace(Stage::Serving);
    owner.serve().await;
    stage.send_replace(Stage::Ended);
    owner.end().await;
}

async fn load(
    env: &Env,
    partition: &Arc<Partition>,
    mut shard: GroupShard,
    loads: &Semaphore,
) -> Option<GroupShard> {
    // The semaphore is never closed.
    let _turn = loads.acquire().await.ok()?;
    let started = env.clock.monotonic();
    let reading = Arc::clone(partition);
    let (loaded, shard) = task::blocking(move || (loader::load(&mut shard, &reading), shard)).await;
    let took_ms = env.clock.monotonic().saturating_sub(started).as_millis();
    let name = partition.log.partition();
    match loaded {
        Ok(progress) if progress.applied > 0 => {
            let (records, groups, offsets) = (progress.applied, shard.group_count(), shard.offset_count());
            tracing::info!(partition = %name, records, groups, offsets, took_ms, "groups are loaded");
            Some(shard)
        }
        Ok(_) => Some(shard),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(partition = %name, error, "groups can't be loaded; they are not served");
            None
        }
    }
}

struct Owner {
    env: Env,
    partition: Arc<Partition>,
    shard: GroupShard,
    mailbox: mpsc::Receiver<Event>,
    progress: watch::Receiver<Progress>,
    shutdown: ShutdownSignal,
    /// Requests whose answer has not come yet.
    waiting: BTreeMap<ReplyToken, oneshot::Sender<Answer>>,
    tokens: u64,
    /// Appends whose commit has not come yet.
    open: VecDeque<Open>,
}

impl Owner {
    fn now(&self) -> Now {
        Now { wall: self.env.clock.wall(), monotonic: self.env.clock.monotonic() }
    }

    /// To be called before each step, so that it knows the limit by which the log will judge its records.
    fn refresh_limit(&mut self) {
        self.shard.set_batch_bytes_max(writer::batch_bytes_max(&self.partition));
    }

    fn begin(&mut self) {
        self.refresh_limit();
        let mut effects = Vec::new();
        self.shard.loaded(self.now(), &mut effects);
        self.perform(effects);
    }

    async fn serve(&mut self) {
        loop {
            let until_deadline = self
                .shard
                .next_deadline()
                .map_or(IDLE, |at| at.saturating_sub(self.env.clock.monotonic()).min(IDLE));
            let mut effects = Vec::new();
            tokio::select! {
                biased;
                () = self.shutdown.raised() => return,
                changed = self.progress.changed() => {
                    if changed.is_err() || !self.on_progress(&mut effects) {
                        return;
                    }
                }
                () = task::sleep(until_deadline) => {
                    self.refresh_limit();
                    self.shard.on_timer(self.now(), &mut effects);
                }
                event = self.mailbox.recv() => {
                    let Some(event) = event else { return };
                    self.on_events(event, &mut effects);
                }
            }
            self.perform(effects);
        }
    }

    /// Takes this event and those that wait behind it.
    fn on_events(&mut self, first: Event, effects: &mut Vec<Effect>) {
        self.refresh_limit();
        let mut next = Some(first);
        let mut left = EVENTS_PER_STEP_MAX;
        while let Some(event) = next {
            self.on_event(event, effects);
            left -= 1;
            next = if left > 0 { self.mailbox.try_recv().ok() } else { None };
        }
    }

    fn on_event(&mut self, event: Event, effects: &mut Vec<Effect>) {
        match event {
            Event::Request(question) => {
                let Question { context, request, answer } = *question;
                self.tokens += 1;
                let token = ReplyToken(self.tokens);
                self.waiting.insert(token, answer);
                self.shard.handle(self.now(), &context, request, token, effects);
            }
            Event::View(view) => {
                self.shard.set_topics(Arc::clone(&view.topics) as _);
                self.shard.set_config(Arc::clone(&view.config));
                if !view.deleted.is_empty() {
                    self.shard.on_topics_deleted(self.now(), &view.deleted, effects);
                }
            }
        }
    }

    /// The log moved. Returns whether there still is a log.
    fn on_progress(&mut self, effects: &mut Vec<Effect>) -> bool {
        let progress = *self.progress.borrow_and_update();
        let committed = self.open.partition_point(|open| open.end <= progress.high_watermark);
        let committed: Vec<Open> = self.open.drain(..committed).collect();
        if let Some(last) = committed.last() {
            self.shard.on_committed(self.now(), last.id, effects);
        }
        if (progress.offline || progress.closed)
            && let Some(lost) = self.open.pop_front()
        {
            self.open.clear();
            self.shard.on_append_failed(self.now(), lost.id, ErrorCode::KafkaStorageError, effects);
        }
        !progress.closed
    }

    /// Answers and appends until nothing is left to do. What is refused makes the machine go back, which has effects of
    /// its own.
    fn perform(&mut self, effects: Vec<Effect>) {
        let mut effects = effects;
        loop {
            let mut appends = Vec::new();
            for effect in effects {
                match effect {
                    Effect::Append { id, records } => appends.push(Append { id, records }),
                    Effect::Reply { token, answer } => {
                        if let Some(waiting) = self.waiting.remove(&token) {
                            // The client may have gone meanwhile.
                            let _ = waiting.send(answer);
                        }
                    }
                    Effect::TooLarge { groups } => self.warn_of_large(&groups),
                }
            }
            if appends.is_empty() {
                return;
            }
            effects = Vec::new();
            let now = self.env.clock.wall();
            if let Err(refused) = Writer::new(&self.partition, now, &mut self.open).write(&appends) {
                let (partition, error) = (self.partition.log.partition(), refused.message);
                tracing::warn!(%partition, code = ?refused.code, error, "records of groups were not appended");
                self.open.retain(|open| open.id < refused.id);
                self.shard.on_append_failed(self.now(), refused.id, refused.code, &mut effects);
            }
            // With `weir.durability=replicated` the append may have been the commit.
            self.on_progress(&mut effects);
            if effects.is_empty() {
                return;
            }
        }
    }

    fn warn_of_large(&self, groups: &[GroupId]) {
        let (partition, max) = (self.partition.log.partition(), writer::batch_bytes_max(&self.partition));
        tracing::warn!(%partition, ?groups, max, "records of a group are larger than max.message.bytes");
    }

    /// Waits for what was appended, then tells everybody to go elsewhere.
    async fn end(mut self) {
        if let Some(last) = self.open.back().copied() {
            // What does not come in time is told to the clients as not done, which they try again.
            let _ = task::timeout(LAST_COMMIT_WAIT_MAX, self.partition.committed(last.end)).await;
            let mut effects = Vec::new();
            self.on_progress(&mut effects);
            self.perform(effects);
        }
        let mut effects = Vec::new();
        self.shard.unload(&mut effects);
        self.perform(effects);
    }
}
