//! The bound on memory that requests of all connections hold together. A connection that finds no room waits, which
//! stops its reading, which lets TCP push back.
//!
//! Small and large requests have budgets of their own, so that nobody who sends a large one slowly holds up the many
//! small ones. A small request takes its part once it is there, a large one before it is read.
//!
//! A frame of many small elements decodes to many times its size. What is beyond [`free_bytes`] of its frame comes from a
//! third budget, taken before the memory is. Who waits there holds a frame and none of the third budget, and who has his
//! part waits for nothing more of either, so the waits can't meet in a circle.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One permit stands for this many bytes, so that the count of permits stays far below the semaphore's limit.
const UNIT_BYTES: usize = 1024;

/// What counts as small. Until it is whole, a small request is bounded by this and the number of connections alone.
pub(crate) const SMALL_BYTES: usize = 64 * 1024;

/// All small requests: at 1 KiB each, 65,536 of them.
const SMALL_BUDGET_BYTES: usize = 64 * 1024 * 1024;

/// All requests, unless a single one may be larger: 256 MiB. At Kafka's default request limit of 100 MiB nearly two
/// requests of the largest size fit beside the small ones.
pub(crate) const REQUEST_MEMORY_BYTES: usize = 256 * 1024 * 1024;

/// What decoded requests may take beyond their free part, all together; also the most for one request.
pub(crate) const DECODED_MEMORY_BYTES: usize = 256 * 1024 * 1024;

/// What a handler makes of an element of a request beyond the element itself: its part of the answer, a key in a map.
pub(crate) const ELEMENT_BYTES: usize = 256;

/// What a request may decode to without asking: the frame's own budget covers it up to a constant factor, and the rest is
/// bounded by the number of connections. A Produce of ordinary batches never needs more.
pub(crate) fn free_bytes(frame_bytes: usize) -> usize {
    (64 * 1024_usize).saturating_add(frame_bytes.saturating_mul(2))
}

/// Room for requests, shared by all connections.
#[derive(Debug)]
pub(crate) struct MemoryBudget {
    small: Pool,
    large: Pool,
    decoded: Pool,
}

#[derive(Debug)]
struct Pool {
    units: Arc<Semaphore>,
    units_max: u32,
    waiting: AtomicUsize,
}

/// A part of the budget; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Reservation {
    permit: OwnedSemaphorePermit,
}

impl Reservation {
    /// Gives back what is beyond so many bytes.
    fn shrink(&mut self, bytes: usize) {
        let kept = bytes.div_ceil(UNIT_BYTES).max(1);
        let spare = self.permit.num_permits().saturating_sub(kept);
        drop(self.permit.split(spare));
    }
}

/// What one request holds of the budget, until its last holder is done with it.
#[derive(Debug)]
pub(crate) struct RequestMemory {
    frame: Mutex<Reservation>,
    decoded: Mutex<Option<Reservation>>,
}

impl RequestMemory {
    pub(crate) fn new(frame: Reservation) -> Self {
        Self { frame: Mutex::new(frame), decoded: Mutex::default() }
    }

    /// Adds what the request took to be decoded.
    pub(crate) fn add_decoded(&self, decoded: Reservation) {
        *lock(&self.decoded) = Some(decoded);
    }

    /// The frame and what was decoded of it are gone, and the request is about to wait for something that may take long:
    /// it keeps so many bytes.
    pub(crate) fn keep(&self, bytes: usize) {
        *lock(&self.decoded) = None;
        lock(&self.frame).shrink(bytes);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("a panic ends the process, so no lock is ever poisoned")
}

/// Counts somebody who waits, also when the wait is cancelled.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    fn new(bytes: usize) -> Self {
        let units_max = u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX >> 4);
        let units = Arc::new(Semaphore::new(units_max as usize));
        Self { units, units_max, waiting: AtomicUsize::new(0) }
    }

    async fn reserve(&self, bytes: usize) -> Reservation {
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX).clamp(1, self.units_max);
        if let Ok(permit) = Arc::clone(&self.units).try_acquire_many_owned(units) {
            return Reservation { permit };
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        let permit = Arc::clone(&self.units)
            .acquire_many_owned(units)
            .await
            .expect("the semaphore lives as long as the budget and is never closed");
        Reservation { permit }
    }

    fn used_bytes(&self) -> usize {
        (self.units_max as usize).saturating_sub(self.units.available_permits()) * UNIT_BYTES
    }
}

impl MemoryBudget {
    /// A budget of at least one request of the largest allowed size.
    pub(crate) fn new(bytes: usize, request_bytes_max: usize) -> Self {
        let small = SMALL_BUDGET_BYTES.min(bytes);
        Self {
            small: Pool::new(small),
            large: Pool::new((bytes - small).max(request_bytes_max)),
            decoded: Pool::new(DECODED_MEMORY_BYTES),
        }
    }

    /// Waits for room for one request, first come first served. The whole size is taken at once: two requests that
    /// each hold a part and wait for the rest would wait for ever.
    pub(crate) async fn reserve(&self, bytes: usize) -> Reservation {
        let pool = if bytes > SMALL_BYTES { &self.large } else { &self.small };
        pool.reserve(bytes).await
    }

    /// Waits for room to decode a request into so many bytes, [`DECODED_MEMORY_BYTES`] at most.
    pub(crate) async fn reserve_decoded(&self, bytes: usize) -> Reservation {
        self.decoded.reserve(bytes).await
    }

    /// Whether somebody waits for room for a large request: whoever is slow with one must go.
    pub(crate) fn is_contended(&self) -> bool {
        self.large.waiting.load(Ordering::Relaxed) > 0
    }

    /// Bytes that requests hold now.
    pub(crate) fn used_bytes(&self) -> usize {
        self.small.used_bytes() + self.large.used_bytes() + self.decoded.used_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn is_pending<F: Future>(future: F) -> bool {
        pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[tokio::test]
    async fn a_large_request_waits_for_room_and_holds_up_no_small_one() {
        let budget = MemoryBudget::new(1, 1024 * 1024);
        let first = budget.reserve(1000 * 1024).await;
        let mut second = Box::pin(budget.reserve(500 * 1024));
        assert!(second.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(budget.is_contended());
        assert!(!is_pending(budget.reserve(1024)), "a small one passes");
        drop(first);
        assert!(!is_pending(second.as_mut()));
        drop(second);
        assert!(!budget.is_contended());
        assert_eq!(budget.used_bytes(), 0);
    }

    #[tokio::test]
    async fn who_waits_long_keeps_what_it_needs() {
        let budget = MemoryBudget::new(1, 1024 * 1024);
        let memory = RequestMemory::new(budget.reserve(1000 * 1024).await);
        memory.add_decoded(budget.reserve_decoded(4096).await);
        memory.keep(10_000);
        assert_eq!(budget.used_bytes(), 10 * 1024);
        memory.keep(50_000);
        assert_eq!(budget.used_bytes(), 10 * 1024, "it never grows");
        memory.keep(0);
        assert_eq!(budget.used_bytes(), 1024);
        drop(memory);
        assert_eq!(budget.used_bytes(), 0);
    }

    #[tokio::test]
    async fn who_gives_up_waiting_is_forgotten() {
        let budget = MemoryBudget::new(1, 1024 * 1024);
        let _all = budget.reserve(1024 * 1024).await;
        assert!(is_pending(budget.reserve(100 * 1024)));
        assert!(!budget.is_contended());
    }
}
