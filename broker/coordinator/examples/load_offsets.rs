//! How fast a shard loads: ten million offset commits over a thousand live keys, in batches as the driver writes them.
//! `cargo run --release -p weir-coordinator --example load_offsets`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Instant;

use weir_coordinator::record::{GroupRecord, OffsetValue};
use weir_coordinator::{FixedTopics, GroupConfig, GroupMemory, GroupShard, LoadProgress};
use weir_model::{GroupId, Offset, TimestampMs, Uuid};
use weir_records::{BatchBuilder, Compression};

const COMMITS: i64 = 10_000_000;
const GROUPS: i64 = 50;
const PARTITIONS: i64 = 20;
const COMMITS_PER_BATCH: i64 = 20;
/// A gibibyte of log is never in memory at once.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

fn commit(number: i64) -> GroupRecord {
    let key = number % (GROUPS * PARTITIONS);
    GroupRecord::Offset {
        group: GroupId::new(&format!("consumer-group-of-service-{}", key / PARTITIONS)),
        topic: "orders.by-customer".into(),
        partition: i32::try_from(key % PARTITIONS).unwrap(),
        value: Some(OffsetValue {
            offset: number,
            leader_epoch: 3,
            metadata: Arc::default(),
            commit_timestamp_ms: 1_700_000_000_000 + number,
            expire_timestamp_ms: None,
            topic_id: Uuid::ZERO,
        }),
    }
}

fn batch(first: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Offset(first), Compression::None);
    for number in first..first + COMMITS_PER_BATCH {
        let record = commit(number).encode();
        let time = TimestampMs(1_700_000_000_000 + number);
        builder.push(Some(&record.key), record.value.as_deref(), &[], time).unwrap();
    }
    builder.finish().unwrap().to_vec()
}

fn main() {
    let topics = Arc::new(FixedTopics::default());
    let mut shard = GroupShard::new(Arc::new(GroupConfig::default()), topics, GroupMemory::default());
    let mut progress = LoadProgress::default();
    let mut spent = std::time::Duration::ZERO;
    let mut bytes = 0;
    let mut first = 0;
    while first < COMMITS {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        while first < COMMITS && chunk.len() < CHUNK_BYTES {
            chunk.extend(batch(first));
            first += COMMITS_PER_BATCH;
        }
        bytes += chunk.len();
        let start = Instant::now();
        shard.load(&chunk, &mut progress).unwrap();
        spent += start.elapsed();
    }
    assert_eq!((shard.offset_count(), progress.applied), (1000, COMMITS.unsigned_abs()));
    let rate = COMMITS as f64 / spent.as_secs_f64() / 1e6;
    println!("{COMMITS} commits over 1000 keys, {bytes} bytes: {spent:?}, {rate:.1} million a second");
}
