//! What the tests of the log share: batches, logs on a directory, reading back.
#![allow(dead_code, reason = "each test uses its part")]

use std::path::Path;
use std::sync::Arc;

use weir_env::Env;
use weir_log::{LogConfig, LogDirectory, LogSettings, PartitionLog};
use weir_model::{
    LeaderEpoch, Offset, PartitionIndex, ProducerEpoch, ProducerId, TimestampMs, TopicId, TopicName,
    TopicPartition,
};
use weir_records::{BatchBuilder, BatchIter, Compression};

/// A record as a test sees it.
pub(crate) type Seen = (i64, Option<Vec<u8>>, Option<Vec<u8>>);

pub(crate) fn partition(topic: &str, index: i32) -> TopicPartition {
    TopicPartition { topic: TopicName::new(topic).unwrap(), partition: PartitionIndex(index) }
}

pub(crate) fn topic_id(number: u8) -> TopicId {
    TopicId::from_random([number; 16])
}

pub(crate) fn settings(dir: &Path) -> LogSettings {
    LogSettings {
        data_dir: dir.to_path_buf(),
        open_files_max: 1000,
        partitions_max: 20_000,
        recovery_threads: 1,
        reserved_bytes: 0,
    }
}

pub(crate) fn open(env: &Env, dir: &Path, config: &LogConfig) -> LogDirectory {
    LogDirectory::open(env, settings(dir), &|_, _| config.clone()).unwrap()
}

/// A batch of records `(key, value)` at a timestamp.
pub(crate) fn batch(records: &[(&[u8], Option<&[u8]>)], timestamp: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Offset::ZERO, Compression::None);
    for (key, value) in records {
        builder.push(Some(key), *value, &[], TimestampMs(timestamp)).unwrap();
    }
    builder.finish().unwrap().to_vec()
}

/// A batch of `count` records of an idempotent producer.
pub(crate) fn produced(id: i64, epoch: i16, sequence: i32, count: i32, timestamp: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Offset::ZERO, Compression::None).producer(
        ProducerId(id),
        ProducerEpoch(epoch),
        sequence,
    );
    for at in 0..count {
        let value = format!("{id}/{epoch}/{}", weir_records::sequence_plus(sequence, at));
        builder.push(None, Some(value.as_bytes()), &[], TimestampMs(timestamp)).unwrap();
    }
    builder.finish().unwrap().to_vec()
}

/// A batch of keyed records of an idempotent producer, or of none with -1 for id and sequence.
pub(crate) fn produced_keyed(
    id: i64,
    sequence: i32,
    records: &[(Vec<u8>, Option<Vec<u8>>)],
    timestamp: i64,
) -> Vec<u8> {
    let epoch = if id < 0 { -1 } else { 0 };
    let mut builder = BatchBuilder::new(Offset::ZERO, Compression::None).producer(
        ProducerId(id),
        ProducerEpoch(epoch),
        sequence,
    );
    for (key, value) in records {
        builder.push(Some(key), value.as_deref(), &[], TimestampMs(timestamp)).unwrap();
    }
    builder.finish().unwrap().to_vec()
}

pub(crate) fn append(log: &Arc<PartitionLog>, mut batch: Vec<u8>) -> (i64, i64) {
    let appended = log.append(&mut batch, LeaderEpoch(0)).unwrap();
    (appended.base_offset.0, appended.last_offset.0)
}

/// The bytes of everything from `from` to the log end.
pub(crate) fn read_bytes(log: &PartitionLog, from: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut at = from.max(log.log_start().0);
    loop {
        let read = log.read(Offset(at), log.log_end(), 64 * 1024, true).unwrap();
        if read.ranges.is_empty() {
            return bytes;
        }
        for range in read.ranges {
            let mut part = vec![0; range.len as usize];
            range.file.read_exact_at(&mut part, range.position).unwrap();
            let last = BatchIter::new(&part).last().unwrap().unwrap();
            at = last.header().next_offset().0;
            bytes.extend_from_slice(&part);
        }
    }
}

/// Every record from `from` to the log end, with whole checksums.
pub(crate) fn read_records(log: &PartitionLog, from: i64) -> Vec<Seen> {
    let bytes = read_bytes(log, from);
    let mut seen = Vec::new();
    for batch in BatchIter::new(&bytes) {
        let batch = batch.unwrap();
        batch.check_crc().unwrap();
        let records = batch.records().unwrap();
        for record in records.iter() {
            let record = record.unwrap();
            let offset = records.offset(&record).0;
            if offset >= from {
                seen.push((offset, record.key.map(<[u8]>::to_vec), record.value.map(<[u8]>::to_vec)));
            }
        }
    }
    seen
}
