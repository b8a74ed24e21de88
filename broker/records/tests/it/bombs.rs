//! Little data that claims to be much: each codec stops at the cap.

use std::io::Write;

use weir_model::{ErrorCode, limits};
use weir_records::{
    Compression, DecompressError, RecordError, ValidationRules, compress, decompress, validate_produced,
};

use crate::support::{NOW, assemble, build, sample_records};

const CAP: usize = 1 << 20;

fn assert_stops(codec: Compression, packed: &[u8]) {
    assert_eq!(decompress(codec, packed, CAP), Err(DecompressError::TooLarge { max: CAP }), "{codec}");
}

#[test]
fn one_byte_above_the_cap_is_too_much() {
    let fits = vec![0; CAP];
    let above = vec![0; CAP + 1];
    for codec in Compression::ALL {
        let packed = compress(codec, None, &fits).unwrap();
        assert_eq!(decompress(codec, &packed, CAP).unwrap(), fits, "{codec}");
        assert_stops(codec, &compress(codec, None, &above).unwrap());
    }
}

#[test]
fn many_parts_below_the_cap_are_too_much_together() {
    let half = vec![0; CAP / 2 + 1];
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Zstd] {
        let part = compress(codec, None, &half).unwrap();
        assert_stops(codec, &part.repeat(1000));
    }
}

#[test]
fn a_zstd_frame_that_does_not_state_its_size_is_stopped() {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    for _ in 0..64 {
        encoder.write_all(&vec![0; CAP]).unwrap();
    }
    let packed = encoder.finish().unwrap();
    assert!(packed.len() < 64 * 1024);
    assert_stops(Compression::Zstd, &packed);
}

#[test]
fn a_zstd_frame_of_repeated_bytes_is_stopped() {
    // Each block of four bytes stands for 128 KiB: 64 KiB of them claim 2 GiB.
    let mut packed = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x60];
    for _ in 0..16 * 1024 {
        let block_header: u32 = (128 * 1024) << 3 | 1 << 1;
        packed.extend_from_slice(&block_header.to_le_bytes()[..3]);
        packed.push(b'x');
    }
    packed.extend_from_slice(&[1, 0, 0]);
    assert_stops(Compression::Zstd, &packed);
    let capped = decompress(Compression::Zstd, &packed, limits::BATCH_DECOMPRESSED_BYTES_MAX);
    assert_eq!(capped, Err(DecompressError::TooLarge { max: limits::BATCH_DECOMPRESSED_BYTES_MAX }));
}

#[test]
fn a_zstd_frame_that_lies_about_its_size_is_refused() {
    let mut packed = compress(Compression::Zstd, None, &[7; 200]).unwrap();
    assert_eq!((packed[4], packed[5]), (0x20, 200), "one byte of size after the descriptor");
    packed[5] = 100;
    assert!(decompress(Compression::Zstd, &packed, CAP).is_err());
    packed[5] = 255;
    assert!(decompress(Compression::Zstd, &packed, CAP).is_err());
    // Eight bytes of size: 2^62.
    let huge = [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0];
    assert_stops(Compression::Zstd, &huge);
}

#[test]
fn six_bytes_of_snappy_that_claim_gigabytes_are_refused() {
    let packed = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00];
    assert_stops(Compression::Snappy, &packed);
    // Within the cap the claim is still compared with the bytes.
    let claims_a_mebibyte = [0x80, 0x80, 0x40, 0x00, 0x00];
    let damaged = Err(DecompressError::Damaged(Compression::Snappy));
    assert_eq!(decompress(Compression::Snappy, &claims_a_mebibyte, CAP), damaged);
}

#[test]
fn a_bomb_in_a_batch_tells_the_client_to_split_it() {
    let zeroes = vec![0; limits::BATCH_DECOMPRESSED_BYTES_MAX + 1];
    for codec in [Compression::Gzip, Compression::Lz4, Compression::Zstd] {
        let bomb = compress(codec, None, &zeroes).unwrap();
        let bytes = assemble(&build(&sample_records(3), codec), &bomb, |_| ());
        let error = validate_produced(&bytes, &ValidationRules::default(), NOW).unwrap_err();
        assert!(
            matches!(error, RecordError::Decompress(DecompressError::TooLarge { .. })),
            "{codec} {error:?}"
        );
        assert_eq!(error.code(), ErrorCode::MessageTooLarge);
    }
}

#[test]
fn nothing_and_garbage_are_refused_by_every_codec() {
    for codec in Compression::ALL.into_iter().skip(1) {
        for packed in
            [&[][..], &[3], &[0xff; 40], &[0x1f, 0x8b], &[0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0]]
        {
            assert!(decompress(codec, packed, CAP).is_err(), "{codec} {packed:?}");
        }
    }
}
