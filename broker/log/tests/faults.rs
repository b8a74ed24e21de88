//! Disks that fail, fill up or lie, and files that are damaged.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use support::{batch, partition, produced, read_records, topic_id};
use weir_env::Env;
use weir_env::clock::ManualClock;
use weir_env::disk::{Disk, Open};
use weir_env::random::SeededRandom;
use weir_env::sim_disk::{SimDisk, SimFault, SimOp};
use weir_log::{AppendError, LogConfig, LogDirectory, LogError, PartitionLog, ReadError};
use weir_model::{ErrorCode, LeaderEpoch, Offset, TimestampMs};

const DIR: &str = "/data";

fn env(disk: &SimDisk) -> Env {
    Env {
        clock: Arc::new(ManualClock::new(TimestampMs(1_000_000))),
        disk: Arc::new(disk.clone()),
        random: Arc::new(SeededRandom::new(1)),
    }
}

fn config() -> LogConfig {
    LogConfig { segment_bytes: 1000, index_interval_bytes: 100, ..LogConfig::default() }
}

fn open(disk: &SimDisk) -> (LogDirectory, Arc<PartitionLog>) {
    let directory = support::open(&env(disk), Path::new(DIR), &config());
    assert!(directory.summary().failed.is_empty(), "{:?}", directory.summary().failed);
    let name = partition("t", 0);
    let log = directory.log(&name).unwrap_or_else(|| directory.create(&name, topic_id(1), config()).unwrap());
    (directory, log)
}

fn put(log: &PartitionLog, number: u8) -> Result<weir_log::Appended, AppendError> {
    log.append(&mut batch(&[(&[number], Some(&[number; 40]))], 5), LeaderEpoch(0))
}

fn path(name: &str) -> PathBuf {
    Path::new(DIR).join("t-0").join(name)
}

fn fault(op: SimOp, path_part: &str, error: ErrorKind) -> SimFault {
    SimFault { op, path_part: path_part.into(), skip: 0, times: 1, error }
}

#[test]
fn a_failed_sync_ends_the_log_for_good_and_the_next_life_reads_the_disk() {
    let disk = SimDisk::new(1);
    let (directory, log) = open(&disk);
    for number in 0..4 {
        put(&log, number).unwrap();
    }
    log.flush().unwrap();
    directory.checkpoint().unwrap();
    put(&log, 4).unwrap();
    put(&log, 5).unwrap();
    disk.plant(fault(SimOp::Sync, "t-0", ErrorKind::Other));
    assert!(log.flush().is_err());
    disk.heal();
    // Nothing is tried again, nothing is promised, nothing is taken or shown.
    assert!(log.flush().is_err() && log.roll().is_err());
    assert!(log.progress().offline && log.stable_end() == Offset(4));
    assert_eq!(put(&log, 6).unwrap_err().code(), ErrorCode::KafkaStorageError);
    assert!(matches!(log.read(Offset(0), Offset(4), 1000, true), Err(ReadError::Offline(_))));
    assert_eq!(directory.totals().offline, 1);
    assert!(directory.close().is_err(), "a log that is offline is not closed in order");
    drop((log, directory));
    // The page cache still shows batches 4 and 5, and says that they are clean.
    disk.kill();
    let (directory, log) = open(&disk);
    assert!(!directory.summary().clean);
    assert_eq!(log.log_end(), Offset(4));
    assert_eq!(read_records(&log, 0).len(), 4);
    put(&log, 7).unwrap();
    log.flush().unwrap();
    assert!(disk.list(&path("")).unwrap().iter().all(|entry| entry.name != "flush-failed"));
}

#[test]
fn a_log_whose_flush_failed_stays_offline_where_the_disk_can_not_be_asked() {
    let disk = SimDisk::new(1);
    let (directory, log) = open(&disk);
    put(&log, 0).unwrap();
    disk.plant(fault(SimOp::Sync, "log", ErrorKind::Other));
    assert!(log.flush().is_err());
    drop((log, directory));
    for _ in 0..2 {
        disk.kill();
        disk.heal();
        disk.plant(SimFault { times: 1000, ..fault(SimOp::Open, ".log", ErrorKind::Unsupported) });
        let directory = support::open(&env(&disk), Path::new(DIR), &config());
        let reason = directory.summary().failed[&partition("t", 0)].clone();
        assert!(reason.contains("flush failed"), "{reason}");
        assert!(directory.log(&partition("t", 0)).is_none());
        let again = directory.create(&partition("t", 0), topic_id(1), config());
        assert!(matches!(again, Err(LogError::Exists(_))));
    }
}

