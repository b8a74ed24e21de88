//! The phases of a rebalance, and what ends them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use weir_model::{ErrorCode, GroupId};

use super::{ClassicGroup, ClassicState};
use crate::api::{JoinReply, MemberId, Refusal, Reply};
use crate::record::GroupRecord;
use crate::shard::GroupShard;
use crate::timers::{TimerData, TimerKey};

/// The least time between two looks for static members that have not come back. They choose their rebalance timeout,
/// and one of 0 must not keep the coordinator busy.
const REJOIN_WAIT_MIN: Duration = Duration::from_secs(1);

impl GroupShard {
    /// Starts a join phase. The first one of an empty group waits a little for more members.
    pub(crate) fn prepare_rebalance(&mut self, group: &GroupId) {
        if self.live(group).is(ClassicState::CompletingRebalance) {
            self.reset_assignments(group, ErrorCode::RebalanceInProgress);
        }
        self.live(group).pending_sync.clear();
        self.timers.cancel(&TimerKey::ClassicSync(group.clone()));
        let wall = self.wall();
        let live = self.live(group);
        let is_initial = live.is(ClassicState::Empty);
        live.enter(ClassicState::PreparingRebalance, wall);
        let timeout = live.rebalance_timeout();
        if is_initial {
            let delay = self.config.initial_rebalance_delay;
            let data = TimerData::Initial { delay, remaining: timeout.saturating_sub(delay) };
            self.set_timer(TimerKey::ClassicJoin(group.clone()), delay, data);
        } else if self.live(group).has_all_joined() {
            self.complete_join(group);
        } else {
            self.set_timer(TimerKey::ClassicJoin(group.clone()), timeout, TimerData::None);
        }
    }

    pub(crate) fn complete_join_if_all_here(&mut self, group: &GroupId) {
        let live = self.live(group);
        if live.is(ClassicState::PreparingRebalance) && !live.is_initial() && live.has_all_joined() {
            self.complete_join(group);
        }
    }

    /// Ends the join phase: dynamic members that did not come are gone, the others are the next generation.
    pub(super) fn complete_join(&mut self, group: &GroupId) {
        self.timers.cancel(&TimerKey::ClassicJoin(group.clone()));
        let live = self.live(group);
        let absent: Vec<MemberId> = live
            .members()
            .iter()
            .filter(|(_, member)| member.joining.is_none() && member.instance_id.is_none())
            .map(|(id, _)| id.clone())
            .collect();
        for id in absent {
            self.live(group).remove(&id);
            self.timers.cancel(&TimerKey::ClassicSession(group.clone(), id));
        }
        let wall = self.wall();
        let live = self.live(group);
        if !live.elect_joined_leader() && !live.members().is_empty() {
            // Only static members, and none has come back yet.
            let timeout = live.rebalance_timeout().max(REJOIN_WAIT_MIN);
            self.set_timer(TimerKey::ClassicJoin(group.clone()), timeout, TimerData::None);
            return;
        }
        live.next_generation(wall);
        live.new_member_added = false;
        if live.is(ClassicState::Empty) {
            self.write_classic(group, &BTreeMap::new());
        } else {
            self.answer_joins(group);
        }
    }

    fn answer_joins(&mut self, group: &GroupId) {
        let live = self.live(group);
        let leader = live.leader.clone();
        let generation = live.generation;
        let timeout = live.rebalance_timeout();
        let members: Vec<MemberId> = live.members().keys().cloned().collect();
        for id in members {
            let live = self.live(group);
            live.pending_sync.insert(id.clone());
            let joining = live.change(&id, |member| {
                member.is_new = false;
                member.joining.take()
            });
            if let Some(token) = joining.flatten() {
                let reply = live.join_reply(&id, leader.as_ref() == Some(&id));
                self.reply(token, Ok(Reply::Join(reply)));
            }
            self.restart_session(group, &id);
        }
        let key = TimerKey::ClassicSync(group.clone());
        self.set_timer(key, timeout, TimerData::Generation(generation));
    }

    /// Writes the group with these assignments.
    pub(super) fn write_classic(&mut self, group: &GroupId, assignments: &BTreeMap<MemberId, Bytes>) {
        let value = Some(Arc::new(self.live(group).to_value(assignments)));
        self.write(GroupRecord::Classic { group: group.clone(), value });
    }

    /// Forgets the assignments of a rebalance that ended early and tells those who wait for theirs.
    pub(super) fn reset_assignments(&mut self, group: &GroupId, error: ErrorCode) {
        let waiting = self.live(group).change_all(|_, member| {
            member.assignment = Bytes::new();
            member.syncing.take()
        });
        for (id, token) in waiting {
            self.reply(token, Err(Refusal::from(error)));
            self.restart_session(group, &id);
        }
    }

    pub(crate) fn classic_join_time_ended(&mut self, group: &GroupId, data: TimerData) {
        let Some(live) = self.classic.get_mut(group) else { return };
        if !live.is(ClassicState::PreparingRebalance) {
            return;
        }
        match data {
            TimerData::Initial { delay, remaining } if live.new_member_added && !remaining.is_zero() => {
                live.new_member_added = false;
                let next = self.config.initial_rebalance_delay.min(remaining);
                let data = TimerData::Initial { delay: next, remaining: remaining.saturating_sub(delay) };
                self.set_timer(TimerKey::ClassicJoin(group.clone()), next, data);
            }
            _ => self.complete_join(group),
        }
    }

    pub(crate) fn classic_sync_time_ended(&mut self, group: &GroupId, data: TimerData) {
        let Some(live) = self.classic.get_mut(group) else { return };
        let is_this_generation = data == TimerData::Generation(live.generation);
        let is_after_join = live.is(ClassicState::CompletingRebalance) || live.is(ClassicState::Stable);
        if !is_this_generation || !is_after_join || live.pending_sync.is_empty() {
            return;
        }
        for id in std::mem::take(&mut live.pending_sync) {
            self.remove_classic_member(group, &id);
        }
        self.prepare_rebalance(group);
    }

    pub(crate) fn classic_session_ended(&mut self, group: &GroupId, id: &MemberId) {
        let Some(live) = self.classic.get_mut(group) else { return };
        if live.forget_pending(id) {
            self.complete_join_if_all_here(group);
            return;
        }
        if live.member(id).is_none_or(super::ClassicMember::is_held_alive) {
            return;
        }
        self.remove_classic_member(group, id);
        self.after_removal(group);
    }

    /// Takes a member out and tells it if it waits.
    pub(super) fn remove_classic_member(&mut self, group: &GroupId, id: &MemberId) {
        self.timers.cancel(&TimerKey::ClassicSession(group.clone(), id.clone()));
        let Some(removed) = self.live(group).remove(id) else { return };
        if let Some(token) = removed.joining {
            let reply = JoinReply::refused(MemberId::default(), ErrorCode::UnknownMemberId);
            self.reply(token, Ok(Reply::Join(reply)));
        }
        if let Some(token) = removed.syncing {
            self.reply(token, Err(Refusal::from(ErrorCode::UnknownMemberId)));
        }
    }

    /// What the group does once members are gone.
    pub(super) fn after_removal(&mut self, group: &GroupId) {
        let live: &mut ClassicGroup = self.live(group);
        match live.state() {
            ClassicState::Stable | ClassicState::CompletingRebalance => self.prepare_rebalance(group),
            ClassicState::PreparingRebalance => self.complete_join_if_all_here(group),
            ClassicState::Empty => {}
        }
    }
}
