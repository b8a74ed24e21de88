//! A load without a client library: frames made beforehand over many connections, so that what is measured is the broker
//! and not the client.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use weir_model::{Offset, TimestampMs};
use weir_records::{BatchBuilder, Compression};
use weir_wire::messages::{ProduceRequest, produce_request};
use weir_wire::{ApiKey, Message, Records, RequestHeader, WireStr, Writer};

/// A version whose answer has its error code at a fixed place.
const PRODUCE_VERSION: i16 = 8;
const READ_BUFFER_BYTES: usize = 64 * 1024;

/// Connections are opened and files grow out of nothing before what is measured begins.
const WARM_UP: Duration = Duration::from_secs(2);

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) topic: String,
    pub(crate) partitions: u32,
    pub(crate) connections: u32,
    /// Requests of one connection that wait for their answer.
    pub(crate) in_flight: usize,
    pub(crate) records_per_batch: usize,
    pub(crate) record_bytes: usize,
    /// Batches a second over all connections; `None` sends as soon as an answer makes room.
    pub(crate) rate: Option<f64>,
    pub(crate) duration: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) batches: u64,
    pub(crate) seconds: f64,
    /// From when a batch should have been sent to its answer, sorted.
    pub(crate) latencies: Vec<Duration>,
}

impl Outcome {
    pub(crate) fn batches_per_second(&self) -> f64 {
        self.batches as f64 / self.seconds
    }

    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.latencies.get(self.latencies.len() * percent / 100).copied().unwrap_or_default()
    }
}

/// Batches of one connection that are on their way.
struct Flight {
    room: Semaphore,
    due: RefCell<VecDeque<Instant>>,
    latencies: RefCell<Vec<Duration>>,
    measured_from: Instant,
}

impl Load {
    /// Sends with `acks=all` on one thread.
    pub(crate) fn run(&self) -> Result<Outcome> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let started = Instant::now();
        let latencies = tokio::task::LocalSet::new().block_on(&runtime, async {
            let mut connections = Vec::new();
            let mut senders = Vec::new();
            for number in 0..self.connections {
                let (sender, ticks) = unbounded_channel();
                senders.push(sender);
                connections.push(tokio::task::spawn_local(self.clone().connection(number, started, ticks)));
            }
            if let Some(rate) = self.rate {
                let end = started + WARM_UP + self.duration;
                std::thread::spawn(move || pace(rate, started, end, &senders));
            }
            let mut latencies = Vec::new();
            for connection in connections {
                latencies.append(&mut connection.await??);
            }
            anyhow::Ok(latencies)
        })?;
        let seconds = started.elapsed().saturating_sub(WARM_UP).as_secs_f64();
        let mut outcome = Outcome { batches: latencies.len() as u64, seconds, latencies };
        outcome.latencies.sort_unstable();
        Ok(outcome)
    }

    async fn connection(self, number: u32, started: Instant, ticks: Ticks) -> Result<Vec<Duration>> {
        let stream = TcpStream::connect(self.address).await.context("connecting")?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let flight = Flight {
            room: Semaphore::new(self.in_flight),
            due: RefCell::default(),
            latencies: RefCell::default(),
            measured_from: started + WARM_UP,
        };
        // Correlation id, one topic with its name, one partition with its index.
        let error_code_at = 4 + 4 + 2 + self.topic.len() + 4 + 4;
        tokio::select! {
            sent = self.send(number, started, writer, &flight, ticks) => sent?,
            failed = flight.read_answers(reader, error_code_at) => failed?,
        }
        Ok(flight.latencies.into_inner())
    }

    async fn send(
        &self,
        number: u32,
        started: Instant,
        mut writer: OwnedWriteHalf,
        flight: &Flight,
        mut ticks: Ticks,
    ) -> Result<()> {
        let frames: Vec<Bytes> =
            (0..self.partitions).map(|partition| self.frame(partition)).collect::<Result<_>>()?;
        let mut turn = number as usize;
        let mut buffer = Vec::new();
        let mut due = VecDeque::new();
        loop {
            if self.rate.is_none() {
                if started.elapsed() >= WARM_UP + self.duration {
                    break;
                }
                flight.room.acquire().await?.forget();
                due.push_back(Instant::now());
                while let Ok(permit) = flight.room.try_acquire() {
                    permit.forget();
                    due.push_back(Instant::now());
                }
            } else {
                let Some(tick) = ticks.recv().await else { break };
                due.push_back(tick);
                flight.room.acquire().await?.forget();
            }
            // All that is due and has room leaves in one write.
            while let Some(moment) = due.pop_front() {
                flight.due.borrow_mut().push_back(moment);
                buffer.extend_from_slice(&frames[turn % frames.len()]);
                turn += self.connections as usize;
            }
            writer.write_all(&buffer).await?;
            buffer.clear();
        }
        // All room is there again once the last answer came.
        _ = flight.room.acquire_many(u32::try_from(self.in_flight)?).await?;
        Ok(())
    }

    fn frame(&self, partition: u32) -> Result<Bytes> {
        let mut batch = BatchBuilder::new(Offset::ZERO, Compression::None);
        let value = vec![0x61; self.record_bytes];
        for _ in 0..self.records_per_batch {
            batch.push(None, Some(&value), &[], TimestampMs(1_700_000_000_000))?;
        }
        let data = produce_request::PartitionProduceData {
            index: i32::try_from(partition)?,
            records: Some(Records::from(batch.finish()?)),
        };
        let topic = produce_request::TopicProduceData {
            name: WireStr::from(self.topic.as_str()),
            partition_data: vec![data],
            ..Default::default()
        };
        let request =
            ProduceRequest { acks: -1, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() };
        let header = RequestHeader {
            api_key: ApiKey::Produce as i16,
            api_version: PRODUCE_VERSION,
            correlation_id: 0,
            client_id: None,
        };
        let mut writer = Writer::new();
        header.write(&mut writer)?;
        request.write(&mut writer, PRODUCE_VERSION)?;
        let body = writer.into_bytes()?;
        Ok(Bytes::from([&u32::try_from(body.len())?.to_be_bytes()[..], &body[..]].concat()))
    }
}