#[test]
fn what_is_deleted_is_offline_no_more_and_its_name_is_free() {
    let disk = SimDisk::new(1);
    let (directory, log) = open(&disk);
    put(&log, 0).unwrap();
    log.flush().unwrap();
    put(&log, 1).unwrap();
    disk.plant(fault(SimOp::Sync, "log", ErrorKind::Other));
    assert!(log.flush().is_err());
    assert_eq!(directory.totals().offline, 1);
    directory.delete(&partition("t", 0)).unwrap();
    assert_eq!(directory.totals().offline, 0);
    let log = directory.create(&partition("t", 0), topic_id(2), config()).unwrap();
    put(&log, 0).unwrap();
    directory.close().unwrap();
    drop((log, directory));
    disk.heal();
    disk.corrupt(&path("partition.metadata"), |bytes| bytes.fill(b'x')).unwrap();
    let directory = support::open(&env(&disk), Path::new(DIR), &config());
    let unopened = vec![(partition("t", 0), Some(topic_id(2)))];
    assert_eq!((directory.unopened(), directory.totals().offline), (unopened, 1));
    directory.delete(&partition("t", 0)).unwrap();
    assert_eq!((directory.unopened(), directory.totals().offline), (vec![], 0));
    put(&directory.create(&partition("t", 0), topic_id(3), config()).unwrap(), 0).unwrap();
    directory.close().unwrap();
    drop(directory);
    let directory = support::open(&env(&disk), Path::new(DIR), &config());
    assert!(directory.summary().clean && directory.summary().failed.is_empty());
    assert_eq!(directory.log(&partition("t", 0)).unwrap().topic_id(), topic_id(3));
}

#[test]
fn a_failed_write_ends_the_log_and_a_full_disk_does_not() {
    let disk = SimDisk::new(1);
    let (directory, log) = open(&disk);
    put(&log, 0).unwrap();
    log.flush().unwrap();
    disk.plant(fault(SimOp::Write, ".log", ErrorKind::StorageFull));
    assert!(matches!(put(&log, 1), Err(AppendError::DiskFull)));
    // Full until somebody has looked.
    assert!(matches!(put(&log, 1), Err(AppendError::DiskFull)));
    assert_eq!(read_records(&log, 0).len(), 1, "reads go on");
    log.delete_records(Offset(1)).unwrap();
    directory.check_space().unwrap();
    assert_eq!(put(&log, 1).unwrap().base_offset, Offset(1));
    log.flush().unwrap();
    disk.plant(fault(SimOp::Write, ".log", ErrorKind::Other));
    assert!(matches!(put(&log, 2), Err(AppendError::TooManyOpenFiles(_))), "the pool's own kind");
    disk.plant(fault(SimOp::Write, ".log", ErrorKind::PermissionDenied));
    assert!(matches!(put(&log, 2), Err(AppendError::Offline(_))));
    disk.heal();
    assert!(matches!(put(&log, 2), Err(AppendError::Offline(_))));
}

#[test]
fn the_reserve_is_kept_free() {
    let disk = SimDisk::new(1);
    disk.set_capacity(100_000);
    let settings = weir_log::LogSettings { reserved_bytes: 90_000, ..support::settings(Path::new(DIR)) };
    let directory = LogDirectory::open(&env(&disk), settings, &|_, _| config()).unwrap();
    let log = directory.create(&partition("t", 0), topic_id(1), config()).unwrap();
    let mut taken = 0;
    // Nobody looks from time to time: a fast load would be done before.
    while put(&log, 1).is_ok() {
        taken += 1;
        assert!(taken < 1000);
    }
    assert!(taken > 20 && directory.totals().disk_full);
    let left = disk.space(Path::new(DIR)).unwrap().available_bytes;
    assert!((90_000..92_000).contains(&left), "{left} bytes are left");
    // At the edge of the reserve a look alone opens nothing.
    directory.check_space().unwrap();
    assert!(matches!(put(&log, 1), Err(AppendError::DiskFull)));
    log.flush().unwrap();
    log.delete_records(log.log_end()).unwrap();
    directory.remove_doomed(TimestampMs(i64::MAX));
    directory.check_space().unwrap();
    put(&log, 1).unwrap();
}

