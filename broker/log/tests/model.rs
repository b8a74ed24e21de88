//! A log beside the simplest thing that does the same: random appends, reads, cuts, removals and restarts.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::sync::Arc;

use support::{batch, partition, topic_id};
use weir_env::Env;
use weir_env::clock::ManualClock;
use weir_env::random::{Seeded, SeededRandom};
use weir_env::sim_disk::SimDisk;
use weir_log::{LogConfig, LogDirectory, PartitionLog};
use weir_model::{LeaderEpoch, Offset, TimestampMs};
use weir_records::BatchIter;

/// A batch: base offset, bytes as they must be on disk, timestamp.
struct Batch {
    base: i64,
    next: i64,
    bytes: Vec<u8>,
    timestamp: i64,
}

#[derive(Default)]
struct Model {
    batches: Vec<Batch>,
    start: i64,
    end: i64,
}

struct World {
    disk: SimDisk,
    random: Seeded,
    model: Model,
    time: i64,
}

fn config(random: &mut Seeded) -> LogConfig {
    LogConfig {
        segment_bytes: 700 + u32::try_from(random.below(2000)).unwrap(),
        index_interval_bytes: u32::try_from(random.below(500)).unwrap(),
        segment_ms: 50 + random.below(2000),
        segment_jitter_ms: random.below(50),
        segment_index_bytes: 64 + u32::try_from(random.below(500)).unwrap(),
        retention_ms: Some(500 + random.below(3000)),
        retention_bytes: (random.below(2) == 0).then_some(random.below(5000)),
        ..LogConfig::default()
    }
}

impl World {
    fn open(&self, config: &LogConfig) -> (LogDirectory, Arc<PartitionLog>) {
        let env = Env {
            clock: Arc::new(ManualClock::new(TimestampMs(0))),
            disk: Arc::new(self.disk.clone()),
            random: Arc::new(SeededRandom::new(3)),
        };
        let directory = support::open(&env, Path::new("/data"), config);
        assert!(directory.summary().failed.is_empty(), "{:?}", directory.summary().failed);
        let name = partition("t", 0);
        let log = directory
            .log(&name)
            .unwrap_or_else(|| directory.create(&name, topic_id(1), config.clone()).unwrap());
        (directory, log)
    }

    fn below(&mut self, end: i64) -> i64 {
        i64::try_from(self.random.below(end.unsigned_abs().max(1))).unwrap()
    }

    fn append(&mut self, log: &PartitionLog) {
        let count = 1 + self.random.below(4);
        let size = usize::try_from(self.random.below(120)).unwrap();
        self.time += self.below(40);
        // Some producers are late.
        let timestamp = self.time - self.below(100).max(60) + 60;
        let value = vec![u8::try_from(count).unwrap(); size];
        let records: Vec<(&[u8], Option<&[u8]>)> =
            (0..count).map(|_| (b"k".as_slice(), Some(&value[..]))).collect();
        let mut bytes = batch(&records, timestamp);
        let appended = log.append(&mut bytes, LeaderEpoch(2)).unwrap();
        assert_eq!(appended.base_offset.0, self.model.end);
        let next = appended.last_offset.0 + 1;
        self.model.batches.push(Batch { base: self.model.end, next, bytes, timestamp });
        self.model.end = next;
    }

    fn read(&mut self, log: &PartitionLog) {
        let (start, end) = (self.model.start, self.model.end);
        let from = start - 2 + self.below(end - start + 5);
        let upto = from + self.below(end - from + 3);
        let bytes_max = usize::try_from(self.random.below(1500)).unwrap();
        let at_least_one = self.random.below(2) == 0;
        let result = log.read(Offset(from), Offset(upto), bytes_max, at_least_one);
        if from < start || from > end {
            assert!(result.is_err(), "{from} is outside {start}..{end}");
            return;
        }
        let mut bytes = Vec::new();
        for range in result.unwrap().ranges {
            let at = bytes.len();
            bytes.resize(at + range.len as usize, 0);
            range.file.read_exact_at(&mut bytes[at..], range.position).unwrap();
        }
        let mut may: Vec<&Batch> =
            self.model.batches.iter().filter(|batch| batch.next > from && batch.next <= upto).collect();
        let got: Vec<&[u8]> = BatchIter::new(&bytes).map(|batch| batch.unwrap().bytes()).collect();
        assert!(got.len() <= may.len(), "{from}..{upto}");
        let first_fits = may.first().is_some_and(|first| first.bytes.len() <= bytes_max);
        assert_eq!(
            got.is_empty(),
            !(first_fits || (at_least_one && !may.is_empty())),
            "{from}..{upto}, {bytes_max}"
        );
        may.truncate(got.len());
        let expected: Vec<&[u8]> = may.iter().map(|batch| batch.bytes.as_slice()).collect();
        assert_eq!(got, expected, "{from}..{upto}");
        assert!(bytes.len() <= bytes_max || got.len() == 1);
    }

