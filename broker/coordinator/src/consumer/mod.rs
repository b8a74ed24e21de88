//! The consumer protocol (KIP-848): members only send heartbeats, the coordinator assigns.
//!
//! A heartbeat goes through steps, each of which writes the records that it decides on and leaves the rest to the next:
//! find or make the member ([`members`]), its subscription and the group epoch ([`subscription`]), the target
//! assignment ([`target`]), the member's own way to it ([`reconcile`]).

mod classic_member;
mod downgrade;
mod heartbeat;
mod leave;
mod members;
mod reconcile;
mod subscription;
mod target;
mod upgrade;

use std::time::Duration;

use weir_model::{ErrorCode, GroupId};

use crate::api::{MemberId, Refusal, TopicPartitions};
use crate::classic::millis;
use crate::record::{Assignment, GroupRecord, MemberState};
use crate::shard::GroupShard;
use crate::state::ConsumerGroup;
use crate::timers::{TimerData, TimerKey};
use crate::topics::TopicsView;

pub(crate) use heartbeat::plain;
pub(crate) use subscription::CompiledRegex;

/// The epoch with which a static member goes for a while.
pub(crate) const STATIC_LEAVE_EPOCH: i32 = -2;
/// The epoch with which a member goes for good.
pub(crate) const LEAVE_EPOCH: i32 = -1;

/// What a consumer group need not remember over a restart.
#[derive(Debug, Default)]
pub(crate) struct ConsumerSoft {
    /// The version of the topics that the group epoch and the patterns take into account.
    seen_topics: Option<i64>,
}

/// The partitions of an assignment as replies carry them, without those of topics that are gone.
pub(crate) fn named(assignment: &Assignment, topics: &dyn TopicsView) -> Vec<TopicPartitions> {
    let named = |(id, partitions): (&weir_model::TopicId, &std::collections::BTreeSet<i32>)| {
        let topic = topics.by_id(*id)?.name;
        Some(TopicPartitions { topic_id: *id, topic, partitions: partitions.iter().copied().collect() })
    };
    assignment.iter().filter_map(named).collect()
}

impl GroupShard {
    /// A consumer group that the caller has found before.
    pub(crate) fn consumer(&self, group: &GroupId) -> &ConsumerGroup {
        self.state.consumer(group).expect("the caller has found the group")
    }

    fn soft(&mut self, group: &GroupId) -> &mut ConsumerSoft {
        self.soft.entry(group.clone()).or_default()
    }

    /// Gives every member of a stored group a whole session.
    pub(crate) fn revive_consumer(&mut self, group: &GroupId) {
        let Some(consumer) = self.state.consumer(group) else { return };
        let members: Vec<MemberId> = consumer.members().keys().cloned().collect();
        for member in &members {
            let current = self.consumer(group).current(member);
            if current.state == MemberState::UnrevokedPartitions {
                self.start_rebalance_timer(group, member);
            }
            self.restart_consumer_session(group, member);
        }
    }

    /// A session for every member that has none.
    pub(crate) fn restart_missing_sessions(&mut self, group: &GroupId) {
        let Some(consumer) = self.state.consumer(group) else { return };
        let members: Vec<MemberId> = consumer.members().keys().cloned().collect();
        for member in members {
            let timeout = self.session_timeout(group, &member);
            self.set_timer_if_absent(TimerKey::Session(group.clone(), member), timeout);
        }
    }

    fn session_timeout(&self, group: &GroupId, member: &MemberId) -> Duration {
        let value = self.consumer(group).member(member);
        let classic =
            value.and_then(|value| value.classic.as_ref()).map(|classic| classic.session_timeout_ms);
        classic.map_or_else(|| self.config.times_of(group).session_timeout, millis)
    }

    fn restart_consumer_session(&mut self, group: &GroupId, member: &MemberId) {
        let timeout = self.session_timeout(group, member);
        self.set_timer(TimerKey::Session(group.clone(), member.clone()), timeout, TimerData::None);
    }

    fn rebalance_timeout(&self, group: &GroupId, member: &MemberId) -> Duration {
        self.consumer(group)
            .member(member)
            .map(|value| millis(value.rebalance_timeout_ms))
            .unwrap_or_default()
    }

    /// The member must give up partitions before the deadline or leave.
    fn start_rebalance_timer(&mut self, group: &GroupId, member: &MemberId) {
        let epoch = self.consumer(group).current(member).epoch;
        let timeout = self.rebalance_timeout(group, member);
        let key = TimerKey::Rebalance(group.clone(), member.clone());
        self.set_timer(key, timeout, TimerData::Epoch(epoch));
    }

    fn cancel_member_timers(&mut self, group: &GroupId, member: &MemberId) {
        for key in [TimerKey::Session, TimerKey::Rebalance, TimerKey::Join, TimerKey::Sync] {
            self.timers.cancel(&key(group.clone(), member.clone()));
        }
    }

    /// Writes the end of a consumer group.
    pub(crate) fn write_consumer_tombstones(&mut self, group: &GroupId) {
        let Some(consumer) = self.state.consumer(group) else { return };
        let mut records = Vec::new();
        for member in consumer.currents().keys() {
            records.push(GroupRecord::Current { group: group.clone(), member: member.clone(), value: None });
        }
        for member in consumer.targets().keys() {
            records.push(GroupRecord::Target { group: group.clone(), member: member.clone(), value: None });
        }
        if consumer.has_target_epoch() {
            records.push(GroupRecord::TargetEpoch { group: group.clone(), value: None });
        }
        let members: Vec<MemberId> = consumer.members().keys().cloned().collect();
        for member in &members {
            records.push(GroupRecord::Member { group: group.clone(), member: member.clone(), value: None });
        }
        for pattern in consumer.regexes().keys() {
            records.push(GroupRecord::Regex { group: group.clone(), pattern: pattern.clone(), value: None });
        }
        if consumer.has_partition_metadata() {
            records.push(GroupRecord::PartitionMetadata { group: group.clone(), present: false });
        }
        if consumer.has_epoch() {
            records.push(GroupRecord::Epoch { group: group.clone(), value: None });
        }
        records.into_iter().for_each(|record| self.write(record));
        for member in &members {
            self.cancel_member_timers(group, member);
        }
        self.soft.remove(group);
    }
}

/// The refusals of this protocol carry a sentence for the user.
fn refuse<T>(code: ErrorCode, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(code, message))
}
