//! Members go: by themselves, by silence, or because they did not give up partitions in time.

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_model::{ErrorCode, GroupId};

use super::members::{check_not_fenced, unknown_member};
use super::subscription::not_a_consumer_group;
use super::{STATIC_LEAVE_EPOCH, refuse};
use crate::api::{ConsumerHeartbeat, ConsumerHeartbeatReply, MemberId, Refusal, Reply};
use crate::record::{CurrentValue, GroupRecord};
use crate::shard::GroupShard;
use crate::timers::TimerData;

impl GroupShard {
    pub(super) fn consumer_leave(&mut self, heartbeat: &ConsumerHeartbeat) -> Result<Reply, Refusal> {
        let group = &heartbeat.group;
        if self.state.consumer(group).is_none() {
            return not_a_consumer_group(group);
        }
        let member = match heartbeat.instance_id.as_deref() {
            None if self.consumer(group).member(&heartbeat.member_id).is_none() => {
                return unknown_member(&heartbeat.member_id, group);
            }
            None => heartbeat.member_id.clone(),
            Some(name) => {
                let Some(existing) = self.consumer(group).static_member(name).cloned() else {
                    return refuse(ErrorCode::UnknownMemberId, format!("Instance id {name} is unknown."));
                };
                check_not_fenced(&existing, &heartbeat.member_id, name)?;
                existing
            }
        };
        if heartbeat.instance_id.is_some() && heartbeat.member_epoch == STATIC_LEAVE_EPOCH {
            self.leave_for_a_while(group, &member);
        } else {
            self.fence_members(group, &BTreeSet::from([member.clone()]))?;
        }
        Ok(Reply::ConsumerHeartbeat(ConsumerHeartbeatReply {
            member_id: member,
            member_epoch: heartbeat.member_epoch,
            heartbeat_interval: std::time::Duration::ZERO,
            assignment: None,
        }))
    }

    /// A static member keeps its partitions until its session ends.
    fn leave_for_a_while(&mut self, group: &GroupId, member: &MemberId) {
        let mut current: CurrentValue = (*self.consumer(group).current(member)).clone();
        current.epoch = STATIC_LEAVE_EPOCH;
        current.revoking.clear();
        current
            .assigned
            .values_mut()
            .flat_map(|partitions| partitions.values_mut())
            .for_each(|epoch| *epoch = 0);
        let (group, member) = (group.clone(), member.clone());
        self.write(GroupRecord::Current { group, member, value: Some(Arc::new(current)) });
    }

    /// Takes members out. If only members of the classic protocol are left, the group becomes a classic one.
    pub(super) fn fence_members(
        &mut self,
        group: &GroupId,
        leaving: &BTreeSet<MemberId>,
    ) -> Result<(), Refusal> {
        if leaving.is_empty() {
            return Ok(());
        }
        if self.may_downgrade_without(group, leaving) {
            return self.downgrade(group, leaving, None);
        }
        let patterns: BTreeSet<Arc<str>> =
            leaving.iter().filter_map(|member| self.consumer(group).member(member)?.regex.clone()).collect();
        for member in leaving {
            self.remove_member_cells(group, member);
            self.cancel_member_timers(group, member);
        }
        for pattern in &patterns {
            self.forget_unused_regex(group, pattern);
        }
        self.bump_epoch_after_removal(group);
        Ok(())
    }

    /// A member's session, or its time to join or sync, is over.
    pub(crate) fn fence_silent_member(&mut self, group: &GroupId, member: &MemberId) -> Result<(), Refusal> {
        let is_member = self.state.consumer(group).is_some_and(|consumer| consumer.member(member).is_some());
        if is_member { self.fence_members(group, &BTreeSet::from([member.clone()])) } else { Ok(()) }
    }

    /// A member did not give up its partitions in time.
    pub(crate) fn rebalance_time_ended(
        &mut self,
        group: &GroupId,
        member: &MemberId,
        data: TimerData,
    ) -> Result<(), Refusal> {
        let epoch = self.state.consumer(group).map(|consumer| consumer.current(member).epoch);
        if epoch.map(TimerData::Epoch) == Some(data) {
            self.fence_silent_member(group, member)
        } else {
            Ok(())
        }
    }
}
