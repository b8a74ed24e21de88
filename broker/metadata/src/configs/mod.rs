//! What the settings of topics and brokers mean: the tables of their names, and every question that can be asked of a
//! value: is it allowed, which one is in force, where does it come from.
//!
//! A topic config is resolved in Kafka's order: the topic's own value; then for each of its broker synonyms what is set for
//! this broker, for all brokers, in the broker's file; then the default.

use std::sync::LazyLock;

mod broker;
mod broker_keys;
mod check;
mod describe;
mod group;
mod key;
mod layers;
mod topic;
mod topic_keys;
mod value;

pub use broker::{
    BrokerConfig, ConsumerGroupConfig, GroupConfig, LogDefaults, MigrationPolicy, NetworkConfig,
    OffsetsConfig, TopicDefaults,
};
pub use check::{DynamicError, check_dynamic_broker, check_static, check_topic};
pub use describe::{ConfigDescription, Synonym, describe_broker, describe_cluster_default, describe_topic};
pub use group::{GroupTimes, check_group, describe_group, group_key, group_times};
pub use key::{ConfigKey, ConfigType, TopicKey, UpdateMode, Valid};
pub use layers::{ConfigSource, Layers, StaticConfig};
pub use topic::{CleanupPolicy, CompressionConfig, CompressionType, Durability, TimestampType, TopicConfig};
pub use topic_keys::SEGMENT_BYTES_MIN;
pub use value::{ConfigError, VALUE_BYTES_MAX, Value, list_elements};

/// All topic configs, sorted by name.
pub fn topic_keys() -> &'static [TopicKey] {
    topic_keys::TOPIC_KEYS
}

/// All broker configs.
pub fn broker_keys() -> impl Iterator<Item = &'static ConfigKey> {
    broker_keys::BROKER_KEYS.iter().copied().flatten()
}

/// The topic config of a name.
pub fn topic_key(name: &str) -> Option<&'static TopicKey> {
    topic_keys()
        .binary_search_by(|topic_key| topic_key.key.name.cmp(name))
        .ok()
        .map(|index| &topic_keys()[index])
}

/// The broker config of a name.
pub fn broker_key(name: &str) -> Option<&'static ConfigKey> {
    static BY_NAME: LazyLock<Vec<&'static ConfigKey>> = LazyLock::new(|| {
        let mut keys: Vec<_> = broker_keys().collect();
        keys.sort_unstable_by_key(|key| key.name);
        keys
    });
    BY_NAME.binary_search_by(|key| key.name.cmp(name)).ok().map(|index| BY_NAME[index])
}
