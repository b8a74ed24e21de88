//! Many partitions, few open files.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "times are printed, not asserted")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use support::{append, batch, partition, read_records, settings, topic_id};
use weir_env::Env;
use weir_log::{AppendError, LogConfig, LogDirectory, LogError, LogSettings, PartitionLog};
use weir_model::{ErrorCode, LeaderEpoch, Offset};

fn with(dir: &Path, open_files_max: usize) -> LogSettings {
    LogSettings { open_files_max, recovery_threads: 2, ..settings(dir) }
}

fn small() -> LogConfig {
    LogConfig { segment_bytes: 200, ..LogConfig::default() }
}

/// Files below `dir` that this process holds open; other tests have theirs elsewhere.
fn own_open_files(dir: &Path) -> usize {
    let links = std::fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
    links.filter(|link| std::fs::read_link(link).is_ok_and(|target| target.starts_with(dir))).count()
}

#[test]
fn cold_files_are_closed_and_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let directory = LogDirectory::open(&Env::real(), with(dir.path(), 20), &|_, _| small()).unwrap();
    let logs: Vec<_> =
        (0..15).map(|at| directory.create(&partition("t", at), topic_id(1), small()).unwrap()).collect();
    for round in 0..10_u8 {
        for log in &logs {
            append(log, batch(&[(&[round], Some(&[round; 60]))], i64::from(round)));
            log.flush().unwrap();
            assert!(directory.totals().open_files <= 20);
        }
    }
    let before = own_open_files(dir.path());
    for log in &logs {
        assert!(log.segment_count() > 4);
        let seen: Vec<_> = read_records(log, 0).into_iter().map(|(_, key, _)| key.unwrap()[0]).collect();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
    }
    assert!(own_open_files(dir.path()) <= before + 20, "files leak");
}

#[test]
fn a_reader_of_many_files_is_refused_with_the_reason_and_so_is_an_append() {
    let dir = tempfile::tempdir().unwrap();
    let directory = LogDirectory::open(&Env::real(), with(dir.path(), 4), &|_, _| small()).unwrap();
    let logs: Vec<_> =
        (0..6).map(|at| directory.create(&partition("t", at), topic_id(1), small()).unwrap()).collect();
    let mut taken = 0;
    // What is not yet synced stays open.
    let refused = logs.iter().find_map(|log| {
        let appended = log.append(&mut batch(&[(b"k", None)], 1), LeaderEpoch(0));
        taken += usize::from(appended.is_ok());
        appended.err()
    });
    let Some(AppendError::TooManyOpenFiles(error)) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains("ulimit"), "{error}");
    assert_eq!(taken, 4);
    for log in &logs {
        log.flush().unwrap();
    }
    append(&logs[5], batch(&[(b"k", None)], 1));
    let held: Vec<_> =
        logs[..3].iter().map(|log| log.read(Offset(0), Offset(1), 100, true).unwrap()).collect();
    let error = logs[3].read(Offset(0), Offset(1), 100, true).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KafkaStorageError);
    drop(held);
    assert_eq!(logs[3].read(Offset(0), Offset(1), 100, true).unwrap().ranges.len(), 1);
}

#[test]
fn what_is_made_and_written_within_one_flush_stays_within_the_limit() {
    let dir = tempfile::tempdir().unwrap();
    let directory = LogDirectory::open(&Env::real(), with(dir.path(), 50), &|_, _| small()).unwrap();
    let before = own_open_files(dir.path());
    let logs: Vec<_> =
        (0..300).map(|at| directory.create(&partition("t", at), topic_id(1), small()).unwrap()).collect();
    let append = |log: &Arc<PartitionLog>| log.append(&mut batch(&[(b"k", None)], 1), LeaderEpoch(0));
    let taken = logs.iter().take_while(|log| append(log).is_ok()).count();
    assert_eq!(taken, 50, "then the limit is met that is ours");
    assert_eq!(own_open_files(dir.path()), before + 50);
    for some in logs[taken..].chunks(50) {
        directory.flusher().flush_all();
        assert!(some.iter().all(|log| append(log).is_ok()));
    }
    directory.flusher().flush_all();
    assert!(logs.iter().all(|log| log.stable_end() == Offset(1)));
}

