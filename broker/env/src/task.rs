//! Tasks and waiting. Blocking disk work goes through [`blocking`], so that a simulation can let it take simulated time.

pub use tokio::task::{JoinHandle, JoinSet, spawn};
pub use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

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
