//! The layout of an entry, and telling a torn end from damage.
//!
//! ```text
//! length u32 of what follows the checksum, CRC-32C u32 of the same,
//! index u64, term u64, synced u64, payload
//! ```
//!
//! `synced` is the last index that a sync had covered when the entry was written. An unreadable entry is the torn end of what
//! was never synced, unless a whole entry after it says that it was.

use crate::checksum::crc32c;

/// The largest payload.
pub const ENTRY_BYTES_MAX: usize = 64 * 1024 * 1024;

const HEAD_BYTES: usize = 8;
const FIELDS_BYTES: usize = 24;

/// An entry of the journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalEntry {
    /// Its number, one more than that of the entry before.
    pub index: u64,
    /// The term of the leader that made it; without Raft any number that does not fall.
    pub term: u64,
    /// Whatever its owner put there.
    pub payload: Vec<u8>,
}

/// An entry as it stands in a file.
pub(super) struct Stored {
    pub(super) entry: JournalEntry,
    /// Bytes in the file.
    pub(super) size: usize,
}

impl JournalEntry {
    pub(super) fn encode(&self, synced: u64, out: &mut Vec<u8>) {
        let start = out.len();
        let length = u32::try_from(FIELDS_BYTES + self.payload.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&[0; 4]);
        for field in [self.index, self.term, synced] {
            out.extend_from_slice(&field.to_be_bytes());
        }
        out.extend_from_slice(&self.payload);
        let crc = crc32c(&out[start + HEAD_BYTES..]);
        out[start + 4..start + HEAD_BYTES].copy_from_slice(&crc.to_be_bytes());
    }
}

/// The entry at the start of `bytes`, `None` when none that is whole is there.
pub(super) fn decode(bytes: &[u8]) -> Option<Stored> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (crc, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    if !(FIELDS_BYTES..=FIELDS_BYTES + ENTRY_BYTES_MAX).contains(&length) {
        return None;
    }
    let body = rest.get(..length)?;
    if crc32c(body) != u32::from_be_bytes(*crc) {
        return None;
    }
    let (index, body) = body.split_first_chunk::<8>()?;
    let (term, body) = body.split_first_chunk::<8>()?;
    let (_synced, payload) = body.split_first_chunk::<8>()?;
    let entry = JournalEntry {
        index: u64::from_be_bytes(*index),
        term: u64::from_be_bytes(*term),
        payload: payload.to_vec(),
    };
    Some(Stored { entry, size: HEAD_BYTES + length })
}

/// Indexes this far beyond a missing one are not believed: no sync covers so many entries.
const SPAN_MAX: u64 = 1 << 24;

/// Whether some whole entry in `bytes`, at any position, says that `index` was synced.
pub(super) fn proves_synced(bytes: &[u8], index: u64) -> bool {
    let field = |at: usize| bytes.get(at..)?.first_chunk::<8>().map(|raw| u64::from_be_bytes(*raw));
    let plausible = |at: usize| {
        let (its_index, synced) = (field(at + HEAD_BYTES)?, field(at + HEAD_BYTES + 16)?);
        Some(synced >= index && its_index > synced && its_index < index.saturating_add(SPAN_MAX))
    };
    // The checksum, which costs something, is computed only where the numbers make sense.
    (0..bytes.len()).any(|at| plausible(at) == Some(true) && decode(&bytes[at..]).is_some())
}
