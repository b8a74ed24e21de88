//! Which value is in force, and what is said of it.

use std::time::Duration;

use weir_metadata::configs::{
    BrokerConfig, CleanupPolicy, CompressionType, ConfigDescription, ConfigSource, Durability, TimestampType,
    TopicConfig, check_static, describe_broker, describe_cluster_default, describe_topic,
};
use weir_metadata::{ConfigResource, MetadataRecord};
use weir_model::BrokerId;

use crate::world::{World, name, topic, with_config};

fn set(resource: ConfigResource, name: &str, value: &str) -> MetadataRecord {
    MetadataRecord::Config { resource, name: name.into(), value: Some(value.into()) }
}

fn find<'a>(all: &'a [ConfigDescription], name: &str) -> &'a ConfigDescription {
    all.iter().find(|description| description.name == name).unwrap()
}

fn synonyms(description: &ConfigDescription) -> Vec<(&str, &str, ConfigSource)> {
    let shown = |synonym: &'_ weir_metadata::configs::Synonym| {
        (synonym.name, synonym.value.clone().unwrap_or_default(), synonym.source)
    };
    description.synonyms.iter().map(shown).map(|(a, b, c)| (a, &*b.leak(), c)).collect()
}

#[test]
fn a_topic_that_says_nothing_has_kafkas_defaults() {
    let world = World::new(1);
    let config = TopicConfig::resolve(&world.layers(), None);
    assert_eq!(config.cleanup_policy, CleanupPolicy { delete: true, compact: false });
    assert_eq!(config.retention, Some(Duration::from_hours(168)));
    assert_eq!(config.segment_age_max, Duration::from_hours(168));
    assert_eq!((config.retention_bytes, config.flush_messages, config.flush_interval), (None, None, None));
    assert_eq!((config.segment_bytes, config.max_message_bytes), (1 << 30, 1_048_588));
    assert_eq!(config.durability, Durability::Flushed);
    assert_eq!(config.timestamp_type, TimestampType::CreateTime);
    assert_eq!(config.compression.codec, CompressionType::Producer);
    assert_eq!(config.max_compaction_lag, None);
}

#[test]
fn the_nearest_layer_wins() {
    let mut world =
        World::new(2).with_static("log.retention.hours", "1").with_static("compression.type", "gzip");
    world.create(topic("t", 1, 1));
    let retention = |world: &World| TopicConfig::resolve(&world.layers(), Some(&name("t"))).retention;
    assert_eq!(retention(&world), Some(Duration::from_hours(1)));
    world.fixed.insert("log.retention.minutes".to_owned(), "2".to_owned());
    assert_eq!(retention(&world), Some(Duration::from_mins(2)));
    world.commit(&[set(ConfigResource::ClusterDefault, "log.retention.ms", "3000")]);
    assert_eq!(retention(&world), Some(Duration::from_secs(3)));
    world.commit(&[set(ConfigResource::Broker(BrokerId(2)), "log.retention.ms", "9000")]);
    assert_eq!(retention(&world), Some(Duration::from_secs(3)), "another broker's");
    world.commit(&[set(ConfigResource::Broker(BrokerId(1)), "log.retention.ms", "4000")]);
    assert_eq!(retention(&world), Some(Duration::from_secs(4)));
    world.commit(&[set(ConfigResource::Topic(name("t")), "retention.ms", "-1")]);
    assert_eq!(retention(&world), None);
    world.fixed.insert("log.roll.hours".to_owned(), "2".to_owned());
    let config = TopicConfig::resolve(&world.layers(), Some(&name("t")));
    assert_eq!(config.segment_age_max, Duration::from_hours(2));
    assert_eq!(config.compression.codec, CompressionType::Gzip);
}

#[test]
fn hours_below_zero_are_no_limit() {
    let world = World::new(1).with_static("log.retention.hours", "-1");
    assert_eq!(TopicConfig::resolve(&world.layers(), None).retention, None);
}

