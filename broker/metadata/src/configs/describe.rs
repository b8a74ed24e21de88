//! What `DescribeConfigs` tells: value, source, synonyms, type and doc of each config, in the order of the names.

use weir_model::TopicName;

use super::key::{ConfigKey, ConfigType, TopicKey, UpdateMode};
use super::layers::{ConfigSource, Layers, broker_synonyms};
use super::value::Value;
use super::{broker_key, broker_keys, topic_keys};
use crate::record::ConfigResource;

/// A value that a config has, or would have if those before it were not set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Synonym {
    /// The name under which it is set.
    pub name: &'static str,
    /// The value.
    pub value: Option<String>,
    /// Where it is set.
    pub source: ConfigSource,
}

/// One config as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigDescription {
    /// The config.
    pub name: &'static str,
    /// The value in force, `None` for null.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: ConfigSource,
    /// Whether a change takes a restart.
    pub read_only: bool,
    /// The value in force and those behind it.
    pub synonyms: Vec<Synonym>,
    /// Its type.
    pub kind: ConfigType,
    /// What it does.
    pub doc: &'static str,
}

/// All configs of a topic.
pub fn describe_topic(layers: &Layers<'_>, topic: &TopicName) -> Vec<ConfigDescription> {
    topic_keys().iter().map(|topic_key| topic_description(layers, topic, topic_key)).collect()
}

/// All configs of the layers' broker.
pub fn describe_broker(layers: &Layers<'_>) -> Vec<ConfigDescription> {
    let mut all: Vec<_> = broker_keys().map(|key| broker_description(layers, key)).collect();
    all.sort_unstable_by_key(|description| description.name);
    all
}

/// What is set for all brokers while running, and nothing else, as Kafka does.
pub fn describe_cluster_default(layers: &Layers<'_>) -> Vec<ConfigDescription> {
    let set = layers.image.configs_of(&ConfigResource::ClusterDefault);
    let described = |(name, value): (&std::sync::Arc<str>, &std::sync::Arc<str>)| {
        let key = broker_key(name)?;
        let source = ConfigSource::DynamicDefaultBroker;
        let synonyms = synonyms_at(layers, source, &broker_synonyms(key.name));
        Some(description(key, shown(key, value), source, synonyms))
    };
    set.iter().filter_map(described).collect()
}

fn topic_description(layers: &Layers<'_>, topic: &TopicName, topic_key: &TopicKey) -> ConfigDescription {
    let value = layers.topic_value(Some(topic), topic_key.key.name).map(|value| value.to_string());
    own_description(layers, &ConfigResource::Topic(topic.clone()), ConfigSource::Topic, topic_key, value)
}

/// A config that a resource may set for itself and that has broker synonyms; `value` is in force.
pub(super) fn own_description(
    layers: &Layers<'_>,
    resource: &ConfigResource,
    own_source: ConfigSource,
    layered: &TopicKey,
    value: Option<String>,
) -> ConfigDescription {
    let key = &layered.key;
    let names: Vec<_> = layered.synonyms.iter().map(|(name, _)| *name).collect();
    let mut synonyms = broker_level_synonyms(layers, &names);
    if let Some(own) = layers.image.configs_of(resource).get(key.name) {
        synonyms.insert(0, Synonym { name: key.name, value: shown(key, own), source: own_source });
    }
    let source = synonyms.first().map_or(ConfigSource::Default, |synonym| synonym.source);
    description(key, value, source, synonyms)
}

fn broker_description(layers: &Layers<'_>, key: &'static ConfigKey) -> ConfigDescription {
    let synonyms = broker_level_synonyms(layers, &broker_synonyms(key.name));
    let value = layers.broker_value(key.name).map(|value| value.to_string());
    let source = synonyms.first().map_or(ConfigSource::Default, |synonym| synonym.source);
    description(key, value, source, synonyms)
}

/// Everything that is set under one of the names, the layer in force first. As in Kafka it begins with the first value of
/// the first name: without one, the value that is in force is no synonym of a name that nobody set.
fn broker_level_synonyms(layers: &Layers<'_>, names: &[&'static str]) -> Vec<Synonym> {
    const ORDER: [ConfigSource; 4] = [
        ConfigSource::DynamicBroker,
        ConfigSource::DynamicDefaultBroker,
        ConfigSource::StaticBroker,
        ConfigSource::Default,
    ];
    let all = ORDER.into_iter().flat_map(|source| synonyms_at(layers, source, names));
    all.skip_while(|synonym| Some(&synonym.name) != names.first()).collect()
}

fn synonyms_at(layers: &Layers<'_>, source: ConfigSource, names: &[&'static str]) -> Vec<Synonym> {
    let at = |name: &'static str| {
        let value = shown(broker_key(name)?, layers.at(source, name)?);
        Some(Synonym { name, value, source })
    };
    names.iter().filter_map(|name| at(name)).collect()
}

fn shown(key: &ConfigKey, text: &str) -> Option<String> {
    Some(key.parse(text).as_ref().map_or_else(|_| text.to_owned(), Value::to_string))
}

fn description(
    key: &ConfigKey,
    value: Option<String>,
    source: ConfigSource,
    synonyms: Vec<Synonym>,
) -> ConfigDescription {
    let read_only = key.mode == UpdateMode::ReadOnly;
    ConfigDescription { name: key.name, value, source, read_only, synonyms, kind: key.kind, doc: key.doc }
}
