//! `weir bench consume`: how fast a topic can be read from its oldest record.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::report::{Meter, Progress};
use crate::args::{BenchConsume, Target};
use crate::driver::{self, Quiet};
use crate::exit::Failure;
use crate::stop::Stop;

/// Runs the benchmark.
pub(super) fn run(target: &Target, options: &BenchConsume) -> Result<(), Failure> {
    let consumer = driver::consumer(&driver::config(target, &settings()))?;
    let fail = |error: KafkaError| driver::failure(&error, target, Some(&options.topic));
    let mut assignment = TopicPartitionList::new();
    let mut available = 0;
    for partition in driver::partitions(&consumer, target, &options.topic)? {
        let (low, high) =
            consumer.fetch_watermarks(&options.topic, partition, target.timeout).map_err(fail)?;
        if high > low {
            available += u64::try_from(high - low).unwrap_or_default();
            assignment.add_partition_offset(&options.topic, partition, Offset::Beginning).map_err(fail)?;
        }
    }
    if available == 0 {
        return Err(Failure::not_found(format!("topic '{}' holds no records", options.topic))
            .hint(format!("write some with: weir bench produce --topic {}", options.topic)));
    }
    let wanted = options.records.unwrap_or(available).min(available);
    let stop = Stop::watch()?;
    let meter = Meter::start();
    consumer.assign(&assignment).map_err(fail)?;
    let outcome = read(&consumer, &meter, wanted, assignment.count(), &stop);
    meter.report("consume").show(target.output)?;
    outcome.map_err(fail)
}

/// Settings of a reader that is after throughput.
pub(super) fn settings() -> Vec<(&'static str, String)> {
    vec![
        ("group.id", "weir-bench".to_owned()),
        ("enable.auto.commit", "false".to_owned()),
        ("enable.auto.offset.store", "false".to_owned()),
        ("enable.partition.eof", "true".to_owned()),
        ("auto.offset.reset", "earliest".to_owned()),
        ("fetch.min.bytes", "1".to_owned()),
        ("fetch.message.max.bytes", (4 * 1024 * 1024).to_string()),
        ("queued.min.messages", "1000000".to_owned()),
        ("queued.max.messages.kbytes", "65536".to_owned()),
        ("check.crcs", "false".to_owned()),
    ]
}

/// Reads until so many records came or every partition ended.
fn read(
    consumer: &BaseConsumer<Quiet>,
    meter: &Meter,
    wanted: u64,
    partitions: usize,
    stop: &Stop,
) -> Result<(), KafkaError> {
    let mut progress = Progress::new();
    let mut ended = BTreeSet::new();
    while meter.records() < wanted && ended.len() < partitions && !stop.is_wished() {
        progress.tick(meter, Some(wanted));
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => meter.count(message.payload_len() as u64 + message.key_len() as u64),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                ended.insert(partition);
            }
            Some(Err(error)) => {
                progress.clear();
                return Err(error);
            }
            None => {}
        }
    }
    progress.clear();
    Ok(())
}
