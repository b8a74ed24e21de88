//! The machine's frame: requests and deadlines in, effects out, and what happens between an append and its commit.
//!
//! Each event runs one operation. An operation reads the state, writes records (applied at once, each with its inverse)
//! and queues answers. If it is refused, its records are taken back and the client gets the reason. If not, its records
//! leave as one append, and everything that it answers waits until that append, and with it every earlier one, is
//! committed: an answer never shows what a failed append would take back. Records that the log has no room for in one batch
//! never leave: they fail here, so that they fail nobody else.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use weir_model::{ErrorCode, GroupId, TimestampMs};

use crate::api::{
    Answer, AppendId, Effect, MemberId, Now, Refusal, Reply, ReplyToken, Request, RequestContext,
};
use crate::classic::{ClassicGroup, SyncStored};
use crate::config::GroupConfig;
use crate::consumer::{CompiledRegex, ConsumerSoft};
use crate::memory::{Charge, GroupMemory};
use crate::parts::{self, Part};
use crate::record::{DecodeError, GroupRecord};
use crate::state::State;
use crate::timers::{TimerData, TimerKey, Timers};
use crate::topics::TopicsView;

/// All groups of one partition of `__consumer_offsets`.
///
/// The driver loads it with [`Self::replay`] and [`Self::loaded`], then feeds requests and deadlines and performs the
/// effects in order. Time and randomness come in as arguments. How many requests may be under way at once is the
/// driver's bound; the shard's queues hold one entry per request.
#[derive(Debug)]
pub struct GroupShard {
    pub(crate) config: Arc<GroupConfig>,
    pub(crate) topics: Arc<dyn TopicsView>,
    pub(crate) state: State,
    pub(crate) classic: BTreeMap<GroupId, ClassicGroup>,
    pub(crate) soft: BTreeMap<GroupId, ConsumerSoft>,
    /// The pattern that was used last: members of a group mostly share one.
    pub(crate) last_pattern: Option<(Arc<str>, CompiledRegex)>,
    pub(crate) timers: Timers,
    pub(crate) memory: GroupMemory,
    /// The largest batch that the log takes.
    batch_bytes_max: usize,
    /// The durable state's part of it, as of the last operation.
    charge: Charge,
    ledger: Ledger,
    op: Operation,
}

/// What the log has not confirmed yet.
#[derive(Debug, Default)]
struct Ledger {
    appended: AppendId,
    committed: AppendId,
    /// For each append under way, how to take it back, oldest first.
    uncommitted: VecDeque<(AppendId, Vec<GroupRecord>)>,
    /// What happens after which append, in order.
    waiting: VecDeque<(AppendId, Deferred)>,
}

impl Ledger {
    /// The newest append that has neither failed nor been forgotten: what an answer must wait for.
    fn tail(&self) -> AppendId {
        self.uncommitted.back().map_or(self.committed, |(id, _)| *id)
    }
}

/// What waits for a commit.
#[derive(Debug)]
pub(crate) enum Deferred {
    /// An answer.
    Reply(ReplyToken, Answer),
    /// The leader's assignment of a classic group.
    SyncStored(SyncStored),
    /// The join of a static member that took over without a rebalance.
    StaticRejoin { group: GroupId, member: MemberId, token: ReplyToken, reply: Reply },
}

/// The operation that runs.
#[derive(Debug, Default)]
struct Operation {
    now: Option<Now>,
    records: Vec<GroupRecord>,
    inverse: Vec<GroupRecord>,
    deferred: Vec<Deferred>,
    /// Its records may be appended in parts, of which the first ones may be committed without the others.
    divisible: bool,
    /// Classic groups that are no more once it succeeds, and what those who wait in them are told.
    ended: Vec<(GroupId, ErrorCode)>,
}

/// The driver's calls.
impl GroupShard {
    /// A shard without groups. `memory` counts the groups of all shards of a broker.
    pub fn new(config: Arc<GroupConfig>, topics: Arc<dyn TopicsView>, memory: GroupMemory) -> Self {
        Self {
            config,
            topics,
            state: State::default(),
            classic: BTreeMap::new(),
            soft: BTreeMap::new(),
            last_pattern: None,
            timers: Timers::default(),
            charge: Charge::new(&memory, 0),
            memory,
            batch_bytes_max: usize::MAX,
            ledger: Ledger::default(),
            op: Operation::default(),
        }
    }

