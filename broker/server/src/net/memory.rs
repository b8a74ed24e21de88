//! The bound on memory that requests of all connections hold together. A connection that finds no room waits, which
//! stops its reading, which lets TCP push back.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One permit stands for this many bytes, so that the count of permits stays far below the semaphore's limit.
const UNIT_BYTES: usize = 4096;

/// The whole budget, unless a single request may be larger: 256 MiB. At Kafka's default request limit of 100 MiB two
/// requests of the largest size and half of a third fit.
pub(crate) const REQUEST_MEMORY_BYTES: usize = 256 * 1024 * 1024;

/// Room for requests, shared by all connections.
#[derive(Debug)]
pub(crate) struct MemoryBudget {
    units: Arc<Semaphore>,
    units_max: u32,
}

/// A part of the budget; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Reservation {
    _permit: OwnedSemaphorePermit,
}

impl MemoryBudget {
    /// A budget of at least one request of the largest allowed size.
    pub(crate) fn new(bytes: usize, request_bytes_max: usize) -> Self {
        let units_max =
            u32::try_from(bytes.max(request_bytes_max).div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX >> 4);
        Self { units: Arc::new(Semaphore::new(units_max as usize)), units_max }
    }

    fn units_of(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX).clamp(1, self.units_max)
    }

    /// Waits for room for one request, first come first served. The whole size is taken at once: two requests that
    /// each hold a part and wait for the rest would wait for ever.
    pub(crate) async fn reserve(&self, bytes: usize) -> Reservation {
        let permit = Arc::clone(&self.units)
            .acquire_many_owned(self.units_of(bytes))
            .await
            .expect("the semaphore lives as long as the budget and is never closed");
        Reservation { _permit: permit }
    }

    /// Room for one request if it is there now.
    pub(crate) fn try_reserve(&self, bytes: usize) -> Option<Reservation> {
        let permit = Arc::clone(&self.units).try_acquire_many_owned(self.units_of(bytes)).ok()?;
        Some(Reservation { _permit: permit })
    }

    /// Bytes that requests hold now.
    pub(crate) fn used_bytes(&self) -> usize {
        (self.units_max as usize).saturating_sub(self.units.available_permits()) * UNIT_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_waits_until_there_is_room() {
        let budget = MemoryBudget::new(64 * 1024, 16 * 1024);
        let first = budget.reserve(60 * 1024).await;
        assert!(budget.try_reserve(8 * 1024).is_none());
        assert_eq!(budget.used_bytes(), 60 * 1024);
        drop(first);
        assert!(budget.try_reserve(8 * 1024).is_some());
        assert_eq!(budget.used_bytes(), 0);
    }

    #[tokio::test]
    async fn the_largest_request_always_fits_an_idle_broker() {
        let budget = MemoryBudget::new(1, 100 * 1024 * 1024);
        let _all = budget.reserve(100 * 1024 * 1024).await;
        assert!(budget.try_reserve(1).is_none());
    }
}
