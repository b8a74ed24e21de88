//! One broker's life: start, serve, shut down.
//!
//! The order of the start: doors are bound (a port in use must not cost a recovery), the data directory is taken, logs are
//! recovered, the metadata replayed and this start committed to them, partitions opened, groups set up; then clients are
//! let in. The shutdown goes back the same way: no new requests, what was begun is answered, groups and controller stop,
//! logs are flushed and marked clean, the directory is let go.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::mpsc;
use weir_env::task::{self, JoinHandle};
use weir_env::{Env, net::TcpListener};
use weir_log::{LogConfig, LogDirectory, LogError, LogSettings};
use weir_metadata::MetadataImage;
use weir_metadata::controller::Capacity;
use weir_model::{HumanBytes, Uuid};

use crate::admin::AdminAnswers;
use crate::api::FetchSessions;
use crate::config::{FixedConfig, ServerConfig};
use crate::controller::Controller;
use crate::error::StartError;
use crate::files::FileShares;
use crate::groups::Groups;
use crate::identity::DataDirectory;
use crate::loggers::Loggers;
use crate::metrics::Metrics;
use crate::net::accept;
use crate::net::answers::AnswerMemory;
use crate::net::limits::ConnectionCounts;
use crate::net::listener::{self, BoundListener, SocketBuffers};
use crate::net::memory::{MemoryBudget, REQUEST_MEMORY_BYTES};
use crate::net::sender::Sender;
use crate::partitions::{Partitions, background};
use crate::publish::Publisher;
use crate::settings::BrokerSettings;
use crate::shutdown::{self, ShutdownSignal, ShutdownTrigger};
use crate::state::BrokerState;

/// How long connections may finish what they began, all of them together.
const CONNECTIONS_END_TIME_MAX: Duration = Duration::from_secs(10);

/// Appends are refused while the file system has less room than one part in a hundred, and never for more than this:
/// reads, deletions and the metadata go on.
const RESERVED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Where the logs are, below the data directory.
pub(crate) const LOGS: &str = "logs";
/// Where the metadata are, below the data directory.
pub(crate) const METADATA: &str = "metadata";

/// A running broker. [`Broker::shutdown`] ends it; dropping it only lets go.
#[derive(Debug)]
pub struct Broker {
    state: Arc<BrokerState>,
    directory: DataDirectory,
    logs: Arc<LogDirectory>,
    trigger: ShutdownTrigger,
    addresses: Vec<(String, SocketAddr)>,
    admin_address: Option<SocketAddr>,
    /// Ends when the last connection has ended.
    connections_ended: mpsc::Receiver<()>,
    /// They stop by themselves when the signal is raised.
    tasks: Vec<JoinHandle<()>>,
    /// They are aborted at the very end.
    servants: Vec<JoinHandle<()>>,
}

/// What is there before clients are let in.
struct Foundation {
    directory: DataDirectory,
    logs: Arc<LogDirectory>,
    partitions: Arc<Partitions>,
    publisher: Arc<Publisher>,
    flusher: JoinHandle<()>,
}

impl Broker {
    /// Starts a broker; it serves when this returns.
    ///
    /// # Errors
    /// Anything that keeps it from serving. The message says what to do.
    pub async fn start(settings: BrokerSettings, env: Env) -> Result<Self, StartError> {
        Self::start_with(settings, env, Arc::new(Loggers::unchangeable("info"))).await
    }

