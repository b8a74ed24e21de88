//! Applying records: the only code that changes an image.

use std::sync::Arc;

use weir_model::{BrokerId, PartitionIndex, ProducerId, TopicId, TopicName, Uuid};

use super::{MetadataDelta, MetadataImage};
use crate::record::{ConfigResource, MetadataRecord};

/// A record contradicts the image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The cluster's id never changes.
    #[error("the cluster is {known}, a record names cluster {found}")]
    OtherCluster {
        /// The id of the image.
        known: Uuid,
        /// The id of the record.
        found: Uuid,
    },
    /// No topic has this id.
    #[error("there is no topic with id {0}")]
    UnknownTopic(TopicId),
    /// No topic has this name.
    #[error("there is no topic '{0}'")]
    UnknownTopicName(TopicName),
    /// The name or the id is taken, or the id is zero.
    #[error("the name of topic '{name}' or its id {id} is taken")]
    TopicTwice {
        /// The name.
        name: TopicName,
        /// The id.
        id: TopicId,
    },
    /// A partition's state breaks an invariant.
    #[error("partition {topic}-{partition}: {problem}")]
    Partition {
        /// The topic.
        topic: TopicName,
        /// The partition.
        partition: PartitionIndex,
        /// Which invariant.
        problem: &'static str,
    },
    /// No broker has this id.
    #[error("broker {0} is not registered")]
    UnknownBroker(BrokerId),
    /// A registration breaks an invariant.
    #[error("broker {broker}: {problem}")]
    Broker {
        /// Which broker.
        broker: BrokerId,
        /// Which invariant.
        problem: &'static str,
    },
    /// Producer ids never go back.
    #[error("producer ids went on to {known}, a record goes back to {found}")]
    ProducerIdsBack {
        /// The first free id of the image.
        known: ProducerId,
        /// The one of the record.
        found: ProducerId,
    },
    /// A feature's level is negative.
    #[error("feature '{0}' has a negative level")]
    FeatureLevel(Arc<str>),
}

impl MetadataImage {
    pub(super) fn apply_record(
        &mut self,
        record: &MetadataRecord,
        delta: &mut MetadataDelta,
    ) -> Result<(), ApplyError> {
        match record {
            MetadataRecord::Cluster { cluster_id } => self.apply_cluster(*cluster_id),
            MetadataRecord::Feature { name, level } => self.apply_feature(name, *level, delta),
            MetadataRecord::BrokerRegistered(registration) => {
                delta.changed_brokers.insert(registration.broker);
                Arc::make_mut(&mut self.brokers).register(registration)
            }
            MetadataRecord::BrokerUnregistered { broker } => {
                delta.changed_brokers.insert(*broker);
                Arc::make_mut(&mut self.brokers).unregister(*broker)
            }
            MetadataRecord::BrokerFenced { broker, fenced } => {
                delta.changed_brokers.insert(*broker);
                Arc::make_mut(&mut self.brokers).fence(*broker, *fenced)
            }
            MetadataRecord::LeaderRestarted { broker } => {
                let changed = |topic, partition| delta.partition_changed(topic, partition);
                Arc::make_mut(&mut self.topics).restart_leader(*broker, changed)
            }
            MetadataRecord::Topic { name, id } => {
                delta.created_topics.insert(*id);
                Arc::make_mut(&mut self.topics).create(name, *id)
            }
            MetadataRecord::Partition { topic, partition, state } => {
                delta.partition_changed(*topic, *partition);
                Arc::make_mut(&mut self.topics).set_partition(*topic, *partition, state)
            }
            MetadataRecord::TopicDeleted { id } => self.apply_deletion(*id, delta),
            MetadataRecord::Config { resource, name, value } => {
                self.apply_config(resource, name, value.as_ref(), delta)
            }
            MetadataRecord::ProducerIds { next, .. } => self.apply_producer_ids(*next),
        }
    }

    fn apply_cluster(&mut self, found: Uuid) -> Result<(), ApplyError> {
        match self.cluster_id.replace(found) {
            Some(known) if known != found => Err(ApplyError::OtherCluster { known, found }),
            _ => Ok(()),
        }
    }

    fn apply_feature(
        &mut self,
        name: &Arc<str>,
        level: i16,
        delta: &mut MetadataDelta,
    ) -> Result<(), ApplyError> {
        let features = Arc::make_mut(&mut self.features);
        delta.features_changed = true;
        match level {
            ..0 => return Err(ApplyError::FeatureLevel(name.clone())),
            0 => features.remove(name),
            1.. => features.insert(name.clone(), level),
        };
        Ok(())
    }

    fn apply_deletion(&mut self, id: TopicId, delta: &mut MetadataDelta) -> Result<(), ApplyError> {
        let topic = Arc::make_mut(&mut self.topics).delete(id)?;
        let resource = ConfigResource::Topic(topic.name().clone());
        if !self.configs.of(&resource).is_empty() {
            Arc::make_mut(&mut self.configs).remove(&resource);
        }
        delta.topic_deleted(id, topic);
        Ok(())
    }

    fn apply_config(
        &mut self,
        resource: &ConfigResource,
        name: &Arc<str>,
        value: Option<&Arc<str>>,
        delta: &mut MetadataDelta,
    ) -> Result<(), ApplyError> {
        if let ConfigResource::Topic(topic) = resource
            && self.topics.by_name(topic).is_none()
        {
            return Err(ApplyError::UnknownTopicName(topic.clone()));
        }
        Arc::make_mut(&mut self.configs).set(resource, name, value);
        delta.changed_configs.insert(resource.clone());
        Ok(())
    }

    fn apply_producer_ids(&mut self, found: ProducerId) -> Result<(), ApplyError> {
        let known = self.next_producer_id;
        if found < known {
            return Err(ApplyError::ProducerIdsBack { known, found });
        }
        self.next_producer_id = found;
        Ok(())
    }
}
