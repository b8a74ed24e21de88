//! Disks that fail, fill up or are taken: clear errors, nothing acknowledged that is not there.
#![allow(clippy::unwrap_used)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use support::faulty::faulty;
use support::*;
use weir_env::Env;
use weir_model::ErrorCode;
use weir_server::{Broker, BrokerSettings, Listener, ReadBackEnd, StartError};
use weir_wire::messages::DeleteTopicsRequest;

#[tokio::test]
async fn a_failed_sync_is_never_acknowledged_and_takes_one_log_offline() {
    let dir = tempfile::tempdir().unwrap();
    let (env, faults) = faulty();
    let broker = Broker::start(settings(dir.path()), env).await.unwrap();
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 2, &[]).await;
    assert_eq!(client.produce("t", 0, batch(&["v0"])).await.0, ErrorCode::None);
    faults.failing_sync.store(true, Ordering::Relaxed);
    assert_eq!(client.produce("t", 0, batch(&["lost"])).await.0, ErrorCode::KafkaStorageError);
    faults.failing_sync.store(false, Ordering::Relaxed);
    // The pages look clean now, and still nobody may trust them.
    assert_eq!(client.produce("t", 0, batch(&["later"])).await.0, ErrorCode::KafkaStorageError);
    let fetched = client.fetch("t", 0, 0, 0).await;
    assert_eq!(error(fetched.responses[0].partitions[0].error_code), ErrorCode::KafkaStorageError);
    assert_eq!(client.produce("t", 1, batch(&["v0"])).await.0, ErrorCode::None);
    assert!(http_get(&broker, "/healthz").await.starts_with("HTTP/1.1 503"));
    assert!(http_get(&broker, "/metrics").await.contains("weir_partitions_offline 1"));
    broker.shutdown().await;
}

#[tokio::test]
async fn a_failed_write_takes_the_log_offline() {
    let dir = tempfile::tempdir().unwrap();
    let (env, faults) = faulty();
    let broker = Broker::start(settings(dir.path()), env).await.unwrap();
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 1, &[]).await;
    assert_eq!(client.produce("t", 0, batch(&["v0"])).await.0, ErrorCode::None);
    faults.failing_write.store(true, Ordering::Relaxed);
    assert_eq!(client.produce("t", 0, batch(&["lost"])).await.0, ErrorCode::KafkaStorageError);
    broker.shutdown().await;
}

/// What a log whose bytes can't be read back looks like from outside; the other log of the topic goes on.
async fn assert_one_log_is_offline(broker: &Broker) {
    let mut client = Client::to(broker).await;
    let fetched = client.fetch("t", 0, 0, 0).await;
    assert_eq!(error(fetched.responses[0].partitions[0].error_code), ErrorCode::KafkaStorageError);
    assert_eq!(client.produce("t", 0, batch(&["later"])).await.0, ErrorCode::KafkaStorageError);
    assert_eq!(client.produce("t", 1, batch(&["v1"])).await.0, ErrorCode::None);
    assert!(http_get(broker, "/healthz").await.starts_with("HTTP/1.1 503"));
    assert!(http_get(broker, "/metrics").await.contains("weir_partitions_offline 1\n"));
}

/// Fetches what can't be read: either an error in the answer, or no answer at all, never half of one.
async fn fetch_in_vain(broker: &Broker) {
    let mut consumer = Client::to(broker).await;
    consumer.send(&fetch_request("t", 0, 0, 0), 11).await;
    if let Ok(frame) = consumer.read_frame().await {
        let (_, response) = decode_response::<weir_wire::messages::FetchRequest>(frame, 11);
        assert_eq!(error(response.responses[0].partitions[0].error_code), ErrorCode::KafkaStorageError);
    }
}

#[tokio::test]
async fn a_failed_read_ends_the_answer_and_takes_one_log_offline() {
    let dir = tempfile::tempdir().unwrap();
    let (env, faults) = faulty();
    let broker = Broker::start(settings(dir.path()), env).await.unwrap();
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 2, &[]).await;
    client.produce("t", 0, batch(&[&"x".repeat(10_000)])).await;
    faults.failing_read.store(true, Ordering::Relaxed);
    fetch_in_vain(&broker).await;
    faults.failing_read.store(false, Ordering::Relaxed);
    // The next read may give something, and still nobody may trust it.
    assert_one_log_is_offline(&broker).await;
    broker.shutdown().await;
}

#[tokio::test]
async fn bytes_that_are_gone_take_the_log_offline_with_either_read_back_end() {
    for read_back_end in [ReadBackEnd::Pread, ReadBackEnd::Sendfile] {
        let dir = tempfile::tempdir().unwrap();
        let broker = start(BrokerSettings { read_back_end, ..settings(dir.path()) }).await;
        let mut client = Client::to(&broker).await;
        client.create_topic("t", 2, &[]).await;
        client.produce("t", 0, batch(&[&"x".repeat(100_000)])).await;
        let segment = find_segment(dir.path(), "t-0");
        std::fs::OpenOptions::new().write(true).open(segment).unwrap().set_len(20_000).unwrap();
        fetch_in_vain(&broker).await;
        assert_one_log_is_offline(&broker).await;
        broker.shutdown().await;
    }
}

