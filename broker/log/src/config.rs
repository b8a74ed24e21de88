//! What a partition's log is told about its topic: plain values with Kafka's names, resolved by the layer above.

/// When a batch counts as stable, `weir.durability` of a topic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    /// Once it is on disk: the stable end is the flushed end.
    Flushed,
    /// Once it is in the log, as in Kafka: the stable end is the log end, but for what `flush.messages` holds back.
    Replicated,
}

/// `cleanup.policy`. Neither is Kafka's empty list: nothing is ever removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CleanupPolicy {
    /// Old segments go by time and size.
    pub delete: bool,
    /// The newest value of each key stays.
    pub compact: bool,
}

/// The settings of one log. The defaults are Kafka's topic defaults.
#[derive(Clone, PartialEq, Debug)]
pub struct LogConfig {
    /// `segment.bytes`: a segment file does not grow above it.
    pub segment_bytes: u32,
    /// `segment.ms`: an active segment whose first batch is this much older than the newest is closed.
    pub segment_ms: u64,
    /// `segment.jitter.ms`: up to this much is taken off `segment_ms`, so that segments do not all end at once.
    pub segment_jitter_ms: u64,
    /// `segment.index.bytes`: a segment whose offset index would grow above it is closed.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`: log bytes between two index entries.
    pub index_interval_bytes: u32,
    /// `retention.ms`; `None` is Kafka's -1, for ever.
    pub retention_ms: Option<u64>,
    /// `retention.bytes`; `None` is Kafka's -1, without a limit.
    pub retention_bytes: Option<u64>,
    /// `cleanup.policy`.
    pub cleanup_policy: CleanupPolicy,
    /// `delete.retention.ms`: how long compaction keeps a tombstone.
    pub delete_retention_ms: u64,
    /// `file.delete.delay.ms`: how long a removed file stays on disk under another name.
    pub file_delete_delay_ms: u64,
    /// `min.compaction.lag.ms`: records younger than this are not compacted.
    pub min_compaction_lag_ms: u64,
    /// `max.compaction.lag.ms`: a record older than this makes its log due for compaction, whatever its dirty ratio.
    pub max_compaction_lag_ms: u64,
    /// `min.cleanable.dirty.ratio`: the part of a log that must be new since the last compaction to make it due.
    pub min_cleanable_dirty_ratio: f64,
    /// `flush.messages`: after this many records without a flush, the next one waits for a flush.
    pub flush_messages: u64,
    /// `flush.ms`: the longest time between an append and its flush.
    pub flush_ms: u64,
    /// `weir.durability`.
    pub durability: Durability,
    /// `producer.id.expiration.ms` of the broker: a producer's state is forgotten after this much idle time.
    pub producer_id_expiration_ms: u64,
}

impl Default for LogConfig {
    fn default() -> Self {
        const DAY_MS: u64 = 24 * 60 * 60 * 1000;
        Self {
            segment_bytes: 1 << 30,
            segment_ms: 7 * DAY_MS,
            segment_jitter_ms: 0,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            retention_ms: Some(7 * DAY_MS),
            retention_bytes: None,
            cleanup_policy: CleanupPolicy { delete: true, compact: false },
            delete_retention_ms: DAY_MS,
            file_delete_delay_ms: 60_000,
            min_compaction_lag_ms: 0,
            max_compaction_lag_ms: u64::MAX,
            min_cleanable_dirty_ratio: 0.5,
            flush_messages: u64::MAX,
            flush_ms: u64::MAX,
            durability: Durability::Flushed,
            producer_id_expiration_ms: DAY_MS,
        }
    }
}
