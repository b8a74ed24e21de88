//! A log that can't be opened: said once, with the reason, and the others are served. It listens to the log lines of all
//! threads, so this file has one test.
#![allow(clippy::unwrap_used)]

mod support;

use support::lines::LogLines;
use support::*;
use weir_model::ErrorCode;

#[tokio::test]
async fn a_log_that_can_not_be_opened_is_named_once_with_the_reason() {
    let said = LogLines::listen_everywhere();
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 2, &[]).await;
    for partition in 0..2 {
        assert_eq!(client.produce("t", partition, batch(&["v"])).await, (ErrorCode::None, 0));
    }
    broker.shutdown().await;
    assert!(said.with("ERROR").is_empty());
    let file = dir.path().join("logs/t-0/partition.metadata");
    let newer = std::fs::read_to_string(&file).unwrap().replace("version: 0", "version: 3");
    std::fs::write(&file, &newer).unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    assert_eq!(client.produce("t", 0, batch(&["v"])).await.0, ErrorCode::KafkaStorageError);
    assert_eq!(client.produce("t", 1, batch(&["v"])).await, (ErrorCode::None, 1));
    // What makes the broker look at its topics again says nothing new.
    client.create_topic("other", 1, &[]).await;
    broker.shutdown().await;
    let errors = said.with("ERROR");
    let [line] = errors.as_slice() else { panic!("{errors:#?}") };
    for part in ["t-0", file.to_str().unwrap(), "of version 3, and this program knows version 0"] {
        assert!(line.contains(part), "{part} is not in: {line}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), newer, "nothing is changed");
}
