//! What a handler is given and what it gives back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use weir_model::ErrorCode;
use weir_wire::header::write_response_header;
use weir_wire::version::served_versions;
use weir_wire::{
    ApiKey, DecodeError, EncodeError, Message, Reader, RequestHeader, Room, Segment, WireStr, Writer,
};

use super::dispatch;
use crate::metrics::ApiMetrics;
use crate::net::answers::{HeldAnswer, SMALL_ANSWER_BYTES};
use crate::net::connection::ConnectionInfo;
use crate::net::frame::Frame;
use crate::net::memory::{self, RequestMemory};
use crate::state::BrokerState;

/// The length in front of each frame.
const LENGTH_BYTES: usize = 4;

/// How much more room each step of decoding has than the one before: all steps but the last are a third of its work.
const ROOM_GROWTH: usize = 4;

/// The connection must end; the text is for the log.
#[derive(Debug)]
pub(crate) struct Close(pub(crate) String);

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A frame to send, and its part of the memory for answers if it is large.
    Answer(Vec<Segment>, Option<HeldAnswer>),
    /// The client wants no answer.
    Silent,
    /// The connection ends.
    Close(Close),
}

/// What a handler gives back when there may be no answer. Handlers with one always give the response itself.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    /// The response.
    Send(T),
    /// None, because the client asked for none.
    Silent,
    /// None, and the connection ends: the only sign of an error that a client without answers gets.
    Close(Close),
}

impl<T> From<T> for Reply<T> {
    fn from(response: T) -> Self {
        Self::Send(response)
    }
}

/// A request that is being served.
pub(crate) type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A request whose handler was called, or whose decoding waits for memory.
pub(crate) struct Started {
    /// The rest of it.
    pub(crate) running: Running,
    /// Whether others of the same kind may be started while it runs: its handler was called.
    pub(crate) may_overlap: bool,
}

/// One request's surroundings; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    /// The broker.
    pub(crate) state: Arc<BrokerState>,
    /// The connection that it came on.
    pub(crate) connection: Arc<ConnectionInfo>,
    /// The API.
    pub(crate) api: ApiKey,
    /// Its version, always one that is served.
    pub(crate) version: i16,
    /// What the client calls itself.
    pub(crate) client_id: Option<WireStr>,
    /// What it holds of the memory for requests.
    pub(crate) memory: Arc<RequestMemory>,
    correlation_id: i32,
}

impl RequestContext {
    /// Counts an error of an answer.
    pub(crate) fn count(&self, error: ErrorCode) {
        if error.is_error() {
            self.state.metrics.error(self.api.name(), error);
        }
    }

    /// The address and name of the client, as groups and logs show them.
    pub(crate) fn client_host(&self) -> String {
        // Kafka prints Java's form of an address.
        format!("/{}", self.connection.peer.ip().to_canonical())
    }
}

/// A request whose header was read.
#[derive(Debug)]
pub(crate) struct Request {
    context: RequestContext,
    metrics: Arc<ApiMetrics>,
    body: Bytes,
}

impl Request {
    /// Reads the header. An API or version that is not served ends the connection, as in Kafka; ApiVersions answers any
    /// version.
    pub(crate) fn parse(
        state: &Arc<BrokerState>,
        connection: &Arc<ConnectionInfo>,
        frame: Frame,
    ) -> Result<Self, Close> {
        let mut reader = Reader::new(frame.bytes);
        let header =
            RequestHeader::read(&mut reader).map_err(|error| Close(format!("request header: {error}")))?;
        let (code, version) = (header.api_key, header.api_version);
        let api = ApiKey::from_code(code)
            .filter(|api| dispatch::SERVED.contains(api))
            .ok_or_else(|| Close(format!("API {code} is not served")))?;
        if api != ApiKey::ApiVersions && !served_versions(api).contains(version) {
            return Err(Close(format!("{} version {version} is not served", api.name())));
        }
        let context = RequestContext {
            state: Arc::clone(state),
            connection: Arc::clone(connection),
            api,
            version,
            // Whoever waits lets go of the frame, and this would hold on to it.
            client_id: header.client_id.map(|id| WireStr::from(id.to_string())),
            memory: Arc::new(RequestMemory::new(frame.reservation)),
            correlation_id: header.correlation_id,
        };
        Ok(Self { metrics: state.metrics.api(api), context, body: reader.into_rest() })
    }

    /// The counters of its API.
    pub(crate) fn metrics(&self) -> &Arc<ApiMetrics> {
        &self.metrics
    }

    /// Whether it may be started while others of the same kind wait.
    pub(crate) fn may_overlap(&self) -> bool {
        overlaps(self.context.api)
    }

    /// Decodes the body and starts the handler.
    pub(crate) fn start(self) -> Result<Started, Close> {
        dispatch::start(self.context, self.body)
    }
}

/// How far a request came at once.
enum First<R, F, Fut> {
    /// Its handler was called, since others may be started after it.
    Begun(Fut),
    /// It is alone, and may wait for room for its answer first.
    Decoded(F, R),
    /// It needs memory to be decoded.
    Large(F, Bytes),
}

