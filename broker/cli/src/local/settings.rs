//! Settings of a file held to Kafka's tables of names and values before anything starts, so that each mistake is told with its
//! line and all of them at once.

use std::collections::BTreeMap;

use weir_crds::read::{Located, Problem};
use weir_crds::{Cluster, Topic};
use weir_metadata::configs::{ConfigError, check_static, check_topic};

/// What is wrong with the `spec.config` of a Cluster.
pub(super) fn of_cluster(cluster: &Located<Cluster>) -> Vec<Problem> {
    let checked = cluster.resource.spec.config.iter().flat_map(|(name, value)| {
        let refused = check_static(&BTreeMap::from([(name.clone(), value.clone())])).err();
        refused.into_iter().flatten().map(|error| (name.clone(), error))
    });
    checked.map(|(name, error)| cluster.problem(&["spec", "config", &name], explain(&error))).collect()
}

/// What is wrong with the `spec.config` of a Topic.
pub(super) fn of_topic(topic: &Located<Topic>) -> Vec<Problem> {
    let config = &topic.resource.spec.config;
    let pairs = || config.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let problems: Vec<Problem> = pairs()
        .filter_map(|pair| Some((pair.0, check_topic([pair], |_| None).err()?)))
        .map(|(name, error)| topic.problem(&["spec", "config", name], explain(&error)))
        .collect();
    if !problems.is_empty() {
        return problems;
    }
    // One by one they are fine; together they may contradict each other.
    let together = check_topic(pairs(), |_| None).err();
    together.map(|error| topic.problem(&["spec", "config"], explain(&error))).into_iter().collect()
}

fn explain(error: &ConfigError) -> String {
    match error {
        // The place has named the setting already.
        ConfigError::Value { value, allowed, .. } => format!("can't be '{value}': it must be {allowed}"),
        other => other.to_string(),
    }
}