    fn find_time(&mut self, log: &PartitionLog) {
        let timestamp = self.below(self.time + 20);
        let (start, end) = (self.model.start, self.model.end);
        let there = |batch: &&Batch| batch.next > start;
        let expected = self.model.batches.iter().filter(there).find(|batch| batch.timestamp >= timestamp);
        let found = log.offset_for_timestamp(TimestampMs(timestamp), Offset(end)).unwrap();
        let expected = expected.map(|batch| (batch.base.max(start), batch.timestamp));
        assert_eq!(found.map(|found| (found.offset.0, found.timestamp.0)), expected, "timestamp {timestamp}");
        let newest = self.model.batches.iter().filter(there).map(|batch| batch.timestamp).max();
        let found = log.max_timestamp(Offset(end)).unwrap();
        assert_eq!(found.map(|found| found.timestamp.0), newest);
        let first = self.model.batches.iter().filter(there).find(|batch| Some(batch.timestamp) == newest);
        assert_eq!(found.map(|found| found.offset.0), first.map(|batch| batch.base.max(start)));
    }

    fn cut(&mut self, log: &PartitionLog) {
        let to = self.model.start + self.below(self.model.end - self.model.start + 1);
        log.truncate_to(Offset(to)).unwrap();
        let within = self.model.batches.iter().find(|batch| batch.base < to && to < batch.next);
        let end = within.map_or(to, |batch| batch.base.max(self.model.start));
        self.model.batches.retain(|batch| batch.next <= end);
        self.model.end = self.model.end.min(end);
        assert_eq!(log.log_end().0, self.model.end, "cut to {to}");
    }

    fn remove(&mut self, log: &PartitionLog) {
        log.flush().unwrap();
        if self.random.below(2) == 0 {
            let to = self.model.start + self.below(self.model.end - self.model.start + 1);
            assert_eq!(log.delete_records(Offset(to)).unwrap().0, to);
            self.model.start = to;
        } else {
            let before = self.model.start;
            let removed = log.apply_retention(TimestampMs(self.time)).unwrap();
            self.model.start = log.log_start().0;
            assert!(self.model.start >= before);
            let keep = log.config().retention_ms.unwrap();
            let due = |batch: &Batch| self.time - batch.timestamp > i64::try_from(keep).unwrap();
            let by_time = |batch: &Batch| due(batch) || batch.base >= self.model.start;
            let all_due = self.model.batches.iter().filter(|batch| batch.next > before).all(by_time);
            assert!(
                all_due || removed.bytes == 0 || log.config().retention_bytes.is_some(),
                "too much was removed"
            );
        }
    }
}

#[test]
fn the_log_does_what_a_list_of_batches_does() {
    for seed in 0..60 {
        let mut world = World {
            disk: SimDisk::new(seed),
            random: Seeded::new(seed),
            model: Model::default(),
            time: 10_000,
        };
        let mut settings = config(&mut world.random);
        let (mut directory, mut log) = world.open(&settings);
        for _ in 0..400 {
            match world.random.below(40) {
                0..16 => world.append(&log),
                16..28 => world.read(&log),
                28..33 => world.find_time(&log),
                33 => world.cut(&log),
                34 => world.remove(&log),
                35 => _ = log.flush().unwrap(),
                36 => log.roll().unwrap(),
                37 => {
                    settings = config(&mut world.random);
                    log.update_config(settings.clone());
                }
                choice => {
                    if choice == 38 {
                        directory.close().unwrap();
                    } else if world.random.below(2) == 0 {
                        log.flush().unwrap();
                        directory.checkpoint().unwrap();
                    }
                    drop((log, directory));
                    world.disk.kill();
                    (directory, log) = world.open(&settings);
                }
            }
            assert_eq!(
                (log.log_start().0, log.log_end().0),
                (world.model.start, world.model.end),
                "seed {seed}"
            );
        }
    }
}