#[test]
fn a_topic_is_described_with_all_that_stands_behind() {
    let mut world = World::new(1).with_static("log.segment.bytes", "2097152");
    world.create(with_config(topic("t", 1, 1), "segment.bytes", " 1048576 "));
    world.commit(&[set(ConfigResource::ClusterDefault, "log.segment.bytes", "4194304")]);
    let all = describe_topic(&world.layers(), &name("t"));
    assert_eq!(all.len(), 34);
    let segment = find(&all, "segment.bytes");
    assert_eq!((segment.value.as_deref(), segment.source), (Some("1048576"), ConfigSource::Topic));
    assert_eq!(
        synonyms(segment),
        [
            ("segment.bytes", "1048576", ConfigSource::Topic),
            ("log.segment.bytes", "4194304", ConfigSource::DynamicDefaultBroker),
            ("log.segment.bytes", "2097152", ConfigSource::StaticBroker),
            ("log.segment.bytes", "1073741824", ConfigSource::Default),
        ]
    );
    let cleanup = find(&all, "cleanup.policy");
    assert_eq!(
        (cleanup.value.as_deref(), cleanup.source, cleanup.read_only),
        (Some("delete"), ConfigSource::Default, false)
    );
    assert_eq!(synonyms(find(&all, "segment.ms")), [], "nobody set log.roll.ms");
    assert_eq!(find(&all, "segment.ms").value.as_deref(), Some("604800000"));
    assert_eq!(find(&all, "remote.storage.enable").source, ConfigSource::Default);
    assert_eq!(find(&all, "retention.ms").value.as_deref(), Some("604800000"));
}

#[test]
fn a_broker_is_described_with_all_of_its_configs() {
    let mut world = World::new(1).with_static("num.partitions", "3").with_static("node.id", "1");
    world.commit(&[
        set(ConfigResource::Broker(BrokerId(1)), "max.connections", "5"),
        set(ConfigResource::ClusterDefault, "message.max.bytes", "2000"),
    ]);
    let all = describe_broker(&world.layers());
    assert!(all.is_sorted_by(|a, b| a.name < b.name) && all.len() > 90);
    let partitions = find(&all, "num.partitions");
    assert_eq!(
        (partitions.value.as_deref(), partitions.source, partitions.read_only),
        (Some("3"), ConfigSource::StaticBroker, true)
    );
    let connections = find(&all, "max.connections");
    assert_eq!(
        (connections.value.as_deref(), connections.source, connections.read_only),
        (Some("5"), ConfigSource::DynamicBroker, false)
    );
    assert_eq!(find(&all, "log.retention.ms").value, None);
    assert_eq!(find(&all, "log.retention.hours").value.as_deref(), Some("168"));
    let defaults = describe_cluster_default(&world.layers());
    assert_eq!(
        defaults.iter().map(|description| description.name).collect::<Vec<_>>(),
        ["message.max.bytes"]
    );
}

#[test]
fn the_brokers_own_values_are_typed() {
    let world = World::new(1)
        .with_static("max.connections.per.ip.overrides", "127.0.0.1:2,localhost:3")
        .with_static("connections.max.idle.ms", "-1")
        .with_static("group.consumer.migration.policy", "UPGRADE")
        .with_static("offsets.retention.minutes", "2");
    let config = BrokerConfig::resolve(&world.layers());
    assert_eq!(config.network.connections_per_ip_overrides["localhost"], 3);
    assert_eq!(config.network.connection_idle_max, None);
    assert_eq!(config.network.request_bytes_max, 100 * 1024 * 1024);
    assert!(config.group.migration.upgrade && !config.group.migration.downgrade);
    assert_eq!(config.offsets.retention, Duration::from_mins(2));
    assert_eq!(config.offsets.topic_partitions, 50);
    assert!(config.topics.auto_create && config.topics.delete_enabled);
    assert_eq!(config.consumer_group.assignors, ["uniform", "range"]);
}

#[test]
fn a_file_is_checked_as_a_whole() {
    let world = World::new(1)
        .with_static("num.partition", "3")
        .with_static("log.retention.hours", "0")
        .with_static("max.connections.per.ip.overrides", "nobody")
        .with_static("log.segment.bytes", "1");
    let problems = check_static(&world.fixed).unwrap_err();
    let text: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        text,
        [
            "log.retention.hours can't be '0': it must be -1 for no limit, or above 0",
            "log.segment.bytes can't be '1': it must be a 32-bit number, at least 1048576",
            "max.connections.per.ip.overrides can't be 'nobody': it must be address:count with commas between them",
            "there is no broker config 'num.partition'; did you mean 'num.partitions'?",
        ]
    );
    assert!(check_static(&World::new(1).with_static("num.partitions", "3").fixed).is_ok());
}
