//! Two things at once: each test holds one of them in the middle of its work on the disk while the other one goes as far as
//! it may.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use support::{Seen, append, batch, partition, produced, produced_keyed, read_records, topic_id};
use weir_env::Env;
use weir_env::clock::Clock;
use weir_env::random::SeededRandom;
use weir_env::sim_disk::{SimDisk, SimOp};
use weir_log::{CleanupPolicy, LogConfig, LogDirectory, LogError, Pace, PartitionLog, TimestampedOffset};
use weir_model::{ErrorCode, LeaderEpoch, Offset, TimestampMs};

const DIR: &str = "/data";

/// How long the second one gets before the first one goes on. Right code may need all of it, since it waits for the first
/// one; the outcome does not depend on it.
const HEAD_START: Duration = Duration::from_millis(300);

fn config() -> LogConfig {
    LogConfig { segment_bytes: 1000, index_interval_bytes: 100, ..LogConfig::default() }
}

fn open(disk: &SimDisk) -> Arc<LogDirectory> {
    let env = Env {
        clock: Arc::new(StandingClock),
        disk: Arc::new(disk.clone()),
        random: Arc::new(SeededRandom::new(1)),
    };
    Arc::new(support::open(&env, Path::new(DIR), &config()))
}

fn create(directory: &LogDirectory, id: u8) -> Arc<PartitionLog> {
    directory.create(&partition("t", 0), topic_id(id), config()).unwrap()
}

fn fill(log: &Arc<PartitionLog>, from: i32, to: i32) {
    for sequence in from..to {
        append(log, produced(1, 0, sequence, 1, 5));
    }
}

/// Runs `first` until it reaches the operation, then `second` as far as it comes, then both to their ends.
fn during<T: Send + 'static>(
    disk: &SimDisk,
    (op, path): (SimOp, &str),
    first: impl FnOnce() + Send + 'static,
    second: impl FnOnce() -> T + Send + 'static,
) -> T {
    disk.hold(op, path);
    let first = thread::spawn(first);
    disk.wait_until_held();
    let (done, ended) = mpsc::channel();
    let second = thread::spawn(move || {
        let result = second();
        // Nobody listens any more if it took long.
        _ = done.send(());
        result
    });
    _ = ended.recv_timeout(HEAD_START);
    disk.let_go();
    first.join().unwrap();
    second.join().unwrap()
}

#[test]
fn what_works_on_a_deleted_log_does_not_touch_the_one_made_in_its_place() {
    type Work = fn(&LogDirectory, &PartitionLog);
    let works: [(&str, Work); 4] = [
        ("log-start-offset", |_, log| _ = log.delete_records(Offset(30))),
        ("leader-epoch-checkpoint", |_, log| _ = log.flush()),
        ("cleaner-offset", |_, log| _ = log.compact(TimestampMs(1_000_000), 1 << 16, &mut Pace::unbounded())),
        ("00000000000000000041.snapshot", |directory, _| _ = directory.close()),
    ];
    for (file, work) in works {
        let disk = SimDisk::new(1);
        let directory = open(&disk);
        let old = create(&directory, 1);
        fill(&old, 0, 40);
        old.flush().unwrap();
        // An epoch that its file does not know, and a state of producers that no snapshot holds.
        old.append(&mut produced(1, 0, 40, 1, 5), LeaderEpoch(9)).unwrap();
        let op = if file.ends_with("snapshot") { SimOp::Write } else { SimOp::Remove };
        let (at_work, by) = (Arc::clone(&old), Arc::clone(&directory));
        let second = Arc::clone(&directory);
        let fresh = during(
            &disk,
            (op, file),
            move || work(&by, &at_work),
            move || {
                second.delete(&partition("t", 0)).unwrap();
                let fresh = create(&second, 2);
                for number in 0..50_u8 {
                    append(&fresh, batch(&[(&[number], Some(&[number]))], 5));
                }
                fresh.flush().unwrap();
                fresh
            },
        );
        drop((fresh, old, directory));
        disk.kill();
        let directory = open(&disk);
        let log = directory.log(&partition("t", 0)).unwrap();
        assert_eq!((log.topic_id(), log.log_start().0), (topic_id(2), 0), "{file}");
        assert_eq!(read_records(&log, 0).len(), 50, "{file}");
        assert_eq!(log.latest_epoch(), LeaderEpoch(0), "{file}");
        // The new log never heard of this producer, whatever it did in the old one.
        assert_eq!(append(&log, produced(1, 0, 40, 1, 5)), (50, 50), "{file}");
    }
}

