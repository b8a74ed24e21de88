//! Writes a small log of every codec and of several segments, for a look at it with Kafka's `DumpLogSegments`. Run with
//! `cargo run -p weir-log --example sample_log -- DIR`.
#![allow(clippy::unwrap_used, reason = "a program for a developer at a terminal")]

use std::path::PathBuf;

use weir_env::Env;
use weir_log::{CleanupPolicy, LogConfig, LogDirectory, LogSettings, Pace};
use weir_model::{
    LeaderEpoch, Offset, PartitionIndex, ProducerEpoch, ProducerId, TimestampMs, TopicId, TopicName,
    TopicPartition,
};
use weir_records::{BatchBuilder, Compression};

fn main() {
    let settings = LogSettings {
        data_dir: PathBuf::from(std::env::args().nth(1).unwrap()),
        open_files_max: 100,
        partitions_max: 10,
        recovery_threads: 1,
        reserved_bytes: 0,
    };
    let config = LogConfig {
        segment_bytes: 40_000,
        index_interval_bytes: 500,
        cleanup_policy: CleanupPolicy { delete: false, compact: true },
        ..LogConfig::default()
    };
    let directory = LogDirectory::open(&Env::real(), settings, &|_, _| config.clone()).unwrap();
    for (at, compacted) in [(0, false), (1, true)] {
        let partition =
            TopicPartition { topic: TopicName::new("sample").unwrap(), partition: PartitionIndex(at) };
        let log = directory.create(&partition, TopicId::from_random([1; 16]), config.clone()).unwrap();
        let codecs =
            [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];
        for number in 0..400_i32 {
            let codec = codecs[usize::try_from(number).unwrap() % codecs.len()];
            let mut builder = BatchBuilder::new(Offset::ZERO, codec).producer(
                ProducerId(i64::from(number % 3)),
                ProducerEpoch(0),
                number / 3 * 2,
            );
            for half in 0..2 {
                let key = format!("key-{}", (number * 7 + half) % 50);
                let value = format!("value {number} {half} {}", "x".repeat(100));
                let value = (number % 17 > 0).then_some(value.as_bytes());
                builder
                    .push(
                        Some(key.as_bytes()),
                        value,
                        &[],
                        TimestampMs(1_700_000_000_000 + i64::from(number)),
                    )
                    .unwrap();
            }
            log.append(&mut builder.finish().unwrap().to_vec(), LeaderEpoch(number / 100)).unwrap();
        }
        log.flush().unwrap();
        if compacted {
            log.compact(TimestampMs(1_800_000_000_000), 1 << 20, &mut Pace::unbounded()).unwrap();
        }
    }
    directory.close().unwrap();
}
