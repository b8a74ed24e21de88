//! `weir bench`: throughput and latency of any Kafka cluster, seen from a librdkafka client.
//!
//! Latencies count from when a record *should* have been sent, so that a stall of the cluster shows in every record that
//! it held up and not only in the one that was under way (coordinated omission). Without a rate a record should be sent
//! as soon as the client's queue has room.

mod consume;
mod end_to_end;
mod load;
mod produce;
mod report;

use crate::args::{BenchCommand, BenchProduce, Target};
use crate::client::Cluster;
use crate::client::topics::NewTopic;
use crate::exit::Failure;
use crate::output;

/// Runs the command.
pub(crate) fn run(target: &Target, command: &BenchCommand) -> Result<(), Failure> {
    match command {
        BenchCommand::Produce(options) => {
            ensure_topic(target, options)?;
            produce::run(target, options)
        }
        BenchCommand::Consume(options) => {
            crate::client::reach(target)?;
            consume::run(target, options)
        }
        BenchCommand::EndToEnd(options) => {
            ensure_topic(target, options)?;
            end_to_end::run(target, options)
        }
    }
}

/// Makes the topic if it is not there.
fn ensure_topic(target: &Target, options: &BenchProduce) -> Result<(), Failure> {
    let mut cluster = Cluster::connect(target)?;
    let metadata = cluster.metadata(None)?;
    if metadata.topics.iter().any(|topic| topic.name.as_deref() == Some(&options.topic)) {
        return Ok(());
    }
    cluster.create_topic(&NewTopic {
        name: &options.topic,
        partitions: Some(options.partitions),
        replication_factor: options.replication_factor,
        config: Vec::new(),
        dry_run: false,
    })?;
    output::note(&format!("topic '{}' created with {} partitions", options.topic, options.partitions));
    Ok(())
}