    /// Applies one record of the log while loading. Returns `false` for a type that none of ours has.
    ///
    /// # Errors
    /// When the bytes are not a record of this topic; the shard must not serve then.
    pub fn replay(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<bool, DecodeError> {
        self.state.replay(key.ok_or(DecodeError::NoKey)?, value)
    }

    /// Ends the loading: members get a whole session from now on.
    pub fn loaded(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.run(now, None, effects, |shard| {
            let groups: Vec<GroupId> = shard.state.groups().map(|(group, _)| group.clone()).collect();
            for group in &groups {
                shard.revive_classic(group);
                shard.revive_consumer(group);
            }
            shard.schedule_expiry();
            Ok(None)
        });
    }

    /// Handles a request. Its answer comes as an effect, now or later, exactly once.
    pub fn handle(
        &mut self,
        now: Now,
        context: &RequestContext,
        request: Request,
        token: ReplyToken,
        effects: &mut Vec<Effect>,
    ) {
        self.run(now, Some(token), effects, |shard| match request {
            Request::Join(join) => shard.join(context, &join, token),
            Request::Sync(sync) => shard.sync(sync, token),
            Request::Heartbeat(heartbeat) => shard.heartbeat(&heartbeat).map(Some),
            Request::Leave(leave) => shard.leave(&leave).map(Some),
            Request::OffsetCommit(commit) => shard.commit_offsets(context, &commit).map(Some),
            Request::OffsetFetch(fetch) => shard.fetch_offsets(&fetch).map(Some),
            Request::OffsetDelete(delete) => shard.delete_offsets(&delete).map(Some),
            Request::DescribeGroup(group) => shard.describe_classic(&group).map(Some),
            Request::ListGroups(filter) => Ok(Some(shard.list_groups(&filter))),
            Request::DeleteGroup(group) => shard.delete_group(&group).map(Some),
            Request::ConsumerHeartbeat(heartbeat) => {
                let reply = shard.consumer_heartbeat(context, &heartbeat)?;
                if heartbeat.says_something() {
                    shard.check_grown()?;
                }
                Ok(Some(reply))
            }
            Request::ConsumerDescribe(group) => shard.describe_consumer(&group).map(Some),
        });
    }

    /// When [`Self::on_timer`] wants to be called, in monotonic time.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// Handles every deadline that is due.
    pub fn on_timer(&mut self, now: Now, effects: &mut Vec<Effect>) {
        while let Some((key, data)) = self.timers.pop_due(now.monotonic) {
            self.run(now, None, effects, |shard| {
                shard.timer(key, data)?;
                Ok(None)
            });
        }
    }

    /// The cluster's topics changed.
    pub fn set_topics(&mut self, topics: Arc<dyn TopicsView>) {
        self.topics = topics;
    }

    /// The settings changed.
    pub fn set_config(&mut self, config: Arc<GroupConfig>) {
        self.config = config;
    }

    /// The log takes no batch that is larger (`max.message.bytes`). Without this call there is no limit.
    pub fn set_batch_bytes_max(&mut self, bytes: usize) {
        self.batch_bytes_max = bytes;
    }

    /// Everything up to this append is committed.
    pub fn on_committed(&mut self, now: Now, id: AppendId, effects: &mut Vec<Effect>) {
        self.ledger.committed = self.ledger.committed.max(id);
        while self.ledger.uncommitted.front().is_some_and(|(append, _)| *append <= id) {
            self.ledger.uncommitted.pop_front();
        }
        while self.ledger.waiting.front().is_some_and(|(after, _)| *after <= id) {
            if let Some((_, deferred)) = self.ledger.waiting.pop_front() {
                self.succeed(now, deferred, effects);
            }
        }
    }

    /// This append failed, and so does every later one: the driver drops those it has not made yet.
    pub fn on_append_failed(&mut self, now: Now, id: AppendId, error: ErrorCode, effects: &mut Vec<Effect>) {
        let mut touched = BTreeSet::new();
        while self.ledger.uncommitted.back().is_some_and(|(append, _)| *append >= id) {
            let Some((_, inverse)) = self.ledger.uncommitted.pop_back() else { break };
            touched.extend(self.undo(inverse));
        }
        let first = self.ledger.waiting.partition_point(|(after, _)| *after < id);
        let failed = self.ledger.waiting.split_off(first);
        self.settle_soft_state(now, &touched, effects);
        for (_, deferred) in failed {
            self.fail(now, deferred, &response_error(error).into(), effects);
        }
    }

    /// Gives up the shard: everybody who waits is told to look for another coordinator.
    pub fn unload(&mut self, effects: &mut Vec<Effect>) {
        let refused = || Err(Refusal::from(ErrorCode::NotCoordinator));
        for (_, deferred) in self.ledger.waiting.drain(..) {
            match deferred {
                Deferred::Reply(token, _) | Deferred::StaticRejoin { token, .. } => {
                    effects.push(Effect::Reply { token, answer: refused() });
                }
                Deferred::SyncStored(_) => {}
            }
        }
        for group in self.classic.values_mut() {
            for (_, (joining, syncing)) in group.change_all(|_, member| member.take_waiting()) {
                for token in joining.into_iter().chain(syncing) {
                    effects.push(Effect::Reply { token, answer: refused() });
                }
            }
        }
    }

    /// How many groups the shard holds.
    pub fn group_count(&self) -> usize {
        self.state.groups().count()
    }

    /// How many offsets the shard holds.
    pub fn offset_count(&self) -> usize {
        self.state.groups().map(|(_, group)| group.offsets.values().map(BTreeMap::len).sum::<usize>()).sum()
    }

    /// The durable state as records: what a compacted log would hold.
    pub fn snapshot(&self) -> Vec<GroupRecord> {
        self.state.snapshot()
    }
}

/// The frame of an operation.
impl GroupShard {
    pub(crate) fn run(
        &mut self,
        now: Now,
        token: Option<ReplyToken>,
        effects: &mut Vec<Effect>,
        body: impl FnOnce(&mut Self) -> Result<Option<Reply>, Refusal>,
    ) {
        self.op = Operation { now: Some(now), ..Operation::default() };
        match (body(self), token) {
            (Ok(Some(reply)), Some(token)) => self.reply(token, Ok(reply)),
            (Ok(_), _) => {}
            (Err(refusal), token) => {
                self.take_back();
                if let Some(token) = token {
                    self.reply(token, Err(refusal));
                }
            }
        }
        for (group, error) in std::mem::take(&mut self.op.ended) {
            self.drop_live_classic(&group, error);
        }
        self.finish(effects);
    }