#[test]
fn a_disk_without_room_for_what_was_refused_stays_full() {
    let disk = SimDisk::new(1);
    disk.set_capacity(100_000);
    let settings = weir_log::LogSettings { reserved_bytes: 1000, ..support::settings(Path::new(DIR)) };
    let directory = LogDirectory::open(&env(&disk), settings, &|_, _| config()).unwrap();
    let config = LogConfig { segment_bytes: 40_000, ..config() };
    let log = directory.create(&partition("t", 0), topic_id(1), config).unwrap();
    let large = |log: &PartitionLog| log.append(&mut batch(&[(b"k", Some(&[1; 30_000]))], 5), LeaderEpoch(0));
    for _ in 0..3 {
        large(&log).unwrap();
    }
    assert!(matches!(large(&log), Err(AppendError::DiskFull)));
    for _ in 0..3 {
        directory.check_space().unwrap();
        assert!(directory.totals().disk_full);
        assert!(matches!(put(&log, 1), Err(AppendError::DiskFull)));
    }
    log.flush().unwrap();
    log.delete_records(log.log_end()).unwrap();
    directory.remove_doomed(TimestampMs(i64::MAX));
    directory.check_space().unwrap();
    assert!(!directory.totals().disk_full);
    large(&log).unwrap();
}

#[test]
fn a_damaged_batch_is_not_served_and_the_ones_before_it_are() {
    let disk = SimDisk::new(1);
    let (directory, log) = open(&disk);
    for number in 0..30 {
        put(&log, number).unwrap();
    }
    directory.close().unwrap();
    drop((log, directory));
    disk.kill();
    let first = path("00000000000000000000.log");
    let size = disk.open(&first, Open::Read).unwrap().len().unwrap();
    disk.corrupt(&first, |bytes| bytes[400] ^= 1).unwrap();
    let (_manager, log) = open(&disk);
    let read = log.read(Offset(0), Offset(30), 100_000, true).unwrap();
    let bytes: u64 = read.ranges.iter().map(|range| u64::from(range.len)).sum();
    assert!(bytes > 200 && bytes < 400 && bytes < size, "{bytes}");
    let batch_bytes = batch(&[(&[1], Some(&[1; 40]))], 5).len();
    let damaged = i64::try_from(400 / batch_bytes).unwrap();
    let error = log.read(Offset(damaged), Offset(30), 100_000, true).unwrap_err();
    assert!(matches!(error, ReadError::Damaged { offset } if offset == Offset(damaged)), "{error:?}");
    assert_eq!(error.code(), ErrorCode::CorruptMessage);
    let after = log.read(Offset(damaged + 1), Offset(30), 100_000, true).unwrap();
    assert!(!after.ranges.is_empty(), "only that batch can't be read");
}

#[test]
fn what_was_on_disk_is_never_cut_away() {
    let disk = SimDisk::new(1);
    let (directory, log) = open(&disk);
    for number in 0..5 {
        put(&log, number).unwrap();
    }
    log.flush().unwrap();
    directory.checkpoint().unwrap();
    drop((log, directory));
    disk.kill();
    let file = path("00000000000000000000.log");
    disk.corrupt(&file, |bytes| bytes.truncate(300)).unwrap();
    for _ in 0..2 {
        disk.kill();
        let directory = support::open(&env(&disk), Path::new(DIR), &config());
        let reason = directory.summary().failed[&partition("t", 0)].clone();
        assert!(reason.contains("before offset 5"), "{reason}");
    }
    assert_eq!(disk.open(&file, Open::Read).unwrap().len().unwrap(), 300);
}

