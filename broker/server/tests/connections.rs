//! What a connection may do to the broker, and what not: bad bytes, too many connections, idle ones, order of answers.
#![allow(clippy::unwrap_used)]

mod support;

use support::lines::LogLines;
use support::*;
use tokio::io::AsyncWriteExt;
use weir_model::ErrorCode;
use weir_wire::ApiKey;
use weir_wire::messages::{ApiVersionsRequest, MetadataRequest};

fn api_versions() -> ApiVersionsRequest {
    ApiVersionsRequest {
        client_software_name: "test".into(),
        client_software_version: "1".into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn every_version_of_api_versions_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    for version in versions(ApiKey::ApiVersions) {
        let response = client.call(&api_versions(), version).await;
        assert_eq!(error(response.error_code), ErrorCode::None);
        let range =
            |api: ApiKey| response.api_keys.iter().find(|key| key.api_key == api as i16).cloned().unwrap();
        assert_eq!((range(ApiKey::Produce).min_version, range(ApiKey::Produce).max_version), (0, 13));
        assert_eq!((range(ApiKey::Fetch).min_version, range(ApiKey::Fetch).max_version), (4, 18));
    }
    // A version of the future: a version 0 body with an error, after a version 0 header.
    let mut frame = vec![0, 18, 0, 99, 0, 0, 0, 42];
    frame.extend_from_slice(&[0xff, 0xff, 0]);
    client.stream.write_all(&framed(&frame)).await.unwrap();
    let answer = client.read_frame().await.unwrap();
    let (id, response) = decode_response::<ApiVersionsRequest>(answer, 0);
    assert_eq!((id, error(response.error_code)), (42, ErrorCode::UnsupportedVersion));
    assert_eq!(response.api_keys.iter().map(|key| key.api_key).collect::<Vec<_>>(), [18]);
    broker.shutdown().await;
}

#[tokio::test]
async fn what_is_not_served_closes_the_connection_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut bystander = Client::to(&broker).await;
    let header = |api: i16, version: i16| {
        let mut bytes = api.to_be_bytes().to_vec();
        bytes.extend_from_slice(&version.to_be_bytes());
        bytes.extend_from_slice(&[0, 0, 0, 1, 0xff, 0xff]);
        bytes
    };
    let mut metadata_bomb = header(3, 9);
    metadata_bomb.extend_from_slice(&[0, 0xff, 0xff, 0xff, 0xff, 0x07]);
    for (name, bytes) in [
        ("an unknown API", framed(&header(999, 0))),
        ("an API that is not served", framed(&header(4, 0))),
        ("a version that is refused", framed(&header(0, 2))),
        ("a version of the future", framed(&header(3, 99))),
        ("an empty request", framed(&[])),
        ("half a header", framed(&[0, 3, 0])),
        ("a count of 2^31-1", framed(&metadata_bomb)),
        ("a negative length", vec![0xff, 0xff, 0xff, 0xff]),
        ("a length above the limit", vec![0x7f, 0xff, 0xff, 0xff]),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("TLS", vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01]),
    ] {
        let mut client = Client::to(&broker).await;
        client.stream.write_all(&bytes).await.unwrap();
        assert!(client.is_closed().await, "{name}");
        bystander.call(&api_versions(), 3).await;
    }
    let metrics = http_get(&broker, "/metrics").await;
    assert!(metrics.contains("weir_connections_closed_total{reason=\"malformed\"} 11"), "{metrics}");
    broker.shutdown().await;
}

/// A linear congruential generator: the same cases in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn damage(&mut self, frame: &mut Vec<u8>) {
        match self.below(4) {
            0 => frame.truncate(self.below(frame.len())),
            1 => {
                let at = self.below(frame.len());
                frame[at] ^= 1 << self.below(8);
            }
            2 => {
                let at = 4 + self.below(frame.len() - 4);
                frame[at..].fill_with(|| u8::try_from(self.below(256)).unwrap());
            }
            _ => {
                let at = 4 + self.below(frame.len() - 7);
                frame[at..at + 4].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
            }
        }
    }
}