    /// Takes back the records of the operation that runs. The live classic groups that it ended are still there, one that it
    /// began goes; what else is soft is made to look again.
    fn take_back(&mut self) {
        let inverse = std::mem::take(&mut self.op.inverse);
        let touched = self.undo(inverse);
        self.op.records.clear();
        self.op.ended.clear();
        for group in &touched {
            self.soft.remove(group);
            if self.state.consumer(group).is_some() {
                self.drop_live_classic(group, ErrorCode::NotCoordinator);
            }
            self.restart_missing_sessions(group);
        }
    }

    fn finish(&mut self, effects: &mut Vec<Effect>) {
        self.charge.set(self.state.bytes());
        let op = std::mem::take(&mut self.op);
        let now = op.now.expect("an operation runs at some time");
        let part_bytes_max = op.divisible.then(|| parts::bytes_max(self.batch_bytes_max));
        let parts = parts::split(&op.records, op.inverse, part_bytes_max);
        if !parts.iter().all(|part| part.fits(self.batch_bytes_max)) {
            return self.refuse_large(now, parts, op.deferred, effects);
        }
        parts.into_iter().for_each(|part| self.append(part, effects));
        let after = self.ledger.tail();
        for deferred in op.deferred {
            match deferred {
                Deferred::Reply(token, answer) if after <= self.ledger.committed => {
                    effects.push(Effect::Reply { token, answer });
                }
                Deferred::SyncStored(_) | Deferred::StaticRejoin { .. } | Deferred::Reply(..) => {
                    self.ledger.waiting.push_back((after, deferred));
                }
            }
        }
        // A record that changed nothing makes no append: what waits for it is due already.
        if after <= self.ledger.committed && !self.ledger.waiting.is_empty() {
            self.on_committed(now, after, effects);
        }
    }

