//! One connection: reads requests, lets the API handlers work, answers in the order of the requests.
//!
//! Everything happens in one task. Requests that may overlap (produce: its appends are done when it starts, the rest is
//! waiting) run side by side; any other request waits for those before it, as in Kafka. Only the oldest is polled: those
//! behind it wait for the disk and need no waking until it is their turn. The next request is read while the oldest
//! waits, which is also how a peer that went away is noticed; its handlers are dropped at the await where they stand.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use weir_env::net::TcpStream;
use weir_env::task::{self, Instant};
use weir_wire::Segment;

use super::answers::{AnswerMemory, HeldAnswer};
use super::frame::{Frame, FrameError, FrameReader};
use super::limits::Admission;
use super::sender::segments_len;
use crate::api::{self, Outcome, Running};
use crate::metrics::ApiMetrics;
use crate::state::BrokerState;

/// Requests of one connection that are being served: enough for a producer that keeps sending while a flush takes
/// 20 ms, at a request each 0.3 ms.
const IN_FLIGHT_MAX: usize = 64;

/// How long a connection may finish what it began when the broker goes down.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(5);

/// Answers that are ready together are sent together, up to about this much.
const ANSWERS_BYTES_MAX: u64 = 64 * 1024;

/// How often a peer that takes a large answer is looked at.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// What handlers may know of a connection.
#[derive(Debug)]
pub(crate) struct ConnectionInfo {
    /// Unique in this process.
    pub(crate) id: u64,
    /// The other end.
    pub(crate) peer: SocketAddr,
    /// The listener, an index into the broker's list.
    pub(crate) listener: usize,
}

impl ConnectionInfo {
    /// A connection that has said nothing yet.
    pub(crate) fn new(id: u64, peer: SocketAddr, listener: usize) -> Arc<Self> {
        Arc::new(Self { id, peer, listener })
    }
}

/// Why a connection ended; the name is the label in metrics.
#[derive(Debug)]
enum End {
    /// The peer closed it.
    Peer,
    /// It was idle longer than `connections.max.idle.ms`.
    Idle,
    /// A request arrived too slowly, or an answer was not taken.
    Slow,
    /// The broker goes down.
    Shutdown,
    /// The peer's bytes are not what they should be; the text says how.
    Malformed(String),
    /// The socket or the file that an answer came from failed.
    Io(std::io::Error),
}

/// A request that is being served.
struct InFlight {
    running: Running,
    may_overlap: bool,
    metrics: Arc<ApiMetrics>,
    started: Duration,
}

/// A request that was read and must wait for those before it.
struct Parsed {
    request: api::Request,
    started: Duration,
}

/// One client's connection.
pub(crate) struct Connection {
    state: Arc<BrokerState>,
    stream: TcpStream,
    info: Arc<ConnectionInfo>,
    reader: FrameReader,
    pending: Option<Parsed>,
    in_flight: VecDeque<InFlight>,
    last_activity: Instant,
    _admission: Admission,
}

impl Connection {
    /// A connection that was let in.
    pub(crate) fn new(
        state: Arc<BrokerState>,
        stream: TcpStream,
        info: Arc<ConnectionInfo>,
        admission: Admission,
    ) -> Self {
        let reader = FrameReader::new(state.request_bytes_max(), Arc::clone(&state.request_memory));
        Self {
            state,
            stream,
            info,
            reader,
            pending: None,
            in_flight: VecDeque::new(),
            last_activity: task::now(),
            _admission: admission,
        }
    }

    /// Serves the connection to its end.
    pub(crate) async fn serve(mut self) {
        let end = self.run().await;
        let reason = match &end {
            End::Peer => "peer",
            End::Idle => "idle",
            End::Slow => "slow",
            End::Shutdown => "shutdown",
            End::Malformed(_) => "malformed",
            End::Io(_) => "io",
        };
        self.state.metrics.connection_closed(reason);
        let (peer, connection) = (self.info.peer, self.info.id);
        match end {
            End::Malformed(problem) => {
                tracing::warn!(%peer, connection, problem, "closed a connection that sent a bad request");
            }
            End::Io(error) => tracing::debug!(%peer, connection, %error, "a connection failed"),
            _ => tracing::debug!(%peer, connection, reason, "connection closed"),
        }
    }

    async fn run(&mut self) -> End {
        let mut shutdown = self.state.shutdown.clone();
        let timer = task::sleep_until(self.deadline());
        tokio::pin!(timer);
        loop {
            if let Err(end) = self.start_pending() {
                return end;
            }
            let deadline = self.deadline();
            if timer.deadline() > deadline {
                timer.as_mut().reset(deadline);
            }
            let may_read = self.pending.is_none() && self.in_flight.len() < IN_FLIGHT_MAX;
            tokio::select! {
                biased;
                outcome = oldest(&mut self.in_flight), if !self.in_flight.is_empty() => {
                    if let Err(end) = self.answer(outcome).await {
                        return end;
                    }
                }
                frame = self.reader.next(&self.stream), if may_read => match self.take(frame) {
                    Ok(()) => {}
                    // Who sent all it had to say may still want to know what became of it.
                    Err(End::Peer) if self.overlaps() => return self.drain(End::Peer).await,
                    Err(end) => return end,
                },
                () = timer.as_mut() => {
                    if let Some(end) = self.overdue() {
                        return end;
                    }
                    timer.as_mut().reset(self.deadline());
                }
                () = shutdown.raised() => return self.drain(End::Shutdown).await,
            }
        }
    }

    /// When somebody must look whether the connection is idle or slow.
    fn deadline(&self) -> Instant {
        let idle = self.last_activity + self.state.connection_idle_max();
        self.reader.deadline(task::now()).map_or(idle, |slow| slow.min(idle))
    }

