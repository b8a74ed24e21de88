//! A consumer group becomes a classic group when its last member of the new protocol goes (KIP-848, online migration).

use std::collections::BTreeSet;

use bytes::Bytes;
use weir_model::{ErrorCode, GroupId};

use super::{named, refuse};
use crate::api::{MemberId, Refusal};
use crate::classic::{ClassicGroup, ClassicMember, millis};
use crate::consumer_protocol::{ClassicAssignment, Subscription};
use crate::record::{Assignment, GroupRecord, MemberValue};
use crate::shard::GroupShard;
use crate::state::GroupState;

impl GroupShard {
    /// Whether a classic group would be left if these members went.
    pub(super) fn may_downgrade_without(&self, group: &GroupId, leaving: &BTreeSet<MemberId>) -> bool {
        let consumer = self.consumer(group);
        let leaving_count = leaving.iter().filter(|member| consumer.member(member).is_some()).count();
        let staying = consumer.members().len() - leaving_count;
        let all_classic = || {
            let mut stay = consumer.members().iter().filter(|(member, _)| !leaving.contains(*member));
            stay.all(|(_, value)| value.classic.is_some())
        };
        staying > 0
            && self.config.migration.downgrades()
            && staying <= self.config.group_size_max
            && all_classic()
    }

    /// Whether all members would be classic once this one, which is about to be replaced, is.
    pub(super) fn may_downgrade_replacing(&self, group: &GroupId, replaced: &MemberId) -> bool {
        let consumer = self.consumer(group);
        let is_last = consumer.member(replaced).is_some_and(|value| value.classic.is_none())
            && consumer.classic_member_count() + 1 == consumer.members().len();
        is_last
            && self.config.migration.downgrades()
            && consumer.members().len() <= self.config.group_size_max
    }

    /// Makes a classic group of the members that stay. They rebalance, unless a static member only took over (`keeps`)
    /// and everybody owns exactly its target: a member of a classic group can't be told to give up one partition.
    pub(super) fn downgrade(
        &mut self,
        group: &GroupId,
        leaving: &BTreeSet<MemberId>,
        keeps: Option<&MemberId>,
    ) -> Result<(), Refusal> {
        let consumer = self.consumer(group);
        let rebalance = keeps.is_none() || consumer.state() != GroupState::Stable;
        let generation = consumer.epoch();
        let mut members = Vec::new();
        for (id, value) in consumer.members().iter().filter(|(id, _)| !leaving.contains(*id)) {
            members.push((id.clone(), self.classic_member(value, &consumer.target(id))?));
        }
        let live = ClassicGroup::converted(self.wall(), &self.memory, generation, members);
        let stored = live.to_value(&live.assignments());
        let ids: Vec<MemberId> = live.members().keys().cloned().collect();
        self.write_consumer_tombstones(group);
        self.write(GroupRecord::Classic { group: group.clone(), value: Some(std::sync::Arc::new(stored)) });
        self.classic.insert(group.clone(), live);
        for member in &ids {
            self.restart_session(group, member);
        }
        if rebalance {
            self.prepare_rebalance(group);
        }
        Ok(())
    }

    fn classic_member(&self, value: &MemberValue, target: &Assignment) -> Result<ClassicMember, Refusal> {
        let Some(classic) = &value.classic else {
            return refuse(ErrorCode::UnknownServerError, "A member of the consumer protocol can't stay.");
        };
        Ok(ClassicMember {
            instance_id: value.instance_id.clone(),
            client_id: value.client_id.clone(),
            client_host: value.client_host.clone(),
            rebalance_timeout: millis(value.rebalance_timeout_ms),
            session_timeout: millis(classic.session_timeout_ms),
            protocols: classic.protocols.clone(),
            assignment: self.embedded_assignment(value, target),
            is_new: false,
            joining: None,
            syncing: None,
        })
    }

    /// An assignment as a classic member reads it, in the version in which it spoke.
    pub(super) fn embedded_assignment(&self, value: &MemberValue, target: &Assignment) -> Bytes {
        let metadata = value.classic.as_ref().and_then(|classic| classic.protocols.first());
        let version = metadata
            .and_then(|protocol| Subscription::decode(&protocol.metadata).ok())
            .map_or(0, |subscription| subscription.version);
        let partitions =
            named(target, &*self.topics).into_iter().map(|topic| (topic.topic, topic.partitions)).collect();
        ClassicAssignment::encode(&partitions, version)
    }
}
