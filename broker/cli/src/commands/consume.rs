//! `weir consume`: records become lines.

mod format;
mod progress;
mod trouble;

use std::collections::BTreeSet;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use crate::args::{ConsumeOptions, Target};
use crate::client::Cluster;
use crate::driver::{self, Quiet, RECORD_BYTES_MAX};
use crate::exit::Failure;
use crate::output;
use crate::parse::Position;
use crate::stop::Stop;
use format::Template;
use progress::Unstored;

/// How long one wait for records takes; Ctrl-C is seen that soon.
const POLL: Duration = Duration::from_millis(100);

/// How long a record may wait in the buffer while more of them come.
const FLUSH_EVERY: Duration = Duration::from_millis(250);

/// How often a reader without a group looks for partitions that were added. A group's coordinator tells its members.
const LOOK_EVERY: Duration = Duration::from_secs(2);

struct Reader<'a> {
    target: &'a Target,
    options: &'a ConsumeOptions,
    consumer: BaseConsumer<Quiet>,
    template: Template,
    out: BufWriter<StdoutLock<'static>>,
    /// The partitions that are read without a group.
    assigned: BTreeSet<(String, i32)>,
    looked: Instant,
    /// The partitions of the topic in turn whose end was seen.
    ends: BTreeSet<i32>,
    /// When the last record or end came.
    heard: Instant,
    /// Whether the user knows that a partition whose end is wanted has no leader.
    is_leaderless_told: bool,
    /// Since when a group has not given this member its first share.
    joining_since: Option<Instant>,
    unstored: Unstored,
    flushed: Instant,
    count: u64,
}

/// Runs the command.
pub(crate) fn run(target: &Target, options: &ConsumeOptions) -> Result<(), Failure> {
    let template = Template::choose(options.format.as_deref(), target.output)?;
    let mut cluster = Cluster::connect(target)?;
    if let Some(group) = &options.group {
        // The client library would wait for a coordinator without end and without a word.
        cluster.await_coordinator(group)?;
    }
    drop(cluster);
    let mut reader = Reader {
        target,
        options,
        consumer: driver::consumer(&driver::config(target, &settings(options)))?,
        template,
        out: BufWriter::with_capacity(64 * 1024, io::stdout().lock()),
        assigned: BTreeSet::new(),
        looked: Instant::now(),
        ends: BTreeSet::new(),
        heard: Instant::now(),
        is_leaderless_told: false,
        joining_since: None,
        unstored: Unstored::default(),
        flushed: Instant::now(),
        count: 0,
    };
    let stop = Stop::watch()?;
    let outcome = reader.read_all(&stop);
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
        // A full queue is asked again soon: the default second would be most of the time of a long read.
        ("fetch.queue.backoff.ms", "10".to_owned()),
        ("message.max.bytes", RECORD_BYTES_MAX.to_string()),
        ("receive.message.max.bytes", (2 * RECORD_BYTES_MAX).to_string()),
        ("allow.auto.create.topics", "false".to_owned()),
    ]
}

