//! A classic group as it lives: members, who waits for what, and the state machine. Soft, but for what its last
//! completed rebalance wrote ([`crate::record::ClassicGroupValue`]), from which it comes back after a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use weir_model::{Generation, TimestampMs};

use crate::api::{JoinedMember, MemberId, Protocol, ReplyToken};
use crate::consumer_protocol::{self, PROTOCOL_TYPE};
use crate::memory::{self, Charge, GroupMemory};
use crate::record::{ClassicGroupValue, ClassicMemberValue};

/// | from \ to | Empty | Preparing | Completing | Stable |
/// |---|---|---|---|---|
/// | Empty | | first member joins | | |
/// | Preparing | nobody is left | | all joined, or time is up | |
/// | Completing | | join, leave, timeout | | the leader's assignment is stored |
/// | Stable | | join, leave, timeout | | |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClassicState {
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
}

impl ClassicState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

/// A member of a classic group.
#[derive(Clone, Debug)]
pub(crate) struct ClassicMember {
    pub(crate) instance_id: Option<Arc<str>>,
    pub(crate) client_id: Arc<str>,
    pub(crate) client_host: Arc<str>,
    pub(crate) rebalance_timeout: Duration,
    pub(crate) session_timeout: Duration,
    pub(crate) protocols: Vec<Protocol>,
    pub(crate) assignment: Bytes,
    /// It has not been through a whole join yet.
    pub(crate) is_new: bool,
    /// It waits for the end of the join phase.
    pub(crate) joining: Option<ReplyToken>,
    /// It waits for its assignment.
    pub(crate) syncing: Option<ReplyToken>,
}

impl ClassicMember {
    /// The metadata of a protocol, empty if the member does not have it.
    pub(crate) fn metadata(&self, protocol: &str) -> Bytes {
        let found = self.protocols.iter().find(|candidate| &*candidate.name == protocol);
        found.map(|protocol| protocol.metadata.clone()).unwrap_or_default()
    }

    /// The requests that it waits with, if any.
    pub(crate) fn take_waiting(&mut self) -> Option<(Option<ReplyToken>, Option<ReplyToken>)> {
        let waiting = (self.joining.take(), self.syncing.take());
        (waiting != (None, None)).then_some(waiting)
    }

    /// A member that waits for us is alive, whatever its session says; a new one must not wait for ever.
    pub(crate) fn is_held_alive(&self) -> bool {
        !self.is_new && (self.joining.is_some() || self.syncing.is_some())
    }
}

/// A classic group.
#[derive(Clone, Debug)]
pub(crate) struct ClassicGroup {
    state: ClassicState,
    previous: ClassicState,
    /// When it came into its state, wall time.
    pub(crate) state_since: TimestampMs,
    pub(crate) generation: Generation,
    pub(crate) protocol_type: Option<Arc<str>>,
    pub(crate) protocol: Option<Arc<str>>,
    pub(crate) leader: Option<MemberId>,
    members: BTreeMap<MemberId, ClassicMember>,
    statics: BTreeMap<Arc<str>, MemberId>,
    /// Members that were told their id and shall come back with it.
    pending_join: BTreeSet<MemberId>,
    /// Members that have not synced in this generation.
    pub(crate) pending_sync: BTreeSet<MemberId>,
    /// A member came during the initial delay, so the delay goes on.
    pub(crate) new_member_added: bool,
    /// The topics of all members if the group is one of consumers and they can be read.
    subscribed: Option<BTreeSet<Arc<str>>>,
    /// What the members, the pending ones and the topics take; every change of them goes through this group.
    charge: Charge,
}

impl ClassicGroup {
    pub(crate) fn empty(now: TimestampMs, memory: &GroupMemory) -> Self {
        Self {
            state: ClassicState::Empty,
            previous: ClassicState::Empty,
            state_since: now,
            generation: Generation(0),
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            statics: BTreeMap::new(),
            pending_join: BTreeSet::new(),
            pending_sync: BTreeSet::new(),
            new_member_added: false,
            subscribed: None,
            charge: Charge::new(memory, memory::GROUP_BYTES),
        }
    }