#[test]
fn what_is_rolled_within_one_flush_stays_within_the_limit() {
    let dir = tempfile::tempdir().unwrap();
    let directory = LogDirectory::open(&Env::real(), with(dir.path(), 50), &|_, _| small()).unwrap();
    let before = own_open_files(dir.path());
    let logs: Vec<_> =
        (0..40).map(|at| directory.create(&partition("t", at), topic_id(1), small()).unwrap()).collect();
    for log in &logs {
        append(log, batch(&[(b"k", None)], 1));
    }
    // Each leaves a snapshot of its producers for the next flush.
    let rolled = logs.iter().take_while(|log| log.roll().is_ok()).count();
    assert!((5..40).contains(&rolled), "{rolled} rolled");
    assert!(own_open_files(dir.path()) <= before + 50);
    directory.flusher().flush_all();
    for log in &logs[rolled..] {
        log.roll().unwrap();
        log.flush().unwrap();
    }
    assert!(logs.iter().all(|log| log.segment_count() == 2 && !log.progress().offline));
}

#[test]
fn more_partitions_than_the_limit_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let limited = LogSettings { partitions_max: 2, ..settings(dir.path()) };
    let directory = LogDirectory::open(&Env::real(), limited.clone(), &|_, _| small()).unwrap();
    directory.create(&partition("t", 0), topic_id(1), small()).unwrap();
    directory.create(&partition("t", 1), topic_id(1), small()).unwrap();
    let third = directory.create(&partition("t", 2), topic_id(1), small());
    assert!(matches!(third, Err(LogError::Limit { limit: 2, .. })));
}

/// Memory where there is some, so that the time printed is ours and not the disk's.
fn fast_dir() -> tempfile::TempDir {
    let base =
        std::env::var("WEIR_MANY_PARTITIONS_DIR").map_or_else(|_| PathBuf::from("/dev/shm"), PathBuf::from);
    if base.is_dir() { tempfile::tempdir_in(base).unwrap() } else { tempfile::tempdir().unwrap() }
}

#[test]
fn ten_thousand_partitions_live_within_two_thousand_files() {
    const COUNT: i32 = 10_000;
    let dir = fast_dir();
    let env = Env::real();
    let open = || {
        let started = Instant::now();
        let directory =
            LogDirectory::open(&env, with(dir.path(), 2000), &|_, _| LogConfig::default()).unwrap();
        assert!(directory.summary().failed.is_empty());
        (directory, started.elapsed())
    };
    let (directory, _) = open();
    let started = Instant::now();
    for at in 0..COUNT {
        directory.create(&partition("many", at), topic_id(1), LogConfig::default()).unwrap();
    }
    println!("created {COUNT} in {:?}", started.elapsed());
    assert!(own_open_files(dir.path()) < 50, "what is made and not yet flushed holds no file open");
    let fill = |directory: &LogDirectory| {
        let started = Instant::now();
        for log in directory.logs() {
            append(&log, batch(&[(b"k", Some(b"v"))], 1));
            if directory.totals().open_files > 1500 {
                directory.flusher().flush_all();
            }
        }
        assert!(directory.totals().open_files <= 2000 && own_open_files(dir.path()) < 3000);
        println!("appended to {COUNT} in {:?}", started.elapsed());
    };
    fill(&directory);
    let started = Instant::now();
    directory.close().unwrap();
    println!("closed {COUNT} in {:?}", started.elapsed());
    drop(directory);
    let (directory, took) = open();
    assert!(directory.summary().clean && directory.summary().logs == usize::try_from(COUNT).unwrap());
    println!("opened {COUNT} after a clean stop in {took:?}");
    fill(&directory);
    drop(directory);
    let (directory, took) = open();
    assert!(!directory.summary().clean);
    println!("opened {COUNT} after a crash in {took:?}: {:?}", directory.summary().work);
    for log in directory.logs() {
        assert_eq!(log.log_end(), Offset(2));
    }
    let some: Arc<_> = directory.log(&partition("many", 9_999)).unwrap();
    assert_eq!(read_records(&some, 0).len(), 2);
}
