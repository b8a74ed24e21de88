//! The controller: replays the journal of the metadata, decides, commits, publishes.
//!
//! [`owner`] is the task that does it, [`committer`] makes entries durable; this file is how the rest of the broker asks.
//! What to decide is in `weir-metadata`, whose functions are pure.

mod committer;
mod owner;
mod producer_ids;
#[cfg(test)]
mod snapshot_tests;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use weir_env::Env;
use weir_env::task::{self, JoinHandle};
use weir_metadata::controller::{
    self as decisions, BrokerStart, Capacity, Decision, Draw, LogsSeen, Refusal, ResourceName,
};
use weir_metadata::{ConfigResource, Endpoint};
use weir_model::{BrokerId, ErrorCode, TopicName};

pub(crate) use committer::CommitError;
use committer::{JournalCommitter, Replayed};
use owner::{Message, Owner, WISHES_MAX};

use crate::config::FixedConfig;
use crate::error::StartError;
use crate::identity::Identity;
use crate::net::listener::Advertised;
use crate::partitions::Misfit;
use crate::publish::Publisher;

/// What a user is told of logs and metadata that do not fit.
fn misfit_error(misfit: Misfit, logs: PathBuf, metadata: &Path) -> StartError {
    let metadata = metadata.to_owned();
    match misfit {
        Misfit::NoTopics(count) => StartError::MetadataLost { path: logs, metadata, logs: count },
        Misfit::NoLogs(partitions) => StartError::LogsLost { path: logs, metadata, partitions },
        Misfit::Disk(error) => StartError::Logs { path: logs, source: Box::new(error) },
    }
}

/// The features that are true of this version, with their levels (ApiVersions shows them).
pub(crate) const FEATURES: &[(&str, i16)] = &[("group.version", 1)];

/// Kafka's number of the security protocol PLAINTEXT.
const PLAINTEXT: i16 = 0;

/// Decides and commits.
#[derive(Debug)]
pub(crate) struct Controller {
    env: Env,
    node_id: BrokerId,
    capacity: Capacity,
    publisher: Arc<Publisher>,
    wishes: mpsc::Sender<Message>,
    owner: Mutex<Option<JoinHandle<()>>>,
    producer_ids: producer_ids::Blocks,
}

impl Controller {
    /// Replays the journal in `dir`, commits this start (cluster id, registration, a new leader epoch of each partition) and
    /// publishes the image.
    pub(crate) async fn open(
        env: &Env,
        dir: &Path,
        identity: &Identity,
        endpoints: &[Advertised],
        publisher: Arc<Publisher>,
        capacity: Capacity,
    ) -> Result<Arc<Self>, StartError> {
        let refused = |source: Box<dyn std::error::Error + Send + Sync>| StartError::Metadata {
            path: dir.to_owned(),
            source,
        };
        let (env_there, dir_there) = (env.clone(), dir.to_owned());
        let (committer, Replayed { image, deleted }) =
            task::blocking(move || JournalCommitter::open(&env_there, &dir_there))
                .await
                .map_err(|error| refused(Box::new(error)))?;
        if let Some(other) = image.cluster_id().filter(|id| *id != identity.cluster_id) {
            let (found, wanted) = (format!("cluster {other}"), format!("cluster {}", identity.cluster_id));
            return Err(StartError::Identity { path: dir.to_owned(), found, wanted });
        }
        let misfit = |misfit| misfit_error(misfit, publisher.logs_dir(), dir);
        let seen = publisher.settle(&image, deleted).await.map_err(misfit)?;
        let fixed = publisher.fixed().clone();
        let start = broker_start(env, identity, endpoints, &fixed, seen);
        let (wishes, inbox) = mpsc::channel(WISHES_MAX);
        let follower = Arc::clone(&publisher);
        let owner = Owner { env: env.clone(), committer, follower, fixed, capacity, image, failed: None };
        let controller = Arc::new(Self {
            env: env.clone(),
            node_id: identity.node_id,
            capacity,
            publisher,
            wishes,
            owner: Mutex::new(Some(task::spawn(owner.run(inbox)))),
            producer_ids: producer_ids::Blocks::default(),
        });
        let started = controller.decide(move |decider, _| decider.start_broker(start, FEATURES)).await;
        started.map_err(|error| refused(Box::new(error)))?;
        Ok(controller)
    }