#[test]
fn damaged_missing_and_foreign_indexes_are_made_again() {
    for damage in 0..4 {
        let disk = SimDisk::new(1);
        let (directory, log) = open(&disk);
        for number in 0..100 {
            log.append(&mut produced(1, 0, number, 1, i64::from(number)), LeaderEpoch(0)).unwrap();
        }
        let expected = read_records(&log, 0);
        directory.close().unwrap();
        drop((log, directory));
        disk.kill();
        for entry in disk.list(&path("")).unwrap() {
            let file = path(&entry.name);
            if !entry.name.ends_with("index") {
                continue;
            }
            match damage {
                0 => disk.remove_file(&file).unwrap(),
                1 => disk.corrupt(&file, |bytes| bytes.fill(0)).unwrap(),
                2 => disk.corrupt(&file, |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 0x5a)).unwrap(),
                _ => disk.corrupt(&file, |bytes| bytes.truncate(bytes.len() - 3)).unwrap(),
            }
        }
        let (_manager, log) = open(&disk);
        for offset in 0..100 {
            let read = log.read(Offset(offset), Offset(100), 1, true).unwrap();
            let range = &read.ranges[0];
            let mut bytes = vec![0; range.len as usize];
            range.file.read_exact_at(&mut bytes, range.position).unwrap();
            let header = weir_records::BatchHeader::parse(&bytes).unwrap();
            assert_eq!(header.base_offset, Offset(offset), "damage {damage}");
        }
        assert_eq!(read_records(&log, 0), expected);
        for at in [0, 1, 50, 99] {
            let found = log.offset_for_timestamp(TimestampMs(at), Offset(100)).unwrap();
            assert_eq!(found.map(|found| found.offset), Some(Offset(at)), "damage {damage}");
        }
    }
}

#[test]
fn a_damaged_epoch_checkpoint_is_read_from_the_batches_again() {
    let disk = SimDisk::new(1);
    let (directory, log) = open(&disk);
    for epoch in [3, 5, 9] {
        log.new_leader_epoch(LeaderEpoch(epoch)).unwrap();
        log.append(&mut batch(&[(b"k", None), (b"l", None)], 1), LeaderEpoch(epoch)).unwrap();
    }
    let ends = |log: &PartitionLog| [3, 4, 5, 9].map(|epoch| log.epoch_end_offset(LeaderEpoch(epoch)));
    let expected = ends(&log);
    assert_eq!(expected.map(|end| (end.epoch.0, end.end.0)), [(3, 2), (3, 2), (5, 4), (9, 6)]);
    assert!(matches!(
        log.append(&mut batch(&[(b"k", None)], 1), LeaderEpoch(8)),
        Err(AppendError::FencedLeaderEpoch { .. })
    ));
    directory.close().unwrap();
    drop((log, directory));
    disk.kill();
    disk.corrupt(&path("leader-epoch-checkpoint"), |bytes| bytes[3] ^= 1).unwrap();
    let (_manager, log) = open(&disk);
    assert_eq!(ends(&log), expected);
}

#[test]
fn many_logs_are_made_durable_by_one_sync_and_a_failure_hits_only_whom_it_concerns() {
    const COUNT: i32 = 60;
    let disk = SimDisk::new(1);
    let directory = support::open(&env(&disk), Path::new(DIR), &config());
    let logs: Vec<_> = (0..COUNT)
        .map(|at| directory.create(&partition("many", at), topic_id(1), config()).unwrap())
        .collect();
    let append_to_all = |number: u8| logs.iter().for_each(|log| _ = put(log, number).unwrap());
    append_to_all(0);
    directory.flusher().flush_all();
    append_to_all(1);
    let before = disk.changes();
    directory.flusher().flush_all();
    assert_eq!(disk.changes() - before, 1, "one operation for all of them");
    assert!(logs.iter().all(|log| log.stable_end() == Offset(2)));
    append_to_all(2);
    disk.plant(fault(SimOp::Sync, "many-7/", ErrorKind::Other));
    disk.plant(SimFault {
        op: SimOp::Sync,
        path_part: "/".into(),
        skip: 0,
        times: 1,
        error: ErrorKind::Other,
    });
    directory.flusher().flush_all();
    for (at, log) in logs.iter().enumerate() {
        assert_eq!((log.progress().offline, log.stable_end().0), (at == 7, if at == 7 { 2 } else { 3 }));
    }
    assert_eq!(directory.flusher().totals().failures, 1);
    drop((logs, directory));
    disk.cut_power();
    disk.restore_power();
    let directory = support::open(&env(&disk), Path::new(DIR), &config());
    for at in 0..COUNT {
        let end = directory.log(&partition("many", at)).unwrap().log_end();
        assert_eq!(end, Offset(if at == 7 { 2 } else { 3 }), "partition {at}");
    }
}

