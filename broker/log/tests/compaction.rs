//! Compaction: the newest record of every key survives, order and offsets stay, tombstones go in their time, and a power cut
//! at any operation leaves a log for which all of this is true.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use support::{partition, produced_keyed, read_bytes, read_records, topic_id};
use weir_env::Env;
use weir_env::clock::{Clock, ManualClock};
use weir_env::disk::Disk;
use weir_env::random::{Seeded, SeededRandom};
use weir_env::sim_disk::SimDisk;
use weir_log::{CleanupPolicy, LogConfig, LogDirectory, LogError, Pace, PartitionLog};
use weir_model::{LeaderEpoch, TimestampMs};
use weir_records::BatchIter;

const DIR: &str = "/data";
const MAP_BYTES: usize = 1 << 20;
const TOMBSTONES_STAY_MS: u64 = 10_000;
const STEPS: usize = 80;

fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 500,
        index_interval_bytes: 100,
        cleanup_policy: CleanupPolicy { delete: false, compact: true },
        delete_retention_ms: TOMBSTONES_STAY_MS,
        retention_ms: None,
        ..LogConfig::default()
    }
}

/// A record as it was tried.
type Tried = (Vec<u8>, Option<Vec<u8>>);

struct World {
    disk: SimDisk,
    clock: Arc<ManualClock>,
    random: Seeded,
    tried: Vec<Tried>,
    acknowledged: usize,
    sequences: BTreeMap<i64, i32>,
    batches: Vec<(i64, i32, Vec<Tried>, i64)>,
    /// A tombstone that was compacted once may be gone after this much more time.
    tombstones_may_go: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            disk: SimDisk::new(seed),
            clock: Arc::new(ManualClock::new(TimestampMs(1_000_000))),
            random: Seeded::new(seed ^ 0xc0),
            tried: Vec::new(),
            acknowledged: 0,
            sequences: BTreeMap::new(),
            batches: Vec::new(),
            tombstones_may_go: false,
        }
    }

    fn open(&self) -> Option<(LogDirectory, Arc<PartitionLog>)> {
        let env = Env {
            clock: Arc::clone(&self.clock) as _,
            disk: Arc::new(self.disk.clone()),
            random: Arc::new(SeededRandom::new(9)),
        };
        let directory = LogDirectory::open(&env, support::settings(Path::new(DIR)), &|_, _| config()).ok()?;
        if !self.disk.has_power() {
            return None;
        }
        assert!(directory.summary().failed.is_empty(), "{:?}", directory.summary().failed);
        let name = partition("t", 0);
        let log = match directory.log(&name) {
            Some(log) => log,
            None => directory.create(&name, topic_id(1), config()).ok()?,
        };
        Some((directory, log))
    }

    fn run(&mut self, steps: usize) {
        let Some((mut directory, mut log)) = self.open() else { return };
        for _ in 0..steps {
            let done = match self.random.below(16) {
                0..8 => self.append(&log),
                8..10 => self.flush(&log),
                10..12 => log.compact(self.clock.wall(), MAP_BYTES, &mut Pace::unbounded()).is_ok(),
                12 => directory.checkpoint().is_ok(),
                13 => {
                    self.clock.advance(Duration::from_millis(TOMBSTONES_STAY_MS / 2 + 1));
                    self.tombstones_may_go = true;
                    true
                }
                choice => {
                    let closed = choice == 14 || directory.close().is_ok();
                    drop((log, directory));
                    if !closed {
                        return;
                    }
                    if choice == 14 {
                        self.disk.kill();
                    } else {
                        self.acknowledged = self.tried.len();
                    }
                    let Some(again) = self.open() else { return };
                    (directory, log) = again;
                    true
                }
            };
            if !done {
                assert!(!self.disk.has_power(), "an operation failed although nothing was wrong");
                return;
            }
        }
    }

    fn append(&mut self, log: &Arc<PartitionLog>) -> bool {
        let id = i64::try_from(self.random.below(3)).unwrap();
        let records: Vec<Tried> = (0..=self.random.below(3))
            .map(|at| {
                let key = format!("k{}", self.random.below(7)).into_bytes();
                let value = format!("{}/{at}", self.tried.len()).into_bytes();
                (key, (self.random.below(5) > 0).then_some(value))
            })
            .collect();
        let sequence = *self.sequences.get(&id).unwrap_or(&0);
        let base = i64::try_from(self.tried.len()).unwrap();
        self.sequences.insert(id, sequence + i32::try_from(records.len()).unwrap());
        self.tried.extend(records.iter().cloned());
        self.batches.push((id, sequence, records.clone(), base));
        let mut batch = produced_keyed(id, sequence, &records, self.clock.wall().0);
        match log.append(&mut batch, LeaderEpoch(0)) {
            Ok(appended) => {
                assert_eq!((appended.base_offset.0, appended.duplicate), (base, None));
                true
            }
            Err(_) => false,
        }
    }

    fn flush(&mut self, log: &Arc<PartitionLog>) -> bool {
        let done = log.flush().is_ok();
        if done {
            self.acknowledged = usize::try_from(log.stable_end().0).unwrap();
        }
        done
    }

    fn check(&mut self) -> Result<(), String> {
        let Some((directory, log)) = self.open() else { return Err("not opened".into()) };
        let end = usize::try_from(log.log_end().0).unwrap();
        if end < self.acknowledged || end > self.tried.len() {
            return Err(format!("ends at {end}, {} acknowledged of {}", self.acknowledged, self.tried.len()));
        }
        self.tried.truncate(end);
        self.acknowledged = end;
        let seen = read_records(&log, 0);
        self.check_records(&seen)?;
        let end = i64::try_from(end).unwrap();
        self.batches.retain(|batch| batch.3 < end);
        self.check_producers(&log)?;
        drop(directory);
        Ok(())
    }

    fn check_records(&self, seen: &[support::Seen]) -> Result<(), String> {
        let mut newest: BTreeMap<&[u8], usize> = BTreeMap::new();
        for (offset, (key, _)) in self.tried.iter().enumerate() {
            newest.insert(key, offset);
        }
        let mut last = -1;
        for (offset, key, value) in seen {
            let (tried_key, tried_value) = &self.tried[usize::try_from(*offset).unwrap()];
            if *offset <= last || key.as_ref() != Some(tried_key) || value != tried_value {
                return Err(format!("offset {offset} after {last}: {key:?} {value:?}"));
            }
            last = *offset;
        }
        for offset in newest.into_values() {
            let there = seen.iter().any(|(seen, _, _)| *seen == i64::try_from(offset).unwrap());
            let may_be_gone = self.tombstones_may_go && self.tried[offset].1.is_none();
            if !there && !may_be_gone {
                return Err(format!("the newest record of a key, at {offset}, is gone"));
            }
        }
        // What a tombstone deleted does not come back when the tombstone is gone.
        let mut shown: BTreeMap<&[u8], i64> = BTreeMap::new();
        for (offset, key, _) in seen {
            shown.insert(key.as_deref().unwrap(), *offset);
        }
        for (key, offset) in shown {
            let later_tombstone = self.tried[usize::try_from(offset).unwrap() + 1..]
                .iter()
                .rev()
                .find(|(later, _)| later == key)
                .is_some_and(|(_, value)| value.is_none());
            if later_tombstone && self.tried[usize::try_from(offset).unwrap()].1.is_some() {
                return Err(format!("the deleted record at {offset} is back"));
            }
        }
        Ok(())
    }

    fn check_producers(&mut self, log: &Arc<PartitionLog>) -> Result<(), String> {
        self.sequences.clear();
        let mut last = BTreeMap::new();
        for (id, sequence, records, base) in &self.batches {
            self.sequences.insert(*id, sequence + i32::try_from(records.len()).unwrap());
            last.insert(*id, (*sequence, records.clone(), *base));
        }
        for (id, (sequence, records, base)) in last {
            match log.append(&mut produced_keyed(id, sequence, &records, 1), LeaderEpoch(0)) {
                Ok(again) if again.duplicate.is_some() && again.base_offset.0 == base => {}
                other => return Err(format!("producer {id}, sequence {sequence}: {other:?}")),
            }
        }
        Ok(())
    }
}

