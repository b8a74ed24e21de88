//! What is true of a cluster. Bounded, and without anything that ticks: a status that changes only when the cluster does.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::choice::choice;
use crate::condition;

/// What is true of the cluster.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Debug, Default)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStatus {
    /// The generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready and its companions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "condition::list_schema")]
    pub conditions: Vec<Condition>,
    /// The cluster's id, chosen once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 36))]
    pub cluster_id: Option<String>,
    /// The versions that run and that are wished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionStatus>,
    /// The brokers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["id"]))]
    pub nodes: Vec<NodeStatus>,
    /// How many brokers of the default pool there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// The label selector of the default pool's pods, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub selector: Option<String>,
    /// Where clients connect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub listeners: Vec<ListenerStatus>,
    /// What the operator is doing, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// The pools' disks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 17), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["pool"]))]
    pub storage: Vec<StorageStatus>,
}

/// Versions.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
pub struct VersionStatus {
    /// The version that every broker runs at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub running: Option<String>,
    /// The version that the cluster is on its way to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub target: Option<String>,
}

/// A broker.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    /// The broker's id; never used again while it is registered.
    pub id: i32,
    /// Its pool.
    #[schemars(length(max = 20))]
    pub pool: String,
    /// Its pod.
    #[schemars(length(max = 253))]
    pub pod: String,
    /// Its zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub zone: Option<String>,
    /// What it is doing, one word.
    #[schemars(length(max = 32))]
    pub state: String,
    /// The revision of its pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub revision: Option<String>,
    /// Replicas that it still holds while it is drained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas_to_drain: Option<i32>,
}

/// A listener's addresses.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct ListenerStatus {
    /// The listener.
    #[schemars(length(max = 15))]
    pub name: String,
    /// Addresses to bootstrap from, separated by commas.
    #[schemars(length(max = 4096))]
    pub bootstrap: String,
}

/// What the operator is doing.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// The kind of operation.
    pub kind: OperationKind,
    /// The broker that it is at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<i32>,
    /// The step that it is at.
    #[schemars(length(max = 64))]
    pub step: String,
    /// Since when it is at this step.
    pub since: Time,
    /// Why it does not go on, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub blocked_by: Option<String>,
}

choice! {
    /// Kinds of operations.
    OperationKind {
        /// The first start.
        #[default]
        Form,
        /// Brokers are restarted one after another.
        Roll,
        /// Brokers join.
        ScaleUp,
        /// Brokers are drained and go.
        ScaleDown,
        /// Volumes grow.
        ExpandStorage,
        /// Another version takes over.
        Upgrade,
        /// The brokers stop.
        Hibernate,
        /// The brokers start again.
        Wake,
    }
}

/// A pool's disks.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct StorageStatus {
    /// The pool.
    #[schemars(length(max = 20))]
    pub pool: String,
    /// The size that every volume of the pool has at least.
    #[schemars(length(max = 24))]
    pub size: String,
    /// Volumes that are still smaller than wished.
    #[serde(default)]
    pub growing: i32,
}
