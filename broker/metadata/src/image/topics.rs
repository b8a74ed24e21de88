//! Topics by name and by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::{BrokerId, LeaderEpoch, PartitionEpoch, PartitionIndex, TopicId, TopicName};

use super::ApplyError;
use crate::record::{MetadataRecord, PartitionState};

/// One topic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicImage {
    name: TopicName,
    id: TopicId,
    partitions: Vec<PartitionState>,
}

impl TopicImage {
    /// Its name.
    pub fn name(&self) -> &TopicName {
        &self.name
    }

    /// Its id.
    pub fn id(&self) -> TopicId {
        self.id
    }

    /// Its partitions; the index is the partition's number.
    pub fn partitions(&self) -> &[PartitionState] {
        &self.partitions
    }

    /// One partition.
    pub fn partition(&self, index: PartitionIndex) -> Option<&PartitionState> {
        self.partitions.get(usize::try_from(index.0).ok()?)
    }

    /// How many partitions it has.
    pub fn partition_count(&self) -> i32 {
        i32::try_from(self.partitions.len()).unwrap_or(i32::MAX)
    }

    /// The partitions with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (PartitionIndex, &PartitionState)> {
        (0..).map(PartitionIndex).zip(&self.partitions)
    }
}

/// All topics.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Topics {
    by_id: BTreeMap<TopicId, Arc<TopicImage>>,
    by_name: BTreeMap<TopicName, TopicId>,
    partition_count: usize,
}

impl Topics {
    /// The topic of an id.
    pub fn by_id(&self, id: TopicId) -> Option<&Arc<TopicImage>> {
        self.by_id.get(&id)
    }

    /// The topic of a name.
    pub fn by_name(&self, name: &TopicName) -> Option<&Arc<TopicImage>> {
        self.by_id.get(self.by_name.get(name)?)
    }

    /// The topic of a name that nobody has checked yet.
    pub fn by_text(&self, name: &str) -> Option<&Arc<TopicImage>> {
        self.by_name(&TopicName::new(name).ok()?)
    }

    /// All topics in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<TopicImage>> {
        self.by_name.values().filter_map(|id| self.by_id.get(id))
    }

    /// Topics from a name on, in the order of their names.
    pub fn from_name(&self, first: &TopicName) -> impl Iterator<Item = &Arc<TopicImage>> {
        self.by_name.range(first.clone()..).filter_map(|(_, id)| self.by_id.get(id))
    }

    /// How many topics there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// How many partitions all topics have together.
    pub fn partition_count(&self) -> usize {
        self.partition_count
    }

    /// A topic whose name differs from `name` only in `.` against `_`.
    pub fn colliding(&self, name: &TopicName) -> Option<&TopicName> {
        let text = name.as_str();
        if !text.contains(['.', '_']) {
            return None;
        }
        self.by_name.keys().find(|other| *other != name && same_metric_name(other.as_str(), text))
    }

    pub(super) fn snapshot(&self, records: &mut Vec<MetadataRecord>) {
        for topic in self.iter() {
            records.push(MetadataRecord::Topic { name: topic.name.clone(), id: topic.id });
            for (partition, state) in topic.numbered() {
                records.push(MetadataRecord::Partition { topic: topic.id, partition, state: state.clone() });
            }
        }
    }

    pub(super) fn create(&mut self, name: &TopicName, id: TopicId) -> Result<(), ApplyError> {
        if self.by_name.contains_key(name) || self.by_id.contains_key(&id) || id == TopicId::ZERO {
            return Err(ApplyError::TopicTwice { name: name.clone(), id });
        }
        self.by_name.insert(name.clone(), id);
        self.by_id.insert(id, Arc::new(TopicImage { name: name.clone(), id, partitions: Vec::new() }));
        Ok(())
    }

    pub(super) fn delete(&mut self, id: TopicId) -> Result<Arc<TopicImage>, ApplyError> {
        let topic = self.by_id.remove(&id).ok_or(ApplyError::UnknownTopic(id))?;
        self.by_name.remove(&topic.name);
        self.partition_count -= topic.partitions.len();
        Ok(topic)
    }

    pub(super) fn set_partition(
        &mut self,
        id: TopicId,
        index: PartitionIndex,
        state: &PartitionState,
    ) -> Result<(), ApplyError> {
        let topic = Arc::make_mut(self.by_id.get_mut(&id).ok_or(ApplyError::UnknownTopic(id))?);
        let refused =
            |problem| ApplyError::Partition { topic: topic.name.clone(), partition: index, problem };
        check_state(state).map_err(refused)?;
        let position = usize::try_from(index.0).map_err(|_| refused("its number is negative"))?;
        let count = topic.partitions.len();
        match topic.partitions.get_mut(position) {
            Some(current) if current.leader_epoch > state.leader_epoch => {
                Err(refused("its leader epoch goes back"))
            }
            Some(current) if current.partition_epoch > state.partition_epoch => {
                Err(refused("its partition epoch goes back"))
            }
            Some(current) => {
                current.clone_from(state);
                Ok(())
            }
            None if position == count => {
                topic.partitions.push(state.clone());
                self.partition_count += 1;
                Ok(())
            }
            None => Err(refused("the partition before it is missing")),
        }
    }

    /// Opens a new term of every partition that the broker leads, and tells which.
    pub(super) fn restart_leader(
        &mut self,
        broker: BrokerId,
        mut changed: impl FnMut(TopicId, PartitionIndex),
    ) -> Result<(), ApplyError> {
        for topic in self.by_id.values_mut() {
            if !topic.partitions.iter().any(|state| state.leader == broker) {
                continue;
            }
            let topic = Arc::make_mut(topic);
            for (index, state) in (0..).map(PartitionIndex).zip(&mut topic.partitions) {
                if state.leader != broker {
                    continue;
                }
                let spent = || ApplyError::Partition {
                    topic: topic.name.clone(),
                    partition: index,
                    problem: "its epochs are used up",
                };
                state.leader_epoch = LeaderEpoch(state.leader_epoch.0.checked_add(1).ok_or_else(spent)?);
                state.partition_epoch =
                    PartitionEpoch(state.partition_epoch.0.checked_add(1).ok_or_else(spent)?);
                changed(topic.id, index);
            }
        }
        Ok(())
    }
}

fn same_metric_name(one: &str, other: &str) -> bool {
    let folded = |byte: u8| if byte == b'.' { b'_' } else { byte };
    one.len() == other.len() && one.bytes().zip(other.bytes()).all(|(a, b)| folded(a) == folded(b))
}

fn check_state(state: &PartitionState) -> Result<(), &'static str> {
    let mut sorted = state.replicas.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let mut isr = state.isr.clone();
    isr.sort_unstable();
    isr.dedup();
    if state.replicas.is_empty() {
        Err("it has no replica")
    } else if sorted.len() != state.replicas.len() || isr.len() != state.isr.len() {
        Err("a broker is named twice")
    } else if sorted[0] < BrokerId(0) {
        Err("a broker id is negative")
    } else if !isr.iter().all(|broker| sorted.binary_search(broker).is_ok()) {
        Err("its ISR is not a subset of its replicas")
    } else if state.leader != BrokerId::NONE && isr.binary_search(&state.leader).is_err() {
        Err("its leader is not in sync")
    } else if state.leader_epoch.0 < 0 || state.partition_epoch.0 < 0 {
        Err("an epoch is negative")
    } else {
        Ok(())
    }
}
