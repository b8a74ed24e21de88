//! The `Topic` resource: one topic of one cluster.
#![allow(unreachable_pub, missing_docs, reason = "the schema derive repeats the structs inside functions")]

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::choice::choice;
use crate::condition;

/// Partitions in one topic, as `weir_model::limits::TOPIC_PARTITIONS_MAX` has it.
const PARTITIONS_MAX: i32 = 10_000;

const NAME_RULE: &str = "has(oldSelf.topicName) == has(self.topicName) && (!has(self.topicName) || self.topicName == oldSelf.topicName)";
const NAME_MESSAGE: &str = "spec.topicName can't change: Kafka has no renaming; \
     create a second Topic with the new name and copy the records";
const PARTITIONS_RULE: &str =
    "!has(oldSelf.partitions) || !has(self.partitions) || self.partitions >= oldSelf.partitions";
const PARTITIONS_MESSAGE: &str = "spec.partitions can only grow: records stay where their key put them; \
     set it back to at least the former value";
const INTERNAL_RULE: &str = "!has(self.topicName) || !(self.topicName in ['.', '..', '__cluster_metadata', '__consumer_offsets', '__transaction_state', '__share_group_state'])";
const INTERNAL_MESSAGE: &str = "spec.topicName: this name belongs to the cluster itself; choose another one";
const DEFAULT_NAME_RULE: &str = "has(self.spec.topicName) || self.metadata.name.size() <= 249";
const DEFAULT_NAME_MESSAGE: &str =
    "metadata.name is longer than the 249 characters of a topic name; set spec.topicName or shorten it";

/// A topic: partitions, replication factor and settings, held to this resource.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[kube(
    group = "weir.dev",
    version = "v1alpha1",
    kind = "Topic",
    namespaced,
    doc = "A topic of a Weir cluster.",
    derive = "PartialEq",
    status = "TopicStatus",
    shortname = "wt",
    category = "weir",
    printcolumn(json_path = ".spec.clusterRef.name", name = "Cluster", type_ = "string"),
    printcolumn(json_path = ".status.partitions", name = "Partitions", type_ = "integer"),
    printcolumn(json_path = ".status.replicationFactor", name = "Replicas", type_ = "integer"),
    printcolumn(
        json_path = ".status.conditions[?(@.type=='Ready')].status",
        name = "Ready",
        type_ = "string"
    ),
    printcolumn(
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        name = "Reason",
        type_ = "string",
        priority = 1
    ),
    printcolumn(json_path = ".metadata.creationTimestamp", name = "Age", type_ = "date"),
    validation = Rule::new(DEFAULT_NAME_RULE).message(DEFAULT_NAME_MESSAGE)
)]
#[x_kube(
    validation = Rule::new(NAME_RULE).message(NAME_MESSAGE),
    validation = Rule::new(PARTITIONS_RULE).message(PARTITIONS_MESSAGE),
    validation = Rule::new(INTERNAL_RULE).message(INTERNAL_MESSAGE)
)]
#[serde(rename_all = "camelCase")]
pub struct TopicSpec {
    /// The Cluster that the topic lives in. Can't change.
    pub cluster_ref: ClusterRef,
    /// The topic's name, if it is not the resource's. Can't change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 249), regex(pattern = "^[a-zA-Z0-9._-]+$"))]
    pub topic_name: Option<String>,
    /// How many partitions; can only grow. Without it the cluster's `num.partitions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = PARTITIONS_MAX))]
    pub partitions: Option<i32>,
    /// How many copies of each partition. Without it the cluster's `default.replication.factor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 15))]
    pub replication_factor: Option<i32>,
    /// Topic settings by their Kafka names, values as text: `retention.ms: "604800000"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 100, "additionalProperties" = {"type": "string", "maxLength": 4096}))]
    pub config: BTreeMap<String, String>,
    /// Whether settings that do not stand here are reset (Exclusive) or left alone (Additive).
    #[serde(default)]
    pub config_policy: ConfigPolicy,
    /// What deleting this resource does to the topic: Retain leaves it, Delete deletes it with its records.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
    /// Whether a topic that already exists is taken over.
    #[serde(default)]
    pub adopt: Adopt,
}

/// A Cluster by name.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[x_kube(
    validation = Rule::new("self == oldSelf").message("spec.clusterRef can't change: a topic does not move between clusters; create a second Topic")
)]
pub struct ClusterRef {
    /// The Cluster's name.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// The Cluster's namespace, if it is not the Topic's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub namespace: Option<String>,
}

choice! {
    /// What happens to settings that are not in the resource.
    ConfigPolicy {
        /// The resource is the whole truth: other settings are reset.
        #[default]
        Exclusive,
        /// Only what the resource once set is reset.
        Additive,
    }
}

choice! {
    /// What happens to the topic when its resource is deleted.
    DeletionPolicy {
        /// The topic stays.
        #[default]
        Retain,
        /// The topic is deleted with its records.
        Delete,
    }
}

choice! {
    /// Whether a topic that exists before its resource is taken over.
    Adopt {
        /// It is a conflict.
        Never,
        /// Only if partitions and replication factor are as in the spec.
        #[default]
        IfMatching,
        /// It is brought to the spec.
        Always,
    }
}

/// What is true of the topic.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Debug, Default)]
#[serde(rename_all = "camelCase")]
pub struct TopicStatus {
    /// The generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready and its companions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "condition::list_schema")]
    pub conditions: Vec<Condition>,
    /// The topic's id; a topic with another id is not touched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 36))]
    pub topic_id: Option<String>,
    /// Partitions that were observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions: Option<i32>,
    /// The replication factor that was observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication_factor: Option<i32>,
    /// Where the topic differs from the spec, the first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "atomic"))]
    pub drift: Vec<Drift>,
    /// A change of replicas that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica_change: Option<ReplicaChange>,
    /// The Topic that owns the name, in a conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflicts_with: Option<TopicRef>,
}

/// One difference between wish and truth.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Drift {
    /// The field, such as `config.retention.ms`.
    #[schemars(length(max = 256))]
    pub field: String,
    /// What the spec wishes.
    #[schemars(length(max = 256))]
    pub wished: String,
    /// What was found.
    #[schemars(length(max = 256))]
    pub found: String,
}

/// Progress of a change of replicas.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaChange {
    /// Partitions that have their new replicas.
    pub partitions_done: i32,
    /// Partitions whose replicas change.
    pub partitions_total: i32,
}

/// A Topic by namespace and name.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct TopicRef {
    /// The Topic's namespace.
    #[schemars(length(max = 63))]
    pub namespace: String,
    /// The Topic's name.
    #[schemars(length(max = 253))]
    pub name: String,
}

impl Topic {
    /// The topic's name in Kafka: `spec.topicName`, or else the resource's own name.
    pub fn topic_name(&self) -> &str {
        self.spec.topic_name.as_deref().or(self.metadata.name.as_deref()).unwrap_or_default()
    }
}
