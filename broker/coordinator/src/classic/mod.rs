//! The classic protocol: members join, one of them assigns, all sync (KIP-62, 134, 345, 394, 814).
//!
//! [`group`] is the group and its members; the other files are what requests and deadlines do to it.

mod group;
mod heartbeat;
mod join;
mod leave;
mod rebalance;
mod sync;
mod takeover;

use weir_model::{ErrorCode, GroupId};

use crate::api::{JoinReply, MemberId, Refusal, Reply, ReplyToken};
use crate::shard::GroupShard;
use crate::timers::{TimerData, TimerKey};

pub(crate) use group::{ClassicGroup, ClassicMember, ClassicState, millis, to_millis};
pub(crate) use sync::SyncStored;

/// A join that ends at once with this error.
fn refuse_join(member_id: &MemberId, error: ErrorCode) -> Option<Reply> {
    Some(Reply::Join(JoinReply::refused(member_id.clone(), error)))
}

impl ClassicGroup {
    /// Whether this is a member, and under this static name if it gives one.
    pub(crate) fn validate(&self, member_id: &MemberId, instance_id: Option<&str>) -> Result<(), ErrorCode> {
        if let Some(name) = instance_id {
            match self.static_member(name) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(current) if current != member_id => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.member(member_id).is_some() { Ok(()) } else { Err(ErrorCode::UnknownMemberId) }
    }
}

impl GroupShard {
    /// A live classic group that the caller has found before.
    pub(crate) fn live(&mut self, group: &GroupId) -> &mut ClassicGroup {
        self.classic.get_mut(group).expect("the caller has found the group")
    }

    /// Brings a stored classic group to life.
    pub(crate) fn revive_classic(&mut self, group: &GroupId) {
        let Some(value) = self.state.group(group).and_then(|durable| durable.classic.clone()) else { return };
        let live = ClassicGroup::from_value(&value, &self.memory);
        let members: Vec<MemberId> = live.members().keys().cloned().collect();
        let crowded = members.len() > self.config.group_size_max;
        self.classic.insert(group.clone(), live);
        for member in &members {
            self.restart_session(group, member);
        }
        if crowded {
            self.prepare_rebalance(group);
        }
    }

    /// Forgets a live group; whoever waits in it is answered with this error.
    pub(crate) fn drop_live_classic(&mut self, group: &GroupId, error: ErrorCode) {
        let Some(mut live) = self.classic.remove(group) else { return };
        self.timers.cancel(&TimerKey::ClassicJoin(group.clone()));
        self.timers.cancel(&TimerKey::ClassicSync(group.clone()));
        for member in live.pending_join().iter().chain(live.members().keys()) {
            self.timers.cancel(&TimerKey::ClassicSession(group.clone(), member.clone()));
        }
        for (id, (joining, syncing)) in live.change_all(|_, member| member.take_waiting()) {
            self.refuse_waiting(&id, joining, syncing, error);
        }
    }

    /// Answers a member that waits for a join or a sync.
    fn refuse_waiting(
        &mut self,
        member_id: &MemberId,
        joining: Option<ReplyToken>,
        syncing: Option<ReplyToken>,
        error: ErrorCode,
    ) {
        if let Some(token) = joining {
            self.reply(token, Ok(Reply::Join(JoinReply::refused(member_id.clone(), error))));
        }
        if let Some(token) = syncing {
            self.reply(token, Err(Refusal::from(error)));
        }
    }

    /// The member was heard of: its session starts again.
    pub(crate) fn restart_session(&mut self, group: &GroupId, member: &MemberId) {
        let timeout = self.live(group).member(member).map(|member| member.session_timeout);
        if let Some(timeout) = timeout {
            let key = TimerKey::ClassicSession(group.clone(), member.clone());
            self.set_timer(key, timeout, TimerData::None);
        }
    }
}
