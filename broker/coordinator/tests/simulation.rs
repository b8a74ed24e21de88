//! Random lives of a group: members of both protocols join, commit, leave, crash and come back while the log is slow or
//! fails. Each seed says everything; a failure names its seed.
//!
//! What must hold: a partition has one owner among the living clients at any moment; a failed append leaves exactly the
//! state before it; the state is what a replay of the log gives; every request is answered once; and once the trouble
//! ends the group is stable and every partition has an owner.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use support::*;
use weir_coordinator::record::{self, Decoded, GroupRecord};
use weir_coordinator::*;
use weir_model::{ErrorCode, Generation};

const SEEDS: u64 = 120;
const STEPS: usize = 500;
const CLIENTS: usize = 6;
const TOPICS: [(&str, i32); 2] = [("bar", 3), ("foo", 6)];
/// Longer than any timeout of a group and its members.
const HEALING_MS: u64 = 180_000;

type Partition = (String, i32);

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Phase {
    /// Not in the group; joins next.
    Out,
    /// A classic member that knows its generation and asks for its assignment next.
    Joined,
    /// In the group.
    In,
}

#[derive(Clone, Debug)]
struct Client {
    classic: bool,
    id: String,
    instance: Option<String>,
    epoch: i32,
    phase: Phase,
    owned: BTreeSet<Partition>,
    /// Its owned partitions are news to the coordinator.
    unreported: bool,
    /// An answer was lost: the next heartbeat says everything, as clients do.
    says_all: bool,
    leads: Option<Vec<String>>,
    waiting: Option<ReplyToken>,
}

impl Client {
    fn new(random: &mut Random, slot: usize) -> Self {
        Self {
            classic: random.one_in(2),
            id: String::new(),
            instance: (slot < 2).then(|| format!("s{slot}")),
            epoch: 0,
            phase: Phase::Out,
            owned: BTreeSet::new(),
            unreported: false,
            says_all: false,
            leads: None,
            waiting: None,
        }
    }

    fn lose_everything(&mut self) {
        self.owned.clear();
        self.phase = Phase::Out;
        self.epoch = 0;
        self.leads = None;
    }
}

/// Records of an append that is under way, and the state before it.
type OpenAppend = (AppendId, Vec<EncodedRecord>, Vec<GroupRecord>);

struct World {
    seed: u64,
    random: Random,
    bench: Bench,
    open: VecDeque<OpenAppend>,
    clients: Vec<Client>,
    asked: u64,
    names: u64,
    seen: BTreeSet<&'static str>,
}

/// What a record, or a run of them, says about the life that was lived.
fn sign(change: &GroupRecord) -> Option<&'static str> {
    match change {
        GroupRecord::Offset { value: Some(_), .. } => Some("offset"),
        GroupRecord::Classic { value: Some(value), .. } if value.members.len() > 1 => Some("classic group"),
        GroupRecord::Classic { value: None, .. } => Some("upgrade"),
        GroupRecord::Epoch { value: None, .. } => Some("downgrade"),
        GroupRecord::Member { value: Some(value), .. } if value.classic.is_some() => Some("classic member"),
        GroupRecord::Regex { .. } => Some("pattern"),
        GroupRecord::Current { value: Some(value), .. } if value.epoch == -2 => Some("static leave"),
        GroupRecord::Current { value: Some(value), .. } if !value.revoking.is_empty() => Some("revocation"),
        _ => None,
    }
}

