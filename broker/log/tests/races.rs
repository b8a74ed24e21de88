//! Two things at once: each test holds one of them in the middle of its work on the disk while the other one goes as far as
//! it may.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use support::{append, batch, partition, produced, read_records, topic_id};
use weir_env::Env;
use weir_env::clock::ManualClock;
use weir_env::random::SeededRandom;
use weir_env::sim_disk::{SimDisk, SimOp};
use weir_log::{LogConfig, LogManager, Pace, PartitionLog};
use weir_model::{LeaderEpoch, Offset, TimestampMs};

const DIR: &str = "/data";

/// How long the second one gets before the first one goes on. Right code may need all of it, since it waits for the first
/// one; the outcome does not depend on it.
const HEAD_START: Duration = Duration::from_millis(300);

fn config() -> LogConfig {
    LogConfig { segment_bytes: 1000, index_interval_bytes: 100, ..LogConfig::default() }
}

fn open(disk: &SimDisk) -> Arc<LogManager> {
    let env = Env {
        clock: Arc::new(ManualClock::new(TimestampMs(1_000_000))),
        disk: Arc::new(disk.clone()),
        random: Arc::new(SeededRandom::new(1)),
    };
    Arc::new(support::open(&env, Path::new(DIR), &config()))
}

fn create(manager: &LogManager, id: u8) -> Arc<PartitionLog> {
    manager.create(&partition("t", 0), topic_id(id), config()).unwrap()
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
    type Work = fn(&LogManager, &PartitionLog);
    let works: [(&str, Work); 4] = [
        ("log-start-offset", |_, log| _ = log.delete_records(Offset(30))),
        ("leader-epoch-checkpoint", |_, log| _ = log.flush()),
        ("cleaner-offset", |_, log| _ = log.compact(TimestampMs(1_000_000), 1 << 16, &mut Pace::unbounded())),
        ("00000000000000000041.snapshot", |manager, _| _ = manager.close()),
    ];
    for (file, work) in works {
        let disk = SimDisk::new(1);
        let manager = open(&disk);
        let old = create(&manager, 1);
        fill(&old, 0, 40);
        old.flush().unwrap();
        // An epoch that its file does not know, and a state of producers that no snapshot holds.
        old.append(&mut produced(1, 0, 40, 1, 5), LeaderEpoch(9)).unwrap();
        let op = if file.ends_with("snapshot") { SimOp::Write } else { SimOp::Remove };
        let (at_work, by) = (Arc::clone(&old), Arc::clone(&manager));
        let second = Arc::clone(&manager);
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
        drop((fresh, old, manager));
        disk.kill();
        let manager = open(&disk);
        let log = manager.log(&partition("t", 0)).unwrap();
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
    let manager = open(&disk);
    let log = manager.create(&partition("t", 0), topic_id(1), large.clone()).unwrap();
    for number in 0..400 {
        append(&log, batch(&[(b"k", Some(&[1; 1000]))], 10 * number));
    }
    log.roll().unwrap();
    append(&log, batch(&[(b"k", None)], 4000));
    manager.close().unwrap();
    drop((log, manager));
    disk.kill();
    let index = Path::new(DIR).join("t-0/00000000000000000000.index");
    // Every entry leads into the middle of a batch.
    disk.corrupt(&index, |bytes| bytes.iter_mut().skip(7).step_by(8).for_each(|byte| *byte ^= 1)).unwrap();
    let manager = open(&disk);
    let log = manager.log(&partition("t", 0)).unwrap();
    log.update_config(large);
    let (reader, retention) = (Arc::clone(&log), Arc::clone(&log));
    let read = move || assert!(!reader.read(Offset(100), Offset(150), 1, true).unwrap().ranges.is_empty());
    // The newest record of the segment is 510 ms old, its first ones are too old by far.
    let removed = during(&disk, (SimOp::Write, "0.index"), read, move || {
        retention.apply_retention(TimestampMs(4500)).unwrap()
    });
    assert_eq!((removed.segments, log.log_start()), (0, Offset(0)));
    // What was made once is there in the next life, although nothing is appended to the segment any more.
    drop((log, manager));
    disk.kill();
    let _manager = open(&disk);
    let bytes = weir_env::disk::Disk::read_small(&disk, &index, 1 << 20).unwrap().unwrap();
    assert!(bytes.len() > 70 * 8, "{} bytes", bytes.len());
}

#[test]
fn a_flush_does_not_put_older_epochs_in_the_place_of_newer_ones() {
    let disk = SimDisk::new(1);
    let manager = open(&disk);
    let log = create(&manager, 1);
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
    manager.checkpoint().unwrap();
    drop((log, manager));
    disk.cut_power();
    disk.restore_power();
    assert_eq!(open(&disk).log(&partition("t", 0)).unwrap().latest_epoch(), LeaderEpoch(7));
}
