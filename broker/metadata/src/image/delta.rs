//! What one committed list of records changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_model::{BrokerId, PartitionIndex, TopicId};

use super::TopicImage;
use crate::record::ConfigResource;

/// The difference between two images. What came and went within one list shows in neither direction.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MetadataDelta {
    /// Topics that the new image has and the old one had not.
    pub created_topics: BTreeSet<TopicId>,
    /// Topics that are gone, as they last were.
    pub deleted_topics: BTreeMap<TopicId, Arc<TopicImage>>,
    /// Partitions, new or changed, of topics that the new image has.
    pub changed_partitions: BTreeMap<TopicId, BTreeSet<PartitionIndex>>,
    /// Resources whose configs changed, deleted topics left out.
    pub changed_configs: BTreeSet<ConfigResource>,
    /// Brokers that came, went or changed.
    pub changed_brokers: BTreeSet<BrokerId>,
    /// Whether a feature changed.
    pub features_changed: bool,
}

impl MetadataDelta {
    /// Whether nothing of the above changed (producer ids and the cluster's id are not in it).
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what a later list changed.
    pub fn merge(&mut self, later: Self) {
        for (id, topic) in later.deleted_topics {
            self.topic_deleted(id, topic);
        }
        self.created_topics.extend(later.created_topics);
        for (id, partitions) in later.changed_partitions {
            self.changed_partitions.entry(id).or_default().extend(partitions);
        }
        self.changed_configs.extend(later.changed_configs);
        self.changed_brokers.extend(later.changed_brokers);
        self.features_changed |= later.features_changed;
    }

    pub(super) fn topic_deleted(&mut self, id: TopicId, topic: Arc<TopicImage>) {
        self.changed_partitions.remove(&id);
        self.changed_configs.remove(&ConfigResource::Topic(topic.name().clone()));
        if !self.created_topics.remove(&id) {
            self.deleted_topics.insert(id, topic);
        }
    }

    pub(super) fn partition_changed(&mut self, id: TopicId, partition: PartitionIndex) {
        self.changed_partitions.entry(id).or_default().insert(partition);
    }
}
