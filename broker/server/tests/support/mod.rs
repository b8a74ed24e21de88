//! A broker in this process and a small client that speaks to it over a real socket.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::needless_update,
    reason = "each test file uses a part of it"
)]

pub(crate) mod faulty;
pub(crate) mod lines;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use weir_env::Env;
use weir_model::{BrokerId, ErrorCode, Offset, TimestampMs, Uuid};
use weir_records::{BatchBuilder, BatchIter, Compression};
use weir_server::{BindAddress, Broker, BrokerSettings, Listener};
use weir_wire::header::read_response_header;
use weir_wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use weir_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use weir_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use weir_wire::messages::{
    CreateTopicsRequest, DeleteTopicsRequest, FetchRequest, FetchResponse, MetadataRequest, ProduceRequest,
    ProduceResponse,
};
use weir_wire::version::served_versions;
use weir_wire::{ApiKey, Message, Records, Request, RequestHeader, WireStr, Writer};

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Settings for a broker on a port of its own.
pub(crate) fn settings(dir: &Path) -> BrokerSettings {
    let mut settings = BrokerSettings::single(dir, Listener::plaintext("127.0.0.1", 0));
    settings.admin = Some(BindAddress::new("127.0.0.1", 0));
    settings
}

/// Settings with some configs.
pub(crate) fn settings_with(dir: &Path, config: &[(&str, &str)]) -> BrokerSettings {
    let mut settings = settings(dir);
    settings.config = config
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect::<BTreeMap<_, _>>();
    settings
}

/// A broker on the real disk.
pub(crate) async fn start(settings: BrokerSettings) -> Broker {
    // What the broker says is shown with the test that failed.
    let _ = tracing_subscriber::fmt().with_test_writer().with_max_level(tracing::Level::INFO).try_init();
    Broker::start(settings, Env::real()).await.unwrap()
}

/// The address of the first listener.
pub(crate) fn address(broker: &Broker) -> SocketAddr {
    broker.addresses()[0].1
}

pub(crate) async fn metric(broker: &Broker, name: &str) -> usize {
    let metrics = http_get(broker, "/metrics").await;
    let line = metrics.lines().find(|line| line.starts_with(name));
    line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

/// One connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    next_id: i32,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(stream)
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        Self { stream, next_id: 1 }
    }

    pub(crate) async fn to(broker: &Broker) -> Self {
        Self::connect(address(broker)).await
    }

    /// Sends a request without waiting for its answer; the number is its correlation id.
    pub(crate) async fn send<R: Request>(&mut self, request: &R, version: i16) -> i32 {
        let id = self.next_id;
        self.next_id += 1;
        let frame = request_frame(request, version, id, Some("test"));
        self.stream.write_all(&frame).await.unwrap();
        id
    }

    /// Reads one frame.
    pub(crate) async fn read_frame(&mut self) -> std::io::Result<Bytes> {
        let reading = async {
            let len = self.stream.read_i32().await?;
            let mut bytes = vec![0; usize::try_from(len).unwrap()];
            self.stream.read_exact(&mut bytes).await?;
            Ok(Bytes::from(bytes))
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("an answer in time")
    }

    /// Reads the answer to a request.
    pub(crate) async fn receive<R: Request>(&mut self, version: i16) -> (i32, R::Response) {
        let frame = self.read_frame().await.unwrap();
        decode_response::<R>(frame, version)
    }

    /// One request and its answer.
    pub(crate) async fn call<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
        let id = self.send(request, version).await;
        let (answered, response) = self.receive::<R>(version).await;
        assert_eq!(answered, id, "answers come in the order of the requests");
        response
    }

    /// Whether the broker closed the connection.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        let reading = self.stream.read(&mut byte);
        matches!(tokio::time::timeout(PATIENCE, reading).await.expect("an end in time"), Ok(0) | Err(_))
    }

    /// Creates a topic and fails the test if that is refused.
    pub(crate) async fn create_topic(
        &mut self,
        name: &str,
        partitions: i32,
        configs: &[(&str, &str)],
    ) -> Uuid {
        let configs = configs
            .iter()
            .map(|(name, value)| CreatableTopicConfig {
                name: WireStr::from(*name),
                value: Some(WireStr::from(*value)),
                ..Default::default()
            })
            .collect();
        let topic = CreatableTopic {
            name: WireStr::from(name),
            num_partitions: partitions,
            replication_factor: 1,
            configs,
            ..Default::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
        let response = self.call(&request, 7).await;
        assert_eq!(error(response.topics[0].error_code), ErrorCode::None, "{response:?}");
        response.topics[0].topic_id
    }

    /// The names of all topics.
    pub(crate) async fn topics(&mut self) -> Vec<String> {
        let response = self.call(&MetadataRequest { topics: None, ..Default::default() }, 9).await;
        response.topics.iter().map(|topic| topic.name.as_ref().unwrap().to_string()).collect()
    }

    pub(crate) async fn delete_topic(&mut self, name: &str) {
        let request =
            DeleteTopicsRequest { topic_names: vec![name.into()], timeout_ms: 10_000, ..Default::default() };
        assert_eq!(self.call(&request, 5).await.responses[0].error_code, 0);
    }

    /// Produces one batch and returns the partition's answer as error and base offset.
    pub(crate) async fn produce(&mut self, topic: &str, partition: i32, batch: Bytes) -> (ErrorCode, i64) {
        let response = self.call(&produce_request(topic, partition, batch, -1), 9).await;
        produce_outcome(&response)
    }

    /// Fetches from an offset, waiting up to `wait_ms` for one byte.
    pub(crate) async fn fetch(
        &mut self,
        topic: &str,
        partition: i32,
        offset: i64,
        wait_ms: i32,
    ) -> FetchResponse {
        self.call(&fetch_request(topic, partition, offset, wait_ms), 11).await
    }

    /// A partition's batches as they are stored, of a log that one fetch can take.
    pub(crate) async fn stored(&mut self, topic: &str, partition: i32) -> Bytes {
        let response = self.fetch(topic, partition, 0, 0).await;
        let answer = &response.responses[0].partitions[0];
        assert_eq!(error(answer.error_code), ErrorCode::None);
        let bytes = answer.records.as_ref().unwrap().to_bytes().unwrap();
        let last = BatchIter::new(&bytes).last().unwrap().unwrap().header().next_offset().0;
        assert_eq!(last, answer.high_watermark, "the whole log was read");
        bytes
    }

    /// The values from an offset on, as far as one fetch goes.
    pub(crate) async fn values(&mut self, topic: &str, partition: i32, offset: i64) -> Vec<(i64, String)> {
        let response = self.fetch(topic, partition, offset, 0).await;
        assert_eq!(error(response.responses[0].partitions[0].error_code), ErrorCode::None);
        values_of(&response)
    }
}

