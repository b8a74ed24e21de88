//! Benchmarks beside the physical limits of the same directory and of loopback, measured in the same run: ratios tell,
//! absolutes depend on the machine and on what else it does.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool prints")]
#![allow(clippy::cast_precision_loss, reason = "rates are shown with three digits")]

mod limits;
mod load;
mod machine;
mod starts;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::limits::DiskLimits;
use crate::load::Bench;

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
    /// Only these parts: produce, small, wide, latency, consume, starts.
    #[arg(long, value_delimiter = ',')]
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

fn run(arguments: &Arguments) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = arguments.data.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    println!("machine: {}", machine::facts(&folder));
    println!("durability: flushed (an acknowledged record is on disk)\n");
    let wanted = |part: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == part);
    let disk_bytes = usize::try_from(arguments.mebibytes / 4)? << 20;
    let before = limits::disk(&folder, disk_bytes)?;
    print_disk("before", &before);
    let bench = Bench {
        weir: &arguments.weir,
        folder: &folder,
        mebibytes: arguments.mebibytes,
        runs: arguments.runs,
    };
    let mut best = before.clone();
    let mut full_rate = 0.0;
    if wanted("produce") {
        full_rate = bench.produce("produce, 16 partitions", 16)?;
        let after = limits::disk(&folder, disk_bytes)?;
        print_disk("after", &after);
        if after.best_rate > best.best_rate {
            best = after;
        }
        ratio("produce / write+fdatasync", full_rate, best.best_rate, 0.6);
    }
    if wanted("wide") {
        let wide = bench.produce("produce, 1,000 partitions", 1000)?;
        if full_rate > 0.0 {
            ratio("1,000 partitions / 16 partitions", wide, full_rate, 0.5);
        }
    }
    if wanted("small") {
        let rate = bench.one_record_batches(64)?;
        ratio(
            "64 producers of one-record batches / one flush per record",
            rate,
            best.flushes_per_second,
            16.0,
        );
    }
    if wanted("latency") {
        let p99 = bench.latency_at_half_load(full_rate)?;
        println!(
            "  p99 at half load / p99 of one fdatasync: {:.2} (wanted <= 3)\n",
            p99 / best.flush_p99.as_secs_f64() / 1000.0
        );
    }
    if wanted("consume") {
        let limit = limits::loopback(&folder, 4 << 30)?;
        println!("loopback, pread and write, frames parsed: {:.0} MiB/s", limit / MEBIBYTE);
        for back_end in ["pread", "sendfile"] {
            let rate = bench.consume(back_end)?;
            ratio(&format!("consume ({back_end}) / loopback"), rate, limit, 0.6);
        }
    }
    if wanted("starts") {
        starts::run(&bench)?;
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
