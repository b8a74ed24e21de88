//! A segment's sparse indexes: offset to position, and timestamp to offset. Kafka's formats, byte for byte.
//!
//! ```text
//! .index      relative offset i32, position i32      the last offset of a batch, and where that batch starts
//! .timeindex  timestamp i64, relative offset i32     the largest timestamp so far, and the last offset of its batch
//! ```
//!
//! Relative offsets count from the segment's base offset. Keys rise from entry to entry. The newest entries wait in memory
//! and are written in blocks, so that an append seldom touches an index file. An index is a hint: whoever follows an entry
//! checks what it finds, and has the index rebuilt from the log if it is wrong. Nothing here knows batches.

use std::io;
use std::sync::{Arc, Mutex};

use weir_env::disk::{DiskFile, Open};

use crate::files::Slot;
use crate::sync::lock;

/// Entries that wait in memory before they are written: at most 768 bytes a file.
const PENDING_ENTRIES_MAX: usize = 64;

/// Entries that wait in memory while the disk is full or no file may be opened.
const STUCK_ENTRIES_MAX: usize = 64 * PENDING_ENTRIES_MAX;

/// Entries that a search reads at once when it has narrowed to them.
const BLOCK_ENTRIES: u64 = 128;

/// What an index consists of.
pub(crate) trait Entry: Copy + Ord {
    const BYTES: usize;
    fn encode(self, out: &mut Vec<u8>);
    fn decode(bytes: &[u8]) -> Self;
}

/// An entry of the offset index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct OffsetEntry {
    /// Last offset of a batch, less the segment's base offset.
    pub(crate) relative: u32,
    /// Where the batch starts in the file.
    pub(crate) position: u32,
}

/// An entry of the time index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct TimeEntry {
    /// The largest timestamp up to this entry.
    pub(crate) timestamp: i64,
    /// The last offset of the batch that has it, less the segment's base offset.
    pub(crate) relative: u32,
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut raw = [0; 4];
    raw.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(raw)
}

impl Entry for OffsetEntry {
    const BYTES: usize = 8;

    fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.relative.to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Self {
        Self { relative: u32_at(bytes, 0), position: u32_at(bytes, 4) }
    }
}

impl Entry for TimeEntry {
    const BYTES: usize = 12;

    fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.relative.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Self {
        let high = i64::from(u32_at(bytes, 0).cast_signed()) << 32;
        Self { timestamp: high | i64::from(u32_at(bytes, 4)), relative: u32_at(bytes, 8) }
    }
}

/// One index file and the entries that are not yet in it.
#[derive(Debug)]
pub(crate) struct Index<E> {
    slot: Arc<Slot>,
    state: Mutex<State<E>>,
}

#[derive(Debug)]
struct State<E> {
    /// Whole entries in the file; `None` until the file was looked at.
    written: Option<u64>,
    /// The newest entries, not yet in the file.
    pending: Vec<E>,
    /// The last entry of all, once it was looked at.
    last: Option<Option<E>>,
    /// The file is known to exist.
    exists: bool,
    /// The file holds bytes that no sync was asked for since.
    dirty: bool,
}

impl<E: Entry> Index<E> {
    /// An index whose file may be there; it is looked at when it is first needed.
    pub(crate) fn new(slot: Arc<Slot>, exists: bool) -> Self {
        let written = (!exists).then_some(0);
        Self {
            slot,
            state: Mutex::new(State { written, pending: Vec::new(), last: None, exists, dirty: false }),
        }
    }

