//! Random messages of every version, read and written again by us and by the crate `kafka-protocol`.

use bytes::Bytes;

use crate::codecs::{self, Codec, Direction};
use crate::fill::{self, schema::Message};

const SEEDS: u64 = 60;

/// Versions that `kafka-protocol` 0.18 does not have; Kafka's own classes are their judge (`vectors`).
const NEWER_THAN_THEIRS: [(&str, i16); 10] = [
    ("ListOffsetsRequest", 11),
    ("ListOffsetsResponse", 11),
    ("OffsetCommitRequest", 10),
    ("OffsetFetchRequest", 10),
    ("ApiVersionsRequest", 5),
    ("ApiVersionsResponse", 5),
    ("DescribeLogDirsRequest", 5),
    ("DescribeLogDirsResponse", 5),
    ("DeleteGroupsRequest", 3),
    ("DeleteGroupsResponse", 3),
];

fn for_each_version(mut check: impl FnMut(&Codec, &Message, i16)) {
    let codecs = codecs::by_key();
    for api in fill::schemas() {
        for (direction, message) in [(Direction::Request, &api.request), (Direction::Response, &api.response)]
        {
            let codec = &codecs[&(api.key, direction)];
            assert_eq!(codec.versions, message.from..=message.to);
            codec.versions.clone().for_each(|version| check(codec, message, version));
        }
    }
}

#[test]
fn random_messages_keep_their_bytes_through_both_implementations() {
    for_each_version(|codec, message, version| {
        for seed in 0..SEEDS {
            let body = Bytes::from(fill::random_body(message, version, seed));
            let name = format!("{} version {version} seed {seed}", codec.name);
            assert_eq!((codec.again)(body.clone(), version).as_ref(), Ok(&body), "{name}, ours");
            if codec.their_versions.contains(&version) {
                let ours = (codec.again)(body.clone(), version).unwrap();
                assert_eq!((codec.theirs_again)(ours, version), body, "{name}, theirs");
            }
        }
    });
}

#[test]
fn only_the_newest_versions_lack_the_second_judge() {
    let mut missing = Vec::new();
    for_each_version(|codec, _, version| {
        if !codec.their_versions.contains(&version) {
            missing.push((codec.name, version));
        }
    });
    assert_eq!(missing, NEWER_THAN_THEIRS);
}

#[test]
fn unknown_tagged_fields_are_skipped_everywhere() {
    for_each_version(|codec, message, version| {
        for seed in 0..4 {
            let plain = Bytes::from(fill::random_body(message, version, seed));
            let tagged = Bytes::from(fill::body_with_unknown_tags(message, version, seed));
            let flexible = message.flexible.is_some_and(|versions| versions.contains(version));
            assert_eq!(plain != tagged, flexible);
            assert_eq!((codec.again)(tagged, version), Ok(plain), "{} {version} seed {seed}", codec.name);
        }
    });
}
