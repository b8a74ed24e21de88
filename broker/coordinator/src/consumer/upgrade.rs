//! A classic group becomes a consumer group when a member of the new protocol joins (KIP-848, online migration).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_model::{ErrorCode, GroupId, TopicId};

use super::refuse;
use crate::api::{MemberId, Refusal};
use crate::classic::{ClassicGroup, ClassicMember, ClassicState, to_millis};
use crate::consumer_protocol::{ClassicAssignment, Subscription};
use crate::record::{
    Assignment, ClassicMetadata, CurrentValue, EpochAssignment, GroupEpochValue, GroupRecord, MemberState,
    MemberValue, TargetEpochValue,
};
use crate::shard::GroupShard;
use crate::topics::TopicsView;

/// A member on its way.
struct Converted {
    value: MemberValue,
    assigned: Assignment,
}

impl GroupShard {
    /// Makes sure that the group can be one of this protocol. With `create` a missing or empty one becomes so, and a
    /// classic one is upgraded.
    pub(super) fn enter_consumer_group(&mut self, group: &GroupId, create: bool) -> Result<(), Refusal> {
        if self.state.consumer(group).is_some() {
            return Ok(());
        }
        let exists = self.classic.contains_key(group) || self.state.group(group).is_some();
        if !create {
            let what = if exists {
                format!("Group {group} is not a consumer group.")
            } else {
                format!("Consumer group {group} not found.")
            };
            return refuse(ErrorCode::GroupIdNotFound, what);
        }
        match self.classic.get(group) {
            Some(live) if !live.is(ClassicState::Empty) => self.upgrade(group),
            _ => {
                self.write(GroupRecord::Classic { group: group.clone(), value: None });
                self.end_live_classic(group, ErrorCode::UnknownMemberId);
                Ok(())
            }
        }
    }

    fn check_upgrade(&self, group: &GroupId, live: &ClassicGroup) -> Result<(), Refusal> {
        let reason = if !self.config.migration.upgrades() {
            "online upgrade is disabled"
        } else if !live.is_of_consumers() {
            "the group does not use the consumer embedded protocol"
        } else if live.members().len() > self.config.consumer_group_size_max {
            "the group size exceeds the consumer group maximum size"
        } else {
            return Ok(());
        };
        let message = format!("Cannot upgrade classic group {group} to consumer group because {reason}.");
        refuse(ErrorCode::GroupIdNotFound, message)
    }

    fn upgrade(&mut self, group: &GroupId) -> Result<(), Refusal> {
        let live = self.live(group).clone();
        self.check_upgrade(group, &live)?;
        let protocol = live.protocol.clone().or_else(|| live.select_protocol()).unwrap_or_default();
        let mut taken = BTreeSet::new();
        let mut members = BTreeMap::new();
        for (id, member) in live.members() {
            let converted = convert(member, &protocol, &*self.topics, &mut taken).map_err(|reason| {
                let message =
                    format!("Cannot upgrade classic group {group} to consumer group because {reason}.");
                Refusal::new(ErrorCode::GroupIdNotFound, message)
            })?;
            members.insert(id.clone(), converted);
        }
        self.write(GroupRecord::Classic { group: group.clone(), value: None });
        self.end_live_classic(group, ErrorCode::RebalanceInProgress);
        self.write_upgraded(group, live.generation, members);
        Ok(())
    }

    fn write_upgraded(
        &mut self,
        group: &GroupId,
        epoch: weir_model::Generation,
        members: BTreeMap<MemberId, Converted>,
    ) {
        let ids: Vec<MemberId> = members.keys().cloned().collect();
        let mut later = Vec::new();
        for (member, Converted { value, assigned }) in members {
            let (group, member) = (group.clone(), member);
            let current = at_epoch(&assigned, epoch.0);
            self.write(GroupRecord::Member {
                group: group.clone(),
                member: member.clone(),
                value: Some(Arc::new(value)),
            });
            let target = Some(Arc::new(assigned));
            later.push(GroupRecord::Target { group: group.clone(), member: member.clone(), value: target });
            later.push(GroupRecord::Current { group, member, value: Some(Arc::new(current)) });
        }
        let metadata_hash = self.current_metadata_hash(group);
        self.write(GroupRecord::Epoch {
            group: group.clone(),
            value: Some(GroupEpochValue { epoch, metadata_hash }),
        });
        let target_epoch = Some(TargetEpochValue { epoch, timestamp_ms: 0 });
        self.write(GroupRecord::TargetEpoch { group: group.clone(), value: target_epoch });
        later.into_iter().for_each(|record| self.write(record));
        for member in &ids {
            self.restart_consumer_session(group, member);
        }
    }
}

fn at_epoch(assigned: &Assignment, epoch: i32) -> CurrentValue {
    let with_epoch = |(topic, partitions): (&TopicId, &BTreeSet<i32>)| {
        (*topic, partitions.iter().map(|partition| (*partition, epoch)).collect())
    };
    let assigned: EpochAssignment = assigned.iter().map(with_epoch).collect();
    CurrentValue {
        epoch,
        previous_epoch: epoch,
        state: MemberState::Stable,
        assigned,
        revoking: EpochAssignment::new(),
    }
}

fn convert(
    member: &ClassicMember,
    protocol: &str,
    topics: &dyn TopicsView,
    taken: &mut BTreeSet<(TopicId, i32)>,
) -> Result<Converted, String> {
    let malformed = |_| "the embedded consumer protocol is malformed".to_owned();
    let subscription = Subscription::decode(&member.metadata(protocol)).map_err(malformed)?;
    let assignment = if member.assignment.is_empty() {
        ClassicAssignment::default()
    } else {
        ClassicAssignment::decode(&member.assignment).map_err(malformed)?
    };
    if assignment.has_user_data {
        return Err(
            "an unsupported custom assignor is in use. Please refer to the documentation or switch to a \
                    default assignor before re-attempting the upgrade"
                .to_owned(),
        );
    }
    let mut assigned = Assignment::new();
    for (name, partitions) in &assignment.partitions {
        let Some(topic) = topics.by_name(name) else { continue };
        for partition in partitions.iter().filter(|partition| (0..topic.partition_count).contains(*partition))
        {
            // A classic assignor may have given a partition twice; here it has one owner.
            if taken.insert((topic.id, *partition)) {
                assigned.entry(topic.id).or_default().insert(*partition);
            }
        }
    }
    let value = MemberValue {
        instance_id: member.instance_id.clone(),
        rack_id: subscription.rack.filter(|rack| !rack.is_empty()),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        topics: subscription.topics.into_iter().collect(),
        regex: None,
        rebalance_timeout_ms: to_millis(member.rebalance_timeout),
        assignor: None,
        classic: Some(ClassicMetadata {
            session_timeout_ms: to_millis(member.session_timeout),
            protocols: member.protocols.clone(),
        }),
    };
    Ok(Converted { value, assigned })
}
