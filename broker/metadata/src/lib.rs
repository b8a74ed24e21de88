//! The cluster's state as records and an immutable image, and the controller's pure decisions.