#[test]
fn after_a_crash_many_logs_are_made_durable_by_one_sync_and_a_failure_hits_only_whom_it_concerns() {
    const COUNT: i32 = 20;
    for hit in [None, Some(7)] {
        let disk = SimDisk::new(1);
        let directory = support::open(&env(&disk), Path::new(DIR), &config());
        let logs: Vec<_> = (0..COUNT)
            .map(|at| directory.create(&partition("many", at), topic_id(1), config()).unwrap())
            .collect();
        logs.iter().for_each(|log| _ = put(log, 0).unwrap());
        directory.flusher().flush_all();
        directory.checkpoint().unwrap();
        logs.iter().for_each(|log| _ = put(log, 1).unwrap());
        drop((logs, directory));
        disk.kill();
        if let Some(at) = hit {
            disk.plant(fault(SimOp::Sync, &format!("many-{at}/"), ErrorKind::Other));
            disk.plant(fault(SimOp::Sync, "/", ErrorKind::Other));
        }
        disk.start_trace();
        let directory = support::open(&env(&disk), Path::new(DIR), &config());
        let syncs = disk.trace().iter().filter(|line| line.contains("Sync ")).count();
        let failed: Vec<_> = directory.summary().failed.keys().cloned().collect();
        assert_eq!(failed, hit.map(|at| partition("many", at)).into_iter().collect::<Vec<_>>());
        assert!(hit.is_some() || syncs == 1, "{:?}", disk.trace());
        // What is served now is on disk already.
        drop(directory);
        disk.cut_power();
        disk.restore_power();
        let directory = support::open(&env(&disk), Path::new(DIR), &config());
        for at in (0..COUNT).filter(|at| Some(*at) != hit) {
            assert_eq!(directory.log(&partition("many", at)).unwrap().log_end(), Offset(2), "partition {at}");
        }
    }
}

#[test]
fn what_a_failed_write_left_does_not_stay_behind_a_shorter_batch() {
    let disk = SimDisk::new(1);
    let (_manager, log) = open(&disk);
    put(&log, 0).unwrap();
    disk.plant(fault(SimOp::Write, ".log", ErrorKind::Other));
    assert!(log.append(&mut batch(&[(b"k", Some(&[1; 600]))], 5), LeaderEpoch(0)).is_err());
    put(&log, 1).unwrap();
    log.flush().unwrap();
    let file = disk.open(&path("00000000000000000000.log"), Open::Read).unwrap();
    assert_eq!(file.len().unwrap(), log.size_bytes());
}

#[test]
fn a_full_disk_delays_the_epochs_and_loses_nothing() {
    for together in [false, true] {
        let disk = SimDisk::new(1);
        let directory = support::open(&env(&disk), Path::new(DIR), &config());
        let names: Vec<_> = (0..if together { 60 } else { 1 }).map(|at| partition("t", at)).collect();
        let logs: Vec<_> =
            names.iter().map(|name| directory.create(name, topic_id(1), config()).unwrap()).collect();
        let append = |log: &PartitionLog, epoch| {
            log.append(&mut batch(&[(b"k", None)], 5), LeaderEpoch(epoch)).unwrap();
        };
        logs.iter().for_each(|log| append(log, 2));
        directory.flusher().flush_all();
        directory.checkpoint().unwrap();
        logs.iter().for_each(|log| append(log, 6));
        let full = fault(SimOp::Write, "leader-epoch", ErrorKind::StorageFull);
        disk.plant(SimFault { times: 1000, ..full });
        directory.flusher().flush_all();
        assert!(logs.iter().all(|log| !log.progress().offline && log.stable_end() == Offset(2)));
        assert!(directory.totals().disk_full);
        directory.checkpoint().unwrap();
        drop((logs, directory));
        disk.cut_power();
        disk.restore_power();
        disk.heal();
        // What recovery found out is not forgotten by the one after it, which starts where this one ended.
        for _ in 0..2 {
            let directory = support::open(&env(&disk), Path::new(DIR), &config());
            for name in &names {
                let log = directory.log(name).unwrap();
                assert_eq!((log.log_end(), log.latest_epoch()), (Offset(2), LeaderEpoch(6)));
            }
            directory.checkpoint().unwrap();
            drop(directory);
            disk.cut_power();
            disk.restore_power();
        }
    }
}

