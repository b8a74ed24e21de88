//! Opening a journal: the newest good snapshot, the entries after it, the torn end cut, all of it synced before it is used.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use weir_env::disk::{Disk, DiskFile, Open};

use super::entry::{self, JournalEntry};
use super::{
    CLOSED_AT, JOURNAL, Journal, JournalContents, JournalError, JournalFile, JournalSnapshot, SNAPSHOT,
    SNAPSHOT_BYTES_MAX,
};
use crate::checksum::crc32c;
use crate::names;

/// What to do about damage.
const RESTORE: &str = ": restore the directory from a copy; nothing was changed";

/// The same, where one file stands between a user and the loss.
const GIVE_UP: &str = ": restore the directory from a copy, or remove its file closed-at to go on without them; nothing was changed";

fn at<T>(what: &'static str, path: &Path, result: io::Result<T>) -> Result<T, JournalError> {
    result.map_err(|source| JournalError::Io { what, path: path.to_path_buf(), source })
}

/// See [`Journal::open`].
pub(super) fn open(disk: &Arc<dyn Disk>, dir: &Path) -> Result<(Journal, JournalContents), JournalError> {
    at("creating", dir, disk.create_dir_all(dir))?;
    let mut opening = Opening::list(disk, dir)?;
    opening.closed_at = closed_at(disk.as_ref(), dir)?;
    let snapshot = opening.newest_snapshot()?;
    let (index, term) = snapshot.as_ref().map_or((0, 0), |snapshot| (snapshot.index, snapshot.term));
    let mut journal = Journal {
        disk: Arc::clone(disk),
        dir: dir.to_path_buf(),
        files: Vec::new(),
        snapshot_index: index,
        snapshot_term: term,
        last_index: index,
        last_term: term,
        synced_index: index,
        closed_at: opening.closed_at,
        dirty: Vec::new(),
        dir_dirty: true,
        failed: None,
    };
    let mut contents = JournalContents { snapshot, ..JournalContents::default() };
    opening.read_entries(&mut journal, &mut contents)?;
    if journal.last_index < opening.closed_at {
        let (first, last) = (journal.last_index + 1, opening.closed_at);
        let reason = format!("entries {first} to {last} were here at the last stop and are gone{GIVE_UP}");
        return Err(JournalError::Damaged { path: dir.to_path_buf(), reason });
    }
    // What was read may have been in the page cache only, the name of the snapshot too: nothing goes before that is on disk.
    journal.dirty = journal.files.iter().map(|file| Arc::clone(&file.file)).collect();
    journal.sync()?;
    opening.remove_rest()?;
    journal.drop_prefix(journal.snapshot_index)?;
    Ok((journal, contents))
}

struct Opening<'a> {
    disk: &'a Arc<dyn Disk>,
    dir: &'a Path,
    /// Names by first index, not yet read.
    files: BTreeMap<u64, String>,
    /// Names by index and term, but for the one in use.
    snapshots: BTreeMap<(u64, u64), String>,
    useless: Vec<String>,
    /// The last index at the last orderly close.
    closed_at: u64,
}

impl<'a> Opening<'a> {
    fn list(disk: &'a Arc<dyn Disk>, dir: &'a Path) -> Result<Self, JournalError> {
        let mut opening = Self {
            disk,
            dir,
            files: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            useless: Vec::new(),
            closed_at: 0,
        };
        for entry in at("listing", dir, disk.list(dir))? {
            let Some((stem, ending)) = entry.name.rsplit_once('.') else { continue };
            let number = |digits: &str| (digits.len() == 20).then(|| digits.parse::<u64>().ok()).flatten();
            match ending {
                JOURNAL => opening.files.extend(number(stem).map(|first| (first, entry.name.clone()))),
                SNAPSHOT => {
                    let key = stem.split_once('-').and_then(|(index, term)| number(index).zip(number(term)));
                    opening.snapshots.extend(key.map(|key| (key, entry.name.clone())));
                }
                names::TEMPORARY => opening.useless.push(entry.name),
                _ => {}
            }
        }
        Ok(opening)
    }

    /// The newest snapshot. It was durable before its name was: damage is damage.
    fn newest_snapshot(&mut self) -> Result<Option<JournalSnapshot>, JournalError> {
        let Some(((index, term), name)) = self.snapshots.pop_last() else { return Ok(None) };
        let path = self.dir.join(name);
        let file =
            at("reading", &path, self.disk.read_small(&path, SNAPSHOT_BYTES_MAX + 4))?.unwrap_or_default();
        if let Some(bytes) = checked(&file) {
            return Ok(Some(JournalSnapshot { index, term, bytes: bytes.to_vec() }));
        }
        Err(JournalError::Damaged { path, reason: format!("the snapshot's checksum is wrong{RESTORE}") })
    }

