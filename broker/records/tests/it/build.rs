//! What the builder writes is valid and reads back.

use weir_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};
use weir_records::{
    BatchBuilder, BatchIter, BatchView, BuildError, Compression, ControlRecord, ControlRecordType,
    EndTxnMarker, NO_SEQUENCE, RecordBatchMut, TimestampType, ValidationRules, end_txn_marker_batch,
    sequence_plus, validate_produced,
};

use crate::support::{NOW, build, read, sample_records};

#[test]
fn every_codec_reads_back_and_is_valid() {
    for codec in Compression::ALL {
        for count in [1, 2, 1000] {
            let records = sample_records(count);
            let bytes = build(&records, codec);
            let validated = validate_produced(&bytes, &ValidationRules::default(), NOW).unwrap();
            assert_eq!(validated.record_count as usize, count);
            assert_eq!(validated.compression, codec);
            let largest = records.iter().map(|record| record.timestamp).max().unwrap();
            let first = records.iter().position(|record| record.timestamp == largest).unwrap();
            assert_eq!(validated.max_timestamp, TimestampMs(largest));
            assert_eq!(validated.max_timestamp_offset_delta as usize, first);
            assert_eq!(validated.header.max_timestamp, TimestampMs(largest));
            assert_eq!(read(&bytes).unwrap(), records, "{codec} {count}");
        }
    }
}

#[test]
fn compression_makes_the_sample_smaller() {
    let records = sample_records(1000);
    let plain = build(&records, Compression::None).len();
    for codec in Compression::ALL.into_iter().skip(1) {
        assert!(build(&records, codec).len() < plain / 2, "{codec}");
    }
}

#[test]
fn the_header_carries_what_the_builder_was_told() {
    let mut builder = BatchBuilder::new(Offset(1 << 40), Compression::Zstd)
        .leader_epoch(LeaderEpoch(7))
        .producer(ProducerId(9), ProducerEpoch(3), i32::MAX)
        .transactional()
        .append_time(NOW);
    assert!(builder.is_empty());
    builder.push(None, Some(b"a"), &[], TimestampMs(5)).unwrap();
    builder.push_at(4, None, Some(b"b"), &[], TimestampMs(3)).unwrap();
    assert_eq!(builder.push_at(4, None, None, &[], TimestampMs(3)), Err(BuildError::OffsetDelta));
    assert_eq!(builder.len(), 2);
    let bytes = builder.finish().unwrap();
    let batch = BatchView::first(&bytes).unwrap();
    batch.check_crc().unwrap();
    let header = batch.header();
    assert_eq!(header.base_offset, Offset(1 << 40));
    assert_eq!(header.last_offset(), Offset((1 << 40) + 4));
    assert_eq!(header.next_offset(), Offset((1 << 40) + 5));
    assert_eq!(header.leader_epoch, LeaderEpoch(7));
    assert_eq!((header.producer_id, header.producer_epoch), (ProducerId(9), ProducerEpoch(3)));
    assert_eq!((header.base_sequence, header.last_sequence()), (i32::MAX, 3));
    assert!(header.attributes.is_transactional() && !header.attributes.is_control());
    assert_eq!(header.append_time(), Some(NOW));
    let offsets: Vec<_> = read(&bytes).unwrap().iter().map(|r| (r.offset - (1 << 40), r.timestamp)).collect();
    assert_eq!(offsets, [(0, NOW.0), (4, NOW.0)]);
}

#[test]
fn an_empty_builder_gives_no_batch() {
    assert_eq!(BatchBuilder::new(Offset::ZERO, Compression::None).finish(), Err(BuildError::Empty));
}

#[test]
fn sequence_numbers_wrap_to_zero() {
    assert_eq!(sequence_plus(5, 3), 8);
    assert_eq!(sequence_plus(i32::MAX, 1), 0);
    assert_eq!(sequence_plus(i32::MAX - 1, 3), 1);
}

