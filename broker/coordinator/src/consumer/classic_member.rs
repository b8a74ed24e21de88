//! Members that speak the classic protocol in a consumer group: the coordinator assigns for them too, and answers in
//! their language. A rebalance reaches them through the error of a heartbeat.

use std::collections::BTreeSet;

use weir_model::{ErrorCode, Generation};

use super::heartbeat::plain;
use super::refuse;
use crate::api::{
    Heartbeat, JoinGroup, JoinReply, LeaveGroup, LeavingMember, MemberId, Refusal, Reply, RequestContext,
    SyncGroup, SyncReply, TopicPartitions,
};
use crate::classic::{millis, to_millis};
use crate::config::MigrationPolicy;
use crate::consumer_protocol::{NamedPartitions, PROTOCOL_TYPE, Subscription};
use crate::record::{ClassicMetadata, MemberState, MemberValue};
use crate::shard::GroupShard;
use crate::timers::{TimerData, TimerKey};

fn refused_join(member: &MemberId, error: ErrorCode) -> Result<Option<Reply>, Refusal> {
    Ok(Some(Reply::Join(JoinReply::refused(member.clone(), error))))
}

impl GroupShard {
    pub(crate) fn join_consumer_group(
        &mut self,
        context: &RequestContext,
        join: &JoinGroup,
    ) -> Result<Option<Reply>, Refusal> {
        let group = &join.group;
        if self.config.migration == MigrationPolicy::Disabled || !self.supports_classic(join) {
            return refused_join(&join.member_id, ErrorCode::InconsistentGroupProtocol);
        }
        let is_unknown = join.member_id.is_empty();
        let member =
            if is_unknown { MemberId::new(&context.fresh_id.to_string()) } else { join.member_id.clone() };
        self.check_room(group, &member)?;
        if join.needs_member_id(context) {
            return refused_join(&member, ErrorCode::MemberIdRequired);
        }
        let first = join.protocols.first().map(|protocol| Subscription::decode(&protocol.metadata));
        let Some(Ok(subscription)) = first else {
            return refused_join(&join.member_id, ErrorCode::InconsistentGroupProtocol);
        };
        let downgrade = self.find_classic_member(join, &member, is_unknown)?;
        let said = self.consumer(group).member(&member).cloned().unwrap_or_default();
        let value = classic_value(context, join, &said, &subscription);
        let changed = self.subscribe(group, &member, value)?;
        let owned = self.owned_ids(&subscription.owned);
        if !downgrade {
            self.update_target(group)?;
        }
        let is_current = self.consumer(group).target_epoch().epoch >= self.consumer(group).epoch();
        if !downgrade || is_current {
            self.reconcile_member(group, &member, changed, Some(&owned))?;
        }
        let generation = Generation(self.consumer(group).current(&member).epoch);
        if downgrade {
            self.downgrade(group, &BTreeSet::new(), Some(&member))?;
        } else {
            self.await_sync(join, &member);
        }
        Ok(Some(Reply::Join(JoinReply {
            generation,
            protocol_type: Some(PROTOCOL_TYPE.into()),
            protocol_name: join.protocols.first().map(|protocol| protocol.name.clone()),
            ..JoinReply::refused(member, ErrorCode::None)
        })))
    }

    /// All classic members must share a protocol, for the day when the group is a classic one again.
    fn supports_classic(&self, join: &JoinGroup) -> bool {
        let consumer = self.consumer(&join.group);
        let by_all = |name: &str| {
            let mut classics = consumer.members().values().filter_map(|member| member.classic.as_ref());
            classics.all(|classic| classic.protocols.iter().any(|protocol| &*protocol.name == name))
        };
        &*join.protocol_type == PROTOCOL_TYPE && join.protocols.iter().any(|protocol| by_all(&protocol.name))
    }

