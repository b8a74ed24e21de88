//! Group coordinators as pure machines over a log.
//!
//! A [`GroupShard`] holds all groups of one partition of `__consumer_offsets`: the classic protocol, the consumer
//! protocol (KIP-848), committed offsets. Requests and deadlines go in, [`Effect`]s come out: records to append, and
//! answers. Behaviour and record formats are those of Kafka 4.3's group coordinator.
//!
//! Invariants:
//! - Durable state changes only by applying records, one cell per record key, each change with its inverse
//!   ([`state`]). A shard that replays its own log is in the same durable state as the one that wrote it.
//! - An answer leaves only when everything that it shows is committed ([`shard`]).
//! - Soft state (who waits for whom, deadlines) is apart; clients rebuild it.
//! - In a consumer group a partition has one owner at most; it must be given up before another member gets it.
//!
//! There is no clock, randomness, task, file or socket here: they come in as arguments.

mod admin;
mod api;
mod assignor;
mod classic;
mod config;
mod consumer;
mod consumer_protocol;
mod expiry;
mod load;
mod memory;
mod offsets;
mod parts;
pub mod record;
mod shard;
mod state;
mod timers;
mod topics;

pub use api::*;
pub use assignor::is_known as is_known_assignor;
pub use config::{
    ConsumerTimes, GROUP_MEMBERS_MAX, GROUP_MEMORY_BYTES, GROUP_PATTERNS_MAX, GroupConfig, MigrationPolicy,
    PENDING_MEMBERS_MAX, REGEX_BYTES_MAX,
};
pub use load::{LoadError, LoadProgress};
pub use memory::GroupMemory;
pub use shard::GroupShard;
pub use topics::{FixedTopics, TopicInfo, TopicsView};

/// The partition of `__consumer_offsets` that holds a group: the absolute value of Java's `String.hashCode` (0 for the least
/// one, which has none), modulo the number of partitions.
pub fn partition_for(group: &str, partition_count: i32) -> i32 {
    let hash =
        group.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    hash.checked_abs().unwrap_or(0) % partition_count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_go_where_java_puts_them() {
        // Their hash codes as the JVM gives them.
        assert_eq!(partition_for("", 50), 0);
        assert_eq!(partition_for("a", 50), 97 % 50);
        assert_eq!(partition_for("polygenelubricants", 50), 0);
        assert_eq!(partition_for("group", 50), 98_629_247 % 50);
        assert_eq!(partition_for("my-group", 50), 1_906_497_762 % 50, "its hash is negative");
    }
}
