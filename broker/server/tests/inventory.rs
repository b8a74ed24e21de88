//! The logs and the metadata of a directory that do not fit each other: parts of it were lost, restored or mounted elsewhere.
//! Nothing that may be the only copy of acknowledged records is removed.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::*;
use weir_env::Env;
use weir_model::{ErrorCode, Offset, ProducerEpoch, ProducerId, TimestampMs};
use weir_records::{BatchBuilder, Compression};
use weir_server::{Broker, StartError};
use weir_wire::messages::InitProducerIdRequest;

/// A directory whose topics `old` and `last` hold a record in each of two partitions; closed in order.
async fn closed_directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    for topic in ["old", "last"] {
        client.create_topic(topic, 2, &[]).await;
        for partition in 0..2 {
            assert_eq!(client.produce(topic, partition, batch(&["v"])).await, (ErrorCode::None, 0));
        }
    }
    broker.shutdown().await;
    dir
}

async fn refused(dir: &Path) -> StartError {
    match Broker::start(settings(dir), Env::real()).await {
        Ok(_) => panic!("it started"),
        Err(error) => error,
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The segments of a partition, wherever its directory is by now.
fn segments_of(dir: &Path, partition: &str) -> Vec<PathBuf> {
    let folders = entries(&dir.join("logs")).into_iter().filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name == partition || name.starts_with(&format!("{partition}.")) && !name.ends_with("-delete")
    });
    let files = folders.flat_map(|folder| entries(&folder));
    files.filter(|file| file.extension().is_some_and(|ending| ending == "log")).collect()
}

fn journal(dir: &Path) -> PathBuf {
    let mut files = entries(&dir.join("metadata"));
    files.retain(|file| file.extension().is_some_and(|ending| ending == "journal"));
    assert_eq!(files.len(), 1);
    files.remove(0)
}

/// As the message about lost entries advises who has no copy.
fn give_up_lost_entries(dir: &Path) {
    fs::remove_file(dir.join("metadata/closed-at")).unwrap();
}

#[tokio::test]
async fn metadata_that_lost_their_end_keep_the_broker_from_starting() {
    let dir = closed_directory().await;
    let file = journal(dir.path());
    let whole = fs::read(&file).unwrap();
    for cut in [1, 40, whole.len()] {
        fs::write(&file, &whole[..whole.len() - cut]).unwrap();
        for _ in 0..2 {
            let error = refused(dir.path()).await;
            assert!(matches!(error, StartError::Metadata { .. }), "{cut} bytes: {error}");
        }
    }
    fs::write(&file, &whole).unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    assert_eq!(client.values("last", 1, 0).await, [(0, "v".to_owned())]);
    broker.shutdown().await;
}

#[tokio::test]
async fn logs_without_metadata_keep_the_broker_from_starting() {
    type Loss = fn(&Path);
    let losses: [(&str, Loss); 3] = [
        ("the folder", |dir| fs::remove_dir_all(dir.join("metadata")).unwrap()),
        ("all entries", |dir| {
            give_up_lost_entries(dir);
            fs::write(journal(dir), b"").unwrap();
        }),
        ("the whole content", |dir| {
            give_up_lost_entries(dir);
            fs::write(journal(dir), [7; 300]).unwrap();
        }),
    ];
    for (what, lose) in losses {
        let dir = closed_directory().await;
        lose(dir.path());
        for _ in 0..2 {
            let error = refused(dir.path()).await;
            assert!(matches!(error, StartError::MetadataLost { logs: 4, .. }), "{what}: {error}");
            assert!(error.to_string().contains("restore"), "{error}");
        }
        for partition in ["old-0", "old-1", "last-0", "last-1"] {
            assert_eq!(segments_of(dir.path(), partition).len(), 1, "{what}: {partition}");
        }
    }
}

#[tokio::test]
async fn a_log_whose_topic_is_not_known_is_put_aside_and_stays() {
    let dir = closed_directory().await;
    // The last entry was on disk, and its end is torn off; nobody has a copy.
    let file = journal(dir.path());
    let whole = fs::read(&file).unwrap();
    let mut cut = whole.len() - 3;
    loop {
        fs::write(&file, &whole[..cut]).unwrap();
        give_up_lost_entries(dir.path());
        let broker = start(settings(dir.path())).await;
        let mut client = Client::to(&broker).await;
        let known = client.topics().await;
        if !known.contains(&"last".to_owned()) {
            assert_eq!(known, ["old"]);
            // A topic of that name is another topic.
            client.create_topic("last", 1, &[]).await;
            assert_eq!(client.produce("last", 0, batch(&["w"])).await, (ErrorCode::None, 0));
            broker.shutdown().await;
            break;
        }
        broker.shutdown().await;
        cut -= 1;
    }
    for _ in 0..2 {
        let broker = start(settings(dir.path())).await;
        broker.shutdown().await;
        assert_eq!(segments_of(dir.path(), "last-0").len(), 2);
        assert_eq!(segments_of(dir.path(), "last-1").len(), 1);
    }
}

/// The first batch of a new idempotent producer, with one record.
async fn first_batch(client: &mut Client, value: &str) -> (i64, bytes::Bytes) {
    let request = InitProducerIdRequest { transactional_id: None, ..Default::default() };
    let response = client.call(&request, 4).await;
    assert_eq!(response.error_code, 0);
    let mut builder = BatchBuilder::new(Offset(0), Compression::None).producer(
        ProducerId(response.producer_id),
        ProducerEpoch(response.producer_epoch),
        0,
    );
    builder.push(None, Some(value.as_bytes()), &[], TimestampMs(1_700_000_000_000)).unwrap();
    (response.producer_id, builder.finish().unwrap())
}

