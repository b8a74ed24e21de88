//! Ctrl-C and SIGTERM for the tools: a flag that loops look at. (A broker waits for the signals in its own runtime.)

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Failure;

/// Whether the user wants the command to end.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Watches for Ctrl-C and SIGTERM from now on. The second one ends the process at once.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let stop = Self(Arc::default());
        let flag = Arc::clone(&stop.0);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                signal().await;
                flag.store(true, Ordering::Relaxed);
                signal().await;
                std::process::exit(130);
            });
        });
        Ok(stop)
    }

    pub(crate) fn is_wished(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Resolves at the next Ctrl-C or SIGTERM.
pub(crate) async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        result = tokio::signal::ctrl_c() => if result.is_err() { std::future::pending().await },
        () = terminate => {}
    }
}