    /// Finds the member or makes room for a new one. Returns whether the group shall become a classic one with it.
    fn find_classic_member(
        &mut self,
        join: &JoinGroup,
        member: &MemberId,
        is_unknown: bool,
    ) -> Result<bool, Refusal> {
        let Some(name) = join.instance_id.as_deref() else { return Ok(false) };
        let existing = self.consumer(&join.group).static_member(name).cloned();
        let Some(existing) = existing else {
            if is_unknown {
                return Ok(false);
            }
            return refuse(ErrorCode::UnknownMemberId, format!("Instance id {name} is unknown."));
        };
        let downgrade = self.may_downgrade_replacing(&join.group, &existing);
        if is_unknown {
            self.replace_member(&join.group, &existing, member);
        } else {
            super::members::check_not_fenced(&existing, member, name)?;
        }
        Ok(downgrade)
    }

    fn await_sync(&mut self, join: &JoinGroup, member: &MemberId) {
        let (group, member) = (join.group.clone(), member.clone());
        self.timers.cancel(&TimerKey::Join(group.clone(), member.clone()));
        self.restart_consumer_session(&group, &member);
        let timeout = millis(join.effective_rebalance_timeout_ms());
        self.set_timer(TimerKey::Sync(group, member), timeout, TimerData::None);
    }

    fn owned_ids(&self, owned: &NamedPartitions) -> Vec<TopicPartitions> {
        let with_id = |(topic, partitions): &(std::sync::Arc<str>, Vec<i32>)| {
            let topic_id = self.topics.by_name(topic)?.id;
            Some(TopicPartitions { topic_id, topic: topic.clone(), partitions: partitions.clone() })
        };
        owned.iter().filter_map(with_id).collect()
    }

    /// The classic member of a request, and its session timeout.
    fn known_classic_member(
        &self,
        group: &weir_model::GroupId,
        member: &MemberId,
        instance_id: Option<&str>,
        generation: Generation,
    ) -> Result<(std::sync::Arc<MemberValue>, ClassicMetadata), Refusal> {
        let value = self.known_member(group, member, instance_id)?;
        let Some(classic) = value.classic.clone() else {
            let message = format!("Member {member} does not use the classic protocol.");
            return refuse(ErrorCode::UnknownMemberId, message);
        };
        let epoch = self.consumer(group).current(member).epoch;
        if epoch != generation.0 {
            let message = format!(
                "The request generation id {generation} is not equal to the member epoch {epoch} of member {member}."
            );
            return refuse(ErrorCode::IllegalGeneration, message);
        }
        Ok((value, classic))
    }

    pub(crate) fn sync_consumer_group(&mut self, sync: &SyncGroup) -> Result<Reply, Refusal> {
        let (group, member) = (&sync.group, &sync.member_id);
        if self.consumer(group).members().is_empty() {
            return Err(ErrorCode::UnknownMemberId.into());
        }
        let (value, classic) =
            self.known_classic_member(group, member, sync.instance_id.as_deref(), sync.generation)?;
        let protocol = classic.protocols.first().map(|protocol| &*protocol.name);
        if sync.protocol_type.as_deref().is_some_and(|asked| asked != PROTOCOL_TYPE)
            || (sync.protocol_name.is_some() && sync.protocol_name.as_deref() != protocol)
        {
            return Err(ErrorCode::InconsistentGroupProtocol.into());
        }
        let current = self.consumer(group).current(member);
        if self.is_behind(group, current.epoch) && current.state != MemberState::UnrevokedPartitions {
            self.await_rejoin(group, member);
            return Err(ErrorCode::RebalanceInProgress.into());
        }
        self.timers.cancel(&TimerKey::Sync(group.clone(), member.clone()));
        self.restart_consumer_session(group, member);
        Ok(Reply::Sync(SyncReply {
            protocol_type: sync.protocol_type.clone(),
            protocol_name: sync.protocol_name.clone(),
            assignment: self.embedded_assignment(&value, &plain(&current.assigned)),
        }))
    }

    fn await_rejoin(&mut self, group: &weir_model::GroupId, member: &MemberId) {
        let timeout = self.rebalance_timeout(group, member);
        self.set_timer_if_absent(TimerKey::Join(group.clone(), member.clone()), timeout);
    }

