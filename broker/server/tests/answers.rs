//! Answers that nobody takes: what they hold in memory is bounded for all connections together, and who is in the way goes.
#![allow(clippy::unwrap_used, clippy::needless_update)]

mod support;

use std::time::Duration;

use support::*;
use tokio::net::TcpSocket;
use weir_model::ErrorCode;
use weir_server::{AnswerLimits, Broker, BrokerSettings};
use weir_wire::messages::metadata_request::MetadataRequestTopic;
use weir_wire::messages::{ApiVersionsRequest, MetadataRequest, ProduceRequest};

/// One answer is below it, two are above it.
const LIMIT_BYTES: usize = 1536 * 1024;

/// Longer than any test may take.
const NEVER: Duration = Duration::from_secs(24 * 3600);

/// The answer names each topic back: 4,000 names of 249 bytes and what goes with them are 1.1 MB, far above what the
/// buffers of the sockets take.
const NAMES: usize = 4_000;
const NAME_BYTES: usize = 249;

async fn setup(contended_grace: Duration) -> (Broker, Client, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let configs = [("auto.create.topics.enable", "false"), ("socket.send.buffer.bytes", "16384")];
    let broker = start(BrokerSettings {
        answers: AnswerLimits { held_bytes_max: LIMIT_BYTES, contended_grace },
        ..settings_with(dir.path(), &configs)
    })
    .await;
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 1, &[]).await;
    (broker, client, dir)
}

/// A question with a large answer.
fn question() -> MetadataRequest {
    let topic = |number: usize| MetadataRequestTopic {
        name: Some(format!("{number:0NAME_BYTES$}").into()),
        ..Default::default()
    };
    MetadataRequest { topics: Some((0..NAMES).map(topic).collect()), ..Default::default() }
}

/// A client whose system takes little of an answer for it.
async fn lazy(broker: &Broker) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    Client::over(socket.connect(address(broker)).await.unwrap())
}

/// Two clients ask for more than the limit and read nothing. Returns when the broker holds both answers.
async fn two_that_read_nothing(broker: &Broker) -> [Client; 2] {
    let mut clients = [lazy(broker).await, lazy(broker).await];
    for (nth, client) in (1..).zip(&mut clients) {
        client.send(&question(), 12).await;
        let whole = tokio::time::timeout(PATIENCE, async {
            while metric(broker, "weir_answer_memory_bytes ").await < nth * NAMES * NAME_BYTES {
                tokio::task::yield_now().await;
            }
        });
        whole.await.expect("the answer is held");
    }
    clients
}

/// Whether an answer, or an end, has arrived.
fn has_news(client: &Client) -> bool {
    client.stream.try_read(&mut [0]).is_ok()
}

#[tokio::test]
async fn producers_go_on_while_others_wait_and_who_takes_his_answer_gets_all_of_it() {
    let (broker, mut producer, _dir) = setup(NEVER).await;
    let lazy = two_that_read_nothing(&broker).await;
    assert!(metric(&broker, "weir_answer_memory_bytes ").await > LIMIT_BYTES);

    let mut others = [Client::to(&broker).await, Client::to(&broker).await];
    let asked =
        [others[0].send(&question(), 12).await, others[1].send(&ApiVersionsRequest::default(), 2).await];
    for offset in 0..50 {
        assert_eq!(producer.produce("t", 0, batch(&["v"])).await, (ErrorCode::None, offset));
    }
    assert!(others.iter().all(|client| !has_news(client)), "nothing else is begun");

    for mut client in lazy {
        let (_, whole) = client.receive::<MetadataRequest>(12).await;
        assert_eq!(whole.topics.len(), NAMES);
    }
    let [mut first, mut second] = others;
    let (id, whole) = first.receive::<MetadataRequest>(12).await;
    assert_eq!((id, whole.topics.len()), (asked[0], NAMES));
    assert_eq!(second.receive::<ApiVersionsRequest>(2).await.0, asked[1]);
    assert_eq!(producer.values("t", 0, 0).await.len(), 50);
    assert_eq!(metric(&broker, "weir_connections_closed_total{reason=\"slow\"} ").await, 0);
    broker.shutdown().await;
}

#[tokio::test]
async fn who_is_in_the_way_is_closed_and_nothing_acknowledged_is_lost() {
    let (broker, mut producer, _dir) = setup(Duration::ZERO).await;
    let lazy = two_that_read_nothing(&broker).await;
    let mut pipelined = Client::to(&broker).await;
    let mut expected = Vec::new();
    for _ in 0..10 {
        expected.push(pipelined.send(&produce_request("t", 0, batch(&["p"]), -1), 9).await);
    }
    let question_id = pipelined.send(&question(), 12).await;
    // The first of the two that goes makes room, and may be all that has to.
    for id in expected {
        let (answered, response) = pipelined.receive::<ProduceRequest>(9).await;
        assert_eq!((answered, produce_outcome(&response).0), (id, ErrorCode::None));
    }
    let (id, whole) = pipelined.receive::<MetadataRequest>(12).await;
    assert_eq!((id, whole.topics.len()), (question_id, NAMES));
    assert!(metric(&broker, "weir_connections_closed_total{reason=\"slow\"} ").await >= 1);
    let mut cut = 0;
    for mut client in lazy {
        cut += usize::from(client.read_frame().await.is_err());
    }
    assert!(cut >= 1, "a slow one finds its connection ended within the answer");
    assert_eq!(producer.values("t", 0, 0).await.len(), 10);
    broker.shutdown().await;
}
