//! Real power cuts: a broker on a loop-mounted xfs under load, the file system shut down without a sync, the broker
//! killed, everything mounted and started again, and all that was ever acknowledged looked for.
//!
//! Exit code 0: nothing was lost. 1: something was. 2: the test could not run.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool prints")]

mod folder;
mod history;
mod load;
mod syncs;
mod volume;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;
use weir_e2e::broker::Broker;
use weir_e2e::wire_client::{Client, Partition, Refused};
use weir_records::BatchIter;

use crate::folder::Folder;
use crate::history::{Found, History};
use crate::volume::Volume;
use weir_e2e::random::Random;

/// A file system is replaced by a new one after so many rounds, so that verifying stays quick.
const ROUNDS_PER_VOLUME: u64 = 20;

#[derive(Parser)]
#[command(about = "Cuts the power of a broker under load, and looks for everything that was acknowledged")]
struct Arguments {
    /// The `weir` binary.
    #[arg(long)]
    weir: PathBuf,
    /// Power cuts.
    #[arg(long, default_value_t = 10)]
    rounds: u64,
    /// Before them, cuts of files that are written and synced without a broker.
    #[arg(long, default_value_t = 0)]
    syncs: u64,
    /// Decides the load and the moments of the cuts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The binary has a planted fault: the run passes when a loss is found, and fails when none is.
    #[arg(long)]
    expect_loss: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(wrong) if wrong.is_empty() != arguments.expect_loss => ExitCode::SUCCESS,
        Ok(wrong) if wrong.is_empty() => {
            println!(
                "FAILED: {} rounds lost nothing, though the broker has a planted fault",
                arguments.rounds
            );
            ExitCode::FAILURE
        }
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("power-cut: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs the rounds until one finds something wrong.
fn run(arguments: &Arguments) -> Result<Vec<String>> {
    let mut random = Random::new(arguments.seed);
    if arguments.syncs > 0 {
        let wrong = syncs::run(arguments.syncs, &mut random)?;
        if !wrong.is_empty() {
            println!("a sync's word does not hold, seed {}:", arguments.seed);
            wrong.iter().for_each(|line| println!("  {line}"));
            return Ok(wrong);
        }
    }
    let mut records = 0;
    let mut done = 0;
    let started = Instant::now();
    while done < arguments.rounds {
        let rounds = ROUNDS_PER_VOLUME.min(arguments.rounds - done);
        let (count, wrong) = on_one_volume(arguments, done..done + rounds, &mut random)?;
        records += count;
        if !wrong.is_empty() {
            println!("found before power cut {}, seed {}:", done + rounds, arguments.seed);
            wrong.iter().take(10).for_each(|line| println!("  {line}"));
            println!("  {} findings in all", wrong.len());
            return Ok(wrong);
        }
        done += rounds;
    }
    println!(
        "{done} power cuts, {records} acknowledged records, none lost, seed {}, {} s",
        arguments.seed,
        started.elapsed().as_secs()
    );
    Ok(Vec::new())
}

fn on_one_volume(
    arguments: &Arguments,
    rounds: std::ops::Range<u64>,
    random: &mut Random,
) -> Result<(usize, Vec<String>)> {
    let folder = Folder::new()?;
    let log = folder.path().join("broker.log");
    let mut volume = Volume::new(folder.path())?;
    let found = cut_and_look(arguments, rounds, random, &mut volume, &log)?;
    if !found.1.is_empty() && !arguments.expect_loss {
        println!("the volume is kept as {}, beside the broker's log", volume.keep().display());
        drop(volume);
        folder.keep();
    }
    Ok(found)
}

fn cut_and_look(
    arguments: &Arguments,
    rounds: std::ops::Range<u64>,
    random: &mut Random,
    volume: &mut Volume,
    log: &Path,
) -> Result<(usize, Vec<String>)> {
    let weir = arguments.weir.as_path();
    let mut history = History::default();
    let mut topics: Vec<String> = Vec::new();
    for round in rounds {
        let data = volume.path().join("data");
        let broker = Broker::start(weir, &data, log)?;
        let mut client = Client::connect(broker.address())?;
        for (name, partitions, configs) in load::TOPICS {
            client.create_topic(name, *partitions, configs)?;
        }
        if arguments.expect_loss {
            // A broker that can't even start again says little about records: what stands before the load is kept.
            volume.sync()?;
        }
        let stop: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
        let threads = load::start(broker.address(), round, random, stop);
        std::thread::sleep(Duration::from_millis(150 + random.below(600) as u64));
        // Every other cut comes in the middle of the load, the rest right after one quiet operation.
        let is_quiet = round % 2 == 1;
        let mut trimmed = None;
        if is_quiet {
            stop.store(true, Ordering::Relaxed);
            seen(threads, &mut history, &mut topics)?;
            trimmed = Some(load::trim(broker.address(), round)?);
            cut_power(volume, &mut history)?;
            broker.kill()?;
        } else {
            cut_power(volume, &mut history)?;
            stop.store(true, Ordering::Relaxed);
            broker.kill()?;
            seen(threads, &mut history, &mut topics)?;
        }
        volume.restore_power()?;
        let broker = match Broker::start(weir, &data, log) {
            Ok(broker) => broker,
            Err(error) => {
                let wrong =
                    format!("the broker does not start after power cut {round}: {error:#}\n{}", tail(log));
                return Ok((history.record_count(), vec![wrong]));
            }
        };
        let mut wrong = verify(&broker, &history, &topics)?;
        if let Some(acknowledged) = trimmed {
            let found = Client::connect(broker.address())?.earliest(&(load::TRIMMED.to_owned(), 0))?;
            if found < acknowledged {
                wrong.push(format!(
                    "deleted records came back: the log starts at {found}, {acknowledged} was acknowledged"
                ));
            }
        }
        broker.kill()?;
        println!("power cut {round}: {} acknowledged records so far", history.record_count());
        if !wrong.is_empty() {
            return Ok((history.record_count(), wrong));
        }
    }
    Ok((history.record_count(), Vec::new()))
}

fn cut_power(volume: &Volume, history: &mut History) -> Result<()> {
    let began = Instant::now();
    volume.cut_power()?;
    history.cut(began, Instant::now());
    Ok(())
}

/// Waits for the threads of the load and adds what they saw.
fn seen(
    threads: Vec<JoinHandle<Result<load::Seen>>>,
    history: &mut History,
    topics: &mut Vec<String>,
) -> Result<()> {
    for thread in threads {
        let seen = thread.join().map_err(|_| anyhow::anyhow!("a thread of the load panicked"))??;
        history.merge(seen.history);
        topics.extend(seen.topics);
    }
    Ok(())
}

fn verify(broker: &Broker, history: &History, topics: &[String]) -> Result<Vec<String>> {
    let mut client = Client::connect(broker.address())?;
    let mut wrong = Vec::new();
    let existing = client.topics()?;
    for topic in topics.iter().filter(|topic| !existing.contains(topic)) {
        wrong.push(format!("the topic {topic} is gone"));
    }
    for partition in history.partitions() {
        match read_all(&mut client, partition) {
            Ok(found) => wrong.extend(history.judge(partition, &found)),
            Err(error) => wrong.push(format!("{}-{} can't be read: {error:#}", partition.0, partition.1)),
        }
    }
    for (partition, offset) in history.committed() {
        let found = retrying(|| client.committed(load::GROUP, partition))?;
        if found < *offset {
            wrong.push(format!(
                "the committed offset {offset} of {}-{} is gone, {found} is there",
                partition.0, partition.1
            ));
        }
    }
    Ok(wrong)
}

/// A coordinator that loads answers so until it has.
fn retrying<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    loop {
        match call() {
            Err(error)
                if started.elapsed() < Duration::from_secs(30)
                    && error.downcast_ref::<Refused>().is_some_and(|refused| refused.0.is_retriable()) =>
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            result => return result,
        }
    }
}

fn read_all(client: &mut Client, partition: &Partition) -> Result<Found> {
    let mut found = Found::new();
    let mut next = 0;
    loop {
        let bytes = client.fetch(partition, next)?;
        let before = next;
        for batch in BatchIter::new(&bytes) {
            // The last batch may be cut short by the size limit of the answer.
            let Ok(batch) = batch else { break };
            batch.check_crc()?;
            let records = batch.records()?;
            for record in records.iter() {
                let record = record?;
                found.insert(records.offset(&record).0, record.value.unwrap_or_default().to_vec());
            }
            next = batch.header().next_offset().0;
        }
        if next == before {
            return Ok(found);
        }
    }
}

/// The end of the broker's log, whose directory is gone when the finding is read.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
