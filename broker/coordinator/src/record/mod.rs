//! The records of `__consumer_offsets`, in Kafka's formats (`group-coordinator/src/main/resources/common/message`, 4.3).
//!
//! A key starts with two bytes that name its type; a value with two bytes that name its version. Written versions are
//! those that Kafka 4.3 writes: offsets 4 (1 if they carry their own expiry), classic groups 3, all others 0. All older
//! versions are read. Types that belong to other kinds of groups, and types of the future, are [`Decoded::Other`].
//!
//! | type | key | value |
//! |---|---|---|
//! | 0, 1 | group, topic, partition | [`OffsetValue`] |
//! | 2 | group | [`ClassicGroupValue`] |
//! | 3 | group | [`GroupEpochValue`] |
//! | 4 | group | written before Kafka 4.1 only; a tombstone follows it |
//! | 5 | group, member | [`MemberValue`] |
//! | 6 | group | [`TargetEpochValue`] |
//! | 7 | group, member | [`Assignment`] |
//! | 8 | group, member | [`CurrentValue`] |
//! | 16 | group, pattern | [`RegexValue`] |

mod classic;
pub(crate) mod codec;
mod consumer;
mod offset;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use weir_model::{GroupId, TopicId};

use crate::api::{EncodedRecord, MemberId};
use codec::{Reader, Writer};

pub use classic::{ClassicGroupValue, ClassicMemberValue};
pub use consumer::{
    ClassicMetadata, CurrentValue, GroupEpochValue, MemberState, MemberValue, RegexValue, TargetEpochValue,
};
pub(crate) use offset::BorrowedOffset;
pub use offset::OffsetValue;

/// Partitions by topic.
pub type Assignment = BTreeMap<TopicId, BTreeSet<i32>>;

/// Partitions by topic, each with the epoch at which it was given to the member.
pub type EpochAssignment = BTreeMap<TopicId, BTreeMap<i32, i32>>;

/// Bytes that are no record of this topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end inside a field.
    #[error("the record ends inside a field")]
    Truncated,
    /// A length is negative or longer than its type allows.
    #[error("a length in the record is not valid")]
    Length,
    /// Null where a value must be.
    #[error("a field that must have a value is null")]
    Null,
    /// Text that is not UTF-8.
    #[error("text in the record is not UTF-8")]
    Utf8,
    /// A value of a version that a newer broker wrote.
    #[error("version {version} of record type {kind} is newer than this broker")]
    Version {
        /// The type.
        kind: i16,
        /// The version.
        version: i16,
    },
    /// A record without key.
    #[error("the record has no key")]
    NoKey,
}

/// A change of one cell of a shard's durable state: a key, and its new value or `None` for a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupRecord {
    /// A committed offset.
    Offset {
        /// The group.
        group: GroupId,
        /// The topic.
        topic: Arc<str>,
        /// The partition.
        partition: i32,
        /// The offset.
        value: Option<OffsetValue>,
    },
    /// A classic group.
    Classic {
        /// The group.
        group: GroupId,
        /// Its members and their assignment.
        value: Option<Arc<ClassicGroupValue>>,
    },
    /// The epoch of a consumer group.
    Epoch {
        /// The group.
        group: GroupId,
        /// Its epoch.
        value: Option<GroupEpochValue>,
    },
    /// What brokers before Kafka 4.1 wrote about the topics of a consumer group.
    PartitionMetadata {
        /// The group.
        group: GroupId,
        /// Whether there is such a record.
        present: bool,
    },
    /// A member of a consumer group.
    Member {
        /// The group.
        group: GroupId,
        /// The member.
        member: MemberId,
        /// What it said of itself.
        value: Option<Arc<MemberValue>>,
    },
    /// The epoch of the target assignment.
    TargetEpoch {
        /// The group.
        group: GroupId,
        /// The epoch.
        value: Option<TargetEpochValue>,
    },
    /// What a member shall own.
    Target {
        /// The group.
        group: GroupId,
        /// The member.
        member: MemberId,
        /// The partitions.
        value: Option<Arc<Assignment>>,
    },
    /// What a member owns.
    Current {
        /// The group.
        group: GroupId,
        /// The member.
        member: MemberId,
        /// The partitions, and how far it is.
        value: Option<Arc<CurrentValue>>,
    },
    /// What a pattern matched.
    Regex {
        /// The group.
        group: GroupId,
        /// The pattern.
        pattern: Arc<str>,
        /// The topics.
        value: Option<Arc<RegexValue>>,
    },
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// One of this machine's.
    Known(GroupRecord),
    /// A type that this machine has no use for: share groups, streams groups, the future.
    Other(i16),
}

/// The type in front of a key.
pub(crate) fn kind(key: &[u8]) -> Result<i16, DecodeError> {
    Reader::new(key).i16()
}

