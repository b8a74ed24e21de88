//! The broker: listeners, connections, one file per Kafka API, and the owners that drive logs, controller and groups.
//!
//! ```text
//! net          sockets, frames, admission, sending
//! api          one file per Kafka API, and the table that leads to them
//! partitions   which partitions there are, appends, reads, background work on logs
//! publish      from an image of the metadata to what the broker does
//! controller   the journal of the metadata: decides, commits, publishes
//! groups       the coordinators' machines over __consumer_offsets
//! metrics      what is counted, and the admin port
//! loggers      the levels of what is logged
//! broker       start and shutdown
//! ```
//!
//! Handlers reach everything through [`state::BrokerState`] and own nothing. Locks are short and never held across an
//! await; what may wait for a disk goes through `weir_env::task::blocking`. It knows nothing of YAML, Kubernetes or the
//! command line.

#![allow(
    clippy::needless_update,
    reason = "messages gain fields; the literals here should not have to follow"
)]

mod admin;
mod api;
mod broker;
mod config;
mod controller;
mod error;
mod files;
mod groups;
mod identity;
mod loggers;
mod metrics;
mod net;
mod partitions;
mod publish;
pub mod settings;
mod shutdown;
mod state;

pub use broker::Broker;
pub use error::StartError;
pub use loggers::{LogFilter, Loggers};
pub use settings::{AnswerLimits, BindAddress, BrokerSettings, Listener, ReadBackEnd};

/// The version of this broker.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