    /// A group as it was stored.
    pub(crate) fn from_value(value: &ClassicGroupValue, memory: &GroupMemory) -> Self {
        let mut group = Self::empty(TimestampMs(value.state_timestamp_ms), memory);
        group.state = if value.members.is_empty() { ClassicState::Empty } else { ClassicState::Stable };
        group.generation = value.generation;
        group.protocol_type = Some(Arc::clone(&value.protocol_type)).filter(|text| !text.is_empty());
        group.protocol.clone_from(&value.protocol);
        group.leader.clone_from(&value.leader);
        for stored in &value.members {
            let protocol = value.protocol.clone().unwrap_or_default();
            let session_timeout = millis(stored.session_timeout_ms);
            let rebalance = stored.rebalance_timeout_ms;
            group.insert(
                stored.member_id.clone(),
                ClassicMember {
                    instance_id: stored.instance_id.clone(),
                    client_id: Arc::clone(&stored.client_id),
                    client_host: Arc::clone(&stored.client_host),
                    rebalance_timeout: if rebalance < 0 { session_timeout } else { millis(rebalance) },
                    session_timeout,
                    protocols: vec![Protocol { name: protocol, metadata: stored.subscription.clone() }],
                    assignment: stored.assignment.clone(),
                    is_new: false,
                    joining: None,
                    syncing: None,
                },
            );
        }
        group.note_subscribed();
        group
    }

    /// A stable group of these members, made from a consumer group.
    pub(crate) fn converted(
        now: TimestampMs,
        memory: &GroupMemory,
        generation: Generation,
        members: Vec<(MemberId, ClassicMember)>,
    ) -> Self {
        let mut group = Self::empty(now, memory);
        group.state = ClassicState::Stable;
        group.generation = generation;
        group.protocol_type = Some(PROTOCOL_TYPE.into());
        for (id, member) in members {
            group.insert(id, member);
        }
        group.protocol = group.select_protocol();
        group.note_subscribed();
        group
    }

    /// The group as it is stored, with these assignments; a member without one gets an empty one.
    pub(crate) fn to_value(&self, assignments: &BTreeMap<MemberId, Bytes>) -> ClassicGroupValue {
        let protocol = self.protocol.clone();
        let stored = |(id, member): (&MemberId, &ClassicMember)| ClassicMemberValue {
            member_id: id.clone(),
            instance_id: member.instance_id.clone(),
            client_id: Arc::clone(&member.client_id),
            client_host: Arc::clone(&member.client_host),
            rebalance_timeout_ms: to_millis(member.rebalance_timeout),
            session_timeout_ms: to_millis(member.session_timeout),
            subscription: member.metadata(protocol.as_deref().unwrap_or_default()),
            assignment: assignments.get(id).cloned().unwrap_or_default(),
        };
        ClassicGroupValue {
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            generation: self.generation,
            protocol: protocol.clone(),
            leader: self.leader.clone(),
            state_timestamp_ms: self.state_since.0,
            members: self.members.iter().map(stored).collect(),
        }
    }

    pub(crate) fn assignments(&self) -> BTreeMap<MemberId, Bytes> {
        self.members.iter().map(|(id, member)| (id.clone(), member.assignment.clone())).collect()
    }

    pub(crate) fn state(&self) -> ClassicState {
        self.state
    }

    pub(crate) fn is(&self, state: ClassicState) -> bool {
        self.state == state
    }

    /// Whether the join phase that runs is the first since the group was empty.
    pub(crate) fn is_initial(&self) -> bool {
        self.state == ClassicState::PreparingRebalance && self.previous == ClassicState::Empty
    }

    pub(crate) fn enter(&mut self, state: ClassicState, now: TimestampMs) {
        self.previous = self.state;
        self.state = state;
        self.state_since = now;
    }

    pub(crate) fn members(&self) -> &BTreeMap<MemberId, ClassicMember> {
        &self.members
    }

    pub(crate) fn member(&self, id: &MemberId) -> Option<&ClassicMember> {
        self.members.get(id)
    }

    /// Changes a member, if there is such a one.
    pub(crate) fn change<R>(
        &mut self,
        id: &MemberId,
        change: impl FnOnce(&mut ClassicMember) -> R,
    ) -> Option<R> {
        let member = self.members.get_mut(id)?;
        Some(change_counted(&mut self.charge, id, member, change))
    }

