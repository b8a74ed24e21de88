//! `weir consume`: records become lines.

mod format;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use crate::args::{ConsumeOptions, Target};
use crate::driver::{self, Quiet, RECORD_BYTES_MAX};
use crate::exit::Failure;
use crate::output::{self, Format};
use crate::parse::Position;
use crate::stop::Stop;
use format::Template;

/// How long one wait for records takes; Ctrl-C is seen that soon.
const POLL: Duration = Duration::from_millis(100);

struct Reader<'a> {
    target: &'a Target,
    options: &'a ConsumeOptions,
    consumer: BaseConsumer<Quiet>,
    template: Template,
    out: BufWriter<StdoutLock<'static>>,
    /// How often the end of a partition number was seen, over all topics.
    ends: BTreeMap<i32, usize>,
    count: u64,
}

/// Runs the command.
pub(crate) fn run(target: &Target, options: &ConsumeOptions) -> Result<(), Failure> {
    crate::client::reach(target)?;
    let template = Template::choose(options.format.as_deref(), target.output == Format::Json)?;
    if target.output == Format::Yaml {
        return Err(Failure::usage("records are written as text or with -o json, not as YAML"));
    }
    let mut reader = Reader {
        target,
        options,
        consumer: driver::consumer(&driver::config(target, &settings(options)))?,
        template,
        out: BufWriter::with_capacity(64 * 1024, io::stdout().lock()),
        ends: BTreeMap::new(),
        count: 0,
    };
    let stop = Stop::watch()?;
    reader.start()?;
    let outcome = reader.read(&stop);
    reader.finish(outcome)
}

fn settings(options: &ConsumeOptions) -> Vec<(&'static str, String)> {
    // A group starts at its committed offsets; only where there are none does the reset policy decide. Without a group
    // an offset that is out of range is an error, unless the oldest record is wanted anyway.
    let reset = match (&options.group, options.from_beginning) {
        (_, true) => "earliest",
        (Some(_), false) => "latest",
        (None, false) => "error",
    };
    vec![
        ("group.id", options.group.clone().unwrap_or_else(|| "weir-consume".to_owned())),
        ("enable.auto.commit", options.group.is_some().to_string()),
        ("auto.commit.interval.ms", "1000".to_owned()),
        ("enable.auto.offset.store", "false".to_owned()),
        ("auto.offset.reset", reset.to_owned()),
        ("enable.partition.eof", options.exit.to_string()),
        ("fetch.wait.max.ms", "200".to_owned()),
        ("fetch.error.backoff.ms", "50".to_owned()),
        ("message.max.bytes", RECORD_BYTES_MAX.to_string()),
        ("receive.message.max.bytes", (2 * RECORD_BYTES_MAX).to_string()),
        ("allow.auto.create.topics", "false".to_owned()),
    ]
}

