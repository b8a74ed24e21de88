//! Batches that Kafka's own builder wrote are read as Kafka's classes read them, and pass or fail validation as they should.

use weir_model::Offset;
use weir_records::{
    BatchHeader, BatchOrigin, BatchView, Compression, RecordError, ValidationRules, recompress, validate,
};

use crate::support::NOW;
use crate::text::describe;

/// Written by `java -cp JARS tests/vectors/BatchVectors.java write`.
const VECTORS: &str = include_str!("../vectors/kafka-clients-4.3.1.txt");

struct Vector {
    name: &'static str,
    bytes: Vec<u8>,
    lines: Vec<&'static str>,
}

fn vectors() -> Vec<Vector> {
    let mut vectors: Vec<Vector> = Vec::new();
    for line in VECTORS.lines() {
        if let Some(batch) = line.strip_prefix("batch ") {
            let (name, hex) = batch.split_once(' ').unwrap();
            let bytes = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
            let bytes = bytes.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
            vectors.push(Vector { name, bytes, lines: Vec::new() });
        } else {
            vectors.last_mut().unwrap().lines.push(line);
        }
    }
    vectors
}

fn vector(name: &str) -> Vec<u8> {
    vectors().into_iter().find(|vector| vector.name == name).unwrap().bytes
}

#[test]
fn every_vector_reads_as_kafka_reads_it() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 18);
    for vector in vectors {
        assert_eq!(describe(&vector.bytes).unwrap(), vector.lines, "{}", vector.name);
    }
}

#[test]
fn produced_vectors_are_valid() {
    for vector in vectors() {
        let batch = BatchView::first(&vector.bytes).unwrap();
        let rules = ValidationRules {
            timestamp_after_max_ms: i64::MAX,
            origin: BatchOrigin::Coordinator,
            ..ValidationRules::default()
        };
        match validate(&batch, &rules, NOW) {
            Ok(validated) => {
                assert_eq!(validated.record_count as usize, vector.lines.len() - 1, "{}", vector.name);
                assert_eq!(validated.max_timestamp, batch.header().max_timestamp, "{}", vector.name);
            }
            Err(error) => {
                assert_eq!((vector.name, error), ("append-time", RecordError::AppendTimeFromClient));
            }
        }
    }
}

#[test]
fn clients_may_not_write_what_brokers_write() {
    let error = |name| {
        let bytes = vector(name);
        validate(&BatchView::first(&bytes).unwrap(), &ValidationRules::default(), NOW).unwrap_err()
    };
    assert_eq!(error("commit-marker"), RecordError::ControlBatch);
    assert_eq!(error("append-time"), RecordError::AppendTimeFromClient);
    assert_eq!(error("transactional"), RecordError::BaseOffset(1 << 33));
}

#[test]
fn recompression_changes_codec_size_and_checksum_alone() {
    for vector in vectors() {
        let batch = BatchView::first(&vector.bytes).unwrap();
        for codec in Compression::ALL {
            let bytes = recompress(&batch, codec, None).unwrap();
            let new = BatchView::first(&bytes).unwrap();
            new.check_crc().unwrap();
            let expected = BatchHeader {
                size_bytes: bytes.len(),
                crc: new.header().crc,
                attributes: batch.header().attributes.with_compression(codec),
                ..*batch.header()
            };
            assert_eq!(*new.header(), expected, "{} {codec}", vector.name);
            let described = describe(&bytes).unwrap();
            assert_eq!(described[1..], vector.lines[1..], "{} {codec}", vector.name);
        }
    }
}

#[test]
fn the_plain_sample_of_kafka_is_what_our_builder_writes() {
    let bytes = vector("small-none");
    let batch = BatchView::first(&bytes).unwrap();
    let mut builder = weir_records::BatchBuilder::new(Offset::ZERO, Compression::None);
    let records = batch.records().unwrap();
    for record in records.iter() {
        let record = record.unwrap();
        let headers: Vec<_> = record.headers().collect();
        builder.push(record.key, record.value, &headers, records.timestamp(&record)).unwrap();
    }
    assert_eq!(builder.finish().unwrap(), bytes);
}
