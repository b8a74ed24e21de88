//! Producers that write at a rate, or as fast as they can, each record knowing when it should have been sent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;

use super::report::Meter;
use crate::args::{BenchProduce, Target};
use crate::driver;
use crate::exit::Failure;

/// How long a full queue is given to drain before the next try.
const FULL_QUEUE_PAUSE: Duration = Duration::from_micros(500);

/// A pause shorter than this is not worth a sleep.
const SLEEP_MIN: Duration = Duration::from_micros(200);

/// How long a batch waits for more records if the user does not say.
const LINGER_DEFAULT: Duration = Duration::from_millis(5);

/// Records of a run without a count and without a time.
const RECORDS_DEFAULT: u64 = 1_000_000;

/// The first bytes of a record: when it should have been sent, and of which run it is.
pub(super) const STAMP_BYTES: usize = 16;

/// Whether a delivery is the end of a record's way, or a reader will see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Measure {
    Delivery,
    Nothing,
}

#[derive(Debug)]
struct Outcome {
    meter: Arc<Meter>,
    measure: Measure,
    bytes: u64,
    failure: Arc<Mutex<Option<RDKafkaErrorCode>>>,
}

struct Context(Outcome);

impl ClientContext for Context {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, text: &str) {
        tracing::debug!(target: "librdkafka", facility, "{text}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "librdkafka", %error, "{reason}");
    }
}

impl ProducerContext for Context {
    /// When the record should have been sent, in nanoseconds since the start.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, since: usize) {
        match result {
            Ok(_) if self.0.measure == Measure::Delivery => self.0.meter.done(self.0.bytes, since as u64),
            Ok(_) => {}
            Err((error, _)) => {
                self.0.meter.fail();
                let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
                self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(code);
            }
        }
    }
}

/// Producers that are ready: they have their settings, and after [`Ready::warm_up`] their connections.
pub(super) struct Ready {
    producers: Vec<ThreadedProducer<Context>>,
    failure: Arc<Mutex<Option<RDKafkaErrorCode>>>,
}

/// Producers at work.
pub(super) struct Load {
    threads: Vec<std::thread::JoinHandle<Result<(), KafkaError>>>,
    stop: Arc<AtomicBool>,
    failure: Arc<Mutex<Option<RDKafkaErrorCode>>>,
}

/// What one producer does.
struct Share {
    topic: String,
    /// It sends record `first`, `first + step` and so on, below `end`.
    first: u64,
    step: u64,
    end: u64,
    /// Records a second of the whole load; 0 is as fast as possible.
    rate: u64,
    until: Option<Instant>,
    payload: Vec<u8>,
}

impl Ready {
    /// Makes the producers.
    pub(super) fn new(
        target: &Target,
        options: &BenchProduce,
        meter: &Arc<Meter>,
        measure: Measure,
    ) -> Result<Self, Failure> {
        let failure = Arc::new(Mutex::new(None));
        let config = config(target, options);
        let mut producers = Vec::new();
        for _ in 0..options.producers {
            let outcome = Outcome {
                meter: Arc::clone(meter),
                measure,
                bytes: options.size,
                failure: Arc::clone(&failure),
            };
            let producer: ThreadedProducer<Context> =
                config.create_with_context(Context(outcome)).map_err(|error| driver::setup(&error))?;
            producers.push(producer);
        }
        Ok(Self { producers, failure })
    }

    /// Has every producer write a record of the run `run` to each of the partitions, so that its connections stand.
    pub(super) fn warm_up(
        &self,
        target: &Target,
        topic: &str,
        partitions: &[i32],
        run: u64,
    ) -> Result<(), Failure> {
        let fail = |error: KafkaError| driver::failure(&error, target, Some(topic));
        let payload = payload(STAMP_BYTES as u64, run);
        for producer in &self.producers {
            for &partition in partitions {
                let record = BaseRecord::<(), [u8], usize>::with_opaque_to(topic, 0)
                    .partition(partition)
                    .payload(&payload);
                producer.send(record).map_err(|(error, _)| fail(error))?;
            }
        }
        for producer in &self.producers {
            producer.flush(target.timeout).map_err(fail)?;
        }
        match *self.failure.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(code) => Err(driver::of_code(code, target, Some(topic))),
            None => Ok(()),
        }
    }

    /// Sets the producers to work; the meter's time begins.
    pub(super) fn start(self, target: &Target, options: &BenchProduce, meter: &Arc<Meter>, run: u64) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        meter.begin();
        let threads = (0_u64..).zip(self.producers).map(|(number, producer)| {
            let share = Share {
                topic: options.topic.clone(),
                first: number,
                step: u64::from(options.producers),
                end: wanted(options).unwrap_or(u64::MAX),
                rate: options.rate,
                // With a rate the count says when it ends.
                until: options
                    .duration
                    .filter(|_| options.rate == 0)
                    .map(|duration| Instant::now() + duration),
                payload: payload(options.size, run),
            };
            let (meter, stop) = (Arc::clone(meter), Arc::clone(&stop));
            let timeout = target.timeout;
            std::thread::spawn(move || {
                let sent = share.send_all(&producer, &meter, &stop);
                producer.flush(timeout)?;
                sent
            })
        });
        Load { threads: threads.collect(), stop, failure: self.failure }
    }
}

impl Load {
    /// Asks the producers to end.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.threads.iter().all(std::thread::JoinHandle::is_finished)
    }

    /// Waits for the producers.
    pub(super) fn join(self, target: &Target, topic: &str) -> Result<(), Failure> {
        for thread in self.threads {
            match thread.join() {
                Ok(sent) => sent.map_err(|error| driver::failure(&error, target, Some(topic)))?,
                Err(_) => return Err(Failure::failed("a producer's thread ended early")),
            }
        }
        match *self.failure.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(code) => Err(driver::of_code(code, target, Some(topic))),
            None => Ok(()),
        }
    }
}

