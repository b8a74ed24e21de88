//! Bytes that Kafka's own classes wrote: each is read and written again to the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::codecs::{self, Direction};

const TEXT: &str = include_str!("../vectors/kafka-clients-4.4.0.txt");
const KINDS: [&str; 5] = ["default", "filled", "empty", "extreme", "mixed"];

/// One line of the file.
#[derive(Debug, Clone)]
pub(crate) struct Vector {
    pub(crate) key: i16,
    pub(crate) version: i16,
    pub(crate) direction: Direction,
    pub(crate) kind: &'static str,
    pub(crate) body: Bytes,
}

/// All of them, in the file's order.
pub(crate) fn all() -> Vec<Vector> {
    TEXT.lines().map(parse).collect()
}

fn parse(line: &'static str) -> Vector {
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or_else(|| panic!("a word is missing in '{line}'"));
    let key = word().parse().unwrap();
    let version = word().parse().unwrap();
    let direction = match word() {
        "request" => Direction::Request,
        "response" => Direction::Response,
        other => panic!("no direction '{other}'"),
    };
    Vector { key, version, direction, kind: word(), body: unhex(word()) }
}

fn unhex(text: &str) -> Bytes {
    assert_eq!(text.len() % 2, 0);
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn every_vector_is_read_and_written_to_the_same_bytes() {
    let codecs = codecs::by_key();
    for vector in all() {
        let codec = &codecs[&(vector.key, vector.direction)];
        let written = (codec.again)(vector.body.clone(), vector.version);
        let name = format!("{} {} {}", codec.name, vector.version, vector.kind);
        assert_eq!(written.as_ref(), Ok(&vector.body), "{name}");
    }
}

#[test]
fn a_message_without_anything_set_is_kafkas() {
    let codecs = codecs::by_key();
    for vector in all().into_iter().filter(|vector| vector.kind == "default") {
        let codec = &codecs[&(vector.key, vector.direction)];
        assert_eq!((codec.default)(vector.version), vector.body, "{} {}", codec.name, vector.version);
    }
}

#[test]
fn every_version_in_both_directions_has_every_kind_of_vector() {
    let mut kinds: BTreeMap<(i16, Direction, i16), BTreeSet<&str>> = BTreeMap::new();
    for vector in all() {
        kinds.entry((vector.key, vector.direction, vector.version)).or_default().insert(vector.kind);
    }
    for codec in codecs::all() {
        for version in codec.versions.clone() {
            let found = kinds.remove(&(codec.key as i16, codec.direction, version)).unwrap_or_default();
            assert_eq!(found, BTreeSet::from(KINDS), "{} {version}", codec.name);
        }
    }
    assert_eq!(kinds.keys().next(), None, "vectors of a version that the schemas do not have");
}
