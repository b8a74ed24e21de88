//! The `Cluster` resource: brokers, their disks, listeners and settings.
#![allow(unreachable_pub, missing_docs, reason = "the schema derive repeats the structs inside functions")]

mod listener;
mod policy;
mod pool;
mod status;

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

pub use listener::{Authentication, Listener, ListenerType, Mechanism, Tls};
pub use policy::{
    LabelRequirement, Monitoring, Namespaces, Operator, Selector, State, TopicNamespaces, UnsafePartitions,
    UpdateMode, UpdatePolicy, Volumes,
};
pub use pool::{Amounts, Pool, ReclaimPolicy, Resources, Storage, ZoneSpread, ZoneSpreadMode};
pub use status::{
    ClusterStatus, ListenerStatus, NodeStatus, Operation, OperationKind, StorageStatus, VersionStatus,
};

/// Broker settings that Weir derives from other fields or owns outright.
pub const OWNED_CONFIG_KEYS: [&str; 17] = [
    "advertised.listeners",
    "broker.id",
    "broker.rack",
    "controller.listener.names",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "early.start.listeners",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "listeners",
    "log.dir",
    "log.dirs",
    "metadata.log.dir",
    "node.id",
    "process.roles",
    "security.inter.broker.protocol",
    "zookeeper.connect",
];

const NAME_RULE: &str = "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')";
const NAME_MESSAGE: &str = "metadata.name must be 1 to 40 lower-case letters, digits and '-', starting with a letter \
     and not ending with '-': names of pods and services are made from it";

/// A Weir cluster: brokers that speak the Kafka protocol, their disks, listeners and settings.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[kube(
    group = "weir.dev",
    version = "v1alpha1",
    kind = "Cluster",
    namespaced,
    doc = "A Weir cluster.",
    derive = "PartialEq",
    status = "ClusterStatus",
    shortname = "wc",
    category = "weir",
    scale(
        spec_replicas_path = ".spec.replicas",
        status_replicas_path = ".status.replicas",
        label_selector_path = ".status.selector"
    ),
    printcolumn(json_path = ".spec.replicas", name = "Wished", type_ = "integer"),
    printcolumn(json_path = ".status.replicas", name = "Brokers", type_ = "integer"),
    printcolumn(json_path = ".status.version.running", name = "Version", type_ = "string"),
    printcolumn(
        json_path = ".status.conditions[?(@.type=='Ready')].status",
        name = "Ready",
        type_ = "string"
    ),
    printcolumn(
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        name = "Reason",
        type_ = "string"
    ),
    printcolumn(
        json_path = ".status.listeners[0].bootstrap",
        name = "Bootstrap",
        type_ = "string",
        priority = 1
    ),
    printcolumn(json_path = ".metadata.creationTimestamp", name = "Age", type_ = "date"),
    validation = Rule::new(NAME_RULE).message(NAME_MESSAGE)
)]
#[serde(rename_all = "camelCase")]
pub struct ClusterSpec {
    /// How many brokers the default pool has.
    #[schemars(range(min = 1, max = 100))]
    pub replicas: i32,
    /// The disk of each broker of the default pool.
    pub storage: Storage,
    /// CPU and memory of each broker of the default pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// How the default pool spreads over zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_spread: Option<ZoneSpread>,
    /// Laid over the pod template of the default pool; anything that a pod template has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "pool::pod_template_schema")]
    pub pod_template: Option<serde_json::Value>,
    /// Further pools of brokers, each with its own size, disk and placement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub pools: Vec<Pool>,
    /// The version to run. Without it the operator's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = "^[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?$"))]
    pub version: Option<String>,
    /// The image to run. Without it the one that belongs to the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
    /// Secrets to pull the image with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub image_pull_secrets: Vec<SecretRef>,
    /// Where clients connect. Without it one internal listener on port 9092.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    #[x_kube(
        validation = Rule::new("self.all(l, self.exists_one(m, m.port == l.port))")
            .message("spec.listeners: two listeners share a port; give each its own")
    )]
    pub listeners: Vec<Listener>,
    /// Broker settings by their Kafka names, values as text: `num.partitions: "3"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 200, "additionalProperties" = {"type": "string", "maxLength": 4096}))]
    #[x_kube(
        validation = Rule::new(owned_keys_rule()).message(owned_keys_message().as_str())
    )]
    pub config: BTreeMap<String, String>,
    /// How changes reach running brokers.
    #[serde(default)]
    pub update_policy: UpdatePolicy,
    /// From which namespaces Topics are taken.
    #[serde(default)]
    pub topic_namespaces: TopicNamespaces,
    /// Whether the brokers run; Hibernated stops them and keeps their data.
    #[serde(default)]
    pub state: State,
    /// What to do with volumes of a former Cluster of this name.
    #[serde(default)]
    pub volumes: Volumes,
    /// What is offered to a monitoring system.
    #[serde(default)]
    pub monitoring: Monitoring,
}

/// A Secret of the Cluster's namespace.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct SecretRef {
    /// The Secret's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

fn owned_keys_rule() -> String {
    let keys: Vec<String> = OWNED_CONFIG_KEYS.iter().map(|key| format!("'{key}'")).collect();
    format!("[{}].all(key, !(key in self))", keys.join(", "))
}

fn owned_keys_message() -> String {
    format!(
        "spec.config: Weir sets these from other fields, such as spec.listeners and spec.storage, so remove them: {}",
        OWNED_CONFIG_KEYS.join(", ")
    )
}
