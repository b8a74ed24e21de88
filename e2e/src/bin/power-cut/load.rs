//! The load of one round: producers, a committer and a creator of topics, each with a connection of its own and a
//! history of what was acknowledged to it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use weir_model::{Offset, TimestampMs};
use weir_records::{BatchBuilder, Compression};

use weir_e2e::wire_client::{Client, Partition, Refused};

use crate::history::History;
use weir_e2e::random::Random;

/// The group whose offsets are committed.
pub(crate) const GROUP: &str = "power-cut";

/// A topic: name, partitions, settings.
type Topic = (&'static str, i32, &'static [(&'static str, &'static str)]);

/// `rolls` gets new segments, and so new directory entries, all the time.
pub(crate) const TOPICS: &[Topic] = &[
    ("plain", 3, &[]),
    ("rolls", 1, &[("segment.bytes", "1048576")]),
    ("committed", 1, &[]),
    (TRIMMED, 1, &[]),
];

/// The topic whose records are deleted in the quiet moment before a cut.
pub(crate) const TRIMMED: &str = "trimmed";

/// Writes records and deletes them again; returns the acknowledged start of the partition.
///
/// Nothing is synced after this that could make it durable by chance: it is what shows a directory that is not synced.
pub(crate) fn trim(address: SocketAddr, round: u64) -> Result<i64> {
    let mut client = Client::connect(address)?;
    let partition = (TRIMMED.to_owned(), 0);
    let base_offset = client.produce(&partition, batch(&[format!("{round}").into_bytes()])?)?;
    client.delete_records(&partition, base_offset + 1)
}

/// What the threads of a round saw.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) history: History,
    pub(crate) topics: Vec<String>,
}

/// Starts the threads; they end at the first error, which the power cut brings.
pub(crate) fn start(
    address: SocketAddr,
    round: u64,
    random: &mut Random,
    stop: &'static AtomicBool,
) -> Vec<JoinHandle<Result<Seen>>> {
    let mut threads = Vec::new();
    for (topic, partitions, _) in TOPICS.iter().filter(|(topic, ..)| *topic != TRIMMED) {
        for index in 0..*partitions {
            let partition = ((*topic).to_owned(), index);
            let random = random.fork();
            threads.push(std::thread::spawn(move || produce(address, &partition, round, random, stop)));
        }
    }
    threads.push(std::thread::spawn(move || commit(address, round, stop)));
    threads.push(std::thread::spawn(move || create(address, round, stop)));
    threads
}

fn produce(
    address: SocketAddr,
    partition: &Partition,
    round: u64,
    mut random: Random,
    stop: &AtomicBool,
) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut client = Client::connect(address)?;
    let value_bytes_max = if partition.0 == "rolls" { 60_000 } else { 2_000 };
    let mut number = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        let values: Vec<Vec<u8>> = (0..random.below(12) + 1)
            .map(|_| {
                number += 1;
                let mut value = format!("{round}/{}/{number}/", partition.1).into_bytes();
                value.resize(value.len() + random.below(value_bytes_max), b'.');
                value
            })
            .collect();
        match client.produce(partition, batch(&values)?) {
            Ok(base_offset) => seen.history.acknowledge(partition, base_offset, &values),
            Err(error) => return ended(error, seen),
        }
    }
    Ok(seen)
}

fn commit(address: SocketAddr, round: u64, stop: &AtomicBool) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut client = Client::connect(address)?;
    let partition = ("committed".to_owned(), 0);
    for number in 1..1_000_000 {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let offset = i64::try_from(round)? * 1_000_000 + number;
        match client.commit(GROUP, &partition, offset) {
            Ok(()) => seen.history.commit(&partition, offset),
            // The coordinator may still be loading what the rounds before left.
            Err(error) if error.downcast_ref::<Refused>().is_some_and(|refused| refused.0.is_retriable()) => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return ended(error, seen),
        }
    }
    Ok(seen)
}

fn create(address: SocketAddr, round: u64, stop: &AtomicBool) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut client = Client::connect(address)?;
    for number in 0..20 {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let name = format!("created-{round}-{number}");
        match client.create_topic(&name, 1, &[]) {
            Ok(()) => seen.topics.push(name),
            Err(error) => return ended(error, seen),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(seen)
}

/// A broken connection and a storage error are what a power cut looks like; any other answer is a finding.
fn ended(error: anyhow::Error, seen: Seen) -> Result<Seen> {
    use weir_wire::ErrorCode;
    match error.downcast_ref::<Refused>() {
        None => Ok(seen),
        Some(Refused(
            ErrorCode::KafkaStorageError
            | ErrorCode::NotLeaderOrFollower
            | ErrorCode::LeaderNotAvailable
            | ErrorCode::RequestTimedOut
            | ErrorCode::CoordinatorNotAvailable
            | ErrorCode::NotCoordinator
            | ErrorCode::UnknownServerError,
        )) => Ok(seen),
        Some(_) => Err(error).context("an answer that a power cut does not explain"),
    }
}

fn batch(values: &[Vec<u8>]) -> Result<Bytes> {
    let mut builder = BatchBuilder::new(Offset::ZERO, Compression::None);
    for value in values {
        builder.push(None, Some(value), &[], TimestampMs(1_700_000_000_000))?;
    }
    Ok(builder.finish()?)
}
