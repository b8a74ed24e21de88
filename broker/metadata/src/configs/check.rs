//! Whether a set of configs is allowed as a whole.

use std::collections::BTreeMap;

use super::key::{ConfigKey, UpdateMode};
use super::value::{ConfigError, Value};
use super::{StaticConfig, broker_key, broker_keys, topic_key, topic_keys};

/// Checks what is to be set for a topic. `inherited` answers what the topic gets for a name that is not set.
///
/// # Errors
/// The first config, in the order of the names, that is refused.
pub fn check_topic<'a>(
    configs: impl IntoIterator<Item = (&'a str, &'a str)>,
    inherited: impl Fn(&str) -> Option<Value>,
) -> Result<(), ConfigError> {
    let mut values = BTreeMap::new();
    for (name, text) in configs {
        let topic_key =
            topic_key(name).ok_or_else(|| unknown("topic", name, topic_keys().iter().map(|k| k.key.name)))?;
        values.insert(name, topic_key.key.parse(text)?);
    }
    let number = |name: &str| match values.get(name).cloned().or_else(|| inherited(name)) {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    };
    if values.get("remote.storage.enable") == Some(&Value::Boolean(true)) {
        let message = "remote.storage.enable can't be true: Weir has no tiered storage";
        return Err(ConfigError::Conflict(message.to_owned()));
    }
    let touches_lag =
        values.contains_key("min.compaction.lag.ms") || values.contains_key("max.compaction.lag.ms");
    match (number("min.compaction.lag.ms"), number("max.compaction.lag.ms")) {
        (Some(least), Some(most)) if touches_lag && least > most => Err(ConfigError::Conflict(format!(
            "min.compaction.lag.ms ({least}) is above max.compaction.lag.ms ({most})"
        ))),
        _ => Ok(()),
    }
}

/// Why a broker config can't be set while the broker runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DynamicError {
    /// The name or the value is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It takes a restart.
    #[error("{0} can't be changed while the broker runs: it belongs in the broker's configuration file")]
    ReadOnly(&'static str),
}

/// Checks a broker config that is to be set while the broker runs.
///
/// # Errors
/// When there is no such config, the value is refused, or it can't change without a restart.
pub fn check_dynamic_broker(name: &str, text: &str) -> Result<(), DynamicError> {
    let key = broker_key(name).ok_or_else(|| unknown("broker", name, broker_keys().map(|key| key.name)))?;
    if key.mode == UpdateMode::ReadOnly {
        return Err(DynamicError::ReadOnly(key.name));
    }
    Ok(check_broker_value(key, text)?)
}

/// Checks a broker's file.
///
/// # Errors
/// All configs that are refused.
pub fn check_static(configs: &StaticConfig) -> Result<(), Vec<ConfigError>> {
    let problem = |(name, text): (&String, &String)| match broker_key(name) {
        Some(key) => check_broker_value(key, text).err(),
        None => Some(unknown("broker", name, broker_keys().map(|key| key.name))),
    };
    let problems: Vec<_> = configs.iter().filter_map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn check_broker_value(key: &ConfigKey, text: &str) -> Result<(), ConfigError> {
    let value = key.parse(text)?;
    let refused = |allowed: &str| ConfigError::Value {
        name: key.name,
        value: text.to_owned(),
        allowed: allowed.to_owned(),
    };
    match (key.name, value) {
        ("log.retention.ms" | "log.retention.minutes" | "log.retention.hours", Value::Number(number))
            if number < -1 || number == 0 =>
        {
            Err(refused("-1 for no limit, or above 0"))
        }
        ("max.connections.per.ip.overrides", Value::Text(text)) if !overrides(&text) => {
            Err(refused("address:count with commas between them"))
        }
        _ => Ok(()),
    }
}

fn overrides(text: &str) -> bool {
    let count = |count: &str| count.trim().parse::<i32>().is_ok_and(|count| count >= 0);
    let entry =
        |entry: &str| entry.rsplit_once(':').is_some_and(|(host, n)| !host.trim().is_empty() && count(n));
    text.is_empty() || text.split(',').all(entry)
}

pub(super) fn unknown(
    scope: &'static str,
    name: &str,
    known: impl Iterator<Item = &'static str>,
) -> ConfigError {
    const CHARS_MAX: usize = 249;
    const EDITS_MAX: usize = 3;
    let name: String = name.chars().take(CHARS_MAX).collect();
    let nearest =
        known.map(|other| (edits(&name, other), other)).min().filter(|(edits, _)| *edits <= EDITS_MAX);
    ConfigError::Unknown { scope, name, nearest: nearest.map(|(_, name)| name) }
}

/// How many letters to insert, remove or replace to make one name of the other.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[other.len()]
}