/// Numbers that the older metadata would give a second time are taken from the logs.
#[tokio::test]
async fn metadata_put_back_from_an_older_copy_serve_the_newer_logs() {
    let dir = closed_directory().await;
    let (metadata, copied) = (dir.path().join("metadata"), dir.path().join("copied"));
    copy(&metadata, &copied);
    let mut ids = Vec::new();
    for value in ["a", "b", "c"] {
        let broker = start(settings(dir.path())).await;
        let mut client = Client::to(&broker).await;
        let (id, batch) = first_batch(&mut client, value).await;
        assert_eq!(client.produce("old", 0, batch).await, (ErrorCode::None, 1 + ids.len() as i64));
        ids.push(id);
        broker.shutdown().await;
    }
    fs::remove_dir_all(&metadata).unwrap();
    fs::rename(&copied, &metadata).unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    let (id, batch) = first_batch(&mut client, "d").await;
    assert!(!ids.contains(&id), "{id} was given before");
    assert_eq!(client.produce("old", 0, batch).await, (ErrorCode::None, 4));
    let values = client.values("old", 0, 0).await;
    assert_eq!(values.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["v", "a", "b", "c", "d"]);
    broker.shutdown().await;
}

#[tokio::test]
async fn logs_that_are_gone_keep_the_broker_from_starting() {
    let dir = closed_directory().await;
    let (logs, elsewhere) = (dir.path().join("logs"), dir.path().join("elsewhere"));
    fs::rename(&logs, &elsewhere).unwrap();
    for _ in 0..2 {
        let error = refused(dir.path()).await;
        assert!(matches!(error, StartError::LogsLost { partitions: 4, .. }), "{error}");
        assert!(error.to_string().contains("restore"), "{error}");
    }
    // An empty mount point looks the same.
    fs::remove_dir_all(&logs).unwrap();
    fs::create_dir(&logs).unwrap();
    assert!(matches!(refused(dir.path()).await, StartError::LogsLost { .. }));

    fs::remove_dir_all(&logs).unwrap();
    fs::rename(&elsewhere, &logs).unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    assert_eq!(client.values("old", 1, 0).await, [(0, "v".to_owned())]);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_log_that_is_gone_is_not_made_anew() {
    let dir = closed_directory().await;
    let (log, elsewhere) = (dir.path().join("logs/old-0"), dir.path().join("elsewhere"));
    fs::rename(&log, &elsewhere).unwrap();
    for _ in 0..2 {
        let broker = start(settings(dir.path())).await;
        let mut client = Client::to(&broker).await;
        assert_eq!(client.produce("old", 0, batch(&["w"])).await.0, ErrorCode::KafkaStorageError);
        assert_eq!(client.values("old", 1, 0).await, [(0, "v".to_owned())]);
        broker.shutdown().await;
        assert!(!log.exists());
    }
    fs::rename(&elsewhere, &log).unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    assert_eq!(client.values("old", 0, 0).await, [(0, "v".to_owned())]);
    broker.shutdown().await;

    // Who deletes the topic gives the log up, and a new topic of the name begins at 0.
    fs::remove_dir_all(&log).unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    client.delete_topic("old").await;
    client.create_topic("old", 1, &[]).await;
    assert_eq!(client.produce("old", 0, batch(&["w"])).await, (ErrorCode::None, 0));
    broker.shutdown().await;
}

#[tokio::test]
async fn records_that_are_damaged_are_counted() {
    let dir = closed_directory().await;
    let [segment] = &segments_of(dir.path(), "old-0")[..] else { panic!("one segment") };
    let mut bytes = fs::read(segment).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(segment, bytes).unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    assert_eq!(client.values("old", 1, 0).await, [(0, "v".to_owned())]);
    assert_eq!(metric(&broker, "weir_log_damage_total").await, 0);
    let response = client.fetch("old", 0, 0, 0).await;
    let code = response.responses[0].partitions[0].error_code;
    assert_eq!(ErrorCode::from_code(code), Some(ErrorCode::CorruptMessage));
    assert_eq!(metric(&broker, "weir_log_damage_total").await, 1);
    broker.shutdown().await;
}

/// A crash may come between the commit of a deletion and the removal of its logs.
#[tokio::test]
async fn a_log_whose_deletion_was_committed_is_removed() {
    let dir = closed_directory().await;
    let kept = dir.path().join("kept");
    copy(&dir.path().join("logs"), &kept);
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    client.delete_topic("last").await;
    broker.shutdown().await;
    fs::remove_dir_all(dir.path().join("logs")).unwrap();
    fs::rename(&kept, dir.path().join("logs")).unwrap();
    let broker = start(settings(dir.path())).await;
    broker.shutdown().await;
    assert!(segments_of(dir.path(), "last-0").is_empty());
    assert_eq!(segments_of(dir.path(), "old-0").len(), 1);
}

/// The same where the log can't be opened: what was committed does not depend on it.
#[tokio::test]
async fn a_damaged_log_whose_deletion_was_committed_is_removed() {
    let dir = closed_directory().await;
    let kept = dir.path().join("kept");
    copy(&dir.path().join("logs"), &kept);
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    client.delete_topic("last").await;
    client.delete_topic("old").await;
    broker.shutdown().await;
    fs::remove_dir_all(dir.path().join("logs")).unwrap();
    fs::rename(&kept, dir.path().join("logs")).unwrap();
    let [segment] = &segments_of(dir.path(), "last-0")[..] else { panic!("one segment") };
    fs::remove_file(segment).unwrap();
    fs::create_dir(segment).unwrap();
    let broker = start(settings(dir.path())).await;
    broker.shutdown().await;
    assert!(!dir.path().join("logs/last-0").exists());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for path in entries(from) {
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, copied).unwrap();
        }
    }
}
