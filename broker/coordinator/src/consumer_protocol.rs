//! The consumer protocol that classic members embed in their metadata and assignments (`ConsumerProtocolSubscription`
//! and `ConsumerProtocolAssignment` of kafka-clients, versions 0 to 3): read to know what a group subscribes to, read
//! and written when a group changes its protocol.
//!
//! | | fields after the version i16 |
//! |---|---|
//! | subscription | topics [string] · user data nullable bytes · from 1: owned [topic, partitions i32] · from 2: generation i32 · from 3: rack nullable string |
//! | assignment | partitions [topic, partitions i32] · user data nullable bytes |

use std::sync::Arc;

use bytes::Bytes;

use crate::record::DecodeError;
use crate::record::codec::{Reader, Writer, owned};

/// The protocol type of consumers.
pub(crate) const PROTOCOL_TYPE: &str = "consumer";

/// The newest version that is known; newer ones begin with the same fields.
const VERSION_MAX: i16 = 3;

/// The topics of one subscription. One with more is as good as unreadable: read, a name takes many times its bytes.
const SUBSCRIBED_TOPICS_MAX: usize = 65_536;

/// Partitions by the topic's name.
pub(crate) type NamedPartitions = Vec<(Arc<str>, Vec<i32>)>;

/// What a classic consumer says when it joins.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Subscription {
    pub(crate) version: i16,
    pub(crate) topics: Vec<Arc<str>>,
    pub(crate) owned: NamedPartitions,
    pub(crate) rack: Option<Arc<str>>,
}

fn read_partitions(reader: &mut Reader<'_>) -> Result<NamedPartitions, DecodeError> {
    reader.array_of(|reader| Ok((reader.string()?.into(), reader.array_of(Reader::i32)?)))
}

fn read_nullable_bytes<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    match reader.i32()? {
        -1 => Ok(&[]),
        length => reader.take(usize::try_from(length).map_err(|_| DecodeError::Length)?),
    }
}

impl Subscription {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.i16()?;
        if version < 0 {
            return Err(DecodeError::Length);
        }
        let topics = reader.array_up_to(SUBSCRIBED_TOPICS_MAX, |reader| Ok(Arc::from(reader.string()?)))?;
        let _user_data = read_nullable_bytes(&mut reader)?;
        let owned_partitions = if version >= 1 { read_partitions(&mut reader)? } else { Vec::new() };
        if version >= 2 {
            let _generation = reader.i32()?;
        }
        let rack = if version >= 3 { owned(reader.nullable_string()?) } else { None };
        Ok(Self { version: version.min(VERSION_MAX), topics, owned: owned_partitions, rack })
    }
}

/// What the leader of classic consumers gave a member.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct ClassicAssignment {
    pub(crate) partitions: NamedPartitions,
    pub(crate) has_user_data: bool,
}

impl ClassicAssignment {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        if reader.i16()? < 0 {
            return Err(DecodeError::Length);
        }
        let partitions = read_partitions(&mut reader)?;
        let has_user_data = !read_nullable_bytes(&mut reader)?.is_empty();
        Ok(Self { partitions, has_user_data })
    }

    pub(crate) fn encode(partitions: &NamedPartitions, version: i16) -> Bytes {
        let mut writer = Writer::default();
        writer.i16(version);
        writer.array_of(partitions.iter(), |writer, (topic, partitions)| {
            writer.string(topic);
            writer.array_of(partitions.iter(), |writer, partition| writer.i32(*partition));
        });
        writer.i32(-1);
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription_to(count: usize) -> Bytes {
        let mut writer = Writer::default();
        writer.i16(0);
        writer.array_of(vec!["t"; count].into_iter(), Writer::string);
        writer.i32(-1);
        writer.finish()
    }

    #[test]
    fn a_subscription_to_too_many_topics_is_not_read() {
        let read = |count| Subscription::decode(&subscription_to(count)).map(|read| read.topics.len());
        assert_eq!(read(SUBSCRIBED_TOPICS_MAX), Ok(SUBSCRIBED_TOPICS_MAX));
        assert_eq!(read(SUBSCRIBED_TOPICS_MAX + 1), Err(DecodeError::Length));
    }
}
