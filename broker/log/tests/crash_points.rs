//! The power goes at every operation of a scenario, many seeds for each: what was acknowledged is there, in order and
//! unmodified; nothing is half there; the log start does not go back; producers are known.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use support::{open, partition, produced, read_records, topic_id};
use weir_env::Env;
use weir_env::clock::ManualClock;
use weir_env::random::{Seeded, SeededRandom};
use weir_env::sim_disk::{SimDisk, SimLies};
use weir_log::{LogConfig, LogDirectory, PartitionLog};
use weir_model::{LeaderEpoch, Offset, TimestampMs};

const DIR: &str = "/data";

fn env(disk: &SimDisk, clock: &Arc<ManualClock>, seed: u64) -> Env {
    Env {
        clock: Arc::clone(clock) as _,
        disk: Arc::new(disk.clone()),
        random: Arc::new(SeededRandom::new(seed)),
    }
}

fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 1500,
        index_interval_bytes: 150,
        retention_bytes: Some(6000),
        retention_ms: None,
        file_delete_delay_ms: 100,
        ..LogConfig::default()
    }
}

/// What the test knows of one log.
#[derive(Clone, Debug, Default)]
struct Truth {
    /// Every record that an append was tried with, by offset, as it must be if it is there.
    tried: Vec<String>,
    /// Records before it were acknowledged.
    acknowledged: i64,
    /// The log start was promised to be at least this.
    start_promised: i64,
    /// A removal up to here was tried.
    start_tried: i64,
    /// The next sequence number of each producer.
    sequences: BTreeMap<i64, i32>,
    /// Batches tried: producer, first sequence, count, base offset.
    batches: Vec<(i64, i32, i32, i64)>,
}

impl Truth {
    fn forget_after(&mut self, end: i64) {
        self.tried.truncate(usize::try_from(end).unwrap());
        self.batches.retain(|&(_, _, _, base)| base < end);
        self.sequences.clear();
        for &(id, sequence, count, _) in &self.batches {
            self.sequences.insert(id, sequence + count);
        }
    }
}

struct World {
    disk: SimDisk,
    clock: Arc<ManualClock>,
    random: Seeded,
    truth: Vec<Truth>,
    epoch: i32,
}

const LOGS: i32 = 2;
const STEPS: usize = 45;

impl World {
    fn new(seed: u64) -> Self {
        Self {
            disk: SimDisk::new(seed),
            clock: Arc::new(ManualClock::new(TimestampMs(1_000_000))),
            random: Seeded::new(seed ^ 0x5eed),
            truth: vec![Truth::default(); LOGS as usize],
            epoch: 0,
        }
    }

    fn open(&mut self) -> LogDirectory {
        open(&env(&self.disk, &self.clock, 1), Path::new(DIR), &config())
    }

    /// Opens and makes what is missing, as the owner of the partitions does after a crash.
    fn logs(&mut self) -> Option<(LogDirectory, Vec<Arc<PartitionLog>>)> {
        let settings = support::settings(Path::new(DIR));
        let directory =
            LogDirectory::open(&env(&self.disk, &self.clock, 1), settings, &|_, _| config()).ok()?;
        if !self.disk.has_power() {
            return None;
        }
        assert!(directory.summary().failed.is_empty(), "{:?}", directory.summary().failed);
        let logs = (0..LOGS)
            .map(|at| match directory.log(&partition("t", at)) {
                Some(log) => Ok(log),
                None => directory.create(&partition("t", at), topic_id(1), config()),
            })
            .collect::<Result<Vec<_>, _>>();
        logs.ok().map(|logs| (directory, logs))
    }

    /// Runs until the end or until the power goes.
    fn run(&mut self, steps: usize) {
        let Some((mut directory, mut logs)) = self.logs() else { return };
        self.epoch += 1;
        for log in &logs {
            if log.new_leader_epoch(LeaderEpoch(self.epoch)).is_err() {
                return;
            }
        }
        for _ in 0..steps {
            let at = usize::try_from(self.random.below(LOGS as u64)).unwrap();
            let done = match self.random.below(20) {
                0..9 => self.append(&logs[at], at),
                9..13 => self.flush(&logs[at], at),
                13 => directory.checkpoint().is_ok(),
                14 if self.random.below(2) == 0 => self.cut(&logs[at], at),
                14 => logs[at].roll().is_ok(),
                15 => self.delete_records(&logs[at], at),
                16 => self.retention(&logs[at], at),
                17 => {
                    self.clock.advance(Duration::from_millis(200));
                    directory.remove_doomed(TimestampMs(i64::MAX));
                    self.disk.has_power()
                }
                18 => {
                    logs.clear();
                    let closed = directory.close().is_ok();
                    drop(directory);
                    if !closed {
                        return;
                    }
                    for truth in &mut self.truth {
                        truth.acknowledged = i64::try_from(truth.tried.len()).unwrap();
                    }
                    let Some(again) = self.logs() else { return };
                    (directory, logs) = again;
                    true
                }
                _ => {
                    logs.clear();
                    drop(directory);
                    self.disk.kill();
                    let Some(again) = self.logs() else { return };
                    (directory, logs) = again;
                    // What a recovery kept is shown to consumers: it must not go away any more.
                    for (log, truth) in logs.iter().zip(&mut self.truth) {
                        let end = log.log_end().0;
                        truth.forget_after(end);
                        truth.acknowledged = end;
                    }
                    true
                }
            };
            if !done {
                assert!(!self.disk.has_power(), "an operation failed although nothing was wrong");
                return;
            }
        }
    }