#[test]
fn a_lost_time_index_hides_no_timestamp() {
    for damage in 0..2 {
        let disk = SimDisk::new(1);
        let config = LogConfig { retention_ms: Some(1000), ..config() };
        let directory = support::open(&env(&disk), Path::new(DIR), &config);
        let log = directory.create(&partition("t", 0), topic_id(1), config.clone()).unwrap();
        // The newest timestamp comes early in the segment.
        for timestamp in [10, 5000, 20, 30, 40, 50, 60, 70] {
            log.append(&mut batch(&[(b"k", Some(&[1; 40]))], timestamp), LeaderEpoch(0)).unwrap();
        }
        log.roll().unwrap();
        put(&log, 1).unwrap();
        directory.close().unwrap();
        drop((log, directory));
        disk.kill();
        let file = path("00000000000000000000.timeindex");
        match damage {
            0 => disk.remove_file(&file).unwrap(),
            _ => disk.corrupt(&file, |bytes| bytes.truncate(12)).unwrap(),
        }
        let directory = support::open(&env(&disk), Path::new(DIR), &config);
        let log = directory.log(&partition("t", 0)).unwrap();
        assert_eq!(log.apply_retention(TimestampMs(5500)).unwrap().segments, 0, "damage {damage}");
        let found = log.offset_for_timestamp(TimestampMs(100), Offset(9)).unwrap();
        assert_eq!(found.map(|found| found.offset), Some(Offset(1)), "damage {damage}");
    }
}

#[test]
fn a_partition_that_was_on_disk_is_not_taken_for_one_that_never_was() {
    let disk = SimDisk::new(1);
    let (directory, log) = open(&disk);
    put(&log, 1).unwrap();
    log.flush().unwrap();
    directory.checkpoint().unwrap();
    drop((log, directory));
    disk.kill();
    disk.corrupt(&path("partition.metadata"), |bytes| bytes[20] ^= 0x80).unwrap();
    let directory = support::open(&env(&disk), Path::new(DIR), &config());
    let reason = directory.summary().failed[&partition("t", 0)].clone();
    assert!(reason.contains("partition.metadata") && reason.contains("topic id"), "{reason}");
    assert!(matches!(directory.create(&partition("t", 0), topic_id(1), config()), Err(LogError::Exists(_))));
    drop(directory);
    // A topic that was deleted and made anew, and never flushed, promised nothing: it is no damage.
    disk.kill();
    disk.corrupt(&path("partition.metadata"), |bytes| bytes[20] ^= 0x80).unwrap();
    for seed in 0..20 {
        let disk = SimDisk::new(seed);
        let (directory, log) = open(&disk);
        put(&log, 1).unwrap();
        log.flush().unwrap();
        directory.checkpoint().unwrap();
        directory.delete(&partition("t", 0)).unwrap();
        directory.create(&partition("t", 0), topic_id(2), config()).unwrap();
        drop((log, directory));
        disk.cut_power();
        disk.restore_power();
        _ = open(&disk);
    }
}

#[test]
fn an_empty_partition_costs_no_sync_at_the_next_start() {
    let disk = SimDisk::new(1);
    let (directory, log) = open(&disk);
    log.flush().unwrap();
    directory.checkpoint().unwrap();
    drop((log, directory));
    disk.kill();
    disk.start_trace();
    let (_manager, log) = open(&disk);
    assert_eq!(log.log_end(), Offset(0));
    let synced: Vec<String> = disk.trace().into_iter().filter(|line| line.contains("t-0")).collect();
    assert!(synced.is_empty(), "{synced:?}");
}

/// Segments of 1000 bytes; each batch is of one record.
#[test]
fn a_segment_that_is_gone_is_damage_where_it_was_and_nowhere_else() {
    type Loss = fn(&SimDisk, &Path);
    let losses: [Loss; 2] = [
        |disk, file| disk.remove_file(file).unwrap(),
        |disk, file| disk.open(file, Open::Write).unwrap().set_len(0).unwrap(),
    ];
    for (lost, lose) in [(1, losses[0]), (1, losses[1]), (2, losses[0]), (0, losses[1])] {
        let disk = SimDisk::new(1);
        let (directory, log) = open(&disk);
        for number in 0..60 {
            put(&log, number).unwrap();
        }
        directory.close().unwrap();
        drop((directory, log));
        let mut bases: Vec<i64> = disk
            .list(Path::new(DIR).join("t-0").as_path())
            .unwrap()
            .into_iter()
            .filter_map(|entry| entry.name.strip_suffix(".log")?.parse().ok())
            .collect();
        bases.sort_unstable();
        assert!(bases.len() > 3, "{bases:?}");
        let gap = bases[lost]..bases[lost + 1];
        lose(&disk, &path(&format!("{:020}.log", gap.start)));

        let (directory, log) = open(&disk);
        let seen = |from: i64| {
            let read = log.read(Offset(from), Offset(60), usize::MAX >> 1, true)?;
            Ok::<_, ReadError>(read.bytes)
        };
        for offset in 0..60 {
            let read = seen(offset);
            if gap.contains(&offset) {
                assert!(matches!(read, Err(ReadError::Damaged { .. })), "{offset} of {gap:?}: {read:?}");
                assert_eq!(read.unwrap_err().code(), ErrorCode::CorruptMessage);
            } else {
                let expected = if offset < gap.start { gap.start - offset } else { 60 - offset };
                let batches = read.unwrap() / batch(&[(&[0], Some(&[0; 40]))], 5).len() as u64;
                assert_eq!(batches, expected as u64, "{offset} of {gap:?}");
            }
        }
        directory.close().unwrap();
    }
}