impl Reader<'_> {
    /// Reads all topics at once or, where reading ends, one after another: an end does not say of which topic it is.
    fn read_all(&mut self, stop: &Stop) -> Result<(), Failure> {
        if !self.options.exit {
            self.start(&self.options.topics)?;
            return self.read(stop);
        }
        for topic in self.options.topics.chunks(1) {
            self.start(topic)?;
            self.read(stop)?;
        }
        Ok(())
    }

    fn start(&mut self, topics: &[String]) -> Result<(), Failure> {
        let mut assignment = TopicPartitionList::new();
        self.ends.clear();
        self.heard = Instant::now();
        self.is_leaderless_told = false;
        self.joining_since = self.options.group.is_some().then(Instant::now);
        self.consumer.context().forget_share();
        for topic in topics {
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
                self.assigned.insert((topic.clone(), *partition));
            }
        }
        if self.options.group.is_some() {
            let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
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

    /// Takes partitions that were added since the start, from their first record.
    fn look_for_partitions(&mut self) -> Result<(), Failure> {
        let follows =
            self.options.group.is_none() && self.options.partitions.is_empty() && !self.options.exit;
        if !follows || self.looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        self.looked = Instant::now();
        let mut added = TopicPartitionList::new();
        for topic in &self.options.topics {
            match driver::partitions(&self.consumer, self.target, topic) {
                Ok(there) => {
                    for partition in there {
                        if self.assigned.insert((topic.clone(), partition)) {
                            added
                                .add_partition_offset(topic, partition, Offset::Beginning)
                                .map_err(|error| self.failure(&error))?;
                        }
                    }
                }
                // What is wrong with the cluster or the topic shows where records are read.
                Err(failure) => tracing::debug!(%failure, topic, "no look at the partitions"),
            }
        }
        match added.count() {
            0 => Ok(()),
            _ => self.consumer.incremental_assign(&added).map_err(|error| self.failure(&error)),
        }
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
                    self.flush()?;
                    self.look_for_partitions()?;
                    self.look_for_share()?;
                    if self.options.exit && self.look_for_end()? {
                        break;
                    }
                    self.consumer.poll(POLL)
                }
            };
            match polled {
                None => {}
                Some(Ok(message)) => {
                    self.heard = Instant::now();
                    show(&mut self.out, &self.template, &message)?;
                    self.count += 1;
                    if self.options.group.is_some() {
                        self.unstored.add(&message);
                    }
                    if self.flushed.elapsed() > FLUSH_EVERY {
                        self.flush()?;
                    }
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.heard = Instant::now();
                    self.ends.insert(partition);
                    if self.unfinished()?.is_empty() {
                        break;
                    }
                }
                Some(Err(error)) if is_passing(&error) => tracing::debug!(%error, "passing error"),
                Some(Err(error)) => return Err(self.trouble(&error)),
            }
        }
        self.flush()
    }

    /// Writes what is buffered; only then do the records count as read by the group.
    fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush()?;
        self.flushed = Instant::now();
        if let Some(offsets) = self.unstored.take()
            && let Err(error) = self.consumer.store_offsets(&offsets)
        {
            // The partition went to another member meanwhile, which reads these records again.
            tracing::debug!(%error, "offsets are not stored");
        }
        Ok(())
    }

    /// The assigned partitions of the topic in turn that were not yet read to their end.
    fn unfinished(&self) -> Result<Vec<(String, i32)>, Failure> {
        let assigned = self.consumer.assignment().map_err(|error| self.failure(&error))?;
        let partitions = assigned.elements().into_iter().map(|it| (it.topic().to_owned(), it.partition()));
        Ok(partitions.filter(|(_, partition)| !self.ends.contains(partition)).collect())
    }

    /// While nothing comes: whether there is nothing left to read. A group may give all partitions to others, and a
    /// partition without a leader has no end that could be reached.
    fn look_for_end(&mut self) -> Result<bool, Failure> {
        let is_settled = self.options.group.is_none() || self.consumer.context().has_share();
        let unfinished = self.unfinished()?;
        if unfinished.is_empty() {
            if is_settled && self.ends.is_empty() {
                output::note("weir: other members of the group hold all partitions");
            }
            return Ok(is_settled);
        }
        // Often enough that a short timeout is kept.
        if self.looked.elapsed() < LOOK_EVERY.min(self.target.timeout / 4) {
            return Ok(false);
        }
        self.looked = Instant::now();
        let mut leaderless = None;
        for (topic, partition) in unfinished {
            if driver::leaderless(&self.consumer, self.target, &topic)?.contains(&partition) {
                leaderless = Some((topic, partition));
                break;
            }
        }
        let Some((topic, partition)) = leaderless else { return Ok(false) };
        if self.heard.elapsed() < self.target.timeout {
            if !self.is_leaderless_told {
                self.is_leaderless_told = true;
                output::note(&format!(
                    "weir: topic '{topic}': partition {partition} has no leader; waiting {} s for one (--timeout)",
                    self.target.timeout.as_secs_f32()
                ));
            }
            return Ok(false);
        }
        Err(Failure::failed(format!(
            "topic '{topic}': partition {partition} has no leader, so its end is out of reach"
        ))
        .hint(format!("see the broker's log and: weir topic describe {topic}; -p reads other partitions")))
    }

    /// While a group has given this member no share yet: whether one can be expected.
    fn look_for_share(&mut self) -> Result<(), Failure> {
        let (Some(since), Some(group)) = (self.joining_since, &self.options.group) else { return Ok(()) };
        if self.consumer.context().has_share() {
            self.joining_since = None;
        } else if since.elapsed() >= self.target.timeout {
            Cluster::connect(&driver::brief(self.target))?.await_coordinator(group)?;
            self.joining_since = None;
            output::note(&format!(
                "weir: the group '{group}' has not let this member in yet, its other members may be slow to answer; \
                 see them with: weir group describe {group}"
            ));
        }
        Ok(())
    }

    fn finish(mut self, outcome: Result<(), Failure>) -> Result<(), Failure> {
        let flushed = self.flush();
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
        flushed
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
