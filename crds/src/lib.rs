//! The `Cluster` and `Topic` resources: what a user of Weir writes, in Kubernetes and for `weir local` alike.
//!
//! Owns the types, their validation and the YAML of the custom resource definitions made from them. The schema is
//! closed and every list and string has a bound; validation is the schema and CEL rules only, so that an API server
//! needs no webhook. This crate knows nothing of an operator or a broker: it says what may be wished, not how a wish
//! comes true.

mod choice;
pub mod cluster;
pub mod condition;
pub mod generate;
mod quantity;
#[cfg(feature = "validate")]
pub mod read;
pub mod topic;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use cluster::{Cluster, ClusterSpec, ClusterStatus};
pub use quantity::Quantity;
pub use topic::{Topic, TopicSpec, TopicStatus};

/// The API group of both resources.
pub const GROUP: &str = "weir.dev";

/// The one version that is served and stored.
pub const VERSION: &str = "v1alpha1";

/// Group and version as they stand in a manifest.
pub const API_VERSION: &str = "weir.dev/v1alpha1";