    /// Adds an entry. The caller keeps keys rising. While the file can't be written, entries wait in memory, and beyond
    /// [`STUCK_ENTRIES_MAX`] they are left out: an index may be sparser than planned.
    pub(crate) fn push(&self, entry: E) {
        let mut state = lock(&self.state);
        if state.pending.len() >= STUCK_ENTRIES_MAX {
            return;
        }
        state.pending.push(entry);
        state.last = Some(Some(entry));
        if state.pending.len().is_multiple_of(PENDING_ENTRIES_MAX)
            && let Err(error) = self.write_pending(&mut state)
        {
            tracing::warn!(file = %self.slot.path().display(), %error, "index entries stay in memory");
        }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> io::Result<u64> {
        let mut state = lock(&self.state);
        Ok(self.written(&mut state)? + state.pending.len() as u64)
    }

    /// The last entry.
    pub(crate) fn last(&self) -> io::Result<Option<E>> {
        let mut state = lock(&self.state);
        if let Some(last) = state.last {
            return Ok(last);
        }
        let count = self.written(&mut state)? + state.pending.len() as u64;
        let last = count.checked_sub(1).map(|at| self.entry(&state, at)).transpose()?;
        state.last = Some(last);
        Ok(last)
    }

    /// The last entry for which `before` holds; it holds for a first part of the entries and no others.
    pub(crate) fn last_where(&self, before: impl Fn(&E) -> bool) -> io::Result<Option<E>> {
        let mut state = lock(&self.state);
        let written = self.written(&mut state)?;
        let pending = state.pending.partition_point(&before);
        if pending > 0 {
            return Ok(Some(state.pending[pending - 1]));
        }
        let (mut low, mut high) = (0, written);
        while high - low > BLOCK_ENTRIES {
            let middle = low + (high - low) / 2;
            if before(&self.entry(&state, middle)?) { low = middle } else { high = middle }
        }
        let block = self.read_block(low, high)?;
        let count = block.partition_point(&before);
        Ok(count.checked_sub(1).map(|at| block[at]))
    }

    /// Drops every entry but the first `count`.
    pub(crate) fn truncate(&self, count: u64) -> io::Result<()> {
        let mut state = lock(&self.state);
        let written = self.written(&mut state)?;
        state.last = None;
        if count >= written {
            state.pending.truncate(usize::try_from(count - written).unwrap_or(usize::MAX));
            return Ok(());
        }
        state.pending.clear();
        state.written = Some(count);
        state.dirty = true;
        self.slot.open(Open::Write)?.set_len(count * E::BYTES as u64)
    }

    /// Drops every entry without looking at the file, whatever it holds.
    pub(crate) fn reset(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.pending.clear();
        state.last = Some(None);
        state.written = Some(0);
        if state.exists {
            state.dirty = true;
            self.slot.open(Open::Write)?.set_len(0)?;
        }
        Ok(())
    }

    /// Drops the entries from the first on for which `keep` does not hold.
    pub(crate) fn truncate_where(&self, keep: impl Fn(&E) -> bool) -> io::Result<()> {
        let count = {
            let mut state = lock(&self.state);
            let written = self.written(&mut state)?;
            let (mut low, mut high) = (0, written + state.pending.len() as u64);
            while low < high {
                let middle = low + (high - low) / 2;
                if keep(&self.entry(&state, middle)?) { low = middle + 1 } else { high = middle }
            }
            low
        };
        self.truncate(count)
    }

    /// Writes what waits in memory.
    pub(crate) fn write_out(&self) -> io::Result<()> {
        self.write_pending(&mut lock(&self.state))
    }

    /// Writes what waits in memory. Returns the file if it holds bytes that were not yet given to a sync.
    pub(crate) fn take_dirty(&self) -> io::Result<Option<Arc<dyn DiskFile>>> {
        let mut state = lock(&self.state);
        self.write_pending(&mut state)?;
        if !state.dirty {
            return Ok(None);
        }
        let file = self.slot.open(Open::Write)?;
        state.dirty = false;
        Ok(Some(file))
    }

    pub(crate) fn close(&self) {
        self.slot.close();
    }

    /// See [`Slot::retire`].
    pub(crate) fn retire(&self) {
        self.slot.retire();
    }

    /// Renames the file, if there is one, to the name that the index has for others.
    pub(crate) fn put_in_place(&self) -> io::Result<()> {
        match self.slot.rename(self.slot.path().to_path_buf()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            renamed => renamed,
        }
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        self.slot.path()
    }

    fn written(&self, state: &mut State<E>) -> io::Result<u64> {
        if let Some(written) = state.written {
            return Ok(written);
        }
        let written = self.slot.open(Open::Write)?.len()? / E::BYTES as u64;
        state.written = Some(written);
        Ok(written)
    }

    fn write_pending(&self, state: &mut State<E>) -> io::Result<()> {
        if state.pending.is_empty() {
            return Ok(());
        }
        let written = self.written(state)?;
        let mut bytes = Vec::with_capacity(state.pending.len() * E::BYTES);
        for &entry in &state.pending {
            entry.encode(&mut bytes);
        }
        let how = if state.exists { Open::Write } else { Open::Create };
        let file = self.slot.open(how)?;
        if !state.exists {
            // Whatever lay there under this name belongs to no entry of ours.
            file.set_len(0)?;
            state.exists = true;
        }
        file.write_all_at(&bytes, written * E::BYTES as u64)?;
        state.written = Some(written + state.pending.len() as u64);
        state.pending.clear();
        state.dirty = true;
        Ok(())
    }

    fn entry(&self, state: &State<E>, at: u64) -> io::Result<E> {
        let written = state.written.unwrap_or(0);
        if let Some(pending) = at.checked_sub(written) {
            return usize::try_from(pending)
                .ok()
                .and_then(|at| state.pending.get(at).copied())
                .ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.read_block(at, at + 1)?[0])
    }

    /// The entries `low..high` of the file, all of them.
    fn read_block(&self, low: u64, high: u64) -> io::Result<Vec<E>> {
        if low == high {
            return Ok(Vec::new());
        }
        let count = usize::try_from(high - low).unwrap_or(usize::MAX);
        let mut bytes = vec![0; count * E::BYTES];
        self.slot.open(Open::Write)?.read_exact_at(&mut bytes, low * E::BYTES as u64)?;
        Ok(bytes.chunks_exact(E::BYTES).map(E::decode).collect())
    }
}