#[test]
fn a_log_stamps_offset_epoch_and_append_time_in_place() {
    let mut bytes = build(&sample_records(10), Compression::Lz4).to_vec();
    let payload = bytes[61..].to_vec();
    let rules =
        ValidationRules { timestamp_type: TimestampType::LogAppendTime, ..ValidationRules::default() };
    let later = TimestampMs(NOW.0 + 60_000);
    let validated = validate_produced(&bytes, &rules, later).unwrap();
    let mut batch = RecordBatchMut::new(&mut bytes).unwrap();
    let crc = batch.header().crc;
    batch.set_base_offset(Offset(77));
    batch.set_leader_epoch(LeaderEpoch(4));
    assert_eq!(batch.header().crc, crc, "offset and epoch are outside the checksum");
    batch.apply(&validated);
    assert_ne!(batch.header().crc, crc);
    let now_header = *batch.header();
    let batch = BatchView::first(&bytes).unwrap();
    assert_eq!(*batch.header(), now_header);
    batch.check_crc().unwrap();
    assert_eq!(batch.payload(), payload);
    assert_eq!(batch.header().base_offset, Offset(77));
    assert_eq!(batch.header().leader_epoch, LeaderEpoch(4));
    assert!(read(&bytes).unwrap().iter().all(|record| record.timestamp == later.0));
}

#[test]
fn a_header_that_was_copied_out_is_stamped_like_a_whole_batch() {
    let bytes = build(&sample_records(10), Compression::None);
    let mut whole = bytes.to_vec();
    RecordBatchMut::new(&mut whole).unwrap().set_append_time(NOW);
    let mut raw = *bytes.first_chunk::<61>().unwrap();
    RecordBatchMut::from_parts(&mut raw, &bytes[61..]).unwrap().set_append_time(NOW);
    assert_eq!([&raw[..], &bytes[61..]].concat(), whole);
}

#[test]
fn a_wrong_maximum_timestamp_is_mended() {
    let bytes = build(&sample_records(10), Compression::None);
    let mut wrong =
        crate::support::assemble(&bytes, &bytes[61..], |header| header.max_timestamp = TimestampMs(1));
    let validated = validate_produced(&wrong, &ValidationRules::default(), NOW).unwrap();
    RecordBatchMut::new(&mut wrong).unwrap().apply(&validated);
    assert_eq!(wrong, bytes);
}

#[test]
fn batches_that_lie_one_after_another_are_cut() {
    let mut bytes = Vec::new();
    for count in [1, 5, 9] {
        bytes.extend_from_slice(&build(&sample_records(count), Compression::Snappy));
    }
    let whole = bytes.len();
    bytes.extend_from_slice(&build(&sample_records(3), Compression::None)[..70]);
    let mut iter = BatchIter::new(&bytes);
    let counts: Vec<_> = iter.by_ref().map_while(Result::ok).map(|batch| batch.header().count).collect();
    assert_eq!(counts, [1, 5, 9]);
    assert_eq!(iter.rest().len(), bytes.len() - whole);
    assert!(iter.next().is_none(), "an error ends the walk");
}

#[test]
fn an_end_of_transaction_marker_is_a_control_batch() {
    let marker = EndTxnMarker {
        kind: ControlRecordType::Commit,
        coordinator_epoch: 12,
        producer_id: ProducerId(5),
        producer_epoch: ProducerEpoch(2),
    };
    let bytes = end_txn_marker_batch(&marker, LeaderEpoch(3), NOW).unwrap();
    let batch = BatchView::first(&bytes).unwrap();
    batch.check_crc().unwrap();
    assert!(batch.header().attributes.is_control() && batch.header().attributes.is_transactional());
    assert_eq!(batch.header().last_sequence(), NO_SEQUENCE);
    let records = batch.records().unwrap();
    let record = records.iter().next().unwrap().unwrap();
    let parsed = ControlRecord { kind: ControlRecordType::Commit, coordinator_epoch: Some(12) };
    assert_eq!(ControlRecord::parse(&record), Some(parsed));
}
