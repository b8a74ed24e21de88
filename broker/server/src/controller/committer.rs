//! Where decisions become durable. With one broker that is the journal; a quorum replaces this file's implementation and
//! nothing else.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use weir_env::{Env, task};
use weir_log::{ENTRY_BYTES_MAX, Journal, JournalEntry, JournalError};
use weir_metadata::{ApplyError, CodecError, MetadataImage, MetadataRecord, decode_entry};
use weir_model::{TopicId, with_causes};

/// A snapshot is not worth it below this: a start reads that much in a few milliseconds.
const SNAPSHOT_AFTER_BYTES_MIN: u64 = 4 * 1024 * 1024;

/// Without a quorum there is one term for ever.
const FIRST_TERM: u64 = 1;

/// Why entries were not committed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CommitError {
    /// The controller is going down.
    #[error("the controller is going down")]
    Stopped,
    /// The disk failed: the controller takes nothing more until the broker starts again.
    #[error("the metadata can't be written: {0}")]
    Failed(Arc<str>),
    /// The disk is full. Nothing was committed, and the next change may find room.
    #[error("the metadata can't be written: {0}")]
    Full(Arc<str>),
    /// More than one entry can hold.
    #[error("the change takes {bytes} bytes, more than {max}")]
    TooLarge {
        /// What it takes.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A decision contradicts the image.
    #[error("the change contradicts the metadata: {0}")]
    Contradiction(#[from] ApplyError),
}

/// The largest entry that a committer takes.
pub(super) const COMMIT_BYTES_MAX: usize = ENTRY_BYTES_MAX;

/// Makes entries durable in their order.
pub(super) trait Committer: Send + 'static {
    /// Returns when all entries are committed: they are there after any crash. After an error nobody knows whether they are,
    /// and the committer takes nothing more; but after [`CommitError::Full`] nothing was committed, and it goes on.
    fn commit(&mut self, entries: Vec<Vec<u8>>) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Whether so much was committed since the last snapshot that a new one is worth it.
    fn wants_snapshot(&self) -> bool;

    /// Keeps a snapshot of everything committed so far in the place of the entries.
    fn snapshot(&mut self, state: Vec<u8>) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Nothing more comes: a later start may take less than this for damage.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Why the metadata could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ReplayError {
    /// The journal can't be opened.
    #[error("the journal can't be opened")]
    Journal(#[from] JournalError),
    /// An entry is not one of this version.
    #[error("entry {index} can't be read")]
    Entry {
        /// Which one; 0 for the snapshot.
        index: u64,
        /// What is wrong.
        source: CodecError,
    },
    /// An entry contradicts those before it.
    #[error("entry {index} does not fit what is before it")]
    Apply {
        /// Which one; 0 for the snapshot.
        index: u64,
        /// What is wrong.
        source: ApplyError,
    },
}

/// What a journal amounts to.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    /// The metadata.
    pub(super) image: MetadataImage,
    /// The topics whose deletion was committed after the snapshot.
    pub(super) deleted: BTreeSet<TopicId>,
}

/// The journal on the disk of this broker.
#[derive(Debug)]
pub(super) struct JournalCommitter {
    /// `None` only while a call works on it.
    journal: Option<Journal>,
    /// How large the last snapshot was.
    snapshot_bytes: u64,
}

impl JournalCommitter {
    /// Opens the journal in a directory and replays it. Blocks.
    pub(super) fn open(env: &Env, dir: &Path) -> Result<(Self, Replayed), ReplayError> {
        let (journal, contents) = Journal::open(env, dir)?;
        let mut replayed = Replayed::default();
        let mut snapshot_bytes = 0;
        if let Some(snapshot) = &contents.snapshot {
            snapshot_bytes = snapshot.bytes.len() as u64;
            replayed.apply(0, &snapshot.bytes)?;
        }
        for entry in &contents.entries {
            replayed.apply(entry.index, &entry.payload)?;
        }
        if contents.cut_bytes > 0 {
            tracing::info!(
                bytes = contents.cut_bytes,
                "the journal ended in an entry that was never committed; it was cut"
            );
        }
        Ok((Self { journal: Some(journal), snapshot_bytes }, replayed))
    }

    /// Runs work on the journal away from the tasks that serve clients.
    async fn with_journal(
        &mut self,
        work: impl FnOnce(&mut Journal) -> Result<(), JournalError> + Send + 'static,
    ) -> Result<(), CommitError> {
        let mut journal = self.journal.take().ok_or(CommitError::Stopped)?;
        let (journal, outcome) = task::blocking(move || {
            let outcome = work(&mut journal);
            (journal, outcome)
        })
        .await;
        self.journal = Some(journal);
        outcome.map_err(|error| match error {
            JournalError::Full(_) => CommitError::Full(with_causes(&error).into()),
            error => CommitError::Failed(with_causes(&error).into()),
        })
    }
}

impl Replayed {
    fn apply(&mut self, index: u64, payload: &[u8]) -> Result<(), ReplayError> {
        let records = decode_entry(payload).map_err(|source| ReplayError::Entry { index, source })?;
        self.image.apply(&records).map_err(|source| ReplayError::Apply { index, source })?;
        let deleted = |record: &MetadataRecord| match record {
            MetadataRecord::TopicDeleted { id } => Some(*id),
            _ => None,
        };
        self.deleted.extend(records.iter().filter_map(deleted));
        Ok(())
    }
}

impl Committer for JournalCommitter {
    async fn commit(&mut self, entries: Vec<Vec<u8>>) -> Result<(), CommitError> {
        self.with_journal(move |journal| {
            let term = journal.last_term().max(FIRST_TERM);
            let first = journal.last_index() + 1;
            let entry = |(index, payload)| JournalEntry { index, term, payload };
            let entries: Vec<_> = (first..).zip(entries).map(entry).collect();
            journal.append(&entries)?;
            journal.sync()
        })
        .await
    }

    fn wants_snapshot(&self) -> bool {
        let grown = self.journal.as_ref().map_or(0, Journal::size_bytes);
        grown > SNAPSHOT_AFTER_BYTES_MIN.max(2 * self.snapshot_bytes)
    }

    async fn snapshot(&mut self, state: Vec<u8>) -> Result<(), CommitError> {
        let bytes = state.len() as u64;
        self.with_journal(move |journal| {
            journal.install_snapshot(journal.last_index(), journal.last_term(), &state)
        })
        .await?;
        self.snapshot_bytes = bytes;
        Ok(())
    }

    async fn close(self) {
        let Some(journal) = self.journal else { return };
        if let Err(error) = task::blocking(move || journal.close()).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "the end of the metadata could not be noted; what was committed is on disk"
            );
        }
    }
}
