//! What requests may cost: those that decode to much more than their frame, those that name one thing many times, and
//! batches that are not what they say.
#![allow(clippy::unwrap_used, clippy::needless_update)]

mod support;

use std::collections::BTreeSet;

use bytes::Bytes;
use support::*;
use tokio::io::AsyncWriteExt;
use weir_model::ErrorCode;
use weir_records::{Compression, compress};
use weir_server::Broker;
use weir_wire::WireStr;
use weir_wire::messages::describe_configs_request::DescribeConfigsResource;
use weir_wire::messages::join_group_request::JoinGroupRequestProtocol;
use weir_wire::messages::metadata_request::MetadataRequestTopic;
use weir_wire::messages::offset_fetch_request::OffsetFetchRequestGroup;
use weir_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use weir_wire::messages::{
    ConsumerGroupDescribeRequest, DescribeConfigsRequest, DescribeGroupsRequest, JoinGroupRequest,
    ListConfigResourcesRequest, MetadataRequest, OffsetFetchRequest, ProduceRequest,
};

async fn setup() -> (Broker, Client, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings_with(dir.path(), &[("auto.create.topics.enable", "false")])).await;
    let client = Client::to(&broker).await;
    (broker, client, dir)
}

fn metadata_of(names: impl Iterator<Item = String>) -> MetadataRequest {
    let topic = |name: String| MetadataRequestTopic { name: Some(name.into()), ..Default::default() };
    MetadataRequest { topics: Some(names.map(topic).collect()), ..Default::default() }
}

