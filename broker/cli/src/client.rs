//! A small Kafka client for what librdkafka's safe interface lacks or answers without the broker's own words: topics,
//! settings, offsets and groups. One request at a time, blocking, with a deadline; production and consumption are
//! librdkafka's.

mod connection;
pub(crate) mod groups;
pub(crate) mod offsets;
pub(crate) mod topics;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use weir_wire::messages::{MetadataRequest, MetadataResponse, metadata_request::MetadataRequestTopic};
use weir_wire::{ErrorCode, Request, WireStr};

use crate::args::Target;
use crate::exit::{Failure, Kind};
use connection::Connection;
pub(crate) use connection::split;

/// Between two tries of what the cluster will be able to do in a moment.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// How long a topic that is not there may take to be made by the cluster, where that makes topics on first use.
const CREATION: Duration = Duration::from_secs(2);

/// What a topic may be called.
pub(crate) const TOPIC_NAMES: &str =
    "a topic's name has 1 to 249 letters, digits, '.', '_' and '-', and is not '.' or '..'";

/// A cluster and the connections to its brokers.
pub(crate) struct Cluster {
    target: Target,
    deadline: Instant,
    bootstrap: Connection,
    addresses: BTreeMap<i32, (String, u16)>,
    connections: BTreeMap<i32, Connection>,
}

/// Fails at once if no bootstrap broker takes a connection and speaks Kafka.
pub(crate) fn reach(target: &Target) -> Result<(), Failure> {
    Cluster::connect(target).map(drop)
}

impl Cluster {
    /// Connects to the first bootstrap broker that answers.
    pub(crate) fn connect(target: &Target) -> Result<Self, Failure> {
        let deadline = Instant::now() + target.timeout;
        let bootstrap = Connection::open_any(&target.bootstrap, deadline)?;
        Ok(Self {
            target: target.clone(),
            deadline,
            bootstrap,
            addresses: BTreeMap::new(),
            connections: BTreeMap::new(),
        })
    }

    /// Gives the next piece of a long work the whole time again.
    pub(crate) fn renew(&mut self) {
        self.deadline = Instant::now() + self.target.timeout;
    }

    /// Milliseconds that a broker may take for a change.
    fn timeout_ms(&self) -> i32 {
        i32::try_from(self.target.timeout.as_millis()).unwrap_or(i32::MAX)
    }

    /// Asks the bootstrap broker, in the highest version up to `version_max` that it knows.
    fn ask<R: Request>(&mut self, request: &R, version_max: i16) -> Result<R::Response, Failure> {
        self.bootstrap.call(request, version_max, self.deadline)
    }

    /// Asks one broker.
    fn ask_broker<R: Request>(
        &mut self,
        broker: i32,
        request: &R,
        version_max: i16,
    ) -> Result<R::Response, Failure> {
        let deadline = self.deadline;
        self.connection(broker)?.call(request, version_max, deadline)
    }

    fn connection(&mut self, broker: i32) -> Result<&mut Connection, Failure> {
        if !self.connections.contains_key(&broker) {
            let Some((host, port)) = self.addresses.get(&broker) else {
                return Err(Failure::not_found(format!("there is no broker {broker}"))
                    .hint("see the brokers with: weir cluster describe"));
            };
            let connection = Connection::open(host, *port, self.deadline).map_err(|error| {
                Failure::new(
                    Kind::Unreachable,
                    format!("broker {broker} does not answer at {host}:{port}: {error}"),
                )
                .hint("its advertised listener must be an address that this machine reaches")
            })?;
            self.connections.insert(broker, connection);
        }
        // It was there or was put there just now.
        self.connections.get_mut(&broker).ok_or_else(|| Failure::failed("a connection was lost"))
    }

