//! The target assignment: what every member shall own at a group epoch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_model::{GroupId, TopicId};

use crate::api::Refusal;
use crate::assignor::{self, GroupSpec, MemberSpec};
use crate::record::{GroupRecord, MemberValue, TargetEpochValue};
use crate::shard::GroupShard;
use crate::state::ConsumerGroup;

impl GroupShard {
    /// Makes a target assignment for the group epoch if there is none yet and the last one is old enough.
    pub(super) fn update_target(&mut self, group: &GroupId) -> Result<(), Refusal> {
        let consumer = self.consumer(group);
        let last = consumer.target_epoch();
        if last.epoch >= consumer.epoch() || !self.may_assign_again(last.timestamp_ms) {
            return Ok(());
        }
        let name = consumer.preferred_assignor().unwrap_or_else(|| self.default_assignor());
        let assigned = assignor::assign(&name, &self.group_spec(consumer));
        let epoch = consumer.epoch();
        let changed: Vec<GroupRecord> = assigned
            .into_iter()
            .filter(|(member, target)| {
                consumer.targets().get(member).is_none_or(|before| **before != *target)
            })
            .map(|(member, target)| GroupRecord::Target {
                group: group.clone(),
                member,
                value: Some(Arc::new(target)),
            })
            .collect();
        changed.into_iter().for_each(|record| self.write(record));
        let value = Some(TargetEpochValue { epoch, timestamp_ms: self.wall().0 });
        self.write(GroupRecord::TargetEpoch { group: group.clone(), value });
        Ok(())
    }

    /// A clock that went back must not keep a group waiting.
    pub(super) fn may_assign_again(&self, last_ms: i64) -> bool {
        let interval =
            i64::try_from(self.config.consumer_assignment_interval.as_millis()).unwrap_or(i64::MAX);
        let now = self.wall().0;
        last_ms == 0 || now < last_ms || now - last_ms >= interval
    }

    pub(crate) fn default_assignor(&self) -> Arc<str> {
        self.config.consumer_assignors.first().cloned().unwrap_or_else(|| assignor::UNIFORM.into())
    }

    fn group_spec(&self, consumer: &ConsumerGroup) -> GroupSpec {
        let mut topics = BTreeMap::new();
        let mut members = BTreeMap::new();
        for (id, value) in consumer.members() {
            let subscribed = self.subscribed_ids(consumer, value, &mut topics);
            let spec =
                MemberSpec { instance_id: value.instance_id.clone(), subscribed, owned: consumer.target(id) };
            members.insert(id.clone(), spec);
        }
        GroupSpec { members, topics }
    }

    fn subscribed_ids(
        &self,
        consumer: &ConsumerGroup,
        value: &MemberValue,
        topics: &mut BTreeMap<TopicId, i32>,
    ) -> BTreeSet<TopicId> {
        let mut ids = BTreeSet::new();
        for topic in consumer.subscription(value).iter().filter_map(|name| self.topics.by_name(name)) {
            topics.insert(topic.id, topic.partition_count);
            ids.insert(topic.id);
        }
        ids
    }

    /// The ids of the topics that a member subscribes to.
    pub(super) fn subscribed_topic_ids(
        &self,
        consumer: &ConsumerGroup,
        value: &MemberValue,
    ) -> BTreeSet<TopicId> {
        self.subscribed_ids(consumer, value, &mut BTreeMap::new())
    }
}

impl ConsumerGroup {
    /// The assignor that most members want; of equal ones the first by name.
    pub(crate) fn preferred_assignor(&self) -> Option<Arc<str>> {
        let mut votes: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for assignor in self.members().values().filter_map(|member| member.assignor.as_ref()) {
            *votes.entry(assignor).or_default() += 1;
        }
        votes.into_iter().rev().max_by_key(|(_, count)| *count).map(|(name, _)| Arc::clone(name))
    }
}