    pub(crate) fn heartbeat_consumer_group(&mut self, heartbeat: &Heartbeat) -> Result<Reply, Refusal> {
        let (group, member) = (&heartbeat.group, &heartbeat.member_id);
        self.known_classic_member(group, member, heartbeat.instance_id.as_deref(), heartbeat.generation)?;
        self.restart_consumer_session(group, member);
        let current = self.consumer(group).current(member);
        let must_rejoin = self.is_behind(group, current.epoch)
            || current.state == MemberState::UnrevokedPartitions
            || (current.state == MemberState::UnreleasedPartitions && !self.waits_for_others(group, member));
        if must_rejoin {
            self.await_rejoin(group, member);
            return Err(ErrorCode::RebalanceInProgress.into());
        }
        Ok(Reply::Heartbeat)
    }

    /// Whether a join would find a newer target; or make one that nobody else makes: heartbeats of this protocol assign
    /// nothing, and all members may speak it.
    fn is_behind(&self, group: &weir_model::GroupId, member_epoch: i32) -> bool {
        let consumer = self.consumer(group);
        let target = consumer.target_epoch();
        target.epoch.0 > member_epoch
            || (consumer.epoch() > target.epoch
                && self.may_assign_again(target.timestamp_ms)
                && consumer.members().values().all(|member| member.classic.is_some()))
    }

    /// Whether part of the member's target is still in other hands.
    fn waits_for_others(&self, group: &weir_model::GroupId, member: &MemberId) -> bool {
        let consumer = self.consumer(group);
        let target = consumer.target(member);
        let mut wanted =
            target.iter().flat_map(|(topic, wanted)| wanted.iter().map(|index| (*topic, *index)));
        wanted.any(|(topic, partition)| consumer.owner(topic, partition).is_some_and(|owner| owner != member))
    }

    pub(crate) fn leave_consumer_group(&mut self, leave: &LeaveGroup) -> Result<Reply, Refusal> {
        let mut leaving = BTreeSet::new();
        let mut results = Vec::new();
        for asked in &leave.members {
            match self.leaving_member(&leave.group, asked) {
                Ok(member) => {
                    leaving.insert(member);
                    results.push(asked.result(ErrorCode::None));
                }
                Err(refusal) => results.push(asked.result(refusal.code)),
            }
        }
        self.fence_members(&leave.group, &leaving)?;
        Ok(Reply::Leave(results))
    }

    fn leaving_member(
        &self,
        group: &weir_model::GroupId,
        asked: &LeavingMember,
    ) -> Result<MemberId, Refusal> {
        let consumer = self.consumer(group);
        let existing = match asked.instance_id.as_deref() {
            None => consumer.member(&asked.member_id).map(|_| &asked.member_id),
            Some(name) => consumer.static_member(name),
        };
        match existing {
            None => Err(ErrorCode::UnknownMemberId.into()),
            Some(existing) if !asked.member_id.is_empty() && *existing != asked.member_id => {
                Err(ErrorCode::FencedInstanceId.into())
            }
            Some(existing) => Ok(existing.clone()),
        }
    }
}

/// What a classic member says, on top of what it said before.
fn classic_value(
    context: &RequestContext,
    join: &JoinGroup,
    said: &MemberValue,
    subscription: &Subscription,
) -> MemberValue {
    let session_timeout_ms = to_millis(millis(join.session_timeout_ms));
    MemberValue {
        instance_id: join.instance_id.clone().or_else(|| said.instance_id.clone()),
        rack_id: subscription.rack.clone().or_else(|| said.rack_id.clone()),
        client_id: context.client_id.clone(),
        client_host: context.client_host.clone(),
        topics: subscription.topics.iter().cloned().collect(),
        // A classic member finds its topics by itself.
        regex: None,
        rebalance_timeout_ms: join.effective_rebalance_timeout_ms(),
        assignor: said.assignor.clone(),
        classic: Some(ClassicMetadata { session_timeout_ms, protocols: join.protocols.clone() }),
    }
}
