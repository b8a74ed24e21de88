//! The vocabulary that every layer of the broker shares: ids, offsets, epochs, error codes, names, limits.
//!
//! Nothing here does input or output, reads a clock or allocates without a bound. A value of one of these
//! types has been checked; code above never checks it again.

mod bytesize;
mod causes;
mod error_code;
mod ids;
pub mod limits;
mod time;
mod topic;

pub use bytesize::HumanBytes;
pub use causes::with_causes;
pub use error_code::ErrorCode;
pub use ids::{
    BrokerId, DirectoryId, Generation, GroupId, LeaderEpoch, Offset, PartitionEpoch, PartitionIndex,
    ProducerEpoch, ProducerId, Uuid, UuidParseError,
};
pub use time::{Durations, TimestampMs};
pub use topic::{INTERNAL_TOPICS, OFFSETS_TOPIC, TopicId, TopicName, TopicNameError, TopicPartition};
