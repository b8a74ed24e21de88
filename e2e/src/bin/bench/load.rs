//! Throughput and latency: `weir bench` (librdkafka) in its own process, and a raw load where a client library would be
//! what is measured.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use weir_e2e::broker::Broker;
use weir_e2e::wire_client::Client;

use crate::baseline::Baseline;
use crate::limits::PacedFlushes;
use crate::machine::{self, Processors};
use crate::raw;
use crate::{MEBIBYTE, fetch, limits};

const TOPIC: &str = "weir-bench";
const RECORD_BYTES: usize = 1024;

/// What every measurement needs.
pub(crate) struct Bench<'a> {
    pub(crate) weir: &'a Path,
    pub(crate) folder: &'a Path,
    pub(crate) mebibytes: u64,
    pub(crate) runs: usize,
    pub(crate) producers: u32,
}

/// One run of `weir bench`.
pub(crate) struct Outcome {
    bytes_per_second: f64,
    records_per_second: f64,
    /// Of a run that measures latency.
    p99_ms: Option<f64>,
}

/// What a flush and an answer took at the same load, 99th percentiles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LatencyPair {
    pub(crate) limit: PacedFlushes,
    pub(crate) answer: Duration,
}

/// A rate and how busy all cores were while it was reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) bytes_per_second: f64,
    pub(crate) busy: f64,
}

