//! Batches that a broker must refuse, each with the error that the client gets.

use weir_model::{ErrorCode, LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};
use weir_records::{
    Attributes, BatchBuilder, BatchHeader, BatchOrigin, BatchView, Compression, DecompressError, Malformed,
    RecordBatchMut, RecordError, RecordIter, Rejection, Retained, TimestampType, ValidationRules, compress,
    retain, validate_produced,
};

use crate::support::{NOW, assemble, build, fix_crc, read, sample_records};

fn refused(bytes: &[u8]) -> RecordError {
    refused_by(bytes, &ValidationRules::default())
}

fn refused_by(bytes: &[u8], rules: &ValidationRules) -> RecordError {
    validate_produced(bytes, rules, NOW).unwrap_err()
}

/// A valid batch of three records with one header field changed, and a checksum that fits.
fn with_header(change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
    let bytes = build(&sample_records(3), Compression::None);
    assemble(&bytes, &bytes[61..], change)
}

#[test]
fn sizes_must_fit_the_bytes() {
    let bytes = build(&sample_records(3), Compression::None);
    assert_eq!(refused(&[]), RecordError::NotOneBatch);
    assert_eq!(refused(&bytes[..60]), RecordError::Truncated { needed: 61, available: 60 });
    let cut = &bytes[..bytes.len() - 1];
    assert_eq!(refused(cut), RecordError::Truncated { needed: bytes.len(), available: cut.len() });
    assert_eq!(refused(&[&bytes[..], &[0]].concat()), RecordError::NotOneBatch);
    assert_eq!(refused(&[&bytes[..], &bytes[..]].concat()), RecordError::NotOneBatch);
    for length in [-1, 0, 48, i32::MIN] {
        let mut wrong = bytes.to_vec();
        wrong[8..12].copy_from_slice(&length.to_be_bytes());
        assert_eq!(refused(&wrong), RecordError::BadLength(length));
    }
    let mut wrong = bytes.to_vec();
    wrong[8..12].copy_from_slice(&i32::MAX.to_be_bytes());
    assert_eq!(refused(&wrong).code(), ErrorCode::CorruptMessage);
}

#[test]
fn every_prefix_is_refused() {
    for codec in Compression::ALL {
        let bytes = build(&sample_records(4), codec);
        for end in 0..bytes.len() {
            assert!(validate_produced(&bytes[..end], &ValidationRules::default(), NOW).is_err());
        }
    }
}

#[test]
fn a_payload_cut_short_under_a_right_checksum_is_refused() {
    for codec in Compression::ALL {
        let bytes = build(&sample_records(4), codec);
        for end in 61..bytes.len() {
            let cut = assemble(&bytes, &bytes[61..end], |_| ());
            assert_eq!(refused(&cut).code(), ErrorCode::InvalidRecord, "{codec} {end}");
        }
    }
}

#[test]
fn other_formats_are_refused() {
    for magic in [0_u8, 1, 3, 0xff] {
        let mut bytes = build(&sample_records(1), Compression::None).to_vec();
        bytes[16] = magic;
        assert_eq!(refused(&bytes), RecordError::UnsupportedMagic(magic.cast_signed()));
        assert_eq!(refused(&bytes).code(), ErrorCode::InvalidRecord);
        // Batches of formats v0 and v1 may be shorter than our header.
        assert_eq!(refused(&bytes[..30]), RecordError::UnsupportedMagic(magic.cast_signed()));
    }
}

#[test]
fn a_single_flipped_bit_is_found_or_harmless() {
    for codec in Compression::ALL {
        let records = sample_records(3);
        let bytes = build(&records, codec);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if validate_produced(&flipped, &ValidationRules::default(), NOW).is_ok() {
                assert!((12..16).contains(&(bit / 8)), "{codec}: bit {bit}, outside the leader epoch");
                assert_eq!(read(&flipped).unwrap(), records);
            }
        }
    }
}

#[test]
fn a_wrong_checksum_names_both() {
    let mut bytes = build(&sample_records(3), Compression::None).to_vec();
    let stored = BatchHeader::parse(&bytes).unwrap().crc;
    *bytes.last_mut().unwrap() ^= 1;
    let error = refused(&bytes);
    assert!(
        matches!(error, RecordError::BadChecksum { stored: s, computed } if s == stored && computed != s)
    );
    assert_eq!(error.code(), ErrorCode::CorruptMessage);
}

