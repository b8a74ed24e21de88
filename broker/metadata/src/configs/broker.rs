//! The configs of a broker as values that the server uses.

use std::collections::BTreeMap;
use std::time::Duration;

use super::broker_key;
use super::layers::Layers;
use super::value::Value;

/// All that the server asks for.
#[derive(Clone, PartialEq, Debug)]
pub struct BrokerConfig {
    /// Creating and deleting topics.
    pub topics: TopicDefaults,
    /// Connections and requests.
    pub network: NetworkConfig,
    /// The broker's own work on its logs.
    pub logs: LogDefaults,
    /// Classic groups.
    pub group: GroupConfig,
    /// Groups of the consumer protocol.
    pub consumer_group: ConsumerGroupConfig,
    /// Committed offsets.
    pub offsets: OffsetsConfig,
    /// `producer.id.expiration.ms`
    pub producer_id_expiration: Duration,
    /// `transaction.max.timeout.ms`
    pub transaction_timeout_max: Duration,
}

/// Creating and deleting topics.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicDefaults {
    /// `num.partitions`
    pub num_partitions: i32,
    /// `default.replication.factor`
    pub default_replication_factor: i16,
    /// `auto.create.topics.enable`
    pub auto_create: bool,
    /// `delete.topic.enable`
    pub delete_enabled: bool,
}

/// Connections and requests. `None` is "no limit", or "as Weir chooses".
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkConfig {
    /// `socket.request.max.bytes`
    pub request_bytes_max: usize,
    /// `max.connections`
    pub connections_max: usize,
    /// `max.connections.per.ip`
    pub connections_per_ip_max: usize,
    /// `max.connections.per.ip.overrides`
    pub connections_per_ip_overrides: BTreeMap<String, usize>,
    /// `connections.max.idle.ms`
    pub connection_idle_max: Option<Duration>,
    /// `queued.max.requests`
    pub queued_requests_max: usize,
    /// `queued.max.request.bytes`
    pub queued_request_bytes_max: Option<usize>,
    /// `fetch.max.bytes`
    pub fetch_bytes_max: usize,
    /// `max.incremental.fetch.session.cache.slots`
    pub fetch_sessions_max: usize,
    /// `max.request.partition.size.limit`
    pub described_partitions_max: usize,
    /// `socket.listen.backlog.size`
    pub listen_backlog: i32,
    /// `socket.send.buffer.bytes` if somebody set it.
    pub send_buffer_bytes: Option<usize>,
    /// `socket.receive.buffer.bytes` if somebody set it.
    pub receive_buffer_bytes: Option<usize>,
}

/// The broker's own work on its logs.
#[derive(Clone, PartialEq, Debug)]
pub struct LogDefaults {
    /// `log.retention.check.interval.ms`
    pub retention_check_interval: Duration,
    /// `log.cleaner.backoff.ms`
    pub cleaner_backoff: Duration,
    /// `log.cleaner.threads`
    pub cleaner_threads: usize,
    /// `log.cleaner.dedupe.buffer.size`
    pub cleaner_dedupe_buffer_bytes: u64,
    /// `log.cleaner.io.max.bytes.per.second`
    pub cleaner_bytes_per_second_max: f64,
    /// `num.recovery.threads.per.data.dir`
    pub recovery_threads: usize,
}

/// Classic groups.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupConfig {
    /// `group.initial.rebalance.delay.ms`
    pub initial_rebalance_delay: Duration,
    /// `group.min.session.timeout.ms`
    pub session_timeout_min: Duration,
    /// `group.max.session.timeout.ms`
    pub session_timeout_max: Duration,
    /// `group.max.size`
    pub size_max: usize,
    /// `weir.group.memory.max.bytes`
    pub memory_bytes_max: usize,
    /// Whether `group.coordinator.rebalance.protocols` names `consumer`.
    pub consumer_protocol: bool,
    /// `group.consumer.migration.policy`
    pub migration: MigrationPolicy,
}