    /// The same, with the loggers of the process.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(
        settings: BrokerSettings,
        env: Env,
        loggers: Arc<Loggers>,
    ) -> Result<Self, StartError> {
        let started = env.clock.monotonic();
        check(&settings)?;
        let fixed = FixedConfig::new(settings.node_id, &settings.config)?;
        let files = FileShares::of_process();
        let buffers = ServerConfig::new(&fixed, &MetadataImage::default()).socket_buffers();
        let mut bound = Vec::new();
        for listener in &settings.listeners {
            bound.push(listener::bind(listener, buffers).await?);
        }
        let admin = match &settings.admin {
            Some(address) => listener::bind_address("admin", address, SocketBuffers::default()).await?,
            None => Vec::new(),
        };
        let foundation = lay_foundation(&env, &settings, fixed, files).await?;
        let (trigger, signal) = shutdown::channel();
        let endpoints = bound.iter().map(|listener| listener.advertised.clone()).collect::<Vec<_>>();
        let controller = Controller::open(
            &env,
            &foundation.directory.path.join(METADATA),
            &foundation.directory.identity,
            &endpoints,
            Arc::clone(&foundation.publisher),
            Capacity { replicas_per_broker_max: files.logs },
        )
        .await?;
        let groups = Groups::start(
            &env,
            Arc::clone(&foundation.partitions),
            Arc::clone(&foundation.publisher),
            Arc::clone(&controller),
            signal.clone(),
        );
        let state = Arc::new(BrokerState {
            identity: foundation.directory.identity.clone(),
            listeners: endpoints,
            publisher: Arc::clone(&foundation.publisher),
            partitions: Arc::clone(&foundation.partitions),
            controller,
            groups,
            fetch_sessions: FetchSessions::default(),
            metrics: Arc::new(Metrics::new()),
            loggers,
            connections: Arc::new(ConnectionCounts::default()),
            request_memory: Arc::new(MemoryBudget::new(
                REQUEST_MEMORY_BYTES,
                foundation.publisher.config().broker.network.request_bytes_max,
            )),
            answer_memory: Arc::new(AnswerMemory::new(settings.answers)),
            sender: Sender::new(settings.read_back_end),
            shutdown: signal.clone(),
            files,
            data_dir: foundation.directory.path.clone(),
            started,
            connection_ids: AtomicU64::new(1),
            env,
        });
        foundation.logs.flusher().observe(state.metrics.flush_observer());
        let broker = Self::serve(state, foundation, bound, admin, trigger, &signal);
        broker.announce();
        Ok(broker)
    }

    /// Lets clients in.
    fn serve(
        state: Arc<BrokerState>,
        foundation: Foundation,
        bound: Vec<BoundListener>,
        admin: Vec<TcpListener>,
        trigger: ShutdownTrigger,
        signal: &ShutdownSignal,
    ) -> Self {
        let (alive, connections_ended) = mpsc::channel(1);
        let mut addresses = Vec::new();
        let mut tasks = background::start(&state.env, &foundation.partitions, &foundation.publisher, signal);
        for (index, listener) in bound.into_iter().enumerate() {
            addresses.extend(listener.addresses.iter().map(|address| (listener.name.clone(), *address)));
            for socket in listener.sockets {
                let serving = accept::serve(Arc::clone(&state), socket, index, alive.clone(), signal.clone());
                tasks.push(task::spawn(serving));
            }
        }
        let admin_address = admin.first().and_then(|socket| socket.local_addr().ok());
        let answers = Arc::new(AdminAnswers::new(Arc::clone(&state)));
        let mut servants = vec![foundation.flusher];
        for socket in admin {
            servants.push(crate::metrics::http::serve(socket, Arc::clone(&answers) as _));
        }
        Self {
            state,
            directory: foundation.directory,
            logs: foundation.logs,
            trigger,
            addresses,
            admin_address,
            connections_ended,
            tasks,
            servants,
        }
    }

    /// Where it listens: the listener's name and the address, in the order of the settings.
    pub fn addresses(&self) -> &[(String, SocketAddr)] {
        &self.addresses
    }

    /// What clients of each listener are told to connect to: name, host, port.
    pub fn advertised(&self) -> Vec<(String, String, u16)> {
        let told = |listener: &listener::Advertised| {
            (listener.listener.clone(), listener.host.clone(), listener.port)
        };
        self.state.listeners.iter().map(told).collect()
    }

    /// Where `/metrics`, `/healthz` and `/readyz` answer.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// The cluster that it belongs to.
    pub fn cluster_id(&self) -> Uuid {
        self.state.identity.cluster_id
    }

    /// Ends the broker: what was begun is answered, logs are flushed and marked clean. Takes a few seconds at most, unless
    /// the disk does not answer.
    pub async fn shutdown(mut self) {
        tracing::info!(node = %self.state.identity.node_id, "the broker goes down");
        self.trigger.raise();
        let connections = self.connections_ended.recv();
        if task::timeout(CONNECTIONS_END_TIME_MAX, connections).await.is_err() {
            tracing::warn!(open = self.state.connections.open(), "connections did not end in time");
        }
        self.state.groups.stop().await;
        self.state.controller.stop().await;
        for running in self.tasks {
            // A task that failed ended the process; one that was aborted has nothing to say.
            let _ = running.await;
        }
        let logs = Arc::clone(&self.logs);
        if let Err(error) = task::blocking(move || logs.close()).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "the logs could not be closed cleanly; the next start recovers them");
        }
        for servant in self.servants {
            servant.abort();
            // Awaited, so that nothing holds the directory's locks when this returns.
            let _ = servant.await;
        }
        tracing::info!(data_dir = %self.directory.path.display(), "the broker is down");
    }

    /// The start line.
    fn announce(&self) {
        let state = &self.state;
        let config = state.config();
        let offsets = usize::try_from(config.broker.offsets.topic_partitions).unwrap_or(0);
        if state.files.logs < offsets {
            tracing::warn!(
                open_files_max = state.files.limit,
                partitions_max = state.files.logs,
                "too few files may be open for __consumer_offsets with its {offsets} partitions: consumer groups will not work \
                 before the limit is raised (ulimit -n)"
            );
        }
        let listeners: Vec<String> =
            self.addresses.iter().map(|(name, address)| format!("{name}://{address}")).collect();
        let took = state.env.clock.monotonic().saturating_sub(state.started);
        tracing::info!(
            version = crate::VERSION,
            node = %state.identity.node_id,
            cluster = %state.identity.cluster_id,
            listeners = %listeners.join(" "),
            admin = %self.admin_address.map_or("off".to_owned(), |address| address.to_string()),
            data_dir = %self.directory.path.display(),
            durability = config.durability,
            partitions = state.image().topics().partition_count(),
            replicas_of_internal_topics = 1,
            request_max = %HumanBytes(config.broker.network.request_bytes_max as u64),
            request_memory = %HumanBytes(REQUEST_MEMORY_BYTES as u64),
            connections_max = state.connection_limits().connections_max.min(state.files.connections),
            open_files_max = state.files.limit,
            took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "weir is ready"
        );
    }
}

