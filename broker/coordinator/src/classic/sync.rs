//! SyncGroup: the leader's assignment is stored, then everyone gets theirs.

use std::collections::BTreeMap;

use bytes::Bytes;
use weir_model::{ErrorCode, Generation, GroupId};

use super::{ClassicGroup, ClassicState};
use crate::api::{MemberId, Refusal, Reply, ReplyToken, SyncGroup, SyncReply};
use crate::shard::{Deferred, GroupShard};
use crate::timers::TimerKey;

/// An assignment on its way to the log.
#[derive(Debug)]
pub(crate) struct SyncStored {
    group: GroupId,
    generation: Generation,
    assignments: BTreeMap<MemberId, Bytes>,
}

fn is_another(asked: Option<&str>, groups: Option<&str>) -> bool {
    asked.is_some() && groups.is_some() && asked != groups
}

impl ClassicGroup {
    fn validate_sync(&self, sync: &SyncGroup) -> Result<(), ErrorCode> {
        self.validate(&sync.member_id, sync.instance_id.as_deref())?;
        if sync.generation != self.generation {
            return Err(ErrorCode::IllegalGeneration);
        }
        if is_another(sync.protocol_type.as_deref(), self.protocol_type.as_deref())
            || is_another(sync.protocol_name.as_deref(), self.protocol.as_deref())
        {
            return Err(ErrorCode::InconsistentGroupProtocol);
        }
        Ok(())
    }

    fn sync_reply(&self, assignment: Bytes) -> Reply {
        Reply::Sync(SyncReply {
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol.clone(),
            assignment,
        })
    }
}

impl GroupShard {
    pub(crate) fn sync(&mut self, sync: SyncGroup, token: ReplyToken) -> Result<Option<Reply>, Refusal> {
        if sync.group.as_str().is_empty() {
            return Err(ErrorCode::InvalidGroupId.into());
        }
        if self.state.consumer(&sync.group).is_some() {
            return self.sync_consumer_group(&sync).map(Some);
        }
        let Some(live) = self.classic.get_mut(&sync.group) else {
            return Err(ErrorCode::UnknownMemberId.into());
        };
        if live.is(ClassicState::Empty) {
            return Err(ErrorCode::UnknownMemberId.into());
        }
        live.validate_sync(&sync)?;
        match live.state() {
            ClassicState::Empty => Err(ErrorCode::UnknownMemberId.into()),
            ClassicState::PreparingRebalance => Err(ErrorCode::RebalanceInProgress.into()),
            ClassicState::CompletingRebalance => {
                self.check_assignments(&sync)?;
                self.await_assignment(sync, token);
                Ok(None)
            }
            ClassicState::Stable => {
                let assignment = live.member(&sync.member_id).map(|member| member.assignment.clone());
                let reply = live.sync_reply(assignment.unwrap_or_default());
                self.note_synced(&sync.group, &sync.member_id);
                Ok(Some(reply))
            }
        }
    }

    fn note_synced(&mut self, group: &GroupId, member: &MemberId) {
        let live = self.live(group);
        live.pending_sync.remove(member);
        if live.pending_sync.is_empty() {
            self.timers.cancel(&TimerKey::ClassicSync(group.clone()));
        }
    }

    /// Whether there is room for what the leader gives: once in the stored group, once with the members.
    fn check_assignments(&self, sync: &SyncGroup) -> Result<(), Refusal> {
        let Some(live) = self.classic.get(&sync.group).filter(|live| live.is_leader(&sync.member_id)) else {
            return Ok(());
        };
        let given: BTreeMap<MemberId, Bytes> = sync.assignments.iter().cloned().collect();
        let given_bytes: usize = given.values().map(Bytes::len).sum();
        let stored = self.state.group(&sync.group).and_then(|durable| durable.classic.as_ref());
        let stored_bytes = stored.map_or(0, |value| value.footprint());
        let more = (live.to_value(&given).footprint() + given_bytes).saturating_sub(stored_bytes);
        self.check_room_for(more)
    }

    fn await_assignment(&mut self, sync: SyncGroup, token: ReplyToken) {
        self.note_synced(&sync.group, &sync.member_id);
        let live = self.live(&sync.group);
        let earlier = live.change(&sync.member_id, |member| member.syncing.replace(token)).flatten();
        let is_leader = live.is_leader(&sync.member_id);
        if let Some(earlier) = earlier {
            self.reply(earlier, Err(ErrorCode::RebalanceInProgress.into()));
        }
        if is_leader {
            let assignments: BTreeMap<MemberId, Bytes> = sync.assignments.into_iter().collect();
            self.write_classic(&sync.group, &assignments);
            let (group, generation) = (sync.group, sync.generation);
            self.defer(Deferred::SyncStored(SyncStored { group, generation, assignments }));
        }
    }

    /// The group, if it still waits for this assignment.
    fn awaiting(&mut self, stored: &SyncStored) -> Option<&mut ClassicGroup> {
        let live = self.classic.get_mut(&stored.group)?;
        let waits = live.is(ClassicState::CompletingRebalance) && live.generation == stored.generation;
        waits.then_some(live)
    }

    /// The leader's assignment is in the log: everyone gets theirs, and the group is stable.
    pub(crate) fn sync_stored(&mut self, stored: &SyncStored) {
        let wall = self.wall();
        let Some(live) = self.awaiting(stored) else { return };
        live.enter(ClassicState::Stable, wall);
        let waiting = live.change_all(|id, member| {
            member.assignment = stored.assignments.get(id).cloned().unwrap_or_default();
            member.syncing.take().map(|token| (token, member.assignment.clone()))
        });
        for (id, (token, assignment)) in waiting {
            let reply = self.live(&stored.group).sync_reply(assignment);
            self.reply(token, Ok(reply));
            self.restart_session(&stored.group, &id);
        }
    }

    /// The log refused it: everyone joins again.
    pub(crate) fn sync_not_stored(&mut self, stored: &SyncStored, error: ErrorCode) {
        if self.awaiting(stored).is_some() {
            self.reset_assignments(&stored.group, error);
            self.prepare_rebalance(&stored.group);
        }
    }
}
