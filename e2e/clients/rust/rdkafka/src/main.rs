//! rust-rdkafka (librdkafka, built from source) in the matrix.

mod member;

use std::time::{Duration, Instant};

use futures::future::join_all;
use matrix::{Join, Library, Member, Outcome, Problem, Record, equal, other};
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, FutureProducer, FutureRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use tokio::runtime::Runtime;

const WAIT: Duration = Duration::from_secs(30);

struct Rdkafka {
    bootstrap: String,
    runtime: Runtime,
    admin: AdminClient<DefaultClientContext>,
}

fn settings(bootstrap: &str, pairs: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("broker.address.family", "v4");
    pairs.iter().for_each(|(name, value)| {
        config.set(*name, *value);
    });
    config
}

fn refused(code: RDKafkaErrorCode) -> Problem {
    Problem::Refused(code as i32 as i16, code.to_string())
}

fn problem(error: KafkaError) -> Problem {
    match error.rdkafka_error_code() {
        Some(code) => refused(code),
        None => other(error),
    }
}

/// The result of an admin call about one thing.
fn one<T>(results: Result<Vec<Result<T, (String, RDKafkaErrorCode)>>, KafkaError>) -> Outcome<T> {
    let first = results.map_err(problem)?.pop().ok_or_else(|| other("no result"))?;
    first.map_err(|(_, code)| refused(code))
}

impl Rdkafka {
    fn reader(&self) -> Outcome<BaseConsumer> {
        settings(&self.bootstrap, &[("group.id", "unused"), ("enable.auto.commit", "false")])
            .create()
            .map_err(problem)
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(WAIT)).operation_timeout(Some(WAIT))
}

impl Library for Rdkafka {
    fn create(&self, topic: &str, partitions: i32, replicas: i16, configs: &[(&str, &str)]) -> Outcome<()> {
        let mut wanted = NewTopic::new(topic, partitions, TopicReplication::Fixed(replicas.into()));
        for (name, value) in configs {
            wanted = wanted.set(name, value);
        }
        one(self.runtime.block_on(self.admin.create_topics([&wanted], &options()))).map(drop)
    }

    fn produce(&self, topic: &str, records: &[Record], codec: &str, idempotent: bool) -> Outcome<Vec<(i32, i64)>> {
        let mut config = settings(
            &self.bootstrap,
            &[
                ("compression.type", codec),
                ("linger.ms", "5"),
                ("message.max.bytes", "10000000"),
            ],
        );
        if idempotent {
            config.set("enable.idempotence", "true").set("batch.num.messages", "10");
        }
        let producer: FutureProducer = config.create().map_err(problem)?;
        let _inside = self.runtime.enter();
        let mut waiting = Vec::new();
        for record in records {
            let headers = record.headers.iter().fold(OwnedHeaders::new(), |all, (key, value)| {
                all.insert(Header {
                    key,
                    value: value.as_deref(),
                })
            });
            let mut sent = FutureRecord::<[u8], [u8]>::to(topic).headers(headers);
            sent.partition = record.partition;
            sent.key = record.key.as_deref();
            sent.payload = record.value.as_deref();
            sent.timestamp = (record.millis > 0).then_some(record.millis);
            waiting.push(producer.send_result(sent).map_err(|(error, _)| problem(error))?);
        }
        let done = self.runtime.block_on(join_all(waiting));
        let place = |result: Result<Result<_, (KafkaError, _)>, _>| match result.map_err(other)? {
            Ok(rdkafka::producer::future_producer::Delivery { partition, offset, .. }) => Ok((partition, offset)),
            Err((error, _)) => Err(problem(error)),
        };
        done.into_iter().map(place).collect()
    }

    fn read(&self, topic: &str, partition: i32, from: i64, count: usize) -> Outcome<Vec<Record>> {
        let consumer = self.reader()?;
        let mut places = TopicPartitionList::new();
        places
            .add_partition_offset(topic, partition, Offset::Offset(from))
            .map_err(problem)?;
        consumer.assign(&places).map_err(problem)?;
        let mut all = Vec::new();
        let start = Instant::now();
        while all.len() < count && start.elapsed() < WAIT {
            let Some(message) = consumer.poll(Duration::from_millis(100)) else {
                continue;
            };
            let message = message.map_err(problem)?;
            let header = |header: Header<'_, &[u8]>| (header.key.to_owned(), header.value.map(<[u8]>::to_vec));
            all.push(Record {
                partition: Some(partition),
                offset: message.offset(),
                key: message.key().map(<[u8]>::to_vec),
                value: message.payload().map(<[u8]>::to_vec),
                headers: message
                    .headers()
                    .map_or_else(Vec::new, |headers| headers.iter().map(header).collect()),
                millis: message.timestamp().to_millis().unwrap_or(-1),
            });
        }
        equal(count, all.len(), "records read")?;
        Ok(all)
    }

    fn bounds(&self, topic: &str, partition: i32) -> Outcome<(i64, i64)> {
        self.reader()?.fetch_watermarks(topic, partition, WAIT).map_err(problem)
    }

