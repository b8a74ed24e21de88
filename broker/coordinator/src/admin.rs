//! Looking at groups, and deleting them.

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_model::{ErrorCode, GroupId};

use crate::api::{
    DescribedConsumerGroup, DescribedConsumerMember, DescribedGroup, DescribedMember, ListGroups,
    ListedGroup, MemberId, Refusal, Reply,
};
use crate::classic::{ClassicGroup, ClassicMember, ClassicState};
use crate::consumer::{named, plain};
use crate::consumer_protocol::PROTOCOL_TYPE;
use crate::record::{GroupRecord, MemberValue};
use crate::shard::GroupShard;

const CLASSIC: &str = "classic";
const CONSUMER: &str = "consumer";

fn not_found<T>(message: String) -> Result<T, Refusal> {
    Err(Refusal::new(ErrorCode::GroupIdNotFound, message))
}

impl GroupShard {
    pub(crate) fn describe_classic(&self, group: &GroupId) -> Result<Reply, Refusal> {
        if self.state.consumer(group).is_some() {
            return not_found(format!("Group {group} is not a classic group."));
        }
        if !self.exists(group) {
            return not_found(format!("Group {group} not found."));
        }
        let live = self.classic.get(group);
        let state = live.map_or(ClassicState::Empty, ClassicGroup::state);
        let stable_protocol =
            live.filter(|_| state == ClassicState::Stable).and_then(|live| live.protocol.clone());
        let described = |(id, member): (&MemberId, &ClassicMember)| DescribedMember {
            member_id: id.clone(),
            instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            metadata: stable_protocol
                .as_deref()
                .map(|protocol| member.metadata(protocol))
                .unwrap_or_default(),
            assignment: member.assignment.clone(),
        };
        Ok(Reply::DescribeGroup(DescribedGroup {
            group: group.clone(),
            state: state.name(),
            protocol_type: live.and_then(|live| live.protocol_type.clone()).unwrap_or_default(),
            members: live.map(|live| live.members().iter().map(described).collect()).unwrap_or_default(),
            protocol: stable_protocol.clone().unwrap_or_default(),
        }))
    }

    pub(crate) fn list_groups(&self, filter: &ListGroups) -> Reply {
        let lower = |names: &[String]| -> Vec<String> {
            names.iter().map(|name| name.trim().to_lowercase()).collect()
        };
        let (states, types) = (lower(&filter.states), lower(&filter.types));
        let passes = |filter: &[String], name: &str| {
            filter.is_empty() || filter.iter().any(|wanted| *wanted == name.to_lowercase())
        };
        let stored = self.state.groups().map(|(group, _)| group);
        let all: BTreeSet<&GroupId> = stored.chain(self.classic.keys()).collect();
        let listed = all.into_iter().map(|group| self.listed(group));
        Reply::ListGroups(
            listed.filter(|group| passes(&states, group.state) && passes(&types, group.group_type)).collect(),
        )
    }

    fn listed(&self, group: &GroupId) -> ListedGroup {
        if let Some(consumer) = self.state.consumer(group) {
            return ListedGroup {
                group: group.clone(),
                protocol_type: PROTOCOL_TYPE.into(),
                state: consumer.state().name(),
                group_type: CONSUMER,
            };
        }
        let live = self.classic.get(group);
        ListedGroup {
            group: group.clone(),
            protocol_type: live.and_then(|live| live.protocol_type.clone()).unwrap_or_default(),
            state: live.map_or(ClassicState::Empty, ClassicGroup::state).name(),
            group_type: CLASSIC,
        }
    }

    pub(crate) fn describe_consumer(&self, group: &GroupId) -> Result<Reply, Refusal> {
        let Some(consumer) = self.state.consumer(group) else {
            return not_found(if self.exists(group) {
                format!("Group {group} is not a consumer group.")
            } else {
                format!("Group {group} not found.")
            });
        };
        let described = |(id, value): (&MemberId, &Arc<MemberValue>)| {
            let current = consumer.current(id);
            let mut owned = plain(&current.assigned);
            for (topic, partitions) in plain(&current.revoking) {
                owned.entry(topic).or_default().extend(partitions);
            }
            DescribedConsumerMember {
                member_id: id.clone(),
                instance_id: value.instance_id.clone(),
                rack_id: value.rack_id.clone(),
                member_epoch: current.epoch,
                client_id: value.client_id.clone(),
                client_host: value.client_host.clone(),
                subscribed_topic_names: value.topics.clone(),
                subscribed_topic_regex: value.regex.clone(),
                assignment: named(&owned, &*self.topics),
                target_assignment: named(&consumer.target(id), &*self.topics),
                classic: value.classic.is_some(),
            }
        };
        Ok(Reply::ConsumerDescribe(DescribedConsumerGroup {
            group: group.clone(),
            state: consumer.state().name(),
            group_epoch: consumer.epoch(),
            assignment_epoch: consumer.target_epoch().epoch,
            assignor: consumer.preferred_assignor().unwrap_or_else(|| self.default_assignor()),
            members: consumer.members().iter().map(described).collect(),
        }))
    }

    pub(crate) fn delete_group(&mut self, group: &GroupId) -> Result<Reply, Refusal> {
        if !self.exists(group) {
            return not_found(format!("Group {group} not found."));
        }
        if !self.is_empty_group(group) {
            return Err(ErrorCode::NonEmptyGroup.into());
        }
        self.allow_many_batches();
        let offsets: Vec<(Arc<str>, Vec<i32>)> = self
            .state
            .group(group)
            .map(|durable| &durable.offsets)
            .into_iter()
            .flatten()
            .map(|(topic, partitions)| (Arc::clone(topic), partitions.keys().copied().collect()))
            .collect();
        for (topic, partitions) in &offsets {
            partitions.iter().for_each(|partition| self.forget_offset(group, topic, *partition));
        }
        self.end_group(group);
        Ok(Reply::DeleteGroup)
    }

    /// Writes the end of an empty group.
    pub(crate) fn end_group(&mut self, group: &GroupId) {
        self.write_consumer_tombstones(group);
        self.write(GroupRecord::Classic { group: group.clone(), value: None });
        self.drop_live_classic(group, ErrorCode::UnknownMemberId);
    }

    /// Whether nobody is in the group.
    pub(crate) fn is_empty_group(&self, group: &GroupId) -> bool {
        match self.state.consumer(group) {
            Some(consumer) => consumer.members().is_empty(),
            None => self.classic.get(group).is_none_or(|live| live.is(ClassicState::Empty)),
        }
    }
}