    fn append(&mut self, log: &PartitionLog, at: usize) -> bool {
        let id = i64::try_from(self.random.below(3)).unwrap();
        let count = i32::try_from(1 + self.random.below(4)).unwrap();
        let truth = &mut self.truth[at];
        let sequence = *truth.sequences.get(&id).unwrap_or(&0);
        let base = i64::try_from(truth.tried.len()).unwrap();
        for number in 0..count {
            truth.tried.push(format!("{id}/0/{}", sequence + number));
        }
        truth.batches.push((id, sequence, count, base));
        truth.sequences.insert(id, sequence + count);
        match log.append(&mut produced(id, 0, sequence, count, 5), LeaderEpoch(self.epoch)) {
            Ok(appended) => {
                assert_eq!((appended.base_offset.0, appended.duplicate), (base, None));
                true
            }
            Err(_) => false,
        }
    }

    fn flush(&mut self, log: &PartitionLog, at: usize) -> bool {
        let end = log.log_end();
        let done = log.flush().is_ok();
        if done {
            assert!(log.stable_end() >= end);
            self.truth[at].acknowledged = end.0;
        }
        done
    }

    /// Takes back what was not acknowledged, as a follower does.
    fn cut(&mut self, log: &PartitionLog, at: usize) -> bool {
        let truth = &mut self.truth[at];
        let end = i64::try_from(truth.tried.len()).unwrap();
        let from = truth.acknowledged.max(log.log_start().0);
        let to = from + i64::try_from(self.random.below((end - from + 1).unsigned_abs())).unwrap();
        if log.truncate_to(Offset(to)).is_err() {
            return false;
        }
        let end = log.log_end().0;
        assert!(end <= to && end >= truth.acknowledged);
        truth.forget_after(end);
        true
    }

    fn delete_records(&mut self, log: &PartitionLog, at: usize) -> bool {
        let (start, end) = (log.log_start().0, log.high_watermark().0);
        let to = start + i64::try_from(self.random.below((end - start + 1).unsigned_abs())).unwrap();
        self.truth[at].start_tried = self.truth[at].start_tried.max(to);
        match log.delete_records(Offset(to)) {
            Ok(start) => {
                assert_eq!(start.0, to);
                self.truth[at].start_promised = to;
                true
            }
            Err(_) => false,
        }
    }

    fn retention(&mut self, log: &PartitionLog, at: usize) -> bool {
        let truth = &mut self.truth[at];
        truth.start_tried = truth.start_tried.max(log.high_watermark().0);
        let done = log.apply_retention(TimestampMs(2_000_000)).is_ok();
        let seen = log.log_start().0;
        truth.start_promised = truth.start_promised.max(seen);
        done
    }

    /// Opens after a crash and compares with what is known.
    fn check(&mut self) -> Result<(), String> {
        let directory = self.open();
        if !directory.summary().failed.is_empty() {
            return Err(format!("not opened: {:?}", directory.summary().failed));
        }
        for at in 0..usize::try_from(LOGS).unwrap() {
            let truth = &mut self.truth[at];
            let Some(log) = directory.log(&partition("t", i32::try_from(at).unwrap())) else {
                if truth.acknowledged > 0 || truth.start_promised > 0 {
                    return Err(format!("log {at} is gone, {} were acknowledged", truth.acknowledged));
                }
                *truth = Truth::default();
                continue;
            };
            check_log(&log, truth)?;
        }
        Ok(())
    }
}

fn check_log(log: &Arc<PartitionLog>, truth: &mut Truth) -> Result<(), String> {
    let (start, end) = (log.log_start().0, log.log_end().0);
    let tried = i64::try_from(truth.tried.len()).unwrap();
    if end < truth.acknowledged || end > tried {
        return Err(format!("the log ends at {end}, {} acknowledged, {tried} tried", truth.acknowledged));
    }
    if start < truth.start_promised || start > truth.start_tried {
        return Err(format!("start {start}, promised {}, tried {}", truth.start_promised, truth.start_tried));
    }
    if log.stable_end().0 != end {
        return Err("what recovery kept is stable".into());
    }
    let seen: Vec<(i64, String)> = read_records(log, start)
        .into_iter()
        .map(|(offset, _, value)| (offset, String::from_utf8(value.unwrap()).unwrap()))
        .collect();
    let expected: Vec<(i64, String)> =
        (start..end).map(|offset| (offset, truth.tried[usize::try_from(offset).unwrap()].clone())).collect();
    if seen != expected {
        return Err(format!("from {start} to {end}: {seen:?}"));
    }
    truth.forget_after(end);
    truth.acknowledged = end;
    (truth.start_promised, truth.start_tried) = (start, start);
    check_producers(log, truth)
}