/// Moments at which a connection should send a batch.
type Ticks = UnboundedReceiver<Instant>;

/// Tells the connections in turn when a batch is due. On a thread of its own: the runtime's timers tick by the
/// millisecond, which is more than some answers take.
fn pace(rate: f64, started: Instant, end: Instant, connections: &[UnboundedSender<Instant>]) {
    for (connection, sent) in connections.iter().cycle().zip(0_u32..) {
        let due = started + Duration::from_secs_f64(f64::from(sent) / rate);
        if due >= end {
            return;
        }
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if connection.send(due).is_err() {
            // Its connection failed and says so itself.
            return;
        }
    }
}

impl Flight {
    /// Takes answers until it is dropped; ends by itself only with an error.
    async fn read_answers(&self, mut reader: OwnedReadHalf, error_code_at: usize) -> Result<()> {
        let mut buffer = Vec::with_capacity(READ_BUFFER_BYTES);
        loop {
            ensure!(reader.read_buf(&mut buffer).await? > 0, "the broker closed the connection");
            let now = Instant::now();
            let mut rest = &buffer[..];
            let mut answered = 0;
            while let Some((length, body)) = rest.split_first_chunk::<4>() {
                let length = u32::from_be_bytes(*length) as usize;
                let Some((body, after)) = body.split_at_checked(length) else { break };
                let code = body.get(error_code_at..error_code_at + 2).context("an answer is too short")?;
                ensure!(code == [0, 0], "the broker refused a batch with error code {code:?}");
                let due = self.due.borrow_mut().pop_front().context("an answer to nothing")?;
                if due >= self.measured_from {
                    self.latencies.borrow_mut().push(now - due);
                }
                answered += 1;
                rest = after;
            }
            let used = buffer.len() - rest.len();
            buffer.drain(..used);
            self.room.add_permits(answered);
        }
    }
}
