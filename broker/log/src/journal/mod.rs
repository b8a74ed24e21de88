//! A flushed, checksummed journal of opaque entries with snapshots: the metadata of a cluster of one, and the log of a Raft
//! voter.
//!
//! Files in the journal's directory; each entry has an index that is one more than the one before, and a term that never
//! falls:
//!
//! ```text
//! <first index>.journal             entries, see [`entry`]
//! <last index>-<term>.snapshot      what the entries up to that index amount to: CRC-32C u32 of the rest, then the bytes
//! closed-at                         the last index at the last orderly close: CRC-32C u32 of the rest, index u64
//! ```
//!
//! Invariants: what [`Journal::sync`] returned for is there after any crash; entries that no sync covered may be missing from
//! some point on, never in between; an entry that was synced and is damaged is an error, not the end, and so is an end before
//! the last orderly close. After a failed write or sync the journal takes nothing more.

mod entry;
mod open;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_env::Env;
use weir_env::disk::{Disk, DiskFile, Open};

use crate::flush::is_full;

pub use entry::{ENTRY_BYTES_MAX, JournalEntry};

/// A journal file is closed when it is larger than this.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Holds the last index at the last orderly close.
const CLOSED_AT: &str = "closed-at";

/// The largest snapshot.
pub const SNAPSHOT_BYTES_MAX: usize = 1 << 30;

const JOURNAL: &str = "journal";
const SNAPSHOT: &str = "snapshot";

/// Why the journal can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The disk failed.
    #[error("{what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something that was on disk is damaged.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The entries do not follow what is there.
    #[error("entry {index} of term {term} does not follow entry {last_index} of term {last_term}")]
    OutOfOrder {
        /// The offered entry's index.
        index: u64,
        /// The offered entry's term.
        term: u64,
        /// The last index that is there.
        last_index: u64,
        /// Its term.
        last_term: u64,
    },
    /// An entry or a snapshot is larger than the limit.
    #[error("{bytes} bytes, more than {max}")]
    TooLarge {
        /// What was offered.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// There is no room. Nothing was changed: with room again the journal goes on.
    #[error("there is no room for {}", .0.display())]
    Full(PathBuf),
    /// An earlier write or sync failed: what the journal holds is known only after the next start.
    #[error("the journal failed before: {0}")]
    Failed(Arc<str>),
}

/// A snapshot as it was installed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalSnapshot {
    /// The last entry that it contains.
    pub index: u64,
    /// That entry's term.
    pub term: u64,
    /// The state.
    pub bytes: Vec<u8>,
}

/// What opening a journal found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JournalContents {
    /// The newest snapshot.
    pub snapshot: Option<JournalSnapshot>,
    /// The entries after it, in order.
    pub entries: Vec<JournalEntry>,
    /// Bytes at the end that were never synced and not whole.
    pub cut_bytes: u64,
}

/// One file of entries.
#[derive(Debug)]
struct JournalFile {
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    /// The place of each entry: position and term.
    entries: Vec<(u64, u64)>,
    first_index: u64,
    size: u64,
}

/// A journal that is open for appending. One owner; every call may wait for the disk.
#[derive(Debug)]
pub struct Journal {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// By first index; the last one is appended to.
    files: Vec<JournalFile>,
    snapshot_index: u64,
    snapshot_term: u64,
    last_index: u64,
    last_term: u64,
    synced_index: u64,
    /// A later start that finds less takes it for damage. At most `synced_index`.
    closed_at: u64,
    /// Files and directory that the next sync covers.
    dirty: Vec<Arc<dyn DiskFile>>,
    dir_dirty: bool,
    failed: Option<Arc<str>>,
}

impl Journal {
    /// Opens the journal of a directory, made if it is not there. Everything returned is on disk.
    ///
    /// # Errors
    /// The disk fails, or something that was synced is damaged.
    pub fn open(env: &Env, dir: &Path) -> Result<(Self, JournalContents), JournalError> {
        open::open(&env.disk, dir)
    }

    /// The last index, 0 when there never was an entry.
    pub const fn last_index(&self) -> u64 {
        self.last_index
    }

    /// The term of the last entry, or of the snapshot when there is none after it.
    pub const fn last_term(&self) -> u64 {
        self.last_term
    }

    /// The last index that [`Self::sync`] covered.
    pub const fn synced_index(&self) -> u64 {
        self.synced_index
    }

    /// The last index that the snapshot contains, 0 without one.
    pub const fn snapshot_index(&self) -> u64 {
        self.snapshot_index
    }

