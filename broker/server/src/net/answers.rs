//! The bound on memory that encoded answers hold while their peers take them. Records are not part of it: they stay in
//! files until they are sent.
//!
//! A question of thirty bytes may have an answer of a megabyte, and who asks on a thousand connections and reads nothing
//! would fill the memory. So while too much is held, no further request is begun but those of producers, and whoever does
//! not take his answer at a good pace is in the way and must go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::settings::AnswerLimits;

/// Answers below this are not counted: the number of connections bounds them.
pub(crate) const SMALL_ANSWER_BYTES: usize = 64 * 1024;

/// How slowly a counted answer may be taken, in all: the grace, and a second for so many bytes.
const PATIENCE: Pace = Pace { grace: Duration::from_secs(120), bytes_per_second: 16 * 1024 };

/// The same while others wait, beside a grace of its own.
const CONTENDED_BYTES_PER_SECOND: u64 = 1024 * 1024;

#[derive(Clone, Copy, Debug)]
struct Pace {
    grace: Duration,
    bytes_per_second: u64,
}

impl Pace {
    fn time_for(&self, bytes: u64) -> Duration {
        self.grace + Duration::from_secs(bytes / self.bytes_per_second)
    }
}

/// What answers of all connections hold.
#[derive(Debug)]
pub(crate) struct AnswerMemory {
    held: AtomicUsize,
    held_max: usize,
    contended: Pace,
    waiting: AtomicUsize,
    freed: Notify,
}

/// One answer's part; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct HeldAnswer {
    memory: Arc<AnswerMemory>,
    bytes: usize,
}

impl Drop for HeldAnswer {
    fn drop(&mut self) {
        self.memory.held.fetch_sub(self.bytes, Ordering::AcqRel);
        self.memory.freed.notify_waiters();
    }
}

/// Counts somebody who waits, also when the wait is cancelled.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl AnswerMemory {
    /// Nothing is held yet.
    pub(crate) fn new(limits: AnswerLimits) -> Self {
        Self {
            held: AtomicUsize::new(0),
            held_max: limits.held_bytes_max,
            contended: Pace { grace: limits.contended_grace, bytes_per_second: CONTENDED_BYTES_PER_SECOND },
            waiting: AtomicUsize::new(0),
            freed: Notify::new(),
        }
    }

    /// Counts an answer that exists.
    pub(crate) fn hold(self: &Arc<Self>, bytes: usize) -> HeldAnswer {
        self.held.fetch_add(bytes, Ordering::AcqRel);
        HeldAnswer { memory: Arc::clone(self), bytes }
    }

    /// Bytes that answers hold now.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held.load(Ordering::Acquire)
    }

    /// Waits until there is room for one more answer.
    pub(crate) async fn room(&self) {
        if self.held_bytes() < self.held_max {
            return;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // Listening begins before the look, so that nothing freed between the two is missed.
            freed.as_mut().enable();
            if self.held_bytes() < self.held_max {
                return;
            }
            freed.await;
        }
    }

    /// Whether a peer takes an answer too slowly.
    pub(crate) fn is_slow(&self, bytes: u64, elapsed: Duration) -> bool {
        let is_contended = self.waiting.load(Ordering::Relaxed) > 0;
        let pace = if is_contended { self.contended } else { PATIENCE };
        elapsed > pace.time_for(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn nothing_begins_while_too_much_is_held_and_who_is_in_the_way_must_go() {
        let memory =
            Arc::new(AnswerMemory::new(AnswerLimits { held_bytes_max: 1000, ..AnswerLimits::default() }));
        let mut context = Context::from_waker(Waker::noop());
        let first = memory.hold(600);
        assert!(Box::pin(memory.room()).as_mut().poll(&mut context).is_ready());
        let second = memory.hold(600);
        let after = Duration::from_secs(3);
        assert!(!memory.is_slow(1000, after), "nobody waits");
        let mut waiting = Box::pin(memory.room());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        assert!(memory.is_slow(1000, after) && !memory.is_slow(10 << 20, after));
        drop(second);
        assert!(waiting.as_mut().poll(&mut context).is_ready());
        drop(waiting);
        assert!(!memory.is_slow(1000, after));
        assert!(memory.is_slow(1000, Duration::from_secs(121)), "nobody may take for ever");
        drop(first);
        assert_eq!(memory.held_bytes(), 0);
    }
}
