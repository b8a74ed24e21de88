//! How far a group's reader has come: offsets count as read only once the records stand in the output.

use std::collections::BTreeMap;

use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

/// The offsets after the records that were formatted and perhaps not written yet.
#[derive(Debug, Default)]
pub(super) struct Unstored {
    topics: BTreeMap<String, BTreeMap<i32, i64>>,
}

impl Unstored {
    /// Remembers a record.
    pub(super) fn add(&mut self, message: &impl Message) {
        let next = message.offset() + 1;
        match self.topics.get_mut(message.topic()) {
            Some(partitions) => {
                partitions.insert(message.partition(), next);
            }
            None => {
                self.topics.insert(message.topic().to_owned(), BTreeMap::from([(message.partition(), next)]));
            }
        }
    }

    /// What may be stored now that everything is written; `None` if there is nothing new.
    pub(super) fn take(&mut self) -> Option<TopicPartitionList> {
        let mut offsets = TopicPartitionList::new();
        for (topic, partitions) in std::mem::take(&mut self.topics) {
            for (partition, next) in partitions {
                // Only an offset below zero would be refused.
                let _ = offsets.add_partition_offset(&topic, partition, Offset::Offset(next));
            }
        }
        (offsets.count() > 0).then_some(offsets)
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::Timestamp;
    use rdkafka::message::OwnedMessage;

    use super::*;

    #[test]
    fn the_newest_of_each_partition_is_kept() {
        let mut unstored = Unstored::default();
        for (topic, partition, offset) in [("a", 0, 4), ("b", 0, 9), ("a", 0, 5), ("a", 1, 7)] {
            let message = OwnedMessage::new(
                None,
                None,
                topic.to_owned(),
                Timestamp::NotAvailable,
                partition,
                offset,
                None,
            );
            unstored.add(&message);
        }
        let taken: Vec<_> = unstored
            .take()
            .iter()
            .flat_map(TopicPartitionList::elements)
            .map(|it| (it.topic().to_owned(), it.partition(), it.offset()))
            .collect();
        let wanted = [("a", 0, 6), ("a", 1, 8), ("b", 0, 10)]
            .map(|(topic, partition, offset)| (topic.to_owned(), partition, Offset::Offset(offset)));
        assert_eq!(taken, wanted);
        assert!(unstored.take().is_none());
    }
}
