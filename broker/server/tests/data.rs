//! Records in and out over a real socket: every version, every wait, every error that a producer or consumer may meet.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use bytes::Bytes;
use support::*;
use weir_model::{ErrorCode, Offset, ProducerEpoch, ProducerId, TimestampMs, Uuid};
use weir_records::Compression;
use weir_server::{BindAddress, Broker, BrokerSettings, Listener, ReadBackEnd};
use weir_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use weir_wire::messages::metadata_request::MetadataRequestTopic;
use weir_wire::messages::offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use weir_wire::messages::{
    DeleteTopicsRequest, ListOffsetsRequest, MetadataRequest, OffsetForLeaderEpochRequest, ProduceRequest,
    ProduceResponse,
};
use weir_wire::{ApiKey, Records};

struct Setup {
    broker: Broker,
    client: Client,
    topic_id: Uuid,
    _dir: tempfile::TempDir,
}

/// A broker with the topic `t` of two partitions.
async fn setup(configs: &[(&str, &str)]) -> Setup {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    let topic_id = client.create_topic("t", 2, configs).await;
    Setup { broker, client, topic_id, _dir: dir }
}

fn values(range: std::ops::Range<i64>) -> Vec<(i64, String)> {
    range.map(|offset| (offset, format!("v{offset}"))).collect()
}

/// A request as one version wants it: by name or by id.
fn produce_in(version: i16, topic_id: Uuid, batch: Bytes, acks: i16) -> ProduceRequest {
    let mut request = produce_request("t", 0, batch, acks);
    if version >= 13 {
        request.topic_data[0].name = "".into();
        request.topic_data[0].topic_id = topic_id;
    }
    request
}