    /// Changes all members, in the order of their ids; comes back with what the changes hand out.
    pub(crate) fn change_all<R>(
        &mut self,
        mut change: impl FnMut(&MemberId, &mut ClassicMember) -> Option<R>,
    ) -> Vec<(MemberId, R)> {
        let mut handed_out = Vec::new();
        for (id, member) in &mut self.members {
            let found = change_counted(&mut self.charge, id, member, |member| change(id, member));
            handed_out.extend(found.map(|found| (id.clone(), found)));
        }
        handed_out
    }

    /// What a member takes now; nothing if there is no such one.
    pub(crate) fn footprint_of(&self, id: &MemberId) -> usize {
        self.members.get(id).map_or(0, |member| memory::classic_member(id, member))
    }

    pub(crate) fn pending_join(&self) -> &BTreeSet<MemberId> {
        &self.pending_join
    }

    /// A member is told its id.
    pub(crate) fn expect_join(&mut self, id: MemberId) {
        let bytes = memory::pending_member(&id);
        if self.pending_join.insert(id) {
            self.charge.replace(0, bytes);
        }
    }

    /// Whether such a member was expected; it is no longer.
    pub(crate) fn forget_pending(&mut self, id: &MemberId) -> bool {
        let was_there = self.pending_join.remove(id);
        if was_there {
            self.charge.replace(memory::pending_member(id), 0);
        }
        was_there
    }

    pub(crate) fn is_leader(&self, id: &MemberId) -> bool {
        self.leader.as_ref() == Some(id)
    }

    pub(crate) fn static_member(&self, instance_id: &str) -> Option<&MemberId> {
        self.statics.get(instance_id)
    }

    pub(crate) fn has_only_offsets(&self) -> bool {
        self.protocol_type.is_none() && self.state == ClassicState::Empty && self.pending_join.is_empty()
    }

    pub(crate) fn is_of_consumers(&self) -> bool {
        self.protocol_type.as_deref() == Some(PROTOCOL_TYPE)
    }

    pub(crate) fn insert(&mut self, id: MemberId, member: ClassicMember) {
        if let Some(name) = &member.instance_id {
            self.statics.insert(Arc::clone(name), id.clone());
        }
        self.leader.get_or_insert_with(|| id.clone());
        self.forget_pending(&id);
        self.put(id, member);
    }

    fn put(&mut self, id: MemberId, member: ClassicMember) {
        let before = self.footprint_of(&id);
        self.charge.replace(before, memory::classic_member(&id, &member));
        self.members.insert(id, member);
    }

    fn take(&mut self, id: &MemberId) -> Option<ClassicMember> {
        let before = self.footprint_of(id);
        self.charge.replace(before, 0);
        self.members.remove(id)
    }