    /// Bytes of the entries' files, to decide when a snapshot is worth it.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// Adds entries that follow the last one; they are promised to nobody before [`Self::sync`].
    ///
    /// # Errors
    /// They do not follow, one is too large, or the disk fails, after which the journal takes nothing more. A full disk is no
    /// such failure: the journal is as it was before.
    pub fn append(&mut self, entries: &[JournalEntry]) -> Result<(), JournalError> {
        self.check()?;
        let (mut index, mut term) = (self.last_index, self.last_term);
        for entry in entries {
            if entry.index != index + 1 || entry.term < term {
                return Err(self.out_of_order(entry, index, term));
            }
            if entry.payload.len() > ENTRY_BYTES_MAX {
                return Err(JournalError::TooLarge { bytes: entry.payload.len(), max: ENTRY_BYTES_MAX });
            }
            (index, term) = (entry.index, entry.term);
        }
        if self.files.last().is_none_or(|file| file.size > FILE_BYTES_MAX) {
            self.start_file()?;
        }
        let synced = self.synced_index;
        let Some(file) = self.files.last_mut() else { return Ok(()) };
        let mut bytes = Vec::new();
        let mut places = Vec::with_capacity(entries.len());
        for entry in entries {
            places.push((file.size + bytes.len() as u64, entry.term));
            entry.encode(synced, &mut bytes);
        }
        let written = file.file.write_all_at(&bytes, file.size);
        let (handle, path, size) = (Arc::clone(&file.file), file.path.clone(), file.size);
        if let Err(source) = &written
            && is_full(source)
        {
            // Nothing is promised, and what a part of the write left is taken back: with room again it goes on.
            self.try_io("cutting", &path, handle.set_len(size))?;
            return Err(JournalError::Full(path));
        }
        self.try_io("writing", &path, written)?;
        if let Some(file) = self.files.last_mut() {
            file.size += bytes.len() as u64;
            file.entries.extend(places);
        }
        self.dirty.push(handle);
        (self.last_index, self.last_term) = (index, term);
        Ok(())
    }

