//! Files that are open only while they are used: a slot names a file and opens it when asked, the pool closes the ones
//! that nobody used lately.
//!
//! Invariants: the pool's slots hold at most `files_max` files open; a file is closed by the pool only when nobody else
//! holds it, so that what waits for a sync stays open until the sync returned; a slot that was retired opens nothing, so that
//! another file may get its name.

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
        self.slot_at(path.clone(), path)
    }

    /// A slot for a file that is at `at` for now, and shall be at `path`.
    pub(crate) fn slot_at(self: &Arc<Self>, at: PathBuf, path: PathBuf) -> Arc<Slot> {
        let place = Place { at, file: None, retired: false };
        Arc::new(Slot {
            path,
            pool: Arc::clone(self),
            place: Mutex::new(place),
            used: AtomicBool::new(false),
        })
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
    place: Mutex<Place>,
    used: AtomicBool,
}

/// Where a slot's file is.
#[derive(Debug)]
struct Place {
    at: PathBuf,
    file: Option<Arc<dyn DiskFile>>,
    retired: bool,
}

/// The file was replaced or removed: whoever looks for what it held starts again with the log's present segments.
const RETIRED: &str = "the segment was replaced";

impl Slot {
    /// What the file is called, now or once it is in its place.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file, opened as `how` says if it is not open.
    pub(crate) fn open(self: &Arc<Self>, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        let mut place = lock(&self.place);
        self.used.store(true, Ordering::Relaxed);
        if let Some(file) = &place.file {
            return Ok(Arc::clone(file));
        }
        if place.retired {
            return Err(io::Error::new(io::ErrorKind::NotFound, RETIRED));
        }
        self.pool.make_room()?;
        let file = self.pool.disk.open(&place.at, how)?;
        self.pool.open.fetch_add(1, Ordering::Relaxed);
        self.pool.remember(self);
        place.file = Some(Arc::clone(&file));
        Ok(file)
    }

    /// Renames the file; whoever opens it meanwhile waits for no more than that. A file that was not made yet will be made
    /// there, and `NotFound` says so.
    pub(crate) fn rename(&self, to: PathBuf) -> io::Result<()> {
        let mut place = lock(&self.place);
        let renamed = self.pool.disk.rename(&place.at, &to);
        if renamed.as_ref().map_or_else(|error| error.kind() == io::ErrorKind::NotFound, |()| true) {
            place.at = to;
        }
        renamed
    }

    /// Lets go of the file for good: its name may be another's from now on. Who holds it open goes on using it.
    pub(crate) fn retire(&self) {
        let mut place = lock(&self.place);
        place.retired = true;
        self.let_go(&mut place);
    }

    /// Lets go of the file; others may hold it longer.
    pub(crate) fn close(&self) {
        self.let_go(&mut lock(&self.place));
    }

    fn let_go(&self, place: &mut Place) {
        if place.file.take().is_some() {
            self.pool.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn is_open_or_busy(&self) -> bool {
        self.place.try_lock().map_or(true, |place| place.file.is_some())
    }

    /// Closes a file that nobody used since the last look. True when the slot is closed now.
    fn close_if_idle(&self) -> bool {
        // Whoever holds this lock is using the file, and may wait for the hand's lock.
        let Ok(mut place) = self.place.try_lock() else { return false };
        let Some(file) = &place.file else { return true };
        if self.used.swap(false, Ordering::Relaxed) || Arc::strong_count(file) > 1 {
            return false;
        }
        self.let_go(&mut place);
        true
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.close();
    }
}
