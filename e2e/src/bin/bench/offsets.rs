//! How long a group coordinator takes to load what groups committed, after a `kill -9`.

use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use weir_e2e::wire_client::Client;

use crate::MEBIBYTE;
use crate::load::Bench;

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
    let committing = started.elapsed();
    broker.kill()?;
    let mebibytes = bytes_of_offsets(&folder.path().join("data"))? as f64 / MEBIBYTE;
    let started = Instant::now();
    let broker = bench.start(folder.path(), &[])?;
    let up = started.elapsed();
    let offsets = committed_when_loaded(broker.address())?;
    let whole = i32::try_from(offsets.len()) == Ok(KEYS) && offsets.iter().all(|offset| *offset == ROUNDS);
    ensure!(whole, "not every key has its last commit");
    println!(
        "{} commits over {KEYS} keys, {mebibytes:.0} MiB, written in {committing:.1?}: after kill -9 the port is open in {up:.2?}, \
         all offsets are read in {:.2?} (wanted <= 2 s)",
        i64::from(KEYS) * ROUNDS,
        started.elapsed()
    );
    broker.kill()
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
            Err(_) if started.elapsed() < LOAD_TIME_MAX => std::thread::sleep(Duration::from_millis(5)),
            result => return result,
        }
    }
}

/// What the logs of committed offsets take on disk.
fn bytes_of_offsets(data: &Path) -> Result<u64> {
    let mut bytes = 0;
    for log in std::fs::read_dir(data.join("logs"))? {
        let log = log?;
        if log.file_name().to_string_lossy().starts_with(OFFSETS) {
            for file in std::fs::read_dir(log.path())? {
                let file = file?;
                if file.path().extension().is_some_and(|extension| extension == "log") {
                    bytes += file.metadata()?.len();
                }
            }
        }
    }
    Ok(bytes)
}