#[test]
fn retention_does_not_believe_an_index_that_is_being_made() {
    let disk = SimDisk::new(1);
    let large = LogConfig {
        segment_bytes: 1 << 20,
        index_interval_bytes: 50,
        retention_ms: Some(1000),
        ..LogConfig::default()
    };
    let directory = open(&disk);
    let log = directory.create(&partition("t", 0), topic_id(1), large.clone()).unwrap();
    for number in 0..400 {
        append(&log, batch(&[(b"k", Some(&[1; 1000]))], 10 * number));
    }
    log.roll().unwrap();
    append(&log, batch(&[(b"k", None)], 4000));
    directory.close().unwrap();
    drop((log, directory));
    disk.kill();
    let index = Path::new(DIR).join("t-0/00000000000000000000.index");
    // Every entry leads into the middle of a batch.
    disk.corrupt(&index, |bytes| bytes.iter_mut().skip(7).step_by(8).for_each(|byte| *byte ^= 1)).unwrap();
    let directory = open(&disk);
    let log = directory.log(&partition("t", 0)).unwrap();
    log.update_config(large);
    let (reader, retention) = (Arc::clone(&log), Arc::clone(&log));
    let read = move || assert!(!reader.read(Offset(100), Offset(150), 1, true).unwrap().ranges.is_empty());
    // The newest record of the segment is 510 ms old, its first ones are too old by far.
    let removed = during(&disk, (SimOp::Write, "0.index"), read, move || {
        retention.apply_retention(TimestampMs(4500)).unwrap()
    });
    assert_eq!((removed.segments, log.log_start()), (0, Offset(0)));
    // What was made once is there in the next life, although nothing is appended to the segment any more.
    drop((log, directory));
    disk.kill();
    let _manager = open(&disk);
    let bytes = weir_env::disk::Disk::read_small(&disk, &index, 1 << 20).unwrap().unwrap();
    assert!(bytes.len() > 70 * 8, "{} bytes", bytes.len());
}

#[test]
fn a_flush_does_not_put_older_epochs_in_the_place_of_newer_ones() {
    let disk = SimDisk::new(1);
    let directory = open(&disk);
    let log = create(&directory, 1);
    log.append(&mut produced(1, 0, 0, 1, 5), LeaderEpoch(3)).unwrap();
    let (flushing, leading) = (Arc::clone(&log), Arc::clone(&log));
    during(
        &disk,
        (SimOp::Remove, "leader-epoch-checkpoint"),
        move || _ = flushing.flush().unwrap(),
        move || leading.new_leader_epoch(LeaderEpoch(7)).unwrap(),
    );
    // The epoch's records are below the recovery point: nobody reads them again to learn of it.
    log.append(&mut produced(1, 0, 1, 1, 5), LeaderEpoch(7)).unwrap();
    log.flush().unwrap();
    directory.checkpoint().unwrap();
    drop((log, directory));
    disk.cut_power();
    disk.restore_power();
    assert_eq!(open(&disk).log(&partition("t", 0)).unwrap().latest_epoch(), LeaderEpoch(7));
}

/// What may not take longer than this takes no time, or waits for what is held.
const WITHIN: Duration = Duration::from_secs(20);

/// A log whose closed segments hold 120 versions of five keys, at time 5.
fn compactable(disk: &SimDisk) -> (Arc<LogDirectory>, Arc<PartitionLog>) {
    let directory = open(disk);
    let log = create(&directory, 1);
    let cleanup_policy = CleanupPolicy { delete: false, compact: true };
    log.update_config(LogConfig { cleanup_policy, ..config() });
    for number in 0..120_u8 {
        append(&log, produced_keyed(-1, -1, &[(vec![number % 5], Some(vec![number; 30]))], 5));
    }
    log.flush().unwrap();
    log.roll().unwrap();
    (directory, log)
}

