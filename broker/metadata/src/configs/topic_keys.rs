//! The topic configs: all of Kafka 4.3, and Weir's own `weir.durability`.

use super::key::Valid::{Any, AtLeast, Between, BetweenOrUnset, OneOf, Ratio, Subset, ThrottledReplicas};
use super::key::{ConfigKey, TopicKey};

const HOUR_MS: i64 = 60 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;

pub(super) const CODECS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
pub(super) const CLEANUP: &[&str] = &["compact", "delete"];
pub(super) const TIMESTAMP_TYPES: &[&str] = &["CreateTime", "LogAppendTime"];
pub(super) const DURABILITIES: &[&str] = &["flushed", "replicated"];

/// The smallest segment that may be configured, as in Kafka since 4.0.
pub const SEGMENT_BYTES_MIN: i64 = 1024 * 1024;

/// Sorted by name.
pub(super) const TOPIC_KEYS: &[TopicKey] = &[
    TopicKey::with(
        ConfigKey::list(
            "cleanup.policy",
            "delete",
            Subset(CLEANUP),
            "What happens to old records: 'delete' drops whole segments by age and size, 'compact' keeps the last record \
             of each key; both may be named. An empty list keeps everything.",
        ),
        &[("log.cleanup.policy", 1)],
    ),
    TopicKey::with(
        ConfigKey::int(
            "compression.gzip.level",
            "-1",
            BetweenOrUnset(1, 9),
            "How hard gzip tries when the broker compresses; -1 is gzip's own default.",
        ),
        &[("compression.gzip.level", 1)],
    ),
    TopicKey::with(
        ConfigKey::int(
            "compression.lz4.level",
            "9",
            Between(1, 17),
            "How hard lz4 tries when the broker compresses.",
        ),
        &[("compression.lz4.level", 1)],
    ),
    TopicKey::with(
        ConfigKey::string(
            "compression.type",
            "producer",
            OneOf(CODECS),
            "How batches are stored: as the producer sent them ('producer'), or recompressed with this codec.",
        ),
        &[("compression.type", 1)],
    ),
    TopicKey::with(
        ConfigKey::int(
            "compression.zstd.level",
            "3",
            Between(-131_072, 22),
            "How hard zstd tries when the broker compresses.",
        ),
        &[("compression.zstd.level", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "delete.retention.ms",
            "86400000",
            AtLeast(0),
            "How long a compacted topic keeps tombstones, so that a reader from the start still sees the deletion.",
        ),
        &[("log.cleaner.delete.retention.ms", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "file.delete.delay.ms",
            "60000",
            AtLeast(0),
            "How long a file that is no longer part of the log stays on disk before it is removed.",
        ),
        &[("log.segment.delete.delay.ms", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "flush.messages",
            "9223372036854775807",
            AtLeast(1),
            "Flush after this many records even if nobody waits for it. With weir.durability=flushed every acknowledged \
             record is on disk already.",
        ),
        &[("log.flush.interval.messages", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "flush.ms",
            "9223372036854775807",
            AtLeast(0),
            "Flush at least this often even if nobody waits for it. With weir.durability=flushed every acknowledged \
             record is on disk already.",
        ),
        &[("log.flush.interval.ms", 1), ("log.flush.scheduler.interval.ms", 1)],
    ),
    TopicKey::with(
        ConfigKey::list(
            "follower.replication.throttled.replicas",
            "",
            ThrottledReplicas,
            "Replicas whose catching up is throttled on the follower's side: pairs partition:broker, or '*'. Without \
             effect as long as the cluster has one broker.",
        ),
        &[],
    ),
    TopicKey::with(
        ConfigKey::int(
            "index.interval.bytes",
            "4096",
            AtLeast(0),
            "An index entry is written each time this many bytes were appended.",
        ),
        &[("log.index.interval.bytes", 1)],
    ),
    TopicKey::with(
        ConfigKey::list(
            "leader.replication.throttled.replicas",
            "",
            ThrottledReplicas,
            "Replicas whose catching up is throttled on the leader's side: pairs partition:broker, or '*'. Without effect \
             as long as the cluster has one broker.",
        ),
        &[],
    ),
    TopicKey::with(
        ConfigKey::long(
            "local.retention.bytes",
            "-2",
            AtLeast(-2),
            "For tiered storage, which Weir does not have; -2 means retention.bytes. Kept, without effect.",
        ),
        &[("log.local.retention.bytes", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "local.retention.ms",
            "-2",
            AtLeast(-2),
            "For tiered storage, which Weir does not have; -2 means retention.ms. Kept, without effect.",
        ),
        &[("log.local.retention.ms", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "max.compaction.lag.ms",
            "9223372036854775807",
            AtLeast(1),
            "A record of a compacted topic is compacted at the latest after this time.",
        ),
        &[("log.cleaner.max.compaction.lag.ms", 1)],
    ),
    TopicKey::with(
        ConfigKey::int(
            "max.message.bytes",
            "1048588",
            AtLeast(0),
            "The largest record batch that the topic takes, as it arrives, in bytes.",
        ),
        &[("message.max.bytes", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "message.timestamp.after.max.ms",
            "3600000",
            AtLeast(0),
            "How far a record's timestamp may lie in the broker's future. Ignored with LogAppendTime.",
        ),
        &[("log.message.timestamp.after.max.ms", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "message.timestamp.before.max.ms",
            "9223372036854775807",
            AtLeast(0),
            "How far a record's timestamp may lie in the broker's past. Ignored with LogAppendTime.",
        ),
        &[("log.message.timestamp.before.max.ms", 1)],
    ),
    TopicKey::with(
        ConfigKey::string(
            "message.timestamp.type",
            "CreateTime",
            OneOf(TIMESTAMP_TYPES),
            "Whether a record carries the producer's time or the time at which the broker appended it.",
        ),
        &[("log.message.timestamp.type", 1)],
    ),
    TopicKey::with(
        ConfigKey::double(
            "min.cleanable.dirty.ratio",
            "0.5",
            Ratio,
            "A log is compacted once this share of it was never compacted.",
        ),
        &[("log.cleaner.min.cleanable.ratio", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "min.compaction.lag.ms",
            "0",
            AtLeast(0),
            "A record of a compacted topic stays as it is at least this long.",
        ),
        &[("log.cleaner.min.compaction.lag.ms", 1)],
    ),
    TopicKey::with(
        ConfigKey::int(
            "min.insync.replicas",
            "1",
            AtLeast(1),
            "With acks=all a write is refused while fewer replicas than this are in sync.",
        ),
        &[("min.insync.replicas", 1)],
    ),
    TopicKey::with(
        ConfigKey::boolean(
            "preallocate",
            "false",
            "Whether a new segment takes its room on disk at once. Kept, without effect: Weir decides by itself.",
        ),
        &[("log.preallocate", 1)],
    ),
    TopicKey::with(
        ConfigKey::boolean(
            "remote.log.copy.disable",
            "false",
            "For tiered storage, which Weir does not have; kept, without effect.",
        ),
        &[],
    ),
    TopicKey::with(
        ConfigKey::boolean(
            "remote.log.delete.on.disable",
            "false",
            "For tiered storage, which Weir does not have; kept, without effect.",
        ),
        &[],
    ),
    TopicKey::with(
        ConfigKey::boolean(
            "remote.storage.enable",
            "false",
            "For tiered storage, which Weir does not have; only 'false' is taken.",
        ),
        &[],
    ),
    TopicKey::with(
        ConfigKey::long(
            "retention.bytes",
            "-1",
            Any,
            "Old segments of a partition go once it is larger than this; -1 is no limit. Needs 'delete' in \
             cleanup.policy.",
        ),
        &[("log.retention.bytes", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "retention.ms",
            "604800000",
            AtLeast(-1),
            "Segments older than this go; -1 is no limit. Needs 'delete' in cleanup.policy.",
        ),
        &[("log.retention.ms", 1), ("log.retention.minutes", MINUTE_MS), ("log.retention.hours", HOUR_MS)],
    ),
    TopicKey::with(
        ConfigKey::int(
            "segment.bytes",
            "1073741824",
            AtLeast(SEGMENT_BYTES_MIN),
            "A new segment is begun when the current one would grow above this size.",
        ),
        &[("log.segment.bytes", 1)],
    ),
    TopicKey::with(
        ConfigKey::int(
            "segment.index.bytes",
            "10485760",
            AtLeast(4),
            "The largest index of a segment; a full index begins a new segment.",
        ),
        &[("log.index.size.max.bytes", 1)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "segment.jitter.ms",
            "0",
            AtLeast(0),
            "Up to this much, by chance, is taken off segment.ms, so that not all segments roll at once.",
        ),
        &[("log.roll.jitter.ms", 1), ("log.roll.jitter.hours", HOUR_MS)],
    ),
    TopicKey::with(
        ConfigKey::long(
            "segment.ms",
            "604800000",
            AtLeast(1),
            "A new segment is begun at the latest after this time, so that retention can take the old one.",
        ),
        &[("log.roll.ms", 1), ("log.roll.hours", HOUR_MS)],
    ),
    TopicKey::with(
        ConfigKey::boolean(
            "unclean.leader.election.enable",
            "false",
            "Whether a replica that is not in sync may lead when nobody else can, at the price of lost records.",
        ),
        &[("unclean.leader.election.enable", 1)],
    ),
    TopicKey::with(
        ConfigKey::string(
            "weir.durability",
            "flushed",
            OneOf(DURABILITIES),
            "When a record counts as stored: 'flushed' once it is on disk on every replica that was asked, 'replicated' \
             once it is in their page caches, as in Kafka.",
        ),
        &[("weir.durability", 1)],
    ),
];