fn one(seed: u64, cut_at: u64) -> Result<(), String> {
    let mut world = World::new(seed);
    world.disk.start_trace();
    let disk = world.disk.clone();
    let mut lives = || {
        world.disk.cut_power_at(cut_at);
        for _ in 0..2 {
            world.run(STEPS);
            world.disk.cut_power();
            world.disk.restore_power();
            world.check()?;
            world.disk.kill();
            let later = 1 + world.random.below(80);
            world.disk.cut_power_at(world.disk.changes() + later);
        }
        Ok(())
    };
    lives().map_err(|what: String| format!("{what}\n{}", disk.trace().join("\n")))
}

#[test]
fn compaction_survives_a_power_cut_at_every_operation() {
    let seeds = std::env::var("WEIR_SEEDS").map_or(10, |seeds| seeds.parse().unwrap());
    let (mut runs, mut replaced) = (0, 0);
    for seed in 0..seeds {
        let mut world = World::new(seed);
        world.disk.start_trace();
        world.run(STEPS);
        replaced += world.disk.trace().iter().filter(|line| is_removal_of_a_log(line)).count();
        for cut_at in 1..=world.disk.changes() {
            runs += 1;
            if let Err(what) = one(seed, cut_at) {
                panic!("seed {seed}, cut at operation {cut_at}: {what}");
            }
        }
    }
    assert!(runs > 1000, "{runs} runs are too few");
    assert!(replaced > 20, "{replaced} swaps of several segments are too few");
}

