//! How long the messages on the hot paths take to read and write. Run it with `--release`.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use bytes::Bytes;
use weir_wire::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use weir_wire::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use weir_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use weir_wire::messages::{FetchResponse, MetadataResponse, ProduceRequest};
use weir_wire::{EncodeError, Message, Records, Writer};

const ROUNDS: u32 = 20;
const RUNS: usize = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    let megabyte = Bytes::from(vec![7; 1 << 20]);

    let fetch = fetched(1, &megabyte);
    let by_reference = micros(|| write(&fetch, 17));
    let by_copy = micros(|| black_box(&fetch).to_bytes(17).map(|bytes| bytes.len()));
    writeln!(
        out,
        "Fetch response, 1 MiB of records: {by_reference:.2} us by reference, {by_copy:.1} us by copy"
    )?;

    let fetch = fetched(100, &megabyte.slice(..1000));
    let hundred = micros(|| write(&fetch, 17));
    writeln!(out, "Fetch response, 100 partitions of 1,000 bytes: write {hundred:.1} us")?;

    for partitions in [1, 100] {
        let frame = produced(partitions, &megabyte.slice(..16 << 10)).to_bytes(12)?;
        let read = micros(|| ProduceRequest::from_bytes(black_box(&frame).clone(), 12));
        writeln!(out, "Produce request, {partitions} partitions of 16 KiB: read {read:.2} us")?;
    }

    let metadata = described(1000);
    let frame = metadata.to_bytes(12)?;
    let written = micros(|| write(&metadata, 12));
    let read = micros(|| MetadataResponse::from_bytes(black_box(&frame).clone(), 12));
    writeln!(out, "Metadata response, 1,000 partitions: write {written:.1} us, read {read:.1} us")?;
    Ok(())
}

/// The best of many short runs: what else the machine does only ever adds.
fn micros<T>(mut operation: impl FnMut() -> T) -> f64 {
    let run = || {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(operation());
        }
        start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
    };
    std::iter::repeat_with(run).take(RUNS).fold(f64::INFINITY, f64::min)
}

fn write(message: &impl Message, version: i16) -> Result<usize, EncodeError> {
    let mut writer = Writer::new();
    black_box(message).write(&mut writer, version)?;
    Ok(black_box(writer.into_segments()).len())
}

fn fetched(partitions: i32, records: &Bytes) -> FetchResponse {
    let partitions = (0..partitions)
        .map(|partition_index| PartitionData {
            partition_index,
            records: Some(Records::from(records.clone())),
            ..PartitionData::default()
        })
        .collect();
    let topic = FetchableTopicResponse { partitions, ..FetchableTopicResponse::default() };
    FetchResponse { responses: vec![topic], ..FetchResponse::default() }
}

fn produced(partitions: i32, records: &Bytes) -> ProduceRequest {
    let partition_data = (0..partitions)
        .map(|index| PartitionProduceData { index, records: Some(Records::from(records.clone())) })
        .collect();
    let topic = TopicProduceData { name: "orders".into(), partition_data, ..TopicProduceData::default() };
    ProduceRequest { acks: -1, topic_data: vec![topic], ..ProduceRequest::default() }
}

fn described(partitions: i32) -> MetadataResponse {
    let broker = |node_id| MetadataResponseBroker {
        node_id,
        host: "broker.weir.svc.cluster.local".into(),
        port: 9092,
        ..MetadataResponseBroker::default()
    };
    let partition = |partition_index| MetadataResponsePartition {
        partition_index,
        replica_nodes: vec![1, 2, 3],
        isr_nodes: vec![1, 2, 3],
        ..MetadataResponsePartition::default()
    };
    let topic = MetadataResponseTopic {
        name: Some("orders".into()),
        partitions: (0..partitions).map(partition).collect(),
        ..MetadataResponseTopic::default()
    };
    MetadataResponse {
        brokers: (1..=3).map(broker).collect(),
        topics: vec![topic],
        ..MetadataResponse::default()
    }
}
