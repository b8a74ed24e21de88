//! `weir produce`: lines or files become records.

mod records;

use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;
use serde::Serialize;

use crate::args::{ProduceOptions, Target};
use crate::client::Cluster;
use crate::driver::{self, RECORD_BYTES_MAX};
use crate::exit::Failure;
use crate::input::{self, Stoppable};
use crate::output::{self, Format};
use crate::stop::Stop;
use records::{Record, Records};

/// How long a full queue is given to drain before the next try.
const FULL_QUEUE_PAUSE: Duration = Duration::from_millis(20);

/// Counts deliveries and keeps the first failure.
#[derive(Default, Debug)]
struct Deliveries {
    delivered: AtomicU64,
    failure: Mutex<Option<RDKafkaErrorCode>>,
}

impl Deliveries {
    fn first_failure(&self) -> Option<RDKafkaErrorCode> {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Default)]
struct Context(Arc<Deliveries>);

impl ClientContext for Context {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, text: &str) {
        tracing::debug!(target: "librdkafka", facility, "{text}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "librdkafka", %error, "{reason}");
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => {
                self.0.delivered.fetch_add(1, Ordering::Relaxed);
            }
            Err((error, _)) => {
                let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
                self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(code);
            }
        }
    }
}

/// What a script is told at the end.
#[derive(Serialize)]
struct Written<'a> {
    topic: &'a str,
    records: u64,
}

/// Sends records of one topic.
struct Sender<'a> {
    target: &'a Target,
    options: &'a ProduceOptions,
    producer: ThreadedProducer<Context>,
    deliveries: Arc<Deliveries>,
    headers: Option<OwnedHeaders>,
    stop: Stop,
}

/// Runs the command.
pub(crate) fn run(target: &Target, options: &ProduceOptions) -> Result<(), Failure> {
    Cluster::connect(target)?.await_topic(&options.topic)?;
    let mut sender = Sender::new(target, options)?;
    let sent = sender.input();
    sender.finish(sent)
}

/// Opens a file. A directory opens too and only fails when it is read, without its name.
fn open(file: &Path) -> io::Result<File> {
    let opened = File::open(file)?;
    match opened.metadata()?.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => Ok(opened),
    }
}

fn unreadable(file: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("can't read {}: {error}", file.display()))
}

impl<'a> Sender<'a> {
    fn new(target: &'a Target, options: &'a ProduceOptions) -> Result<Self, Failure> {
        let settings = [
            ("compression.codec", options.compression.name().to_owned()),
            ("acks", options.acks.name().to_owned()),
            ("enable.idempotence", options.idempotent.to_string()),
            ("message.timeout.ms", target.timeout.as_millis().max(1).to_string()),
            ("message.max.bytes", RECORD_BYTES_MAX.to_string()),
            ("linger.ms", "5".to_owned()),
        ];
        let context = Context::default();
        let deliveries = Arc::clone(&context.0);
        let producer = driver::config(target, &settings)
            .create_with_context(context)
            .map_err(|error| driver::setup(&error))?;
        let headers = (!options.headers.is_empty()).then(|| {
            options.headers.iter().fold(OwnedHeaders::new(), |headers, header| {
                headers.insert(Header { key: &header.name, value: Some(&header.value) })
            })
        });
        Ok(Self { target, options, producer, deliveries, headers, stop: Stop::watch()? })
    }

    /// Sends what the command line names.
    fn input(&mut self) -> Result<(), Failure> {
        let options = self.options;
        if options.whole_files {
            return options.files.iter().try_for_each(|file| self.whole_file(file));
        }
        for file in &options.files {
            self.lines(open(file).map_err(|error| unreadable(file, &error))?)?;
        }
        if options.files.is_empty() {
            if io::stdin().is_terminal() {
                output::note("Each line is a record; Ctrl-D ends.");
            }
            self.lines(io::stdin())?;
        }
        Ok(())
    }