/// The process ends in the middle of an operation, and the power goes while the next one recovers.
fn kill_and_cut(seed: u64, kill_at: u64, later: u64) -> Result<(), String> {
    let mut world = World::new(seed);
    world.disk.start_trace();
    world.disk.cut_power_at(kill_at);
    world.run(STEPS);
    world.disk.kill();
    world.disk.cut_power_at(world.disk.changes() + later);
    drop(world.open());
    world.disk.cut_power();
    world.disk.restore_power();
    world.check().map_err(|what| format!("{what}\n{}", world.disk.trace().join("\n")))
}

#[test]
fn compaction_survives_a_power_cut_while_a_killed_process_is_recovered() {
    let seeds = std::env::var("WEIR_SEEDS").map_or(8, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        let mut world = World::new(seed);
        world.disk.start_trace();
        world.run(STEPS);
        // The operations at which a swap is decided: each rename to `.swap`, and the sync after it.
        let trace = world.disk.trace();
        let decides = |line: &&String| line.contains(" Rename ") && line.contains(".cleaned");
        let number = |line: &String| line.split(' ').next().unwrap().parse::<u64>().unwrap();
        for kill_at in trace.iter().filter(decides).map(number).flat_map(|at| [at, at + 1]) {
            for later in 1..16 {
                if let Err(what) = kill_and_cut(seed, kill_at, later) {
                    panic!("seed {seed}, killed at operation {kill_at}, cut {later} later: {what}");
                }
            }
        }
    }
}

/// A log that is removed is one of several that a swap replaces: nothing else removes any here.
fn is_removal_of_a_log(line: &str) -> bool {
    line.contains(" Remove ") && line.trim_end().ends_with(".log")
}

#[test]
fn compaction_keeps_the_newest_of_each_key_and_removes_the_rest() {
    for seed in 0..30 {
        let mut world = World::new(seed);
        for _ in 0..5 {
            world.run(60);
            let (directory, log) = world.open().unwrap();
            log.flush().unwrap();
            log.roll().unwrap();
            let before = log.size_bytes();
            let done = log.compact(world.clock.wall(), MAP_BYTES, &mut Pace::unbounded()).unwrap();
            assert!(done.bytes_after <= done.bytes_before && !done.more);
            assert_eq!(log.size_bytes(), before - done.bytes_before + done.bytes_after);
            let seen = read_records(&log, 0);
            assert!(
                seen.len() <= 2 * 7 || world.tried.len() < 20,
                "seed {seed}: {} of {}",
                seen.len(),
                world.tried.len()
            );
            world.check_records(&seen).unwrap_or_else(|what| panic!("seed {seed}: {what}"));
            assert_eq!(log.compaction_due(world.clock.wall()).unwrap(), None);
            directory.close().unwrap();
            world.acknowledged = world.tried.len();
        }
    }
}

