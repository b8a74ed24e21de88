//! Adding partitions to topics (`CreatePartitions`).

use weir_model::{ErrorCode, PartitionIndex};

use super::create_topics::check_count;
use super::placement::{chosen, deal};
use super::{Controller, Decision, Draft, Draw, PARTITIONS_PER_REQUEST_MAX, Refusal, repeated};
use crate::image::TopicImage;
use crate::record::{MetadataRecord, PartitionState};

/// A topic that is to have more partitions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartitionGrowth {
    /// Its name.
    pub name: String,
    /// How many partitions it is to have in all.
    pub count: i32,
    /// The replicas of each new partition, when the user chooses them.
    pub assignments: Option<Vec<Vec<i32>>>,
}

impl Controller<'_> {
    /// Adds partitions; one answer for each distinct name, names that stand in the request twice are refused. To validate
    /// only, drop the records.
    pub fn create_partitions(
        &self,
        topics: &[PartitionGrowth],
        draw: Draw<'_>,
    ) -> Decision<Vec<(String, Result<(), Refusal>)>> {
        let mut draft = Draft::new(self.layers);
        let twice = repeated(topics.iter().map(|topic| topic.name.as_str()));
        let mut room = PARTITIONS_PER_REQUEST_MAX;
        let mut answer: Vec<(String, Result<(), Refusal>)> = Vec::new();
        for (topic, twice) in topics.iter().zip(twice) {
            if !twice {
                answer.push((topic.name.clone(), self.grow(&mut draft, topic, &mut room, draw)));
            } else if !answer.iter().any(|(name, _)| *name == topic.name) {
                let message = format!("topic '{}' stands in the request more than once", topic.name);
                answer.push((topic.name.clone(), Err(Refusal::new(ErrorCode::InvalidRequest, message))));
            }
        }
        Decision { records: draft.records, answer }
    }

    fn grow(
        &self,
        draft: &mut Draft<'_>,
        growth: &PartitionGrowth,
        room: &mut usize,
        draw: Draw<'_>,
    ) -> Result<(), Refusal> {
        let Some(topic) = draft.image.topics().by_text(&growth.name).cloned() else {
            let message = format!("there is no topic '{}'", growth.name);
            return Err(Refusal::new(ErrorCode::UnknownTopicOrPartition, message));
        };
        let first = topic.partition_count();
        let added = added_count(&topic, growth)?;
        let partitions = self.added_partitions(draft, &topic, growth, added, draw)?;
        *room = room.checked_sub(partitions.len()).ok_or_else(|| {
            let message = format!("one request may create at most {PARTITIONS_PER_REQUEST_MAX} partitions");
            Refusal::new(ErrorCode::PolicyViolation, message)
        })?;
        self.check_capacity(&draft.image, &partitions)?;
        let numbered = (first..).map(PartitionIndex).zip(partitions);
        let record = |(partition, state)| MetadataRecord::Partition { topic: topic.id(), partition, state };
        draft.accept(numbered.map(record).collect())
    }

    fn added_partitions(
        &self,
        draft: &Draft<'_>,
        topic: &TopicImage,
        growth: &PartitionGrowth,
        added: i32,
        draw: Draw<'_>,
    ) -> Result<Vec<PartitionState>, Refusal> {
        let brokers = draft.image.brokers();
        let factor = topic.partitions().first().map_or(1, |state| state.replicas.len());
        let Some(assignments) = &growth.assignments else {
            let factor = i16::try_from(factor).unwrap_or(i16::MAX);
            let [a, b, c, d, e, f, g, h, ..] = draw();
            let start = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
            return deal(brokers, PartitionIndex(topic.partition_count()), added, factor, start);
        };
        if i32::try_from(assignments.len()) != Ok(added) {
            let message =
                format!("{added} partitions are added, but replicas are given for {}", assignments.len());
            return Err(Refusal::new(ErrorCode::InvalidReplicaAssignment, message));
        }
        assignments.iter().map(|replicas| chosen(brokers, replicas, Some(factor))).collect()
    }
}

fn added_count(topic: &TopicImage, growth: &PartitionGrowth) -> Result<i32, Refusal> {
    let (name, current) = (topic.name(), topic.partition_count());
    let refused = |message: String| Err(Refusal::new(ErrorCode::InvalidPartitions, message));
    if growth.count == current {
        return refused(format!("topic '{name}' has {current} partitions already"));
    }
    if growth.count < current {
        return refused(format!(
            "topic '{name}' has {current} partitions; their number can't be lowered to {}",
            growth.count
        ));
    }
    check_count(growth.count)?;
    Ok(growth.count - current)
}
