//! Benchmarks beside the physical limits of the same directory and of loopback, measured in the same run: ratios tell,
//! absolutes depend on the machine and on what else it does.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool prints")]
#![allow(clippy::cast_precision_loss, reason = "rates are shown with three digits")]

mod baseline;
mod fetch;
mod limits;
mod load;
mod machine;
mod offsets;
mod raw;
mod starts;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;

use crate::limits::{DiskLimits, Sending};
use crate::load::{Bench, LatencyPair, Rate};
use crate::machine::UsedMemory;

const PARTS: [&str; 7] = ["produce", "small", "wide", "latency", "consume", "starts", "offsets"];
const MEBIBYTE: f64 = 1024.0 * 1024.0;

#[derive(Parser)]
#[command(about = "Measures a Weir broker beside what the machine can do")]
struct Arguments {
    /// The `weir` binary.
    #[arg(long, default_value = "target/release/weir")]
    weir: PathBuf,
    /// Where data goes while measuring [default: a temporary directory].
    #[arg(long)]
    data: Option<PathBuf>,
    /// MiB that each throughput run writes.
    #[arg(long, default_value_t = 4096)]
    mebibytes: u64,
    /// Runs of each figure; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// librdkafka producers at full rate: as many as fill the machine.
    #[arg(long, default_value_t = 4)]
    producers: u32,
    /// Do not fill the page cache first.
    #[arg(long)]
    new_memory: bool,
    /// Only these parts.
    #[arg(long, value_delimiter = ',', value_parser = PARTS)]
    only: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Both processors count as full from here on.
const FULL: f64 = 0.9;

fn run(arguments: &Arguments) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = arguments.data.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    println!("machine: {}", machine::facts(&folder));
    println!("durability: flushed (an acknowledged record is on disk)\n");
    let _used = if arguments.new_memory { None } else { Some(UsedMemory::settle(&folder)?) };
    let wanted = |part: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == part);
    let disk_bytes = usize::try_from(arguments.mebibytes / 4)? << 20;
    limits::wait_until_quiet(&folder)?;
    let before = limits::disk(&folder, disk_bytes)?;
    print_disk("before", &before);
    let bench = Bench {
        weir: &arguments.weir,
        folder: &folder,
        mebibytes: arguments.mebibytes,
        runs: arguments.runs,
        producers: arguments.producers,
    };
    if ["produce", "wide", "latency"].iter().any(|part| wanted(part)) {
        let full = bench.produce("produce, 16 partitions", 16)?;
        if wanted("produce") {
            produce(&bench, full, disk_bytes, &before)?;
        }
        if wanted("wide") {
            let wide = bench.produce("produce, 1,000 partitions", 1000)?;
            ratio("1,000 partitions / 16 partitions", wide.bytes_per_second, full.bytes_per_second, 0.5);
            let least = bench.baseline(1000)?;
            let name = "1,000 partitions / a server that only reads, writes and flushes";
            ratio(name, wide.bytes_per_second, least.bytes_per_second, 0.6);
        }
        if wanted("latency") {
            latency(&bench, full.bytes_per_second / 2.0, &before)?;
        }
    }
    if wanted("small") {
        let rate = bench.one_record_batches(64)?;
        let name = "64 producers of one-record batches / one flush per record";
        ratio(name, rate, before.flushes_per_second, 16.0);
    }
    if wanted("consume") {
        consume(&bench)?;
    }
    if wanted("starts") {
        starts::run(&bench)?;
    }
    if wanted("offsets") {
        offsets::run(&bench)?;
    }
    Ok(())
}

fn produce(bench: &Bench<'_>, full: Rate, disk_bytes: usize, before: &DiskLimits) -> Result<()> {
    limits::wait_until_quiet(bench.folder)?;
    let after = limits::disk(bench.folder, disk_bytes)?;
    print_disk("after", &after);
    let best = before.best_rate.max(after.best_rate);
    ratio("produce / write+fdatasync", full.bytes_per_second, best, 0.6);
    let least = bench.baseline(16)?;
    let name = "produce / a server that only reads, writes and flushes";
    ratio(name, full.bytes_per_second, least.bytes_per_second, 0.6);
    let which = if full.busy >= FULL { "the second counts" } else { "the first counts" };
    println!("  all cores were {:.0} % busy: {which}\n", full.busy * 100.0);
    Ok(())
}

fn latency(bench: &Bench<'_>, bytes_per_second: f64, before: &DiskLimits) -> Result<()> {
    let pairs = bench.latency(bytes_per_second)?;
    let least = bench.least_latency(bytes_per_second)?;
    let librdkafka_ms = bench.librdkafka_latency(bytes_per_second)?;
    let times = |limit: fn(&LatencyPair) -> Duration| {
        load::median(pairs.iter().map(|pair| pair.answer.as_secs_f64() / limit(pair).as_secs_f64()))
    };
    let flush = times(|pair| pair.limit.flush);
    let piece = times(|pair| pair.limit.piece);
    let p99 = load::median(pairs.iter().map(|pair| pair.answer.as_secs_f64()));
    let alone = before.flush_p99.as_secs_f64();
    println!("  p99 at half load / p99 of one fdatasync at that load: {flush:.2} (wanted <= 3)");
    println!("  p99 at half load / p99 of a batch in a loop that only writes and flushes: {piece:.2}");
    println!("  p99 at half load / p99 of one fdatasync alone: {:.2}", p99 / alone);
    println!("  p99 at half load / the same on the least server: {:.2}", p99 / least.as_secs_f64());
    println!(
        "  p99 seen by librdkafka with its linger of 5 ms / of one fdatasync alone: {:.2}\n",
        librdkafka_ms / 1000.0 / alone
    );
    Ok(())
}

fn consume(bench: &Bench<'_>) -> Result<()> {
    let mut limit = 0.0_f64;
    for sending in [Sending::PreadAndWrite, Sending::Sendfile] {
        let rate = limits::loopback(bench.folder, sending, 8 << 30)?;
        println!("loopback, {sending:?}, frames parsed: {:.0} MiB/s", rate / MEBIBYTE);
        limit = limit.max(rate);
    }
    for back_end in ["pread", "sendfile"] {
        let (raw, librdkafka) = bench.consume(back_end)?;
        ratio(&format!("consume ({back_end}) / loopback"), raw, limit, 0.6);
        println!("  the same through librdkafka: {:.2}\n", librdkafka / limit);
    }
    Ok(())
}

fn print_disk(when: &str, limits: &DiskLimits) {
    println!(
        "disk {when}: {:.0} MiB/s with one fdatasync per {} KiB; {:.0} flushed records/s one by one, p99 {:?}",
        limits.best_rate / MEBIBYTE,
        limits.best_block_bytes / 1024,
        limits.flushes_per_second,
        limits.flush_p99
    );
}

fn ratio(name: &str, value: f64, limit: f64, wanted: f64) {
    println!("  {name}: {:.2} (wanted >= {wanted})\n", value / limit);
}
