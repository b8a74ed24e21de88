//! A member of a group that notes what it got and lost.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use matrix::{Join, Member, Outcome};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaResult;
use rdkafka::message::Message;
use rdkafka::{ClientContext, TopicPartitionList};

use crate::{problem, settings};

#[derive(Default)]
struct Seen {
    revoked: Mutex<Vec<i32>>,
    rebalances: AtomicUsize,
}

impl ClientContext for Seen {}

impl ConsumerContext for Seen {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(_) => {
                self.rebalances.fetch_add(1, Ordering::SeqCst);
            }
            Rebalance::Revoke(places) => self.revoked.lock().unwrap().extend(partitions(places)),
            Rebalance::Error(error) => eprintln!("rebalance: {error}"),
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            eprintln!("commit: {error}");
        }
    }
}

fn partitions(places: &TopicPartitionList) -> Vec<i32> {
    let mut all: Vec<i32> = places.elements().iter().map(|place| place.partition()).collect();
    all.sort_unstable();
    all
}

struct Polled {
    consumer: BaseConsumer<Seen>,
    values: Vec<String>,
    next: BTreeMap<i32, i64>,
}

/// Joins a group; the member leaves when it is dropped.
pub fn join(bootstrap: &str, topic: &str, group: &str, join: Join) -> Outcome<Box<dyn Member>> {
    let common = [
        ("group.id", group),
        ("enable.auto.commit", "false"),
        ("auto.offset.reset", "earliest"),
        ("topic.metadata.refresh.interval.ms", "1000"),
    ];
    let mut config = settings(bootstrap, &common);
    config.set_log_level(RDKafkaLogLevel::Info);
    if join.kip848 {
        config.set("group.protocol", "consumer");
    } else {
        config.set("heartbeat.interval.ms", "500").set("session.timeout.ms", "30000");
    }
    if let Some(instance) = join.instance {
        config.set("group.instance.id", instance);
    }
    if join.cooperative {
        config.set("partition.assignment.strategy", "cooperative-sticky");
    }
    let consumer: BaseConsumer<Seen> = config.create_with_context(Seen::default()).map_err(problem)?;
    consumer.subscribe(&[topic]).map_err(problem)?;
    Ok(Box::new(Polled {
        consumer,
        values: Vec::new(),
        next: BTreeMap::new(),
    }))
}

impl Member for Polled {
    fn poll(&mut self) -> Outcome<()> {
        let mut wait = Duration::from_millis(50);
        while let Some(message) = self.consumer.poll(wait) {
            wait = Duration::ZERO;
            match message {
                Ok(message) => {
                    self.values
                        .push(String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned());
                    self.next.insert(message.partition(), message.offset() + 1);
                }
                // The topic is made after the first member joins: that is reported, and then healed.
                Err(error) => eprintln!("poll: {error}"),
            }
        }
        Ok(())
    }

    fn values(&self) -> &[String] {
        &self.values
    }

    fn assigned(&self) -> Vec<i32> {
        self.consumer
            .assignment()
            .map_or_else(|_| Vec::new(), |places| partitions(&places))
    }

    fn revoked(&self) -> Vec<i32> {
        let mut all = self.consumer.context().revoked.lock().unwrap().clone();
        all.sort_unstable();
        all
    }

    fn rebalances(&self) -> usize {
        self.consumer.context().rebalances.load(Ordering::SeqCst)
    }

    fn commit(&mut self) -> Outcome<BTreeMap<i32, i64>> {
        self.consumer.commit_consumer_state(CommitMode::Sync).map_err(problem)?;
        Ok(self.next.clone())
    }
}
