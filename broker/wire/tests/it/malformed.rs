//! Bytes that are not a message: an error each time, never a panic.

use bytes::Bytes;
use weir_wire::messages::metadata_request::MetadataRequestTopic;
use weir_wire::messages::{FetchRequest, MetadataRequest};
use weir_wire::{DecodeError, Message, Reader, RequestHeader, Room};

use crate::codecs::{self, Codec, Direction};
use crate::fill;
use crate::random::Random;
use crate::vectors;

#[test]
fn a_body_that_ends_early_is_an_error_at_every_length() {
    let codecs = codecs::by_key();
    for vector in vectors::all().into_iter().filter(|vector| vector.kind != "extreme") {
        let codec = &codecs[&(vector.key, vector.direction)];
        for len in 0..vector.body.len() {
            let result = (codec.read)(vector.body.slice(..len), vector.version);
            assert!(
                result.is_err(),
                "{} {}: {len} of {} bytes",
                codec.name,
                vector.version,
                vector.body.len()
            );
        }
    }
}

#[test]
fn bytes_after_the_message_are_an_error() {
    let codecs = codecs::by_key();
    for vector in vectors::all() {
        let codec = &codecs[&(vector.key, vector.direction)];
        let longer = Bytes::from([&vector.body[..], &[0]].concat());
        assert_eq!((codec.read)(longer, vector.version), Err(DecodeError::Trailing(1)), "{}", codec.name);
    }
}

#[test]
fn a_metadata_body_of_five_bytes_with_the_highest_count_is_refused() {
    let body = Bytes::from_static(&[0x7f, 0xff, 0xff, 0xff, 0x01]);
    for version in 0..=8 {
        let result = MetadataRequest::from_bytes(body.clone(), version);
        assert_eq!(result, Err(DecodeError::Count { count: 0x7fff_ffff, left: 1 }), "version {version}");
    }
    let compact = Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
    for version in 9..=13 {
        let result = MetadataRequest::from_bytes(compact.clone(), version);
        assert_eq!(result, Err(DecodeError::Count { count: 0xffff_fffe, left: 0 }), "version {version}");
    }
}

/// Writes the highest lengths and counts over and between the bytes of every vector, at every place.
#[test]
fn the_highest_count_is_survived_at_every_place() {
    const LIES: [&[u8]; 5] = [
        &[0x7f, 0xff, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0xfe],
        &[0x7f, 0xff],
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0xff, 0xff, 0xff, 0xff, 0x7f],
    ];
    let codecs = codecs::by_key();
    for vector in vectors::all().into_iter().filter(|vector| ["filled", "mixed"].contains(&vector.kind)) {
        let codec = &codecs[&(vector.key, vector.direction)];
        for at in 0..vector.body.len() {
            for lie in LIES {
                let inserted = [&vector.body[..at], lie, &vector.body[at..]].concat();
                _ = (codec.read)(inserted.into(), vector.version);
                let after = (at + lie.len()).min(vector.body.len());
                let replaced = [&vector.body[..at], lie, &vector.body[after..]].concat();
                _ = (codec.read)(replaced.into(), vector.version);
            }
        }
    }
}

/// What mutated bytes are read as can be written, and reads back as the same (`again` checks it).
#[test]
fn mutated_messages_never_panic_and_what_is_read_is_a_message() {
    const ROUNDS: u64 = 400;
    let codecs = codecs::by_key();
    let (mut accepted, mut refused) = (0_u64, 0_u64);
    let mut check = |codec: &Codec, version: i16, seed: u64, body: Vec<u8>| {
        let mut random = Random(seed ^ 0x7ea1);
        match (codec.again)(mutate(body, &mut random).into(), version) {
            Ok(_) => accepted += 1,
            Err(_) => refused += 1,
        }
    };
    for api in fill::schemas() {
        for (direction, message) in [(Direction::Request, &api.request), (Direction::Response, &api.response)]
        {
            let codec = &codecs[&(api.key, direction)];
            for version in codec.versions.clone() {
                (0..ROUNDS)
                    .for_each(|seed| check(codec, version, seed, fill::random_body(message, version, seed)));
            }
        }
    }
    for vector in vectors::all() {
        let codec = &codecs[&(vector.key, vector.direction)];
        (0..ROUNDS).for_each(|seed| check(codec, vector.version, seed, vector.body.to_vec()));
    }
    // The loop is worth its time only while it meets both sorts.
    assert!(accepted > 10_000 && refused > 100_000, "{accepted} accepted, {refused} refused");
}

fn mutate(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        match random.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, random.bits().to_be_bytes()[0]),
            2 => bytes.extend_from_within(at..),
            _ if at == bytes.len() => bytes.push(0),
            3 => bytes[at] ^= 1 << random.below(8),
            4 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
            _ => _ = bytes.remove(at),
        }
    }
    bytes
}