#[test]
fn too_large_a_batch_is_refused_before_it_is_read() {
    let bytes = build(&sample_records(3), Compression::None);
    let rules = ValidationRules { batch_bytes_max: bytes.len(), ..ValidationRules::default() };
    assert!(validate_produced(&bytes, &rules, NOW).is_ok());
    let rules = ValidationRules { batch_bytes_max: bytes.len() - 1, ..rules };
    let error = refused_by(&bytes, &rules);
    assert_eq!(error, RecordError::TooLarge { size: bytes.len(), max: bytes.len() - 1 });
    assert_eq!(error.code(), ErrorCode::MessageTooLarge);
}

#[test]
fn attributes_are_checked() {
    for bit in 7..16 {
        let bytes = with_header(|header| header.attributes = Attributes((1_u16 << bit).cast_signed()));
        assert!(matches!(refused(&bytes), RecordError::BadAttributes(_)), "bit {bit}");
    }
    let horizon = with_header(|header| header.attributes = Attributes(0x40));
    assert_eq!(refused(&horizon), RecordError::BadAttributes(0x40));
    for codec in 5..8 {
        let bytes = with_header(|header| header.attributes = Attributes(codec));
        assert!(matches!(refused(&bytes), RecordError::UnknownCodec(_)));
        assert_eq!(refused(&bytes).code(), ErrorCode::UnsupportedCompressionType);
    }
    let control = with_header(|header| header.attributes = header.attributes.with_control(true));
    assert_eq!(refused(&control), RecordError::ControlBatch);
    let by_coordinator = ValidationRules { origin: BatchOrigin::Coordinator, ..ValidationRules::default() };
    assert!(validate_produced(&control, &by_coordinator, NOW).is_ok());
    let append_time = with_header(|header| {
        header.attributes = header.attributes.with_timestamp_type(TimestampType::LogAppendTime);
    });
    assert_eq!(refused(&append_time).code(), ErrorCode::InvalidTimestamp);
}

#[test]
fn zstd_needs_a_produce_version_that_knows_it() {
    let bytes = build(&sample_records(3), Compression::Zstd);
    let rules = ValidationRules { zstd_allowed: false, ..ValidationRules::default() };
    assert_eq!(refused_by(&bytes, &rules).code(), ErrorCode::UnsupportedCompressionType);
    assert!(validate_produced(&build(&sample_records(3), Compression::Lz4), &rules, NOW).is_ok());
}

#[test]
fn count_and_last_offset_delta_must_agree_with_each_other_and_the_records() {
    for (count, last_offset_delta) in
        [(0, -1), (0, 0), (-1, -2), (3, 3), (3, 1), (i32::MAX, 2), (2, i32::MAX), (i32::MIN, i32::MAX)]
    {
        let bytes = with_header(|header| {
            header.count = count;
            header.last_offset_delta = last_offset_delta;
        });
        assert_eq!(refused(&bytes), RecordError::Count { count, last_offset_delta });
    }
    for codec in Compression::ALL {
        let bytes = build(&sample_records(3), codec);
        for (count, source) in [
            (2, Malformed::TrailingBytes),
            (1, Malformed::TrailingBytes),
            (4, Malformed::Truncated),
            (i32::MAX, Malformed::Truncated),
        ] {
            let wrong = assemble(&bytes, &bytes[61..], |header| {
                header.count = count;
                header.last_offset_delta = count - 1;
            });
            let error = refused(&wrong);
            assert!(
                matches!(error, RecordError::Record { source: s, .. } if s == source),
                "{codec} {error:?}"
            );
            assert_eq!(error.code(), ErrorCode::InvalidRecord);
            assert!(read(&wrong).is_err());
        }
    }
}

#[test]
fn a_produced_batch_starts_at_offset_zero() {
    let bytes = with_header(|header| header.base_offset = Offset(5));
    assert_eq!(refused(&bytes), RecordError::BaseOffset(5));
}

#[test]
fn producer_fields_must_go_together() {
    let with = |id, epoch, sequence, transactional| {
        with_header(|header| {
            header.producer_id = ProducerId(id);
            header.producer_epoch = ProducerEpoch(epoch);
            header.base_sequence = sequence;
            header.attributes = header.attributes.with_transactional(transactional);
        })
    };
    for (id, epoch, sequence, transactional) in
        [(1, 0, -1, false), (1, -1, 0, false), (0, -5, 0, true), (-1, -1, -1, true), (1, 0, i32::MIN, true)]
    {
        let bytes = with(id, epoch, sequence, transactional);
        assert!(matches!(refused(&bytes), RecordError::Producer { .. }), "{id} {epoch} {sequence}");
        assert_eq!(refused(&bytes).code(), ErrorCode::InvalidRecord);
    }
    // The third is what sarama writes when it is not idempotent.
    for (id, epoch, sequence, transactional) in [
        (0, 0, 0, false),
        (7, i16::MAX, i32::MAX, true),
        (-1, -1, 0, false),
        (-1, -1, -1, false),
        (-1, 0, 0, false),
    ] {
        let bytes = with(id, epoch, sequence, transactional);
        assert!(
            validate_produced(&bytes, &ValidationRules::default(), NOW).is_ok(),
            "{id} {epoch} {sequence}"
        );
    }
}

