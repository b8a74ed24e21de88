//! The broker's only door to the outside: clock, disk, network, randomness, tasks.
//!
//! Everything that waits, reads the time, touches a file or draws a random number comes through here, so that a
//! simulation can replace all of it: the disk, the clock and randomness are trait objects in [`Env`]; network and
//! tasks are chosen when the broker is compiled. No other crate names `std::fs`, `std::net`, `std::time::Instant::now`
//! or a random source.

pub mod clock;
pub mod disk;
pub mod net;
pub mod random;
pub mod real;
pub mod sim_disk;
pub mod task;

use std::sync::Arc;

use crate::clock::Clock;
use crate::disk::Disk;
use crate::random::Random;

/// The components that a broker is built on; cheap to clone.
#[derive(Clone, Debug)]
pub struct Env {
    /// Wall clock and monotonic clock.
    pub clock: Arc<dyn Clock>,
    /// Files and directories.
    pub disk: Arc<dyn Disk>,
    /// Random bytes: ids, jitter, member ids.
    pub random: Arc<dyn Random>,
}

impl Env {
    /// The operating system's clock, disk and randomness.
    pub fn real() -> Self {
        Self {
            clock: Arc::new(real::OsClock::new()),
            disk: Arc::new(real::OsDisk),
            random: Arc::new(real::OsRandom),
        }
    }
}