/// The last five batches of each producer are known as duplicates, and the next one in sequence is taken.
fn check_producers(log: &Arc<PartitionLog>, truth: &Truth) -> Result<(), String> {
    let mut window: BTreeMap<i64, Vec<(i32, i32, i64)>> = BTreeMap::new();
    for &(id, sequence, count, base) in &truth.batches {
        window.entry(id).or_default().push((sequence, count, base));
    }
    for (id, batches) in window {
        for &(sequence, count, base) in batches.iter().rev().take(5) {
            let again = log.append(&mut produced(id, 0, sequence, count, 5), LeaderEpoch(1000));
            match again {
                Ok(appended) if appended.duplicate.is_some() && appended.base_offset.0 == base => {}
                other => {
                    let known: Vec<_> = truth.batches.iter().filter(|batch| batch.0 == id).collect();
                    return Err(format!("producer {id}, sequence {sequence}: {other:?}; appended {known:?}"));
                }
            }
        }
    }
    Ok(())
}

/// One run with a cut at an operation, and a second life after it.
fn one(seed: u64, cut_at: u64, lies: SimLies) -> Result<(), String> {
    let mut world = World::new(seed);
    // A failing run tells what it did.
    world.disk.start_trace();
    let disk = world.disk.clone();
    two_lives(&mut world, cut_at, lies).map_err(|what| format!("{what}\n{}", disk.trace().join("\n")))
}

fn two_lives(world: &mut World, cut_at: u64, lies: SimLies) -> Result<(), String> {
    world.disk.lie(lies);
    world.disk.cut_power_at(cut_at);
    world.run(STEPS);
    world.disk.cut_power();
    world.disk.restore_power();
    world.check()?;
    // The second life ends by a cut too, somewhere.
    world.disk.kill();
    let later = 1 + world.random.below(60);
    world.disk.cut_power_at(world.disk.changes() + later);
    world.run(STEPS / 2);
    world.disk.cut_power();
    world.disk.restore_power();
    world.check()
}

fn operations(seed: u64) -> u64 {
    let mut world = World::new(seed);
    world.run(STEPS);
    world.disk.changes()
}

/// `WEIR_SEEDS` runs more than an ordinary test has time for.
fn seeds(ordinary: u64) -> u64 {
    std::env::var("WEIR_SEEDS").map_or(ordinary, |seeds| seeds.parse().unwrap())
}

fn points(seeds: std::ops::Range<u64>) -> impl Iterator<Item = (u64, u64)> {
    seeds.flat_map(|seed| (1..=operations(seed)).map(move |cut_at| (seed, cut_at)))
}

#[test]
fn nothing_acknowledged_is_lost_whenever_the_power_goes() {
    let mut runs = 0;
    for (seed, cut_at) in points(0..seeds(12)) {
        runs += 1;
        if let Err(what) = one(seed, cut_at, SimLies::default()) {
            panic!("seed {seed}, cut at operation {cut_at}: {what}");
        }
    }
    assert!(runs > 1000, "{runs} runs are too few");
}

/// The process ends in the middle of an operation, and the power goes while the next one recovers: what that one saw was in
/// the page cache only.
fn kill_and_cut(seed: u64, kill_at: u64, later: u64) -> Result<(), String> {
    let mut world = World::new(seed);
    world.disk.start_trace();
    world.disk.cut_power_at(kill_at);
    world.run(STEPS);
    world.disk.kill();
    world.disk.cut_power_at(world.disk.changes() + later);
    drop(world.logs());
    world.disk.cut_power();
    world.disk.restore_power();
    world.check().map_err(|what| format!("{what}\n{}", world.disk.trace().join("\n")))
}

#[test]
fn nothing_is_lost_when_the_power_goes_while_a_killed_process_is_recovered() {
    for (seed, kill_at) in points(0..seeds(6)) {
        for later in 1..8 {
            if let Err(what) = kill_and_cut(seed, kill_at, later) {
                panic!("seed {seed}, killed at operation {kill_at}, cut {later} later: {what}");
            }
        }
    }
}

#[test]
fn a_disk_that_does_not_sync_is_found_out() {
    for lies in [SimLies { sync: true, sync_dir: false }, SimLies { sync: false, sync_dir: true }] {
        let found = points(0..3).filter(|&(seed, cut_at)| lied(seed, cut_at, lies)).take(3).count();
        assert_eq!(found, 3, "{lies:?}");
    }
}

/// Whether a run on a lying disk ends badly.
fn lied(seed: u64, cut_at: u64, lies: SimLies) -> bool {
    one(seed, cut_at, lies).is_err()
}

#[test]
fn equal_seeds_give_equal_traces() {
    let trace = |seed| {
        let mut world = World::new(seed);
        world.disk.start_trace();
        world.disk.cut_power_at(150);
        world.run(STEPS);
        world.disk.cut_power();
        world.disk.restore_power();
        world.check().unwrap();
        world.disk.trace()
    };
    assert_eq!(trace(3), trace(3));
    assert_ne!(trace(3), trace(4));
}
