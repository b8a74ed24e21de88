//! The durable state of a consumer group (KIP-848), with what follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_model::{Generation, GroupId, TopicId};

use crate::api::MemberId;
use crate::record::{
    Assignment, CurrentValue, EpochAssignment, GroupEpochValue, GroupRecord, MemberState, MemberValue,
    RegexValue, TargetEpochValue,
};

/// The epoch of a group that nobody has joined.
const FIRST_EPOCH: Generation = Generation(1);

/// Cells of a group, by record type, and indexes over them.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
pub(crate) struct ConsumerGroup {
    epoch: Option<GroupEpochValue>,
    partition_metadata: bool,
    members: BTreeMap<MemberId, Arc<MemberValue>>,
    target_epoch: Option<TargetEpochValue>,
    target: BTreeMap<MemberId, Arc<Assignment>>,
    current: BTreeMap<MemberId, Arc<CurrentValue>>,
    regexes: BTreeMap<Arc<str>, Arc<RegexValue>>,
    /// Static name to member; follows from `members`.
    statics: BTreeMap<Arc<str>, MemberId>,
    /// Who owns a partition or still has to give it up; follows from `current`.
    owners: BTreeMap<(TopicId, i32), MemberId>,
}

/// The name of a consumer group's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupState {
    Empty,
    Assigning,
    Reconciling,
    Stable,
}

impl GroupState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Assigning => "Assigning",
            Self::Reconciling => "Reconciling",
            Self::Stable => "Stable",
        }
    }
}

fn swap<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, key: &K, value: Option<V>) -> Option<V> {
    match value {
        Some(value) => map.insert(key.clone(), value),
        None => map.remove(key),
    }
}

/// Cells, for [`super::State::apply`] only.
impl ConsumerGroup {
    pub(super) fn is_void(&self) -> bool {
        self.epoch.is_none()
            && !self.partition_metadata
            && self.target_epoch.is_none()
            && self.members.is_empty()
            && self.target.is_empty()
            && self.current.is_empty()
            && self.regexes.is_empty()
    }

    pub(super) fn set_epoch(&mut self, value: Option<GroupEpochValue>) -> Option<GroupEpochValue> {
        std::mem::replace(&mut self.epoch, value)
    }

    pub(super) fn set_partition_metadata(&mut self, present: bool) -> bool {
        std::mem::replace(&mut self.partition_metadata, present)
    }

    pub(super) fn set_target_epoch(&mut self, value: Option<TargetEpochValue>) -> Option<TargetEpochValue> {
        std::mem::replace(&mut self.target_epoch, value)
    }

    pub(super) fn set_target(
        &mut self,
        member: &MemberId,
        value: Option<Arc<Assignment>>,
    ) -> Option<Arc<Assignment>> {
        swap(&mut self.target, member, value)
    }

    pub(super) fn set_regex(
        &mut self,
        pattern: &Arc<str>,
        value: Option<Arc<RegexValue>>,
    ) -> Option<Arc<RegexValue>> {
        swap(&mut self.regexes, pattern, value)
    }

    pub(super) fn set_member(
        &mut self,
        member: &MemberId,
        value: Option<Arc<MemberValue>>,
    ) -> Option<Arc<MemberValue>> {
        let added = value.as_ref().and_then(|value| value.instance_id.clone());
        let previous = swap(&mut self.members, member, value);
        if let Some(name) = previous.as_ref().and_then(|value| value.instance_id.as_ref())
            && self.statics.get(name) == Some(member)
        {
            self.statics.remove(name);
            // While one static member takes over from another, both stand here for a moment.
            let other = self.members.iter().find(|(_, value)| value.instance_id.as_ref() == Some(name));
            if let Some((other, _)) = other {
                self.statics.insert(Arc::clone(name), other.clone());
            }
        }
        if let Some(name) = added {
            self.statics.insert(name, member.clone());
        }
        previous
    }

    pub(super) fn set_current(
        &mut self,
        member: &MemberId,
        value: Option<Arc<CurrentValue>>,
    ) -> Option<Arc<CurrentValue>> {
        let previous = swap(&mut self.current, member, value);
        if let Some(previous) = &previous {
            for partition in partitions(&previous.assigned).chain(partitions(&previous.revoking)) {
                if self.owners.get(&partition) == Some(member) {
                    self.owners.remove(&partition);
                }
            }
        }
        if let Some(value) = self.current.get(member) {
            for partition in partitions(&value.assigned).chain(partitions(&value.revoking)) {
                self.owners.insert(partition, member.clone());
            }
        }
        previous
    }
}