#[test]
fn a_tombstone_goes_after_its_time_and_an_emptied_batch_keeps_its_producer() {
    let world = World::new(1);
    let (_manager, log) = world.open().unwrap();
    let append = |records: &[Tried], sequence| {
        log.append(&mut produced_keyed(5, sequence, records, 1_000_000), LeaderEpoch(0)).unwrap();
    };
    let (key, value) = (b"k".to_vec(), Some(b"v".to_vec()));
    append(&[(key.clone(), value)], 0);
    append(&[(key, None)], 1);
    let compact = |log: &PartitionLog, world: &World| {
        log.flush().unwrap();
        log.roll().unwrap();
        log.compact(world.clock.wall(), MAP_BYTES, &mut Pace::unbounded()).unwrap();
    };
    compact(&log, &world);
    assert_eq!(read_records(&log, 0), [(1, Some(b"k".to_vec()), None)]);
    // A second compaction needs something new.
    let other = |log: &PartitionLog, number: i64| {
        log.append(
            &mut produced_keyed(6 + number, 0, &[(b"o".to_vec(), Some(vec![1]))], 1_000_000),
            LeaderEpoch(0),
        )
        .unwrap();
    };
    other(&log, 0);
    compact(&log, &world);
    assert_eq!(read_records(&log, 0).len(), 2, "the tombstone stays for delete.retention.ms");
    world.clock.advance(Duration::from_millis(TOMBSTONES_STAY_MS + 1));
    other(&log, 1);
    compact(&log, &world);
    let offsets: Vec<i64> = read_records(&log, 0).iter().map(|seen| seen.0).collect();
    assert_eq!(offsets, [3]);
    let bytes = read_bytes(&log, 0);
    let batches: Vec<(i64, i32)> = BatchIter::new(&bytes)
        .map(|batch| *batch.unwrap().header())
        .map(|header| (header.base_offset.0, header.count))
        .collect();
    assert_eq!(batches, [(1, 0), (2, 0), (3, 1)], "each producer's last batch keeps its header");
    let again = log.append(&mut produced_keyed(5, 1, &[(b"k".to_vec(), None)], 1), LeaderEpoch(0)).unwrap();
    assert_eq!(again.duplicate.unwrap().base_offset.0, 1);
}

#[test]
fn lags_the_active_segment_and_a_small_map_bound_what_is_compacted() {
    let world = World::new(1);
    let (_manager, log) = world.open().unwrap();
    for number in 0..40 {
        let records = [(vec![number % 20], Some(vec![number; 20]))];
        log.append(&mut produced_keyed(-1, -1, &records, 1_000_000 + i64::from(number)), LeaderEpoch(0))
            .unwrap();
    }
    let now = TimestampMs(1_000_100);
    assert_eq!(log.compaction_due(now).unwrap(), None, "nothing is committed");
    log.flush().unwrap();
    assert!(log.compaction_due(now).unwrap().is_some());
    log.update_config(LogConfig { min_compaction_lag_ms: 1000, ..config() });
    assert_eq!(log.compaction_due(now).unwrap(), None, "everything is too young");
    log.update_config(LogConfig { max_compaction_lag_ms: 50, min_cleanable_dirty_ratio: 1.0, ..config() });
    assert_eq!(log.compaction_due(now).unwrap(), Some(1.0), "the oldest record is too old");
    log.update_config(LogConfig { min_cleanable_dirty_ratio: 1.0, ..config() });
    let (mut rounds, mut more) = (0, true);
    while more {
        rounds += 1;
        let done = log.compact(now, 16 * 24, &mut Pace::unbounded()).unwrap();
        assert!(done.keys <= 12);
        more = done.more;
    }
    assert!(rounds > 1, "the map holds twelve keys of twenty");
    let active = usize::try_from(log.log_end().0).unwrap() - 20;
    assert!(read_records(&log, 0).len() <= 20 + active);
    let newest: BTreeMap<_, _> =
        read_records(&log, 0).into_iter().map(|(_, key, value)| (key, value)).collect();
    for number in 20..40_u8 {
        assert_eq!(newest[&Some(vec![number % 20])], Some(vec![number; 20]));
    }
}

/// A log whose closed segments hold many versions of a few keys.
fn dirty_log(world: &World) -> (LogDirectory, Arc<PartitionLog>) {
    let (directory, log) = world.open().unwrap();
    for number in 0..200_u8 {
        let records = [(vec![number % 5], Some(vec![number; 90]))];
        log.append(&mut produced_keyed(-1, -1, &records, 1_000_000), LeaderEpoch(0)).unwrap();
    }
    log.flush().unwrap();
    log.roll().unwrap();
    (directory, log)
}

