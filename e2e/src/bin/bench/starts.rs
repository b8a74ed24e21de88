//! Memory and time of starting: idle, first record, after `kill -9`, with many partitions.

use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use weir_e2e::broker::Broker;
use weir_e2e::wire_client::Client;
use weir_model::{Offset, TimestampMs};
use weir_records::{BatchBuilder, Compression};

use crate::load::Bench;
use crate::machine;

/// What a log holds at least when its broker is killed.
const LOG_MEBIBYTES: u64 = 5000;
const MANY_PARTITIONS: i32 = 10_000;

pub(crate) fn run(bench: &Bench<'_>) -> Result<()> {
    first_record(bench)?;
    for partitions in [16, 1000] {
        after_kill(bench, partitions)?;
    }
    many_partitions(bench)
}

/// From the start of the process to the first acknowledged record, and the memory of a broker that rests.
fn first_record(bench: &Bench<'_>) -> Result<()> {
    let folder = bench.new_folder()?;
    let started = Instant::now();
    let broker = bench.start(folder.path(), &[])?;
    produce_one(&broker, "first")?;
    let first = started.elapsed();
    std::thread::sleep(Duration::from_secs(3));
    println!(
        "start to first acknowledged record: {first:?} (wanted < 1 s); idle: {:.0} MiB resident (wanted < 64)",
        machine::resident_mib(broker.pid())?
    );
    broker.kill()
}

/// `kill -9` in the middle of a load on a log of five gigabytes and more, then ready again.
fn after_kill(bench: &Bench<'_>, partitions: u32) -> Result<()> {
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
    println!(
        "kill -9 under full load, {killed_on} MiB on {partitions} partitions: first record after {:?} (wanted < 2 s)",
        started.elapsed()
    );
    broker.kill()
}

fn many_partitions(bench: &Bench<'_>) -> Result<()> {
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
    println!(
        "{MANY_PARTITIONS} partitions: first record after {:?} (wanted < 5 s), {:.0} MiB resident (wanted < 512)",
        started.elapsed(),
        machine::resident_mib(broker.pid())?
    );
    broker.kill()
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