/// A batch with one record whose bytes, length included, are `record`.
fn one_record(record: &[u8]) -> Vec<u8> {
    let bytes = build(&sample_records(1), Compression::None);
    assemble(&bytes, record, |header| header.count = 1)
}

#[test]
fn the_layout_of_a_record_is_checked() {
    // Zigzag: 1 is -1, 2 is 1, 3 is -2.
    let whole = [12, 0, 0, 0, 1, 1, 0];
    assert!(validate_produced(&one_record(&whole), &ValidationRules::default(), NOW).is_ok());
    let cases: &[(&[u8], Malformed)] = &[
        (&[14, 0, 0, 0, 1, 1, 0], Malformed::Truncated),
        (&[10, 0, 0, 0, 1, 1, 0], Malformed::Truncated),
        (&[14, 0, 0, 0, 1, 1, 0, 0], Malformed::Length),
        (&[12, 0, 0, 0, 1, 1, 0, 0], Malformed::TrailingBytes),
        (&[1, 0, 0, 0, 1, 1, 0], Malformed::NegativeLength),
        (&[12, 0, 0, 0, 3, 1, 0], Malformed::NegativeLength),
        (&[12, 0, 0, 0, 1, 3, 0], Malformed::NegativeLength),
        (&[12, 0, 0, 0, 2, 1, 0], Malformed::Truncated),
        (&[12, 0, 0, 0, 1, 1, 1], Malformed::HeaderCount),
        (&[12, 0, 0, 0, 1, 1, 2], Malformed::HeaderCount),
        (&[16, 0, 0, 0, 1, 1, 2, 1, 1], Malformed::NegativeLength),
        (&[16, 0, 0, 0, 1, 1, 2, 0, 3], Malformed::NegativeLength),
        (&[12, 0, 0, 2, 1, 1, 0], Malformed::OffsetDelta),
        (&[12, 0, 0, 1, 1, 1, 0], Malformed::OffsetDelta),
        (&[0xff, 0xff, 0xff, 0xff, 0xff, 1, 0], Malformed::Varint),
        (&[0xff, 0xff, 0xff, 0xff, 0x1f, 1, 0], Malformed::Varint),
        (&[26, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 1, 0], Malformed::Varint),
    ];
    for (record, source) in cases {
        let error = refused(&one_record(record));
        let index = u32::from(*source == Malformed::TrailingBytes);
        assert_eq!(error, RecordError::Record { index, source: *source }, "{record:?}");
    }
}

#[test]
fn a_number_may_have_idle_bytes_but_not_too_many() {
    // The timestamp delta 0 in ten bytes, then in eleven.
    let ten = [30, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0, 1, 1, 0];
    assert!(validate_produced(&one_record(&ten), &ValidationRules::default(), NOW).is_ok());
    let eleven = [32, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0, 1, 1, 0];
    let error = RecordError::Record { index: 0, source: Malformed::Varint };
    assert_eq!(refused(&one_record(&eleven)), error);
}

#[test]
fn bytes_after_compressed_records_are_refused() {
    let records = sample_records(3);
    let plain = build(&records, Compression::None);
    for codec in Compression::ALL.into_iter().skip(1) {
        let like = build(&records, codec);
        let longer = compress(codec, None, &[&plain[61..], &[0]].concat()).unwrap();
        let error = refused(&assemble(&like, &longer, |_| ()));
        assert!(matches!(error, RecordError::Record { source: Malformed::TrailingBytes, .. }), "{codec}");
        let behind = [&like[61..], &[7, 7, 7, 7, 7]].concat();
        let error = refused(&assemble(&like, &behind, |_| ()));
        assert!(matches!(error, RecordError::Decompress(_)), "{codec} {error:?}");
        assert_eq!(error.code(), ErrorCode::InvalidRecord);
    }
}

#[test]
fn records_without_a_key_are_named_one_by_one_in_compacted_topics() {
    let records = sample_records(11);
    let rules = ValidationRules { compacted: true, ..ValidationRules::default() };
    for codec in Compression::ALL {
        let error = refused_by(&build(&records, codec), &rules);
        assert_eq!(error.code(), ErrorCode::InvalidRecord);
        let indexes: Vec<_> = error.rejected_records().iter().map(|record| record.index).collect();
        assert_eq!(indexes, [4, 9], "{codec}");
        assert!(error.rejected_records()[0].message.contains("key"));
    }
}