fn check(settings: &BrokerSettings) -> Result<(), StartError> {
    let refused =
        |problem: &str| StartError::Setting { name: "listeners".to_owned(), problem: problem.to_owned() };
    if settings.listeners.is_empty() {
        return Err(refused("there must be at least one"));
    }
    let mut names: Vec<&str> = settings.listeners.iter().map(|listener| listener.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < settings.listeners.len() {
        return Err(refused("each must have a name of its own"));
    }
    let everywhere = |host: &str| host.parse().is_ok_and(|address: IpAddr| address.is_unspecified());
    let mut told = settings.listeners.iter().filter_map(|listener| listener.advertised_host.as_deref());
    if let Some(host) = told.find(|host| everywhere(host)) {
        return Err(StartError::Setting {
            name: "advertised.listeners".to_owned(),
            problem: format!(
                "{host} means every address of a machine, and a client would look for it on its own: name an address or a host \
                 that clients reach"
            ),
        });
    }
    Ok(())
}

/// Takes the directory, recovers the logs, starts the flusher.
async fn lay_foundation(
    env: &Env,
    settings: &BrokerSettings,
    fixed: FixedConfig,
    files: FileShares,
) -> Result<Foundation, StartError> {
    let (env_there, settings_there) = (env.clone(), settings.clone());
    let directory = task::blocking(move || DataDirectory::open(&env_there, &settings_there)).await?;
    let logs = open_logs(env, &directory.path, &fixed, files).await?;
    let flusher = task::spawn(logs.flusher().run());
    let partitions = Arc::new(Partitions::new(Arc::clone(&logs)));
    let publisher = Arc::new(Publisher::new(fixed, Arc::clone(&partitions)));
    Ok(Foundation { directory, logs, partitions, publisher, flusher })
}

/// Opens the logs with default settings: the image, which needs the logs, brings their own.
async fn open_logs(
    env: &Env,
    data_dir: &Path,
    fixed: &FixedConfig,
    files: FileShares,
) -> Result<Arc<LogDirectory>, StartError> {
    let path = data_dir.join(LOGS);
    let config = ServerConfig::new(fixed, &MetadataImage::default());
    let total = env.disk.space(data_dir).map_or(u64::MAX, |space| space.total_bytes);
    let settings = LogSettings {
        data_dir: path.clone(),
        open_files_max: files.logs,
        partitions_max: files.logs,
        recovery_threads: config.broker.logs.recovery_threads.max(1),
        reserved_bytes: (total / 100).min(RESERVED_BYTES_MAX),
    };
    let env = env.clone();
    let open = move || LogDirectory::open(&env, settings, &|_, _| LogConfig::default());
    match task::blocking(open).await {
        Ok(logs) => Ok(Arc::new(logs)),
        Err(LogError::Locked(path)) => Err(StartError::InUse(path)),
        Err(error) => Err(StartError::Logs { path, source: Box::new(error) }),
    }
}
