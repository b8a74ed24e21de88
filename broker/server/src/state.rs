//! What every handler may reach: the broker's parts, each owned by one module, shared by reference.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use weir_env::Env;
use weir_metadata::MetadataImage;

use crate::api::FetchSessions;
use crate::config::ServerConfig;
use crate::controller::Controller;
use crate::files::FileShares;
use crate::groups::Groups;
use crate::identity::Identity;
use crate::loggers::Loggers;
use crate::metrics::Metrics;
use crate::net::answers::AnswerMemory;
use crate::net::limits::{ConnectionCounts, ConnectionLimits};
use crate::net::listener::Advertised;
use crate::net::memory::MemoryBudget;
use crate::net::sender::Sender;
use crate::partitions::Partitions;
use crate::publish::Publisher;
use crate::shutdown::ShutdownSignal;

/// The running broker.
pub(crate) struct BrokerState {
    /// Clock, disk, randomness.
    pub(crate) env: Env,
    /// Cluster, broker, directory.
    pub(crate) identity: Identity,
    /// What clients of each listener are told, by the listener's index.
    pub(crate) listeners: Vec<Advertised>,
    /// The newest image of the metadata, and the configs that follow from it.
    pub(crate) publisher: Arc<Publisher>,
    /// The partitions of this broker.
    pub(crate) partitions: Arc<Partitions>,
    /// Decides and commits changes of the metadata.
    pub(crate) controller: Arc<Controller>,
    /// Consumer groups.
    pub(crate) groups: Arc<Groups>,
    /// Incremental fetch sessions.
    pub(crate) fetch_sessions: FetchSessions,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
    /// What is logged.
    pub(crate) loggers: Arc<Loggers>,
    /// Connections that exist.
    pub(crate) connections: Arc<ConnectionCounts>,
    /// Memory that requests hold.
    pub(crate) request_memory: Arc<MemoryBudget>,
    /// Memory that answers hold.
    pub(crate) answer_memory: Arc<AnswerMemory>,
    /// Sends answers.
    pub(crate) sender: Sender,
    /// Raised when the broker goes down.
    pub(crate) shutdown: ShutdownSignal,
    /// How the process's open files are shared out.
    pub(crate) files: FileShares,
    /// The data directory.
    pub(crate) data_dir: PathBuf,
    /// When the broker started, on the monotonic clock.
    pub(crate) started: Duration,
    /// The number of the next connection.
    pub(crate) connection_ids: AtomicU64,
}

impl fmt::Debug for BrokerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerState").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl BrokerState {
    /// The newest image whose partitions are served.
    pub(crate) fn image(&self) -> Arc<MetadataImage> {
        self.publisher.image()
    }

    /// The broker's configs as they are now; dynamic ones change with the image.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.publisher.config()
    }

    /// The limits in force for the next connection.
    pub(crate) fn connection_limits(&self) -> ConnectionLimits {
        let config = self.config();
        ConnectionLimits { files_max: self.files.connections, ..config.connection_limits.clone() }
    }

    /// `socket.request.max.bytes`.
    pub(crate) fn request_bytes_max(&self) -> usize {
        self.config().broker.network.request_bytes_max
    }

    /// `connections.max.idle.ms`.
    pub(crate) fn connection_idle_max(&self) -> Duration {
        self.config().connection_idle_max
    }

    /// A number for a new connection.
    pub(crate) fn next_connection_id(&self) -> u64 {
        self.connection_ids.fetch_add(1, Ordering::Relaxed)
    }
}
