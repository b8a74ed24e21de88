//! Numbers near the end of their types, over a real socket: offsets beyond 32 bits, the last epochs of a producer.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use bytes::Bytes;
use support::*;
use weir_model::{ErrorCode, Offset, ProducerEpoch, ProducerId, TimestampMs};
use weir_records::{BatchBuilder, Compression};
use weir_wire::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use weir_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use weir_wire::messages::{DeleteRecordsRequest, ListOffsetsRequest};

/// Above what 32 bits hold, with and without a sign.
const FAR: i64 = (1 << 33) + 5;

/// Makes the only segment of a stopped broker's partition begin at [`FAR`], as if everything before it had been removed
/// long ago. A batch's checksum does not cover its base offset.
fn move_to_far_offsets(partition: &Path) {
    for entry in fs::read_dir(partition).unwrap() {
        let path = entry.unwrap().path();
        let keeps = path.extension().is_some_and(|ending| ending == "log" || ending == "metadata");
        if !keeps {
            fs::remove_file(&path).unwrap();
        }
    }
    let log = partition.join(format!("{:020}.log", 0));
    let mut bytes = fs::read(&log).unwrap();
    let mut at = 0;
    while at < bytes.len() {
        let base = i64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
        bytes[at..at + 8].copy_from_slice(&(base + FAR).to_be_bytes());
        at += 12 + usize::try_from(u32::from_be_bytes(bytes[at + 8..at + 12].try_into().unwrap())).unwrap();
    }
    fs::remove_file(&log).unwrap();
    fs::write(partition.join(format!("{FAR:020}.log")), bytes).unwrap();
    let checksum = crc32c(FAR.to_string().as_bytes());
    fs::write(partition.join("log-start-offset"), format!("{FAR} {checksum:08x}\n")).unwrap();
}

async fn offset_at(client: &mut Client, time: i64) -> i64 {
    let partition = ListOffsetsPartition { partition_index: 0, current_leader_epoch: -1, timestamp: time };
    let request = ListOffsetsRequest {
        replica_id: -1,
        topics: vec![ListOffsetsTopic { name: "t".into(), partitions: vec![partition] }],
        ..Default::default()
    };
    let response = client.call(&request, 7).await;
    assert_eq!(error(response.topics[0].partitions[0].error_code), ErrorCode::None);
    response.topics[0].partitions[0].offset
}

async fn delete_before(client: &mut Client, offset: i64) -> i64 {
    let partition = DeleteRecordsPartition { partition_index: 0, offset };
    let topic = DeleteRecordsTopic { name: "t".into(), partitions: vec![partition] };
    let request = DeleteRecordsRequest { topics: vec![topic], timeout_ms: 30_000 };
    let response = client.call(&request, 2).await;
    assert_eq!(error(response.topics[0].partitions[0].error_code), ErrorCode::None);
    response.topics[0].partitions[0].low_watermark
}

#[tokio::test]
async fn offsets_beyond_32_bits_are_offsets_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    client.create_topic("t", 1, &[]).await;
    for value in ["v0", "v1", "v2"] {
        assert_eq!(client.produce("t", 0, batch(&[value])).await.0, ErrorCode::None);
    }
    broker.shutdown().await;
    let logs = dir.path().join("logs");
    move_to_far_offsets(&logs.join("t-0"));
    for file in ["recovery-points", "clean-shutdown"] {
        fs::remove_file(logs.join(file)).unwrap();
    }
    for round in 0..2 {
        let broker = start(settings(dir.path())).await;
        let mut client = Client::to(&broker).await;
        let first = FAR + round;
        let end = FAR + 3 + 2 * round;
        assert_eq!((offset_at(&mut client, -2).await, offset_at(&mut client, -1).await), (first, end));
        assert_eq!(offset_at(&mut client, 1_700_000_000_000).await, first, "looked up by time");
        assert_eq!(client.produce("t", 0, batch(&["new", "newer"])).await, (ErrorCode::None, end));
        let read = client.values("t", 0, end).await;
        let offsets: Vec<i64> = read.iter().map(|(offset, _)| *offset).collect();
        assert_eq!(offsets, [end, end + 1]);
        let before = client.fetch("t", 0, first - 1, 0).await;
        let partition = &before.responses[0].partitions[0];
        assert_eq!(error(partition.error_code), ErrorCode::OffsetOutOfRange);
        // The same number, cut to 32 bits.
        let cut = client.fetch("t", 0, end & 0xffff_ffff, 0).await;
        assert_eq!(error(cut.responses[0].partitions[0].error_code), ErrorCode::OffsetOutOfRange);
        assert_eq!(delete_before(&mut client, first + 1).await, first + 1);
        broker.shutdown().await;
    }
}

/// A batch of one record from an idempotent producer.
fn of_producer(epoch: i16, sequence: i32) -> Bytes {
    let builder = BatchBuilder::new(Offset(0), Compression::None);
    let mut builder = builder.producer(ProducerId(7), ProducerEpoch(epoch), sequence);
    builder.push(None, Some(b"v"), &[], TimestampMs(1_700_000_000_000)).unwrap();
    builder.finish().unwrap()
}

#[tokio::test]
async fn the_last_epochs_of_a_producer_count_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut next = 0;
    // Before and after a restart: the state comes from memory and from what recovery made of the log.
    for epochs in [[i16::MAX - 1, i16::MAX - 2], [i16::MAX, i16::MAX - 1]] {
        let broker = start(settings(dir.path())).await;
        let mut client = Client::to(&broker).await;
        if next == 0 {
            client.create_topic("t", 1, &[]).await;
        }
        let [newest, older] = epochs;
        for sequence in 0..2 {
            assert_eq!(client.produce("t", 0, of_producer(newest, sequence)).await, (ErrorCode::None, next));
            next += 1;
        }
        let again = client.produce("t", 0, of_producer(newest, 1)).await;
        assert_eq!(again, (ErrorCode::None, next - 1), "the same batch once more");
        for fenced in [older, 0] {
            let refused = client.produce("t", 0, of_producer(fenced, 2)).await.0;
            assert_eq!(refused, ErrorCode::InvalidProducerEpoch, "epoch {fenced} after {newest}");
        }
        let gap = client.produce("t", 0, of_producer(newest, 5)).await.0;
        assert_eq!(gap, ErrorCode::OutOfOrderSequenceNumber);
        broker.shutdown().await;
    }
}