    /// Returns when every entry is on disk.
    ///
    /// # Errors
    /// The disk fails: whether the entries survive is unknown, and the journal takes nothing more.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.check()?;
        let dirty = std::mem::take(&mut self.dirty);
        for (at, file) in dirty.iter().enumerate() {
            // The same file may be listed once for each append.
            if dirty.get(at + 1).is_none_or(|next| !Arc::ptr_eq(next, file)) {
                let dir = self.dir.clone();
                self.try_io("syncing", &dir, file.sync())?;
            }
        }
        if self.dir_dirty {
            self.sync_dir()?;
        }
        self.synced_index = self.last_index;
        Ok(())
    }

    /// Syncs everything and notes the end, so that the next start can tell lost entries from ones that were never synced.
    ///
    /// # Errors
    /// The disk is full or fails. What was synced before stays so.
    pub fn close(mut self) -> Result<(), JournalError> {
        self.sync()?;
        self.note_close(self.last_index)
    }

    fn note_close(&mut self, index: u64) -> Result<(), JournalError> {
        let path = self.dir.join(CLOSED_AT);
        let written = self.disk.replace_small(&path, &checksummed(&index.to_be_bytes()));
        if written.as_ref().is_err_and(is_full) {
            return Err(JournalError::Full(path));
        }
        self.try_io("writing", &path, written)?;
        self.closed_at = index;
        Ok(())
    }

    /// Stores a snapshot of everything up to `index`, then drops the entries that it contains. With an index after the last
    /// entry (a snapshot from a leader) all entries go. Durable when this returns.
    ///
    /// # Errors
    /// The snapshot is older than the present one, too large, or the disk is full, which changes nothing, or fails.
    pub fn install_snapshot(&mut self, index: u64, term: u64, bytes: &[u8]) -> Result<(), JournalError> {
        self.check()?;
        if index < self.snapshot_index {
            let entry = JournalEntry { index, term, payload: Vec::new() };
            return Err(self.out_of_order(&entry, self.snapshot_index, self.snapshot_term));
        }
        if bytes.len() > SNAPSHOT_BYTES_MAX {
            return Err(JournalError::TooLarge { bytes: bytes.len(), max: SNAPSHOT_BYTES_MAX });
        }
        let path = self.dir.join(snapshot_name(index, term));
        let written = self.disk.replace_small(&path, &checksummed(bytes));
        if written.as_ref().is_err_and(is_full) {
            return Err(JournalError::Full(path));
        }
        self.try_io("writing", &path, written)?;
        let old = self.dir.join(snapshot_name(self.snapshot_index, self.snapshot_term));
        if self.snapshot_index > 0 && old != path {
            self.remove(&old)?;
        }
        (self.snapshot_index, self.snapshot_term) = (index, term);
        if index >= self.last_index {
            (self.last_index, self.last_term) = (index, term);
            self.synced_index = index;
        }
        self.drop_prefix(index)
    }

    /// Drops the entries from `index` on, to be replaced by a new leader's (Raft). Durable when this returns.
    ///
    /// # Errors
    /// The snapshot contains that entry, or the disk fails.
    pub fn truncate_suffix(&mut self, index: u64) -> Result<(), JournalError> {
        self.check()?;
        if index <= self.snapshot_index {
            let entry = JournalEntry { index, term: 0, payload: Vec::new() };
            return Err(self.out_of_order(&entry, self.snapshot_index, self.snapshot_term));
        }
        if index <= self.closed_at {
            self.note_close(index - 1)?;
        }
        // From the end, one by one: a crash in between leaves a shorter journal, never one with a hole.
        while let Some(file) = self.files.pop_if(|file| file.first_index >= index) {
            self.remove(&file.path)?;
            self.sync_dir()?;
        }
        if let Some(file) = self.files.last_mut() {
            let keep = usize::try_from(index - file.first_index).unwrap_or(usize::MAX);
            if let Some(&(position, _)) = file.entries.get(keep) {
                file.entries.truncate(keep);
                file.size = position;
                let (handle, path) = (Arc::clone(&file.file), file.path.clone());
                self.try_io("cutting", &path, handle.set_len(position))?;
                self.dirty.push(handle);
            }
        }
        let last = self.files.last().and_then(|file| {
            let &(_, term) = file.entries.last()?;
            Some((file.first_index + file.entries.len() as u64 - 1, term))
        });
        (self.last_index, self.last_term) = last.unwrap_or((self.snapshot_index, self.snapshot_term));
        self.synced_index = self.synced_index.min(self.last_index);
        self.dirty.retain(|file| self.files.iter().any(|known| Arc::ptr_eq(&known.file, file)));
        // What follows must not be mistaken for the continuation of what was cut.
        self.sync()
    }

    /// Removes files whose entries are all at or before `index`.
    fn drop_prefix(&mut self, index: u64) -> Result<(), JournalError> {
        while let Some(file) = self.files.first() {
            let next = file.first_index + file.entries.len() as u64;
            if next > index + 1 {
                break;
            }
            let file = self.files.remove(0);
            self.remove(&file.path)?;
        }
        if self.files.is_empty() {
            self.dirty.clear();
        }
        self.sync_dir()
    }

    fn sync_dir(&mut self) -> Result<(), JournalError> {
        let (dir, synced) = (self.dir.clone(), self.disk.sync_dir(&self.dir));
        self.dir_dirty = false;
        self.try_io("syncing", &dir, synced)
    }

    fn start_file(&mut self) -> Result<(), JournalError> {
        let first_index = self.last_index + 1;
        let path = self.dir.join(journal_name(first_index));
        let opened = self.disk.open(&path, Open::Create).and_then(|file| {
            file.set_len(0)?;
            Ok(file)
        });
        if opened.as_ref().is_err_and(is_full) {
            return Err(JournalError::Full(path));
        }
        let file = self.try_io("creating", &path, opened)?;
        self.files.push(JournalFile { path, file, entries: Vec::new(), first_index, size: 0 });
        self.dir_dirty = true;
        Ok(())
    }

    fn remove(&mut self, path: &Path) -> Result<(), JournalError> {
        let removed = self.disk.remove_file(path);
        self.dir_dirty = true;
        self.try_io("removing", path, removed)
    }

    fn check(&self) -> Result<(), JournalError> {
        self.failed.as_ref().map_or(Ok(()), |reason| Err(JournalError::Failed(Arc::clone(reason))))
    }

    /// Ends the journal's life when the disk failed.
    fn try_io<T>(
        &mut self,
        what: &'static str,
        path: &Path,
        result: std::io::Result<T>,
    ) -> Result<T, JournalError> {
        result.map_err(|source| {
            self.failed = Some(format!("{what} {}: {source}", path.display()).into());
            JournalError::Io { what, path: path.to_path_buf(), source }
        })
    }

    const fn out_of_order(&self, entry: &JournalEntry, last_index: u64, last_term: u64) -> JournalError {
        JournalError::OutOfOrder { index: entry.index, term: entry.term, last_index, last_term }
    }
}

/// The bytes of a small file that must be whole: CRC-32C u32 of the rest, then the rest.
fn checksummed(bytes: &[u8]) -> Vec<u8> {
    [&crate::checksum::crc32c(bytes).to_be_bytes(), bytes].concat()
}

fn journal_name(first_index: u64) -> String {
    format!("{first_index:020}.{JOURNAL}")
}

fn snapshot_name(index: u64, term: u64) -> String {
    format!("{index:020}-{term:020}.{SNAPSHOT}")
}
