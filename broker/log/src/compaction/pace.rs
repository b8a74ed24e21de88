//! How fast compaction may go, and when it ends early.
//!
//! Every batch that is read or written adds to a debt that time pays off at `log.cleaner.io.max.bytes.per.second`; with a debt
//! of [`REST_MIN`] and more, compaction rests. Unused time is credit for [`CREDIT_MAX`] at most, so that the rate holds over
//! every longer span.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use weir_env::clock::Clock;

use crate::error::LogError;
use crate::partition::PartitionLog;

/// Shorter rests take longer than they should.
const REST_MIN: Duration = Duration::from_millis(10);

/// A rest is cut into parts of this length: the end of the broker, of the log, or another rate are seen between them.
const REST_MAX: Duration = Duration::from_millis(50);

/// How much of the time before counts for what comes now.
const CREDIT_MAX: Duration = Duration::from_millis(50);

/// Below this rate there is no end to see; also for rates that are none.
const BYTES_PER_SECOND_MIN: f64 = 1.0;

/// The pace of compactions that run one after another.
pub struct Pace<'a> {
    bytes_per_second_max: &'a dyn Fn() -> f64,
    is_stopped: &'a dyn Fn() -> bool,
    /// Bytes that are not paid off; negative while there is credit.
    owed_bytes: f64,
    /// When the debt was looked at last.
    paid_at: Duration,
}

impl fmt::Debug for Pace<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Pace").field("owed_bytes", &self.owed_bytes).finish_non_exhaustive()
    }
}

impl Pace<'static> {
    /// As fast as the disk, to the end.
    pub fn unbounded() -> Self {
        Self::new(&|| f64::MAX, &|| false)
    }
}

impl<'a> Pace<'a> {
    /// At most so many bytes read and written in a second, until stopped. Both are asked again and again.
    pub fn new(bytes_per_second_max: &'a dyn Fn() -> f64, is_stopped: &'a dyn Fn() -> bool) -> Self {
        Self { bytes_per_second_max, is_stopped, owed_bytes: 0.0, paid_at: Duration::ZERO }
    }

    /// Says that compaction of this log read and wrote so many bytes. Returns when more may be done.
    ///
    /// # Errors
    /// It shall end, the log was closed or went offline, or somebody wants to change it.
    pub(super) fn spend(&mut self, log: &PartitionLog, bytes: usize) -> Result<(), LogError> {
        #[expect(clippy::cast_precision_loss, reason = "a rate needs few digits")]
        let bytes = bytes as f64;
        let clock = log.env.clock.as_ref();
        self.rest_of_debt(clock);
        self.owed_bytes += bytes;
        loop {
            log.check_open()?;
            if log.wanted.load(Ordering::Relaxed) > 0 {
                return Err(LogError::Interrupted);
            }
            if (self.is_stopped)() {
                return Err(LogError::Stopped);
            }
            let rest = self.rest_of_debt(clock);
            if rest < REST_MIN {
                return Ok(());
            }
            clock.rest(rest);
        }
    }

    /// Pays off what time allows; what is left takes so long, [`REST_MAX`] at most.
    fn rest_of_debt(&mut self, clock: &dyn Clock) -> Duration {
        let rate = (self.bytes_per_second_max)().max(BYTES_PER_SECOND_MIN);
        let now = clock.monotonic();
        let paid = now.saturating_sub(self.paid_at).as_secs_f64() * rate;
        self.owed_bytes = (self.owed_bytes - paid).max(-rate * CREDIT_MAX.as_secs_f64());
        self.paid_at = now;
        Duration::from_secs_f64((self.owed_bytes / rate).clamp(0.0, REST_MAX.as_secs_f64()))
    }
}
