//! Records that Kafka's own classes wrote (`vectors/README.md`): all are read, and those of the versions that we write
//! come out of our writer byte for byte.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use expect_test::expect_file;
use weir_coordinator::record::{self, DecodeError, Decoded};

const VECTORS: &str = include_str!("vectors/kafka-group-coordinator-4.3.1.txt");

/// Versions that only others write.
const READ_ONLY: [&str; 9] = [
    "offset-3",
    "offset-2",
    "offset-0",
    "classic-0",
    "classic-1",
    "classic-2",
    "classic-4",
    "current-old",
    "share-group",
];

struct Vector {
    name: &'static str,
    key: Vec<u8>,
    value: Option<Vec<u8>>,
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

fn vectors() -> Vec<Vector> {
    let vector = |line: &'static str| {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        let (name, key, value) = (word(), bytes(word()), word());
        Vector { name, key, value: (value != "-").then(|| bytes(value)) }
    };
    VECTORS.lines().map(vector).collect()
}

#[test]
fn kafkas_records_are_read_and_written() {
    let mut text = String::new();
    for vector in vectors() {
        let decoded = record::decode(&vector.key, vector.value.as_deref()).unwrap();
        writeln!(text, "{}\n  {decoded:?}", vector.name).unwrap();
        let Decoded::Known(change) = decoded else { continue };
        let written = change.encode();
        if !READ_ONLY.contains(&vector.name) {
            assert_eq!(written.key, vector.key, "{}", vector.name);
            assert_eq!(written.value.as_deref(), vector.value.as_deref(), "{}", vector.name);
        }
        // What we write, of whatever version, reads back as the same.
        let again = record::decode(&written.key, written.value.as_deref()).unwrap();
        if !vector.name.starts_with("offset-1") {
            assert_eq!(again, Decoded::Known(change), "{}", vector.name);
        }
    }
    expect_file!["vectors/decoded.txt"].assert_eq(&text);
}

#[test]
fn damaged_records_are_refused_and_never_more() {
    for vector in vectors() {
        let value = vector.value.as_deref();
        for end in 0..vector.key.len() {
            let decoded = record::decode(&vector.key[..end], value);
            assert!(matches!(decoded, Err(_) | Ok(Decoded::Other(_))), "{} cut at {end}", vector.name);
        }
        let Some(value) = value else { continue };
        for end in 0..value.len() {
            // Cutting the empty section of tagged fields, or an older version's tail, is all that can go unnoticed.
            let _ = record::decode(&vector.key, Some(&value[..end]));
        }
        for at in 0..value.len() {
            for bit in 0..8 {
                let mut damaged = value.to_vec();
                damaged[at] ^= 1 << bit;
                let _ = record::decode(&vector.key, Some(&damaged));
            }
        }
    }
}

#[test]
fn a_value_of_the_future_is_named() {
    let offset = vectors().remove(0);
    let mut value = offset.value.unwrap();
    value[1] = 5;
    let refused = record::decode(&offset.key, Some(&value));
    assert_eq!(refused, Err(DecodeError::Version { kind: 1, version: 5 }));
}
