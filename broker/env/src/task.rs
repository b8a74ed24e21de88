//! Tasks and waiting. Blocking disk work goes through [`blocking`], so that a simulation can let it take simulated time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use tokio::task::{JoinHandle, JoinSet, spawn};
pub use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

/// The time that [`sleep_until`] and [`timeout_at`] go by.
pub fn now() -> Instant {
    Instant::now()
}

/// Runs work that may wait for a disk (open, cold read, sync, delete, recovery) away from the tasks that serve clients.
///
/// A panic in `work` is a broken invariant and ends the process, as everywhere.
pub async fn blocking<T, F>(work: F) -> T
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down: nobody is left who could use the answer.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Does blocking work for every item on up to `threads` threads, before any task runs; results in the order of the items.
pub fn parallel<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if threads <= 1 || items.len() <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                while let Some((at, item)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|at| items.get(at).map(|item| (at, item)))
                {
                    let result = work(item);
                    results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_by_key(|&(at, _)| at);
    results.into_iter().map(|(_, result)| result).collect()
}