    /// Applies the inverses of changes, the newest first. Returns whose they were.
    fn undo(&mut self, inverse: Vec<GroupRecord>) -> BTreeSet<GroupId> {
        let mut touched = BTreeSet::new();
        for change in inverse.into_iter().rev() {
            touched.insert(change.group().clone());
            self.state.apply(change);
        }
        touched
    }

    /// Ends an operation as if the log had refused its records, before they can share a batch or an order with others'.
    fn refuse_large(
        &mut self,
        now: Now,
        parts: Vec<Part>,
        deferred: Vec<Deferred>,
        effects: &mut Vec<Effect>,
    ) {
        let touched = self.undo(parts.into_iter().flat_map(|part| part.inverse).collect());
        effects.push(Effect::TooLarge { groups: touched.iter().cloned().collect() });
        self.settle_soft_state(now, &touched, effects);
        let message = format!(
            "The records of this operation do not fit into the {} bytes that max.message.bytes allows.",
            self.batch_bytes_max
        );
        // Kafka's code for it, with every group API.
        let refusal = Refusal::new(response_error(ErrorCode::MessageTooLarge), message);
        for deferred in deferred {
            self.fail(now, deferred, &refusal, effects);
        }
    }

    fn append(&mut self, part: Part, effects: &mut Vec<Effect>) {
        self.ledger.appended.0 += 1;
        let id = self.ledger.appended;
        self.ledger.uncommitted.push_back((id, part.inverse));
        effects.push(Effect::Append { id, records: part.records });
    }

    fn succeed(&mut self, now: Now, deferred: Deferred, effects: &mut Vec<Effect>) {
        match deferred {
            Deferred::Reply(token, answer) => effects.push(Effect::Reply { token, answer }),
            Deferred::SyncStored(stored) => {
                self.run_committed(now, effects, |shard| shard.sync_stored(&stored));
            }
            Deferred::StaticRejoin { group, member, token, reply } => {
                if self.end_static_rejoin(&group, &member, token) {
                    effects.push(Effect::Reply { token, answer: Ok(reply) });
                }
            }
        }
    }

    fn fail(&mut self, now: Now, deferred: Deferred, refusal: &Refusal, effects: &mut Vec<Effect>) {
        let answer = Err(refusal.clone());
        match deferred {
            Deferred::Reply(token, _) => effects.push(Effect::Reply { token, answer }),
            Deferred::SyncStored(stored) => self.run(now, None, effects, |shard| {
                shard.sync_not_stored(&stored, refusal.code);
                Ok(None)
            }),
            Deferred::StaticRejoin { group, member, token, .. } => {
                if self.end_static_rejoin(&group, &member, token) {
                    effects.push(Effect::Reply { token, answer });
                }
            }
        }
    }

    /// Runs what follows from a commit; it writes nothing, and its answers need not wait for later appends.
    fn run_committed(&mut self, now: Now, effects: &mut Vec<Effect>, body: impl FnOnce(&mut Self)) {
        self.op = Operation { now: Some(now), ..Operation::default() };
        body(self);
        let op = std::mem::take(&mut self.op);
        assert!(op.records.is_empty(), "what follows from a commit writes nothing");
        for deferred in op.deferred {
            if let Deferred::Reply(token, answer) = deferred {
                effects.push(Effect::Reply { token, answer });
            }
        }
    }

    /// Brings live groups in line with a state that went back.
    fn settle_soft_state(&mut self, now: Now, touched: &BTreeSet<GroupId>, effects: &mut Vec<Effect>) {
        self.run(now, None, effects, |shard| {
            for group in touched {
                shard.soft.remove(group);
                if shard.state.consumer(group).is_some() {
                    shard.drop_live_classic(group, ErrorCode::NotCoordinator);
                    shard.revive_consumer(group);
                } else if !shard.classic.contains_key(group) {
                    shard.revive_classic(group);
                }
            }
            Ok(None)
        });
    }
}

/// What operations are made of.
impl GroupShard {
    pub(crate) fn now(&self) -> Duration {
        self.op.now.expect("an operation runs at some time").monotonic
    }