#[test]
fn compaction_reads_and_writes_no_faster_than_it_may() {
    let world = World::new(1);
    let (_manager, log) = dirty_log(&world);
    let rate_bytes = 2000_u32;
    let started = world.clock.monotonic();
    let stop_never = || false;
    let done = log
        .compact(world.clock.wall(), MAP_BYTES, &mut Pace::new(&|| f64::from(rate_bytes), &stop_never))
        .unwrap();
    // Read once for the keys and once for the records, and what stays is written.
    let bytes = 2 * done.bytes_before + done.bytes_after;
    let took_ms = u64::try_from((world.clock.monotonic() - started).as_millis()).unwrap();
    let paid_ms = bytes * 1000 / u64::from(rate_bytes);
    assert!(took_ms + 100 >= paid_ms && took_ms <= paid_ms + 100, "{took_ms} of {paid_ms} ms");
    let started = world.clock.monotonic();
    dirty_again(&log);
    log.compact(world.clock.wall(), MAP_BYTES, &mut Pace::unbounded()).unwrap();
    assert_eq!(world.clock.monotonic(), started, "without a limit it never rests");
}

fn dirty_again(log: &PartitionLog) {
    let records = [(vec![1], Some(vec![1; 90]))];
    log.append(&mut produced_keyed(-1, -1, &records, 1_000_000), LeaderEpoch(0)).unwrap();
    log.flush().unwrap();
    log.roll().unwrap();
}

#[test]
fn compaction_ends_between_two_batches_when_it_is_stopped_or_the_log_is_deleted() {
    for deleted in [false, true] {
        let world = World::new(1);
        let (directory, log) = dirty_log(&world);
        let before = read_records(&log, 0);
        // The map takes one look at each of 200 batches; this is in the middle of the second pass.
        let looks = std::cell::Cell::new(0);
        let deleting = std::cell::RefCell::new(None);
        let directory = Arc::new(directory);
        let stop = || {
            looks.set(looks.get() + 1);
            if looks.get() == 230 && deleted {
                let directory = Arc::clone(&directory);
                *deleting.borrow_mut() =
                    Some(std::thread::spawn(move || directory.delete(&partition("t", 0))));
                while !log.progress().closed {
                    std::thread::yield_now();
                }
            }
            looks.get() >= 230 && !deleted
        };
        let ended = log.compact(world.clock.wall(), MAP_BYTES, &mut Pace::new(&|| f64::MAX, &stop));
        assert_eq!(looks.get(), 230, "it ended at once");
        if let Some(deleting) = deleting.take() {
            assert!(matches!(ended, Err(LogError::Closed)), "{ended:?}");
            deleting.join().unwrap().unwrap();
            assert!(directory.log(&partition("t", 0)).is_none());
            continue;
        }
        assert!(matches!(ended, Err(LogError::Stopped)), "{ended:?}");
        // Segments that were through are compacted, the others are as they were.
        let after = read_records(&log, 0);
        assert!(after.len() > 5 && after.len() < before.len() && before.ends_with(&after));
        let files = world.disk.list(log.dir()).unwrap();
        assert!(!files.iter().any(|file| file.name.ends_with(".cleaned")), "{files:?}");
        log.compact(world.clock.wall(), MAP_BYTES, &mut Pace::unbounded()).unwrap();
        assert_eq!(read_records(&log, 0).len(), 5);
    }
}

#[test]
fn retention_does_not_wait_for_a_compaction() {
    let world = World::new(1);
    let (_manager, log) = dirty_log(&world);
    let cleanup_policy = CleanupPolicy { delete: true, compact: true };
    log.update_config(LogConfig { cleanup_policy, retention_bytes: Some(0), ..config() });
    let looks = std::cell::Cell::new(0);
    let stop = || {
        looks.set(looks.get() + 1);
        assert_eq!(log.apply_retention(world.clock.wall()).unwrap().segments, 0);
        false
    };
    log.compact(world.clock.wall(), MAP_BYTES, &mut Pace::new(&|| f64::MAX, &stop)).unwrap();
    assert!(looks.get() > 0);
    assert!(log.apply_retention(world.clock.wall()).unwrap().segments > 0);
}

