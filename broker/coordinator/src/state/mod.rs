//! The durable state of a shard: for each record key the newest value, and indexes that follow from it.
//!
//! [`State::apply`] is the only way to change it, and returns the inverse change, so that an append that fails is undone
//! in time proportional to its records and leaves exactly the earlier state. Replaying a log, compacted or not, ends in
//! the same state as having lived through it.

mod consumer;
mod cursor;

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::GroupId;

use crate::record::{self, ClassicGroupValue, DecodeError, Decoded, GroupRecord, OffsetValue};

pub(crate) use consumer::{ConsumerGroup, GroupState};
pub(crate) use cursor::OffsetCursor;

/// Everything durable of one shard.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
pub(crate) struct State {
    groups: BTreeMap<GroupId, DurableGroup>,
    /// The sum of the cells' footprints.
    bytes: usize,
}

/// Everything durable of one group. A group with nothing but offsets belongs to consumers that assign partitions to
/// themselves.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
pub(crate) struct DurableGroup {
    pub(crate) classic: Option<Arc<ClassicGroupValue>>,
    pub(crate) consumer: Option<Box<ConsumerGroup>>,
    pub(crate) offsets: BTreeMap<Arc<str>, BTreeMap<i32, OffsetValue>>,
}

impl DurableGroup {
    fn is_void(&self) -> bool {
        self.classic.is_none() && self.consumer.is_none() && self.offsets.is_empty()
    }

    /// The committed offset of a partition.
    pub(crate) fn offset(&self, topic: &str, partition: i32) -> Option<&OffsetValue> {
        self.offsets.get(topic)?.get(&partition)
    }

    fn set_offset(
        &mut self,
        topic: &Arc<str>,
        partition: i32,
        value: Option<OffsetValue>,
    ) -> Option<OffsetValue> {
        if let Some(value) = value {
            if let Some(partitions) = self.offsets.get_mut(topic) {
                return partitions.insert(partition, value);
            }
            self.offsets.entry(Arc::clone(topic)).or_default().insert(partition, value);
            return None;
        }
        let partitions = self.offsets.get_mut(topic)?;
        let previous = partitions.remove(&partition);
        if partitions.is_empty() {
            self.offsets.remove(topic);
        }
        previous
    }

    /// The part that consumer records change; created on demand.
    fn consumer_mut(&mut self) -> &mut ConsumerGroup {
        self.consumer.get_or_insert_default()
    }
}

impl State {
    pub(crate) fn group(&self, group: &GroupId) -> Option<&DurableGroup> {
        self.groups.get(group)
    }

    pub(crate) fn consumer(&self, group: &GroupId) -> Option<&ConsumerGroup> {
        self.groups.get(group)?.consumer.as_deref()
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = (&GroupId, &DurableGroup)> {
        self.groups.iter()
    }

    /// What the cells take, but for offsets.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Changes one cell and returns the change that takes it back.
    pub(crate) fn apply(&mut self, change: GroupRecord) -> GroupRecord {
        let id = change.group().clone();
        let group = self.groups.entry(id.clone()).or_default();
        let added = change.footprint();
        let inverse = change.swap_into(group);
        self.bytes = (self.bytes + added)
            .checked_sub(inverse.footprint())
            .expect("a cell was counted when it was filled");
        if group.consumer.as_ref().is_some_and(|consumer| consumer.is_void()) {
            group.consumer = None;
        }
        if group.is_void() {
            self.groups.remove(&id);
        }
        inverse
    }

    /// Everything as records, such as a compacted log holds.
    pub(crate) fn snapshot(&self) -> Vec<GroupRecord> {
        let mut records = Vec::new();
        for (group, durable) in &self.groups {
            if let Some(value) = &durable.classic {
                records.push(GroupRecord::Classic { group: group.clone(), value: Some(Arc::clone(value)) });
            }
            if let Some(consumer) = &durable.consumer {
                consumer.snapshot(group, &mut records);
            }
            for (topic, partitions) in &durable.offsets {
                records.extend(partitions.iter().map(|(partition, value)| GroupRecord::Offset {
                    group: group.clone(),
                    topic: Arc::clone(topic),
                    partition: *partition,
                    value: Some(value.clone()),
                }));
            }
        }
        records
    }

    /// Applies a record of the log. Returns `false` for a type that is none of ours.
    pub(crate) fn replay(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<bool, DecodeError> {
        match record::decode(key, value)? {
            Decoded::Known(change) => {
                self.apply(change);
                Ok(true)
            }
            Decoded::Other(_) => Ok(false),
        }
    }
}

impl GroupRecord {
    /// Puts the new value into its cell and comes back with the old one.
    fn swap_into(self, to: &mut DurableGroup) -> Self {
        match self {
            Self::Offset { group, topic, partition, value } => {
                let value = to.set_offset(&topic, partition, value);
                Self::Offset { group, topic, partition, value }
            }
            Self::Classic { group, value } => {
                Self::Classic { group, value: std::mem::replace(&mut to.classic, value) }
            }
            Self::Epoch { group, value } => Self::Epoch { group, value: to.consumer_mut().set_epoch(value) },
            Self::PartitionMetadata { group, present } => {
                Self::PartitionMetadata { group, present: to.consumer_mut().set_partition_metadata(present) }
            }
            Self::Member { group, member, value } => {
                let value = to.consumer_mut().set_member(&member, value);
                Self::Member { group, member, value }
            }
            Self::TargetEpoch { group, value } => {
                Self::TargetEpoch { group, value: to.consumer_mut().set_target_epoch(value) }
            }
            Self::Target { group, member, value } => {
                let value = to.consumer_mut().set_target(&member, value);
                Self::Target { group, member, value }
            }
            Self::Current { group, member, value } => {
                let value = to.consumer_mut().set_current(&member, value);
                Self::Current { group, member, value }
            }
            Self::Regex { group, pattern, value } => {
                let value = to.consumer_mut().set_regex(&pattern, value);
                Self::Regex { group, pattern, value }
            }
        }
    }
}
