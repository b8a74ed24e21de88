//! Throughput and latency, driven by `weir bench` (librdkafka) in its own process.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use weir_e2e::broker::Broker;

use crate::machine;

/// What every measurement needs.
pub(crate) struct Bench<'a> {
    pub(crate) weir: &'a Path,
    pub(crate) folder: &'a Path,
    pub(crate) mebibytes: u64,
    pub(crate) runs: usize,
}

/// One run of `weir bench`.
pub(crate) struct Outcome {
    bytes_per_second: f64,
    records_per_second: f64,
    p99_ms: f64,
}

impl Bench<'_> {
    /// Bytes a second of 1 KiB records with `acks=all`.
    pub(crate) fn produce(&self, name: &str, partitions: u32) -> Result<f64> {
        let records = (self.mebibytes * 1024).to_string();
        let arguments = [
            "produce",
            "--partitions",
            &partitions.to_string(),
            "--records",
            &records,
            "--size",
            "1KiB",
            "--acks",
            "all",
        ];
        let outcomes = self.repeat(name, &arguments)?;
        Ok(median(outcomes.iter().map(|outcome| outcome.bytes_per_second)))
    }

    /// Records a second of many producers that send one record at a time.
    pub(crate) fn one_record_batches(&self, producers: u32) -> Result<f64> {
        let producers = producers.to_string();
        let arguments = [
            "produce",
            "--partitions",
            "16",
            "--duration",
            "20s",
            "--size",
            "1KiB",
            "--acks",
            "all",
            "--producers",
            &producers,
            "--linger",
            "0ms",
            "--batch-size",
            "1100",
        ];
        let outcomes = self.repeat("64 producers, one-record batches", &arguments)?;
        Ok(median(outcomes.iter().map(|outcome| outcome.records_per_second)))
    }

    /// The 99th percentile in milliseconds at half of the full rate.
    pub(crate) fn latency_at_half_load(&self, full_bytes_per_second: f64) -> Result<f64> {
        let records_per_second =
            if full_bytes_per_second > 0.0 { full_bytes_per_second / 1024.0 / 2.0 } else { 20_000.0 };
        let rate = format!("{records_per_second:.0}");
        let arguments = [
            "produce",
            "--partitions",
            "16",
            "--duration",
            "20s",
            "--size",
            "1KiB",
            "--acks",
            "all",
            "--rate",
            &rate,
        ];
        let outcomes = self.repeat(&format!("half load, {rate} records/s"), &arguments)?;
        Ok(median(outcomes.iter().map(|outcome| outcome.p99_ms)))
    }

    /// Bytes a second of reading what is in the page cache.
    pub(crate) fn consume(&self, back_end: &str) -> Result<f64> {
        let folder = tempfile::tempdir_in(self.folder)?;
        let broker = self.start(folder.path(), &["--read-back-end", back_end])?;
        let records = (self.mebibytes.min(2048) * 1024).to_string();
        self.weir_bench(
            &broker,
            &["produce", "--partitions", "16", "--records", &records, "--size", "1KiB"],
        )?;
        let mut rates = Vec::new();
        for _ in 0..self.runs {
            let outcome =
                self.measured(&broker, &format!("consume, {back_end}"), &["consume", "--records", &records])?;
            rates.push(outcome.bytes_per_second);
        }
        broker.kill()?;
        Ok(median(rates))
    }

    /// Starts a broker on an empty directory.
    pub(crate) fn start(&self, folder: &Path, arguments: &[&str]) -> Result<Broker> {
        Broker::start_with(self.weir, &folder.join("data"), &folder.join("broker.log"), arguments)
    }

    /// Each run on a broker and a directory of its own.
    fn repeat(&self, name: &str, arguments: &[&str]) -> Result<Vec<Outcome>> {
        (0..self.runs)
            .map(|_| {
                let folder = tempfile::tempdir_in(self.folder)?;
                let broker = self.start(folder.path(), &[])?;
                let outcome = self.measured(&broker, name, arguments)?;
                broker.kill()?;
                Ok(outcome)
            })
            .collect()
    }

    fn measured(&self, broker: &Broker, name: &str, arguments: &[&str]) -> Result<Outcome> {
        let broker_before = machine::cpu_time(broker.pid())?;
        let clients_before = children_cpu_seconds();
        let started = Instant::now();
        let outcome = self.weir_bench(broker, arguments)?;
        let seconds = started.elapsed().as_secs_f64();
        let broker_cpu = (machine::cpu_time(broker.pid())? - broker_before).as_secs_f64() / seconds;
        let client_cpu = (children_cpu_seconds() - clients_before) / seconds;
        println!(
            "{name}: {:.0} MiB/s, {:.0} records/s, p99 {:.1} ms; cores busy: broker {broker_cpu:.2}, client {client_cpu:.2}; \
             broker {:.0} MiB resident",
            outcome.bytes_per_second / crate::MEBIBYTE,
            outcome.records_per_second,
            outcome.p99_ms,
            machine::resident_mib(broker.pid())?
        );
        Ok(outcome)
    }

    /// Runs `weir bench` against the broker and reads its result.
    pub(crate) fn weir_bench(&self, broker: &Broker, arguments: &[&str]) -> Result<Outcome> {
        let output = Command::new(self.weir)
            .args(["bench"])
            .args(arguments)
            .args(["-b", &broker.address().to_string(), "-o", "json"])
            .output()
            .context("starting weir bench")?;
        if !output.status.success() {
            bail!("weir bench {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).context("reading the result")?;
        let number = |name: &str| report[name].as_f64().with_context(|| format!("no {name} in {report}"));
        Ok(Outcome {
            bytes_per_second: number("mib_per_second")? * crate::MEBIBYTE,
            records_per_second: number("records_per_second")?,
            p99_ms: report["latency_ms"]["p99"].as_f64().unwrap_or(f64::NAN),
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

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
