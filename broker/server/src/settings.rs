//! What a user sets when a broker starts. Components (clock, disk, randomness) are apart, in [`weir_env::Env`].
//!
//! The values here are the ones that must be known before anything is read from the data directory. Everything with
//! a Kafka config name travels in [`BrokerSettings::config`] and is checked against the table in `weir-metadata`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use weir_model::{BrokerId, Uuid};

/// A host and a port to listen on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BindAddress {
    /// An address, a name, `localhost` (both families), or empty for every address of both families.
    pub host: String,
    /// The port; 0 lets the system choose one.
    pub port: u16,
}

impl BindAddress {
    /// An address to listen on.
    pub fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_owned(), port }
    }
}

/// One door for clients (`listeners` and `advertised.listeners` of Kafka).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listener {
    /// The listener's name, such as `PLAINTEXT`.
    pub name: String,
    /// Where it listens.
    pub bind: BindAddress,
    /// What clients are told to connect to; `None` derives a name from `bind`.
    pub advertised_host: Option<String>,
    /// The port that clients are told; `None` is the port that was bound.
    pub advertised_port: Option<u16>,
}

impl Listener {
    /// A listener that advertises what it is bound to.
    pub fn plaintext(host: &str, port: u16) -> Self {
        Self {
            name: "PLAINTEXT".to_owned(),
            bind: BindAddress::new(host, port),
            advertised_host: None,
            advertised_port: None,
        }
    }
}

/// How ranges of files reach a socket. Neither wins everywhere: measure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ReadBackEnd {
    /// `pread` into a buffer, then write it; a range that is not in the page cache is read on the blocking pool.
    Pread,
    /// `sendfile`, on plaintext connections.
    #[default]
    Sendfile,
}

/// The bound on memory that encoded answers hold, over all connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnswerLimits {
    /// While answers hold this much, no further request is begun but those of producers. What was begun before may go
    /// above it by its own answers.
    pub held_bytes_max: usize,
    /// How long a peer may take to begin taking a large answer while others wait.
    pub contended_grace: Duration,
}

impl Default for AnswerLimits {
    /// 128 MiB, and two seconds.
    fn default() -> Self {
        Self { held_bytes_max: 128 * 1024 * 1024, contended_grace: Duration::from_secs(2) }
    }
}

/// What a broker needs to know to start.
#[derive(Clone, Debug)]
pub struct BrokerSettings {
    /// `node.id`.
    pub node_id: BrokerId,
    /// The cluster this broker must belong to; `None` takes the one in the data directory, or makes one.
    pub cluster_id: Option<Uuid>,
    /// Where everything is stored; made if it is not there.
    pub data_dir: PathBuf,
    /// At least one door for clients.
    pub listeners: Vec<Listener>,
    /// Kafka's broker configs by name (`server.properties`).
    pub config: BTreeMap<String, String>,
    /// Where `/metrics`, `/healthz` and `/readyz` answer; `None` turns them off.
    pub admin: Option<BindAddress>,
    /// How records reach sockets.
    pub read_back_end: ReadBackEnd,
    /// What answers may hold.
    pub answers: AnswerLimits,
}

impl BrokerSettings {
    /// One broker with the number 1 on one plaintext listener.
    pub fn single(data_dir: impl Into<PathBuf>, listener: Listener) -> Self {
        Self {
            node_id: BrokerId(1),
            cluster_id: None,
            data_dir: data_dir.into(),
            listeners: vec![listener],
            config: BTreeMap::new(),
            admin: None,
            read_back_end: ReadBackEnd::default(),
            answers: AnswerLimits::default(),
        }
    }
}
