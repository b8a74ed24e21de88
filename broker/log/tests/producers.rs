//! Idempotent producers: duplicates, gaps, epochs, the end of the sequence numbers, expiry, restarts.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use support::{partition, produced, topic_id};
use weir_env::Env;
use weir_env::clock::ManualClock;
use weir_env::random::SeededRandom;
use weir_env::sim_disk::SimDisk;
use weir_log::{Appended, LogConfig, LogDirectory, PartitionLog};
use weir_model::{ErrorCode, LeaderEpoch, Offset, TimestampMs};

struct Setting {
    disk: SimDisk,
    clock: Arc<ManualClock>,
}

impl Setting {
    fn new() -> Self {
        Self { disk: SimDisk::new(1), clock: Arc::new(ManualClock::new(TimestampMs(0))) }
    }

    fn open(&self) -> (LogDirectory, Arc<PartitionLog>) {
        let env = Env {
            clock: Arc::clone(&self.clock) as _,
            disk: Arc::new(self.disk.clone()),
            random: Arc::new(SeededRandom::new(1)),
        };
        let directory = support::open(&env, Path::new("/data"), &LogConfig::default());
        let name = partition("t", 0);
        let log = directory
            .log(&name)
            .unwrap_or_else(|| directory.create(&name, topic_id(1), LogConfig::default()).unwrap());
        (directory, log)
    }
}

fn send(log: &PartitionLog, epoch: i16, sequence: i32, count: i32) -> Result<Appended, ErrorCode> {
    log.append(&mut produced(7, epoch, sequence, count, 1), LeaderEpoch(0)).map_err(|error| error.code())
}

/// The base offset of a duplicate.
fn duplicate(log: &PartitionLog, epoch: i16, sequence: i32, count: i32) -> Option<i64> {
    send(log, epoch, sequence, count).ok()?.duplicate.map(|found| found.base_offset.0)
}

#[test]
fn the_last_five_batches_are_duplicates_and_anything_else_is_out_of_order() {
    let (_manager, log) = Setting::new().open();
    assert_eq!(send(&log, 0, 40, 2).unwrap().base_offset.0, 0, "an unknown producer starts anywhere");
    for at in 1..7 {
        assert!(send(&log, 0, 40 + at * 2, 2).unwrap().duplicate.is_none());
    }
    for at in 2..7 {
        assert_eq!(duplicate(&log, 0, 40 + at * 2, 2), Some(i64::from(at) * 2));
    }
    for (sequence, count) in [(40, 2), (42, 2), (44, 1), (53, 2), (55, 1), (0, 1)] {
        assert_eq!(send(&log, 0, sequence, count), Err(ErrorCode::OutOfOrderSequenceNumber), "{sequence}");
    }
    assert_eq!(log.log_end().0, 14);
}

#[test]
fn a_new_epoch_starts_at_zero_and_fences_the_old_one() {
    let (_manager, log) = Setting::new().open();
    send(&log, 3, 0, 1).unwrap();
    assert_eq!(send(&log, 2, 1, 1), Err(ErrorCode::InvalidProducerEpoch));
    assert_eq!(send(&log, 4, 1, 1), Err(ErrorCode::OutOfOrderSequenceNumber));
    assert!(send(&log, 4, 0, 1).unwrap().duplicate.is_none());
    assert_eq!(send(&log, 3, 1, 1), Err(ErrorCode::InvalidProducerEpoch));
    assert_eq!(duplicate(&log, 4, 0, 1), Some(1));
}

#[test]
fn sequence_numbers_go_on_at_zero_after_the_largest() {
    let (_manager, log) = Setting::new().open();
    send(&log, 0, i32::MAX - 1, 2).unwrap();
    assert_eq!(duplicate(&log, 0, i32::MAX - 1, 2), Some(0));
    assert!(send(&log, 0, 0, 3).unwrap().duplicate.is_none());
    assert!(send(&log, 0, 3, 1).unwrap().duplicate.is_none());
    // A batch in which the numbers wrap.
    let (_manager, log) = Setting::new().open();
    send(&log, 0, i32::MAX, 3).unwrap();
    assert_eq!(duplicate(&log, 0, i32::MAX, 3), Some(0));
    assert!(send(&log, 0, 2, 1).unwrap().duplicate.is_none());
}

#[test]
fn producers_are_known_after_every_kind_of_restart() {
    for clean in [true, false] {
        let setting = Setting::new();
        let (directory, log) = setting.open();
        for at in 0..6 {
            send(&log, 0, at, 1).unwrap();
        }
        log.roll().unwrap();
        send(&log, 0, 6, 1).unwrap();
        if clean {
            directory.close().unwrap();
        }
        drop((log, directory));
        setting.disk.kill();
        let (directory, log) = setting.open();
        assert_eq!(directory.summary().clean, clean);
        for at in 2..7 {
            assert_eq!(duplicate(&log, 0, at, 1), Some(i64::from(at)), "clean {clean}");
        }
        assert_eq!(send(&log, 0, 8, 1), Err(ErrorCode::OutOfOrderSequenceNumber));
        assert!(send(&log, 0, 7, 1).unwrap().duplicate.is_none());
    }
}

