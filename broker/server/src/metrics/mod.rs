//! What the broker counts. Handles of hot counters are looked up once and kept; gauges are set when somebody asks.
//!
//! Names follow OpenMetrics: base units, `_total` is added by the encoder. Labels come from closed sets (API names,
//! reasons, listeners) or from topics, never from what a client may invent.

pub(crate) mod http;
mod refresh;

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use weir_log::FlushObserver;
use weir_wire::ApiKey;

/// From 50 µs, a request served from memory, to 25 s, a request that waited for something broken.
const SECONDS_BUCKETS: [f64; 18] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 25.0,
];

/// One more than the highest number of an API; Kafka's end at 92.
const API_CODES_END: usize = 128;

/// The label `api`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct ApiLabel {
    /// Kafka's name of the API.
    pub(crate) api: &'static str,
}

/// The labels `api` and `error`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct ErrorLabel {
    /// Kafka's name of the API.
    pub(crate) api: &'static str,
    /// Kafka's name of the error.
    pub(crate) error: &'static str,
}

/// The label `reason`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct ReasonLabel {
    /// A word of a closed set.
    pub(crate) reason: &'static str,
}

/// The label `topic`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct TopicLabel {
    /// The topic's name.
    pub(crate) topic: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct BuildLabel {
    version: &'static str,
}

type Seconds = Gauge<f64, AtomicU64>;

/// One API's counters.
#[derive(Clone, Debug)]
pub(crate) struct ApiMetrics {
    /// Requests that were read.
    pub(crate) requests: Counter,
    /// Bytes of their frames.
    pub(crate) request_bytes: Counter,
    /// Bytes of the answers.
    pub(crate) response_bytes: Counter,
    /// From the last byte of the request to the first of the answer.
    pub(crate) seconds: Histogram,
}

/// Logs in one round: one alone, up to every partition of a large broker.
const ROUND_BUCKETS: [f64; 12] =
    [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1024.0, 4096.0, 16_384.0];

/// Sizes of producers' batches: from a record alone to the largest that the default limits allow, and what is above.
const BATCH_BUCKETS: [f64; 10] =
    [128.0, 512.0, 1024.0, 4096.0, 16_384.0, 65_536.0, 131_072.0, 262_144.0, 524_288.0, 1_048_588.0];

/// What the flusher tells of its rounds.
#[derive(Debug)]
pub(crate) struct FlushHistograms {
    seconds: Histogram,
    logs: Histogram,
}

impl Default for FlushHistograms {
    fn default() -> Self {
        Self { seconds: seconds_histogram(), logs: Histogram::new(ROUND_BUCKETS) }
    }
}

impl FlushObserver for FlushHistograms {
    fn on_round(&self, took: Duration, logs: usize) {
        self.seconds.observe(took.as_secs_f64());
        self.logs.observe(f64::from(u32::try_from(logs).unwrap_or(u32::MAX)));
    }
}