    /// Takes a member out; the first one left becomes the leader if it led.
    pub(crate) fn remove(&mut self, id: &MemberId) -> Option<ClassicMember> {
        let removed = self.take(id);
        if let Some(name) = removed.as_ref().and_then(|member| member.instance_id.as_ref()) {
            self.statics.remove(name);
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        self.forget_pending(id);
        self.pending_sync.remove(id);
        removed
    }

    /// Gives a static member a new id. Whoever waits under the old one is handed back, to be fenced.
    pub(crate) fn replace_static(
        &mut self,
        old: &MemberId,
        new: &MemberId,
    ) -> (Option<ReplyToken>, Option<ReplyToken>) {
        let Some(mut member) = self.take(old) else { return (None, None) };
        let waiting = (member.joining.take(), member.syncing.take());
        if let Some(name) = &member.instance_id {
            self.statics.insert(Arc::clone(name), new.clone());
        }
        if self.is_leader(old) {
            self.leader = Some(new.clone());
        }
        if self.pending_sync.remove(old) {
            self.pending_sync.insert(new.clone());
        }
        self.put(new.clone(), member);
        waiting
    }

    pub(crate) fn joining_count(&self) -> usize {
        self.members.values().filter(|member| member.joining.is_some()).count()
    }

    pub(crate) fn has_all_joined(&self) -> bool {
        self.pending_join.is_empty() && self.members.values().all(|member| member.joining.is_some())
    }

    /// The longest of the members' rebalance timeouts.
    pub(crate) fn rebalance_timeout(&self) -> Duration {
        self.members.values().map(|member| member.rebalance_timeout).max().unwrap_or_default()
    }

    /// Whether a leader is there that has joined; elects one of those who have, if the old one has not.
    pub(crate) fn elect_joined_leader(&mut self) -> bool {
        let Some(leader) = &self.leader else { return false };
        if self.members.get(leader).is_some_and(|member| member.joining.is_some()) {
            return true;
        }
        let joined = self.members.iter().find(|(_, member)| member.joining.is_some());
        let Some((id, _)) = joined else { return false };
        self.leader = Some(id.clone());
        true
    }

    /// Whether a member with these protocols can be in this group.
    pub(crate) fn supports(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.state == ClassicState::Empty {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|protocol| self.supported_by_all(&protocol.name))
    }

    fn supported_by_all(&self, name: &str) -> bool {
        self.members.values().all(|member| member.protocols.iter().any(|protocol| &*protocol.name == name))
    }

    /// Each member votes for its first protocol that all of them have; equal votes go to the first by name.
    pub(crate) fn select_protocol(&self) -> Option<Arc<str>> {
        let first = self.members.values().next()?;
        let candidates: BTreeSet<&Arc<str>> = first
            .protocols
            .iter()
            .map(|protocol| &protocol.name)
            .filter(|name| self.supported_by_all(name))
            .collect();
        let mut votes: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for member in self.members.values() {
            let vote = member.protocols.iter().find(|protocol| candidates.contains(&protocol.name));
            if let Some(vote) = vote {
                *votes.entry(&vote.name).or_default() += 1;
            }
        }
        votes.into_iter().rev().max_by_key(|(_, count)| *count).map(|(name, _)| Arc::clone(name))
    }

    /// Starts the next generation with those who are in it.
    pub(crate) fn next_generation(&mut self, now: TimestampMs) {
        self.generation.0 = self.generation.0.wrapping_add(1).max(0);
        self.protocol = self.select_protocol();
        self.note_subscribed();
        self.pending_sync.clear();
        let state =
            if self.members.is_empty() { ClassicState::Empty } else { ClassicState::CompletingRebalance };
        self.enter(state, now);
    }

    /// The members as the leader gets them.
    pub(crate) fn joined_members(&self) -> Vec<JoinedMember> {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let joined = |(id, member): (&MemberId, &ClassicMember)| JoinedMember {
            member_id: id.clone(),
            instance_id: member.instance_id.clone(),
            metadata: member.metadata(protocol),
        };
        self.members.iter().map(joined).collect()
    }

    /// The topics of all members, if the group is one of consumers and they can be read.
    pub(crate) fn subscribed(&self) -> Option<&BTreeSet<Arc<str>>> {
        self.subscribed.as_ref()
    }

    fn note_subscribed(&mut self) {
        let before = self.subscribed.take();
        self.subscribed = self.compute_subscribed();
        let bytes = memory::subscribed(self.subscribed.iter().flatten());
        self.charge.replace(memory::subscribed(before.iter().flatten()), bytes);
    }

    fn compute_subscribed(&self) -> Option<BTreeSet<Arc<str>>> {
        if !self.is_of_consumers() {
            return None;
        }
        let mut topics = BTreeSet::new();
        let protocol = if self.members.is_empty() { "" } else { self.protocol.as_deref()? };
        for member in self.members.values() {
            let subscription = consumer_protocol::Subscription::decode(&member.metadata(protocol)).ok()?;
            topics.extend(subscription.topics);
        }
        Some(topics)
    }

    /// Whether an offset of this topic is in use. Where the topics can't be read, every topic of consumers is.
    pub(crate) fn is_subscribed(&self, topic: &str) -> bool {
        self.subscribed.as_ref().map_or_else(|| self.is_of_consumers(), |topics| topics.contains(topic))
    }
}

/// Changes a member, and what is counted for it.
fn change_counted<R>(
    charge: &mut Charge,
    id: &MemberId,
    member: &mut ClassicMember,
    change: impl FnOnce(&mut ClassicMember) -> R,
) -> R {
    let before = memory::classic_member(id, member);
    let result = change(member);
    charge.replace(before, memory::classic_member(id, member));
    result
}

/// A duration of a wire's milliseconds; negative ones count as none.
pub(crate) fn millis(milliseconds: i32) -> Duration {
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default())
}

/// The way back; every such duration came from 32 bits.
pub(crate) fn to_millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}