/// Which groups may change protocol while they run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MigrationPolicy {
    /// Classic to consumer.
    pub upgrade: bool,
    /// Consumer to classic.
    pub downgrade: bool,
}

/// Groups of the consumer protocol (KIP-848).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsumerGroupConfig {
    /// `group.consumer.session.timeout.ms`
    pub session_timeout: Duration,
    /// `group.consumer.heartbeat.interval.ms`
    pub heartbeat_interval: Duration,
    /// `group.consumer.assignment.interval.ms`
    pub assignment_interval: Duration,
    /// `group.consumer.max.size`
    pub size_max: usize,
    /// `group.consumer.assignors`, the default first.
    pub assignors: Vec<String>,
}

/// Committed offsets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OffsetsConfig {
    /// `offset.metadata.max.bytes`
    pub metadata_bytes_max: usize,
    /// `offsets.retention.minutes`
    pub retention: Duration,
    /// `offsets.retention.check.interval.ms`
    pub retention_check_interval: Duration,
    /// `offsets.commit.timeout.ms`
    pub commit_timeout: Duration,
    /// `offsets.topic.num.partitions`
    pub topic_partitions: i32,
    /// `offsets.topic.replication.factor`, not yet capped by the number of brokers.
    pub topic_replication_factor: i16,
    /// `offsets.topic.segment.bytes`
    pub topic_segment_bytes: i32,
}

impl BrokerConfig {
    /// The configs of the layers' broker.
    pub fn resolve(layers: &Layers<'_>) -> Self {
        let read = Reader { layers };
        Self {
            topics: read.topics(),
            network: read.network(),
            logs: read.logs(),
            group: read.group(),
            consumer_group: read.consumer_group(),
            offsets: read.offsets(),
            producer_id_expiration: read.millis("producer.id.expiration.ms"),
            transaction_timeout_max: read.millis("transaction.max.timeout.ms"),
        }
    }
}

struct Reader<'a> {
    layers: &'a Layers<'a>,
}

