//! Partitions on disk: the defaults of topics, and the broker's own work on them.

use crate::configs::key::ConfigKey;
use crate::configs::key::Valid::{Any, AtLeast, Between, BetweenOrUnset, OneOf, Ratio, Subset};
use crate::configs::topic_keys::{CLEANUP, CODECS, DURABILITIES, SEGMENT_BYTES_MIN, TIMESTAMP_TYPES};

pub(super) const KEYS: &[ConfigKey] = &[
    ConfigKey::int(
        "compression.gzip.level",
        "-1",
        BetweenOrUnset(1, 9),
        "Default of compression.gzip.level of topics.",
    )
    .dynamic(),
    ConfigKey::int(
        "compression.lz4.level",
        "9",
        Between(1, 17),
        "Default of compression.lz4.level of topics.",
    )
    .dynamic(),
    ConfigKey::string(
        "compression.type",
        "producer",
        OneOf(CODECS),
        "Default of compression.type of topics.",
    )
    .dynamic(),
    ConfigKey::int(
        "compression.zstd.level",
        "3",
        Between(-131_072, 22),
        "Default of compression.zstd.level of topics.",
    )
    .dynamic(),
    ConfigKey::long(
        "log.cleaner.backoff.ms",
        "15000",
        AtLeast(0),
        "How long the compactor rests when nothing is to do.",
    )
    .dynamic(),
    ConfigKey::long(
        "log.cleaner.dedupe.buffer.size",
        "134217728",
        Any,
        "The memory that all compaction threads together may use for keys.",
    )
    .dynamic(),
    ConfigKey::long(
        "log.cleaner.delete.retention.ms",
        "86400000",
        AtLeast(0),
        "Default of delete.retention.ms of topics.",
    )
    .dynamic(),
    ConfigKey::double(
        "log.cleaner.io.max.bytes.per.second",
        "1.7976931348623157E308",
        Any,
        "The compactor reads and writes no faster than this.",
    )
    .dynamic(),
    ConfigKey::long(
        "log.cleaner.max.compaction.lag.ms",
        "9223372036854775807",
        AtLeast(1),
        "Default of max.compaction.lag.ms of topics.",
    )
    .dynamic(),
    ConfigKey::double(
        "log.cleaner.min.cleanable.ratio",
        "0.5",
        Ratio,
        "Default of min.cleanable.dirty.ratio of topics.",
    )
    .dynamic(),
    ConfigKey::long(
        "log.cleaner.min.compaction.lag.ms",
        "0",
        AtLeast(0),
        "Default of min.compaction.lag.ms of topics.",
    )
    .dynamic(),
    ConfigKey::int(
        "log.cleaner.threads",
        "1",
        AtLeast(0),
        "How many logs may be compacted at the same time.",
    )
    .dynamic(),
    ConfigKey::list("log.cleanup.policy", "delete", Subset(CLEANUP), "Default of cleanup.policy of topics.")
        .dynamic(),
    ConfigKey::list(
        "log.dir",
        "/tmp/kafka-logs",
        Any,
        "Stands in for log.dirs. Weir has one data directory.",
    ),
    ConfigKey::list("log.dirs", "", Any, "Where the data is. Weir has one data directory.").or_null(),
    ConfigKey::long(
        "log.flush.interval.messages",
        "9223372036854775807",
        AtLeast(1),
        "Default of flush.messages of topics.",
    )
    .dynamic(),
    ConfigKey::long(
        "log.flush.interval.ms",
        "",
        Any,
        "Default of flush.ms of topics; null is log.flush.scheduler.interval.ms.",
    )
    .or_null()
    .dynamic(),
    ConfigKey::long(
        "log.flush.scheduler.interval.ms",
        "9223372036854775807",
        Any,
        "Default of flush.ms of topics where log.flush.interval.ms is not set.",
    ),
    ConfigKey::int(
        "log.index.interval.bytes",
        "4096",
        AtLeast(0),
        "Default of index.interval.bytes of topics.",
    )
    .dynamic(),
    ConfigKey::int(
        "log.index.size.max.bytes",
        "10485760",
        AtLeast(4),
        "Default of segment.index.bytes of topics.",
    )
    .dynamic(),
    ConfigKey::long(
        "log.local.retention.bytes",
        "-2",
        AtLeast(-2),
        "For tiered storage; kept, without effect.",
    )
    .dynamic(),
    ConfigKey::long("log.local.retention.ms", "-2", AtLeast(-2), "For tiered storage; kept, without effect.")
        .dynamic(),
    ConfigKey::long(
        "log.message.timestamp.after.max.ms",
        "3600000",
        AtLeast(0),
        "Default of message.timestamp.after.max.ms of topics.",
    )
    .dynamic(),
    ConfigKey::long(
        "log.message.timestamp.before.max.ms",
        "9223372036854775807",
        AtLeast(0),
        "Default of message.timestamp.before.max.ms of topics.",
    )
    .dynamic(),
    ConfigKey::string(
        "log.message.timestamp.type",
        "CreateTime",
        OneOf(TIMESTAMP_TYPES),
        "Default of message.timestamp.type of topics.",
    )
    .dynamic(),
    ConfigKey::boolean("log.preallocate", "false", "Default of preallocate of topics; without effect.")
        .dynamic(),
    ConfigKey::long("log.retention.bytes", "-1", Any, "Default of retention.bytes of topics.").dynamic(),
    ConfigKey::long(
        "log.retention.check.interval.ms",
        "300000",
        AtLeast(1),
        "How often logs are looked through for segments that retention takes.",
    ),
    ConfigKey::int("log.retention.hours", "168", Any, "Default of retention.ms of topics, in hours."),
    ConfigKey::int(
        "log.retention.minutes",
        "",
        Any,
        "Default of retention.ms of topics, in minutes; null is log.retention.hours.",
    )
    .or_null(),
    ConfigKey::long(
        "log.retention.ms",
        "",
        Any,
        "Default of retention.ms of topics; null is log.retention.minutes.",
    )
    .or_null()
    .dynamic(),
    ConfigKey::int("log.roll.hours", "168", AtLeast(1), "Default of segment.ms of topics, in hours."),
    ConfigKey::int(
        "log.roll.jitter.hours",
        "0",
        AtLeast(0),
        "Default of segment.jitter.ms of topics, in hours.",
    ),
    ConfigKey::long(
        "log.roll.jitter.ms",
        "",
        Any,
        "Default of segment.jitter.ms of topics; null is log.roll.jitter.hours.",
    )
    .or_null()
    .dynamic(),
    ConfigKey::long("log.roll.ms", "", Any, "Default of segment.ms of topics; null is log.roll.hours.")
        .or_null()
        .dynamic(),
    ConfigKey::int(
        "log.segment.bytes",
        "1073741824",
        AtLeast(SEGMENT_BYTES_MIN),
        "Default of segment.bytes of topics.",
    )
    .dynamic(),
    ConfigKey::long(
        "log.segment.delete.delay.ms",
        "60000",
        AtLeast(0),
        "Default of file.delete.delay.ms of topics.",
    )
    .dynamic(),
    ConfigKey::int("message.max.bytes", "1048588", AtLeast(0), "Default of max.message.bytes of topics.")
        .dynamic(),
    ConfigKey::int(
        "num.recovery.threads.per.data.dir",
        "2",
        AtLeast(1),
        "How many logs are recovered at the same time at start.",
    )
    .dynamic(),
    ConfigKey::string(
        "weir.durability",
        "flushed",
        OneOf(DURABILITIES),
        "Default of weir.durability of topics.",
    )
    .dynamic(),
];
