//! Memory and time of starting: idle, first record, after `kill -9`, with many partitions.

use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use weir_e2e::broker::Broker;
use weir_e2e::wire_client::Client;
use weir_model::{Offset, TimestampMs};
use weir_records::{BatchBuilder, Compression};

use crate::load::{Bench, median};
use crate::machine;

/// What a log holds at least when its broker is killed.
const LOG_MEBIBYTES: u64 = 5000;
const MANY_PARTITIONS: i32 = 10_000;

pub(crate) fn run(bench: &Bench<'_>) -> Result<()> {
    medians(bench, "< 1 s", first_record)?;
    for partitions in [16, 1000] {
        medians(bench, "< 2 s", |bench| after_kill(bench, partitions))?;
    }
    medians(bench, "< 5 s", many_partitions)
}

/// Measures a start some times and prints the median.
fn medians(bench: &Bench<'_>, wanted: &str, measure: impl Fn(&Bench<'_>) -> Result<Duration>) -> Result<()> {
    let took = (0..bench.runs).map(|_| measure(bench)).collect::<Result<Vec<_>>>()?;
    let seconds = median(took.iter().map(Duration::as_secs_f64));
    println!("  median: {seconds:.2} s (wanted {wanted})\n");
    Ok(())
}

/// From the start of the process to the first acknowledged record, and the memory of a broker that rests.
fn first_record(bench: &Bench<'_>) -> Result<Duration> {
    let folder = bench.new_folder()?;
    let started = Instant::now();
    let broker = bench.start(folder.path(), &[])?;
    produce_one(&broker, "first")?;
    let first = started.elapsed();
    std::thread::sleep(Duration::from_secs(3));
    println!(
        "start to first acknowledged record: {first:.3?}; idle: {:.0} MiB resident (wanted < 64)",
        machine::resident_mib(broker.pid())?
    );
    broker.kill()?;
    Ok(first)
}

/// `kill -9` in the middle of a load on a log of five gigabytes and more, then ready again.
fn after_kill(bench: &Bench<'_>, partitions: u32) -> Result<Duration> {
    let folder = bench.new_folder()?;
    let broker = bench.start(folder.path(), &[])?;
    let mebibytes = bench.mebibytes.max(LOG_MEBIBYTES);
    let records = (mebibytes * 1024).to_string();
    let partitions_text = partitions.to_string();
    let arguments = ["produce", "--partitions", &partitions_text, "--records", &records, "--size", "1KiB"];
    bench.weir_bench(broker.address(), &arguments)?;
    std::thread::scope(|scope| -> Result<()> {
        // It fails when the broker is killed under it, as it should.
        scope.spawn(|| {
            _ = bench.weir_bench(broker.address(), &["produce", "--duration", "5s", "--size", "1KiB"]);
        });
        std::thread::sleep(Duration::from_secs(2));
        let killed = std::process::Command::new("kill").args(["-9", &broker.pid().to_string()]).status()?;
        anyhow::ensure!(killed.success(), "the broker could not be killed");
        Ok(())
    })?;
    drop(broker);
    let killed_on = machine::bytes_of_logs(&folder.path().join("data"), "")? >> 20;
    let started = Instant::now();
    let broker = bench.start(folder.path(), &[])?;
    produce_one(&broker, "after-kill")?;
    let took = started.elapsed();
    println!(
        "kill -9 under full load, {killed_on} MiB on {partitions} partitions: first record after {took:.3?}"
    );
    broker.kill()?;
    Ok(took)
}

fn many_partitions(bench: &Bench<'_>) -> Result<Duration> {
    let folder = bench.new_folder()?;
    let broker = bench.start(folder.path(), &[])?;
    let mut client = Client::connect(broker.address())?;
    for number in 0..10 {
        client.create_topic(&format!("many-{number}"), MANY_PARTITIONS / 10, &[])?;
    }
    broker.kill()?;
    let started = Instant::now();
    let broker = bench.start(folder.path(), &[])?;
    produce_one(&broker, "after")?;
    let took = started.elapsed();
    println!(
        "{MANY_PARTITIONS} partitions after kill -9: first record after {took:.3?}, {:.0} MiB resident (wanted < 512)",
        machine::resident_mib(broker.pid())?
    );
    broker.kill()?;
    Ok(took)
}

fn produce_one(broker: &Broker, topic: &str) -> Result<()> {
    let mut client = Client::connect(broker.address())?;
    client.create_topic(topic, 1, &[])?;
    client.produce(&(topic.to_owned(), 0), one_record()?)?;
    Ok(())
}

fn one_record() -> Result<Bytes> {
    let mut builder = BatchBuilder::new(Offset::ZERO, Compression::None);
    builder.push(None, Some(b"record"), &[], TimestampMs(1_700_000_000_000))?;
    Ok(builder.finish()?)
}