/// A request as it travels.
pub(crate) fn request_frame<R: Request>(
    request: &R,
    version: i16,
    id: i32,
    client_id: Option<&str>,
) -> Vec<u8> {
    let header = RequestHeader {
        api_key: R::API_KEY as i16,
        api_version: version,
        correlation_id: id,
        client_id: client_id.map(WireStr::from),
    };
    let mut writer = Writer::new();
    header.write(&mut writer).unwrap();
    request.write(&mut writer, version).unwrap();
    framed(&writer.into_bytes().unwrap())
}

/// Bytes with their length in front.
pub(crate) fn framed(bytes: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    frame.extend_from_slice(bytes);
    frame
}

/// A response and its correlation id.
pub(crate) fn decode_response<R: Request>(frame: Bytes, version: i16) -> (i32, R::Response) {
    let (id, body) = read_response_header(frame, R::API_KEY, version).unwrap();
    (id, R::Response::from_bytes(body, version).unwrap())
}

pub(crate) fn error(code: i16) -> ErrorCode {
    ErrorCode::from_code(code).unwrap()
}

/// A batch of records with these values.
pub(crate) fn batch(values: &[&str]) -> Bytes {
    batch_with(values, Compression::None)
}

pub(crate) fn batch_with(values: &[&str], compression: Compression) -> Bytes {
    let mut builder = BatchBuilder::new(Offset(0), compression);
    for value in values {
        builder.push(Some(b"k"), Some(value.as_bytes()), &[], TimestampMs(1_700_000_000_000)).unwrap();
    }
    builder.finish().unwrap()
}

pub(crate) fn produce_request(topic: &str, partition: i32, batch: Bytes, acks: i16) -> ProduceRequest {
    ProduceRequest {
        acks,
        timeout_ms: 30_000,
        topic_data: vec![TopicProduceData {
            name: WireStr::from(topic),
            partition_data: vec![PartitionProduceData {
                index: partition,
                records: Some(Records::from(batch)),
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    }
}

pub(crate) fn produce_outcome(response: &ProduceResponse) -> (ErrorCode, i64) {
    let partition = &response.responses[0].partition_responses[0];
    (error(partition.error_code), partition.base_offset)
}

pub(crate) fn fetch_request(topic: &str, partition: i32, offset: i64, wait_ms: i32) -> FetchRequest {
    FetchRequest {
        replica_id: -1,
        max_wait_ms: wait_ms,
        min_bytes: 1,
        max_bytes: 50 * 1024 * 1024,
        session_epoch: -1,
        topics: vec![FetchTopic {
            topic: WireStr::from(topic),
            partitions: vec![FetchPartition {
                partition,
                current_leader_epoch: -1,
                fetch_offset: offset,
                last_fetched_epoch: -1,
                log_start_offset: -1,
                partition_max_bytes: 50 * 1024 * 1024,
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// Offsets and values of all records in an answer.
pub(crate) fn values_of(response: &FetchResponse) -> Vec<(i64, String)> {
    let mut values = Vec::new();
    for partition in response.responses.iter().flat_map(|topic| &topic.partitions) {
        let Some(records) = &partition.records else { continue };
        values.extend(values_in(&records.to_bytes().unwrap()));
    }
    values
}

/// Offsets and values of the records in whole batches.
pub(crate) fn values_in(bytes: &[u8]) -> Vec<(i64, String)> {
    let mut values = Vec::new();
    for batch in BatchIter::new(bytes) {
        let batch = batch.unwrap();
        batch.check_crc().unwrap();
        let records = batch.records().unwrap();
        for record in records.iter() {
            let record = record.unwrap();
            let value = String::from_utf8(record.value.unwrap_or_default().to_vec()).unwrap();
            values.push((records.offset(&record).0, value));
        }
    }
    values
}

/// The whole answer of the admin port.
pub(crate) async fn http_get(broker: &Broker, path: &str) -> String {
    let address = broker.admin_address().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// Names that the tests use for the broker itself.
pub(crate) const NODE: BrokerId = BrokerId(1);

/// Every version that is served of an API.
pub(crate) fn versions(api: ApiKey) -> std::ops::RangeInclusive<i16> {
    let range = served_versions(api);
    range.min..=range.max
}

/// CRC-32C, bit by bit: what is tested may not be what tells the answer.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & 0_u32.wrapping_sub(crc & 1)))
    })
}
