//! `weir bench end-to-end`: from when a record should have been sent to when a consumer has it.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

use super::consume::settings;
use super::load::{Load, Measure, Ready, STAMP_BYTES, wanted};
use super::report::{Meter, Progress};
use crate::args::{BenchProduce, Target};
use crate::driver::{self, Quiet};
use crate::exit::Failure;
use crate::stop::Stop;

/// Records a second if the user names no rate: as fast as possible would measure queues.
const RATE_DEFAULT: u64 = 1000;

/// How long the reader waits for the rest after the last record was written.
const REST: Duration = Duration::from_secs(10);

/// Runs the benchmark.
pub(super) fn run(target: &Target, options: &BenchProduce) -> Result<(), Failure> {
    let mut options = options.clone();
    options.size = options.size.max(STAMP_BYTES as u64);
    if options.rate == 0 {
        options.rate = RATE_DEFAULT;
    }
    if options.records.is_none() && options.duration.is_none() {
        options.duration = Some(Duration::from_secs(10));
    }
    // The linger of a throughput run would be most of the latency here.
    options.linger.get_or_insert(Duration::ZERO);
    let reader = Reader::new(target, &options)?;
    let stop = Stop::watch()?;
    let meter = Arc::new(Meter::start());
    let ready = Ready::new(target, &options, &meter, Measure::Nothing)?;
    // Connections and the first fetches are the clients' start and not the cluster's latency.
    ready.warm_up(target, &options.topic, &reader.partitions, reader.warm_up_run())?;
    reader.await_warm_up(target, &options, &stop)?;
    let load = ready.start(target, &options, &meter, reader.run);
    let outcome = reader.read(&meter, &load, wanted(&options), &stop);
    load.stop();
    let report = meter.report("end-to-end");
    let written = load.join(target, &options.topic);
    report.show(target.output)?;
    written?;
    outcome.map_err(|error| driver::failure(&error, target, Some(&options.topic)))
}

struct Reader {
    consumer: BaseConsumer<Quiet>,
    partitions: Vec<i32>,
    /// Tells this run's records from others in the topic.
    run: u64,
}

impl Reader {
    /// A reader that stands at the end of every partition, so that it misses nothing that is written from now on.
    fn new(target: &Target, options: &BenchProduce) -> Result<Self, Failure> {
        let mut settings = settings();
        settings.push(("fetch.wait.max.ms", "500".to_owned()));
        let consumer = driver::consumer(&driver::config(target, &settings))?;
        let fail = |error: KafkaError| driver::failure(&error, target, Some(&options.topic));
        let mut assignment = TopicPartitionList::new();
        let partitions = driver::partitions(&consumer, target, &options.topic)?;
        for &partition in &partitions {
            let (_, high) =
                consumer.fetch_watermarks(&options.topic, partition, target.timeout).map_err(fail)?;
            assignment.add_partition_offset(&options.topic, partition, Offset::Offset(high)).map_err(fail)?;
        }
        consumer.assign(&assignment).map_err(fail)?;
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let run =
            since_1970.as_secs() << 30 | u64::from(since_1970.subsec_nanos()) ^ u64::from(std::process::id());
        Ok(Self { consumer, partitions, run })
    }

    /// Tells the records of the warm-up from those that are measured.
    fn warm_up_run(&self) -> u64 {
        !self.run
    }

    /// Reads until every record of the warm-up is there: one of each producer in each partition.
    fn await_warm_up(&self, target: &Target, options: &BenchProduce, stop: &Stop) -> Result<(), Failure> {
        let deadline = Instant::now() + target.timeout;
        let mut missing = self.partitions.len() * usize::from(options.producers);
        while missing > 0 && !stop.is_wished() {
            match self.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    let stamp = stamp(message.payload().unwrap_or_default());
                    missing -= usize::from(stamp.is_some_and(|(_, run)| run == self.warm_up_run()));
                }
                Some(Err(KafkaError::PartitionEOF(_))) | None => {}
                Some(Err(error)) => {
                    return Err(driver::failure(&error, target, Some(&options.topic)));
                }
            }
            if missing > 0 && Instant::now() >= deadline {
                return Err(Failure::failed(format!(
                    "topic '{}': {missing} records of the warm-up did not arrive within {} ms",
                    options.topic,
                    target.timeout.as_millis()
                ))
                .hint("see its partitions with: weir topic describe; --timeout gives it more time"));
            }
        }
        Ok(())
    }

    fn read(&self, meter: &Meter, load: &Load, wanted: Option<u64>, stop: &Stop) -> Result<(), KafkaError> {
        let mut progress = Progress::new();
        let mut over_since: Option<Instant> = None;
        let mut outcome = Ok(());
        // The last record's time is a part of the run, as in a run of writing only.
        while (wanted.is_none_or(|wanted| meter.records() < wanted) || !load.is_over())
            && !stop.is_wished()
            && meter.failed() == 0
        {
            progress.tick(meter, wanted);
            match self.consumer.poll(Duration::from_millis(20)) {
                Some(Ok(message)) => self.arrived(meter, message.payload().unwrap_or_default()),
                Some(Err(KafkaError::PartitionEOF(_))) => {}
                Some(Err(error)) => {
                    outcome = Err(error);
                    break;
                }
                None if over_since.is_some_and(|over| wanted.is_none() || over.elapsed() > REST) => break,
                None => {}
            }
            if over_since.is_none() && load.is_over() {
                over_since = Some(Instant::now());
            }
        }
        progress.clear();
        outcome
    }

    fn arrived(&self, meter: &Meter, payload: &[u8]) {
        if let Some((since, run)) = stamp(payload)
            && run == self.run
        {
            meter.done(payload.len() as u64, since);
        }
    }
}

/// When a record should have been sent, and of which run it is.
fn stamp(payload: &[u8]) -> Option<(u64, u64)> {
    let (since, run) = payload.get(..STAMP_BYTES)?.split_at_checked(8)?;
    Some((u64::from_be_bytes(since.try_into().ok()?), u64::from_be_bytes(run.try_into().ok()?)))
}
