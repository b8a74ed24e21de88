//! How long it takes to check, read and build a batch of 1,000 records of 100 bytes. Run it with `--release`.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use weir_model::{Offset, TimestampMs};
use weir_records::{BatchBuilder, BatchView, BuildError, Compression, ValidationRules, validate_produced};

const NOW: TimestampMs = TimestampMs(1_795_305_600_000);
const RECORDS: u32 = 1000;
const ROUNDS: u32 = 2000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for codec in Compression::ALL {
        let bytes = build(codec)?;
        let rules = ValidationRules::default();
        let validate = per_record(|| black_box(validate_produced(black_box(&bytes), &rules, NOW)).is_ok());
        let batch = BatchView::first(&bytes)?;
        let crc = per_record(|| black_box(batch.check_crc()).is_ok());
        let read = per_record(|| {
            black_box(&batch)
                .records()
                .is_ok_and(|records| records.iter().all(|record| black_box(record).is_ok()))
        });
        let build = per_record(|| build(codec).is_ok());
        writeln!(
            out,
            "{codec:>6}: {:>6} bytes; ns a record: validate {validate:.1}, of that crc {crc:.2}; read {read:.1}; build {build:.1}",
            bytes.len()
        )?;
    }
    Ok(())
}

fn build(codec: Compression) -> Result<bytes::Bytes, BuildError> {
    let mut builder = BatchBuilder::new(Offset::ZERO, codec);
    let mut value = *b"{\"user\":\"00000000\",\"action\":\"open\",\"path\":\"/orders/2026/11\",\"duration_ms\":12345,\"ok\":true}     ";
    for index in 0..RECORDS {
        let digits = index.wrapping_mul(2_654_435_761).to_be_bytes();
        for (place, digit) in value.iter_mut().skip(9).step_by(2).zip(digits) {
            *place = b'a' + digit % 26;
        }
        builder.push(Some(&index.to_be_bytes()), Some(&value), &[], NOW)?;
    }
    builder.finish()
}

/// The best of several rounds, which is what the machine can do.
fn per_record(mut operation: impl FnMut() -> bool) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        assert!(operation());
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e9 / f64::from(RECORDS)
}