/// Every metric of the broker.
pub(crate) struct Metrics {
    registry: Registry,
    apis: Vec<OnceLock<Arc<ApiMetrics>>>,
    requests: Family<ApiLabel, Counter>,
    request_bytes: Family<ApiLabel, Counter>,
    response_bytes: Family<ApiLabel, Counter>,
    request_seconds: Family<ApiLabel, Histogram, fn() -> Histogram>,
    /// Errors in answers, by API and error; one for each partition that had it.
    pub(crate) errors: Family<ErrorLabel, Counter>,
    /// Records appended by producers.
    pub(crate) produced_records: Counter,
    /// Bytes of batches appended by producers.
    pub(crate) produced_bytes: Counter,
    /// Batches appended by producers.
    pub(crate) produced_batches: Counter,
    /// Sizes of batches appended by producers, as they arrived.
    pub(crate) produced_batch_bytes: Histogram,
    /// Bytes of batches handed to consumers.
    pub(crate) fetched_bytes: Counter,
    /// Connections that were let in.
    pub(crate) connections_accepted: Counter,
    /// Connections that met a limit.
    pub(crate) connections_refused: Family<ReasonLabel, Counter>,
    /// Connections that the broker ended, by reason.
    pub(crate) connections_closed: Family<ReasonLabel, Counter>,
    flush_rounds: Counter,
    flushes: Counter,
    flush_failures: Counter,
    flush_observed: Arc<FlushHistograms>,
    flush_longest: Seconds,
    connections: Gauge,
    request_memory: Gauge,
    answer_memory: Gauge,
    group_memory: Gauge,
    partitions: Gauge,
    partitions_offline: Gauge,
    fetch_sessions: Gauge,
    open_files: Gauge,
    open_files_limit: Gauge,
    uptime: Seconds,
    disk_free: Gauge,
    disk_full: Gauge,
    log_damage: Counter,
    topic_bytes: Family<TopicLabel, Gauge>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

fn seconds_histogram() -> Histogram {
    Histogram::new(SECONDS_BUCKETS)
}

impl Metrics {
    /// Everything at zero.
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("weir"),
            apis: (0..API_CODES_END).map(|_| OnceLock::new()).collect(),
            requests: Family::default(),
            request_bytes: Family::default(),
            response_bytes: Family::default(),
            request_seconds: Family::new_with_constructor(seconds_histogram),
            errors: Family::default(),
            produced_records: Counter::default(),
            produced_bytes: Counter::default(),
            produced_batches: Counter::default(),
            produced_batch_bytes: Histogram::new(BATCH_BUCKETS),
            fetched_bytes: Counter::default(),
            connections_accepted: Counter::default(),
            connections_refused: Family::default(),
            connections_closed: Family::default(),
            flush_rounds: Counter::default(),
            flushes: Counter::default(),
            flush_failures: Counter::default(),
            flush_observed: Arc::default(),
            flush_longest: Seconds::default(),
            connections: Gauge::default(),
            request_memory: Gauge::default(),
            answer_memory: Gauge::default(),
            group_memory: Gauge::default(),
            partitions: Gauge::default(),
            partitions_offline: Gauge::default(),
            fetch_sessions: Gauge::default(),
            open_files: Gauge::default(),
            open_files_limit: Gauge::default(),
            uptime: Seconds::default(),
            disk_free: Gauge::default(),
            disk_full: Gauge::default(),
            log_damage: Counter::default(),
            topic_bytes: Family::default(),
        };
        metrics.register_requests();
        metrics.register_records();
        metrics.register_flushes();
        metrics.register_connections();
        metrics.register_process();
        metrics
    }

    fn register_requests(&mut self) {
        let r = &mut self.registry;
        r.register("requests", "Requests read, by API", self.requests.clone());
        let bytes = Unit::Bytes;
        r.register_with_unit("request", "Bytes of requests", bytes.clone(), self.request_bytes.clone());
        r.register_with_unit("response", "Bytes of answers", bytes, self.response_bytes.clone());
        let help = "From a whole request to the start of its answer";
        r.register_with_unit("request_duration", help, Unit::Seconds, self.request_seconds.clone());
        r.register("request_errors", "Errors in answers, by API and error", self.errors.clone());
    }

    fn register_records(&mut self) {
        let r = &mut self.registry;
        r.register("produced_records", "Records appended by producers", self.produced_records.clone());
        r.register("produced_batches", "Batches appended by producers", self.produced_batches.clone());
        let bytes = Unit::Bytes;
        r.register_with_unit(
            "produced",
            "Bytes of batches appended by producers",
            bytes.clone(),
            self.produced_bytes.clone(),
        );
        let help = "Sizes of batches appended by producers, as they arrived";
        let sizes = self.produced_batch_bytes.clone();
        r.register_with_unit("produced_batch_size", help, bytes.clone(), sizes);
        let help = "Bytes of batches handed to consumers";
        r.register_with_unit("fetched", help, bytes.clone(), self.fetched_bytes.clone());
        r.register("partitions", "Partitions on this broker", self.partitions.clone());
        let help = "Partitions whose log is offline";
        r.register("partitions_offline", help, self.partitions_offline.clone());
        r.register_with_unit("topic_log", "Size of a topic's logs", bytes.clone(), self.topic_bytes.clone());
        r.register_with_unit("disk_free", "Room left for the data directory", bytes, self.disk_free.clone());
        let help = "1 while appends are refused for want of room on the disk";
        r.register("disk_full", help, self.disk_full.clone());
        let help = "Reads that met records on disk that are damaged or gone; the broker's log names them";
        r.register("log_damage", help, self.log_damage.clone());
    }

    fn register_flushes(&mut self) {
        let r = &mut self.registry;
        r.register("flush_rounds", "Rounds of flushes", self.flush_rounds.clone());
        r.register("flushed_logs", "Flushes of single logs in all rounds", self.flushes.clone());
        let help = "Flushes that failed and took their log offline";
        r.register("flush_failures", help, self.flush_failures.clone());
        let help = "Time that a round of flushes took";
        let seconds = self.flush_observed.seconds.clone();
        r.register_with_unit("flush_duration", help, Unit::Seconds, seconds);
        let help = "Logs that one round flushed together";
        r.register("flush_round_logs", help, self.flush_observed.logs.clone());
        let help = "The longest round of flushes";
        r.register_with_unit("flush_longest", help, Unit::Seconds, self.flush_longest.clone());
    }

    fn register_connections(&mut self) {
        let r = &mut self.registry;
        r.register("connections", "Open connections", self.connections.clone());
        r.register("connections_accepted", "Connections let in", self.connections_accepted.clone());
        let help = "Connections that met a limit, by limit";
        r.register("connections_refused", help, self.connections_refused.clone());
        let help = "Connections that the broker ended, by reason";
        r.register("connections_closed", help, self.connections_closed.clone());
        let help = "Memory that requests hold";
        r.register_with_unit("request_memory", help, Unit::Bytes, self.request_memory.clone());
        let help = "Memory that large answers hold until they are taken";
        r.register_with_unit("answer_memory", help, Unit::Bytes, self.answer_memory.clone());
        let help = "What members of all groups say of themselves";
        r.register_with_unit("group_memory", help, Unit::Bytes, self.group_memory.clone());
        r.register("fetch_sessions", "Incremental fetch sessions", self.fetch_sessions.clone());
    }

    fn register_process(&mut self) {
        let r = &mut self.registry;
        r.register("open_files", "File descriptors in use", self.open_files.clone());
        r.register("open_files_limit", "File descriptors allowed", self.open_files_limit.clone());
        r.register_with_unit("uptime", "Time since the start", Unit::Seconds, self.uptime.clone());
        let build = Family::<BuildLabel, Gauge>::default();
        build.get_or_create(&BuildLabel { version: crate::VERSION }).set(1);
        r.register("build_info", "The version of this broker", build);
    }

    /// Who wants to know of rounds of flushes.
    pub(crate) fn flush_observer(&self) -> Arc<dyn FlushObserver> {
        Arc::<FlushHistograms>::clone(&self.flush_observed)
    }

    /// One API's counters.
    pub(crate) fn api(&self, api: ApiKey) -> Arc<ApiMetrics> {
        let make = || {
            let label = ApiLabel { api: api.name() };
            Arc::new(ApiMetrics {
                requests: self.requests.get_or_create(&label).clone(),
                request_bytes: self.request_bytes.get_or_create(&label).clone(),
                response_bytes: self.response_bytes.get_or_create(&label).clone(),
                seconds: self.request_seconds.get_or_create(&label).clone(),
            })
        };
        let known = usize::try_from(api as i16).ok().and_then(|code| self.apis.get(code));
        known.map_or_else(make, |slot| Arc::clone(slot.get_or_init(make)))
    }

    /// Counts an error in an answer.
    pub(crate) fn error(&self, api: &'static str, error: weir_model::ErrorCode) {
        self.errors.get_or_create(&ErrorLabel { api, error: error.name() }).inc();
    }

    /// Counts a connection that the broker ends.
    pub(crate) fn connection_closed(&self, reason: &'static str) {
        self.connections_closed.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Everything as OpenMetrics text.
    pub(crate) fn encode(&self) -> String {
        let mut text = String::with_capacity(16 * 1024);
        if prometheus_client::encoding::text::encode(&mut text, &self.registry).is_err() {
            // Writing into a string can't fail; an empty answer is still valid text.
            text.clear();
        }
        text
    }
}