impl Reader<'_> {
    fn start(&self) -> Result<(), Failure> {
        let mut assignment = TopicPartitionList::new();
        for topic in &self.options.topics {
            let there = driver::partitions(&self.consumer, self.target, topic)?;
            let wanted = if self.options.partitions.is_empty() { &there } else { &self.options.partitions };
            for partition in wanted {
                if !there.contains(partition) {
                    return Err(Failure::not_found(format!("topic '{topic}' has no partition {partition}"))
                        .hint(format!("it has the partitions 0 to {}", there.len() - 1)));
                }
                let offset = self.first_offset(topic, *partition)?;
                assignment
                    .add_partition_offset(topic, *partition, offset)
                    .map_err(|error| self.failure(&error))?;
            }
        }
        if self.options.group.is_some() {
            let topics: Vec<&str> = self.options.topics.iter().map(String::as_str).collect();
            return self.consumer.subscribe(&topics).map_err(|error| self.failure(&error));
        }
        self.consumer.assign(&assignment).map_err(|error| self.failure(&error))
    }

    fn first_offset(&self, topic: &str, partition: i32) -> Result<Offset, Failure> {
        let position = match self.options.offset {
            Some(position) => position,
            None if self.options.from_beginning => Position::Earliest,
            None => Position::Latest,
        };
        Ok(match position {
            Position::Earliest => Offset::Beginning,
            Position::Latest => Offset::End,
            Position::Offset(offset) => Offset::Offset(offset),
            Position::BeforeEnd(count) => Offset::OffsetTail(count),
            Position::Time(time) => {
                let mut wanted = TopicPartitionList::new();
                wanted
                    .add_partition_offset(topic, partition, Offset::Offset(time))
                    .and_then(|()| self.consumer.offsets_for_times(wanted, self.target.timeout))
                    .map_err(|error| self.failure(&error))?
                    .elements()
                    .first()
                    .map_or(Offset::End, rdkafka::topic_partition_list::TopicPartitionListElem::offset)
            }
        })
    }

    fn failure(&self, error: &KafkaError) -> Failure {
        let topic = self.options.topics.first().map(String::as_str);
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                Failure::not_found("the offset is outside what the partition holds")
                    .hint("see the offsets with: weir topic describe TOPIC; --from-beginning starts at the oldest record")
            }
            _ => driver::failure(error, self.target, topic),
        }
    }

    fn read(&mut self, stop: &Stop) -> Result<(), Failure> {
        let wanted = self.options.count.unwrap_or(u64::MAX);
        while self.count < wanted && !stop.is_wished() {
            // What is written is shown before the reader waits for more.
            let polled = match self.consumer.poll(Duration::ZERO) {
                Some(polled) => Some(polled),
                None => {
                    self.out.flush()?;
                    self.consumer.poll(POLL)
                }
            };
            match polled {
                None => {}
                Some(Ok(message)) => {
                    show(&mut self.out, &self.template, &message)?;
                    self.count += 1;
                    if self.options.group.is_some() {
                        self.consumer
                            .store_offset_from_message(&message)
                            .map_err(|error| driver::failure(&error, self.target, None))?;
                    }
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    *self.ends.entry(partition).or_default() += 1;
                    if self.is_at_end()? {
                        break;
                    }
                }
                Some(Err(error)) if is_passing(&error) => tracing::debug!(%error, "passing error"),
                Some(Err(error)) => return Err(self.failure(&error)),
            }
        }
        Ok(())
    }

    /// Whether every assigned partition was read to its end once.
    fn is_at_end(&self) -> Result<bool, Failure> {
        let assigned = self.consumer.assignment().map_err(|error| self.failure(&error))?;
        let mut wanted: BTreeMap<i32, usize> = BTreeMap::new();
        for element in assigned.elements() {
            *wanted.entry(element.partition()).or_default() += 1;
        }
        Ok(wanted.iter().all(|(partition, count)| self.ends.get(partition).is_some_and(|seen| seen >= count)))
    }

    fn finish(mut self, outcome: Result<(), Failure>) -> Result<(), Failure> {
        let flushed = self.out.flush();
        if self.options.group.is_some() {
            match self.consumer.commit_consumer_state(CommitMode::Sync) {
                Ok(()) | Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => {}
                Err(error) => outcome.as_ref().map_or((), |()| {
                    output::note(&format!("weir: the last offsets could not be committed: {error}"));
                }),
            }
        }
        if output::is_watched() && outcome.is_ok() && flushed.is_ok() {
            let what = if self.count == 1 { "record" } else { "records" };
            output::note(&format!("{} {what} read", self.count));
        }
        outcome?;
        Ok(flushed?)
    }
}

fn show(out: &mut impl Write, template: &Template, message: &BorrowedMessage<'_>) -> Result<(), Failure> {
    Ok(template.write(out, message)?)
}

/// Errors after which librdkafka goes on by itself.
fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::LeaderNotAvailable
                | Code::NotLeaderForPartition
                | Code::CoordinatorNotAvailable
                | Code::CoordinatorLoadInProgress
                | Code::NotCoordinator
                | Code::Resolve
        )
    )
}
