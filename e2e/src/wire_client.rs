//! A small Kafka client, one request at a time: the history needs each acknowledgement by itself, without retries behind
//! its back.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use weir_wire::header::{RequestHeader, read_response_header};
use weir_wire::messages::{
    CreateTopicsRequest, DeleteRecordsRequest, FetchRequest, FindCoordinatorRequest, ListOffsetsRequest,
    MetadataRequest, OffsetCommitRequest, OffsetFetchRequest, ProduceRequest, create_topics_request,
    delete_records_request, fetch_request, list_offsets_request, offset_commit_request, offset_fetch_request,
    produce_request,
};
use weir_wire::{ErrorCode, Records, Request, Segment, WireStr, Writer};

/// A partition of a topic.
pub type Partition = (String, i32);

/// A broker that does not answer for this long hangs.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
const FETCH_BYTES_MAX: i32 = 8 << 20;

/// One connection.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    correlation_id: i32,
}

impl Client {
    /// Connects; a broker that stops answering is an error after half a minute.
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
        Ok(Self { stream, correlation_id: 0 })
    }

    /// Makes a topic; one that is there is fine.
    pub fn create_topic(&mut self, name: &str, partitions: i32, configs: &[(&str, &str)]) -> Result<()> {
        let configs = configs
            .iter()
            .map(|(name, value)| create_topics_request::CreatableTopicConfig {
                name: WireStr::from(*name),
                value: Some(WireStr::from(*value)),
            })
            .collect();
        let topic = create_topics_request::CreatableTopic {
            name: WireStr::from(name),
            num_partitions: partitions,
            replication_factor: 1,
            configs,
            ..Default::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 30_000, ..Default::default() };
        let response = self.call(&request, 5)?;
        let code = response.topics.first().context("no topic in the response")?.error_code;
        if code == ErrorCode::TopicAlreadyExists.code() { Ok(()) } else { check(code, "create") }
    }

    /// The names of all topics.
    pub fn topics(&mut self) -> Result<Vec<String>> {
        let response = self.call(&MetadataRequest { topics: None, ..Default::default() }, 9)?;
        Ok(response.topics.iter().filter_map(|topic| topic.name.as_ref()).map(ToString::to_string).collect())
    }

    /// Produces a batch with `acks=all` and returns its base offset.
    pub fn produce(&mut self, (topic, index): &Partition, batch: Bytes) -> Result<i64> {
        let partition =
            produce_request::PartitionProduceData { index: *index, records: Some(Records::from(batch)) };
        let topic = produce_request::TopicProduceData {
            name: WireStr::from(topic.as_str()),
            partition_data: vec![partition],
            ..Default::default()
        };
        let request =
            ProduceRequest { acks: -1, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() };
        let response = self.call(&request, 9)?;
        let partition = response
            .responses
            .first()
            .and_then(|topic| topic.partition_responses.first())
            .context("no partition in the response")?;
        check(partition.error_code, "produce")?;
        Ok(partition.base_offset)
    }

    /// Whole batches from an offset on; empty at the end.
    pub fn fetch(&mut self, (topic, index): &Partition, offset: i64) -> Result<Bytes> {
        let partition = fetch_request::FetchPartition {
            partition: *index,
            fetch_offset: offset,
            partition_max_bytes: FETCH_BYTES_MAX,
            ..Default::default()
        };
        let topic = fetch_request::FetchTopic {
            topic: WireStr::from(topic.as_str()),
            partitions: vec![partition],
            ..Default::default()
        };
        let request = FetchRequest {
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: FETCH_BYTES_MAX,
            topics: vec![topic],
            ..Default::default()
        };
        let response = self.call(&request, 12)?;
        check(response.error_code, "fetch")?;
        let partition = response
            .responses
            .first()
            .and_then(|topic| topic.partitions.first())
            .context("no partition in the response")?;
        check(partition.error_code, "fetch")?;
        Ok(partition.records.clone().unwrap_or_default().to_bytes()?)
    }

    /// Deletes the records before an offset and returns the new start of the partition.
    pub fn delete_records(&mut self, (topic, index): &Partition, before: i64) -> Result<i64> {
        let partition =
            delete_records_request::DeleteRecordsPartition { partition_index: *index, offset: before };
        let topic = delete_records_request::DeleteRecordsTopic {
            name: WireStr::from(topic.as_str()),
            partitions: vec![partition],
        };
        let request = DeleteRecordsRequest { topics: vec![topic], timeout_ms: 30_000 };
        let response = self.call(&request, 2)?;
        let partition =
            response.topics.first().and_then(|topic| topic.partitions.first()).context("no partition")?;
        check(partition.error_code, "delete records")?;
        Ok(partition.low_watermark)
    }

    /// The first offset of a partition.
    pub fn earliest(&mut self, (topic, index): &Partition) -> Result<i64> {
        let partition = list_offsets_request::ListOffsetsPartition {
            partition_index: *index,
            timestamp: -2,
            ..Default::default()
        };
        let topic = list_offsets_request::ListOffsetsTopic {
            name: WireStr::from(topic.as_str()),
            partitions: vec![partition],
        };
        let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
        let response = self.call(&request, 5)?;
        let partition =
            response.topics.first().and_then(|topic| topic.partitions.first()).context("no partition")?;
        check(partition.error_code, "list offsets")?;
        Ok(partition.offset)
    }

    /// Has the coordinator of a group found, and the topic of offsets made where it is the first.
    pub fn find_coordinator(&mut self, group: &str) -> Result<()> {
        let request = FindCoordinatorRequest { key: WireStr::from(group), ..Default::default() };
        check(self.call(&request, 3)?.error_code, "find the coordinator")
    }

    /// Commits an offset of a group without members.
    pub fn commit(&mut self, group: &str, (topic, index): &Partition, offset: i64) -> Result<()> {
        self.commit_all(group, topic, [(*index, offset)])
    }

    /// Commits offsets of partitions of one topic.
    pub fn commit_all(
        &mut self,
        group: &str,
        topic: &str,
        offsets: impl IntoIterator<Item = (i32, i64)>,
    ) -> Result<()> {
        let partition =
            |(partition_index, committed_offset)| offset_commit_request::OffsetCommitRequestPartition {
                partition_index,
                committed_offset,
                committed_metadata: Some(WireStr::new()),
                ..Default::default()
            };
        let topic = offset_commit_request::OffsetCommitRequestTopic {
            name: WireStr::from(topic),
            partitions: offsets.into_iter().map(partition).collect(),
            ..Default::default()
        };
        let asked = topic.partitions.len();
        let request = OffsetCommitRequest {
            group_id: WireStr::from(group),
            generation_id_or_member_epoch: -1,
            topics: vec![topic],
            ..Default::default()
        };
        let response = self.call(&request, 8)?;
        let answered = response.topics.iter().flat_map(|topic| &topic.partitions);
        ensure!(answered.clone().count() == asked, "a partition has no answer");
        answered.map(|partition| partition.error_code).try_for_each(|code| check(code, "commit"))
    }

    /// A group's committed offset, -1 for none.
    pub fn committed(&mut self, group: &str, (topic, index): &Partition) -> Result<i64> {
        self.committed_all(group, topic, [*index])?.pop().context("no partition")
    }

    /// A group's committed offsets of partitions of one topic, in their order; -1 for none.
    pub fn committed_all(
        &mut self,
        group: &str,
        topic: &str,
        partitions: impl IntoIterator<Item = i32>,
    ) -> Result<Vec<i64>> {
        let topic = offset_fetch_request::OffsetFetchRequestTopic {
            name: WireStr::from(topic),
            partition_indexes: partitions.into_iter().collect(),
        };
        let request = OffsetFetchRequest {
            group_id: WireStr::from(group),
            topics: Some(vec![topic]),
            ..Default::default()
        };
        let response = self.call(&request, 5)?;
        check(response.error_code, "fetch the committed offset")?;
        let answered = response.topics.iter().flat_map(|topic| &topic.partitions);
        answered
            .map(|partition| {
                check(partition.error_code, "fetch the committed offset")?;
                Ok(partition.committed_offset)
            })
            .collect()
    }

    /// One request and its answer.
    pub fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response> {
        self.send(request, version)?;
        self.answer::<R>(version)
    }

    /// Sends a request whose answer is read later.
    pub fn send<R: Request>(&mut self, request: &R, version: i16) -> Result<()> {
        self.correlation_id += 1;
        let header = RequestHeader {
            api_key: R::API_KEY as i16,
            api_version: version,
            correlation_id: self.correlation_id,
            client_id: Some(WireStr::from_static("weir-e2e")),
        };
        let mut writer = Writer::new();
        header.write(&mut writer)?;
        request.write(&mut writer, version)?;
        self.stream.write_all(&i32::try_from(writer.len())?.to_be_bytes())?;
        for segment in writer.into_segments() {
            match segment {
                Segment::Bytes(bytes) => self.stream.write_all(&bytes)?,
                Segment::Range(_) => bail!("a request has no file in it"),
            }
        }
        Ok(())
    }

    /// Reads the answer of the request that was sent last.
    pub fn answer<R: Request>(&mut self, version: i16) -> Result<R::Response> {
        use weir_wire::Message as _;
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).context("reading the response")?;
        let mut frame = vec![0; usize::try_from(i32::from_be_bytes(length))?];
        self.stream.read_exact(&mut frame).context("reading the response")?;
        let (correlation_id, body) = read_response_header(Bytes::from(frame), R::API_KEY, version)?;
        ensure!(correlation_id == self.correlation_id, "the response belongs to request {correlation_id}");
        Ok(R::Response::from_bytes(body, version)?)
    }

    /// Whether an answer arrives within a time.
    pub fn has_answer(&self, within: Duration) -> Result<bool> {
        self.stream.set_read_timeout(Some(within))?;
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
        match peeked {
            Ok(0) => bail!("the broker closed the connection"),
            Ok(_) => Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
            Err(error) => Err(error).context("waiting for the response"),
        }
    }
}

/// An answer other than success.
#[derive(Debug)]
pub struct Refused(pub ErrorCode);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refused: {}", self.0)
    }
}

impl std::error::Error for Refused {}

fn check(code: i16, what: &str) -> Result<()> {
    match ErrorCode::from_code(code) {
        Some(ErrorCode::None) => Ok(()),
        Some(code) => Err(Refused(code)).with_context(|| what.to_owned()),
        None => bail!("{what}: unknown error code {code}"),
    }
}