    /// Decides, commits, and returns once the broker follows: the answer is true by then. The decision is made even if
    /// the caller goes away.
    pub(crate) async fn decide<T: Send + 'static>(
        &self,
        decision: impl FnOnce(&decisions::Controller<'_>, Draw<'_>) -> Decision<T> + Send + 'static,
    ) -> Result<T, CommitError> {
        let (wish, receiver) = owner::wish(decision);
        self.wishes.send(wish).await.map_err(|_| CommitError::Stopped)?;
        receiver.await.unwrap_or(Err(CommitError::Stopped))
    }

    /// Decides on the newest image and commits nothing: what would be answered.
    pub(crate) fn consider<T>(
        &self,
        decision: impl FnOnce(&decisions::Controller<'_>, Draw<'_>) -> Decision<T>,
    ) -> T {
        let image = self.publisher.image();
        let mut draw = || {
            let mut bytes = [0; 16];
            self.env.random.fill(&mut bytes);
            bytes
        };
        let layers = self.publisher.fixed().layers(&image);
        decision(&decisions::Controller::new(layers, self.capacity), &mut draw).answer
    }

    /// The resource that a client names, when it has configs.
    pub(crate) fn resource(&self, name: &ResourceName) -> Result<ConfigResource, Refusal> {
        let image = self.publisher.image();
        let layers = self.publisher.fixed().layers(&image);
        decisions::Controller::new(layers, self.capacity).config_resource(name)
    }

    /// Creates topics with the broker's defaults, and waits until they are published. A topic that exists is no error.
    pub(crate) async fn auto_create(&self, names: Vec<TopicName>) -> Vec<(TopicName, ErrorCode)> {
        let wanted = names.clone();
        let outcome = self.decide(move |controller, draw| {
            let topics: Vec<_> = wanted.iter().map(|name| controller.auto_created(name.as_str())).collect();
            controller.create_topics(&topics, draw)
        });
        let answer = outcome.await;
        let code = |name: &TopicName| match &answer {
            Err(error) => error_code(error),
            Ok(outcomes) => {
                let outcome = outcomes.iter().find(|(known, _)| known == name.as_str());
                outcome
                    .map_or(ErrorCode::None, |(_, outcome)| auto_created_code(name, outcome.as_ref().err()))
            }
        };
        names.iter().map(|name| (name.clone(), code(name))).collect()
    }

    /// Lets go of the journal.
    pub(crate) async fn stop(&self) {
        // An error means that the owner has stopped already.
        let _ = self.wishes.send(Message::Stop).await;
        let owner = self.owner.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(owner) = owner {
            let _ = owner.await;
        }
    }
}

/// What a client is told of a topic that should have come into being by itself.
fn auto_created_code(topic: &TopicName, refusal: Option<&Refusal>) -> ErrorCode {
    match refusal {
        None => ErrorCode::None,
        Some(refusal) if refusal.code == ErrorCode::TopicAlreadyExists => ErrorCode::None,
        Some(refusal) => {
            tracing::info!(%topic, reason = %refusal.message, "a topic was not created by itself");
            refusal.code
        }
    }
}

/// What a client is told when a change could not be committed.
pub(crate) fn error_code(error: &CommitError) -> ErrorCode {
    match error {
        CommitError::Stopped => ErrorCode::NotController,
        CommitError::Failed(_) | CommitError::Full(_) => ErrorCode::KafkaStorageError,
        CommitError::TooLarge { .. } => ErrorCode::PolicyViolation,
        CommitError::Contradiction(_) => ErrorCode::UnknownServerError,
    }
}

/// The same as a refusal.
pub(crate) fn refusal(error: &CommitError) -> Refusal {
    Refusal::new(error_code(error), error.to_string())
}

fn broker_start(
    env: &Env,
    identity: &Identity,
    endpoints: &[Advertised],
    fixed: &FixedConfig,
    seen: LogsSeen,
) -> BrokerStart {
    let endpoint = |advertised: &Advertised| Endpoint {
        listener: advertised.listener.as_str().into(),
        host: advertised.host.as_str().into(),
        port: advertised.port,
        security_protocol: PLAINTEXT,
    };
    BrokerStart {
        cluster_id: identity.cluster_id,
        broker: identity.node_id,
        directory: identity.directory_id,
        incarnation: env.random.uuid(),
        rack: fixed.values.get("broker.rack").map(|rack| rack.as_str().into()),
        endpoints: endpoints.iter().map(endpoint).collect(),
        seen,
    }
}
