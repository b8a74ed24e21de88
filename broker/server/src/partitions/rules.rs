//! What a topic's configs mean for its partitions: settings of the log, checks of batches, the codec of what is stored.

use std::sync::Arc;

use weir_log::LogConfig;
use weir_metadata::configs::{self, CompressionType, TopicConfig};
use weir_metadata::{ConfigResource, MetadataImage, TopicImage};
use weir_model::Durations;
use weir_records::{BatchOrigin, Compression, TimestampType, ValidationRules};

use crate::config::FixedConfig;

/// One topic's rules.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct TopicRules {
    /// The configs as they are.
    pub(crate) config: TopicConfig,
    /// What the log is told.
    pub(crate) log: LogConfig,
}

/// The rules of all topics of one image. Topics that set nothing share one value: with ten thousand topics, most of a
/// change's time would go into resolving the same configs again and again.
pub(crate) struct RulesOfImage<'a> {
    image: &'a MetadataImage,
    fixed: &'a FixedConfig,
    broker: configs::BrokerConfig,
    inherited: Arc<TopicRules>,
}

impl<'a> RulesOfImage<'a> {
    /// Resolves what topics inherit.
    pub(crate) fn new(image: &'a MetadataImage, fixed: &'a FixedConfig) -> Self {
        let layers = fixed.layers(image);
        let broker = configs::BrokerConfig::resolve(&layers);
        let inherited = Arc::new(TopicRules::new(TopicConfig::resolve(&layers, None), &broker));
        Self { image, fixed, broker, inherited }
    }

    /// What the image says about a topic.
    pub(crate) fn of(&self, topic: &TopicImage) -> Arc<TopicRules> {
        let resource = ConfigResource::Topic(topic.name().clone());
        if self.image.configs_of(&resource).is_empty() {
            return Arc::clone(&self.inherited);
        }
        let config = TopicConfig::resolve(&self.fixed.layers(self.image), Some(topic.name()));
        Arc::new(TopicRules::new(config, &self.broker))
    }
}

impl TopicRules {
    fn new(config: TopicConfig, broker: &configs::BrokerConfig) -> Self {
        let log = log_config(&config, broker);
        Self { config, log }
    }

    /// What is checked of a batch.
    pub(crate) fn validation(&self, origin: BatchOrigin, zstd_allowed: bool) -> ValidationRules {
        ValidationRules {
            origin,
            zstd_allowed,
            batch_bytes_max: self.config.max_message_bytes as usize,
            timestamp_type: match self.config.timestamp_type {
                configs::TimestampType::CreateTime => TimestampType::CreateTime,
                configs::TimestampType::LogAppendTime => TimestampType::LogAppendTime,
            },
            timestamp_before_max_ms: self.config.timestamp_before_max_ms,
            timestamp_after_max_ms: self.config.timestamp_after_max_ms,
            compacted: self.config.cleanup_policy.compact,
            ..ValidationRules::default()
        }
    }

    /// The codec, and how hard it tries, in which a batch must be stored that came in another one.
    pub(crate) fn recompression(&self, came_in: Compression) -> Option<(Compression, Option<i32>)> {
        let wanted = &self.config.compression;
        let (codec, level) = match wanted.codec {
            CompressionType::Producer => return None,
            CompressionType::Uncompressed => (Compression::None, None),
            CompressionType::Gzip => {
                (Compression::Gzip, (wanted.gzip_level >= 0).then_some(wanted.gzip_level))
            }
            CompressionType::Snappy => (Compression::Snappy, None),
            CompressionType::Lz4 => (Compression::Lz4, Some(wanted.lz4_level)),
            CompressionType::Zstd => (Compression::Zstd, Some(wanted.zstd_level)),
        };
        (codec != came_in).then_some((codec, level))
    }
}

fn log_config(topic: &TopicConfig, broker: &configs::BrokerConfig) -> LogConfig {
    let ms = |duration: std::time::Duration| duration.as_millis_i64().unsigned_abs();
    LogConfig {
        segment_bytes: topic.segment_bytes,
        segment_ms: ms(topic.segment_age_max),
        segment_jitter_ms: ms(topic.segment_jitter),
        segment_index_bytes: topic.segment_index_bytes,
        index_interval_bytes: topic.index_interval_bytes,
        retention_ms: topic.retention.map(ms),
        retention_bytes: topic.retention_bytes,
        cleanup_policy: weir_log::CleanupPolicy {
            delete: topic.cleanup_policy.delete,
            compact: topic.cleanup_policy.compact,
        },
        delete_retention_ms: ms(topic.delete_retention),
        file_delete_delay_ms: ms(topic.file_delete_delay),
        min_compaction_lag_ms: ms(topic.min_compaction_lag),
        max_compaction_lag_ms: topic.max_compaction_lag.map_or(u64::MAX, ms),
        min_cleanable_dirty_ratio: topic.min_cleanable_dirty_ratio,
        flush_messages: topic.flush_messages.unwrap_or(u64::MAX),
        flush_ms: topic.flush_interval.map_or(u64::MAX, ms),
        durability: match topic.durability {
            configs::Durability::Flushed => weir_log::Durability::Flushed,
            configs::Durability::Replicated => weir_log::Durability::Replicated,
        },
        producer_id_expiration_ms: ms(broker.producer_id_expiration),
    }
}