impl Bench<'_> {
    /// 1 KiB records with `acks=all`, as fast as librdkafka can.
    pub(crate) fn produce(&self, name: &str, partitions: u32) -> Result<Rate> {
        self.median_rate(|bench| {
            let folder = bench.new_folder()?;
            let broker = bench.start(folder.path(), &[])?;
            let before = (machine::cpu_time(broker.pid())?, Instant::now());
            let rate = bench.full_rate(name, broker.address(), partitions)?;
            let cpu = machine::cpu_time(broker.pid())? - before.0;
            println!(
                "    broker {:.2} cores, {:.0} MiB resident",
                cpu.as_secs_f64() / before.1.elapsed().as_secs_f64(),
                machine::resident_mib(broker.pid())?
            );
            broker.kill()?;
            Ok(rate)
        })
    }

    /// The same load on a server that only reads, writes and flushes.
    pub(crate) fn baseline(&self, partitions: u32) -> Result<Rate> {
        self.median_rate(|bench| {
            let folder = bench.new_folder()?;
            let server = Baseline::start(folder.path(), TOPIC, i32::try_from(partitions)?)?;
            bench.full_rate("read, write and flush only", server.address, partitions)
        })
    }

    fn median_rate(&self, measure: impl Fn(&Self) -> Result<Rate>) -> Result<Rate> {
        let mut rates = (0..self.runs).map(|_| measure(self)).collect::<Result<Vec<_>>>()?;
        rates.sort_by(|a, b| a.bytes_per_second.total_cmp(&b.bytes_per_second));
        rates.get(rates.len() / 2).copied().context("no run")
    }

    fn full_rate(&self, name: &str, address: SocketAddr, partitions: u32) -> Result<Rate> {
        let (records, partitions) = ((self.mebibytes * 1024).to_string(), partitions.to_string());
        let producers = self.producers.to_string();
        let arguments = [
            "produce",
            "--partitions",
            &partitions,
            "--records",
            &records,
            "--producers",
            &producers,
            "--size",
            "1KiB",
            // A quarter of a batch's most for each of 1,000 partitions; librdkafka's own default is 1 GiB a producer.
            "--buffer",
            "256MiB",
        ];
        let (outcome, busy) = self.measured(name, address, &arguments)?;
        Ok(Rate { bytes_per_second: outcome.bytes_per_second, busy })
    }

    /// Records a second of many producers that send one record at a time.
    pub(crate) fn one_record_batches(&self, producers: u32) -> Result<f64> {
        let load = raw::Load {
            connections: producers,
            in_flight: 5,
            records_per_batch: 1,
            rate: None,
            ..self.raw_load()
        };
        let name = format!("{producers} producers, one record a batch");
        let rates = (0..self.runs)
            .map(|_| Ok(self.raw_once(&name, &load)?.batches_per_second()))
            .collect::<Result<Vec<_>>>()?;
        Ok(median(rates))
    }

    /// The 99th percentiles at a rate of bytes, in batches of 64 KiB: of a flush by itself and of a broker's answer, one
    /// right after the other, because a disk that others share is not the same a minute later.
    pub(crate) fn latency(&self, bytes_per_second: f64) -> Result<Vec<LatencyPair>> {
        let load = self.paced_load(bytes_per_second);
        let one = || {
            limits::wait_until_quiet(self.folder)?;
            let limit = limits::paced_flushes(self.folder, bytes_per_second, load.duration)?;
            println!(
                "a loop that writes and flushes at half load: p99 of one fdatasync {:?}, of a batch from due to flushed {:?}",
                limit.flush, limit.piece
            );
            let answer = self.raw_once("half load, batches of 64 KiB", &load)?.percentile(99);
            Ok(LatencyPair { limit, answer })
        };
        (0..self.runs).map(|_| one()).collect()
    }

    /// The 99th percentile of the same load on a server that only reads, writes and flushes.
    pub(crate) fn least_latency(&self, bytes_per_second: f64) -> Result<Duration> {
        let load = self.paced_load(bytes_per_second);
        let one = || {
            let folder = self.new_folder()?;
            let server = Baseline::start(folder.path(), TOPIC, i32::try_from(load.partitions)?)?;
            let outcome = raw::Load { address: server.address, ..load.clone() }.run()?;
            println!(
                "half load on a server that only reads, writes and flushes: p50 {:?}, p99 {:?}",
                outcome.percentile(50),
                outcome.percentile(99)
            );
            Ok(outcome.percentile(99).as_secs_f64())
        };
        let p99s = (0..self.runs).map(|_| one()).collect::<Result<Vec<_>>>()?;
        Ok(Duration::from_secs_f64(median(p99s)))
    }

    fn paced_load(&self, bytes_per_second: f64) -> raw::Load {
        const RECORDS: usize = 64;
        raw::Load {
            connections: 16,
            in_flight: 64,
            records_per_batch: RECORDS,
            rate: Some(bytes_per_second / (RECORDS * RECORD_BYTES) as f64),
            ..self.raw_load()
        }
    }

    /// The 99th percentile in milliseconds of librdkafka's own batches.
    pub(crate) fn librdkafka_latency(&self, bytes_per_second: f64) -> Result<f64> {
        let rate = format!("{:.0}", bytes_per_second / RECORD_BYTES as f64);
        let folder = self.new_folder()?;
        let broker = self.start(folder.path(), &[])?;
        let arguments = ["produce", "--duration", "20s", "--size", "1KiB", "--rate", &rate];
        let (outcome, _) = self.measured("half load, librdkafka", broker.address(), &arguments)?;
        broker.kill()?;
        outcome.p99_ms.context("the run measured no latency")
    }

    fn raw_load(&self) -> raw::Load {
        raw::Load {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            topic: TOPIC.to_owned(),
            partitions: 16,
            connections: 1,
            in_flight: 1,
            records_per_batch: 1,
            record_bytes: RECORD_BYTES,
            rate: None,
            duration: Duration::from_secs(15),
        }
    }

    /// On a broker and a directory of its own.
    fn raw_once(&self, name: &str, load: &raw::Load) -> Result<raw::Outcome> {
        let folder = self.new_folder()?;
        let broker = self.start(folder.path(), &[])?;
        Client::connect(broker.address())?.create_topic(TOPIC, i32::try_from(load.partitions)?, &[])?;
        let before = (machine::cpu_time(broker.pid())?, machine::cpu_time(std::process::id())?);
        let processors = Processors::now()?;
        let outcome = raw::Load { address: broker.address(), ..load.clone() }.run()?;
        println!(
            "{name}: {:.0} batches/s, {:.0} MiB/s, p50 {:?}, p99 {:?}; cores busy: broker {:.2}, load {:.2}, all {:.0} %",
            outcome.batches_per_second(),
            outcome.batches_per_second() * (load.records_per_batch * load.record_bytes) as f64 / MEBIBYTE,
            outcome.percentile(50),
            outcome.percentile(99),
            (machine::cpu_time(broker.pid())? - before.0).as_secs_f64() / outcome.seconds,
            (machine::cpu_time(std::process::id())? - before.1).as_secs_f64() / outcome.seconds,
            processors.busy_since()? * 100.0,
        );
        broker.kill()?;
        Ok(outcome)
    }

    /// Bytes a second of reading what is in the page cache: by readers that discard, and by librdkafka.
    pub(crate) fn consume(&self, back_end: &str) -> Result<(f64, f64)> {
        /// As many as there are processors to share with the broker.
        const READERS: i32 = 2;
        let folder = self.new_folder()?;
        let broker = self.start(folder.path(), &["--read-back-end", back_end])?;
        let records = (self.mebibytes.min(2048) * 1024).to_string();
        self.weir_bench(broker.address(), &["produce", "--records", &records, "--size", "1KiB"])?;
        let (mut raw, mut librdkafka) = (Vec::new(), Vec::new());
        // The first look at a range after a start checks its checksums.
        fetch::read_all(broker.address(), TOPIC, 16, READERS)?;
        for _ in 0..self.runs {
            let before = (machine::cpu_time(broker.pid())?, Instant::now());
            let rate = fetch::read_all(broker.address(), TOPIC, 16, READERS)?;
            let cpu = machine::cpu_time(broker.pid())? - before.0;
            println!(
                "consume, {back_end}, frames parsed and discarded: {:.0} MiB/s; broker {:.2} cores",
                rate / MEBIBYTE,
                cpu.as_secs_f64() / before.1.elapsed().as_secs_f64()
            );
            raw.push(rate);
            let name = format!("consume, {back_end}, librdkafka");
            let (outcome, _) = self.measured(&name, broker.address(), &["consume", "--records", &records])?;
            librdkafka.push(outcome.bytes_per_second);
        }
        broker.kill()?;
        Ok((median(raw), median(librdkafka)))
    }

    /// An empty directory, once the disk is done with what was removed before: a file system that tells the device about
    /// freed blocks holds up every flush while it does.
    pub(crate) fn new_folder(&self) -> Result<TempDir> {
        limits::wait_until_quiet(self.folder)?;
        Ok(tempfile::tempdir_in(self.folder)?)
    }

    /// Starts a broker on an empty directory.
    pub(crate) fn start(&self, folder: &Path, arguments: &[&str]) -> Result<Broker> {
        Broker::start_with(self.weir, &folder.join("data"), &folder.join("broker.log"), arguments)
    }

    fn measured(&self, name: &str, address: SocketAddr, arguments: &[&str]) -> Result<(Outcome, f64)> {
        let (processors, clients_before) = (Processors::now()?, children_cpu_seconds());
        let started = Instant::now();
        let outcome = self.weir_bench(address, arguments)?;
        let seconds = started.elapsed().as_secs_f64();
        let client_cpu = (children_cpu_seconds() - clients_before) / seconds;
        let busy = processors.busy_since()?;
        let p99 = outcome.p99_ms.map(|ms| format!(", p99 {ms:.1} ms")).unwrap_or_default();
        println!(
            "{name}: {:.0} MiB/s, {:.0} records/s{p99}; client {client_cpu:.2} cores, all cores {:.0} % busy",
            outcome.bytes_per_second / MEBIBYTE,
            outcome.records_per_second,
            busy * 100.0,
        );
        Ok((outcome, busy))
    }

    /// Runs `weir bench` against a server and reads its result.
    pub(crate) fn weir_bench(&self, address: SocketAddr, arguments: &[&str]) -> Result<Outcome> {
        let output = Command::new(self.weir)
            .args(["bench"])
            .args(arguments)
            .args(["-b", &address.to_string(), "-o", "json"])
            .output()
            .context("starting weir bench")?;
        if !output.status.success() {
            bail!("weir bench {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).context("reading the result")?;
        let number = |name: &str| report[name].as_f64().with_context(|| format!("no {name} in {report}"));
        Ok(Outcome {
            bytes_per_second: number("mib_per_second")? * MEBIBYTE,
            records_per_second: number("records_per_second")?,
            p99_ms: report["latency_ms"]["p99"].as_f64(),
        })
    }
}

/// Processor seconds of children that ended.
fn children_cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(13).take(2).filter_map(|word| word.parse::<f64>().ok()).sum::<f64>()
        / 100.0
}

pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
