//! Accepting connections: one task for each socket. Who meets a limit is closed at once, counted, and logged without
//! flooding.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use weir_env::net::{TcpListener, TcpStream};
use weir_env::task;

use super::connection::{Connection, ConnectionInfo};
use super::limits::Refusal;
use crate::metrics::ReasonLabel;
use crate::shutdown::ShutdownSignal;
use crate::state::BrokerState;

/// How long a socket rests when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Refusals are logged at most this often.
const REFUSAL_LOG_PAUSE: Duration = Duration::from_secs(10);

/// Held by every connection task; when the last one is dropped, all connections have ended.
pub(crate) type Alive = mpsc::Sender<()>;

/// Accepts on one socket until the broker goes down.
pub(crate) async fn serve(
    state: Arc<BrokerState>,
    socket: TcpListener,
    listener: usize,
    alive: Alive,
    mut shutdown: ShutdownSignal,
) {
    let refusals = RefusalLog::default();
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            () = shutdown.raised() => return,
        };
        match accepted {
            Ok((stream, peer)) => admit(&state, stream, peer, listener, &alive, &refusals),
            Err(error) => {
                // A connection that was reset before we took it, or no file descriptor: both pass.
                tracing::warn!(%error, listener, "can't accept a connection");
                task::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn admit(
    state: &Arc<BrokerState>,
    stream: TcpStream,
    peer: std::net::SocketAddr,
    listener: usize,
    alive: &Alive,
    refusals: &RefusalLog,
) {
    let limits = state.connection_limits();
    let admission = match state.connections.admit(peer.ip(), &limits) {
        Ok(admission) => admission,
        Err(refusal) => {
            state.metrics.connections_refused.get_or_create(&ReasonLabel { reason: refusal.reason() }).inc();
            refusals.note(state, refusal, peer);
            return;
        }
    };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "a connection ended before it began");
        return;
    }
    state.metrics.connections_accepted.inc();
    let info = ConnectionInfo::new(state.next_connection_id(), peer, listener);
    let connection = Connection::new(Arc::clone(state), stream, info, admission);
    let alive = alive.clone();
    task::spawn(async move {
        connection.serve().await;
        drop(alive);
    });
}

/// Says now and then that connections are refused.
#[derive(Debug, Default)]
struct RefusalLog {
    /// Milliseconds of the monotonic clock before which nothing is said.
    quiet_until_ms: AtomicU64,
}

impl RefusalLog {
    fn note(&self, state: &BrokerState, refusal: Refusal, peer: std::net::SocketAddr) {
        let now = state.env.clock.monotonic();
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        if now_ms < self.quiet_until_ms.load(Ordering::Relaxed) {
            return;
        }
        let pause_ms = u64::try_from(REFUSAL_LOG_PAUSE.as_millis()).unwrap_or(u64::MAX);
        self.quiet_until_ms.store(now_ms.saturating_add(pause_ms), Ordering::Relaxed);
        tracing::warn!(
            limit = refusal.reason(),
            %peer,
            open = state.connections.open(),
            "connections are refused: raise the limit, or find who opens them"
        );
    }
}