fn compact(log: &PartitionLog) -> Result<(), LogError> {
    log.compact(TimestampMs(1_000_000), 1 << 16, &mut Pace::unbounded()).map(drop)
}

/// How many operations of a kind a compaction takes, and what is left to read when it is through.
fn rehearse(op: SimOp) -> (u64, Vec<Seen>) {
    let disk = SimDisk::new(1);
    let (_manager, log) = compactable(&disk);
    disk.start_trace();
    compact(&log).unwrap();
    let kind = format!(" {op:?} ");
    (disk.trace().iter().filter(|line| line.contains(&kind)).count() as u64, read_records(&log, 0))
}

/// Holds one operation after the other of a compaction back, and has `others` done meanwhile, which must not wait for it.
fn at_every_wait_of_a_compaction(
    others: fn(&SimDisk, &PartitionLog, &[Vec<Seen>]),
    after: fn(&SimDisk, &PartitionLog),
) {
    for op in [SimOp::Sync, SimOp::SyncDir, SimOp::Remove] {
        let (count, compacted) = rehearse(op);
        assert!(count > 5, "{count} times {op:?} are too few");
        for number in 0..count {
            let disk = SimDisk::new(1);
            let (_manager, log) = compactable(&disk);
            let mut right = vec![read_records(&log, 0), compacted.clone()];
            right[1].truncate(5);
            disk.hold_after(op, "t-0", number);
            let at_work = Arc::clone(&log);
            let compaction = thread::spawn(move || compact(&at_work));
            disk.wait_until_held();
            let (done, ended) = mpsc::channel();
            let (at_work, same_disk) = (Arc::clone(&log), disk.clone());
            let others = thread::spawn(move || {
                others(&same_disk, &at_work, &right);
                done.send(()).unwrap();
            });
            let in_time = ended.recv_timeout(WITHIN);
            disk.let_go();
            others.join().unwrap();
            assert!(in_time.is_ok(), "{op:?} number {number} of a compaction is waited for");
            let compacted = compaction.join().unwrap();
            assert_eq!(compacted.is_ok(), disk.has_power(), "{compacted:?}");
            after(&disk, &log);
        }
    }
}

#[test]
fn readers_and_writers_wait_for_no_sync_and_no_removal_of_a_compaction() {
    fn read_and_write(_: &SimDisk, log: &PartitionLog, right: &[Vec<Seen>]) {
        let seen = read_records(log, 0);
        // Some of the runs of segments may be through.
        assert!(seen.len() >= right[1].len() && right[0].ends_with(&right[1]), "{seen:?}");
        assert!(seen.ends_with(&right[1]) && seen.iter().all(|record| right[0].contains(record)), "{seen:?}");
        assert!(log.offset_for_timestamp(TimestampMs(1), log.log_end()).unwrap().is_some());
        assert_eq!(log.max_timestamp(log.log_end()).unwrap().unwrap().timestamp, TimestampMs(5));
        log.append(&mut produced_keyed(-1, -1, &[(vec![9], None)], 5), LeaderEpoch(0)).unwrap();
        log.roll().unwrap();
    }
    at_every_wait_of_a_compaction(read_and_write, |_, log| {
        let offsets: Vec<i64> = read_records(log, 0).iter().map(|seen| seen.0).collect();
        assert_eq!(offsets, [115, 116, 117, 118, 119, 120]);
    });
}

