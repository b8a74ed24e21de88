//! Newtypes for everything that Kafka numbers. Sentinels are named constants; arithmetic is only what makes sense.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($raw:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[repr(transparent)]
        pub struct $name(pub $raw);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl From<$raw> for $name {
            fn from(raw: $raw) -> Self {
                Self(raw)
            }
        }
    };
}

number! {
    /// A record's position in its partition, or the position after the last one.
    Offset(i64)
}
number! {
    /// The term of a partition's leader (KIP-101); rises by one or more each time a leader is chosen or restarts.
    LeaderEpoch(i32)
}
number! {
    /// The version of a partition's committed state.
    PartitionEpoch(i32)
}
number! {
    /// A broker's number, `node.id` in Kafka's configuration.
    BrokerId(i32)
}
number! {
    /// A partition's number within its topic, from 0.
    PartitionIndex(i32)
}
number! {
    /// The number of an idempotent or transactional producer (KIP-98).
    ProducerId(i64)
}
number! {
    /// The incarnation of a producer id; a higher one fences the lower.
    ProducerEpoch(i16)
}
number! {
    /// The generation of a classic group, or the epoch of a member of a KIP-848 group.
    Generation(i32)
}

impl Offset {
    /// The first offset of a partition that has lost nothing.
    pub const ZERO: Self = Self(0);
    /// "No offset": Kafka's -1.
    pub const UNKNOWN: Self = Self(-1);

    /// The offset `count` records further on.
    #[must_use]
    pub const fn plus(self, count: i64) -> Self {
        Self(self.0 + count)
    }
}

impl LeaderEpoch {
    /// "No epoch": Kafka's -1.
    pub const UNKNOWN: Self = Self(-1);
}

impl BrokerId {
    /// "No broker": Kafka's -1.
    pub const NONE: Self = Self(-1);
}

impl ProducerId {
    /// "Not idempotent": Kafka's -1.
    pub const NONE: Self = Self(-1);
}

impl ProducerEpoch {
    /// "Not idempotent": Kafka's -1.
    pub const NONE: Self = Self(-1);
}

/// The name of a consumer group, or of any other group of clients.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(std::sync::Arc<str>);

impl GroupId {
    /// Takes any string, the empty one too: whether an empty name is allowed depends on the request.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for GroupId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GroupId({})", self.0)
    }
}

/// Sixteen bytes, shown as Kafka shows them: URL-safe base64 without padding, 22 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uuid(pub [u8; 16]);

/// A directory's identity, `directory.id` of KIP-858.
pub type DirectoryId = Uuid;

impl Uuid {
    /// "No id": all zeroes.
    pub const ZERO: Self = Self([0; 16]);

    /// A version 4 UUID from 16 random bytes.
    #[must_use]
    pub const fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uuid({self})")
    }
}

/// The text is not 22 characters of URL-safe base64.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of 22 base64 characters: '{0}'")]
pub struct UuidParseError(String);

impl FromStr for Uuid {
    type Err = UuidParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || UuidParseError(text.chars().take(64).collect());
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
        Ok(Self(bytes.try_into().map_err(|_| refused())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_reads_back_what_it_shows() {
        let uuid = Uuid::from_random([7; 16]);
        assert_eq!(uuid.to_string().len(), 22);
        assert_eq!(uuid.to_string().parse(), Ok(uuid));
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert!("AAAA".parse::<Uuid>().is_err());
        assert!("not base64 at all".parse::<Uuid>().is_err());
    }
}