    /// Reads files in order up to the first entry that is not whole or does not follow.
    fn read_entries(
        &mut self,
        journal: &mut Journal,
        contents: &mut JournalContents,
    ) -> Result<(), JournalError> {
        self.skip_covered(journal.snapshot_index);
        let mut next: Option<u64> = None;
        while let Some((first_index, name)) = self.files.pop_first() {
            let path = self.dir.join(name);
            let bytes = at("reading", &path, self.read_past_cache(&path))?;
            let mut position = 0;
            let mut file = JournalFile {
                file: at("opening", &path, self.disk.open(&path, Open::Write))?,
                path,
                entries: Vec::new(),
                first_index,
                size: 0,
            };
            let expected = next.unwrap_or(first_index);
            if first_index != expected || first_index > journal.last_index + 1 {
                return self.end_here(journal, contents, &file, &bytes, 0);
            }
            while let Some(stored) = bytes.get(position..).and_then(entry::decode) {
                if stored.entry.index != first_index + file.entries.len() as u64
                    || stored.entry.term < last_term(journal, &file)
                {
                    break;
                }
                file.entries.push((position as u64, stored.entry.term));
                position += stored.size;
                take(journal, contents, stored.entry);
            }
            file.size = position as u64;
            next = Some(first_index + file.entries.len() as u64);
            let torn = position < bytes.len();
            if torn {
                self.end_here(journal, contents, &file, &bytes, position)?;
            }
            if position > 0 || !torn {
                journal.files.push(file);
            }
        }
        Ok(())
    }

    /// Leaves out files whose entries are all in the snapshot. A crash may have kept any of them.
    fn skip_covered(&mut self, snapshot_index: u64) {
        let firsts: Vec<u64> = self.files.keys().copied().collect();
        for pair in firsts.windows(2) {
            if pair[1] <= snapshot_index + 1 {
                self.useless.extend(self.files.remove(&pair[0]));
            }
        }
    }

    /// The journal ends at `position` of `file`: nothing that was synced may lie behind.
    fn end_here(
        &mut self,
        journal: &Journal,
        contents: &mut JournalContents,
        file: &JournalFile,
        bytes: &[u8],
        position: usize,
    ) -> Result<(), JournalError> {
        let missing = journal.last_index + 1;
        let mut behind = bytes[position..].to_vec();
        for name in std::mem::take(&mut self.files).into_values() {
            let path = self.dir.join(&name);
            behind.extend(at("reading", &path, self.read_past_cache(&path))?);
            self.useless.push(name);
        }
        let closed = missing <= self.closed_at;
        if closed || entry::proves_synced(&behind, missing) {
            let way_out = if closed { GIVE_UP } else { RESTORE };
            let reason =
                format!("entry {missing} at position {position} was on disk and can't be read{way_out}");
            return Err(JournalError::Damaged { path: file.path.clone(), reason });
        }
        contents.cut_bytes += behind.len() as u64;
        if position == 0 && file.entries.is_empty() {
            self.useless.extend(file.path.file_name().map(|name| name.to_string_lossy().into_owned()));
            return Ok(());
        }
        at("cutting", &file.path, file.file.set_len(position as u64))
    }

    /// The whole file as the disk has it.
    fn read_past_cache(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file: Arc<dyn DiskFile> = match self.disk.open_uncached(path) {
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
                self.disk.open(path, Open::Read)?
            }
            file => file?,
        };
        let len = usize::try_from(file.len()?).unwrap_or(usize::MAX);
        let mut bytes = vec![0; len];
        file.read_exact_at(&mut bytes, 0)?;
        Ok(bytes)
    }

    fn remove_rest(&mut self) -> Result<(), JournalError> {
        let old = std::mem::take(&mut self.snapshots).into_values();
        for name in old.chain(self.useless.drain(..)) {
            let path = self.dir.join(name);
            at("removing", &path, self.disk.remove_file(&path))?;
        }
        Ok(())
    }
}

fn closed_at(disk: &dyn Disk, dir: &Path) -> Result<u64, JournalError> {
    let path = dir.join(CLOSED_AT);
    let Some(file) = at("reading", &path, disk.read_small(&path, 12))? else { return Ok(0) };
    checked(&file)
        .and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)))
        .ok_or_else(|| JournalError::Damaged { path, reason: format!("it can't be read{GIVE_UP}") })
}

/// The bytes of a small file, without the checksum in front of them that must be theirs.
fn checked(file: &[u8]) -> Option<&[u8]> {
    let (crc, bytes) = file.split_first_chunk::<4>()?;
    (u32::from_be_bytes(*crc) == crc32c(bytes)).then_some(bytes)
}

fn last_term(journal: &Journal, file: &JournalFile) -> u64 {
    file.entries.last().map_or_else(
        || journal.files.last().and_then(|file| file.entries.last()).map_or(0, |&(_, term)| term),
        |&(_, term)| term,
    )
}

/// Counts an entry, and keeps it if the snapshot does not contain it.
fn take(journal: &mut Journal, contents: &mut JournalContents, entry: JournalEntry) {
    if entry.index > journal.last_index {
        (journal.last_index, journal.last_term) = (entry.index, entry.term);
        contents.entries.push(entry);
    }
}
