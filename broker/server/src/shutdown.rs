//! The signal that the broker is going down, for everything that waits.

use std::sync::Arc;

use tokio::sync::watch;

/// Raises the signal.
#[derive(Clone, Debug)]
pub(crate) struct ShutdownTrigger(Arc<watch::Sender<bool>>);

/// Sees the signal; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ShutdownSignal(watch::Receiver<bool>);

/// A signal that is not raised yet.
pub(crate) fn channel() -> (ShutdownTrigger, ShutdownSignal) {
    let (sender, receiver) = watch::channel(false);
    (ShutdownTrigger(Arc::new(sender)), ShutdownSignal(receiver))
}

impl ShutdownTrigger {
    /// Raises the signal; a second time does nothing.
    pub(crate) fn raise(&self) {
        self.0.send_replace(true);
    }
}

impl ShutdownSignal {
    /// Whether it was raised.
    pub(crate) fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is raised. Cancel-safe.
    pub(crate) async fn raised(&mut self) {
        // An error means that the broker is gone, which is as good a reason to stop.
        let _ = self.0.wait_for(|raised| *raised).await;
    }
}