#[tokio::test]
async fn damaged_frames_cost_only_their_connection() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut bystander = Client::to(&broker).await;
    bystander.create_topic("t", 2, &[]).await;
    for round in 0..50 {
        let values = [format!("a{round}"), "x".repeat(round * 10)];
        let batch = batch(&[&values[0], &values[1]]);
        for partition in 0..2 {
            assert_eq!(bystander.produce("t", partition, batch.clone()).await.0, ErrorCode::None);
        }
    }
    let before = [bystander.stored("t", 0).await, bystander.stored("t", 1).await];
    assert!(before.iter().all(|bytes| bytes.len() > 12_000), "the acknowledged records are there");
    let good = [
        request_frame(&produce_request("t", 1, batch(&["a", "b"]), 1), 9, 1, Some("test")),
        request_frame(&fetch_request("t", 0, 0, 0), 12, 1, Some("test")),
        request_frame(&MetadataRequest { topics: None, ..Default::default() }, 12, 1, Some("test")),
        request_frame(&api_versions(), 3, 1, Some("test")),
    ];
    let mut random = Random(0x5eed);
    for case in 0..400 {
        let mut frame = good[random.below(good.len())].clone();
        random.damage(&mut frame);
        let mut client = Client::to(&broker).await;
        // The broker may close before everything is written.
        let _ = client.stream.write_all(&frame).await;
        drop(client);
        if case % 20 == 0 {
            let (error, _) = bystander.produce("t", 1, batch(&[&format!("b{case}")])).await;
            assert_eq!(error, ErrorCode::None);
        }
    }
    let after = [bystander.stored("t", 0).await, bystander.stored("t", 1).await];
    // Damage that hits no more than a partition's number makes another good request, so there may be more.
    for (partition, (before, after)) in before.iter().zip(&after).enumerate() {
        assert!(after.starts_with(before), "what partition {partition} had acknowledged has changed");
    }
    let added = values_in(&after[1][before[1].len()..]);
    let mine: Vec<_> = added.iter().filter(|(_, value)| value.starts_with('b') && value.len() > 1).collect();
    let expected = (0..400).step_by(20).map(|case| format!("b{case}"));
    assert!(mine.iter().map(|(_, value)| value.clone()).eq(expected), "{added:?}");
    broker.shutdown().await;
    // The same from a broker that was started anew.
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    for (partition, after) in (0..).zip(&after) {
        assert!(client.stored("t", partition).await.starts_with(after), "partition {partition} has changed");
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_requests() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 2, &[]).await;
    let mut sent = Vec::new();
    for round in 0..20 {
        let value = format!("v{round}");
        sent.push((client.send(&produce_request("t", round % 2, batch(&[&value]), -1), 9).await, true));
        sent.push((client.send(&api_versions(), 3).await, false));
        sent.push((client.send(&produce_request("t", round % 2, batch(&[&value]), 1), 9).await, true));
    }
    let mut offsets = [0, 0];
    for (index, (id, is_produce)) in sent.into_iter().enumerate() {
        let frame = client.read_frame().await.unwrap();
        if is_produce {
            let (answered, response) = decode_response::<weir_wire::messages::ProduceRequest>(frame, 9);
            let round = index / 3 % 2;
            assert_eq!((answered, produce_outcome(&response)), (id, (ErrorCode::None, offsets[round])));
            offsets[round] += 1;
        } else {
            assert_eq!(decode_response::<ApiVersionsRequest>(frame, 3).0, id);
        }
    }
    broker.shutdown().await;
}

