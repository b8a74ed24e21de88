//! The configs of single groups: what they may be set to, what is in force, what is said of them.
//!
//! A group's own value must lie within the broker's `group.consumer.min.*` and `group.consumer.max.*`. Those may change with a
//! restart after the value was set, so that what is in force is kept within them too.

use std::collections::BTreeMap;
use std::time::Duration;

use super::check::unknown;
use super::describe::{ConfigDescription, own_description};
use super::key::{ConfigKey, TopicKey as LayeredKey, Valid};
use super::layers::{ConfigSource, Layers};
use super::value::{ConfigError, Value};
use crate::record::ConfigResource;

const HEARTBEAT: &str = "consumer.heartbeat.interval.ms";
const SESSION: &str = "consumer.session.timeout.ms";

/// All group configs, sorted by name.
const GROUP_KEYS: &[LayeredKey] = &[
    LayeredKey::with(
        ConfigKey::int(
            HEARTBEAT,
            "5000",
            Valid::AtLeast(1),
            "How often members of this group of the consumer protocol are told to send heartbeats.",
        ),
        &[("group.consumer.heartbeat.interval.ms", 1)],
    ),
    LayeredKey::with(
        ConfigKey::int(
            SESSION,
            "45000",
            Valid::AtLeast(1),
            "A member of this group of the consumer protocol that is silent for this long is removed.",
        ),
        &[("group.consumer.session.timeout.ms", 1)],
    ),
];

/// Where a group config must lie: its name, the broker's lower bound, the upper.
const BOUNDS: [(&str, &str, &str); 2] = [
    (HEARTBEAT, "group.consumer.min.heartbeat.interval.ms", "group.consumer.max.heartbeat.interval.ms"),
    (SESSION, "group.consumer.min.session.timeout.ms", "group.consumer.max.session.timeout.ms"),
];

/// What groups set for themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GroupTimes {
    /// `consumer.session.timeout.ms`
    pub session_timeout: Duration,
    /// `consumer.heartbeat.interval.ms`
    pub heartbeat_interval: Duration,
}

/// The group config of a name.
pub fn group_key(name: &str) -> Option<&'static ConfigKey> {
    GROUP_KEYS.iter().map(|layered| &layered.key).find(|key| key.name == name)
}

/// Checks what is to be set for a group.
///
/// # Errors
/// The first config that is refused, or how two of them contradict each other.
pub fn check_group<'a>(
    configs: impl IntoIterator<Item = (&'a str, &'a str)>,
    layers: &Layers<'_>,
) -> Result<(), ConfigError> {
    let mut set = BTreeMap::new();
    for (name, text) in configs {
        let key = group_key(name)
            .ok_or_else(|| unknown("group", name, GROUP_KEYS.iter().map(|layered| layered.key.name)))?;
        if let Value::Number(number) = key.parse(text)? {
            set.insert(key.name, number);
        }
    }
    for (name, least, most) in BOUNDS {
        let (Some(value), bounds) = (set.get(name), (number(layers, least), number(layers, most))) else {
            continue;
        };
        if !(bounds.0..=bounds.1).contains(value) {
            return Err(ConfigError::Conflict(format!(
                "{name} can't be {value}: it must be from {} ({least}) to {} ({most})",
                bounds.0, bounds.1
            )));
        }
    }
    let in_force = |name| set.get(name).copied().unwrap_or_else(|| inherited(layers, name));
    let (session, heartbeat) = (in_force(SESSION), in_force(HEARTBEAT));
    if !set.is_empty() && session <= heartbeat {
        return Err(ConfigError::Conflict(format!(
            "{SESSION} ({session}) must be above {HEARTBEAT} ({heartbeat})"
        )));
    }
    Ok(())
}

/// What is in force for each group that set something.
pub fn group_times(layers: &Layers<'_>) -> BTreeMap<String, GroupTimes> {
    let times = |resource: &ConfigResource| {
        let ConfigResource::Group(group) = resource else { return None };
        let millis = |name| {
            let own = layers.image.configs_of(resource).get(name).and_then(|text| parsed(name, text));
            let value = own.map_or_else(|| inherited(layers, name), |value| within(layers, name, value));
            Duration::from_millis(u64::try_from(value).unwrap_or(0))
        };
        let times = GroupTimes { session_timeout: millis(SESSION), heartbeat_interval: millis(HEARTBEAT) };
        Some((group.to_string(), times))
    };
    layers.image.configs().resources().filter_map(times).collect()
}

/// All configs of a group, whether it exists or not.
pub fn describe_group(layers: &Layers<'_>, group: &str) -> Vec<ConfigDescription> {
    let resource = ConfigResource::Group(group.into());
    let described = |layered: &LayeredKey| {
        let name = layered.key.name;
        let own = layers.image.configs_of(&resource).get(name).and_then(|text| parsed(name, text));
        let value = own.map_or_else(|| inherited(layers, name), |value| within(layers, name, value));
        own_description(layers, &resource, ConfigSource::Group, layered, Some(value.to_string()))
    };
    GROUP_KEYS.iter().map(described).collect()
}

fn parsed(name: &str, text: &str) -> Option<i64> {
    match group_key(name)?.parse(text) {
        Ok(Value::Number(number)) => Some(number),
        _ => None,
    }
}

/// What a group gets that says nothing.
fn inherited(layers: &Layers<'_>, name: &str) -> i64 {
    let synonyms = GROUP_KEYS.iter().find(|layered| layered.key.name == name).map(|layered| layered.synonyms);
    synonyms.and_then(<[_]>::first).map_or(0, |(synonym, _)| number(layers, synonym))
}

fn within(layers: &Layers<'_>, name: &str, value: i64) -> i64 {
    let bounds = BOUNDS.iter().find(|(bounded, ..)| *bounded == name);
    bounds.map_or(value, |(_, least, most)| value.min(number(layers, most)).max(number(layers, least)))
}

fn number(layers: &Layers<'_>, name: &str) -> i64 {
    match layers.broker_value(name) {
        Some(Value::Number(number)) => number,
        other => unreachable!("{name} is a number with a default, not {other:?}"),
    }
}
