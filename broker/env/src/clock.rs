//! The two clocks.

use std::fmt::Debug;
use std::time::Duration;

use weir_model::TimestampMs;

/// Wall time for what users see, monotonic time for every deadline.
pub trait Clock: Send + Sync + Debug + 'static {
    /// Milliseconds since 1970; may jump. Only record timestamps and retention may look at it.
    fn wall(&self) -> TimestampMs;

    /// Time since some fixed moment of this process; never goes back.
    fn monotonic(&self) -> Duration;
}