    /// Metadata of some topics, or of all; the brokers' addresses are remembered.
    pub(crate) fn metadata(&mut self, topics: Option<&[String]>) -> Result<MetadataResponse, Failure> {
        let wanted = topics.map(|topics| {
            topics
                .iter()
                .map(|name| MetadataRequestTopic {
                    name: Some(WireStr::from(name.as_str())),
                    ..Default::default()
                })
                .collect()
        });
        let request =
            MetadataRequest { topics: wanted, allow_auto_topic_creation: false, ..Default::default() };
        let metadata = self.ask(&request, 12)?;
        self.addresses = metadata
            .brokers
            .iter()
            .filter_map(|broker| {
                Some((broker.node_id, (broker.host.to_string(), u16::try_from(broker.port).ok()?)))
            })
            .collect();
        Ok(metadata)
    }

    /// Fails if a topic is not there and the cluster does not make it on first use, or refuses its name. Client libraries
    /// would take the same answers for a matter of patience.
    pub(crate) fn await_topic(&mut self, topic: &str) -> Result<(), Failure> {
        let patience = self.deadline.min(Instant::now() + CREATION);
        let request = MetadataRequest {
            topics: Some(vec![MetadataRequestTopic {
                name: Some(WireStr::from(topic)),
                ..Default::default()
            }]),
            allow_auto_topic_creation: true,
            ..Default::default()
        };
        loop {
            let metadata = self.ask(&request, 12)?;
            let code = metadata.topics.first().map_or(0, |found| found.error_code);
            let is_settling = matches!(error_code(code), ErrorCode::UnknownTopicOrPartition)
                && Instant::now() + RETRY_PAUSE < patience;
            match error_code(code) {
                _ if is_settling => std::thread::sleep(RETRY_PAUSE),
                ErrorCode::UnknownTopicOrPartition => return Err(crate::driver::no_topic(topic)),
                // The leader is on its way; the client library waits for it.
                code if is_passing(code) => return Ok(()),
                _ => return check(code, None, &format!("topic '{topic}'")),
            }
        }
    }

    /// Tries until the answer is no longer one that a moment mends, or the time is up.
    fn until_settled<T>(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<(T, ErrorCode), Failure>,
    ) -> Result<(T, ErrorCode), Failure> {
        loop {
            let (answer, code) = attempt(self)?;
            if !is_passing(code) || Instant::now() + RETRY_PAUSE > self.deadline {
                return Ok((answer, code));
            }
            std::thread::sleep(RETRY_PAUSE);
        }
    }
}

/// Whether a cluster mends this by itself in a moment. An unknown topic is not among them: that is an answer.
fn is_passing(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::LeaderNotAvailable
            | ErrorCode::NotLeaderOrFollower
            | ErrorCode::CoordinatorLoadInProgress
            | ErrorCode::CoordinatorNotAvailable
            | ErrorCode::NotCoordinator
            | ErrorCode::NotController
    )
}

/// The error of a code from the wire.
pub(crate) fn error_code(code: i16) -> ErrorCode {
    ErrorCode::from_code(code).unwrap_or(ErrorCode::UnknownServerError)
}

/// What a broker said of an error, or else what the error means.
fn said(code: ErrorCode, message: Option<&WireStr>) -> String {
    match message.map(|message| message.trim()) {
        Some(message) if !message.is_empty() => format!("{message} ({})", code.name()),
        _ => code.to_string(),
    }
}

/// Fails if the code is an error, with the broker's own message where it sent one.
pub(crate) fn check(code: i16, message: Option<&WireStr>, about: &str) -> Result<(), Failure> {
    let code = error_code(code);
    if !code.is_error() {
        return Ok(());
    }
    let text = said(code, message);
    let kind = match code {
        ErrorCode::UnknownTopicOrPartition | ErrorCode::UnknownTopicId | ErrorCode::GroupIdNotFound => {
            Kind::NotFound
        }
        ErrorCode::RequestTimedOut => Kind::Unreachable,
        _ => Kind::Failed,
    };
    let failure = Failure::new(kind, format!("{about}: {text}"));
    Err(match code {
        ErrorCode::NonEmptyGroup => {
            failure.hint("stop its members first; see them with: weir group describe")
        }
        ErrorCode::InvalidTopicException => failure.hint(TOPIC_NAMES),
        ErrorCode::InvalidReplicationFactor => {
            failure.hint("see how many brokers there are with: weir cluster describe")
        }
        _ => failure,
    })
}
