//! Consumer groups and their offsets.

use crate::configs::key::ConfigKey;
use crate::configs::key::Valid::{Any, AtLeast, OneOfIgnoringCase, Subset};

const MIGRATIONS: &[&str] = &["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"];
const ASSIGNORS: &[&str] = &["uniform", "range"];
const PROTOCOLS: &[&str] = &["classic", "consumer"];

pub(super) const KEYS: &[ConfigKey] = &[
    ConfigKey::int(
        "group.consumer.assignment.interval.ms",
        "1000",
        AtLeast(0),
        "Two assignments of one group of the consumer protocol are at least this far apart.",
    )
    .dynamic(),
    ConfigKey::list(
        "group.consumer.assignors",
        "uniform,range",
        Subset(ASSIGNORS),
        "The assignors of the consumer protocol that the broker offers; the first is the default.",
    ),
    ConfigKey::int(
        "group.consumer.heartbeat.interval.ms",
        "5000",
        AtLeast(1),
        "How often members of the consumer protocol are told to send heartbeats.",
    ),
    ConfigKey::int(
        "group.consumer.max.heartbeat.interval.ms",
        "15000",
        AtLeast(1),
        "The longest heartbeat interval that a group may set for itself.",
    ),
    ConfigKey::int(
        "group.consumer.max.session.timeout.ms",
        "60000",
        AtLeast(1),
        "The longest session timeout that a group of the consumer protocol may set for itself.",
    ),
    ConfigKey::int(
        "group.consumer.max.size",
        "2147483647",
        AtLeast(1),
        "How many members a group of the consumer protocol may have.",
    ),
    ConfigKey::string(
        "group.consumer.migration.policy",
        "bidirectional",
        OneOfIgnoringCase(MIGRATIONS),
        "Which groups may change protocol while they run: classic to consumer (upgrade), back (downgrade), both or none.",
    ),
    ConfigKey::int(
        "group.consumer.min.heartbeat.interval.ms",
        "5000",
        AtLeast(1),
        "The shortest heartbeat interval that a group may set for itself.",
    ),
    ConfigKey::int(
        "group.consumer.min.session.timeout.ms",
        "45000",
        AtLeast(1),
        "The shortest session timeout that a group of the consumer protocol may set for itself.",
    ),
    ConfigKey::int(
        "group.consumer.session.timeout.ms",
        "45000",
        AtLeast(1),
        "A member of the consumer protocol that is silent for this long is removed.",
    ),
    ConfigKey::list(
        "group.coordinator.rebalance.protocols",
        "classic,consumer",
        Subset(PROTOCOLS),
        "The group protocols that the broker serves. Kafka's default also names streams, which Weir does not serve yet.",
    ),
    ConfigKey::int(
        "group.initial.rebalance.delay.ms",
        "3000",
        Any,
        "How long the first rebalance of an empty classic group waits for more members.",
    ),
    ConfigKey::int(
        "group.max.session.timeout.ms",
        "1800000",
        Any,
        "The longest session timeout that a member of a classic group may ask for.",
    ),
    ConfigKey::int("group.max.size", "2147483647", AtLeast(1), "How many members a classic group may have."),
    ConfigKey::int(
        "group.min.session.timeout.ms",
        "6000",
        Any,
        "The shortest session timeout that a member of a classic group may ask for.",
    ),
    ConfigKey::int(
        "offset.metadata.max.bytes",
        "4096",
        Any,
        "The longest text that a client may store beside a committed offset.",
    ),
    ConfigKey::int(
        "offsets.commit.timeout.ms",
        "5000",
        AtLeast(1),
        "How long an offset commit waits for its record to be committed.",
    ),
    ConfigKey::long(
        "offsets.retention.check.interval.ms",
        "600000",
        AtLeast(1),
        "How often expired offsets are looked for.",
    ),
    ConfigKey::int(
        "offsets.retention.minutes",
        "10080",
        AtLeast(1),
        "Offsets of a group that has been empty for this long are removed.",
    ),
    ConfigKey::int(
        "offsets.topic.num.partitions",
        "50",
        AtLeast(1),
        "How many partitions __consumer_offsets is created with. It must not change afterwards.",
    ),
    ConfigKey::short(
        "offsets.topic.replication.factor",
        "3",
        AtLeast(1),
        "How many copies __consumer_offsets is created with; capped by the number of brokers.",
    ),
    ConfigKey::int(
        "offsets.topic.segment.bytes",
        "104857600",
        AtLeast(1),
        "The segment size of __consumer_offsets; small, so that compaction and loading are quick.",
    ),
    ConfigKey::long(
        "weir.group.memory.max.bytes",
        "268435456",
        AtLeast(0),
        "What members of all groups of a broker may say of themselves, together: ids, subscriptions, assignments. Who would \
         go beyond it is refused with GROUP_MAX_SIZE_REACHED. An ordinary member takes about 4 KiB.",
    )
    .dynamic(),
];