    /// Sends what stands in a stream, until its end, Ctrl-C or a record that failed.
    fn lines(&mut self, input: impl Read + Send + 'static) -> Result<(), Failure> {
        let (stop, deliveries) = (self.stop.clone(), Arc::clone(&self.deliveries));
        let ends = move || stop.is_wished() || deliveries.first_failure().is_some();
        let mut records = Records::new(
            BufReader::with_capacity(256 * 1024, Stoppable::new(input, ends)),
            self.options.delimiter.as_bytes(),
            self.options.key_separator.as_deref().map(str::as_bytes),
            self.options.null_value.as_deref().map(str::as_bytes),
        );
        while !self.stop.is_wished() {
            match records.next() {
                Ok(Some(record)) => self.send(&record)?,
                Ok(None) => break,
                // The stream was cut: by the user, who gets what was read, or by a failure, which is told at the end.
                Err(_) if self.stop.is_wished() || self.deliveries.first_failure().is_some() => break,
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    fn whole_file(&mut self, file: &Path) -> Result<(), Failure> {
        let value = input::whole(file, RECORD_BYTES_MAX as u64).map_err(|error| unreadable(file, &error))?;
        let name = file.file_name().unwrap_or(file.as_os_str());
        self.send(&Record { key: Some(name.as_encoded_bytes()), value: Some(&value) })
    }

    fn send(&mut self, record: &Record<'_>) -> Result<(), Failure> {
        self.check()?;
        let key = self.options.key.as_deref().map(str::as_bytes).or(record.key);
        let mut message = BaseRecord::<[u8], [u8]>::to(&self.options.topic);
        message.key = key;
        message.payload = record.value;
        message.partition = self.options.partition;
        message.headers.clone_from(&self.headers);
        loop {
            match self.producer.send(message) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), unsent)) => {
                    self.check()?;
                    message = unsent;
                    std::thread::sleep(FULL_QUEUE_PAUSE);
                }
                Err((error, _)) => {
                    return Err(driver::failure(&error, self.target, Some(&self.options.topic)));
                }
            }
        }
    }

    /// Fails once a record failed: what comes after it would only fail too, or leave a gap.
    fn check(&self) -> Result<(), Failure> {
        match self.deliveries.first_failure() {
            Some(code) => Err(self.explain(code)),
            None => Ok(()),
        }
    }

    fn explain(&self, code: RDKafkaErrorCode) -> Failure {
        use RDKafkaErrorCode as Code;
        let topic = &self.options.topic;
        match (code, self.options.partition) {
            (Code::UnknownPartition | Code::UnknownTopicOrPartition, Some(partition)) => {
                Failure::not_found(format!("topic '{topic}' has no partition {partition}"))
                    .hint(format!("see its partitions with: weir topic describe {topic}"))
            }
            (code, _) => driver::of_code(code, self.target, Some(topic)),
        }
    }

    /// Waits for what is under way, and says how much was written, above all where that is not all.
    fn finish(self, sent: Result<(), Failure>) -> Result<(), Failure> {
        let flushed = match self.check() {
            // The rest would only fail too.
            Err(_) => Ok(()),
            Ok(()) => self.producer.flush(self.target.timeout + Duration::from_secs(1)),
        };
        let flushed =
            flushed.map_err(|error| driver::failure(&error, self.target, Some(&self.options.topic)));
        let outcome = self.check().and(sent).and(flushed);
        let (topic, records) = (&self.options.topic, self.deliveries.delivered.load(Ordering::Relaxed));
        if output::is_watched() || (outcome.is_err() && records > 0) {
            let what = if records == 1 { "record" } else { "records" };
            output::note(&format!("{records} {what} written to {topic}"));
        }
        outcome?;
        match self.target.output {
            Format::Table => Ok(()),
            format => output::show(format, &Written { topic, records }, |_| String::new()),
        }
    }
}
