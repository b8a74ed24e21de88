//! The configs of one topic as values that the log and the server use.

use std::time::Duration;

use weir_model::TopicName;

use super::layers::Layers;
use super::value::Value;

/// What happens to old records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CleanupPolicy {
    /// Segments go by age and size.
    pub delete: bool,
    /// The last record of each key stays.
    pub compact: bool,
}

/// Whose time a record carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimestampType {
    /// The producer's.
    CreateTime,
    /// The broker's.
    LogAppendTime,
}

/// When a record counts as stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    /// Once it is on disk.
    Flushed,
    /// Once it is in the page cache of the replicas, as in Kafka.
    Replicated,
}

/// How batches are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompressionType {
    /// As they come.
    Producer,
    /// Plain.
    Uncompressed,
    /// gzip.
    Gzip,
    /// snappy.
    Snappy,
    /// lz4.
    Lz4,
    /// zstd.
    Zstd,
}

/// How batches are stored, and how hard the codecs try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CompressionConfig {
    /// The codec.
    pub codec: CompressionType,
    /// 1 to 9, or -1 for gzip's default.
    pub gzip_level: i32,
    /// 1 to 17.
    pub lz4_level: i32,
    /// -131072 to 22.
    pub zstd_level: i32,
}

/// Everything that decides how a topic's partitions behave. `None` is "no limit".
#[derive(Clone, PartialEq, Debug)]
pub struct TopicConfig {
    /// `cleanup.policy`
    pub cleanup_policy: CleanupPolicy,
    /// `compression.*`
    pub compression: CompressionConfig,
    /// `delete.retention.ms`
    pub delete_retention: Duration,
    /// `weir.durability`
    pub durability: Durability,
    /// `file.delete.delay.ms`
    pub file_delete_delay: Duration,
    /// `flush.messages`
    pub flush_messages: Option<u64>,
    /// `flush.ms`
    pub flush_interval: Option<Duration>,
    /// `index.interval.bytes`
    pub index_interval_bytes: u32,
    /// `max.compaction.lag.ms`
    pub max_compaction_lag: Option<Duration>,
    /// `max.message.bytes`
    pub max_message_bytes: u32,
    /// `message.timestamp.after.max.ms`
    pub timestamp_after_max_ms: i64,
    /// `message.timestamp.before.max.ms`
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.type`
    pub timestamp_type: TimestampType,
    /// `min.cleanable.dirty.ratio`
    pub min_cleanable_dirty_ratio: f64,
    /// `min.compaction.lag.ms`
    pub min_compaction_lag: Duration,
    /// `min.insync.replicas`
    pub min_insync_replicas: i32,
    /// `retention.bytes`
    pub retention_bytes: Option<u64>,
    /// `retention.ms`
    pub retention: Option<Duration>,
    /// `segment.bytes`
    pub segment_bytes: u32,
    /// `segment.index.bytes`
    pub segment_index_bytes: u32,
    /// `segment.jitter.ms`
    pub segment_jitter: Duration,
    /// `segment.ms`
    pub segment_age_max: Duration,
    /// `unclean.leader.election.enable`
    pub unclean_leader_election: bool,
}

impl TopicConfig {
    /// The configs of a topic, or those of a topic that says nothing.
    pub fn resolve(layers: &Layers<'_>, topic: Option<&TopicName>) -> Self {
        let read = Reader { layers, topic };
        Self {
            cleanup_policy: read.cleanup_policy(),
            compression: read.compression(),
            delete_retention: read.duration("delete.retention.ms"),
            durability: match read.text("weir.durability").as_str() {
                "replicated" => Durability::Replicated,
                _ => Durability::Flushed,
            },
            file_delete_delay: read.duration("file.delete.delay.ms"),
            flush_messages: read.bounded("flush.messages"),
            flush_interval: read.bounded("flush.ms").map(Duration::from_millis),
            index_interval_bytes: read.u32("index.interval.bytes"),
            max_compaction_lag: read.bounded("max.compaction.lag.ms").map(Duration::from_millis),
            max_message_bytes: read.u32("max.message.bytes"),
            timestamp_after_max_ms: read.number("message.timestamp.after.max.ms"),
            timestamp_before_max_ms: read.number("message.timestamp.before.max.ms"),
            timestamp_type: match read.text("message.timestamp.type").as_str() {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
            min_cleanable_dirty_ratio: read.ratio("min.cleanable.dirty.ratio"),
            min_compaction_lag: read.duration("min.compaction.lag.ms"),
            min_insync_replicas: read.i32("min.insync.replicas"),
            retention_bytes: u64::try_from(read.number("retention.bytes")).ok(),
            retention: u64::try_from(read.number("retention.ms")).ok().map(Duration::from_millis),
            segment_bytes: read.u32("segment.bytes"),
            segment_index_bytes: read.u32("segment.index.bytes"),
            segment_jitter: read.duration("segment.jitter.ms"),
            segment_age_max: read.duration("segment.ms"),
            unclean_leader_election: read.value("unclean.leader.election.enable")
                == Some(Value::Boolean(true)),
        }
    }
}

struct Reader<'a> {
    layers: &'a Layers<'a>,
    topic: Option<&'a TopicName>,
}

impl Reader<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.layers.topic_value(self.topic, name)
    }

    fn number(&self, name: &str) -> i64 {
        match self.value(name) {
            Some(Value::Number(number)) => number,
            other => unreachable!("{name} is a number with a default, not {other:?}"),
        }
    }

    fn i32(&self, name: &str) -> i32 {
        i32::try_from(self.number(name)).unwrap_or(i32::MAX)
    }

    fn u32(&self, name: &str) -> u32 {
        u32::try_from(self.number(name).max(0)).unwrap_or(u32::MAX)
    }

    /// A number for which Kafka's largest means "no limit".
    fn bounded(&self, name: &str) -> Option<u64> {
        match self.number(name) {
            i64::MAX => None,
            number => u64::try_from(number).ok(),
        }
    }

    fn duration(&self, name: &str) -> Duration {
        Duration::from_millis(u64::try_from(self.number(name)).unwrap_or(0))
    }

    fn ratio(&self, name: &str) -> f64 {
        match self.value(name) {
            Some(Value::Double(number)) => number,
            other => unreachable!("{name} is a ratio with a default, not {other:?}"),
        }
    }

    fn text(&self, name: &str) -> String {
        self.value(name).map(|value| value.to_string()).unwrap_or_default()
    }

    fn cleanup_policy(&self) -> CleanupPolicy {
        let Some(Value::List(policies)) = self.value("cleanup.policy") else {
            return CleanupPolicy { delete: true, compact: false };
        };
        let names = |wanted: &str| policies.iter().any(|policy| policy == wanted);
        CleanupPolicy { delete: names("delete"), compact: names("compact") }
    }

    fn compression(&self) -> CompressionConfig {
        CompressionConfig {
            codec: match self.text("compression.type").as_str() {
                "uncompressed" => CompressionType::Uncompressed,
                "gzip" => CompressionType::Gzip,
                "snappy" => CompressionType::Snappy,
                "lz4" => CompressionType::Lz4,
                "zstd" => CompressionType::Zstd,
                _ => CompressionType::Producer,
            },
            gzip_level: self.i32("compression.gzip.level"),
            lz4_level: self.i32("compression.lz4.level"),
            zstd_level: self.i32("compression.zstd.level"),
        }
    }
}