fn all_partitions() -> BTreeSet<Partition> {
    TOPICS.iter().flat_map(|(topic, count)| (0..*count).map(|index| ((*topic).to_owned(), index))).collect()
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1));
        let mut bench = Bench::new(config());
        bench.commits = false;
        let clients = (0..CLIENTS).map(|slot| Client::new(&mut random, slot)).collect();
        Self {
            seed,
            random,
            bench,
            open: VecDeque::new(),
            clients,
            asked: 0,
            names: 0,
            seen: BTreeSet::new(),
        }
    }

    /// Moves appends that the bench collected to ours, with the state before each.
    fn collect(&mut self, before: &[GroupRecord]) {
        let mut state = before.to_vec();
        for (id, records) in std::mem::take(&mut self.bench.open) {
            self.open.push_back((id, records.clone(), state.clone()));
            // The state before the next append of the same step.
            let mut replayed = GroupShard::new(Arc::new(config()), topics(), GroupMemory::default());
            for record in state.iter().map(GroupRecord::encode).chain(records) {
                replayed.replay(Some(&record.key), record.value.as_deref()).unwrap();
            }
            state = replayed.snapshot();
        }
    }

    fn step(&mut self, troubled: bool) {
        let before = self.bench.shard.snapshot();
        let slot = usize::try_from(self.random.below(CLIENTS as u64)).unwrap();
        match self.random.below(if troubled { 12 } else { 8 }) {
            0 | 1 => {
                let milliseconds = 200 + self.random.below(800);
                self.bench.advance(milliseconds);
            }
            2..=7 => self.act(slot),
            8 => self.crash(slot),
            9 => self.leave(slot),
            _ => {}
        }
        self.collect(&before);
        self.settle_log(troubled);
        self.deliver();
        self.check_owners();
    }

    fn settle_log(&mut self, troubled: bool) {
        while let Some((id, records, before)) = self.open.front().cloned() {
            if troubled && self.random.one_in(3) {
                break;
            }
            let mut effects = Vec::new();
            if troubled && self.random.one_in(25) {
                self.open.clear();
                self.seen.insert("failed append");
                self.bench.shard.on_append_failed(
                    self.bench.now(),
                    id,
                    ErrorCode::KafkaStorageError,
                    &mut effects,
                );
                // What follows from the failure may write again; before that all is as it was.
                let appended = effects.iter().any(|effect| matches!(effect, Effect::Append { .. }));
                if !appended {
                    assert_eq!(self.bench.shard.snapshot(), before, "seed {}: not taken back", self.seed);
                }
                self.bench.perform(effects);
                self.collect(&before);
                continue;
            }
            self.open.pop_front();
            self.bench.log.extend(records);
            self.bench.shard.on_committed(self.bench.now(), id, &mut effects);
            let state = self.bench.shard.snapshot();
            self.bench.perform(effects);
            self.collect(&state);
        }
        if self.open.is_empty() {
            self.check_replay();
        }
    }

    fn check_replay(&mut self) {
        if !self.random.one_in(20) {
            return;
        }
        let mut replayed = GroupShard::new(Arc::new(config()), topics(), GroupMemory::default());
        for record in &self.bench.log {
            replayed.replay(Some(&record.key), record.value.as_deref()).unwrap();
        }
        assert_eq!(replayed.snapshot(), self.bench.shard.snapshot(), "seed {}: replay differs", self.seed);
    }

    fn send(&mut self, slot: usize, version: i16, request: Request) {
        self.asked += 1;
        let token = self.bench.send(version, request);
        self.clients[slot].waiting = Some(token);
    }

    fn act(&mut self, slot: usize) {
        let client = self.clients[slot].clone();
        if client.waiting.is_some() {
            return;
        }
        match (client.classic, client.phase) {
            (true, Phase::Out) => {
                let metadata = subscription(&["bar", "foo"]);
                let join = join(&client.id, client.instance.as_deref(), &[("range", &metadata)]);
                let version = if self.random.one_in(4) { 3 } else { 9 };
                self.send(slot, version, Request::Join(join));
            }
            (true, Phase::Joined) => {
                let assignments = client.leads.as_ref().map(|members| deal(members)).unwrap_or_default();
                let borrowed: Vec<(&str, &[u8])> =
                    assignments.iter().map(|(member, bytes)| (member.as_str(), bytes.as_slice())).collect();
                let mut sync = sync(&client.id, client.epoch, &borrowed);
                sync.instance_id = client.instance.as_deref().map(Into::into);
                self.send(slot, 5, Request::Sync(sync));
            }
            (true, Phase::In) => {
                let heartbeat = Heartbeat {
                    group: group(),
                    generation: Generation(client.epoch),
                    member_id: MemberId::new(&client.id),
                    instance_id: client.instance.as_deref().map(Into::into),
                };
                self.send(slot, 4, Request::Heartbeat(heartbeat));
            }
            (false, _) => self.pulse(slot, &client),
        }
        self.maybe_commit(slot);
    }

    fn pulse(&mut self, slot: usize, client: &Client) {
        let joins = client.phase == Phase::Out;
        if joins && client.id.is_empty() {
            self.names += 1;
            self.clients[slot].id = format!("c{}", self.names);
        }
        let id = self.clients[slot].id.clone();
        let by_pattern = slot.is_multiple_of(3);
        let mut heartbeat = if joins || client.says_all {
            let epoch = if joins { 0 } else { client.epoch };
            let mut heartbeat = pulse(&id, epoch, (!by_pattern).then_some(&["bar", "foo"]));
            heartbeat.subscribed_topic_regex = by_pattern.then(|| "foo|bar".into());
            heartbeat.rebalance_timeout_ms = 30_000;
            heartbeat
        } else {
            pulse(&id, client.epoch, None)
        };
        heartbeat.instance_id = client.instance.as_deref().map(Into::into);
        if !joins && (client.says_all || client.unreported || self.random.one_in(2)) {
            heartbeat = report(heartbeat, &client.owned);
        }
        self.send(slot, 1, Request::ConsumerHeartbeat(heartbeat));
    }

    /// A commit beside the other request; nobody waits for its answer.
    fn maybe_commit(&mut self, slot: usize) {
        let client = &self.clients[slot];
        let Some((topic, partition)) = client.owned.first().cloned() else { return };
        if client.phase != Phase::In || !self.random.one_in(3) {
            return;
        }
        let offset = i64::try_from(self.asked).unwrap();
        let client = &self.clients[slot];
        let mut commit = commit(&client.id, client.epoch, &[(&topic, partition, offset)]);
        commit.instance_id = client.instance.as_deref().map(Into::into);
        self.asked += 1;
        self.bench.send(9, Request::OffsetCommit(commit));
    }

    /// The process dies; another one takes its place, maybe with the other protocol.
    fn crash(&mut self, slot: usize) {
        self.clients[slot] = Client::new(&mut self.random, slot);
    }

    fn leave(&mut self, slot: usize) {
        let client = self.clients[slot].clone();
        if client.waiting.is_some() || client.phase != Phase::In {
            return;
        }
        self.clients[slot].lose_everything();
        self.asked += 1;
        let request = if client.classic {
            leave(&[(&client.id, client.instance.as_deref())])
        } else {
            let epoch = if client.instance.is_some() && self.random.one_in(2) { -2 } else { -1 };
            let mut heartbeat = pulse(&client.id, epoch, None);
            heartbeat.instance_id = client.instance.as_deref().map(Into::into);
            Request::ConsumerHeartbeat(heartbeat)
        };
        self.bench.send(5, request);
        let next = Client::new(&mut self.random, slot);
        self.clients[slot] = next;
    }

    /// Clients read their answers.
    fn deliver(&mut self) {
        for slot in 0..CLIENTS {
            let Some(token) = self.clients[slot].waiting else { continue };
            let Some(answer) = self.bench.answers.get(&token).cloned() else { continue };
            self.clients[slot].waiting = None;
            self.on_answer(slot, answer);
        }
    }

    fn on_answer(&mut self, slot: usize, answer: Answer) {
        let lost = self.random.one_in(10);
        let client = &mut self.clients[slot];
        match answer {
            Ok(Reply::Join(reply)) if reply.error == ErrorCode::None => {
                client.id = reply.member_id.to_string();
                client.epoch = reply.generation.0;
                client.phase = Phase::Joined;
                let leads =
                    reply.leader == reply.member_id && !reply.skip_assignment && !reply.members.is_empty();
                let members = reply.members.iter().map(|member| member.member_id.to_string());
                client.leads = leads.then(|| members.collect());
            }
            Ok(Reply::Join(reply)) => match reply.error {
                ErrorCode::MemberIdRequired => client.id = reply.member_id.to_string(),
                ErrorCode::UnknownMemberId | ErrorCode::FencedInstanceId => client.id.clear(),
                _ => {}
            },
            Ok(Reply::Sync(reply)) => {
                client.owned = read_assignment(&reply.assignment).into_iter().collect();
                client.phase = Phase::In;
                client.leads = None;
            }
            Ok(Reply::ConsumerHeartbeat(_)) if lost && client.phase == Phase::In => client.says_all = true,
            Ok(Reply::ConsumerHeartbeat(reply)) => {
                client.phase = Phase::In;
                client.epoch = reply.member_epoch;
                client.says_all = false;
                client.unreported = reply.assignment.is_some();
                if let Some(assignment) = reply.assignment {
                    client.owned = assignment
                        .iter()
                        .flat_map(|topic| {
                            topic.partitions.iter().map(|index| (topic.topic.to_string(), *index))
                        })
                        .collect();
                }
            }
            Ok(_) => {}
            Err(refusal) => match refusal.code {
                ErrorCode::UnknownMemberId | ErrorCode::FencedInstanceId if client.classic => {
                    client.id.clear();
                    client.lose_everything();
                }
                // The coordinator is elsewhere, or in trouble: ask again.
                ErrorCode::NotCoordinator if !client.classic || client.phase != Phase::Joined => {}
                ErrorCode::UnreleasedInstanceId => {}
                _ => client.lose_everything(),
            },
        }
    }

    fn check_owners(&self) {
        let mut owners: BTreeMap<&Partition, usize> = BTreeMap::new();
        for (slot, client) in self.clients.iter().enumerate() {
            for partition in &client.owned {
                if let Some(other) = owners.insert(partition, slot) {
                    panic!(
                        "seed {}: {partition:?} has two owners: {:?} and {client:?}",
                        self.seed, self.clients[other]
                    );
                }
            }
        }
    }

    /// No trouble any more: everybody comes in, and everything finds an owner.
    fn heal(&mut self) {
        let end = self.bench.elapsed_ms + HEALING_MS;
        while self.bench.elapsed_ms < end {
            for slot in 0..CLIENTS {
                let before = self.bench.shard.snapshot();
                self.act(slot);
                self.collect(&before);
                self.settle_log(false);
                self.deliver();
            }
            let before = self.bench.shard.snapshot();
            self.bench.advance(1_000);
            self.collect(&before);
            self.settle_log(false);
            self.deliver();
            self.check_owners();
        }
        let owned: BTreeSet<Partition> =
            self.clients.iter().flat_map(|client| client.owned.clone()).collect();
        assert_eq!(owned, all_partitions(), "seed {}: {:#?}", self.seed, self.clients);
        assert!(self.clients.iter().all(|client| client.phase == Phase::In), "seed {}: stuck", self.seed);
        for record in &self.bench.log {
            if let Ok(Decoded::Known(change)) = record::decode(&record.key, record.value.as_deref()) {
                self.seen.extend(sign(&change));
            }
        }
        let mut effects = Vec::new();
        self.bench.shard.unload(&mut effects);
        self.bench.perform(effects);
        assert_eq!(
            self.bench.answers.len() as u64,
            self.asked,
            "seed {}: every request is answered",
            self.seed
        );
    }
}