/// How many records there will be, if that is known.
pub(super) fn wanted(options: &BenchProduce) -> Option<u64> {
    let by_time = options.duration.filter(|_| options.rate > 0).map(|duration| {
        let records = u128::from(options.rate) * duration.as_millis() / 1000;
        u64::try_from(records).unwrap_or(u64::MAX)
    });
    match (options.records, by_time) {
        (None, None) if options.duration.is_none() => Some(RECORDS_DEFAULT),
        (records, by_time) => records.into_iter().chain(by_time).min(),
    }
}

fn config(target: &Target, options: &BenchProduce) -> ClientConfig {
    let queue = (options.buffer / 1024 / u64::from(options.producers)).max(1024);
    let settings = [
        ("acks", options.acks.name().to_owned()),
        ("compression.codec", options.compression.name().to_owned()),
        ("batch.size", options.batch_size.to_string()),
        ("linger.ms", options.linger.unwrap_or(LINGER_DEFAULT).as_millis().to_string()),
        ("queue.buffering.max.kbytes", queue.to_string()),
        ("queue.buffering.max.messages", "1000000".to_owned()),
        ("message.timeout.ms", target.timeout.as_millis().max(1).to_string()),
        ("message.max.bytes", options.size.saturating_add(1024).max(1_000_000).to_string()),
        // Spread single records too: the client would otherwise fill one partition for the length of the linger.
        ("sticky.partitioning.linger.ms", "0".to_owned()),
    ];
    driver::config(target, &settings)
}

/// Bytes that compress to about a half, as text does.
fn payload(size: u64, run: u64) -> Vec<u8> {
    let mut state = run | 1;
    let size = usize::try_from(size).unwrap_or(usize::MAX).min(driver::RECORD_BYTES_MAX);
    let mut payload: Vec<u8> = (0..size)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            b'a' + ((state >> 33) & 15).to_le_bytes()[0]
        })
        .collect();
    if let Some(place) = payload.get_mut(8..STAMP_BYTES) {
        place.copy_from_slice(&run.to_be_bytes());
    }
    payload
}

impl Share {
    fn send_all(
        mut self,
        producer: &ThreadedProducer<Context>,
        meter: &Meter,
        stop: &AtomicBool,
    ) -> Result<(), KafkaError> {
        let mut number = self.first;
        while number < self.end && !stop.load(Ordering::Relaxed) {
            if self.until.is_some_and(|until| Instant::now() >= until) {
                break;
            }
            let since = match self.rate {
                0 => meter.now(),
                rate => {
                    let due = due(number, rate);
                    if !wait_until(meter, due, stop) {
                        break;
                    }
                    due
                }
            };
            self.send(producer, meter, stop, since)?;
            number += self.step;
        }
        if self.rate > 0 && number >= self.end {
            // The last record has its time as the others have: a rate over less would be above the one that was kept.
            wait_until(meter, due(self.end, self.rate), stop);
            meter.mark();
        }
        Ok(())
    }

    fn send(
        &mut self,
        producer: &ThreadedProducer<Context>,
        meter: &Meter,
        stop: &AtomicBool,
        mut since: u64,
    ) -> Result<(), KafkaError> {
        loop {
            if let Some(place) = self.payload.get_mut(..8) {
                place.copy_from_slice(&since.to_be_bytes());
            }
            let opaque = usize::try_from(since).unwrap_or(usize::MAX);
            let record =
                BaseRecord::<(), [u8], usize>::with_opaque_to(&self.topic, opaque).payload(&self.payload);
            match producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    if stop.load(Ordering::Relaxed) {
                        return Ok(());
                    }
                    std::thread::sleep(FULL_QUEUE_PAUSE);
                    // Without a rate a record is due when there is room for it; with one, when its time came.
                    if self.rate == 0 {
                        since = meter.now();
                    }
                }
                Err((error, _)) => return Err(error),
            }
        }
    }
}

/// When a record should be sent, in nanoseconds since the start. Not a multiple of a rounded interval, which would drift.
fn due(number: u64, rate: u64) -> u64 {
    let nanos = u128::from(number) * 1_000_000_000 / u128::from(rate.max(1));
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

/// Waits for a time since the start; false if the run ends before.
fn wait_until(meter: &Meter, due: u64, stop: &AtomicBool) -> bool {
    loop {
        let left = Duration::from_nanos(due.saturating_sub(meter.now()));
        if left.is_zero() {
            return true;
        }
        if stop.load(Ordering::Relaxed) {
            return false;
        }
        if left > SLEEP_MIN {
            std::thread::sleep((left - SLEEP_MIN / 2).min(Duration::from_millis(50)));
        } else {
            std::thread::yield_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_due_at_the_rate() {
        assert_eq!(
            [due(0, 3), due(1, 3), due(3, 3), due(300_000, 300_000)],
            [0, 333_333_333, 1_000_000_000, 1_000_000_000]
        );
        assert_eq!(due(700_000_000, 700_000_000), 1_000_000_000);
    }

    #[test]
    fn payloads_carry_their_run() {
        let bytes = payload(100, 7);
        assert_eq!(bytes.len(), 100);
        assert_eq!(bytes.get(8..16), Some(&7_u64.to_be_bytes()[..]));
        assert_eq!(payload(3, 7).len(), 3);
    }
}
