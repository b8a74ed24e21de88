//! Reading a partition of `__consumer_offsets` from its first to its last batch into a machine.

use std::io;

use weir_coordinator::{GroupShard, LoadError, LoadProgress};
use weir_log::{LogRange, ReadError};
use weir_model::Offset;

use crate::partitions::Partition;

/// Bytes that are read at once; a batch that is larger comes alone.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// Why a partition can't be loaded.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadFailure {
    /// The log can't be read.
    #[error("the log can't be read")]
    Read(#[from] ReadError),
    /// Its file can't be read.
    #[error("the log's file can't be read")]
    Io(#[from] io::Error),
    /// A batch or record is not what it should be.
    #[error("the log holds what is no record of a group")]
    Content(#[from] LoadError),
    /// The log has an end that no batch leads to.
    #[error("the log ends at {end}, but nothing can be read at {at}")]
    Hole {
        /// Where the reading came to.
        at: Offset,
        /// Where the log ends.
        end: Offset,
    },
}

/// Loads everything that the log holds now. Blocks.
pub(super) fn load(shard: &mut GroupShard, partition: &Partition) -> Result<LoadProgress, LoadFailure> {
    let end = partition.log.log_end();
    let start = partition.log_start();
    let mut progress = LoadProgress { next_offset: start.0, ..LoadProgress::default() };
    while progress.next_offset < end.0 {
        let at = Offset(progress.next_offset);
        let read = partition.log.read(at, end, CHUNK_BYTES, true)?;
        for range in &read.ranges {
            shard.load(&bytes_of(range)?, &mut progress)?;
        }
        if progress.next_offset <= at.0 {
            // Compaction removed the last batches, or nothing is where something must be.
            if read.ranges.is_empty() {
                return Err(LoadFailure::Hole { at, end });
            }
            break;
        }
    }
    Ok(progress)
}

fn bytes_of(range: &LogRange) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; range.len as usize];
    let mut filled = 0;
    while filled < bytes.len() {
        let read = range.file.read_at(&mut bytes[filled..], range.position + filled as u64)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
    }
    Ok(bytes)
}