#[test]
fn a_varint_is_as_long_as_its_type() {
    let number = |bytes: &'static [u8]| Reader::new(Bytes::from_static(bytes)).uvarint();
    assert_eq!(number(&[0x00]), Ok(0));
    assert_eq!(number(&[0xff, 0x01]), Ok(255));
    assert_eq!(number(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Ok(u32::MAX));
    assert_eq!(number(&[0xff, 0xff, 0xff, 0xff, 0x1f]), Err(DecodeError::Varint));
    assert_eq!(number(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), Err(DecodeError::Varint));
    assert_eq!(number(&[0x80]), Err(DecodeError::Truncated { wanted: 1, left: 0 }));
}

#[test]
fn a_string_is_as_long_as_kafka_allows_and_utf8() {
    let string = |bytes: &[u8], flexible| Reader::new(Bytes::copy_from_slice(bytes)).string(flexible);
    let longest = [&[0x80, 0x80, 0x02][..], &[b'a'; 0x7fff]].concat();
    assert_eq!(string(&longest, true).map(|text| text.map(|text| text.len())), Ok(Some(0x7fff)));
    let longer = [&[0x81, 0x80, 0x02][..], &[b'a'; 0x8000]].concat();
    assert_eq!(string(&longer, true), Err(DecodeError::Length(0x8000)));
    assert_eq!(string(&[0xff, 0xfe], false), Err(DecodeError::Length(-2)));
    assert_eq!(string(&[0, 2, 0xc3, 0x28], false), Err(DecodeError::Utf8));
    assert_eq!(string(&[0xff, 0xff], false), Ok(None));
}

#[test]
fn a_known_tagged_field_consumes_exactly_its_length() {
    // Fetch 12 carries the cluster's id as tag 0: a compact string.
    let start = FetchRequest::default().to_bytes(12).unwrap();
    let with_tag = |tag: &[u8]| {
        let mut body = start.to_vec();
        assert_eq!(body.pop(), Some(0));
        body.extend_from_slice(tag);
        FetchRequest::from_bytes(body.into(), 12).map(|request| request.cluster_id)
    };
    assert_eq!(with_tag(&[1, 0, 3, 3, b'a', b'b']), Ok(Some("ab".into())));
    assert_eq!(with_tag(&[1, 0, 4, 3, b'a', b'b', 9]), Err(DecodeError::Tag { tag: 0, left: 1 }));
    assert_eq!(with_tag(&[1, 0, 2, 3, b'a', b'b']), Err(DecodeError::Truncated { wanted: 2, left: 1 }));
    assert_eq!(with_tag(&[1, 0, 9, 3, b'a', b'b']), Err(DecodeError::Truncated { wanted: 9, left: 3 }));
    // Any order and repetition, as Kafka reads them; a tag of a later version is skipped.
    assert_eq!(with_tag(&[3, 77, 1, 5, 0, 2, 2, b'a', 0, 2, 2, b'b']), Ok(Some("b".into())));
    assert_eq!(with_tag(&[1, 77, 0x7f, 0]), Err(DecodeError::Truncated { wanted: 0x7f, left: 1 }));
    assert_eq!(with_tag(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Err(DecodeError::Truncated { wanted: 1, left: 0 }));
}

#[test]
fn any_bytes_are_survived_as_a_header() {
    let mut random = Random(11);
    for _ in 0..20_000 {
        let len = random.below(40);
        let bytes: Vec<u8> = (0..len).map(|_| [0, 1, 3, 18, 0x7f, 0xff, 0x80, 0][random.below(8)]).collect();
        _ = RequestHeader::read(&mut Reader::new(bytes.into()));
    }
}

/// Three topics need three elements' room, wherever the array stands; an element more is refused before it is read.
#[test]
fn elements_take_no_more_room_than_the_reader_gives() {
    let topic = MetadataRequestTopic { name: Some("t".into()), ..Default::default() };
    let request = MetadataRequest { topics: Some(vec![topic; 3]), ..Default::default() };
    let element = size_of::<MetadataRequestTopic>() + 100;
    for version in 1..=13 {
        let body = request.to_bytes(version).unwrap();
        let within = |bytes| {
            let room = Room { bytes, element_bytes: 100 };
            MetadataRequest::read(&mut Reader::within(body.clone(), room), version)
        };
        assert_eq!(within(3 * element).map(|read| read.topics.map(|topics| topics.len())), Ok(Some(3)));
        let (wanted, left) = (3 * element, 3 * element - 1);
        assert_eq!(within(left), Err(DecodeError::Room { wanted, left }), "version {version}");
    }
}