#[test]
fn a_segment_in_which_the_map_was_full_opens_after_every_pass() {
    let disk = SimDisk::new(1);
    let world = World { disk: disk.clone(), ..World::new(1) };
    let large = LogConfig { segment_bytes: 100_000, ..config() };
    let (mut directory, mut log) = world.open().unwrap();
    log.update_config(large);
    for number in 0..14 {
        log.append(&mut produced_keyed(-1, -1, &[(vec![number], Some(vec![1]))], 5), LeaderEpoch(0)).unwrap();
    }
    // Without keys: compaction has no use for them, and they are the segment's last ones.
    for sequence in 0..3 {
        log.append(&mut support::produced(1, 0, sequence, 1, 5), LeaderEpoch(0)).unwrap();
    }
    log.append(&mut support::produced(2, 0, 0, 1, 5), LeaderEpoch(0)).unwrap();
    log.append(&mut support::produced(2, 0, 1, 1, 5), LeaderEpoch(0)).unwrap();
    log.roll().unwrap();
    for number in 20..30 {
        let mut batch = produced_keyed(1, i32::from(number) - 17, &[(vec![number], Some(vec![1]))], 5);
        log.append(&mut batch, LeaderEpoch(0)).unwrap();
    }
    let mut last = produced_keyed(2, 2, &[(vec![30], Some(vec![1]))], 5);
    log.append(&mut last, LeaderEpoch(0)).unwrap();
    log.flush().unwrap();
    let mut counts = Vec::new();
    loop {
        let done = log.compact(TimestampMs(10), 16 * 24, &mut Pace::unbounded()).unwrap();
        let before = read_records(&log, 0);
        drop((log, directory));
        disk.kill();
        (directory, log) = world.open().unwrap();
        assert_eq!(read_records(&log, 0), before);
        counts.push(before.len());
        if !done.more {
            break;
        }
    }
    // Records without keys go in the pass that knows them.
    assert_eq!(counts, [30, 25]);
}

/// The map is full before a tombstone: the passes before the one that knows it must leave it, whatever its age, or the value
/// that it deletes is back.
#[test]
fn a_tombstone_stays_until_the_map_knows_it() {
    let world = World::new(1);
    let (_directory, log) = world.open().unwrap();
    log.update_config(LogConfig { delete_retention_ms: 0, segment_bytes: 100_000, ..config() });
    let append = |key: u8, value: Option<Vec<u8>>| {
        log.append(&mut produced_keyed(-1, -1, &[(vec![key], value)], 5), LeaderEpoch(0)).unwrap();
    };
    append(99, Some(vec![1]));
    (0..40).for_each(|key| append(key, Some(vec![1])));
    append(99, None);
    log.flush().unwrap();
    log.roll().unwrap();
    for pass in 0..6 {
        log.compact(TimestampMs(10 + pass), 16 * 24, &mut Pace::unbounded()).unwrap();
        let seen = read_records(&log, 0);
        let newest = seen.iter().rfind(|(_, key, _)| *key == Some(vec![99]));
        assert!(newest.is_none_or(|(_, _, value)| value.is_none()), "pass {pass}: the deleted value is back");
    }
}

/// Neither many records of one key, nor more keys in a batch than the map holds, nor a time before all times end compaction.
#[test]
fn no_batch_keeps_a_log_from_being_compacted() {
    let world = World::new(1);
    let (_directory, log) = world.open().unwrap();
    log.update_config(LogConfig { segment_bytes: 100_000, ..config() });
    let append = |records: &[Tried], timestamp| {
        log.append(&mut produced_keyed(-1, -1, records, timestamp), LeaderEpoch(0)).unwrap();
    };
    append(&vec![(vec![1], Some(vec![1])); 100], 5);
    append(&(0..100).map(|key| (vec![key], Some(vec![2]))).collect::<Vec<_>>(), 5);
    append(&[(vec![200], None)], i64::MIN + 1000);
    append(&(0..100).map(|key| (vec![key], Some(vec![3]))).collect::<Vec<_>>(), 5);
    log.flush().unwrap();
    log.roll().unwrap();
    let mut passes = 0;
    while log.compact(world.clock.wall(), 16 * 24, &mut Pace::unbounded()).unwrap().more {
        passes += 1;
        assert!(passes < 50, "it makes no progress");
    }
    let (deleted, seen): (Vec<_>, Vec<_>) =
        read_records(&log, 0).into_iter().partition(|(_, key, _)| *key == Some(vec![200]));
    assert_eq!((deleted.len(), seen.len()), (1, 100));
    assert!(seen.iter().all(|(_, _, value)| *value == Some(vec![3])));
}
