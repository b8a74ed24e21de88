//! Appending, reading, flushing and opening again on a real file system.
#![allow(clippy::unwrap_used)]

mod support;

use support::{append, batch, open, partition, produced, read_records, topic_id};
use weir_env::Env;
use weir_log::{LogConfig, LogDirectory};
use weir_model::{LeaderEpoch, Offset};

fn small_segments() -> LogConfig {
    LogConfig { segment_bytes: 2000, index_interval_bytes: 200, ..LogConfig::default() }
}

#[test]
fn what_was_appended_is_read_back_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let env = Env::real();
    let name = partition("orders", 3);
    let mut expected = Vec::new();
    for round in 0..4 {
        let directory = open(&env, dir.path(), &small_segments());
        assert_eq!(directory.summary().clean, round > 0);
        assert!(directory.summary().failed.is_empty());
        let log = match directory.log(&name) {
            Some(log) => log,
            None => directory.create(&name, topic_id(1), small_segments()).unwrap(),
        };
        assert_eq!(read_records(&log, 0), expected);
        for at in 0..100 {
            let value = vec![u8::try_from(at).unwrap(); 50];
            let (base, _) = append(&log, batch(&[(b"k", Some(&value)), (b"l", None)], 1000 + at));
            expected.push((base, Some(b"k".to_vec()), Some(value)));
            expected.push((base + 1, Some(b"l".to_vec()), None));
        }
        assert_eq!(log.log_end(), Offset((round + 1) * 200));
        assert_eq!(log.stable_end(), Offset(round * 200));
        log.flush().unwrap();
        assert_eq!(log.stable_end(), log.log_end());
        assert_eq!(log.high_watermark(), log.log_end());
        assert!(log.segment_count() > 5);
        assert_eq!(read_records(&log, 0), expected);
        assert_eq!(read_records(&log, 77), expected[77..]);
        directory.close().unwrap();
    }
}

#[test]
fn a_process_that_was_killed_left_a_log_that_opens() {
    let dir = tempfile::tempdir().unwrap();
    let env = Env::real();
    let name = partition("orders", 0);
    let mut expected = Vec::new();
    for round in 0_i64..4 {
        let directory = open(&env, dir.path(), &small_segments());
        assert!(!directory.summary().clean && directory.summary().failed.is_empty());
        let log = match directory.log(&name) {
            Some(log) => log,
            None => directory.create(&name, topic_id(1), small_segments()).unwrap(),
        };
        assert_eq!(read_records(&log, 0), expected, "round {round}");
        for at in 0..30 {
            append(&log, produced(7, 0, i32::try_from(round * 90 + at * 3).unwrap(), 3, 1));
            if at == 15 {
                log.flush().unwrap();
                directory.checkpoint().unwrap();
            }
        }
        expected = read_records(&log, 0);
        assert_eq!(expected.len(), usize::try_from((round + 1) * 90).unwrap());
    }
}

#[test]
fn a_second_process_is_told_who_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let env = Env::real();
    let _first = open(&env, dir.path(), &LogConfig::default());
    let second = LogDirectory::open(&env, support::settings(dir.path()), &|_, _| LogConfig::default());
    assert!(second.unwrap_err().to_string().contains("another process"));
}

#[test]
fn a_deleted_partition_can_be_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let env = Env::real();
    let name = partition("orders", 0);
    let directory = open(&env, dir.path(), &LogConfig::default());
    let log = directory.create(&name, topic_id(1), LogConfig::default()).unwrap();
    append(&log, batch(&[(b"k", None)], 1));
    log.flush().unwrap();
    directory.delete(&name).unwrap();
    assert!(log.append(&mut batch(&[(b"k", None)], 1), LeaderEpoch(0)).is_err());
    let log = directory.create(&name, topic_id(2), LogConfig::default()).unwrap();
    assert_eq!(log.log_end(), Offset(0));
    drop((log, directory));
    let directory = open(&env, dir.path(), &LogConfig::default());
    assert_eq!(directory.log(&name).unwrap().topic_id(), topic_id(2));
}

