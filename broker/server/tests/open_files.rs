//! A broker whose process may open few files: what has no place is refused with the reason, what there is goes on.
//! The limit is the process's, so this file has one test.
#![allow(clippy::unwrap_used, clippy::needless_update)]

mod support;

use rustix::process::{Resource, Rlimit, setrlimit};
use support::lines::LogLines;
use support::*;
use tokio::io::AsyncWriteExt;
use weir_model::ErrorCode;
use weir_server::Broker;
use weir_wire::WireStr;
use weir_wire::messages::create_partitions_request::CreatePartitionsTopic;
use weir_wire::messages::create_topics_request::CreatableTopic;
use weir_wire::messages::{ApiVersionsRequest, CreatePartitionsRequest, CreateTopicsRequest};

/// The limit of open files; a broker keeps 192 of them for itself.
const LIMIT: u64 = 300;

/// A quarter of the rest is for connections.
const CONNECTIONS: usize = 27;

/// The rest of it is for logs, and there are no more partitions than that.
const PARTITIONS: i32 = 81;

fn topic(name: &str, partitions: i32) -> CreateTopicsRequest {
    let topic = CreatableTopic {
        name: WireStr::from(name),
        num_partitions: partitions,
        replication_factor: 1,
        ..Default::default()
    };
    CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() }
}

/// Asks for one partition more than there may be, in both ways.
async fn more_partitions_are_refused(client: &mut Client) {
    let response = client.call(&topic("more", 1), 7).await;
    let created = &response.topics[0];
    let refused = [(created.error_code, created.error_message.clone())];
    let grown = CreatePartitionsTopic {
        name: "t".into(),
        count: PARTITIONS + 1,
        assignments: None,
        ..Default::default()
    };
    let request = CreatePartitionsRequest { topics: vec![grown], timeout_ms: 10_000, ..Default::default() };
    let response = client.call(&request, 3).await;
    let grown = &response.results[0];
    for (code, message) in refused.into_iter().chain([(grown.error_code, grown.error_message.clone())]) {
        assert_eq!(error(code), ErrorCode::PolicyViolation);
        let message = message.unwrap();
        assert!(message.contains("82 partitions") && message.contains("open files"), "{message}");
    }
}

async fn every_partition_takes_records(client: &mut Client, offset: i64) {
    for partition in 0..PARTITIONS {
        let outcome = client.produce("t", partition, batch(&["v"])).await;
        assert_eq!(outcome, (ErrorCode::None, offset), "partition {partition}");
    }
}

/// Opens connections until all places are taken, and one more.
async fn more_connections_are_refused(broker: &Broker, said: &LogLines, first: Client) {
    let mut clients = vec![first];
    while clients.len() < CONNECTIONS {
        let mut client = Client::to(broker).await;
        client.call(&ApiVersionsRequest::default(), 0).await;
        clients.push(client);
    }
    assert!(Client::to(broker).await.is_closed().await);
    assert_eq!(metric(broker, "weir_connections_refused_total{reason=\"open_files\"}").await, 1);
    let lines = said.with("connections are refused");
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(line.contains("WARN") && line.contains("limit=\"open_files\""), "{line}");
    for client in &mut clients {
        assert_eq!(client.produce("t", 0, batch(&["v"])).await.0, ErrorCode::None);
    }
    clients.pop();
    // Room comes back as soon as the broker has seen the end.
    loop {
        let mut client = Client::to(broker).await;
        let frame = request_frame(&ApiVersionsRequest::default(), 0, 7, None);
        let _ = client.stream.write_all(&frame).await;
        if client.read_frame().await.is_ok() {
            break;
        }
    }
}

#[tokio::test]
async fn what_the_limit_of_open_files_has_no_place_for_is_refused() {
    setrlimit(Resource::Nofile, Rlimit { current: Some(LIMIT), maximum: Some(LIMIT) }).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let said = LogLines::listen();
    let broker = start(settings(dir.path())).await;
    assert_eq!(said.with("open_files_max=300").len(), 1, "the start line names the limit");
    let mut client = Client::to(&broker).await;
    client.create_topic("t", PARTITIONS, &[]).await;
    more_partitions_are_refused(&mut client).await;
    every_partition_takes_records(&mut client, 0).await;
    more_connections_are_refused(&broker, &said, client).await;
    broker.shutdown().await;
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    more_partitions_are_refused(&mut client).await;
    for partition in 1..PARTITIONS {
        assert_eq!(client.values("t", partition, 0).await, [(0, "v".to_owned())]);
    }
    broker.shutdown().await;
}
