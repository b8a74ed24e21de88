//! Memory that a peer's bytes can make a broker take. A test binary of its own with one test, since it counts the
//! allocator's bytes.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

#[path = "it/codecs.rs"]
#[allow(dead_code, reason = "the other test binary uses the rest")]
mod codecs;
#[path = "it/fill.rs"]
#[allow(dead_code, reason = "the other test binary uses the rest")]
mod fill;
#[path = "it/random.rs"]
mod random;

use bytes::Bytes;
use codecs::{Codec, Direction};
use peak_alloc::PeakAlloc;
use weir_wire::DecodeError;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What a message takes at most, as a multiple of its frame. A group of ListGroups makes a struct of a hundred and twenty-eight
/// bytes of three. Groups of OffsetFetch cost more, until the lie is found, when their count and that of the first one's
/// topics each claim the whole frame.
const FACTOR_MAX: usize = 64;
/// What a small frame may take in any case.
const BASE_BYTES_MAX: usize = 64 << 10;
const FRAME_BYTES: usize = 64 << 10;

/// The most bytes that were allocated at one time by `operation`, beyond what was there before.
fn peak_of<T>(operation: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = operation();
    (result, ALLOCATOR.peak_usage().saturating_sub(before))
}

#[test]
fn a_message_takes_at_most_a_small_multiple_of_its_frame() {
    let mut worst = (0.0, String::new());
    for_each_version(|codec, message, version| {
        let mut bodies = fill::dense_bodies(message, version, FRAME_BYTES);
        bodies.extend(cut_short(message, version));
        for (what, body) in bodies {
            let name = format!("{} version {version}, {what}", codec.name);
            let len = body.len();
            let (result, peak) = read(codec, version, body);
            let is_whole = !what.starts_with("cut");
            assert_eq!(result.is_ok(), is_whole, "{name}: {result:?}");
            assert!(peak <= BASE_BYTES_MAX + FACTOR_MAX * len, "{name}: {peak} bytes for {len}");
            let factor = peak as f64 / len as f64;
            if is_whole && factor > worst.0 {
                worst = (factor, name);
            }
        }
    });
    // The bound means something only while frames come near it.
    assert!(worst.0 > FACTOR_MAX as f64 / 2.0, "the worst is {:.1}: {}", worst.0, worst.1);

    a_claim_takes_nothing();
    claims_inside_claims_are_bounded();
    a_frame_of_claims_is_bounded();
}

/// Bodies that made another decoder ask for 288 GiB.
fn a_claim_takes_nothing() {
    let codec = &codecs::by_key()[&(3, Direction::Request)];
    for (version, body) in [(9, &[0xff, 0xff, 0xff, 0xff, 0x0f][..]), (1, &[0x7f, 0xff, 0xff, 0xff])] {
        let (result, peak) = read(codec, version, body.to_vec());
        assert!(matches!(result, Err(DecodeError::Count { .. })), "{result:?}");
        assert!(peak <= 1024, "{peak} bytes for {} at version {version}", body.len());
    }
}

/// Arrays inside arrays that each claim nearly what the frame could hold: room for all of them is taken before one ends.
fn claims_inside_claims_are_bounded() {
    let mut worst = 0;
    for_each_version(|codec, message, version| {
        for (what, body) in fill::bodies_of_claims(message, version, FRAME_BYTES) {
            let name = format!("{} version {version}, claims around {what}", codec.name);
            let len = body.len();
            let (_, peak) = read(codec, version, body);
            assert!(peak <= BASE_BYTES_MAX + FACTOR_MAX * len, "{name}: {peak} bytes for {len}");
            worst = worst.max(peak / len);
        }
    });
    assert!(worst > FACTOR_MAX / 2, "the worst is {worst}");
}

/// A MiB of nothing but counts: the highest, the shortest, and some between.
fn a_frame_of_claims_is_bounded() {
    const PATTERNS: [&[u8]; 8] = [
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0xff, 0xff, 0xff, 0xff, 0x07],
        &[0x7f, 0xff, 0xff, 0xff],
        &[0, 8, 0, 0],
        &[0, 0, 0, 1],
        &[0x80, 0x40],
        &[2],
        &[1],
    ];
    for_each_version(|codec, _, version| {
        for pattern in PATTERNS {
            let body = pattern.repeat((1 << 20) / pattern.len());
            let len = body.len();
            let (_, peak) = read(codec, version, body);
            let name = format!("{} version {version}, {pattern:?}", codec.name);
            assert!(peak <= BASE_BYTES_MAX + FACTOR_MAX * len, "{name}: {peak} bytes for {len}");
        }
    });
}

fn read(codec: &Codec, version: i16, body: Vec<u8>) -> (Result<(), DecodeError>, usize) {
    let body = Bytes::from(body);
    peak_of(|| (codec.read)(body.clone(), version))
}

fn for_each_version(mut check: impl FnMut(&Codec, &fill::schema::Message, i16)) {
    let codecs = codecs::by_key();
    for api in fill::schemas() {
        for (direction, message) in [(Direction::Request, &api.request), (Direction::Response, &api.response)]
        {
            let codec = &codecs[&(api.key, direction)];
            codec.versions.clone().for_each(|version| check(codec, message, version));
        }
    }
}

/// The dense bodies without their last third: the count is higher than what follows.
fn cut_short(message: &fill::schema::Message, version: i16) -> Vec<(String, Vec<u8>)> {
    fill::dense_bodies(message, version, FRAME_BYTES)
        .into_iter()
        .map(|(what, mut body)| {
            body.truncate(body.len() * 2 / 3);
            (format!("cut {what}"), body)
        })
        .collect()
}
