//! A broker in this process: started, watched, stopped. Shared by `weir broker` and `weir local`.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::runtime::Runtime;
use weir_env::Env;
use weir_model::with_causes;
use weir_server::{Broker, BrokerSettings, Loggers, ReadBackEnd, StartError};

use crate::args::ReadBackEndChoice;
use crate::exit::Failure;
use crate::stop::{INTERRUPTED, Signals};

impl From<ReadBackEndChoice> for ReadBackEnd {
    fn from(choice: ReadBackEndChoice) -> Self {
        match choice {
            ReadBackEndChoice::Pread => Self::Pread,
            ReadBackEndChoice::Sendfile => Self::Sendfile,
        }
    }
}

/// The failure for a broker that does not start. Most causes name their fix themselves; where the system's word is all there is,
/// it is said here.
fn refused(error: &StartError) -> Failure {
    use std::io::ErrorKind as Kind;
    let failure = Failure::failed(format!("the broker does not start: {}", with_causes(error)));
    match error {
        StartError::Directory { source, .. }
            if matches!(source.kind(), Kind::NotFound | Kind::InvalidInput | Kind::InvalidFilename) =>
        {
            failure.hint(
                "it can't be made there; name another one: --data of weir local, log.dirs of weir broker",
            )
        }
        _ => failure,
    }
}

/// A broker that serves.
pub(crate) struct Running {
    runtime: Runtime,
    broker: Broker,
    signals: Signals,
}

impl Running {
    /// Starts a broker and waits until it serves.
    pub(crate) fn start(settings: BrokerSettings, loggers: Arc<Loggers>) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let mut signals = runtime.block_on(async { Signals::listen() })?;
        let started = runtime.block_on(async {
            tokio::select! {
                started = Broker::start_with(settings, Env::real(), loggers) => started.map_err(|error| refused(&error)),
                () = signals.next() => Err(Failure::failed("stopped before the broker served")),
            }
        });
        Ok(Self { broker: started?, runtime, signals })
    }

    /// The addresses of each listener.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.broker.addresses().iter().map(|(_, address)| *address).collect()
    }

    /// Waits for Ctrl-C or SIGTERM, then stops cleanly. A second signal ends the process at once: what was
    /// acknowledged is on disk either way.
    pub(crate) fn serve(self) {
        let Self { runtime, broker, mut signals } = self;
        runtime.block_on(async {
            signals.next().await;
            tracing::info!("stopping; a second Ctrl-C ends at once");
            tokio::select! {
                () = broker.shutdown() => {}
                () = signals.next() => std::process::exit(INTERRUPTED),
            }
        });
    }

    /// Stops cleanly without waiting for a signal.
    pub(crate) fn stop(self) {
        self.runtime.block_on(self.broker.shutdown());
    }
}