    fn overdue(&mut self) -> Option<End> {
        let now = task::now();
        if self.pending.is_some() || !self.in_flight.is_empty() {
            // We are the ones who take time, not the peer.
            self.last_activity = now;
            return None;
        }
        if self.reader.is_slow(now) {
            return Some(End::Slow);
        }
        (self.last_activity + self.state.connection_idle_max() <= now).then_some(End::Idle)
    }

    fn take(&mut self, frame: Result<Option<Frame>, FrameError>) -> Result<(), End> {
        let frame = frame.map_err(|error| match error {
            FrameError::Closed => End::Peer,
            FrameError::Truncated => End::Malformed("the connection ended within a request".to_owned()),
            FrameError::Length(len) => End::Malformed(format!(
                "a request of {len} bytes; socket.request.max.bytes is {}",
                self.state.request_bytes_max()
            )),
            FrameError::Io(error) => End::Io(error),
        })?;
        let Some(frame) = frame else { return Ok(()) };
        self.last_activity = task::now();
        let request_bytes = frame.bytes.len() as u64;
        let request =
            api::Request::parse(&self.state, &self.info, frame).map_err(|close| End::Malformed(close.0))?;
        let metrics = request.metrics();
        metrics.requests.inc();
        metrics.request_bytes.inc_by(request_bytes);
        let started = self.state.env.clock.monotonic();
        self.pending = Some(Parsed { request, started });
        Ok(())
    }

    /// Starts the request that was read, if those before it allow that.
    fn start_pending(&mut self) -> Result<(), End> {
        let overlaps = self.overlaps();
        let may_start =
            |parsed: &mut Parsed| self.in_flight.is_empty() || (overlaps && parsed.request.may_overlap());
        let Some(parsed) = self.pending.take_if(may_start) else { return Ok(()) };
        let metrics = Arc::clone(parsed.request.metrics());
        let api::Started { running, may_overlap } =
            parsed.request.start().map_err(|close| End::Malformed(close.0))?;
        self.in_flight.push_back(InFlight { running, may_overlap, metrics, started: parsed.started });
        Ok(())
    }

    /// Whether all requests that are being served are of the kind that may overlap.
    fn overlaps(&self) -> bool {
        self.in_flight.iter().all(|before| before.may_overlap)
    }

    /// Sends the oldest request's answer, and with it those behind it that are there already: one flush answers many.
    async fn answer(&mut self, outcome: Outcome) -> Result<(), End> {
        let (mut segments, mut held) = (Vec::new(), Vec::new());
        let mut result = self.collect(outcome, &mut segments, &mut held);
        while result.is_ok() && segments_len(&segments) < ANSWERS_BYTES_MAX {
            let Some(outcome) = oldest_if_ready(&mut self.in_flight).await else { break };
            result = self.collect(outcome, &mut segments, &mut held);
        }
        self.send(&segments, !held.is_empty()).await?;
        result
    }

    /// Takes the oldest request off the list and adds its answer.
    fn collect(
        &mut self,
        outcome: Outcome,
        segments: &mut Vec<Segment>,
        held: &mut Vec<HeldAnswer>,
    ) -> Result<(), End> {
        let Some(done) = self.in_flight.pop_front() else { return Ok(()) };
        let took = self.state.env.clock.monotonic().saturating_sub(done.started);
        done.metrics.seconds.observe(took.as_secs_f64());
        match outcome {
            Outcome::Answer(answer, memory) => {
                held.extend(memory);
                done.metrics.response_bytes.inc_by(segments_len(&answer));
                segments.extend(answer);
                Ok(())
            }
            Outcome::Silent => Ok(()),
            Outcome::Close(close) => Err(End::Malformed(close.0)),
        }
    }

    async fn send(&mut self, segments: &[Segment], is_held: bool) -> Result<(), End> {
        if segments.is_empty() {
            return Ok(());
        }
        let sending = self.state.sender.send(&self.stream, segments);
        let result = if is_held {
            in_good_time(sending, segments_len(segments), &self.state.answer_memory).await
        } else {
            sending.await
        };
        self.last_activity = task::now();
        result.map_err(|error| match error.kind() {
            std::io::ErrorKind::TimedOut => End::Slow,
            _ => End::Io(error),
        })
    }

    /// Nothing more is read; what was begun is answered.
    async fn drain(&mut self, end: End) -> End {
        let finish = async {
            while !self.in_flight.is_empty() {
                let outcome = oldest(&mut self.in_flight).await;
                if let Err(end) = self.answer(outcome).await {
                    return end;
                }
            }
            end
        };
        task::timeout(DRAIN_TIME_MAX, finish).await.unwrap_or(End::Slow)
    }
}

/// Gives up on a peer that takes a large answer too slowly.
async fn in_good_time(
    sending: impl Future<Output = std::io::Result<()>>,
    bytes: u64,
    memory: &AnswerMemory,
) -> std::io::Result<()> {
    let began = task::now();
    tokio::pin!(sending);
    loop {
        match task::timeout(LOOK_PAUSE, &mut sending).await {
            Ok(result) => return result,
            Err(_) if memory.is_slow(bytes, task::now().duration_since(began)) => {
                return Err(std::io::ErrorKind::TimedOut.into());
            }
            Err(_) => {}
        }
    }
}

/// Waits for the oldest request. Pending for ever when there is none.
async fn oldest(in_flight: &mut VecDeque<InFlight>) -> Outcome {
    match in_flight.front_mut() {
        Some(first) => Pin::new(&mut first.running).await,
        None => std::future::pending().await,
    }
}

/// The oldest request's outcome if it is there.
async fn oldest_if_ready(in_flight: &mut VecDeque<InFlight>) -> Option<Outcome> {
    let first = in_flight.front_mut()?;
    poll_fn(|context| match first.running.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
