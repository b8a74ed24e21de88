//! Pools of brokers: size, disk, CPU and memory, placement.

use kube::KubeSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::Quantity;
use crate::choice::choice;

const SIZE_RULE: &str = "quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0";
const SIZE_MESSAGE: &str = "storage.size can only grow: a volume does not shrink; set it back to at least the former \
     size, or add a pool with smaller disks and remove this one";
const CLASS_RULE: &str = "has(self.className) == has(oldSelf.className) && (!has(self.className) || self.className == oldSelf.className)";
const CLASS_MESSAGE: &str = "storage.className can't change: a volume stays in its class; add a pool with the other \
     class and remove this one";

/// Brokers that are alike.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[x_kube(
    validation = Rule::new("self.name != 'default'")
        .message("spec.pools[].name: 'default' is the pool that the top of the spec describes; choose another name")
)]
#[serde(rename_all = "camelCase")]
pub struct Pool {
    /// The pool's name. To rename a pool is to remove it and add another.
    #[schemars(length(min = 1, max = 20), regex(pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// How many brokers the pool has.
    #[schemars(range(min = 0, max = 100))]
    pub replicas: i32,
    /// The disk of each broker.
    pub storage: Storage,
    /// CPU and memory of each broker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// How the pool spreads over zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_spread: Option<ZoneSpread>,
    /// Laid over the pool's pod template; anything that a pod template has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "pod_template_schema")]
    pub pod_template: Option<serde_json::Value>,
}

/// The disk of a broker.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[x_kube(
    validation = Rule::new(SIZE_RULE).message(SIZE_MESSAGE),
    validation = Rule::new(CLASS_RULE).message(CLASS_MESSAGE)
)]
#[serde(rename_all = "camelCase")]
pub struct Storage {
    /// The size of the volume, such as 10Gi; can only grow.
    #[schemars(length(max = 24), regex(pattern = "^[0-9]+(\\.[0-9]+)?(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$"))]
    pub size: String,
    /// The storage class. Without it the cluster's default. Can't change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub class_name: Option<String>,
    /// What happens to the volume when its broker or the Cluster goes.
    #[serde(default)]
    pub reclaim_policy: ReclaimPolicy,
}

choice! {
    /// What happens to a volume that nobody needs any more.
    ReclaimPolicy {
        /// It stays until a person deletes it.
        #[default]
        Retain,
        /// It is deleted, with its data.
        Delete,
    }
}

/// CPU and memory of a broker.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Resources {
    /// What the broker gets in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<Amounts>,
    /// What it never exceeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Amounts>,
}

/// Amounts of CPU and memory.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Amounts {
    /// CPUs, such as 2 or "500m".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Quantity>,
    /// Memory, such as 4Gi.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quantity>,
}

/// How a pool spreads over zones.
#[derive(KubeSchema, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct ZoneSpread {
    /// The node label that names the zone.
    #[serde(default = "zone_label")]
    #[schemars(length(min = 1, max = 316))]
    pub topology_key: String,
    /// Whether a broker without a place in a fitting zone waits.
    #[serde(default)]
    pub mode: ZoneSpreadMode,
}

fn zone_label() -> String {
    "topology.kubernetes.io/zone".to_owned()
}

choice! {
    /// How strictly a pool spreads over zones.
    ZoneSpreadMode {
        /// Evenly if there is room, otherwise anywhere.
        #[default]
        Preferred,
        /// Evenly, or the pod waits.
        Required,
        /// Not at all.
        Off,
    }
}

/// The one open place of the schema: an overlay that the operator checks strictly when it applies it.
pub(super) fn pod_template_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}