/// The first segment of a partition, wherever in the data directory it is.
fn find_segment(dir: &Path, partition: &str) -> PathBuf {
    let mut left = vec![dir.to_owned()];
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|it| it == "log") && dir.ends_with(partition) {
                return path;
            }
        }
    }
    panic!("no segment of {partition}");
}

#[tokio::test]
async fn a_full_disk_refuses_appends_until_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let (env, faults) = faulty();
    let broker = Broker::start(settings(dir.path()), env).await.unwrap();
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 1, &[]).await;
    assert_eq!(client.produce("t", 0, batch(&["v0"])).await.0, ErrorCode::None);
    faults.no_room.store(true, Ordering::Relaxed);
    let response = client.call(&produce_request("t", 0, batch(&["lost"]), -1), 9).await;
    assert_eq!(produce_outcome(&response).0, ErrorCode::KafkaStorageError);
    let message = response.responses[0].partition_responses[0].error_message.as_deref().unwrap();
    assert!(message.contains("full"), "{message}");
    assert_eq!(client.values("t", 0, 0).await, [(0, "v0".to_owned())], "reads go on");
    assert!(http_get(&broker, "/metrics").await.contains("weir_disk_full 1\n"));
    assert!(http_get(&broker, "/readyz").await.starts_with("HTTP/1.1 200"), "it serves what it can");
    faults.no_room.store(false, Ordering::Relaxed);
    let deadline = std::time::Instant::now() + PATIENCE;
    while client.produce("t", 0, batch(&["v1"])).await.0 != ErrorCode::None {
        assert!(std::time::Instant::now() < deadline, "the broker notices that there is room again");
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn a_log_that_can_not_be_opened_is_offline_for_all_to_see() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 1, &[]).await;
    assert_eq!(client.produce("t", 0, batch(&["v0"])).await.0, ErrorCode::None);
    broker.shutdown().await;
    let log = dir.path().join("logs/t-0/00000000000000000000.log");
    std::fs::remove_file(&log).unwrap();
    std::fs::create_dir(&log).unwrap();
    let broker = start(settings(dir.path())).await;
    assert!(http_get(&broker, "/healthz").await.starts_with("HTTP/1.1 503"));
    assert!(http_get(&broker, "/metrics").await.contains("weir_partitions_offline 1\n"));
    // Its topic can be deleted and made again.
    let mut client = Client::to(&broker).await;
    let request =
        DeleteTopicsRequest { topic_names: vec!["t".into()], timeout_ms: 10_000, ..Default::default() };
    let response = client.call(&request, 5).await;
    assert_eq!(error(response.responses[0].error_code), ErrorCode::None);
    client.create_topic("t", 1, &[]).await;
    assert_eq!(client.produce("t", 0, batch(&["v1"])).await.0, ErrorCode::None);
    assert!(http_get(&broker, "/healthz").await.starts_with("HTTP/1.1 200"));
    broker.shutdown().await;
}

#[tokio::test]
async fn one_directory_serves_one_broker() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let error = Broker::start(settings(dir.path()), Env::real()).await.unwrap_err();
    assert!(matches!(error, StartError::InUse(_)), "{error}");
    assert!(error.to_string().contains("in use by another process"), "{error}");
    broker.shutdown().await;
    start(settings(dir.path())).await.shutdown().await;
}

#[tokio::test]
async fn a_port_in_use_leaves_the_directory_alone() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let broker = start(settings(first.path())).await;
    let mut other = settings(second.path());
    other.listeners = vec![Listener::plaintext("127.0.0.1", address(&broker).port())];
    let error = Broker::start(other, Env::real()).await.unwrap_err().to_string();
    assert!(error.contains("is in use") && error.contains(&address(&broker).port().to_string()), "{error}");
    assert_eq!(std::fs::read_dir(second.path()).unwrap().count(), 0);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("read-only");
    std::fs::create_dir(&inner).unwrap();
    std::fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(inner.join("probe"), b"").is_ok() {
        // Root writes anywhere but where nobody can: below a file.
        std::fs::remove_file(inner.join("probe")).unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, b"").unwrap();
        let error = Broker::start(settings(&file.join("data")), Env::real()).await.unwrap_err().to_string();
        assert!(error.contains("file/data"), "{error}");
        return;
    }
    let error = Broker::start(settings(&inner), Env::real()).await.unwrap_err().to_string();
    assert!(error.contains("read-only") && error.contains("make it writable"), "{error}");
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut none = settings(dir.path());
    none.listeners.clear();
    let mut twice = settings(dir.path());
    twice.listeners.push(twice.listeners[0].clone());
    let advertising = |host: &str| {
        let mut settings = settings(dir.path());
        settings.listeners[0].advertised_host = Some(host.to_owned());
        settings
    };
    for (settings, word) in [
        (advertising("0.0.0.0"), "every address"),
        (advertising("::"), "every address"),
        (none, "at least one"),
        (twice, "a name of its own"),
        (settings_with(dir.path(), &[("num.partitons", "3")]), "num.partitions"),
        (settings_with(dir.path(), &[("num.partitions", "-3")]), "num.partitions"),
    ] {
        let error = Broker::start(settings, Env::real()).await.unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}