/// Decodes, runs a handler, encodes. A request that decodes to much more than its frame waits for memory first; the order
/// of requests stays as it was, since nothing after it is started meanwhile.
pub(super) fn run<R, F, Fut, Out>(context: RequestContext, body: Bytes, handler: F) -> Result<Started, Close>
where
    R: weir_wire::Request + Send + 'static,
    R::Response: Send + 'static,
    F: FnOnce(RequestContext, R) -> Fut + Send + 'static,
    Fut: Future<Output = Out> + Send + 'static,
    Out: Into<Reply<R::Response>>,
{
    let version = context.version;
    let free = memory::free_bytes(body.len());
    let first = match decode::<R>(&body, version, free) {
        Ok(request) if overlaps(context.api) => First::Begun(handler(context.clone(), request)),
        Ok(request) => First::Decoded(handler, request),
        Err(DecodeError::Room { .. }) => First::Large(handler, body),
        Err(error) => return Err(malformed(&context, &error)),
    };
    let may_overlap = matches!(first, First::Begun(_));
    let running = Box::pin(async move {
        if !may_overlap {
            context.state.answer_memory.room().await;
        }
        let working = match first {
            First::Begun(working) => working,
            First::Decoded(handler, request) => handler(context.clone(), request),
            First::Large(handler, body) => match decode_large::<R>(&context, body, free).await {
                Ok(request) => handler(context.clone(), request),
                Err(close) => return Outcome::Close(close),
            },
        };
        match working.await.into() {
            Reply::Send(response) => answer(&context, version, &response),
            Reply::Silent => Outcome::Silent,
            Reply::Close(close) => Outcome::Close(close),
        }
    });
    Ok(Started { running, may_overlap })
}

/// Bytes after the message are nobody's, as in Kafka: librdkafka 2.x sends three of them with its Metadata.
fn decode<R: weir_wire::Request>(body: &Bytes, version: i16, room_bytes: usize) -> Result<R, DecodeError> {
    let room = Room { bytes: room_bytes, element_bytes: memory::ELEMENT_BYTES };
    R::read(&mut Reader::within(body.clone(), room), version)
}

/// Decodes with more and more room until there is enough. Each step's room is reserved before and given back before the
/// next, so nobody waits while he holds a part.
async fn decode_large<R: weir_wire::Request>(
    context: &RequestContext,
    body: Bytes,
    free: usize,
) -> Result<R, Close> {
    let mut room = free;
    loop {
        room = room.saturating_mul(ROOM_GROWTH).min(memory::DECODED_MEMORY_BYTES);
        let memory = context.state.request_memory.reserve_decoded(room).await;
        match decode::<R>(&body, context.version, room) {
            Ok(request) => {
                context.memory.add_decoded(memory);
                return Ok(request);
            }
            Err(DecodeError::Room { .. }) if room < memory::DECODED_MEMORY_BYTES => {}
            Err(error) => return Err(malformed(context, &error)),
        }
    }
}

fn malformed(context: &RequestContext, error: &DecodeError) -> Close {
    Close(format!("{} v{}: {error}", context.api.name(), context.version))
}

/// Produce does its appends when it starts; the rest of it is waiting.
fn overlaps(api: ApiKey) -> bool {
    api == ApiKey::Produce
}

/// The frame of an answer. A response that can't be encoded is a broken promise of a handler, not the client's fault.
pub(super) fn answer<T: Message>(context: &RequestContext, version: i16, response: &T) -> Outcome {
    match frame(context, version, response) {
        Ok(segments) => {
            let in_memory = |segment: &Segment| match segment {
                Segment::Bytes(bytes) => bytes.len(),
                Segment::Range(_) => 0,
            };
            let bytes: usize = segments.iter().map(in_memory).sum();
            let held = (bytes > SMALL_ANSWER_BYTES).then(|| context.state.answer_memory.hold(bytes));
            Outcome::Answer(segments, held)
        }
        Err(error) => {
            let api = context.api.name();
            tracing::error!(api, version, %error, "an answer does not fit its version");
            Outcome::Close(Close(format!("{api} v{version}: the answer can't be encoded")))
        }
    }
}

/// Length, header, response. The length is patched into the first segment, which always holds header bytes.
fn frame<T: Message>(
    context: &RequestContext,
    version: i16,
    response: &T,
) -> Result<Vec<Segment>, EncodeError> {
    let mut writer = Writer::new();
    writer.int32(0);
    write_response_header(&mut writer, context.api, version, context.correlation_id);
    response.write(&mut writer, version)?;
    let len = writer.len() - LENGTH_BYTES;
    let len = i32::try_from(len).map_err(|_| EncodeError::TooLong(len))?;
    let mut segments = writer.into_segments();
    if let Some(Segment::Bytes(first)) = segments.first_mut() {
        let mut patched = BytesMut::from(std::mem::take(first));
        patched[..LENGTH_BYTES].copy_from_slice(&len.to_be_bytes());
        *first = patched.freeze();
    }
    Ok(segments)
}
