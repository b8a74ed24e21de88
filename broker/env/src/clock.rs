//! The two clocks.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use weir_model::TimestampMs;

/// Wall time for what users see, monotonic time for every deadline.
pub trait Clock: Send + Sync + Debug + 'static {
    /// Milliseconds since 1970; may jump. Only record timestamps and retention may look at it.
    fn wall(&self) -> TimestampMs;

    /// Time since some fixed moment of this process; never goes back.
    fn monotonic(&self) -> Duration;

    /// Blocks the calling thread for a while; only for work that is on a thread of its own.
    fn rest(&self, time: Duration);
}

/// A clock that stands still until it is told to go on, for simulations and tests.
#[derive(Debug)]
pub struct ManualClock {
    wall_ms: AtomicI64,
    monotonic_ms: AtomicU64,
}

impl ManualClock {
    /// Starts at this wall time.
    pub const fn new(wall: TimestampMs) -> Self {
        Self { wall_ms: AtomicI64::new(wall.0), monotonic_ms: AtomicU64::new(0) }
    }

    /// Both clocks go on.
    pub fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.monotonic_ms.fetch_add(ms, Ordering::Relaxed);
        self.wall_ms.fetch_add(i64::try_from(ms).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// The wall clock jumps.
    pub fn set_wall(&self, wall: TimestampMs) {
        self.wall_ms.store(wall.0, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> TimestampMs {
        TimestampMs(self.wall_ms.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic_ms.load(Ordering::Relaxed))
    }

    /// Nobody else lets the time go on while a thread rests: both clocks jump.
    fn rest(&self, time: Duration) {
        self.advance(time.max(Duration::from_millis(1)));
    }
}