#[test]
fn named_records_are_bounded_and_the_rest_counted() {
    let mut builder = BatchBuilder::new(Offset::ZERO, Compression::Gzip);
    for _ in 0..5000 {
        builder.push(None, None, &[], NOW).unwrap();
    }
    let rules = ValidationRules { compacted: true, ..ValidationRules::default() };
    let RecordError::Rejected(rejection) = refused_by(&builder.finish().unwrap(), &rules) else {
        panic!("not a rejection")
    };
    assert_eq!((rejection.count, rejection.records.len()), (5000, Rejection::RECORDS_MAX));
}

#[test]
fn timestamps_must_lie_within_the_topics_bounds() {
    let rules = ValidationRules {
        timestamp_before_max_ms: 1000,
        timestamp_after_max_ms: 10,
        ..ValidationRules::default()
    };
    let with = |timestamps: &[i64]| {
        let mut builder = BatchBuilder::new(Offset::ZERO, Compression::None);
        for &timestamp in timestamps {
            builder.push(None, None, &[], TimestampMs(timestamp)).unwrap();
        }
        builder.finish().unwrap()
    };
    let fine = with(&[NOW.0 - 1000, NOW.0 + 10, -1]);
    assert_eq!(validate_produced(&fine, &rules, NOW).unwrap().max_timestamp_offset_delta, 1);
    let bytes = with(&[NOW.0, NOW.0 - 1001, NOW.0 + 11, 0, i64::MAX / 2]);
    let error = refused_by(&bytes, &rules);
    assert_eq!(error.code(), ErrorCode::InvalidTimestamp);
    let indexes: Vec<_> = error.rejected_records().iter().map(|record| record.index).collect();
    assert_eq!(indexes, [1, 2, 3, 4]);
    // The producer's own times do not matter where the log sets them.
    let rules = ValidationRules { timestamp_type: TimestampType::LogAppendTime, ..rules };
    let validated = validate_produced(&bytes, &rules, NOW).unwrap();
    assert_eq!((validated.max_timestamp, validated.max_timestamp_offset_delta), (NOW, 4));
    // An hour ahead is Kafka's default bound.
    let defaults = ValidationRules::default();
    assert!(validate_produced(&with(&[NOW.0 + 3_600_000]), &defaults, NOW).is_ok());
    assert!(validate_produced(&with(&[NOW.0 + 3_600_001]), &defaults, NOW).is_err());
    assert!(validate_produced(&with(&[0, i64::MIN / 2]), &defaults, NOW).is_ok());
}

#[test]
fn a_timestamp_that_overflows_is_refused() {
    let bytes = with_header(|header| header.base_timestamp = TimestampMs(i64::MAX));
    let error = RecordError::Record { index: 1, source: Malformed::Timestamp };
    assert_eq!(refused(&bytes), error);
    // Reading what is stored anyway saturates instead.
    assert!(read(&bytes).unwrap().iter().all(|record| record.timestamp > 0));
}

#[test]
fn both_errors_at_once_give_the_timestamp_code() {
    let mut builder = BatchBuilder::new(Offset::ZERO, Compression::None);
    builder.push(None, None, &[], NOW).unwrap();
    builder.push(Some(b"k"), None, &[], TimestampMs(NOW.0 + 4_000_000)).unwrap();
    let rules = ValidationRules { compacted: true, ..ValidationRules::default() };
    let error = refused_by(&builder.finish().unwrap(), &rules);
    assert_eq!((error.code(), error.rejected_records().len()), (ErrorCode::InvalidTimestamp, 2));
}

#[test]
fn codecs_refuse_what_java_could_not_read() {
    let like = build(&sample_records(3), Compression::Lz4);
    let mut linked = like.to_vec();
    // Flags of the lz4 frame, without the bit for independent blocks.
    linked[61 + 4] &= !0x20;
    fix_crc(&mut linked);
    let unreadable = |codec| RecordError::Decompress(DecompressError::Unreadable(codec));
    assert_eq!(refused(&linked), unreadable(Compression::Lz4));
    let twice = [&like[61..], &like[61..]].concat();
    let trailing = RecordError::Decompress(DecompressError::TrailingBytes(Compression::Lz4));
    assert_eq!(refused(&assemble(&like, &twice, |_| ())), trailing);
    let like = build(&sample_records(3), Compression::Zstd);
    let window_of_2_gib = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0];
    assert_eq!(refused(&assemble(&like, &window_of_2_gib, |_| ())), unreadable(Compression::Zstd));
    let second = [&like[61..], &window_of_2_gib].concat();
    assert_eq!(refused(&assemble(&like, &second, |_| ())), unreadable(Compression::Zstd));
    let like = build(&sample_records(3), Compression::Snappy);
    let mut older = like.to_vec();
    older[61 + 11] = 0;
    fix_crc(&mut older);
    assert_eq!(refused(&older), unreadable(Compression::Snappy));
}

