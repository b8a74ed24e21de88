//! Holding one operation back until a test lets it go, so that others can be watched meanwhile. Knows nothing of the disk.

use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::SimOp;

/// An operation that a test waits for comes much sooner than this, or never.
const HELD_WITHIN: Duration = Duration::from_secs(20);

/// The place where an operation may be held; there is one at a time.
#[derive(Debug, Default)]
pub(super) struct Holder {
    hold: Mutex<Option<Hold>>,
    /// Told when an operation has come, and when it may go.
    moved: Condvar,
}

/// An operation that is to wait.
#[derive(Debug)]
struct Hold {
    op: SimOp,
    path_part: String,
    /// So many matching operations pass first.
    skip: u64,
    /// It has come, and waits.
    reached: bool,
}

impl Holder {
    fn hold(&self) -> MutexGuard<'_, Option<Hold>> {
        self.hold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, op: SimOp, path_part: &str, skip: u64) {
        assert!(op != SimOp::Open, "opening is not held");
        *self.hold() = Some(Hold { op, path_part: path_part.to_owned(), skip, reached: false });
    }

    /// Returns once the operation waits; panics when it does not come.
    pub(super) fn wait_until_reached(&self) {
        let awaited = |hold: &mut Option<Hold>| hold.as_ref().is_some_and(|hold| !hold.reached);
        let waited = self.moved.wait_timeout_while(self.hold(), HELD_WITHIN, awaited);
        let (hold, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(hold);
        assert!(!waited.timed_out(), "nobody came to the operation that is held");
    }

    pub(super) fn let_go(&self) {
        *self.hold() = None;
        self.moved.notify_all();
    }

    /// Called at the start of an operation: waits if it is the one that is held.
    pub(super) fn pass(&self, op: SimOp, path: &Path) {
        let mut hold = self.hold();
        let Some(wanted) = hold.as_mut().filter(|hold| {
            hold.op == op && !hold.reached && path.to_string_lossy().contains(&hold.path_part)
        }) else {
            return;
        };
        if wanted.skip > 0 {
            wanted.skip -= 1;
            return;
        }
        wanted.reached = true;
        self.moved.notify_all();
        let waited = self.moved.wait_while(hold, |hold| hold.is_some());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}