async fn request_memory(broker: &Broker) -> u64 {
    let metrics = http_get(broker, "/metrics").await;
    let line = metrics.lines().find(|line| line.starts_with("weir_request_memory_bytes ")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_request_that_decodes_to_more_than_any_may_is_refused() {
    let (broker, mut client, _dir) = setup().await;
    // Four million elements of one byte each: more than a GiB with what is made of them.
    let request = ListConfigResourcesRequest { resource_types: vec![2; 4_000_000], ..Default::default() };
    client.send(&request, 1).await;
    assert!(client.is_closed().await);
    let metrics = http_get(&broker, "/metrics").await;
    assert!(metrics.contains("weir_connections_closed_total{reason=\"malformed\"} 1"), "{metrics}");
    assert_eq!(request_memory(&broker).await, 0, "what it had was given back");
    broker.shutdown().await;
}

#[tokio::test]
async fn a_request_of_many_elements_gets_its_memory_and_gives_it_back() {
    let (broker, mut client, _dir) = setup().await;
    let request = metadata_of((0..20_000).map(|number| format!("t{number}")));
    let response = client.call(&request, 12).await;
    assert_eq!(response.topics.len(), 20_000);
    let codes: BTreeSet<i16> = response.topics.iter().map(|topic| topic.error_code).collect();
    assert_eq!(codes, [ErrorCode::UnknownTopicOrPartition.code()].into());
    assert_eq!(request_memory(&broker).await, 0);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_produce_of_many_empty_partitions_keeps_its_place() {
    let (broker, mut client, _dir) = setup().await;
    client.create_topic("t", 1, &[]).await;
    let empty = |index| PartitionProduceData { index, ..Default::default() };
    let crowd = ProduceRequest {
        acks: -1,
        timeout_ms: 30_000,
        topic_data: vec![TopicProduceData {
            name: "t".into(),
            partition_data: (0..5_000).map(empty).collect(),
            ..Default::default()
        }],
        ..Default::default()
    };
    for round in 0..10 {
        let first = client.send(&produce_request("t", 0, batch(&["a"]), -1), 9).await;
        let second = client.send(&crowd, 9).await;
        let third = client.send(&produce_request("t", 0, batch(&["b"]), -1), 9).await;
        let answer = client.receive::<ProduceRequest>(9).await;
        assert_eq!((answer.0, produce_outcome(&answer.1)), (first, (ErrorCode::None, 2 * round)));
        let (id, refused) = client.receive::<ProduceRequest>(9).await;
        assert_eq!((id, refused.responses[0].partition_responses.len()), (second, 5_000));
        assert!(refused.responses[0].partition_responses.iter().all(|it| it.error_code != 0));
        let answer = client.receive::<ProduceRequest>(9).await;
        assert_eq!((answer.0, produce_outcome(&answer.1)), (third, (ErrorCode::None, 2 * round + 1)));
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn what_is_named_many_times_is_answered_once() {
    let (broker, mut client, _dir) = setup().await;
    let id = client.create_topic("t", 100, &[]).await;
    let by_name = client.call(&metadata_of((0..10_000).map(|_| "t".to_owned())), 12).await;
    assert_eq!(by_name.topics.len(), 1);
    let by_id = MetadataRequestTopic { name: None, topic_id: id, ..Default::default() };
    let request = MetadataRequest { topics: Some(vec![by_id; 10_000]), ..Default::default() };
    assert_eq!(client.call(&request, 12).await.topics.len(), 1);

    let resource =
        DescribeConfigsResource { resource_type: 2, resource_name: "t".into(), ..Default::default() };
    let request = DescribeConfigsRequest {
        resources: vec![DescribeConfigsResource { configuration_keys: None, ..resource }; 10_000],
        include_synonyms: true,
        include_documentation: true,
        ..Default::default()
    };
    assert_eq!(client.call(&request, 4).await.results.len(), 1);

    let groups = vec![WireStr::from("g"); 10_000];
    let request = DescribeGroupsRequest { groups: groups.clone(), ..Default::default() };
    assert_eq!(client.call(&request, 5).await.groups.len(), 1);
    let request = ConsumerGroupDescribeRequest { group_ids: groups, ..Default::default() };
    assert_eq!(client.call(&request, 1).await.groups.len(), 1);
    let all_of = OffsetFetchRequestGroup { group_id: "g".into(), topics: None, ..Default::default() };
    let request = OffsetFetchRequest { groups: vec![all_of; 10_000], ..Default::default() };
    assert_eq!(client.call(&request, 9).await.groups.len(), 1);
    broker.shutdown().await;
}

/// Bytes after a message are nobody's: so can anybody make a frame as large as they like.
async fn send_padded<R: weir_wire::Request>(client: &mut Client, request: &R, version: i16) {
    let mut frame = request_frame(request, version, 7, Some("test"));
    frame.resize(90 << 20, 0);
    let frame = framed(&frame[4..]);
    let sending = client.stream.write_all(&frame);
    tokio::time::timeout(PATIENCE, sending).await.expect("room for the frame").unwrap();
}

/// Whoever waits for records or for others of a group gives back the memory of the frame that the question came in.
#[tokio::test]
async fn those_who_wait_for_long_keep_no_one_from_sending() {
    let (broker, mut client, _dir) = setup().await;
    client.create_topic("t", 1, &[]).await;
    let mut waiting = Vec::new();
    for round in 0..4 {
        let mut other = Client::to(&broker).await;
        if round % 2 == 0 {
            let mut fetch = fetch_request("t", 0, 0, 600_000);
            fetch.min_bytes = i32::MAX;
            send_padded(&mut other, &fetch, 11).await;
        } else {
            let protocol = JoinGroupRequestProtocol { name: "p".into(), ..Default::default() };
            let join = JoinGroupRequest {
                group_id: format!("g{round}").into(),
                session_timeout_ms: 30_000,
                rebalance_timeout_ms: 600_000,
                protocol_type: "consumer".into(),
                protocols: vec![protocol],
                ..Default::default()
            };
            send_padded(&mut other, &join, 1).await;
        }
        waiting.push(other);
    }
    let large = batch(&["v".repeat(100_000).as_str()]);
    assert_eq!(client.produce("t", 0, large).await, (ErrorCode::None, 0));
    assert!(request_memory(&broker).await < 1 << 20, "what waits keeps little");
    broker.shutdown().await;
}

#[tokio::test]
async fn a_zip_bomb_is_refused_and_nothing_else_suffers() {
    let (broker, mut client, _dir) = setup().await;
    client.create_topic("t", 1, &[]).await;
    let zeroes = vec![0; 70 << 20];
    for codec in [Compression::Gzip, Compression::Lz4, Compression::Zstd] {
        let mut bomb = batch_with(&["v"], codec)[..61].to_vec();
        bomb.extend_from_slice(&compress(codec, None, &zeroes).unwrap());
        let bomb = sealed(bomb);
        assert!(bomb.len() < 1 << 20, "{codec}: it is small until it is opened");
        assert_eq!(client.produce("t", 0, bomb).await, (ErrorCode::MessageTooLarge, -1), "{codec}");
    }
    assert_eq!(client.produce("t", 0, batch(&["v"])).await, (ErrorCode::None, 0));
    assert_eq!(client.values("t", 0, 0).await, [(0, "v".to_owned())]);
    broker.shutdown().await;
}

/// A batch with the length and the checksum that fit its bytes.
fn sealed(mut bytes: Vec<u8>) -> Bytes {
    let len = i32::try_from(bytes.len() - 12).unwrap();
    bytes[8..12].copy_from_slice(&len.to_be_bytes());
    let crc = crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    bytes.into()
}

/// A batch of two records with something changed, and a checksum that fits.
fn batch_but(change: impl FnOnce(&mut [u8])) -> Bytes {
    let mut bytes = batch(&["a", "b"]).to_vec();
    change(&mut bytes);
    sealed(bytes)
}

#[tokio::test]
async fn batches_that_lie_are_refused_with_kafkas_codes() {
    let (broker, mut client, _dir) = setup().await;
    client.create_topic("t", 1, &[]).await;
    let producer = |sequence: i32| {
        move |bytes: &mut [u8]| {
            bytes[43..51].copy_from_slice(&7_i64.to_be_bytes());
            bytes[51..53].copy_from_slice(&0_i16.to_be_bytes());
            bytes[53..57].copy_from_slice(&sequence.to_be_bytes());
        }
    };
    let count = |count: i32| move |bytes: &mut [u8]| bytes[57..61].copy_from_slice(&count.to_be_bytes());
    let delta = |delta: i32| move |bytes: &mut [u8]| bytes[23..27].copy_from_slice(&delta.to_be_bytes());
    for (name, batch, expected) in [
        ("a count that is too high", batch_but(count(3)), ErrorCode::InvalidRecord),
        ("the highest count", batch_but(count(i32::MAX)), ErrorCode::InvalidRecord),
        ("a negative count", batch_but(count(-1)), ErrorCode::InvalidRecord),
        ("a delta that disagrees with the count", batch_but(delta(9)), ErrorCode::InvalidRecord),
        ("a first sequence", batch_but(producer(0)), ErrorCode::None),
        ("the same again", batch_but(producer(0)), ErrorCode::None),
        ("a sequence with a gap", batch_but(producer(40)), ErrorCode::OutOfOrderSequenceNumber),
        ("the next sequence", batch_but(producer(2)), ErrorCode::None),
    ] {
        assert_eq!(client.produce("t", 0, batch).await.0, expected, "{name}");
    }
    let offsets: Vec<i64> = client.values("t", 0, 0).await.into_iter().map(|(offset, _)| offset).collect();
    assert_eq!(offsets, [0, 1, 2, 3], "a repetition is stored once");
    broker.shutdown().await;
}
