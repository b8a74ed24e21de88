//! Who a heartbeat comes from: known, new, static, or fenced.

use std::sync::Arc;

use weir_model::{ErrorCode, GroupId};

use super::{STATIC_LEAVE_EPOCH, refuse};
use crate::api::{ConsumerHeartbeat, MemberId, Refusal, TopicPartitions};
use crate::config::GROUP_MEMBERS_MAX;
use crate::record::{CurrentValue, GroupRecord, MemberValue};
use crate::shard::GroupShard;

/// Whether the member owns nothing but what it was given.
fn owns_only(owned: Option<&[TopicPartitions]>, current: &CurrentValue) -> bool {
    let given = |topic: &TopicPartitions| {
        let partitions = current.assigned.get(&topic.topic_id);
        partitions.is_some_and(|given| topic.partitions.iter().all(|partition| given.contains_key(partition)))
    };
    owned.is_some_and(|owned| owned.iter().all(given))
}

/// A member may be one answer behind, if it has not lost more than the answer.
fn check_epoch(heartbeat: &ConsumerHeartbeat, current: &CurrentValue) -> Result<(), Refusal> {
    let received = heartbeat.member_epoch;
    if received == 0 || received == current.epoch {
        return Ok(());
    }
    let is_retry =
        received == current.previous_epoch && owns_only(heartbeat.topic_partitions.as_deref(), current);
    if received < current.epoch && is_retry {
        return Ok(());
    }
    let than = if received > current.epoch { "greater" } else { "smaller" };
    let message = format!(
        "The consumer group member has a {than} member epoch ({received}) than the one known by the group coordinator \
         ({}). The member must abandon all its partitions and rejoin.",
        current.epoch
    );
    refuse(ErrorCode::FencedMemberEpoch, message)
}

impl GroupShard {
    pub(super) fn check_room(&self, group: &GroupId, member: &MemberId) -> Result<(), Refusal> {
        let limit = self.config.consumer_group_size_max.min(GROUP_MEMBERS_MAX);
        let Some(consumer) = self.state.consumer(group) else { return Ok(()) };
        if consumer.members().len() >= limit && consumer.member(member).is_none() {
            let message = format!("The consumer group has reached its maximum capacity of {limit} members.");
            return refuse(ErrorCode::GroupMaxSizeReached, message);
        }
        Ok(())
    }

    /// Finds the member, or makes sure that it may be a new one. A static member that comes back takes over the cells
    /// of its old id.
    pub(super) fn find_member(
        &mut self,
        heartbeat: &ConsumerHeartbeat,
        member: &MemberId,
    ) -> Result<(), Refusal> {
        let joins = heartbeat.member_epoch == 0;
        if let Some(name) = heartbeat.instance_id.clone() {
            return self.find_static_member(heartbeat, member, &name, joins);
        }
        let known =
            self.state.consumer(&heartbeat.group).filter(|consumer| consumer.member(member).is_some());
        match known {
            Some(consumer) => check_epoch(heartbeat, &consumer.current(member)),
            None if joins => Ok(()),
            None => unknown_member(member, &heartbeat.group),
        }
    }

    fn find_static_member(
        &mut self,
        heartbeat: &ConsumerHeartbeat,
        member: &MemberId,
        name: &str,
        joins: bool,
    ) -> Result<(), Refusal> {
        let group = &heartbeat.group;
        let existing = self.state.consumer(group).and_then(|consumer| consumer.static_member(name)).cloned();
        let Some(existing) = existing else {
            if joins {
                return Ok(());
            }
            return refuse(ErrorCode::UnknownMemberId, format!("Instance id {name} is unknown."));
        };
        let current = self.consumer(group).current(&existing);
        if !joins {
            check_not_fenced(&existing, member, name)?;
            return check_epoch(heartbeat, &current);
        }
        let is_classic = self.consumer(group).member(&existing).is_some_and(|value| value.classic.is_some());
        if !is_classic && current.epoch != STATIC_LEAVE_EPOCH {
            let message = format!(
                "Static member {member} with instance id {name} cannot join the group because the instance id is owned \
                 by {existing} member."
            );
            return refuse(ErrorCode::UnreleasedInstanceId, message);
        }
        self.replace_member(group, &existing, member);
        Ok(())
    }

    /// Moves everything of a static member to its new id, at epoch 0.
    pub(super) fn replace_member(&mut self, group: &GroupId, old: &MemberId, new: &MemberId) {
        let consumer = self.consumer(group);
        let value: Option<Arc<MemberValue>> = consumer.member(old).cloned();
        let target = consumer.target(old);
        let current = CurrentValue { epoch: 0, previous_epoch: 0, ..(*consumer.current(old)).clone() };
        self.remove_member_cells(group, old);
        self.cancel_member_timers(group, old);
        let (group, member) = (group.clone(), new.clone());
        self.write(GroupRecord::Member { group: group.clone(), member: member.clone(), value });
        self.write(GroupRecord::Target { group: group.clone(), member: member.clone(), value: Some(target) });
        self.write(GroupRecord::Current { group, member, value: Some(Arc::new(current)) });
    }

    pub(super) fn remove_member_cells(&mut self, group: &GroupId, member: &MemberId) {
        let (group, member) = (group.clone(), member.clone());
        self.write(GroupRecord::Current { group: group.clone(), member: member.clone(), value: None });
        self.write(GroupRecord::Target { group: group.clone(), member: member.clone(), value: None });
        self.write(GroupRecord::Member { group, member, value: None });
    }

    /// The member of a request that names an id and maybe a static name.
    pub(super) fn known_member(
        &self,
        group: &GroupId,
        member: &MemberId,
        instance_id: Option<&str>,
    ) -> Result<Arc<MemberValue>, Refusal> {
        let consumer = self.consumer(group);
        if let Some(name) = instance_id {
            let Some(existing) = consumer.static_member(name) else {
                let message = format!("Member with instance id {name} is not a member of group {group}.");
                return refuse(ErrorCode::UnknownMemberId, message);
            };
            check_not_fenced(existing, member, name)?;
        }
        match consumer.member(member) {
            Some(value) => Ok(Arc::clone(value)),
            None => unknown_member(member, group),
        }
    }
}

pub(super) fn check_not_fenced(existing: &MemberId, member: &MemberId, name: &str) -> Result<(), Refusal> {
    if existing == member {
        return Ok(());
    }
    let message = format!("Static member {member} with instance id {name} was fenced by member {existing}.");
    refuse(ErrorCode::FencedInstanceId, message)
}

pub(super) fn unknown_member<T>(member: &MemberId, group: &GroupId) -> Result<T, Refusal> {
    refuse(ErrorCode::UnknownMemberId, format!("Member {member} is not a member of group {group}."))
}
