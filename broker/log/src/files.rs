//! Files that are open only while they are used: a slot names a file and opens it when asked, the pool closes the ones
//! that nobody used lately.
//!
//! Invariants: the pool's slots hold at most `files_max` files open; a file is closed by the pool only when nobody else
//! holds it, so that what waits for a sync stays open until the sync returned.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use weir_env::disk::{Disk, DiskFile, Open};

use crate::sync::lock;

/// All slots of a data directory.
#[derive(Debug)]
pub(crate) struct FilePool {
    disk: Arc<dyn Disk>,
    files_max: usize,
    open: AtomicUsize,
    /// Open slots in the order of a clock's hand: the one at the front is looked at next.
    hand: Mutex<VecDeque<Weak<Slot>>>,
}

impl FilePool {
    pub(crate) fn new(disk: Arc<dyn Disk>, files_max: usize) -> Arc<Self> {
        Arc::new(Self { disk, files_max, open: AtomicUsize::new(0), hand: Mutex::default() })
    }

    pub(crate) fn slot(self: &Arc<Self>, path: PathBuf) -> Arc<Slot> {
        Arc::new(Slot { path, pool: Arc::clone(self), file: Mutex::default(), used: AtomicBool::new(false) })
    }

    /// Files that slots hold open now.
    pub(crate) fn open_count(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Closes idle files until there is room for one more. Two turns of the hand: the first takes the marks off.
    fn make_room(&self) -> io::Result<()> {
        let mut hand = lock(&self.hand);
        let mut turns = hand.len() * 2;
        while self.open_count() >= self.files_max {
            turns = turns.checked_sub(1).ok_or_else(|| self.refusal())?;
            let Some(slot) = hand.pop_front() else { return Err(self.refusal()) };
            if let Some(open) = slot.upgrade()
                && !open.close_if_idle()
            {
                hand.push_back(slot);
            }
        }
        Ok(())
    }

    fn remember(&self, slot: &Arc<Slot>) {
        let mut hand = lock(&self.hand);
        // Slots that were closed by their owners leave their place behind; there are never more such than open ones.
        if hand.len() > 2 * self.open_count() + 64 {
            hand.retain(|slot| slot.upgrade().is_some_and(|slot| slot.is_open_or_busy()));
        }
        hand.push_back(Arc::downgrade(slot));
    }

    fn refusal(&self) -> io::Error {
        io::Error::other(format!(
            "all {} files that logs may hold open are in use; raise the limit of open files (ulimit -n)",
            self.files_max
        ))
    }
}

/// A file by its path, open or not.
#[derive(Debug)]
pub(crate) struct Slot {
    path: PathBuf,
    pool: Arc<FilePool>,
    file: Mutex<Option<Arc<dyn DiskFile>>>,
    used: AtomicBool,
}

impl Slot {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file, opened as `how` says if it is not open.
    pub(crate) fn open(self: &Arc<Self>, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        let mut slot = lock(&self.file);
        self.used.store(true, Ordering::Relaxed);
        if let Some(file) = &*slot {
            return Ok(Arc::clone(file));
        }
        self.pool.make_room()?;
        let file = self.pool.disk.open(&self.path, how)?;
        self.pool.open.fetch_add(1, Ordering::Relaxed);
        self.pool.remember(self);
        *slot = Some(Arc::clone(&file));
        Ok(file)
    }

    /// Lets go of the file; others may hold it longer.
    pub(crate) fn close(&self) {
        if lock(&self.file).take().is_some() {
            self.pool.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn is_open_or_busy(&self) -> bool {
        self.file.try_lock().map_or(true, |file| file.is_some())
    }

    /// Closes a file that nobody used since the last look. True when the slot is closed now.
    fn close_if_idle(&self) -> bool {
        // Whoever holds this lock is using the file, and may wait for the hand's lock.
        let Ok(mut slot) = self.file.try_lock() else { return false };
        let Some(file) = &*slot else { return true };
        if self.used.swap(false, Ordering::Relaxed) || Arc::strong_count(file) > 1 {
            return false;
        }
        *slot = None;
        self.pool.open.fetch_sub(1, Ordering::Relaxed);
        true
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.close();
    }
}
