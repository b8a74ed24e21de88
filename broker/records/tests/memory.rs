//! Memory that batches can make a broker take. A test binary of its own with one test, since it counts the allocator's bytes.
#![allow(clippy::unwrap_used)]

use peak_alloc::PeakAlloc;
use weir_model::{Offset, TimestampMs, limits};
use weir_records::{
    BatchBuilder, BatchHeader, Compression, ValidationRules, compress, decompress, validate_produced,
};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The most bytes that were allocated at one time by `operation`, beyond what was there before.
fn peak_of<T>(operation: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = operation();
    (result, ALLOCATOR.peak_usage().saturating_sub(before))
}

fn batch(codec: Compression, payload: &[u8], count: i32) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Offset::ZERO, codec);
    builder.push(None, None, &[], TimestampMs(1)).unwrap();
    let mut header = BatchHeader::parse(&builder.finish().unwrap()).unwrap();
    header.size_bytes = BatchHeader::BYTES + payload.len();
    header.count = count;
    header.last_offset_delta = count - 1;
    let mut bytes = header.encode().unwrap().to_vec();
    bytes.extend_from_slice(payload);
    let crc = crc_fast::crc32_iscsi(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    bytes
}

#[test]
fn memory_is_bounded_by_the_cap_whatever_the_bytes_claim() {
    let rules = ValidationRules::default();
    let now = TimestampMs(1_000_000);

    // A plain batch is walked in place.
    let mut builder = BatchBuilder::new(Offset::ZERO, Compression::None);
    for _ in 0..1000 {
        builder.push(Some(b"key"), Some(&[7; 100]), &[], now).unwrap();
    }
    let plain = builder.finish().unwrap();
    let (validated, peak) = peak_of(|| validate_produced(&plain, &rules, now));
    assert!(validated.is_ok());
    assert_eq!(peak, 0);

    // A count of 2³¹-1 with a right checksum.
    for codec in Compression::ALL {
        let payload = compress(codec, None, &[12, 0, 0, 0, 1, 1, 0]).unwrap();
        let claims = batch(codec, &payload, i32::MAX);
        let (result, peak) = peak_of(|| validate_produced(&claims, &rules, now));
        assert!(result.is_err());
        assert!(peak < 1 << 20, "{codec}: {peak} bytes for one record");
    }

    // Zip bombs at the real cap: what is unpacked, and once more while the buffer grows.
    let max = limits::BATCH_DECOMPRESSED_BYTES_MAX;
    let zeroes = vec![0; max + 1];
    for codec in Compression::ALL.into_iter().skip(1) {
        let bomb = compress(codec, None, &zeroes).unwrap();
        let (result, peak) = peak_of(|| decompress(codec, &bomb, max));
        assert!(result.is_err(), "{codec}");
        assert!(peak <= 2 * max + (max >> 3), "{codec}: {peak} bytes for a bomb of {}", bomb.len());
    }
}
