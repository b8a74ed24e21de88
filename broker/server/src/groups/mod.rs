//! Consumer groups: the owners that drive the coordinator's machines over the partitions of `__consumer_offsets`.
//!
//! Each partition that this broker leads has one owner: a task with a bounded mailbox that loads the partition's machine
//! and then feeds it requests, deadlines and what the log says ([`owner`]). Records that the machine writes go out as
//! batches ([`writer`]); an answer is sent when the machine says so, which is when all that it shows is committed.
//! A task that follows the images starts and stops owners ([`follow`]).
//!
//! It knows nothing of the wire: handlers map messages onto the machine's own types.

mod follow;
mod loader;
mod owner;
mod view;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot, watch};
use weir_coordinator as machine;
use weir_coordinator::{Answer, Refusal, partition_for};
use weir_env::Env;
use weir_env::task::{self, JoinHandle};
use weir_model::{ErrorCode, GroupId, OFFSETS_TOPIC, TopicId, TopicName};

use crate::controller::Controller;
use crate::partitions::Partitions;
use crate::publish::Publisher;
use crate::shutdown::ShutdownSignal;
use view::GroupView;

/// Requests that may wait for one owner. Each holds a decoded request, whose memory its connection's budget counts; who
/// comes next waits in its connection.
const MAILBOX_EVENTS_MAX: usize = 256;

/// How long a request waits for the owners of a topic that was just created.
const OWNERS_WAIT_MAX: Duration = Duration::from_secs(5);

/// How long owners may take to finish what they began.
const STOP_WAIT_MAX: Duration = Duration::from_secs(5);

/// What reaches an owner.
#[derive(Debug)]
enum Event {
    /// A request of a client.
    Request(Box<Question>),
    /// Topics or settings changed.
    View(Arc<GroupView>),
}

/// A request of a client, and where its answer goes.
#[derive(Debug)]
struct Question {
    context: machine::RequestContext,
    request: machine::Request,
    answer: oneshot::Sender<Answer>,
}

/// How far an owner is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// It reads its log.
    Loading,
    /// It serves.
    Serving,
    /// Its log can't be read, or it has ended.
    Ended,
}

/// The way to an owner.
#[derive(Clone, Debug)]
struct OwnerHandle {
    mailbox: mpsc::Sender<Event>,
    stage: watch::Receiver<Stage>,
}

impl OwnerHandle {
    fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    async fn ask(&self, context: machine::RequestContext, request: machine::Request) -> Answer {
        match self.stage() {
            Stage::Loading => return Err(ErrorCode::CoordinatorLoadInProgress.into()),
            Stage::Ended => return Err(ErrorCode::CoordinatorNotAvailable.into()),
            Stage::Serving => {}
        }
        let (answer, answered) = oneshot::channel();
        let gone = |_| Refusal::from(ErrorCode::NotCoordinator);
        self.mailbox
            .send(Event::Request(Box::new(Question { context, request, answer })))
            .await
            .map_err(|_| Refusal::from(ErrorCode::NotCoordinator))?;
        answered.await.map_err(gone)?
    }
}

/// The owners by partition.
#[derive(Debug, Default)]
struct Table {
    topic: Option<TopicId>,
    owners: Vec<Option<OwnerHandle>>,
}

/// All groups of this broker.
#[derive(Debug)]
pub(crate) struct Groups {
    env: Env,
    partitions: Arc<Partitions>,
    publisher: Arc<Publisher>,
    controller: Arc<Controller>,
    shutdown: ShutdownSignal,
    memory: machine::GroupMemory,
    table: ArcSwap<Table>,
    /// Rises with each new table.
    tables: watch::Sender<u64>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Groups {
    /// Follows the image; loads the groups of each partition of `__consumer_offsets` that this broker leads.
    pub(crate) fn start(
        env: &Env,
        partitions: Arc<Partitions>,
        publisher: Arc<Publisher>,
        controller: Arc<Controller>,
        shutdown: ShutdownSignal,
    ) -> Arc<Self> {
        let groups = Arc::new(Self {
            env: env.clone(),
            partitions,
            publisher,
            controller,
            shutdown,
            memory: machine::GroupMemory::default(),
            table: ArcSwap::default(),
            tables: watch::Sender::new(0),
            tasks: Mutex::default(),
        });
        let following = task::spawn(follow::follow(Arc::clone(&groups)));
        groups.keep(following);
        groups
    }

    /// Waits for its tasks, which end with the broker's signal.
    pub(crate) async fn stop(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for running in tasks {
            if task::timeout(STOP_WAIT_MAX, running).await.is_err() {
                tracing::warn!("an owner of groups did not end in time");
            }
        }
    }

    fn keep(&self, task: JoinHandle<()>) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|task| !task.is_finished());
        tasks.push(task);
    }

    /// Bytes that groups hold now.
    pub(crate) fn used_bytes(&self) -> usize {
        self.memory.used_bytes()
    }

    /// Asks the coordinator of a group.
    pub(crate) async fn ask(
        &self,
        context: machine::RequestContext,
        group: &GroupId,
        request: machine::Request,
    ) -> Answer {
        let owner = self.owner_of(group).ok_or_else(|| Refusal::from(ErrorCode::NotCoordinator))?;
        owner.ask(context, request).await
    }

    /// Asks every coordinator of this broker.
    pub(crate) async fn ask_all(
        &self,
        context: &machine::RequestContext,
        request: &machine::Request,
    ) -> Vec<Answer> {
        let owners: Vec<OwnerHandle> = self.table.load().owners.iter().flatten().cloned().collect();
        let mut answers = Vec::with_capacity(owners.len());
        for owner in owners {
            answers.push(owner.ask(context.clone(), request.clone()).await);
        }
        answers
    }

    fn owner_of(&self, group: &GroupId) -> Option<OwnerHandle> {
        let table = self.table.load();
        let count = i32::try_from(table.owners.len()).ok().filter(|count| *count > 0)?;
        let index = usize::try_from(partition_for(group.as_str(), count)).ok()?;
        table.owners.get(index)?.clone()
    }

    /// Makes sure that groups have a place: creates `__consumer_offsets` when the first client looks for a coordinator.
    pub(crate) async fn ensure_topic(&self) -> Result<(), ErrorCode> {
        let name = TopicName::new(OFFSETS_TOPIC).map_err(|_| ErrorCode::UnknownServerError)?;
        if self.publisher.image().topics().by_name(&name).is_none() {
            let created = self.controller.auto_create(vec![name]).await;
            let failed = created.iter().find(|(_, error)| error.is_error());
            if let Some((_, error)) = failed {
                tracing::warn!(?error, "{OFFSETS_TOPIC} could not be created");
                return Err(ErrorCode::CoordinatorNotAvailable);
            }
        }
        let mut tables = self.tables.subscribe();
        let ready = tables.wait_for(|_| !self.table.load().owners.is_empty());
        match task::timeout(OWNERS_WAIT_MAX, ready).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(ErrorCode::CoordinatorNotAvailable),
        }
    }
}
