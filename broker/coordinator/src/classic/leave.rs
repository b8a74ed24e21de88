//! LeaveGroup: members go, by themselves or by an administrator's hand.

use weir_model::{ErrorCode, GroupId};

use super::ClassicState;
use crate::api::{LeaveGroup, LeaveResult, LeavingMember, Refusal, Reply};
use crate::shard::GroupShard;
use crate::timers::TimerKey;

impl LeavingMember {
    pub(crate) fn result(&self, error: ErrorCode) -> LeaveResult {
        LeaveResult { member_id: self.member_id.clone(), instance_id: self.instance_id.clone(), error }
    }
}

impl GroupShard {
    pub(crate) fn leave(&mut self, leave: &LeaveGroup) -> Result<Reply, Refusal> {
        if leave.group.as_str().is_empty() {
            return Err(ErrorCode::InvalidGroupId.into());
        }
        if self.state.consumer(&leave.group).is_some() {
            return self.leave_consumer_group(leave);
        }
        if !self.classic.contains_key(&leave.group) {
            let unknown = leave.members.iter().map(|member| member.result(ErrorCode::UnknownMemberId));
            return Ok(Reply::Leave(unknown.collect()));
        }
        let results: Vec<LeaveResult> =
            leave.members.iter().map(|member| member.result(self.leave_one(&leave.group, member))).collect();
        if results.iter().any(|result| !result.error.is_error()) {
            match self.live(&leave.group).state() {
                ClassicState::Stable | ClassicState::CompletingRebalance => {
                    self.prepare_rebalance(&leave.group);
                }
                // The initial delay goes on, even with nobody left: whoever comes meanwhile is in its generation.
                ClassicState::PreparingRebalance => self.complete_join_if_all_here(&leave.group),
                ClassicState::Empty => {}
            }
        }
        Ok(Reply::Leave(results))
    }

    fn leave_one(&mut self, group: &GroupId, leaving: &LeavingMember) -> ErrorCode {
        let live = self.live(group);
        let id = &leaving.member_id;
        if id.is_empty() {
            let named = leaving.instance_id.as_deref().and_then(|name| live.static_member(name)).cloned();
            let Some(member) = named else { return ErrorCode::UnknownMemberId };
            self.remove_classic_member(group, &member);
            return ErrorCode::None;
        }
        if live.forget_pending(id) {
            self.timers.cancel(&TimerKey::ClassicSession(group.clone(), id.clone()));
            return ErrorCode::None;
        }
        if let Err(error) = live.validate(id, leaving.instance_id.as_deref()) {
            return error;
        }
        self.remove_classic_member(group, id);
        ErrorCode::None
    }
}
