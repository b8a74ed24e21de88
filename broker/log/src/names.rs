//! The names of directories and files below a data directory; Kafka's, so that its tools find their way.

use weir_model::{PartitionIndex, TopicName, TopicPartition, Uuid};

/// Batches.
pub(crate) const LOG: &str = "log";
/// The offset index.
pub(crate) const INDEX: &str = "index";
/// The time index.
pub(crate) const TIME_INDEX: &str = "timeindex";
/// Producer state before an offset.
pub(crate) const SNAPSHOT: &str = "snapshot";
/// Ending of a file that only waits to be removed.
pub(crate) const DELETED: &str = "deleted";
/// Ending of a compacted segment that is being written.
pub(crate) const CLEANED: &str = "cleaned";
/// Ending of a compacted segment that is complete and about to replace others.
pub(crate) const SWAP: &str = "swap";
/// Ending of a file that is about to replace another.
pub(crate) const TEMPORARY: &str = "tmp";

/// In a partition's directory: leader epochs and where they start.
pub(crate) const EPOCHS: &str = "leader-epoch-checkpoint";
/// In a partition's directory: the topic id.
pub(crate) const METADATA: &str = "partition.metadata";
/// In a partition's directory: the log start offset, once records were removed.
pub(crate) const LOG_START: &str = "log-start-offset";
/// In a partition's directory: how far it is compacted.
pub(crate) const CLEANER: &str = "cleaner-offset";
/// In a partition's directory: a flush failed in an earlier life of the broker.
pub(crate) const FLUSH_FAILED: &str = "flush-failed";

/// In the data directory: where recovery may start, by partition.
pub(crate) const RECOVERY_POINTS: &str = "recovery-points";
/// In the data directory: the last process ended in order.
pub(crate) const CLEAN_SHUTDOWN: &str = "clean-shutdown";
/// In the data directory: held locked by the process that uses it.
pub(crate) const LOCK: &str = ".lock";

/// Longest name of a directory entry.
const NAME_BYTES_MAX: usize = 255;

/// `00000000000000000042.log`.
pub(crate) fn segment_file(base: i64, extension: &str) -> String {
    format!("{base:020}.{extension}")
}

/// Base offset and extension of a name that [`segment_file`] made.
pub(crate) fn parse_segment_file(name: &str) -> Option<(i64, &str)> {
    let (digits, extension) = name.split_at_checked(20)?;
    let extension = extension.strip_prefix('.')?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    Some((digits.parse().ok()?, extension))
}

/// `00000000000000000000-00000000000000001234.swap`: what replaces the segments with base offsets `from..to`.
pub(crate) fn swap_file(from: i64, to: i64, extension: &str) -> String {
    format!("{from:020}-{to:020}.{extension}")
}

/// What is written to replace the segments with base offsets `from..to`: `…-….cleaned` is the log, `…-….index.cleaned` an
/// index.
pub(crate) fn cleaned_file(from: i64, to: i64, extension: &str) -> String {
    if extension == LOG {
        return swap_file(from, to, CLEANED);
    }
    swap_file(from, to, &format!("{extension}.{CLEANED}"))
}

/// The range of a name that [`swap_file`] made with this extension.
pub(crate) fn parse_swap_file(name: &str, extension: &str) -> Option<(i64, i64)> {
    let (from, to) = name.strip_suffix(extension)?.strip_suffix('.')?.split_once('-')?;
    let number = |digits: &str| (digits.len() == 20).then(|| digits.parse().ok()).flatten();
    Some((number(from)?, number(to)?))
}

/// The partition of a directory name such as `orders-3`; `None` for anything else.
pub(crate) fn parse_partition_dir(name: &str) -> Option<TopicPartition> {
    let (topic, partition) = name.rsplit_once('-')?;
    if partition.is_empty() || (partition.len() > 1 && partition.starts_with('0')) {
        return None;
    }
    if !partition.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let partition = PartitionIndex(partition.parse().ok()?);
    Some(TopicPartition { topic: TopicName::new(topic).ok()?, partition })
}

/// The name that a partition's directory gets while it waits to be removed, or is put aside.
pub(crate) fn set_aside_dir(partition: &TopicPartition, unique: Uuid, why: &str) -> String {
    let hex: String = unique.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let tail = format!(".{hex}-{why}");
    let mut name = partition.to_string();
    name.truncate(NAME_BYTES_MAX - tail.len());
    name + &tail
}

/// Whether [`set_aside_dir`] made the name for a deleted partition.
pub(crate) fn is_deleted_dir(name: &str) -> bool {
    name.ends_with("-delete") && name.contains('.')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_read_back() {
        assert_eq!(parse_segment_file(&segment_file(42, LOG)), Some((42, "log")));
        assert_eq!(parse_segment_file("00000000000000000042.log.deleted"), Some((42, "log.deleted")));
        for other in ["42.log", "0000000000000000004x.log", "leader-epoch-checkpoint", "00000000000000000042"]
        {
            assert_eq!(parse_segment_file(other), None, "{other}");
        }
        assert_eq!(parse_swap_file(&swap_file(3, 77, SWAP), SWAP), Some((3, 77)));
        for other in [cleaned_file(3, 77, LOG), cleaned_file(3, 77, INDEX)] {
            assert!(other.ends_with(".cleaned") && parse_swap_file(&other, SWAP).is_none(), "{other}");
            assert_eq!(parse_segment_file(&other), None);
        }
    }

    #[test]
    fn a_directory_names_one_partition() {
        let partition = parse_partition_dir("a-b-10").unwrap();
        assert_eq!((partition.topic.as_str(), partition.partition.0), ("a-b", 10));
        assert_eq!(partition.to_string(), "a-b-10");
        for other in ["a", "a-", "a-01", "a-x", "-1", "a-99999999999", "a.0123-delete"] {
            assert_eq!(parse_partition_dir(other), None, "{other}");
        }
    }

    #[test]
    fn a_directory_set_aside_keeps_within_a_name() {
        let partition = parse_partition_dir(&format!("{}-12345", "x".repeat(249))).unwrap();
        let name = set_aside_dir(&partition, Uuid::from_random([9; 16]), "delete");
        assert!(
            name.len() <= NAME_BYTES_MAX && is_deleted_dir(&name) && parse_partition_dir(&name).is_none()
        );
    }
}
