//! Properties over generated batches, and a long seeded walk over damaged ones.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::Config;
use weir_model::Offset;
use weir_records::{
    BatchIter, BatchView, Compression, Retained, ValidationRules, compress, decompress, recompress, retain,
    validate_produced,
};

use crate::mutate::Seeded;
use crate::support::{NOW, OwnedRecord, assemble, build, read, sample_records};

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..max)
}

fn record() -> impl Strategy<Value = OwnedRecord> {
    let headers = vec((bytes(4), option::of(bytes(20))), 0..5);
    let timestamp = -1..=NOW.0 + 3_600_000;
    (timestamp, option::of(bytes(40)), option::of(bytes(300)), headers).prop_map(
        |(timestamp, key, value, headers)| OwnedRecord { offset: 0, timestamp, key, value, headers },
    )
}

fn records() -> impl Strategy<Value = Vec<OwnedRecord>> {
    vec(record(), 1..40).prop_map(|mut records| {
        for (offset, record) in (0..).zip(&mut records) {
            record.offset = offset;
        }
        records
    })
}

fn codec() -> impl Strategy<Value = Compression> {
    prop::sample::select(&Compression::ALL[..])
}

proptest! {
    #![proptest_config(Config { cases: 300, failure_persistence: None, ..Config::default() })]

    #[test]
    fn what_is_built_is_valid_and_reads_back(records in records(), from in codec(), to in codec()) {
        let built = build(&records, from);
        let validated = validate_produced(&built, &ValidationRules::default(), NOW).unwrap();
        prop_assert_eq!(validated.record_count as usize, records.len());
        prop_assert_eq!(validated.max_timestamp.0, records.iter().map(|r| r.timestamp).max().unwrap());
        prop_assert_eq!(&read(&built).unwrap(), &records);
        let other = recompress(&BatchView::first(&built).unwrap(), to, None).unwrap();
        prop_assert_eq!(&read(&other).unwrap(), &records);
    }

    #[test]
    fn compaction_keeps_exactly_what_it_was_told(records in records(), codec in codec(), keep in any::<u64>()) {
        let built = build(&records, codec);
        let kept = |offset: Offset| keep >> (offset.0 % 64) & 1 == 1;
        let expected: Vec<_> = records.iter().filter(|r| kept(Offset(r.offset))).cloned().collect();
        match retain(&BatchView::first(&built).unwrap(), None, |offset, _, _| kept(offset)).unwrap() {
            Retained::All => prop_assert_eq!(expected.len(), records.len()),
            Retained::Nothing => prop_assert!(expected.is_empty()),
            Retained::Some(bytes) => prop_assert_eq!(read(&bytes).unwrap(), expected),
        }
    }

    #[test]
    fn a_flipped_bit_is_found(records in records(), codec in codec(), bit in any::<prop::sample::Index>()) {
        let mut built = build(&records, codec).to_vec();
        let bit = bit.index(built.len() * 8);
        built[bit / 8] ^= 1 << (bit % 8);
        let valid = validate_produced(&built, &ValidationRules::default(), NOW).is_ok();
        // The leader epoch alone is the broker's own and outside the checksum.
        prop_assert_eq!(valid, (12..16).contains(&(bit / 8)));
    }

    #[test]
    fn codecs_give_back_what_they_took(plain in bytes(100_000), codec in codec(), level in option::of(-5..30)) {
        let packed = compress(codec, level, &plain).unwrap();
        prop_assert_eq!(decompress(codec, &packed, plain.len()).unwrap(), plain);
    }

    #[test]
    fn arbitrary_bytes_never_panic(junk in bytes(400), codec in codec()) {
        let _ = decompress(codec, &junk, 1 << 16);
        for batch in BatchIter::new(&junk).flatten() {
            let _ = batch.records().map(|records| records.iter().count());
        }
        let framed = assemble(&build(&sample_records(1), codec), &junk, |header| {
            header.count = i32::from(junk.first().copied().unwrap_or(1));
            header.last_offset_delta = header.count - 1;
        });
        let _ = validate_produced(&framed, &ValidationRules::default(), NOW);
    }
}

/// `WEIR_RECORDS_MUTATIONS` makes the walk longer, `WEIR_RECORDS_SEED` starts it elsewhere.
#[test]
fn damaged_batches_never_panic_and_valid_ones_read_back() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
    };
    let seed = number("WEIR_RECORDS_SEED", 0x5eed);
    let mut random = Seeded::new(seed);
    let mut survivors = 0;
    for round in 0..number("WEIR_RECORDS_MUTATIONS", 40_000) {
        let codec = Compression::ALL[random.below(5)];
        let built = build(&sample_records(1 + random.below(5)), codec);
        let mutant = random.mutant(&built, codec).unwrap();
        let read_back = read(&mutant);
        if let Ok(view) = BatchView::first(&mutant) {
            let _ = retain(&view, Some(NOW), |offset, _, _| offset.0 % 2 == 0);
        }
        if let Ok(validated) = validate_produced(&mutant, &ValidationRules::default(), NOW) {
            survivors += 1;
            let records = read_back.unwrap_or_else(|error| panic!("seed {seed} round {round}: {error}"));
            assert_eq!(records.len(), validated.record_count as usize, "seed {seed} round {round}");
        }
    }
    assert!(survivors > 100, "the walk must also reach batches that are valid, {survivors} were");
}
