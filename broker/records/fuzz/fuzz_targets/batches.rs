//! Any bytes as a concatenation of batches; the first one once more with a checksum that fits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_model::TimestampMs;
use weir_records::{BatchIter, BatchView, Retained, ValidationRules, recompress, retain, validate_produced};

const NOW: TimestampMs = TimestampMs(1_795_305_600_000);

fn exercise(bytes: &[u8]) {
    for batch in BatchIter::new(bytes).flatten() {
        let read = batch
            .records()
            .map(|records| records.iter().flatten().map(|record| record.headers().count()).sum::<usize>());
        assert!(read.is_ok_and(|headers| headers <= 64 << 20) || batch.records().is_err());
        if let Ok(Retained::Some(kept)) = retain(&batch, Some(NOW), |offset, _, _| offset.0 % 2 == 0) {
            let kept = BatchView::first(&kept).expect("a batch that was written");
            kept.check_crc().expect("its checksum");
            assert!(kept.records().is_ok());
        }
        if let Ok(codec) = batch.header().compression() {
            let _ = recompress(&batch, codec, Some(1));
        }
    }
}

fuzz_target!(|data: &[u8]| {
    exercise(data);
    let mut whole = data.to_vec();
    if whole.len() < 62 {
        return;
    }
    whole[0..8].fill(0);
    let length = i32::try_from(whole.len() - 12).expect("a small input");
    whole[8..12].copy_from_slice(&length.to_be_bytes());
    whole[16] = 2;
    let crc = crc_fast::crc32_iscsi(&whole[21..]);
    whole[17..21].copy_from_slice(&crc.to_be_bytes());
    exercise(&whole);
    if let Ok(validated) = validate_produced(&whole, &ValidationRules::default(), NOW) {
        let batch = BatchView::first(&whole).expect("a valid batch");
        let records = batch.records().expect("a valid batch");
        assert!(records.iter().all(|record| record.is_ok()));
        assert_eq!(records.iter().count(), validated.record_count as usize);
    }
});