    pub(crate) fn wall(&self) -> TimestampMs {
        self.op.now.expect("an operation runs at some time").wall
    }

    /// Changes the durable state; a change that changes nothing is not written.
    pub(crate) fn write(&mut self, change: GroupRecord) {
        let inverse = self.state.apply(change.clone());
        if inverse != change {
            self.op.records.push(change);
            self.op.inverse.push(inverse);
        }
    }

    /// The records of this operation may be appended in parts. If a part fails, the ones before it hold, and whoever asked
    /// is told of the failure and asks again.
    pub(crate) fn allow_many_batches(&mut self) {
        self.op.divisible = true;
    }

    /// Answers once everything that the answer shows is committed.
    pub(crate) fn reply(&mut self, token: ReplyToken, answer: Answer) {
        self.op.deferred.push(Deferred::Reply(token, answer));
    }

    /// The live classic group goes if the operation succeeds.
    pub(crate) fn end_live_classic(&mut self, group: &GroupId, error: ErrorCode) {
        self.op.ended.push((group.clone(), error));
    }

    pub(crate) fn defer(&mut self, deferred: Deferred) {
        self.op.deferred.push(deferred);
    }

    /// Whether members may say so many bytes more.
    pub(crate) fn has_memory_for(&self, more: usize) -> bool {
        more == 0 || self.memory.used_bytes().saturating_add(more) <= self.config.memory_bytes_max
    }

    /// Refuses an operation whose records take memory that is not there.
    pub(crate) fn check_grown(&self) -> Result<(), Refusal> {
        self.check_room_for(self.state.bytes().saturating_sub(self.charge.bytes()))
    }

    /// The same for bytes that are not there yet.
    pub(crate) fn check_room_for(&self, more: usize) -> Result<(), Refusal> {
        if self.has_memory_for(more) {
            return Ok(());
        }
        let message = format!(
            "The groups of this broker take all of the {} bytes that weir.group.memory.max.bytes allows.",
            self.config.memory_bytes_max
        );
        Err(Refusal::new(ErrorCode::GroupMaxSizeReached, message))
    }

    pub(crate) fn set_timer(&mut self, key: TimerKey, after: Duration, data: TimerData) {
        let at = self.now().saturating_add(after);
        self.timers.set(key, at, data);
    }

    pub(crate) fn set_timer_if_absent(&mut self, key: TimerKey, after: Duration) {
        let at = self.now().saturating_add(after);
        self.timers.set_if_absent(key, at, TimerData::None);
    }

    fn timer(&mut self, key: TimerKey, data: TimerData) -> Result<(), Refusal> {
        match key {
            TimerKey::ClassicSession(group, member) => self.classic_session_ended(&group, &member),
            TimerKey::ClassicJoin(group) => self.classic_join_time_ended(&group, data),
            TimerKey::ClassicSync(group) => self.classic_sync_time_ended(&group, data),
            TimerKey::Rebalance(group, member) => return self.rebalance_time_ended(&group, &member, data),
            TimerKey::Session(group, member)
            | TimerKey::Join(group, member)
            | TimerKey::Sync(group, member) => {
                return self.fence_silent_member(&group, &member);
            }
            TimerKey::Expiry => self.expire(),
        }
        Ok(())
    }
}

/// What a client sees of an error of the log.
fn response_error(error: ErrorCode) -> ErrorCode {
    match error {
        ErrorCode::UnknownTopicOrPartition | ErrorCode::NotEnoughReplicas | ErrorCode::RequestTimedOut => {
            ErrorCode::CoordinatorNotAvailable
        }
        ErrorCode::NotLeaderOrFollower | ErrorCode::KafkaStorageError => ErrorCode::NotCoordinator,
        ErrorCode::MessageTooLarge | ErrorCode::RecordListTooLarge | ErrorCode::InvalidFetchSize => {
            ErrorCode::UnknownServerError
        }
        other => other,
    }
}
