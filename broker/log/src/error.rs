//! Why a log refuses, and which Kafka error a client sees for it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use weir_model::{ErrorCode, LeaderEpoch, Offset, ProducerEpoch, ProducerId, TopicPartition};
use weir_records::RecordError;

/// Why a log went offline: the first failure, kept for everyone who asks later.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the log is offline: {0}")]
pub struct Offline(pub Arc<str>);

/// Why a small file can't be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Unfit {
    /// It is torn, or what was written is not what is there.
    #[error("it is damaged")]
    Damaged,
    /// Another version of the program wrote it.
    #[error("it is of version {found}, and this program knows version {known}")]
    Version {
        /// The file's.
        found: u32,
        /// The one that is written here.
        known: u32,
    },
    /// It is whole, and holds another count of numbers than is written here.
    #[error("it holds {found} numbers, and this program knows {known}")]
    Numbers {
        /// The file's.
        found: usize,
        /// Ours.
        known: usize,
    },
}

/// Why a batch was not appended. Nothing of it is in the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// An earlier failure of the disk took the log offline for the rest of this process.
    #[error(transparent)]
    Offline(#[from] Offline),
    /// The log was closed or deleted.
    #[error("the log is closed")]
    Closed,
    /// The file system is full, or so full that its reserve began. Reads and deletes go on.
    #[error("the disk is full")]
    DiskFull,
    /// Every file that this process may open for logs is in use.
    #[error("too many log files are open")]
    TooManyOpenFiles(#[source] io::Error),
    /// The bytes are not one batch of format v2.
    #[error("the record batch can't be read")]
    Damaged(#[from] RecordError),
    /// The batch does not fit into a segment.
    #[error("the record batch has {bytes} bytes, more than a segment of {max} bytes holds")]
    TooLarge {
        /// Size of the batch.
        bytes: usize,
        /// `segment.bytes`.
        max: u32,
    },
    /// The leader epoch is older than one that the log knows.
    #[error("leader epoch {epoch} is older than {newest}")]
    FencedLeaderEpoch {
        /// The epoch of the append.
        epoch: LeaderEpoch,
        /// The newest in the log.
        newest: LeaderEpoch,
    },
    /// The producer was fenced by a newer epoch of the same id.
    #[error("producer {producer} appends with epoch {epoch}, older than {newest}")]
    InvalidProducerEpoch {
        /// Who appends.
        producer: ProducerId,
        /// With which epoch.
        epoch: ProducerEpoch,
        /// The newest epoch of the id.
        newest: ProducerEpoch,
    },
    /// A batch of the producer is missing before this one, or this one is older than what is remembered.
    #[error("producer {producer} sends sequence {sequence}, after {last}")]
    OutOfOrderSequence {
        /// Who appends.
        producer: ProducerId,
        /// The first sequence number of the batch.
        sequence: i32,
        /// The last one in the log, -1 when a new epoch does not start at 0.
        last: i32,
    },
}

impl AppendError {
    /// Kafka's code for it.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Offline(_) | Self::DiskFull | Self::TooManyOpenFiles(_) => ErrorCode::KafkaStorageError,
            Self::Closed => ErrorCode::NotLeaderOrFollower,
            Self::Damaged(_) => ErrorCode::CorruptMessage,
            Self::TooLarge { .. } => ErrorCode::RecordListTooLarge,
            Self::FencedLeaderEpoch { .. } => ErrorCode::NotLeaderOrFollower,
            Self::InvalidProducerEpoch { .. } => ErrorCode::InvalidProducerEpoch,
            Self::OutOfOrderSequence { .. } => ErrorCode::OutOfOrderSequenceNumber,
        }
    }
}

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The offset is below the log start or above the end.
    #[error("offset {offset} is outside {start}..{end}")]
    OutOfRange {
        /// What was asked for.
        offset: Offset,
        /// The log start offset.
        start: Offset,
        /// The log end offset.
        end: Offset,
    },
    /// The bytes on disk are not what was written: the batch at this offset can't be served.
    #[error("the record batch at offset {offset} is damaged on disk")]
    Damaged {
        /// Where the damage starts.
        offset: Offset,
    },
    /// The log is offline.
    #[error(transparent)]
    Offline(#[from] Offline),
    /// The disk failed, or no further file may be opened.
    #[error("the log can't be read")]
    Io(#[from] io::Error),
}

impl ReadError {
    /// Kafka's code for it.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::OutOfRange { .. } => ErrorCode::OffsetOutOfRange,
            Self::Damaged { .. } => ErrorCode::CorruptMessage,
            Self::Offline(_) | Self::Io(_) => ErrorCode::KafkaStorageError,
        }
    }
}

/// Why a log, or the directory of all logs, can't be opened, changed or closed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The disk failed.
    #[error("{what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The log is offline.
    #[error(transparent)]
    Offline(#[from] Offline),
    /// The log was closed or deleted.
    #[error("the log is closed")]
    Closed,
    /// Whoever asked for the work wants it no longer.
    #[error("the work was stopped")]
    Stopped,
    /// The work gave way to somebody who changes the log; it may begin again.
    #[error("the work was interrupted by a change of the log")]
    Interrupted,
    /// Another process holds the data directory.
    #[error("another process uses the data directory {}", .0.display())]
    Locked(PathBuf),
    /// A file was written by a newer version, or is damaged in a way that can't be repaired from others.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The partition exists, with this or another topic id.
    #[error("the partition {0} exists")]
    Exists(TopicPartition),
    /// The partition was on disk, and its directory is gone.
    #[error(
        "{} was on disk and is gone: put it back and start again, or delete the topic if its records are lost for good",
        .0.display()
    )]
    Missing(PathBuf),
    /// A limit of this process is reached.
    #[error("{what}: the limit of {limit} is reached")]
    Limit {
        /// What there would be too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The offset is not in the log.
    #[error("offset {offset} is outside {start}..{end}")]
    OutOfRange {
        /// What was asked for.
        offset: Offset,
        /// The log start offset.
        start: Offset,
        /// The end up to which it may lie.
        end: Offset,
    },
}

impl LogError {
    /// Kafka's code for it.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::OutOfRange { .. } => ErrorCode::OffsetOutOfRange,
            Self::Closed => ErrorCode::NotLeaderOrFollower,
            Self::Limit { .. } => ErrorCode::PolicyViolation,
            Self::Exists(_) => ErrorCode::TopicAlreadyExists,
            _ => ErrorCode::KafkaStorageError,
        }
    }
}

/// Names the file and what was tried beside an I/O error.
pub(crate) trait At<T> {
    fn at(self, what: &'static str, path: &std::path::Path) -> Result<T, LogError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, what: &'static str, path: &std::path::Path) -> Result<T, LogError> {
        self.map_err(|source| LogError::Io { what, path: path.to_path_buf(), source })
    }
}
