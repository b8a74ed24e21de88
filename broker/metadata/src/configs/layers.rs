//! The layers that a value may come from, and which one wins.

use std::collections::BTreeMap;

use weir_model::{BrokerId, TopicName};

use super::broker_keys::BROKER_SYNONYMS;
use super::key::{ConfigKey, TopicKey};
use super::value::Value;
use super::{broker_key, topic_key};
use crate::image::MetadataImage;
use crate::record::ConfigResource;

/// Where a value comes from, with Kafka's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i8)]
pub enum ConfigSource {
    /// Set for the topic.
    Topic = 1,
    /// Set for the broker while running.
    DynamicBroker = 2,
    /// Set for all brokers while running.
    DynamicDefaultBroker = 3,
    /// In the broker's file.
    StaticBroker = 4,
    /// Nobody set it.
    Default = 5,
    /// Set for the group.
    Group = 8,
}

impl ConfigSource {
    /// The number on the wire.
    pub const fn code(self) -> i8 {
        self as i8
    }
}

/// What the broker's file says: names and values that [`super::check_static`] accepted.
pub type StaticConfig = BTreeMap<String, String>;

/// Everything that decides a config of one broker.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// What was set while running.
    pub image: &'a MetadataImage,
    /// For which broker.
    pub broker: BrokerId,
    /// Its file.
    pub fixed: &'a StaticConfig,
}

impl<'a> Layers<'a> {
    /// What a layer says of a broker config, `None` when nothing.
    pub(super) fn at(&self, source: ConfigSource, name: &str) -> Option<&'a str> {
        let set = |resource| self.image.configs_of(resource).get(name).map(|value| &**value);
        match source {
            ConfigSource::DynamicBroker => set(&ConfigResource::Broker(self.broker)),
            ConfigSource::DynamicDefaultBroker => set(&ConfigResource::ClusterDefault),
            ConfigSource::StaticBroker => self.fixed.get(name).map(String::as_str),
            ConfigSource::Default => broker_key(name).and_then(|key| key.default),
            ConfigSource::Topic | ConfigSource::Group => None,
        }
    }

    /// The value of a broker config that somebody set. A value that its config does not take (an older version took it)
    /// counts as not set.
    pub(super) fn set_value(&self, key: &ConfigKey) -> Option<Value> {
        const SET: [ConfigSource; 3] =
            [ConfigSource::DynamicBroker, ConfigSource::DynamicDefaultBroker, ConfigSource::StaticBroker];
        SET.iter().filter_map(|source| self.at(*source, key.name)).find_map(|text| key.parse(text).ok())
    }

    /// The value of a broker config, its own default included, `None` for null.
    pub fn broker_value(&self, name: &str) -> Option<Value> {
        let key = broker_key(name)?;
        self.set_value(key).or_else(|| key.default.and_then(|text| key.parse(text).ok()))
    }

    /// The value of a topic config for a topic, or for topics that say nothing.
    pub fn topic_value(&self, topic: Option<&TopicName>, name: &str) -> Option<Value> {
        let topic_key = topic_key(name)?;
        topic
            .and_then(|topic| self.own_value(topic, &topic_key.key))
            .or_else(|| self.inherited_value(topic_key))
    }

    fn own_value(&self, topic: &TopicName, key: &ConfigKey) -> Option<Value> {
        let configs = self.image.configs_of(&ConfigResource::Topic(topic.clone()));
        configs.get(key.name).and_then(|text| key.parse(text).ok())
    }

    /// What a topic gets that says nothing.
    fn inherited_value(&self, topic_key: &TopicKey) -> Option<Value> {
        let synonyms =
            topic_key.synonyms.iter().filter_map(|(name, factor)| Some((broker_key(name)?, *factor)));
        let set = synonyms.clone().find_map(|(key, factor)| Some(in_unit(self.set_value(key)?, factor)));
        let default = || {
            let mut synonyms = synonyms;
            synonyms.find_map(|(key, factor)| Some(in_unit(key.parse(key.default?).ok()?, factor)))
        };
        set.or_else(default).or_else(|| topic_key.key.default.and_then(|text| topic_key.key.parse(text).ok()))
    }
}

/// A number of hours as one of milliseconds; a negative one means "no limit" in every unit.
fn in_unit(value: Value, factor: i64) -> Value {
    match value {
        Value::Number(number) if factor != 1 && number < 0 => Value::Number(-1),
        Value::Number(number) => Value::Number(number.saturating_mul(factor)),
        value => value,
    }
}

/// The broker configs that stand in for one, itself first.
pub(super) fn broker_synonyms(name: &'static str) -> Vec<&'static str> {
    match BROKER_SYNONYMS
        .iter()
        .find_map(|family| family.iter().position(|member| *member == name).map(|at| &family[at..]))
    {
        Some(family) => family.to_vec(),
        None => vec![name],
    }
}
