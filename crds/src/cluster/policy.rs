//! How a cluster is run: updates, namespaces, hibernation, volumes, monitoring.

use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::choice::choice;

/// How changes reach running brokers.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "camelCase")]
pub struct UpdatePolicy {
    /// Who starts a roll.
    #[serde(default)]
    pub mode: UpdateMode,
    /// What a roll does about partitions that no restart can spare: those with no more replicas than their minimum.
    #[serde(default)]
    pub unsafe_partitions: UnsafePartitions,
}

choice! {
    /// Who starts a roll.
    UpdateMode {
        /// The operator, as soon as something needs it.
        #[default]
        Automatic,
        /// A person approves each roll.
        Supervised,
        /// Nothing is changed.
        Paused,
    }
}

choice! {
    /// What a roll does about partitions that can't be spared.
    UnsafePartitions {
        /// They are listed and restarted nevertheless.
        #[default]
        Proceed,
        /// The roll waits.
        Wait,
    }
}

/// From which namespaces Topics are taken.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[x_kube(
    validation = Rule::new("(self.from == 'Selector') == has(self.selector)")
        .message("spec.topicNamespaces.selector goes with from: Selector, and only with it; add or remove it")
)]
pub struct TopicNamespaces {
    /// The Cluster's own namespace, those that the selector picks, or all.
    #[serde(default)]
    pub from: Namespaces,
    /// Picks namespaces by their labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<Selector>,
}

choice! {
    /// Which namespaces.
    Namespaces {
        /// The Cluster's own.
        #[default]
        Same,
        /// Those that the selector picks.
        Selector,
        /// Every one.
        All,
    }
}

/// Picks objects by their labels.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    /// Labels that must be there with these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16, "additionalProperties" = {"type": "string", "maxLength": 63}))]
    pub match_labels: BTreeMap<String, String>,
    /// Further requirements; all must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub match_expressions: Vec<LabelRequirement>,
}

/// A requirement on one label.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct LabelRequirement {
    /// The label.
    #[schemars(length(min = 1, max = 317))]
    pub key: String,
    /// How it relates to the values.
    pub operator: Operator,
    /// The values; empty for Exists and DoesNotExist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 63)), extend("x-kubernetes-list-type" = "atomic"))]
    pub values: Vec<String>,
}

choice! {
    /// How a label relates to values.
    Operator {
        /// Its value is one of them.
        #[default]
        In,
        /// It is absent or its value is none of them.
        NotIn,
        /// It is there.
        Exists,
        /// It is absent.
        DoesNotExist,
    }
}

choice! {
    /// Whether the brokers run.
    State {
        /// They run.
        #[default]
        Running,
        /// They are stopped; the data stays.
        Hibernated,
    }
}

choice! {
    /// What to do with volumes of a former Cluster of this name.
    Volumes {
        /// Take them over, with their cluster id and data.
        #[default]
        Adopt,
        /// Stop and say so.
        Refuse,
    }
}

/// What is offered to a monitoring system.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "camelCase")]
pub struct Monitoring {
    /// Whether a PodMonitor is made for the brokers.
    #[serde(default)]
    pub pod_monitor: bool,
    /// Labels of the PodMonitor, by which a Prometheus picks it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16, "additionalProperties" = {"type": "string", "maxLength": 63}))]
    pub labels: BTreeMap<String, String>,
}