/// Opens three connections where this limit allows no fourth.
async fn a_fourth_is_refused(limit: &str) {
    let dir = tempfile::tempdir().unwrap();
    let said = LogLines::listen();
    let broker = start(settings_with(dir.path(), &[(limit, "3")])).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = Client::to(&broker).await;
        client.call(&api_versions(), 3).await;
        clients.push(client);
    }
    for _ in 0..5 {
        assert!(Client::to(&broker).await.is_closed().await);
    }
    let refused = format!("weir_connections_refused_total{{reason=\"{limit}\"}}");
    assert_eq!(metric(&broker, &refused).await, 5);
    let lines = said.with("connections are refused");
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    for part in ["WARN", &format!("limit=\"{limit}\""), "open=3", "peer=127.0.0.1:", "raise the limit"] {
        assert!(line.contains(part), "{part} is not in: {line}");
    }
    clients[0].create_topic("t", 1, &[]).await;
    for (offset, client) in (0..).zip(&mut clients) {
        assert_eq!(client.produce("t", 0, batch(&["v"])).await, (ErrorCode::None, offset));
    }
    clients.pop();
    // Room comes back as soon as the broker has seen the end.
    loop {
        let mut client = Client::to(&broker).await;
        let _ = client.stream.write_all(&request_frame(&api_versions(), 3, 7, None)).await;
        if client.read_frame().await.is_ok() {
            assert_eq!(client.produce("t", 0, batch(&["v"])).await, (ErrorCode::None, 3));
            break;
        }
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn connections_above_the_limit_for_all_are_refused() {
    a_fourth_is_refused("max.connections").await;
}

#[tokio::test]
async fn connections_above_the_limit_for_one_address_are_refused() {
    a_fourth_is_refused("max.connections.per.ip").await;
}

#[tokio::test]
async fn idle_connections_end() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings_with(dir.path(), &[("connections.max.idle.ms", "200")])).await;
    let mut client = Client::to(&broker).await;
    client.call(&api_versions(), 3).await;
    assert!(client.is_closed().await);
    assert!(http_get(&broker, "/metrics").await.contains("weir_connections_closed_total{reason=\"idle\"} 1"));
    broker.shutdown().await;
}

#[tokio::test]
async fn the_admin_port_answers() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    assert!(http_get(&broker, "/healthz").await.starts_with("HTTP/1.1 200 OK"));
    assert!(http_get(&broker, "/readyz").await.starts_with("HTTP/1.1 200 OK"));
    let metrics = http_get(&broker, "/metrics").await;
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    assert!(metrics.contains("weir_open_files ") && metrics.contains("weir_build_info{"), "{metrics}");
    broker.shutdown().await;
}

#[tokio::test]
async fn slow_giants_do_not_hold_up_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 1, &[]).await;
    let mut giants = Vec::new();
    for _ in 0..2 {
        let mut giant = Client::to(&broker).await;
        // 100 MiB are announced, and nothing of them comes.
        giant.stream.write_all(&[0x06, 0x40, 0, 0, 0, 0]).await.unwrap();
        giants.push(giant);
    }
    let used = |metrics: &str| {
        let line =
            metrics.lines().find(|line| line.starts_with("weir_request_memory_bytes ")).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    loop {
        let bytes = used(&http_get(&broker, "/metrics").await);
        assert!(bytes <= 256 * 1024 * 1024, "{bytes}");
        if bytes >= 100 * 1024 * 1024 {
            break;
        }
    }
    client.call(&api_versions(), 3).await;
    assert_eq!(client.produce("t", 0, batch(&["small"])).await.0, ErrorCode::None);
    // A large one waits until the giants that are in its way are gone.
    assert_eq!(client.produce("t", 0, batch(&[&"x".repeat(500_000)])).await.0, ErrorCode::None);
    assert!(http_get(&broker, "/metrics").await.contains("weir_connections_closed_total{reason=\"slow\"}"));
    broker.shutdown().await;
}

#[tokio::test]
async fn bytes_after_a_message_are_ignored_as_in_kafka() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    let request = MetadataRequest { topics: None, ..Default::default() };
    let mut frame = request_frame(&request, 13, 7, Some("test")).split_off(4);
    frame.extend_from_slice(&[0, 0, 0]);
    client.stream.write_all(&framed(&frame)).await.unwrap();
    let (id, response) = client.receive::<MetadataRequest>(13).await;
    assert_eq!((id, response.brokers.len()), (7, 1));
    broker.shutdown().await;
}