impl Reader<'_> {
    fn number(&self, name: &str) -> i64 {
        match self.layers.broker_value(name) {
            Some(Value::Number(number)) => number,
            other => unreachable!("{name} is a number with a default, not {other:?}"),
        }
    }

    fn i32(&self, name: &str) -> i32 {
        i32::try_from(self.number(name)).unwrap_or(i32::MAX)
    }

    fn i16(&self, name: &str) -> i16 {
        i16::try_from(self.number(name)).unwrap_or(i16::MAX)
    }

    fn usize(&self, name: &str) -> usize {
        usize::try_from(self.number(name)).unwrap_or(0)
    }

    /// `None` below 0.
    fn optional(&self, name: &str) -> Option<usize> {
        usize::try_from(self.number(name)).ok()
    }

    /// `None` below 0, and where only the default speaks.
    fn optional_if_set(&self, name: &str) -> Option<usize> {
        broker_key(name).and_then(|key| self.layers.set_value(key)).and_then(|_| self.optional(name))
    }

    fn millis(&self, name: &str) -> Duration {
        Duration::from_millis(u64::try_from(self.number(name)).unwrap_or(0))
    }

    fn boolean(&self, name: &str) -> bool {
        self.layers.broker_value(name) == Some(Value::Boolean(true))
    }

    fn text(&self, name: &str) -> String {
        self.layers.broker_value(name).map(|value| value.to_string()).unwrap_or_default()
    }

    fn list(&self, name: &str) -> Vec<String> {
        match self.layers.broker_value(name) {
            Some(Value::List(elements)) => elements,
            _ => Vec::new(),
        }
    }

    fn topics(&self) -> TopicDefaults {
        TopicDefaults {
            num_partitions: self.i32("num.partitions"),
            default_replication_factor: self.i16("default.replication.factor"),
            auto_create: self.boolean("auto.create.topics.enable"),
            delete_enabled: self.boolean("delete.topic.enable"),
        }
    }

    fn network(&self) -> NetworkConfig {
        NetworkConfig {
            request_bytes_max: self.usize("socket.request.max.bytes"),
            connections_max: self.usize("max.connections"),
            connections_per_ip_max: self.usize("max.connections.per.ip"),
            connections_per_ip_overrides: self.overrides(),
            connection_idle_max: self
                .optional("connections.max.idle.ms")
                .map(|ms| Duration::from_millis(ms as u64)),
            queued_requests_max: self.usize("queued.max.requests"),
            queued_request_bytes_max: self.optional("queued.max.request.bytes").filter(|bytes| *bytes > 0),
            fetch_bytes_max: self.usize("fetch.max.bytes"),
            fetch_sessions_max: self.usize("max.incremental.fetch.session.cache.slots"),
            described_partitions_max: self.usize("max.request.partition.size.limit"),
            listen_backlog: self.i32("socket.listen.backlog.size"),
            send_buffer_bytes: self.optional_if_set("socket.send.buffer.bytes"),
            receive_buffer_bytes: self.optional_if_set("socket.receive.buffer.bytes"),
        }
    }

    fn overrides(&self) -> BTreeMap<String, usize> {
        let text = self.text("max.connections.per.ip.overrides");
        let entry = |entry: &str| {
            let (host, count) = entry.rsplit_once(':')?;
            Some((host.trim().to_owned(), count.trim().parse().ok()?))
        };
        text.split(',').filter_map(entry).collect()
    }

    fn logs(&self) -> LogDefaults {
        LogDefaults {
            retention_check_interval: self.millis("log.retention.check.interval.ms"),
            cleaner_backoff: self.millis("log.cleaner.backoff.ms"),
            cleaner_threads: self.usize("log.cleaner.threads"),
            cleaner_dedupe_buffer_bytes: self.usize("log.cleaner.dedupe.buffer.size") as u64,
            cleaner_bytes_per_second_max: match self
                .layers
                .broker_value("log.cleaner.io.max.bytes.per.second")
            {
                Some(Value::Double(rate)) => rate,
                _ => f64::MAX,
            },
            recovery_threads: self.usize("num.recovery.threads.per.data.dir"),
        }
    }

    fn group(&self) -> GroupConfig {
        let policy = self.text("group.consumer.migration.policy").to_ascii_lowercase();
        GroupConfig {
            initial_rebalance_delay: self.millis("group.initial.rebalance.delay.ms"),
            session_timeout_min: self.millis("group.min.session.timeout.ms"),
            session_timeout_max: self.millis("group.max.session.timeout.ms"),
            size_max: self.usize("group.max.size"),
            memory_bytes_max: self.usize("weir.group.memory.max.bytes"),
            consumer_protocol: self
                .list("group.coordinator.rebalance.protocols")
                .iter()
                .any(|protocol| protocol == "consumer"),
            migration: MigrationPolicy {
                upgrade: matches!(policy.as_str(), "upgrade" | "bidirectional"),
                downgrade: matches!(policy.as_str(), "downgrade" | "bidirectional"),
            },
        }
    }

    fn consumer_group(&self) -> ConsumerGroupConfig {
        ConsumerGroupConfig {
            session_timeout: self.millis("group.consumer.session.timeout.ms"),
            heartbeat_interval: self.millis("group.consumer.heartbeat.interval.ms"),
            assignment_interval: self.millis("group.consumer.assignment.interval.ms"),
            size_max: self.usize("group.consumer.max.size"),
            assignors: self.list("group.consumer.assignors"),
        }
    }

    fn offsets(&self) -> OffsetsConfig {
        OffsetsConfig {
            metadata_bytes_max: self.usize("offset.metadata.max.bytes"),
            retention: Duration::from_secs(60 * self.usize("offsets.retention.minutes") as u64),
            retention_check_interval: self.millis("offsets.retention.check.interval.ms"),
            commit_timeout: self.millis("offsets.commit.timeout.ms"),
            topic_partitions: self.i32("offsets.topic.num.partitions"),
            topic_replication_factor: self.i16("offsets.topic.replication.factor"),
            topic_segment_bytes: self.i32("offsets.topic.segment.bytes"),
        }
    }
}