#[test]
fn new_settings_hold_for_the_active_segment() {
    let dir = tempfile::tempdir().unwrap();
    let directory = open(&Env::real(), dir.path(), &LogConfig::default());
    let log = directory.create(&partition("t", 0), topic_id(1), LogConfig::default()).unwrap();
    append(&log, batch(&[(b"k", None)], 1_000));
    append(&log, batch(&[(b"k", None)], 3_000));
    assert_eq!(log.segment_count(), 1);
    log.update_config(LogConfig { segment_ms: 1_000, ..LogConfig::default() });
    append(&log, batch(&[(b"k", None)], 1_500));
    assert_eq!(log.segment_count(), 1, "the batch is not so much newer than the first one");
    append(&log, batch(&[(b"k", None)], 3_000));
    assert_eq!(log.segment_count(), 2);
    log.update_config(LogConfig { segment_bytes: 100, ..LogConfig::default() });
    append(&log, batch(&[(b"k", None)], 3_000));
    assert_eq!(log.segment_count(), 3);
}

#[tokio::test]
async fn whoever_waits_is_woken_by_the_round_that_covers_the_batch() {
    let dir = tempfile::tempdir().unwrap();
    let env = Env::real();
    let directory = open(&env, dir.path(), &LogConfig::default());
    let rounds = weir_env::task::spawn(directory.flusher().run());
    let logs: Vec<_> = (0..20)
        .map(|at| directory.create(&partition("t", at), topic_id(1), LogConfig::default()).unwrap())
        .collect();
    for _ in 0..5 {
        for log in &logs {
            append(log, batch(&[(b"k", None)], 1));
        }
        for log in &logs {
            log.stable(log.log_end()).await.unwrap();
            assert_eq!(log.high_watermark(), log.log_end());
        }
    }
    let totals = directory.flusher().totals();
    assert!(totals.rounds < 100 && totals.failures == 0, "{totals:?}");
    rounds.abort();
}

#[tokio::test]
async fn a_log_that_is_due_soon_does_not_wait_for_one_that_is_due_late() {
    let dir = tempfile::tempdir().unwrap();
    let directory = open(&Env::real(), dir.path(), &LogConfig::default());
    let late = LogConfig { durability: weir_log::Durability::Replicated, ..LogConfig::default() };
    let logs = [late, LogConfig::default()].map(|config| {
        directory.create(&partition(&format!("{:?}", config.durability), 0), topic_id(1), config).unwrap()
    });
    directory.flusher().flush_all();
    let rounds = weir_env::task::spawn(directory.flusher().run());
    append(&logs[0], batch(&[(b"k", None)], 1));
    // The flusher sleeps now, until the first one is due.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    append(&logs[1], batch(&[(b"k", None)], 1));
    let asked = std::time::Instant::now();
    logs[1].wait(|progress| progress.stable_end == Offset(1)).await;
    assert!(asked.elapsed() < weir_log::REPLICATED_WAIT_MAX / 2, "{:?}", asked.elapsed());
    rounds.abort();
}

#[test]
fn retention_removes_nothing_that_is_not_committed() {
    let dir = tempfile::tempdir().unwrap();
    let config = LogConfig { retention_ms: Some(1), retention_bytes: Some(0), ..small_segments() };
    let directory = open(&Env::real(), dir.path(), &config);
    let log = directory.create(&partition("t", 0), topic_id(1), config).unwrap();
    let fill = || (0..30).for_each(|_| _ = append(&log, batch(&[(b"k", Some(&[1; 60]))], 1)));
    fill();
    log.flush().unwrap();
    fill();
    let committed = log.high_watermark();
    assert_eq!((committed, log.log_end()), (Offset(30), Offset(60)));
    assert!(log.apply_retention(weir_model::TimestampMs(1_000_000)).unwrap().segments > 1);
    assert!(log.log_start() > Offset(0) && log.log_start() <= committed, "{}", log.log_start());
}
