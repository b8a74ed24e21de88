//! A partition on disk: segments, indexes, recovery, retention, compaction, and flushing for all of them.
//!
//! Synchronous code over [`weir_env::disk`]: whoever serves clients calls what may wait for a disk inside
//! [`weir_env::task::blocking`]. Appends and reads of what was just appended touch the page cache only and are called in
//! place.
//!
//! Where to look: [`LogDirectory`] opens a data directory and makes [`PartitionLog`]s; a log appends, reads and says how far
//! it is ([`Progress`]); the [`Flusher`] makes appended batches stable. The files are described in `docs/on-disk-format.md`.
//!
//! It knows nothing of sockets, of Kafka's requests, or of who leads a partition.

mod append;
mod checkpoints;
mod checksum;
mod chooser;
mod compaction;
mod config;
mod cut;
mod directory;
mod epochs;
mod error;
mod files;
mod flush;
mod flusher;
mod index;
mod journal;
mod metadata_file;
mod names;
mod numbers;
mod partition;
mod producers;
mod ranges;
mod read;
mod recovery;
mod removal;
mod scan;
mod segment;
mod shared;
mod snapshots;
mod swap;
mod sync;
mod times;
mod unsynced;
mod walk;
mod writer;

pub use append::Appended;
pub use compaction::{Compacted, Pace};
pub use config::{CleanupPolicy, Durability, LogConfig};
pub use directory::{LogDirectory, LogSettings, LogTotals, OpenSummary};
pub use epochs::EpochEnd;
pub use error::{AppendError, LogError, Offline, ReadError};
pub use flusher::{FLUSHED_WAIT_MAX, FlushObserver, FlushTotals, Flusher, REPLICATED_WAIT_MAX};
pub use journal::{
    ENTRY_BYTES_MAX, Journal, JournalContents, JournalEntry, JournalError, JournalSnapshot,
    SNAPSHOT_BYTES_MAX,
};
pub use partition::{PartitionLog, Progress};
pub use producers::Duplicate;
pub use read::{LogRange, LogRead};
pub use recovery::RecoveryWork;
pub use removal::Removed;
pub use times::TimestampedOffset;
