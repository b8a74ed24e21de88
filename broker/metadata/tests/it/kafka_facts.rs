//! The tables against what Kafka 4.3.1's own classes say (`tests/vectors/ConfigFacts.java`).

use std::collections::{BTreeMap, BTreeSet};

use weir_metadata::configs::{ConfigKey, UpdateMode, broker_key, broker_keys, topic_key, topic_keys};

const FACTS: &str = include_str!("../vectors/kafka-4.3.1-configs.tsv");

/// Configs that Kafka does not have.
const OURS: &[&str] = &["weir.durability", "weir.group.memory.max.bytes"];

/// Where Weir differs on purpose: the config, and why.
const DIFFERENT_DEFAULTS: &[(&str, &str)] = &[
    ("group.coordinator.rebalance.protocols", "streams groups are not served yet"),
    ("process.roles", "Kafka has no default; a Weir broker is always both"),
];
const DIFFERENT_MODES: &[(&str, &str)] = &[
    ("listener.security.protocol.map", "doors are opened when Weir starts"),
    ("listeners", "doors are opened when Weir starts"),
];
const DIFFERENT_VALUES: &[(&str, &str)] = &[
    ("group.coordinator.rebalance.protocols", "share and streams groups are not served yet"),
    ("group.consumer.assignors", "Kafka takes names of classes, which it looks for when it starts"),
    ("max.connections.per.ip.overrides", "Kafka looks at it when it starts"),
    ("process.roles", "Kafka wants at least one; Weir ignores what is written there"),
    ("security.inter.broker.protocol", "PLAINTEXT only so far"),
    ("advertised.listeners", "Kafka refuses two listeners alike when it starts"),
    ("listeners", "Kafka refuses two listeners alike when it starts"),
    ("log.dir", "Weir has one directory"),
    ("log.dirs", "Weir has one directory"),
];

fn lines(kind: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let kind = kind.to_owned();
    FACTS.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter(move |fields| fields[0] == kind)
}

fn ours(scope: &str, name: &str) -> Option<&'static ConfigKey> {
    match scope {
        "topic" => topic_key(name).map(|topic_key| &topic_key.key),
        _ => broker_key(name),
    }
}

#[test]
fn names_types_defaults_and_modes_are_kafkas() {
    let mut known = BTreeMap::new();
    for fields in lines("key") {
        let [_, scope, name, kind, default, mode] = fields[..] else { panic!("{fields:?}") };
        known.insert((scope, name), ());
        let Some(key) = ours(scope, name) else {
            assert_ne!(scope, "topic", "Weir lacks the topic config {name}");
            continue;
        };
        assert_eq!(format!("{:?}", key.kind).to_uppercase(), kind, "type of {name}");
        let shown = key.default.map_or("\\0".to_owned(), |text| key.parse(text).unwrap().to_string());
        if !DIFFERENT_DEFAULTS.iter().any(|(other, _)| *other == name) {
            assert_eq!(shown, default, "default of {scope} config {name}");
        }
        let ours = if key.mode == UpdateMode::Dynamic { "dynamic" } else { "read-only" };
        let same = !DIFFERENT_MODES.iter().any(|(other, _)| *other == name);
        assert_eq!(ours == mode, same, "mode of {scope} config {name}");
    }
    let all =
        topic_keys().iter().map(|k| ("topic", k.key.name)).chain(broker_keys().map(|k| ("broker", k.name)));
    let invented: Vec<_> =
        all.filter(|(scope, name)| !known.contains_key(&(*scope, *name)) && !OURS.contains(name)).collect();
    assert!(invented.is_empty(), "Kafka has no {invented:?}");
}

#[test]
fn values_are_taken_and_shown_as_in_kafka() {
    let values: Vec<&str> = lines("values").next().unwrap()[1..].to_vec();
    let mut compared = 0;
    for fields in lines("verdicts") {
        let (scope, name, verdicts) = (fields[1], fields[2], &fields[3..]);
        assert_eq!(verdicts.len(), values.len(), "{name}");
        let Some(key) = ours(scope, name) else { continue };
        if DIFFERENT_VALUES.iter().any(|(other, _)| *other == name) {
            continue;
        }
        for (value, verdict) in values.iter().zip(verdicts) {
            let ours = key.parse(value).map_or("!".to_owned(), |value| value.to_string());
            assert_eq!(ours, *verdict, "{scope} config {name} = '{value}'");
            compared += 1;
        }
    }
    assert!(compared > 4000, "{compared}");
}

#[test]
fn topic_configs_stand_in_for_the_same_broker_configs() {
    let kafka: BTreeMap<_, _> = lines("synonyms").map(|fields| (fields[1], fields[2..].to_vec())).collect();
    for topic_key in topic_keys() {
        let ours: Vec<String> =
            topic_key.synonyms.iter().map(|(name, factor)| format!("{name}:{factor}")).collect();
        let theirs = kafka.get(topic_key.key.name).cloned().unwrap_or_default();
        if !OURS.contains(&topic_key.key.name) {
            assert_eq!(ours, theirs, "{}", topic_key.key.name);
        }
        for (name, _) in topic_key.synonyms {
            assert!(broker_key(name).is_some(), "{name}");
        }
    }
}

#[test]
fn tables_are_sorted_without_doubles_and_explained() {
    let names: Vec<_> = topic_keys().iter().map(|topic_key| topic_key.key.name).collect();
    assert!(names.is_sorted_by(|a, b| a < b));
    let all: Vec<_> = broker_keys().map(|key| key.name).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    for key in topic_keys().iter().map(|topic_key| &topic_key.key).chain(broker_keys()) {
        assert!(key.doc.len() > 20 && key.doc.ends_with('.'), "{}: {}", key.name, key.doc);
        assert!(key.default.is_none_or(|text| key.parse(text).is_ok()), "{}", key.name);
    }
}
