//! rskafka in the matrix.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeZone, Utc};
use matrix::{Library, Outcome, Problem, Record, other};
use rskafka::client::error::{Error, ProtocolError};
use rskafka::client::partition::{Compression, OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use tokio::runtime::Runtime;

struct Rskafka {
    runtime: Runtime,
    client: Client,
}

fn problem(error: Error) -> Problem {
    match error {
        Error::ServerError { protocol_error, .. } => Problem::Refused(code(protocol_error), format!("{protocol_error:?}")),
        error => other(error),
    }
}

/// The library keeps Kafka's numbers to itself: those that the cases expect.
fn code(error: ProtocolError) -> i16 {
    match error {
        ProtocolError::OffsetOutOfRange => 1,
        ProtocolError::UnknownTopicOrPartition => 3,
        ProtocolError::MessageTooLarge => 10,
        ProtocolError::InvalidTopicException => 17,
        ProtocolError::TopicAlreadyExists => 36,
        ProtocolError::InvalidReplicationFactor => 38,
        _ => -1,
    }
}

impl Rskafka {
    fn partition(&self, topic: &str, partition: i32) -> Outcome<Arc<PartitionClient>> {
        let client = self.client.partition_client(topic, partition, UnknownTopicHandling::Retry);
        self.runtime.block_on(client).map(Arc::new).map_err(problem)
    }
}

impl Library for Rskafka {
    fn full_headers(&self) -> bool {
        false
    }

    fn create(&self, topic: &str, partitions: i32, replicas: i16, _configs: &[(&str, &str)]) -> Outcome<()> {
        let controller = self.client.controller_client().map_err(problem)?;
        self.runtime
            .block_on(controller.create_topic(topic, partitions, replicas, 10_000))
            .map_err(problem)
    }

    fn produce(&self, topic: &str, records: &[Record], codec: &str, idempotent: bool) -> Outcome<Vec<(i32, i64)>> {
        if idempotent {
            return Err(Problem::Unsupported);
        }
        let compression = match codec {
            "gzip" => Compression::Gzip,
            "snappy" => Compression::Snappy,
            "lz4" => Compression::Lz4,
            "zstd" => Compression::Zstd,
            _ => Compression::NoCompression,
        };
        let batch = records.iter().map(|record| rskafka::record::Record {
            key: record.key.clone(),
            value: record.value.clone(),
            headers: record
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone().unwrap_or_default()))
                .collect::<BTreeMap<_, _>>(),
            timestamp: Utc.timestamp_millis_opt(record.millis).unwrap(),
        });
        let partition = self.partition(topic, 0)?;
        let offsets = self
            .runtime
            .block_on(partition.produce(batch.collect(), compression))
            .map_err(problem)?;
        Ok(offsets.into_iter().map(|offset| (0, offset)).collect())
    }

    fn read(&self, topic: &str, partition: i32, from: i64, count: usize) -> Outcome<Vec<Record>> {
        let client = self.partition(topic, partition)?;
        let mut all = Vec::new();
        let mut next = from;
        for _ in 0..200 {
            if all.len() >= count {
                break;
            }
            let (records, _) = self
                .runtime
                .block_on(client.fetch_records(next, 1..10_000_000, 500))
                .map_err(problem)?;
            for found in records {
                next = found.offset + 1;
                all.push(Record {
                    partition: Some(partition),
                    offset: found.offset,
                    key: found.record.key,
                    value: found.record.value,
                    headers: found
                        .record
                        .headers
                        .into_iter()
                        .map(|(name, value)| (name, Some(value)))
                        .collect(),
                    millis: found.record.timestamp.timestamp_millis(),
                });
            }
        }
        matrix::equal(count, all.len(), "records read")?;
        Ok(all)
    }

    fn bounds(&self, topic: &str, partition: i32) -> Outcome<(i64, i64)> {
        let client = self.partition(topic, partition)?;
        let at = |place| self.runtime.block_on(client.get_offset(place)).map_err(problem);
        Ok((at(OffsetAt::Earliest)?, at(OffsetAt::Latest)?))
    }

    fn offset_for_time(&self, topic: &str, partition: i32, millis: i64) -> Outcome<Option<i64>> {
        let client = self.partition(topic, partition)?;
        let at = OffsetAt::Timestamp(Utc.timestamp_millis_opt(millis).unwrap());
        let found = self.runtime.block_on(client.get_offset(at)).map_err(problem)?;
        Ok((found >= 0).then_some(found))
    }

    fn delete_before(&self, topic: &str, partition: i32, offset: i64) -> Outcome<()> {
        let client = self.partition(topic, partition)?;
        self.runtime.block_on(client.delete_records(offset, 10_000)).map_err(problem)
    }

    fn topics(&self) -> Outcome<Vec<String>> {
        let found = self.runtime.block_on(self.client.list_topics()).map_err(problem)?;
        Ok(found.into_iter().map(|topic| topic.name).collect())
    }

    fn partitions(&self, topic: &str) -> Outcome<usize> {
        let found = self.runtime.block_on(self.client.list_topics()).map_err(problem)?;
        Ok(found
            .into_iter()
            .find(|one| one.name == topic)
            .map_or(0, |one| one.partitions.len()))
    }

    fn delete(&self, topic: &str) -> Outcome<()> {
        let controller = self.client.controller_client().map_err(problem)?;
        self.runtime.block_on(controller.delete_topic(topic, 10_000)).map_err(problem)
    }
}

fn main() {
    matrix::main(|bootstrap| {
        let runtime = Runtime::new().map_err(other)?;
        let building = ClientBuilder::new(vec![bootstrap.to_owned()]).build();
        let client = runtime.block_on(tokio_timeout(building))?.map_err(problem)?;
        Ok(Box::new(Rskafka { runtime, client }))
    });
}

async fn tokio_timeout<T>(step: impl Future<Output = T>) -> Outcome<T> {
    tokio::time::timeout(Duration::from_secs(30), step).await.map_err(other)
}
