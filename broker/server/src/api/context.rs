//! What a handler is given and what it gives back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use weir_model::ErrorCode;
use weir_wire::header::write_response_header;
use weir_wire::version::served_versions;
use weir_wire::{ApiKey, EncodeError, Message, Reader, RequestHeader, Segment, WireStr, Writer};

use super::dispatch;
use crate::metrics::ApiMetrics;
use crate::net::connection::ConnectionInfo;
use crate::state::BrokerState;

/// The length in front of each frame.
const LENGTH_BYTES: usize = 4;

/// The connection must end; the text is for the log.
#[derive(Debug)]
pub(crate) struct Close(pub(crate) String);

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A frame to send.
    Answer(Vec<Segment>),
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
        frame: Bytes,
    ) -> Result<Self, Close> {
        let mut reader = Reader::new(frame);
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
            client_id: header.client_id,
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
        self.context.api == ApiKey::Produce
    }

    /// Decodes the body and starts the handler.
    pub(crate) fn start(self) -> Result<Running, Close> {
        dispatch::start(self.context, self.body)
    }
}

/// Decodes, runs a handler, encodes.
pub(super) fn run<R, F, Fut, Out>(context: RequestContext, body: Bytes, handler: F) -> Result<Running, Close>
where
    R: weir_wire::Request,
    R::Response: Send + 'static,
    F: FnOnce(RequestContext, R) -> Fut,
    Fut: Future<Output = Out> + Send + 'static,
    Out: Into<Reply<R::Response>>,
{
    let version = context.version;
    let name = context.api.name();
    // Bytes after the message are nobody's, as in Kafka: librdkafka 2.x sends three of them with its Metadata.
    let request = R::read(&mut Reader::new(body), version)
        .map_err(|error| Close(format!("{name} v{version}: {error}")))?;
    let working = handler(context.clone(), request);
    Ok(Box::pin(async move {
        match working.await.into() {
            Reply::Send(response) => answer(&context, version, &response),
            Reply::Silent => Outcome::Silent,
            Reply::Close(close) => Outcome::Close(close),
        }
    }))
}

/// The frame of an answer. A response that can't be encoded is a broken promise of a handler, not the client's fault.
pub(super) fn answer<T: Message>(context: &RequestContext, version: i16, response: &T) -> Outcome {
    match frame(context, version, response) {
        Ok(segments) => Outcome::Answer(segments),
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
    let len = i32::try_from(writer.len() - LENGTH_BYTES).unwrap_or(i32::MAX);
    let mut segments = writer.into_segments();
    if let Some(Segment::Bytes(first)) = segments.first_mut() {
        let mut patched = BytesMut::from(std::mem::take(first));
        patched[..LENGTH_BYTES].copy_from_slice(&len.to_be_bytes());
        *first = patched.freeze();
    }
    Ok(segments)
}