/// What is below the data directory, but for the files that are the directory's own.
fn dirs(disk: &SimDisk) -> Vec<String> {
    let entries = disk.list(Path::new(DIR)).unwrap().into_iter();
    entries.filter(|entry| entry.is_dir).map(|entry| entry.name).collect()
}

#[test]
fn a_partition_that_could_not_be_made_can_be_made_later() {
    let once = |op, path_part| fault(op, path_part, ErrorKind::Other);
    let failures = [
        vec![fault(SimOp::Write, "partition.metadata", ErrorKind::StorageFull)],
        vec![once(SimOp::Open, "partition.metadata")],
        // Nor could be cleared up.
        vec![once(SimOp::Open, "partition.metadata"), once(SimOp::Rename, "t-0")],
        vec![fault(SimOp::Write, "partition.metadata", ErrorKind::StorageFull), once(SimOp::Rename, "t-0")],
    ];
    for (at, faults) in failures.into_iter().enumerate() {
        let disk = SimDisk::new(1);
        let directory = support::open(&env(&disk), Path::new(DIR), &config());
        faults.into_iter().for_each(|fault| disk.plant(fault));
        let name = partition("t", 0);
        assert!(directory.create(&name, topic_id(1), config()).is_err(), "failure {at}");
        disk.heal();
        let log = directory.create(&name, topic_id(1), config()).unwrap();
        put(&log, 1).unwrap();
        directory.remove_doomed(TimestampMs(i64::MAX));
        directory.close().unwrap();
        assert_eq!(dirs(&disk), ["t-0"], "failure {at}");
    }
}

#[test]
fn a_directory_that_somebody_else_put_there_is_not_cleared_away() {
    for file in ["00000000000000000000.log", "partition.metadata"] {
        let disk = SimDisk::new(1);
        let directory = support::open(&env(&disk), Path::new(DIR), &config());
        disk.create_dir(&path("")).unwrap();
        let text = format!("version: 0\ntopic_id: {}\n", topic_id(1));
        disk.open(&path(file), Open::Create).unwrap().write_all_at(text.as_bytes(), 0).unwrap();
        let made = directory.create(&partition("t", 0), topic_id(1), config());
        assert!(matches!(made, Err(LogError::Exists(_))), "{file}");
        directory.remove_doomed(TimestampMs(i64::MAX));
        assert_eq!(disk.read_small(&path(file), 1000).unwrap(), Some(text.into_bytes()));
    }
}

#[test]
fn an_index_is_synced_although_the_other_could_not_be_written_at_first() {
    for first in ["0.index", "0.timeindex"] {
        let disk = SimDisk::new(1);
        let (directory, log) = open(&disk);
        for number in 0..6 {
            put(&log, number).unwrap();
        }
        log.flush().unwrap();
        disk.plant(fault(SimOp::Write, first, ErrorKind::StorageFull));
        assert!(log.roll().is_err());
        directory.check_space().unwrap();
        disk.start_trace();
        log.roll().unwrap();
        log.flush().unwrap();
        let trace = disk.trace();
        for index in ["0.index", "0.timeindex"] {
            let name = format!("Sync {}", path(&format!("0000000000000000000{index}")).display());
            assert!(trace.iter().any(|line| line.contains(&name)), "{first}: {index} is not in {trace:?}");
        }
    }
}
