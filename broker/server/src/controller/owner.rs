//! The one task that decides. Its loop: take what is asked, decide it on the image as it will be, commit what was decided
//! together, show the new image to the broker, answer.
//!
//! While one batch is committed and shown, the next one gathers: a flush is shared by everyone who waits for one. An
//! answer leaves after the commit and after the broker follows the image, so whoever has it finds what it promises.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use weir_env::Env;
use weir_metadata::controller::{self as decisions, Capacity, Decision, Draw};
use weir_metadata::{MetadataImage, MetadataRecord, encode_entry};

use super::committer::{COMMIT_BYTES_MAX, CommitError, Committer};
use crate::config::FixedConfig;
use crate::publish::Publisher;

/// Wishes that wait. Each belongs to a request that the memory for requests accounts for.
pub(super) const WISHES_MAX: usize = 1024;

/// Wishes that are committed together.
const BATCH_WISHES_MAX: usize = 256;

/// Bytes that are committed together; one larger wish goes alone.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Answers whoever wished, once the records are committed and followed, or failed.
type Answer = Box<dyn FnOnce(Result<(), CommitError>) + Send>;

/// What a wish comes to.
pub(super) struct Verdict {
    /// To commit as one entry.
    records: Vec<MetadataRecord>,
    /// To call afterwards.
    answer: Answer,
}

/// A decision that waits for its turn.
pub(super) type Wish = Box<dyn FnOnce(&decisions::Controller<'_>, Draw<'_>) -> Verdict + Send>;

/// A wish, and where its answer will come.
pub(super) fn wish<T: Send + 'static>(
    decision: impl FnOnce(&decisions::Controller<'_>, Draw<'_>) -> Decision<T> + Send + 'static,
) -> (Message, oneshot::Receiver<Result<T, CommitError>>) {
    let (sender, receiver) = oneshot::channel();
    let decide = move |controller: &decisions::Controller<'_>, draw: Draw<'_>| {
        let Decision { records, answer } = decision(controller, draw);
        // Nobody may be left to hear it.
        let tell = move |outcome: Result<(), CommitError>| drop(sender.send(outcome.map(|()| answer)));
        Verdict { records, answer: Box::new(tell) }
    };
    (Message::Wish(Box::new(decide)), receiver)
}

/// What the owner is sent.
pub(super) enum Message {
    /// Decide and commit.
    Wish(Wish),
    /// Stop after what came before.
    Stop,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wish(_) => "Wish",
            Self::Stop => "Stop",
        })
    }
}

/// Whoever must be what a new image says before answers leave.
pub(super) trait Follower: Send + Sync + 'static {
    /// Returns when the broker follows the image.
    fn follow(&self, image: Arc<MetadataImage>) -> impl Future<Output = ()> + Send;
}

impl Follower for Publisher {
    fn follow(&self, image: Arc<MetadataImage>) -> impl Future<Output = ()> + Send {
        self.publish(image)
    }
}

/// The state of the task.
pub(super) struct Owner<C, F> {
    pub(super) env: Env,
    pub(super) committer: C,
    pub(super) follower: Arc<F>,
    pub(super) fixed: FixedConfig,
    pub(super) capacity: Capacity,
    /// The committed image.
    pub(super) image: MetadataImage,
    /// Set for good when a commit failed.
    pub(super) failed: Option<CommitError>,
}

/// Wishes that are committed together.
struct Batch {
    /// The image with all of them.
    image: MetadataImage,
    entries: Vec<Vec<u8>>,
    bytes: usize,
    answers: Vec<Answer>,
}

impl<C: Committer, F: Follower> Owner<C, F> {
    /// Serves wishes until it is told to stop, or nobody is left who could wish.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        let mut stopped = false;
        while !stopped {
            let Some(Message::Wish(wish)) = inbox.recv().await else { break };
            let mut batch = self.batch();
            self.decide(&mut batch, wish);
            while batch.answers.len() < BATCH_WISHES_MAX && batch.bytes < BATCH_BYTES_MAX {
                match inbox.try_recv() {
                    Ok(Message::Wish(wish)) => self.decide(&mut batch, wish),
                    Ok(Message::Stop) => {
                        stopped = true;
                        break;
                    }
                    Err(_) => break,
                }
            }
            self.commit(batch).await;
        }
        self.committer.close().await;
    }

    fn batch(&self) -> Batch {
        Batch { image: self.image.clone(), entries: Vec::new(), bytes: 0, answers: Vec::new() }
    }

    fn decide(&self, batch: &mut Batch, wish: Wish) {
        let verdict = {
            let controller = decisions::Controller::new(self.fixed.layers(&batch.image), self.capacity);
            let mut draw = || {
                let mut bytes = [0; 16];
                self.env.random.fill(&mut bytes);
                bytes
            };
            wish(&controller, &mut draw)
        };
        if verdict.records.is_empty() {
            // It may have seen what this batch is about to commit, so it is answered with it.
            batch.answers.push(verdict.answer);
            return;
        }
        match self.accept(batch, &verdict.records) {
            Ok(()) => batch.answers.push(verdict.answer),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a decision can't be committed");
                (verdict.answer)(Err(error));
            }
        }
    }

    fn accept(&self, batch: &mut Batch, records: &[MetadataRecord]) -> Result<(), CommitError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let entry = encode_entry(records);
        if entry.len() > COMMIT_BYTES_MAX {
            return Err(CommitError::TooLarge { bytes: entry.len(), max: COMMIT_BYTES_MAX });
        }
        batch.image = batch.image.applied(records)?.0;
        batch.bytes += entry.len();
        batch.entries.push(entry);
        Ok(())
    }

    async fn commit(&mut self, batch: Batch) {
        let outcome = if batch.entries.is_empty() {
            Ok(())
        } else {
            self.commit_entries(batch.entries, batch.image).await
        };
        for answer in batch.answers {
            answer(outcome.clone());
        }
    }

    async fn commit_entries(
        &mut self,
        entries: Vec<Vec<u8>>,
        image: MetadataImage,
    ) -> Result<(), CommitError> {
        match self.committer.commit(entries).await {
            Ok(()) => {}
            Err(error @ CommitError::Full(_)) => {
                tracing::warn!(%error, "a change of the metadata was refused");
                return Err(error);
            }
            Err(error) => {
                self.fail(&error);
                return Err(error);
            }
        }
        self.image = image;
        self.follower.follow(Arc::new(self.image.clone())).await;
        if self.committer.wants_snapshot() {
            self.snapshot().await;
        }
        Ok(())
    }

    async fn snapshot(&mut self) {
        let state = encode_entry(&self.image.snapshot());
        let bytes = state.len();
        match self.committer.snapshot(state).await {
            Ok(()) => tracing::debug!(bytes, "the journal of the metadata has a new snapshot"),
            // The entries say the same, and the next change tries again.
            Err(CommitError::Full(reason)) => tracing::warn!(%reason, "no new snapshot of the metadata"),
            Err(error) => self.fail(&error),
        }
    }

    fn fail(&mut self, error: &CommitError) {
        let error_ref = error as &dyn std::error::Error;
        tracing::error!(
            error = error_ref,
            "the controller takes no change any more; start the broker again once its disk works"
        );
        self.failed = Some(error.clone());
    }
}
