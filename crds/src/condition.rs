//! The words of `status.conditions`: types and reasons. Both are API: scripts and alerts match them, so a word that was
//! once published stays.

use schemars::{Schema, SchemaGenerator, json_schema};

/// The schema of `status.conditions`: Kubernetes' own shape, with bounds and shorter descriptions.
pub(crate) fn list_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 16,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "required": ["lastTransitionTime", "message", "reason", "status", "type"],
            "properties": {
                "type": { "type": "string", "maxLength": 316, "description": "Which condition." },
                "status": { "type": "string", "enum": ["True", "False", "Unknown"], "description": "Whether it holds." },
                "reason": { "type": "string", "minLength": 1, "maxLength": 128, "description": "Why, one CamelCase word." },
                "message": { "type": "string", "maxLength": 32768, "description": "Why, for people." },
                "lastTransitionTime": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When the status changed last.",
                },
                "observedGeneration": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "The generation of the spec that it speaks of.",
                },
            },
        },
    })
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident: $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $text] $variant,)+
        }

        impl $name {
            /// Every word, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word as it stands in a condition.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }

            /// What it means, one sentence without capital or full stop.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

words! {
    /// The type of a condition.
    ConditionType {
        Ready: "the summary: what was wished is there and serves",
        Available: "clients are served, perhaps not by everything that was wished",
        Progressing: "a wish is on its way",
        Degraded: "something is broken and needs a look",
        Reconciling: "what is observed differs from the spec and work goes on (kstatus); absent otherwise",
        Stalled: "work can't go on without a change by a person (kstatus); absent otherwise",
        Paused: "nothing is changed until the pause is lifted",
    }
}

words! {
    /// Why a condition has its status.
    Reason {
        AsWished: "what was read back equals the spec",
        Creating: "the parts are being created for the first time",
        Rolling: "brokers are restarted one after another",
        RollBlockedUnderMinIsr: "a restart would take partitions below their minimum of in-sync replicas",
        RollBlockedQuorum: "a restart would take the metadata quorum below its majority",
        WaitingCatchUp: "a restarted broker is still behind",
        ScalingUp: "brokers join and take over replicas",
        Draining: "replicas move away from brokers that will go",
        ScaleDownBlockedReplicas: "replicas can't move away without falling under their minimum",
        StorageExpanding: "volumes grow",
        StorageClassNotExpandable: "the storage class does not let volumes grow",
        StorageLow: "a volume is nearly full",
        PodUnschedulable: "no node takes a broker's pod",
        ImagePullFailed: "the image can't be pulled",
        VersionUnsupported: "this version can't be run or can't be reached from the running one",
        ConfigInvalid: "the broker or the API server refused a setting",
        ReconciliationPaused: "the resource says that nothing shall be changed",
        Hibernated: "the brokers are stopped as wished and the data is kept",
        AwaitingApproval: "the next step waits for a person's approval",
        ListenerAddressMissing: "a listener has no address yet",
        BrokerUnavailable: "a broker does not serve",
        TopicConflict: "another resource owns the topic's name",
        TopicIdMismatch: "the topic was replaced by another one of the same name",
        TopicNotAdopted: "a topic of this name exists and the resource may not take it over",
        ReplicasMoving: "replicas of the topic move",
        PartitionDecrease: "a topic can't lose partitions",
        ClusterNotFound: "there is no such Cluster",
        ClusterNotReady: "the Cluster does not answer yet",
        ClusterIdMismatch: "the volumes belong to another cluster",
        NamespaceNotAllowed: "the Cluster does not take Topics from this namespace",
    }
}
