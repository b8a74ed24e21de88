//! Topics that come into being because somebody needs them: `__consumer_offsets` when the first group asks for its
//! coordinator, a user's topic when auto-creation is on.

use weir_model::OFFSETS_TOPIC;

use super::{Controller, NewTopic};
use crate::configs::{BrokerConfig, SEGMENT_BYTES_MIN};

impl Controller<'_> {
    /// What `name` is created as when nobody said more than its name.
    pub fn auto_created(&self, name: &str) -> NewTopic {
        if name == OFFSETS_TOPIC { self.offsets_topic() } else { NewTopic::with_defaults(name) }
    }

    /// The topic of the group coordinator. Its replication factor is capped by the number of brokers, so that a cluster of
    /// one has groups.
    pub fn offsets_topic(&self) -> NewTopic {
        let offsets = BrokerConfig::resolve(&self.layers).offsets;
        let brokers = i16::try_from(self.image().brokers().alive().count()).unwrap_or(i16::MAX);
        let segment_bytes = i64::from(offsets.topic_segment_bytes).max(SEGMENT_BYTES_MIN);
        let config = |name: &str, value: String| (name.to_owned(), Some(value));
        NewTopic {
            name: OFFSETS_TOPIC.to_owned(),
            partitions: offsets.topic_partitions,
            replication_factor: offsets.topic_replication_factor.min(brokers.max(1)),
            assignments: Vec::new(),
            configs: vec![
                config("cleanup.policy", "compact".to_owned()),
                config("compression.type", "producer".to_owned()),
                config("segment.bytes", segment_bytes.to_string()),
            ],
        }
    }
}