/// Reads a record.
///
/// # Errors
/// When the bytes are not a record, or a value is of a newer version.
pub fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Decoded, DecodeError> {
    let mut key = Reader::new(key);
    let kind = key.i16()?;
    if !matches!(kind, 0..=8 | 16) {
        return Ok(Decoded::Other(kind));
    }
    let group = GroupId::new(key.string()?);
    Ok(Decoded::Known(match kind {
        0 | 1 => GroupRecord::Offset {
            group,
            topic: key.string()?.into(),
            partition: key.i32()?,
            value: value.map(OffsetValue::decode).transpose()?,
        },
        2 => GroupRecord::Classic { group, value: shared(value, ClassicGroupValue::decode)? },
        3 => GroupRecord::Epoch { group, value: value.map(GroupEpochValue::decode).transpose()? },
        4 => GroupRecord::PartitionMetadata { group, present: value.is_some() },
        5 => GroupRecord::Member {
            group,
            member: MemberId::new(key.string()?),
            value: shared(value, MemberValue::decode)?,
        },
        6 => GroupRecord::TargetEpoch { group, value: value.map(TargetEpochValue::decode).transpose()? },
        7 => GroupRecord::Target {
            group,
            member: MemberId::new(key.string()?),
            value: shared(value, consumer::decode_target)?,
        },
        8 => GroupRecord::Current {
            group,
            member: MemberId::new(key.string()?),
            value: shared(value, CurrentValue::decode)?,
        },
        _ => GroupRecord::Regex {
            group,
            pattern: key.string()?.into(),
            value: shared(value, RegexValue::decode)?,
        },
    }))
}

fn shared<T>(
    value: Option<&[u8]>,
    decode: impl FnOnce(&[u8]) -> Result<T, DecodeError>,
) -> Result<Option<Arc<T>>, DecodeError> {
    Ok(value.map(decode).transpose()?.map(Arc::new))
}

/// The version in front of a value, which must not be above `version_max`.
fn value_version(reader: &mut Reader<'_>, kind: i16, version_max: i16) -> Result<i16, DecodeError> {
    let version = reader.i16()?;
    if (0..=version_max).contains(&version) {
        Ok(version)
    } else {
        Err(DecodeError::Version { kind, version })
    }
}

impl GroupRecord {
    /// The group that the record is about.
    pub fn group(&self) -> &GroupId {
        match self {
            Self::Offset { group, .. }
            | Self::Classic { group, .. }
            | Self::Epoch { group, .. }
            | Self::PartitionMetadata { group, .. }
            | Self::Member { group, .. }
            | Self::TargetEpoch { group, .. }
            | Self::Target { group, .. }
            | Self::Current { group, .. }
            | Self::Regex { group, .. } => group,
        }
    }

    /// The record as bytes.
    pub fn encode(&self) -> EncodedRecord {
        EncodedRecord { key: self.encode_key(), value: self.encode_value() }
    }

    fn encode_key(&self) -> Bytes {
        let mut key = Writer::default();
        let (kind, second) = match self {
            Self::Offset { topic, .. } => (1, Some(&**topic)),
            Self::Classic { .. } => (2, None),
            Self::Epoch { .. } => (3, None),
            Self::PartitionMetadata { .. } => (4, None),
            Self::Member { member, .. } => (5, Some(member.as_str())),
            Self::TargetEpoch { .. } => (6, None),
            Self::Target { member, .. } => (7, Some(member.as_str())),
            Self::Current { member, .. } => (8, Some(member.as_str())),
            Self::Regex { pattern, .. } => (16, Some(&**pattern)),
        };
        key.i16(kind);
        key.string(self.group().as_str());
        if let Some(second) = second {
            key.string(second);
        }
        if let Self::Offset { partition, .. } = self {
            key.i32(*partition);
        }
        key.finish()
    }

    fn encode_value(&self) -> Option<Bytes> {
        let mut writer = Writer::default();
        match self {
            Self::Offset { value, .. } => value.as_ref()?.encode(&mut writer),
            Self::Classic { value, .. } => value.as_ref()?.encode(&mut writer),
            Self::Epoch { value, .. } => value.as_ref()?.encode(&mut writer),
            // Only the tombstone is ever written; a present one can come back as the inverse of a replayed tombstone,
            // which never reaches a log.
            Self::PartitionMetadata { .. } => return None,
            Self::Member { value, .. } => value.as_ref()?.encode(&mut writer),
            Self::TargetEpoch { value, .. } => value.as_ref()?.encode(&mut writer),
            Self::Target { value, .. } => consumer::encode_target(value.as_ref()?, &mut writer),
            Self::Current { value, .. } => value.as_ref()?.encode(&mut writer),
            Self::Regex { value, .. } => value.as_ref()?.encode(&mut writer),
        }
        Some(writer.finish())
    }
}