#[test]
fn a_lookup_by_time_goes_on_with_the_segments_that_took_the_place_of_its_own() {
    type Lookup = fn(&PartitionLog) -> Option<TimestampedOffset>;
    let lookups: [Lookup; 2] = [
        |log| log.offset_for_timestamp(TimestampMs(119), log.log_end()).unwrap(),
        |log| log.max_timestamp(log.log_end()).unwrap(),
    ];
    for lookup in lookups {
        let disk = SimDisk::new(1);
        let config = LogConfig { cleanup_policy: CleanupPolicy { delete: false, compact: true }, ..config() };
        let directory = open(&disk);
        let log = directory.create(&partition("t", 0), topic_id(1), config).unwrap();
        for number in 0..120_u8 {
            let record = [(vec![number % 5], Some(vec![number; 30]))];
            append(&log, produced_keyed(-1, -1, &record, i64::from(number)));
        }
        log.flush().unwrap();
        log.roll().unwrap();
        let compacted = Arc::clone(&log);
        let found = Arc::new(OnceLock::new());
        let answer = Arc::clone(&found);
        during(
            &disk,
            (SimOp::Read, ".log"),
            move || answer.set(lookup(&log)).unwrap(),
            move || compact(&compacted).unwrap(),
        );
        let found = found.get().unwrap().as_ref().map(|found| (found.offset.0, found.timestamp.0));
        assert_eq!(found, Some((119, 119)));
    }
}

#[test]
fn delete_records_does_not_wait_for_a_compaction() {
    fn delete(_: &SimDisk, log: &PartitionLog, _: &[Vec<Seen>]) {
        assert_eq!(log.delete_records(Offset(117)).unwrap(), Offset(117));
        assert_eq!(
            log.read(Offset(116), Offset(120), 100, true).unwrap_err().code(),
            ErrorCode::OffsetOutOfRange
        );
    }
    at_every_wait_of_a_compaction(delete, |disk, log| {
        let offsets =
            |log: &PartitionLog| read_records(log, 117).iter().map(|seen| seen.0).collect::<Vec<_>>();
        assert_eq!((log.log_start(), offsets(log)), (Offset(117), vec![117, 118, 119]));
        // What became old meanwhile is gone: of the compacted segments and the active one the last two are left at most.
        assert!(log.segment_count() <= 2, "{} segments", log.segment_count());
        disk.cut_power();
        disk.restore_power();
        let directory = open(disk);
        let log = directory.log(&partition("t", 0)).unwrap();
        assert_eq!((log.log_start(), offsets(&log)), (Offset(117), vec![117, 118, 119]));
    });
}

#[test]
fn delete_records_during_a_compaction_survives_a_power_cut() {
    fn delete_and_cut(disk: &SimDisk, log: &PartitionLog, _: &[Vec<Seen>]) {
        log.delete_records(Offset(117)).unwrap();
        disk.cut_power();
    }
    at_every_wait_of_a_compaction(delete_and_cut, |disk, _| {
        disk.restore_power();
        let directory = open(disk);
        let log = directory.log(&partition("t", 0)).unwrap();
        let offsets: Vec<i64> = read_records(&log, 117).iter().map(|seen| seen.0).collect();
        assert_eq!((log.log_start(), offsets), (Offset(117), vec![117, 118, 119]));
    });
}

#[test]
fn a_cut_of_the_end_interrupts_a_compaction() {
    let disk = SimDisk::new(1);
    let (_manager, log) = compactable(&disk);
    append(&log, batch(&[(b"k", None)], 5));
    let cutting = std::cell::OnceCell::new();
    let looks = std::cell::Cell::new(0);
    let started = std::time::Instant::now();
    // In the middle of the second pass somebody wants to cut; from then on the compaction does not get anywhere.
    let stop = || {
        looks.set(looks.get() + 1);
        if looks.get() == 150 {
            let log = Arc::clone(&log);
            cutting.set(thread::spawn(move || log.truncate_to(Offset(120)))).unwrap();
        }
        started.elapsed() > WITHIN
    };
    let rate = || if looks.get() >= 150 { 0.0 } else { f64::MAX };
    let ended = log.compact(TimestampMs(1_000_000), 1 << 16, &mut Pace::new(&rate, &stop));
    assert!(matches!(ended, Err(LogError::Interrupted)), "{ended:?}");
    cutting.into_inner().unwrap().join().unwrap().unwrap();
    assert_eq!(log.log_end(), Offset(120));
    compact(&log).unwrap();
    assert_eq!(read_records(&log, 0).len(), 5);
}

/// A clock that nobody can wait for.
#[derive(Debug)]
struct StandingClock;

impl Clock for StandingClock {
    fn wall(&self) -> TimestampMs {
        TimestampMs(1_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn rest(&self, _: Duration) {
        thread::yield_now();
    }
}