    fn offset_for_time(&self, topic: &str, partition: i32, millis: i64) -> Outcome<Option<i64>> {
        let mut asked = TopicPartitionList::new();
        asked
            .add_partition_offset(topic, partition, Offset::Offset(millis))
            .map_err(problem)?;
        let found = self.reader()?.offsets_for_times(asked, WAIT).map_err(problem)?;
        match found.elements().first().map(|place| place.offset()) {
            Some(Offset::Offset(offset)) => Ok(Some(offset)),
            _ => Ok(None),
        }
    }

    fn delete_before(&self, topic: &str, partition: i32, offset: i64) -> Outcome<()> {
        let mut places = TopicPartitionList::new();
        places
            .add_partition_offset(topic, partition, Offset::Offset(offset))
            .map_err(problem)?;
        let found = self
            .runtime
            .block_on(self.admin.delete_records(&places, &options()))
            .map_err(problem)?;
        let place = found.elements_for_topic(topic);
        let low = place.first().map(|place| place.offset());
        equal(Some(Offset::Offset(offset)), low, "low watermark")
    }

    fn join(&self, topic: &str, group: &str, join: Join) -> Outcome<Box<dyn Member>> {
        member::join(&self.bootstrap, topic, group, join)
    }

    fn topics(&self) -> Outcome<Vec<String>> {
        let found = self.admin.inner().fetch_metadata(None, WAIT).map_err(problem)?;
        Ok(found.topics().iter().map(|topic| topic.name().to_owned()).collect())
    }

    fn partitions(&self, topic: &str) -> Outcome<usize> {
        let found = self.admin.inner().fetch_metadata(Some(topic), WAIT).map_err(problem)?;
        Ok(found.topics()[0].partitions().len())
    }

    fn delete(&self, topic: &str) -> Outcome<()> {
        one(self.runtime.block_on(self.admin.delete_topics(&[topic], &options()))).map(drop)
    }

    fn grow(&self, topic: &str, partitions: usize) -> Outcome<()> {
        let wanted = NewPartitions::new(topic, partitions);
        one(self.runtime.block_on(self.admin.create_partitions([&wanted], &options()))).map(drop)
    }

    fn config(&self, topic: &str, name: &str) -> Outcome<Option<String>> {
        let asked = [ResourceSpecifier::Topic(topic)];
        let mut found = self
            .runtime
            .block_on(self.admin.describe_configs(&asked, &options()))
            .map_err(problem)?;
        let resource = found.pop().ok_or_else(|| other("no resource"))?.map_err(refused)?;
        Ok(resource.get(name).and_then(|entry| entry.value.clone()))
    }

    fn alter(&self, topic: &str, name: &str, value: &str) -> Outcome<()> {
        let change = AlterConfig::new(ResourceSpecifier::Topic(topic)).set(name, value);
        let mut done = self
            .runtime
            .block_on(self.admin.alter_configs([&change], &options()))
            .map_err(problem)?;
        done.pop()
            .ok_or_else(|| other("no result"))?
            .map(drop)
            .map_err(|(_, code)| refused(code))
    }

    fn groups(&self) -> Outcome<Vec<String>> {
        let found = self.reader()?.fetch_group_list(None, WAIT).map_err(problem)?;
        Ok(found.groups().iter().map(|group| group.name().to_owned()).collect())
    }

    fn group(&self, name: &str) -> Outcome<(String, usize)> {
        let found = self.reader()?.fetch_group_list(Some(name), WAIT).map_err(problem)?;
        let group = found.groups().first().ok_or_else(|| other("no such group"))?;
        Ok((group.state().to_owned(), group.members().len()))
    }

    fn committed(&self, group: &str, topic: &str, partition: i32) -> Outcome<i64> {
        let consumer: BaseConsumer = settings(&self.bootstrap, &[("group.id", group)]).create().map_err(problem)?;
        let mut asked = TopicPartitionList::new();
        asked.add_partition(topic, partition);
        let found = consumer.committed_offsets(asked, WAIT).map_err(problem)?;
        match found.elements()[0].offset() {
            Offset::Offset(offset) => Ok(offset),
            place => Err(other(format!("committed at {place:?}"))),
        }
    }

    fn delete_group(&self, name: &str) -> Outcome<()> {
        one(self.runtime.block_on(self.admin.delete_groups(&[name], &options()))).map(drop)
    }

    fn transactional(&self, id: &str) -> Outcome<String> {
        let producer: BaseProducer = settings(&self.bootstrap, &[("transactional.id", id)])
            .create()
            .map_err(problem)?;
        match producer.init_transactions(WAIT) {
            Ok(()) => Err(other("the transactional producer started")),
            Err(KafkaError::Transaction(error)) if error.is_fatal() && !error.is_retriable() => Ok(error.to_string()),
            Err(error) => Err(other(format!("not a fatal error: {error}"))),
        }
    }
}

fn main() {
    matrix::main(|bootstrap| {
        let admin = settings(bootstrap, &[]).create().map_err(problem)?;
        Ok(Box::new(Rdkafka {
            bootstrap: bootstrap.to_owned(),
            runtime: Runtime::new().map_err(other)?,
            admin,
        }))
    });
}