#[tokio::test]
async fn what_any_version_produces_any_version_fetches() {
    let Setup { broker, mut client, topic_id, _dir } = setup(&[]).await;
    let mut next = 0;
    for version in versions(ApiKey::Produce) {
        for acks in [-1, 1] {
            let batch = batch(&[&format!("v{next}"), &format!("v{}", next + 1)]);
            let response = client.call(&produce_in(version, topic_id, batch, acks), version).await;
            assert_eq!(produce_outcome(&response), (ErrorCode::None, next), "v{version}, acks {acks}");
            next += 2;
        }
    }
    for version in versions(ApiKey::Fetch) {
        let mut request = fetch_request("t", 0, 0, 0);
        if version >= 13 {
            request.topics[0].topic = "".into();
            request.topics[0].topic_id = topic_id;
        }
        let response = client.call(&request, version).await;
        assert_eq!(values_of(&response), values(0..next), "v{version}");
        let partition = &response.responses[0].partitions[0];
        assert_eq!((partition.high_watermark, partition.last_stable_offset), (next, next));
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn acks_zero_is_silent_and_an_error_ends_the_connection() {
    let Setup { broker, mut client, _dir, .. } = setup(&[]).await;
    client.send(&produce_request("t", 0, batch(&["v0"]), 0), 9).await;
    // The next answer is that of the next request.
    assert_eq!(client.produce("t", 0, batch(&["v1"])).await, (ErrorCode::None, 1));
    assert_eq!(client.values("t", 0, 0).await, values(0..2));
    client.send(&produce_request("nowhere", 0, batch(&["x"]), 0), 9).await;
    assert!(client.is_closed().await);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_long_poll_wakes_when_a_record_comes() {
    let Setup { broker, mut client, _dir, .. } = setup(&[]).await;
    let mut consumer = Client::to(&broker).await;
    let started = Instant::now();
    let id = consumer.send(&fetch_request("t", 0, 0, 20_000), 11).await;
    client.produce("t", 0, batch(&["v0"])).await;
    let (answered, response) = consumer.receive::<weir_wire::messages::FetchRequest>(11).await;
    assert_eq!((answered, values_of(&response)), (id, values(0..1)));
    assert!(started.elapsed() < Duration::from_secs(15), "it did not wait for its time to run out");
    // Without news it waits as long as it was told to.
    let started = Instant::now();
    let response = consumer.fetch("t", 0, 1, 150).await;
    assert!(values_of(&response).is_empty() && started.elapsed() >= Duration::from_millis(150));
    broker.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_ends_long_polls_with_an_answer() {
    let Setup { broker, mut client, _dir, .. } = setup(&[]).await;
    client.send(&fetch_request("t", 0, 0, 60_000), 11).await;
    // A request that was not read yet would not be answered.
    while !http_get(&broker, "/metrics").await.contains("weir_requests_total{api=\"Fetch\"} 1") {}
    let started = Instant::now();
    let (_, (_, response)) =
        tokio::join!(broker.shutdown(), client.receive::<weir_wire::messages::FetchRequest>(11));
    assert_eq!(error(response.responses[0].partitions[0].error_code), ErrorCode::None);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn limits_of_size_give_whole_batches_and_at_least_one() {
    let Setup { broker, mut client, _dir, .. } = setup(&[]).await;
    let large = "x".repeat(1000);
    for _ in 0..10 {
        client.produce("t", 0, batch(&[&large])).await;
    }
    client.produce("t", 1, batch(&["v0"])).await;
    let count = |bytes: i32, partition_bytes: i32| {
        let mut request = fetch_request("t", 0, 0, 0);
        request.max_bytes = bytes;
        request.topics[0].partitions[0].partition_max_bytes = partition_bytes;
        request
    };
    for (bytes, partition_bytes, expected) in [
        (1, 1, 1..=1),
        (50_000, 9_000, 8..=8),
        (9_000, 50_000, 8..=8),
        (50_000, 2_500, 2..=2),
        (0, 0, 1..=1),
        (50_000, 50_000, 10..=10),
    ] {
        let response = client.call(&count(bytes, partition_bytes), 11).await;
        let found = values_of(&response).len();
        assert!(expected.contains(&found), "{bytes} {partition_bytes}: {found}");
    }
    // The limit is the answer's: the second partition gets nothing.
    let mut both = count(1_500, 1_500);
    let mut second = both.topics[0].partitions[0].clone();
    second.partition = 1;
    both.topics[0].partitions.push(second);
    let response = client.call(&both, 11).await;
    let lens: Vec<usize> = response.responses[0]
        .partitions
        .iter()
        .map(|partition| partition.records.as_ref().map_or(0, Records::len))
        .collect();
    assert!(lens[0] > 1_000 && lens[1] < 500, "{lens:?}");
    broker.shutdown().await;
}

#[tokio::test]
async fn fetch_tells_what_is_wrong() {
    let Setup { broker, mut client, _dir, .. } = setup(&[]).await;
    client.produce("t", 0, batch(&["v0"])).await;
    let fetched =
        |response: &weir_wire::messages::FetchResponse| error(response.responses[0].partitions[0].error_code);
    for (topic, partition, offset, expected) in [
        ("t", 0, 2, ErrorCode::OffsetOutOfRange),
        ("t", 0, -1, ErrorCode::OffsetOutOfRange),
        ("t", 0, 1, ErrorCode::None),
        ("t", 2, 0, ErrorCode::UnknownTopicOrPartition),
        ("t", -1, 0, ErrorCode::UnknownTopicOrPartition),
        ("nowhere", 0, 0, ErrorCode::UnknownTopicOrPartition),
    ] {
        assert_eq!(
            fetched(&client.fetch(topic, partition, offset, 0).await),
            expected,
            "{topic} {partition} {offset}"
        );
    }
    let mut by_id = fetch_request("", 0, 0, 0);
    by_id.topics[0].topic_id = Uuid([7; 16]);
    assert_eq!(fetched(&client.call(&by_id, 13).await), ErrorCode::UnknownTopicId);
    let mut epoch = fetch_request("t", 0, 0, 0);
    epoch.topics[0].partitions[0].current_leader_epoch = 1_000;
    assert_eq!(fetched(&client.call(&epoch, 11).await), ErrorCode::UnknownLeaderEpoch);
    let mut replica = fetch_request("t", 0, 0, 0);
    replica.replica_id = 5;
    assert_eq!(error(client.call(&replica, 11).await.error_code), ErrorCode::ClusterAuthorizationFailed);
    assert_eq!(fetched(&client.call(&replica, 5).await), ErrorCode::ClusterAuthorizationFailed);
    broker.shutdown().await;
}

#[tokio::test]
async fn sessions_answer_with_news_only() {
    let Setup { broker, mut client, _dir, .. } = setup(&[]).await;
    client.produce("t", 0, batch(&["v0"])).await;
    let mut request = fetch_request("t", 0, 0, 0);
    let mut second = request.topics[0].partitions[0].clone();
    second.partition = 1;
    request.topics[0].partitions.push(second);
    request.session_epoch = 0;
    let full = client.call(&request, 11).await;
    assert_eq!(full.responses[0].partitions.len(), 2);
    assert_ne!(full.session_id, 0);

    let mut next = fetch_request("t", 0, 1, 0);
    (next.session_id, next.session_epoch) = (full.session_id, 1);
    let response = client.call(&next, 11).await;
    assert!(response.responses.is_empty(), "{response:?}");
    client.produce("t", 1, batch(&["v0"])).await;
    (next.session_epoch, next.topics) = (2, Vec::new());
    let response = client.call(&next, 11).await;
    assert_eq!(response.responses.len(), 1);
    assert_eq!(response.responses[0].partitions[0].partition_index, 1);
    assert_eq!(values_of(&response), values(0..1));
    // The epoch was used.
    assert_eq!(error(client.call(&next, 11).await.error_code), ErrorCode::InvalidFetchSessionEpoch);
    next.session_id = 1;
    assert_eq!(error(client.call(&next, 11).await.error_code), ErrorCode::FetchSessionIdNotFound);
    broker.shutdown().await;
}

#[tokio::test]
async fn produce_tells_what_is_wrong() {
    let Setup { broker, mut client, topic_id, _dir } = setup(&[("max.message.bytes", "2000")]).await;
    let good = batch(&["v0"]);
    let mut damaged = good.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let twice = Bytes::from([good.clone(), good.clone()].concat());
    for (name, batch, expected) in [
        ("damaged", Bytes::from(damaged), ErrorCode::CorruptMessage),
        ("two batches", twice, ErrorCode::InvalidRecord),
        ("nothing", Bytes::new(), ErrorCode::InvalidRecord),
        ("large", support::batch(&[&"x".repeat(3000)]), ErrorCode::MessageTooLarge),
        ("cut", good.slice(..good.len() - 1), ErrorCode::CorruptMessage),
    ] {
        assert_eq!(client.produce("t", 0, batch).await, (expected, -1), "{name}");
    }
    assert_eq!(client.produce("nowhere", 0, good.clone()).await.0, ErrorCode::UnknownTopicOrPartition);
    assert_eq!(client.produce("t", 9, good.clone()).await.0, ErrorCode::UnknownTopicOrPartition);
    assert_eq!(
        client.produce("__consumer_offsets", 0, good.clone()).await.0,
        ErrorCode::InvalidTopicException
    );
    let outcome = |response: &ProduceResponse| produce_outcome(response).0;
    let request = produce_request("t", 0, good.clone(), 2);
    assert_eq!(outcome(&client.call(&request, 9).await), ErrorCode::InvalidRequiredAcks);
    let unknown_id = produce_in(13, Uuid([9; 16]), good.clone(), -1);
    assert_eq!(outcome(&client.call(&unknown_id, 13).await), ErrorCode::UnknownTopicId);
    let mut transactional = produce_request("t", 0, good.clone(), -1);
    transactional.transactional_id = Some("tx".into());
    assert_eq!(outcome(&client.call(&transactional, 9).await), ErrorCode::InvalidRequest);
    let mut builder = weir_records::BatchBuilder::new(Offset(0), Compression::None)
        .producer(ProducerId(1 << 40), ProducerEpoch(0), 0)
        .transactional();
    builder.push(Some(b"k"), Some(b"v"), &[], TimestampMs(1_700_000_000_000)).unwrap();
    let unasked = produce_request("t", 0, builder.finish().unwrap(), -1);
    let refused = outcome(&client.call(&unasked, 9).await);
    assert_eq!(refused, ErrorCode::TransactionalIdAuthorizationFailed);
    let mut doubled = produce_in(9, topic_id, good.clone(), -1);
    let again = doubled.topic_data[0].partition_data[0].clone();
    doubled.topic_data[0].partition_data.push(again);
    let response = client.call(&doubled, 9).await;
    let codes: Vec<ErrorCode> = response.responses[0]
        .partition_responses
        .iter()
        .map(|partition| error(partition.error_code))
        .collect();
    assert_eq!(codes, [ErrorCode::None, ErrorCode::InvalidRequest]);
    assert_eq!(client.values("t", 0, 0).await, values(0..1), "nothing of what was refused is there");
    broker.shutdown().await;
}

#[tokio::test]
async fn zstd_is_for_those_who_know_it() {
    let Setup { broker, mut client, _dir, .. } = setup(&[]).await;
    let zstd = batch_with(&["v1"], Compression::Zstd);
    let old = client.call(&produce_request("t", 0, zstd.clone(), -1), 6).await;
    assert_eq!(produce_outcome(&old).0, ErrorCode::UnsupportedCompressionType);
    client.produce("t", 0, batch(&["v0"])).await;
    assert_eq!(client.produce("t", 0, zstd).await, (ErrorCode::None, 1));
    assert_eq!(client.values("t", 0, 0).await, values(0..2));
    let old = client.call(&fetch_request("t", 0, 0, 0), 9).await;
    assert_eq!(values_of(&old), values(0..2), "who asks an old version may know zstd all the same");
    client.create_topic("packed", 1, &[("compression.type", "zstd")]).await;
    client.produce("packed", 0, batch(&["v0"])).await;
    let old = client.call(&fetch_request("packed", 0, 0, 0), 9).await;
    assert_eq!(error(old.responses[0].partitions[0].error_code), ErrorCode::UnsupportedCompressionType);
    let old = client.call(&produce_request("packed", 0, batch(&["v1"]), -1), 6).await;
    assert_eq!(produce_outcome(&old).0, ErrorCode::None, "the topic's codec is not the client's choice");
    assert_eq!(client.values("packed", 0, 0).await, values(0..2));
    broker.shutdown().await;
}

#[tokio::test]
async fn a_topic_may_choose_its_codec_and_its_time() {
    let Setup { broker, mut client, _dir, .. } =
        setup(&[("compression.type", "lz4"), ("message.timestamp.type", "LogAppendTime")]).await;
    let response = client.call(&produce_request("t", 0, batch(&["v0"]), -1), 9).await;
    let stamped = response.responses[0].partition_responses[0].log_append_time_ms;
    assert!(stamped > 1_700_000_000_000, "{response:?}");
    let response = client.fetch("t", 0, 0, 0).await;
    let bytes = response.responses[0].partitions[0].records.as_ref().unwrap().to_bytes().unwrap();
    let batch = weir_records::BatchView::first(&bytes).unwrap();
    assert_eq!(batch.header().compression(), Ok(Compression::Lz4));
    assert_eq!(batch.header().max_timestamp.0, stamped);
    assert_eq!(values_of(&response), values(0..1));
    broker.shutdown().await;
}

#[tokio::test]
async fn offsets_are_found_by_every_special_time() {
    let Setup { broker, mut client, _dir, .. } = setup(&[]).await;
    client.produce("t", 0, batch(&["v0", "v1"])).await;
    for version in versions(ApiKey::ListOffsets) {
        for (time, from_version, offset) in [
            (-1, 1, 2),
            (-2, 1, 0),
            (-3, 7, 0),
            (-4, 8, 0),
            (-5, 9, -1),
            (-6, 11, -1),
            (0, 1, 0),
            (1_700_000_000_000, 1, 0),
            (1_800_000_000_000, 1, -1),
        ] {
            let request = ListOffsetsRequest {
                replica_id: -1,
                topics: vec![ListOffsetsTopic {
                    name: "t".into(),
                    partitions: vec![ListOffsetsPartition {
                        partition_index: 0,
                        current_leader_epoch: -1,
                        timestamp: time,
                    }],
                }],
                ..Default::default()
            };
            let response = client.call(&request, version).await;
            let found = &response.topics[0].partitions[0];
            if version < from_version {
                assert_eq!(error(found.error_code), ErrorCode::UnsupportedVersion, "v{version} {time}");
            } else {
                assert_eq!(
                    (error(found.error_code), found.offset),
                    (ErrorCode::None, offset),
                    "v{version} {time}"
                );
            }
        }
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn epochs_tell_where_they_ended() {
    let Setup { broker, mut client, _dir, .. } = setup(&[]).await;
    client.produce("t", 0, batch(&["v0", "v1"])).await;
    for version in versions(ApiKey::OffsetForLeaderEpoch) {
        let ask = |current: i32, epoch: i32| OffsetForLeaderEpochRequest {
            topics: vec![OffsetForLeaderTopic {
                topic: "t".into(),
                partitions: vec![OffsetForLeaderPartition {
                    partition: 0,
                    current_leader_epoch: current,
                    leader_epoch: epoch,
                }],
            }],
            ..Default::default()
        };
        let response = client.call(&ask(-1, 0), version).await;
        let found = &response.topics[0].partitions[0];
        assert_eq!((found.error_code, found.leader_epoch, found.end_offset), (0, 0, 2), "v{version}");
        let response = client.call(&ask(9, 0), version).await;
        assert_eq!(error(response.topics[0].partitions[0].error_code), ErrorCode::UnknownLeaderEpoch);
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn metadata_shows_what_is_served() {
    let Setup { broker, mut client, topic_id, _dir } = setup(&[]).await;
    let named = |name: &str, may_create: bool| MetadataRequest {
        topics: Some(vec![MetadataRequestTopic { name: Some(name.into()), ..Default::default() }]),
        allow_auto_topic_creation: may_create,
        ..Default::default()
    };
    for version in versions(ApiKey::Metadata) {
        let response = client.call(&named("t", true), version).await;
        let topic = &response.topics[0];
        assert_eq!(error(topic.error_code), ErrorCode::None, "v{version}");
        assert_eq!((topic.partitions.len(), topic.partitions[0].leader_id), (2, 1));
        assert_eq!(topic.topic_id, if version >= 10 { topic_id } else { Uuid::ZERO });
        assert_eq!(i32::from(address(&broker).port()), response.brokers[0].port);
        assert_eq!(&*response.brokers[0].host, "127.0.0.1");
        let all = MetadataRequest {
            topics: if version == 0 { Some(Vec::new()) } else { None },
            ..Default::default()
        };
        let response = client.call(&all, version).await;
        assert_eq!(response.topics.iter().filter(|topic| topic.name.as_deref() == Some("t")).count(), 1);
    }
    let none = MetadataRequest { topics: Some(Vec::new()), ..Default::default() };
    assert!(client.call(&none, 9).await.topics.is_empty());
    let code = async |client: &mut Client, request: MetadataRequest| {
        error(client.call(&request, 9).await.topics[0].error_code)
    };
    assert_eq!(code(&mut client, named("not there", true)).await, ErrorCode::InvalidTopicException);
    assert_eq!(code(&mut client, named("missing", false)).await, ErrorCode::UnknownTopicOrPartition);
    assert_eq!(code(&mut client, named("made", true)).await, ErrorCode::None);
    assert_eq!(client.produce("made", 0, batch(&["v0"])).await, (ErrorCode::None, 0));
    let unknown = MetadataRequest {
        topics: Some(vec![MetadataRequestTopic { name: None, topic_id: Uuid([3; 16]) }]),
        ..Default::default()
    };
    assert_eq!(error(client.call(&unknown, 12).await.topics[0].error_code), ErrorCode::UnknownTopicId);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    let topic_id = client.create_topic("t", 2, &[("max.message.bytes", "5000")]).await;
    client.produce("t", 0, batch(&["v0", "v1"])).await;
    let cluster = broker.cluster_id();
    broker.shutdown().await;
    for round in 0..3 {
        let broker = start(settings(dir.path())).await;
        assert_eq!(broker.cluster_id(), cluster);
        let mut client = Client::to(&broker).await;
        let end = 2 + round;
        assert_eq!(client.values("t", 0, 0).await, values(0..end));
        assert_eq!(client.produce("t", 0, batch(&[&format!("v{end}")])).await, (ErrorCode::None, end));
        assert_eq!(client.produce("t", 0, batch(&[&"x".repeat(6000)])).await.0, ErrorCode::MessageTooLarge);
        let request = MetadataRequest { topics: None, ..Default::default() };
        let topics = client.call(&request, 12).await.topics;
        let topic = topics.iter().find(|topic| topic.name.as_deref() == Some("t")).unwrap();
        assert_eq!(topic.topic_id, topic_id);
        assert_eq!(i64::from(topic.partitions[0].leader_epoch), round + 1, "each start leads in a new epoch");
        broker.shutdown().await;
    }
}

/// A follower of the log, or a consumer whose history is another's, learns where they part.
#[tokio::test]
async fn a_reader_with_another_history_is_told_where_it_parts() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let broker = start(settings(dir.path())).await;
        let mut client = Client::to(&broker).await;
        if round == 0 {
            client.create_topic("t", 1, &[]).await;
        }
        client.produce("t", 0, batch(&["v"])).await;
        broker.shutdown().await;
    }
    // Epochs 0, 1 and 2 have a record each.
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    let mut look = async |offset: i64, epoch: i32| {
        let mut request = fetch_request("t", 0, offset, 0);
        request.topics[0].partitions[0].last_fetched_epoch = epoch;
        let response = client.call(&request, 12).await;
        let partition = &response.responses[0].partitions[0];
        let diverging = (partition.diverging_epoch.epoch, partition.diverging_epoch.end_offset);
        (error(partition.error_code), diverging)
    };
    assert_eq!(look(1, 0).await, (ErrorCode::None, (-1, -1)), "its history is the log's");
    assert_eq!(look(2, 0).await, (ErrorCode::None, (0, 1)), "epoch 0 ended before");
    assert_eq!(look(3, 9).await.0, ErrorCode::OffsetOutOfRange, "nothing is known of epoch 9");
    broker.shutdown().await;
}

#[tokio::test]
async fn both_read_back_ends_send_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 2, &[("segment.bytes", "1048576")]).await;
    let mut expected = Vec::new();
    for offset in 0..60 {
        // From a few bytes to a quarter of a MiB, over several segments.
        let value = format!("{offset}:{}", "y".repeat(usize::try_from(offset * offset * 75).unwrap()));
        assert_eq!(client.produce("t", 0, batch(&[&value])).await, (ErrorCode::None, offset));
        expected.push((offset, value));
    }
    broker.shutdown().await;
    for back_end in [ReadBackEnd::Pread, ReadBackEnd::Sendfile] {
        let broker = start(BrokerSettings { read_back_end: back_end, ..settings(dir.path()) }).await;
        let mut client = Client::to(&broker).await;
        let mut found = Vec::new();
        while found.len() < expected.len() {
            let next = i64::try_from(found.len()).unwrap();
            let part = client.values("t", 0, next).await;
            assert!(!part.is_empty(), "{back_end:?} stops at {next}");
            found.extend(part);
        }
        assert_eq!(found, expected, "{back_end:?}");
        broker.shutdown().await;
    }
}

#[tokio::test]
async fn each_listener_tells_its_own_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(dir.path());
    let outside = Listener {
        name: "OUTSIDE".to_owned(),
        bind: BindAddress::new("127.0.0.1", 0),
        advertised_host: Some("kafka.example.org".to_owned()),
        advertised_port: Some(443),
    };
    settings.listeners.push(outside);
    let broker = start(settings).await;
    let request = MetadataRequest { topics: Some(Vec::new()), ..Default::default() };
    for (name, address) in broker.addresses().to_vec() {
        let response = Client::connect(address).await.call(&request, 12).await;
        let node = &response.brokers[0];
        let expected = match name.as_str() {
            "OUTSIDE" => ("kafka.example.org", 443),
            _ => ("127.0.0.1", i32::from(address.port())),
        };
        assert_eq!((&*node.host, node.port), expected);
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn a_deleted_topic_ends_its_long_polls() {
    let Setup { broker, mut client, _dir, .. } = setup(&[]).await;
    let mut consumer = Client::to(&broker).await;
    consumer.send(&fetch_request("t", 0, 0, 60_000), 11).await;
    while !http_get(&broker, "/metrics").await.contains("weir_requests_total{api=\"Fetch\"} 1") {}
    let request =
        DeleteTopicsRequest { topic_names: vec!["t".into()], timeout_ms: 10_000, ..Default::default() };
    assert_eq!(error(client.call(&request, 5).await.responses[0].error_code), ErrorCode::None);
    let (_, response) = consumer.receive::<weir_wire::messages::FetchRequest>(11).await;
    assert_eq!(error(response.responses[0].partitions[0].error_code), ErrorCode::UnknownTopicOrPartition);
    assert_eq!(client.produce("t", 0, batch(&["late"])).await.0, ErrorCode::UnknownTopicOrPartition);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_replicated_topic_is_answered_from_memory() {
    let Setup { broker, mut client, _dir, .. } = setup(&[("weir.durability", "replicated")]).await;
    for offset in 0..50 {
        assert_eq!(client.produce("t", 0, batch(&[&format!("v{offset}")])).await, (ErrorCode::None, offset));
    }
    assert_eq!(client.values("t", 0, 0).await, values(0..50));
    broker.shutdown().await;
}
