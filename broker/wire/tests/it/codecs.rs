//! Every message as a row of functions, so that a test can walk over all of them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages as theirs;
use kafka_protocol::protocol::{Decodable, Encodable, Message as TheirMessage};
use weir_wire::messages as ours;
use weir_wire::{ApiKey, DecodeError, Message, for_each_api};

/// Which way a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    Request,
    Response,
}

/// A message type and what can be done with it.
#[derive(Debug, Clone)]
pub(crate) struct Codec {
    pub(crate) name: &'static str,
    pub(crate) key: ApiKey,
    pub(crate) direction: Direction,
    pub(crate) versions: RangeInclusive<i16>,
    /// The versions that the other implementation has.
    pub(crate) their_versions: RangeInclusive<i16>,
    /// Reads and writes again; panics when what was read can't be written, or reads back as something else.
    pub(crate) again: fn(Bytes, i16) -> Result<Bytes, DecodeError>,
    /// Reads and drops what was read.
    pub(crate) read: fn(Bytes, i16) -> Result<(), DecodeError>,
    /// The message without anything set.
    pub(crate) default: fn(i16) -> Bytes,
    /// Reads and writes by the other implementation.
    pub(crate) theirs_again: fn(Bytes, i16) -> Bytes,
}

fn again<M: Message>(body: Bytes, version: i16) -> Result<Bytes, DecodeError> {
    let message = M::from_bytes(body, version)?;
    let written = message.to_bytes(version).unwrap();
    assert_eq!(M::from_bytes(written.clone(), version).as_ref(), Ok(&message));
    Ok(written)
}

fn read<M: Message>(body: Bytes, version: i16) -> Result<(), DecodeError> {
    M::from_bytes(body, version).map(drop)
}

fn default<M: Message>(version: i16) -> Bytes {
    M::default().to_bytes(version).unwrap()
}

fn theirs_again<T: Decodable + Encodable + TheirMessage>(mut body: Bytes, version: i16) -> Bytes {
    let message = T::decode(&mut body, version).unwrap();
    assert_eq!(body.len(), 0, "bytes that the other implementation did not read");
    let mut written = BytesMut::new();
    message.encode(&mut written, version).unwrap();
    written.freeze()
}

fn codec<M: Message, T: Decodable + Encodable + TheirMessage>(key: ApiKey, direction: Direction) -> Codec {
    Codec {
        name: M::NAME,
        key,
        direction,
        versions: M::VERSION_MIN..=M::VERSION_MAX,
        their_versions: T::VERSIONS.min..=T::VERSIONS.max,
        again: again::<M>,
        read: read::<M>,
        default: default::<M>,
        theirs_again: theirs_again::<T>,
    }
}

macro_rules! list {
    ($(($api:ident, $request:ident, $response:ident);)+) => {
        vec![$(
            codec::<ours::$request, theirs::$request>(ApiKey::$api, Direction::Request),
            codec::<ours::$response, theirs::$response>(ApiKey::$api, Direction::Response),
        )+]
    };
}

/// All messages.
pub(crate) fn all() -> Vec<Codec> {
    for_each_api!(list)
}

/// All messages by what a vector's line names.
pub(crate) fn by_key() -> BTreeMap<(i16, Direction), Codec> {
    all().into_iter().map(|codec| ((codec.key as i16, codec.direction), codec)).collect()
}