#[test]
fn a_cut_takes_producers_back() {
    let (_manager, log) = Setting::new().open();
    for at in 0..10 {
        send(&log, 0, at, 1).unwrap();
        if at == 4 {
            log.roll().unwrap();
        }
    }
    log.flush().unwrap();
    log.truncate_to(weir_model::Offset(3)).unwrap();
    assert_eq!((log.log_end().0, log.stable_end().0), (3, 3));
    assert_eq!(duplicate(&log, 0, 2, 1), Some(2));
    assert_eq!(send(&log, 0, 4, 1), Err(ErrorCode::OutOfOrderSequenceNumber));
    assert_eq!(send(&log, 0, 3, 1).unwrap().base_offset.0, 3);
}

#[test]
fn idle_producers_are_forgotten_by_time_that_passed_not_by_the_wall_clock() {
    let setting = Setting::new();
    let (directory, log) = setting.open();
    send(&log, 0, 0, 1).unwrap();
    setting.clock.set_wall(TimestampMs(i64::MAX / 2));
    directory.expire_producers();
    assert_eq!(send(&log, 0, 9, 1), Err(ErrorCode::OutOfOrderSequenceNumber));
    setting.clock.advance(Duration::from_secs(24 * 60 * 60 + 1));
    directory.expire_producers();
    assert!(send(&log, 0, 9, 1).unwrap().duplicate.is_none(), "an unknown producer starts anywhere");
}

/// After removal of the segments that a producer wrote to, snapshots alone know of it.
#[test]
fn a_snapshot_goes_only_when_its_successor_is_on_disk() {
    let mut cuts = 0;
    for (seed, point) in (0..12).flat_map(|seed| (1..12).map(move |point| (seed, point))) {
        let disk = SimDisk::new(seed);
        let env = Env { disk: Arc::new(disk.clone()), ..Env::real() };
        let (dir, config) = (Path::new("/data"), LogConfig::default());
        let directory = support::open(&env, dir, &config);
        let log = directory.create(&partition("t", 0), topic_id(1), config.clone()).unwrap();
        send(&log, 0, 0, 3).unwrap();
        log.roll().unwrap();
        let other =
            |log: &PartitionLog| log.append(&mut support::batch(&[(b"k", None)], 1), LeaderEpoch(0)).is_ok();
        assert!(other(&log));
        log.flush().unwrap();
        // In the middle of the active segment.
        log.delete_records(Offset(3)).unwrap();
        assert!(other(&log));
        disk.cut_power_at(disk.changes() + point);
        cuts += u64::from(directory.close().is_err());
        drop((log, directory));
        disk.cut_power();
        disk.restore_power();
        let directory = support::open(&env, dir, &config);
        let log = directory.log(&partition("t", 0)).unwrap();
        assert_eq!(duplicate(&log, 0, 0, 3), Some(0), "seed {seed}, cut {point}");
    }
    assert!(cuts > 60);
}

/// A killed process leaves a snapshot that is read and yet not on disk.
#[test]
fn a_snapshot_that_a_killed_process_left_is_on_disk_before_it_is_the_only_witness() {
    for seed in 0..20 {
        let disk = SimDisk::new(seed);
        let env = Env { disk: Arc::new(disk.clone()), ..Env::real() };
        let (dir, config) = (Path::new("/data"), LogConfig::default());
        let directory = support::open(&env, dir, &config);
        let log = directory.create(&partition("t", 0), topic_id(1), config.clone()).unwrap();
        send(&log, 0, 0, 3).unwrap();
        log.flush().unwrap();
        directory.checkpoint().unwrap();
        log.roll().unwrap();
        drop((log, directory));
        disk.kill();
        let directory = support::open(&env, dir, &config);
        let log = directory.log(&partition("t", 0)).unwrap();
        log.roll().unwrap();
        log.append(&mut support::batch(&[(b"k", None)], 1), LeaderEpoch(0)).unwrap();
        log.flush().unwrap();
        log.delete_records(Offset(3)).unwrap();
        assert_eq!(log.log_start(), Offset(3));
        drop((log, directory));
        disk.cut_power();
        disk.restore_power();
        let directory = support::open(&env, dir, &config);
        let log = directory.log(&partition("t", 0)).unwrap();
        assert_eq!(duplicate(&log, 0, 0, 3), Some(0), "seed {seed}");
    }
}
