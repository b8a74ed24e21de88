//! How long a group coordinator takes to load what groups committed, after a `kill -9` and after a clean stop.

use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use weir_e2e::broker::Broker;
use weir_e2e::wire_client::{Client, Refused};

use crate::MEBIBYTE;
use crate::load::Bench;
use crate::machine::bytes_of_logs;

const TOPIC: &str = "committed";
/// Where the broker keeps what is committed.
const OFFSETS: &str = "__consumer_offsets";
const GROUP: &str = "group";
/// One key for each partition.
const KEYS: i32 = 1000;
/// How often each key is committed: ten million commits in all.
const ROUNDS: i64 = 10_000;
const CLIENTS: i32 = 4;
/// A broker that has not loaded its groups by then never will.
const LOAD_TIME_MAX: Duration = Duration::from_secs(60);

pub(crate) fn run(bench: &Bench<'_>) -> Result<()> {
    let folder = bench.new_folder()?;
    let broker = bench.start(folder.path(), &[])?;
    let address = broker.address();
    let mut client = Client::connect(address)?;
    client.create_topic(TOPIC, KEYS, &[])?;
    client.find_coordinator(GROUP)?;
    committed_when_loaded(address)?;
    commit(address, 0..KEYS, 1)?;
    // All of it is to be there still when it is loaded.
    let alter =
        ["topic", "alter", OFFSETS, "-c", "min.compaction.lag.ms=3600000", "-b", &address.to_string()];
    let altered = Command::new(bench.weir).args(alter).output().context("starting weir topic alter")?;
    ensure!(
        altered.status.success(),
        "weir topic alter: {}",
        String::from_utf8_lossy(&altered.stderr).trim()
    );
    let started = Instant::now();
    std::thread::scope(|scope| {
        let each = KEYS / CLIENTS;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| scope.spawn(move || commit(address, client * each..(client + 1) * each, ROUNDS)))
            .collect();
        clients.into_iter().try_for_each(|client| client.join().map_err(|_| anyhow!("a client panicked"))?)
    })?;
    let total = i64::from(KEYS) * ROUNDS;
    println!("{total} commits over {KEYS} keys, written in {:.1?}", started.elapsed());
    broker.kill()?;
    let mebibytes = bytes_of_logs(&folder.path().join("data"), OFFSETS)? as f64 / MEBIBYTE;
    let broker = load(bench, folder.path(), &format!("{mebibytes:.0} MiB of them after kill -9"))?;
    broker.stop()?;
    load(bench, folder.path(), "the same after a clean stop")?.kill()
}

/// Starts a broker on what was committed and tells how long it takes until all of it is read.
fn load(bench: &Bench<'_>, folder: &Path, what: &str) -> Result<Broker> {
    let started = Instant::now();
    let broker = bench.start(folder, &[])?;
    let up = started.elapsed();
    let offsets = committed_when_loaded(broker.address())?;
    let whole = i32::try_from(offsets.len()) == Ok(KEYS) && offsets.iter().all(|offset| *offset == ROUNDS);
    ensure!(whole, "not every key has its last commit");
    println!(
        "  {what}: the port is open in {up:.2?}, all offsets are read in {:.2?} (wanted <= 2 s)",
        started.elapsed()
    );
    Ok(broker)
}

/// Commits every key of the range so many times, one request a time.
fn commit(address: SocketAddr, keys: Range<i32>, rounds: i64) -> Result<()> {
    let mut client = Client::connect(address)?;
    (1..=rounds).try_for_each(|round| client.commit_all(GROUP, TOPIC, keys.clone().map(|key| (key, round))))
}

/// What is committed for each key, once the coordinator has loaded.
fn committed_when_loaded(address: SocketAddr) -> Result<Vec<i64>> {
    let mut client = Client::connect(address)?;
    let started = Instant::now();
    loop {
        match client.committed_all(GROUP, TOPIC, 0..KEYS) {
            // The coordinator says so while it loads.
            Err(error)
                if started.elapsed() < LOAD_TIME_MAX
                    && error.downcast_ref::<Refused>().is_some_and(|refused| refused.0.is_retriable()) =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            result => return result,
        }
    }
}