#[test]
fn what_other_clients_write_is_read() {
    let records = sample_records(40);
    let plain = build(&records, Compression::None);
    let (front, back) = plain[61..].split_at(500);
    let gzip = |bytes: &[u8]| compress(Compression::Gzip, Some(1), bytes).unwrap();
    let snappy = |bytes: &[u8]| compress(Compression::Snappy, None, bytes).unwrap();
    let zstd = |bytes: &[u8]| compress(Compression::Zstd, Some(1), bytes).unwrap();
    let streamed = zstd::stream::encode_all(&plain[61..], 1).unwrap();
    for (codec, payload) in [
        (Compression::Gzip, [gzip(front), gzip(back)].concat()),
        (Compression::Snappy, snap::raw::Encoder::new().compress_vec(&plain[61..]).unwrap()),
        (Compression::Snappy, [snappy(front), snappy(back)].concat()),
        (Compression::Zstd, [zstd(front), zstd(back)].concat()),
        (Compression::Zstd, streamed),
    ] {
        let bytes = assemble(&build(&records, codec), &payload, |_| ());
        validate_produced(&bytes, &ValidationRules::default(), NOW).unwrap();
        assert_eq!(read(&bytes).unwrap(), records, "{codec}");
    }
}

#[test]
fn a_batch_is_rewritten_only_if_it_is_one() {
    let mut bytes = build(&sample_records(2), Compression::None).to_vec();
    bytes.push(0);
    assert!(matches!(RecordBatchMut::new(&mut bytes), Err(RecordError::NotOneBatch)));
    assert!(matches!(RecordBatchMut::new(&mut bytes[..80]), Err(RecordError::Truncated { .. })));
    assert!(matches!(RecordBatchMut::new(&mut bytes[..20]), Err(RecordError::Truncated { .. })));
}

#[test]
fn compaction_keeps_offsets_and_the_producers_last_sequence() {
    let mut builder = BatchBuilder::new(Offset(50), Compression::Zstd).leader_epoch(LeaderEpoch(2)).producer(
        ProducerId(1),
        ProducerEpoch(0),
        10,
    );
    for record in sample_records(9) {
        record.push_to(&mut builder);
    }
    let bytes = builder.finish().unwrap();
    let batch = BatchView::first(&bytes).unwrap();
    let all = read(&bytes).unwrap();
    assert_eq!(retain(&batch, None, |_, _, _| true), Ok(Retained::All));
    assert_eq!(retain(&batch, None, |_, _, _| false), Ok(Retained::Nothing));
    let even = retain(&batch, None, |offset, _, _| offset.0 % 2 == 0).unwrap();
    let horizon = retain(&batch, Some(NOW), |offset, _, _| offset.0 % 2 == 0).unwrap();
    for (kept, horizon) in [(even, None), (horizon, Some(NOW))] {
        let Retained::Some(kept) = kept else { panic!("{kept:?}") };
        let new = BatchView::first(&kept).unwrap();
        new.check_crc().unwrap();
        let expected: Vec<_> = all.iter().filter(|record| record.offset % 2 == 0).cloned().collect();
        assert_eq!(read(&kept).unwrap(), expected);
        assert_eq!(new.header().last_offset(), Offset(58));
        assert_eq!(new.header().last_sequence(), 18);
        assert_eq!(new.header().delete_horizon(), horizon);
        let largest = expected.iter().map(|record| record.timestamp).max().unwrap();
        assert_eq!(new.header().max_timestamp, TimestampMs(largest));
    }
    let empty = Retained::empty_batch(batch.header()).unwrap();
    assert_eq!((empty.len(), read(&empty)), (61, Ok(Vec::new())));
    assert_eq!(BatchHeader::parse(&empty).unwrap().last_sequence(), 18);
}

#[test]
fn a_count_is_not_trusted_before_the_bytes_are_known() {
    assert!(RecordIter::new(&[0; 13], 2).is_err());
    assert!(RecordIter::new(&[0; 1000], i32::MAX).is_err());
    assert!(RecordIter::new(&[], -1).is_err());
    assert_eq!(RecordIter::new(&[], 0).unwrap().count(), 0);
    assert!(RecordIter::new(&[1], 0).is_err());
}
