//! Topic names and ids.

use std::fmt;
use std::sync::Arc;

use crate::{PartitionIndex, Uuid};

/// A topic's identity (KIP-516): a name that is deleted and created again gets a new one.
pub type TopicId = Uuid;

/// Where groups keep their offsets.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// Topics that the cluster itself owns; clients may read them.
pub const INTERNAL_TOPICS: [&str; 2] = [OFFSETS_TOPIC, "__transaction_state"];

/// A legal topic name: 1 to 249 of `[a-zA-Z0-9._-]`, neither `.` nor `..` (Kafka's `Topic.validate`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(Arc<str>);

/// Why a topic name is refused; the text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicNameError {
    /// The name has no character.
    #[error("the topic name is empty")]
    Empty,
    /// `.` and `..` would be directories.
    #[error("a topic can't be named '.' or '..'")]
    Dots,
    /// The name does not fit a directory name with its partition number.
    #[error("the topic name has {0} characters, more than {max}", max = TopicName::CHARS_MAX)]
    TooLong(usize),
    /// A character outside the allowed set.
    #[error("the topic name '{0}' has a character other than ASCII letters, digits, '.', '_' and '-'")]
    IllegalCharacter(String),
}

impl TopicName {
    /// 255 bytes of a directory name, less `-` and five digits of a partition number.
    pub const CHARS_MAX: usize = 249;

    /// Checks a name.
    ///
    /// # Errors
    /// When the name breaks one of Kafka's rules.
    pub fn new(name: &str) -> Result<Self, TopicNameError> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        match name {
            "" => Err(TopicNameError::Empty),
            "." | ".." => Err(TopicNameError::Dots),
            _ if name.chars().count() > Self::CHARS_MAX => Err(TopicNameError::TooLong(name.chars().count())),
            _ if !name.chars().all(legal) => Err(TopicNameError::IllegalCharacter(name.into())),
            _ => Ok(Self(name.into())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the cluster owns this topic.
    pub fn is_internal(&self) -> bool {
        INTERNAL_TOPICS.contains(&self.as_str())
    }

    /// What two names must not share: metric names take `.` and `_` for the same character.
    pub fn collision_key(&self) -> String {
        self.0.replace('.', "_")
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TopicName({})", self.0)
    }
}

/// A partition by its topic's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TopicPartition {
    /// The topic.
    pub topic: TopicName,
    /// The partition within it.
    pub partition: PartitionIndex,
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_kafkas_rules() {
        for legal in ["a", "orders", "a.b_c-9", "__consumer_offsets", "...", &"x".repeat(249)] {
            assert!(TopicName::new(legal).is_ok(), "{legal}");
        }
        for illegal in ["", ".", "..", "a b", "a/b", "ü", "a\0", &"x".repeat(250)] {
            assert!(TopicName::new(illegal).is_err(), "{illegal:?}");
        }
    }

    #[test]
    fn dots_and_underscores_collide() {
        let key = |name| TopicName::new(name).map(|name| name.collision_key());
        assert_eq!(key("a.b"), key("a_b"));
    }
}