/// The leader's work: partitions in turn to the members in order.
fn deal(members: &[String]) -> Vec<(String, Vec<u8>)> {
    let mut dealt: BTreeMap<&String, BTreeMap<String, Vec<i32>>> = BTreeMap::new();
    for (turn, (topic, index)) in all_partitions().into_iter().enumerate() {
        dealt.entry(&members[turn % members.len()]).or_default().entry(topic).or_default().push(index);
    }
    let bytes = |topics: BTreeMap<String, Vec<i32>>| {
        let borrowed: Vec<(&str, &[i32])> =
            topics.iter().map(|(topic, partitions)| (topic.as_str(), partitions.as_slice())).collect();
        assignment(&borrowed)
    };
    dealt.into_iter().map(|(member, topics)| (member.clone(), bytes(topics))).collect()
}

fn report(heartbeat: ConsumerHeartbeat, owned: &BTreeSet<Partition>) -> ConsumerHeartbeat {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (topic, index) in owned {
        topics.entry(topic).or_default().push(*index);
    }
    let borrowed: Vec<(&str, &[i32])> =
        topics.iter().map(|(topic, partitions)| (*topic, partitions.as_slice())).collect();
    owning(heartbeat, &borrowed)
}

#[test]
fn groups_live_through_trouble() {
    let mut lives: BTreeMap<&'static str, usize> = BTreeMap::new();
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step(true);
        }
        world.heal();
        world.seen.iter().for_each(|sign| *lives.entry(sign).or_default() += 1);
    }
    // A seed is worth its run: each thing happened in at least a tenth of the lives.
    let kinds = [
        "classic group",
        "classic member",
        "downgrade",
        "failed append",
        "offset",
        "pattern",
        "revocation",
        "static leave",
        "upgrade",
    ];
    for kind in kinds {
        let count = lives.get(kind).copied().unwrap_or_default() as u64;
        assert!(count >= SEEDS / 10, "{kind} happened in {count} of {SEEDS} lives: {lives:?}");
    }
}

#[test]
fn equal_seeds_give_equal_lives() {
    let life = |seed| {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step(true);
        }
        (world.bench.log, world.bench.answers.len(), world.bench.elapsed_ms)
    };
    assert_eq!(life(7), life(7));
}