/// Questions.
impl ConsumerGroup {
    /// The group as records, in the order in which a new one is written.
    pub(super) fn snapshot(&self, group: &GroupId, records: &mut Vec<GroupRecord>) {
        for (member, value) in &self.members {
            let (member, value) = (member.clone(), Some(Arc::clone(value)));
            records.push(GroupRecord::Member { group: group.clone(), member, value });
        }
        for (pattern, value) in &self.regexes {
            let (pattern, value) = (Arc::clone(pattern), Some(Arc::clone(value)));
            records.push(GroupRecord::Regex { group: group.clone(), pattern, value });
        }
        if self.epoch.is_some() {
            records.push(GroupRecord::Epoch { group: group.clone(), value: self.epoch });
        }
        for (member, value) in &self.target {
            let (member, value) = (member.clone(), Some(Arc::clone(value)));
            records.push(GroupRecord::Target { group: group.clone(), member, value });
        }
        if self.target_epoch.is_some() {
            records.push(GroupRecord::TargetEpoch { group: group.clone(), value: self.target_epoch });
        }
        for (member, value) in &self.current {
            let (member, value) = (member.clone(), Some(Arc::clone(value)));
            records.push(GroupRecord::Current { group: group.clone(), member, value });
        }
    }

    /// The group epoch. A new group's first change takes it from 1 to 2, as in Kafka 4.3.
    pub(crate) fn epoch(&self) -> Generation {
        self.epoch.map_or(FIRST_EPOCH, |value| value.epoch)
    }

    pub(crate) fn metadata_hash(&self) -> i64 {
        self.epoch.map_or(0, |value| value.metadata_hash)
    }

    pub(crate) fn has_epoch(&self) -> bool {
        self.epoch.is_some()
    }

    pub(crate) fn has_partition_metadata(&self) -> bool {
        self.partition_metadata
    }

    /// The epoch and time of the target assignment; before the first, those of the group without members.
    pub(crate) fn target_epoch(&self) -> TargetEpochValue {
        self.target_epoch.unwrap_or(TargetEpochValue { epoch: FIRST_EPOCH, timestamp_ms: 0 })
    }

    pub(crate) fn has_target_epoch(&self) -> bool {
        self.target_epoch.is_some()
    }

    pub(crate) fn members(&self) -> &BTreeMap<MemberId, Arc<MemberValue>> {
        &self.members
    }

    pub(crate) fn member(&self, member: &MemberId) -> Option<&Arc<MemberValue>> {
        self.members.get(member)
    }

    pub(crate) fn static_member(&self, instance_id: &str) -> Option<&MemberId> {
        self.statics.get(instance_id)
    }

    pub(crate) fn targets(&self) -> &BTreeMap<MemberId, Arc<Assignment>> {
        &self.target
    }

    pub(crate) fn target(&self, member: &MemberId) -> Arc<Assignment> {
        self.target.get(member).cloned().unwrap_or_default()
    }

    pub(crate) fn currents(&self) -> &BTreeMap<MemberId, Arc<CurrentValue>> {
        &self.current
    }

    pub(crate) fn current(&self, member: &MemberId) -> Arc<CurrentValue> {
        self.current.get(member).cloned().unwrap_or_default()
    }

    pub(crate) fn regexes(&self) -> &BTreeMap<Arc<str>, Arc<RegexValue>> {
        &self.regexes
    }

    pub(crate) fn owner(&self, topic: TopicId, partition: i32) -> Option<&MemberId> {
        self.owners.get(&(topic, partition))
    }

    /// How many members subscribe with this pattern.
    pub(crate) fn regex_members(&self, pattern: &str) -> usize {
        self.members.values().filter(|member| member.regex.as_deref() == Some(pattern)).count()
    }

    /// The topics that a member subscribes to, by name and by what its pattern matched.
    pub(crate) fn subscription(&self, member: &MemberValue) -> BTreeSet<Arc<str>> {
        let mut topics = member.topics.clone();
        if let Some(matched) = member.regex.as_ref().and_then(|pattern| self.regexes.get(pattern)) {
            topics.extend(matched.topics.iter().cloned());
        }
        topics
    }

    /// The topics that any member subscribes to.
    pub(crate) fn subscribed_topics(&self) -> BTreeSet<Arc<str>> {
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            topics.extend(member.topics.iter().cloned());
        }
        for matched in self.regexes.values() {
            topics.extend(matched.topics.iter().cloned());
        }
        topics
    }

    /// Members that speak the classic protocol.
    pub(crate) fn classic_member_count(&self) -> usize {
        self.members.values().filter(|member| member.classic.is_some()).count()
    }

    pub(crate) fn state(&self) -> GroupState {
        let epoch = self.target_epoch().epoch;
        let reconciled = |member: &MemberId| {
            let current = self.current(member);
            current.state == MemberState::Stable && current.epoch == epoch.0
        };
        if self.members.is_empty() {
            GroupState::Empty
        } else if self.epoch() > epoch {
            GroupState::Assigning
        } else if self.members.keys().all(reconciled) {
            GroupState::Stable
        } else {
            GroupState::Reconciling
        }
    }
}

/// The partitions of an assignment, one by one.
fn partitions(assignment: &EpochAssignment) -> impl Iterator<Item = (TopicId, i32)> + '_ {
    assignment.iter().flat_map(|(topic, partitions)| partitions.keys().map(|partition| (*topic, *partition)))
}
