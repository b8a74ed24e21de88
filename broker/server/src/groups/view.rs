//! What the machines see of the metadata: topics, and the settings of group coordination.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_coordinator::{
    ConsumerTimes, GroupConfig, MigrationPolicy, TopicInfo, TopicsView, is_known_assignor,
};
use weir_metadata::configs::{BrokerConfig, GroupTimes};
use weir_metadata::{MetadataImage, TopicImage};
use weir_model::{GroupId, TopicId};

/// One state of topics and settings.
#[derive(Debug)]
pub(super) struct GroupView {
    /// The topics.
    pub(super) topics: Arc<ImageTopics>,
    /// The settings.
    pub(super) config: Arc<GroupConfig>,
    /// Topics that were there in the view before and are gone.
    pub(super) deleted: Vec<(Arc<str>, TopicId)>,
}

/// The topics of an image.
#[derive(Debug)]
pub(super) struct ImageTopics {
    image: Arc<MetadataImage>,
    version: i64,
}

impl ImageTopics {
    pub(super) fn new(image: Arc<MetadataImage>, version: i64) -> Self {
        Self { image, version }
    }

    /// What is gone in `next`: a topic that was made anew under its name is another topic.
    pub(super) fn deleted_in(&self, next: &MetadataImage) -> Vec<(Arc<str>, TopicId)> {
        let gone = self.image.topics().iter().filter(|topic| next.topics().by_id(topic.id()).is_none());
        gone.map(|topic| (topic.name().as_str().into(), topic.id())).collect()
    }
}

fn info(topic: &TopicImage) -> TopicInfo {
    TopicInfo { name: topic.name().as_str().into(), id: topic.id(), partition_count: topic.partition_count() }
}

impl TopicsView for ImageTopics {
    fn by_name(&self, name: &str) -> Option<TopicInfo> {
        self.image.topics().by_text(name).map(|topic| info(topic))
    }

    fn by_id(&self, id: TopicId) -> Option<TopicInfo> {
        self.image.topics().by_id(id).map(|topic| info(topic))
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(&str)) {
        self.image.topics().iter().for_each(|topic| visit(topic.name().as_str()));
    }

    fn version(&self) -> i64 {
        self.version
    }
}

/// The machine's settings from the broker's.
pub(super) fn config(broker: &BrokerConfig, own: &BTreeMap<String, GroupTimes>) -> GroupConfig {
    let (groups, consumer, offsets) = (&broker.group, &broker.consumer_group, &broker.offsets);
    let defaults = GroupConfig::default();
    let known: Vec<Arc<str>> = consumer
        .assignors
        .iter()
        .filter(|name| is_known_assignor(name))
        .map(|name| name.as_str().into())
        .collect();
    GroupConfig {
        session_timeout_min: groups.session_timeout_min,
        session_timeout_max: groups.session_timeout_max,
        initial_rebalance_delay: groups.initial_rebalance_delay,
        group_size_max: groups.size_max.min(defaults.group_size_max),
        memory_bytes_max: groups.memory_bytes_max,
        consumer_session_timeout: consumer.session_timeout,
        consumer_heartbeat_interval: consumer.heartbeat_interval,
        consumer_times: own
            .iter()
            .map(|(group, own)| {
                let times = ConsumerTimes {
                    session_timeout: own.session_timeout,
                    heartbeat_interval: own.heartbeat_interval,
                };
                (GroupId::new(group), times)
            })
            .collect(),
        consumer_group_size_max: consumer.size_max.min(defaults.consumer_group_size_max),
        consumer_assignment_interval: consumer.assignment_interval,
        consumer_assignors: if known.is_empty() { defaults.consumer_assignors } else { known },
        migration: MigrationPolicy::of(groups.migration.upgrade, groups.migration.downgrade),
        offset_metadata_max: offsets.metadata_bytes_max,
        offsets_retention: offsets.retention,
        offsets_retention_check_interval: offsets.retention_check_interval,
        new_member_join_timeout: defaults.new_member_join_timeout,
    }
}
