//! The `Cluster` and `Topic` resources.
