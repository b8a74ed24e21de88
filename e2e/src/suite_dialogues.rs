//! Groups of both protocols, and groups that change between them, as Kafka's own coordinator answers: conversations whose
//! transcripts Kafka wrote are held again.
//!
//! `dialogues/groups.txt` is what Kafka 4.3.1 said. The same suite with `--target kafka` shows that it still says so, and
//! with `--record` it writes the file anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::dialogue::{self, Differs, SHARES, Stage};
use crate::report::Verdict;
use crate::run::Run;
use crate::target::{Settings, Target};
use crate::wire_client::Client;

/// The judge's name in the report and in the list.
pub const JUDGE: &str = "dialogues";
const FILE: &str = "dialogues/groups.txt";
const INTRODUCTION: &str = "# What Kafka 4.3.1 answers to the members of groups of both protocols. Written by `weir-e2e --target kafka --record dialogues`.\n";
const HEADING: &str = "== ";
/// Conversations that are tried. Ids that a broker draws decide which partition goes to whom, and now and then that shows.
const SEEDS: u64 = 120;
/// Number 0 is compared, the others are recorded where they are all the same.
const TIMES: i32 = 9;
/// Conversations that are held at once; most of their time is waiting.
const AT_ONCE: usize = 6;
const COORDINATOR_LIMIT: Duration = Duration::from_secs(30);
const COORDINATOR_RETRY: Duration = Duration::from_millis(100);
/// Seeds, and the lines at which Weir goes another way.
const PARTINGS: [(u64, usize); 2] = [(64, 20), (100, 74)];
/// Kafka makes a target assignment at most so often; a transcript has no time in it.
const SETTINGS: &Settings = &[("group.consumer.assignment.interval.ms", "0")];

/// Holds all conversations, or records them.
pub fn run(run: &Run) -> Result<()> {
    if !run.wants_judge(JUDGE) {
        return Ok(());
    }
    let mut target = run.target(JUDGE, SETTINGS)?;
    let address: SocketAddr = target.bootstrap().parse().context("the target's address")?;
    set_the_stage(address, if run.records { TIMES } else { 1 })?;
    let file = run.kit.root.join(FILE);
    if run.records {
        fs::write(&file, record(address)?)?;
    }
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let recorded = parse(&text)?;
    let next = Mutex::new(recorded.iter());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((seed, lines)) = next.lock().expect("nobody panics with it").next() else {
                        return;
                    };
                    one(run, &target, address, *seed, lines);
                }
            });
        }
    });
    run.judge_broker(JUDGE, &mut target);
    Ok(())
}

/// Whether a conversation goes another way exactly where that is known; the reasons stand in `skips.toml`.
fn parts_as_known(seed: u64, error: &anyhow::Error) -> bool {
    let line = error.downcast_ref::<Differs>().map(|differs| differs.line);
    line.is_some_and(|line| PARTINGS.contains(&(seed, line)))
}

/// A conversation that may end differently is held all the same: once it does not, it is no exception any more.
fn one(run: &Run, target: &Target, address: SocketAddr, seed: u64, lines: &[&str]) {
    let case = format!("seed-{seed}");
    if !run.wants_case(&case) {
        return;
    }
    let start = Instant::now();
    let verdict = match dialogue::hold(stage(address, 0, seed), seed, Some(lines)) {
        Ok(_) => Verdict::Passed,
        Err(error) if parts_as_known(seed, &error) => Verdict::Skipped(format!("{error:#}")),
        Err(error) => Verdict::Failed(format!("{error:#}")),
    };
    run.report.record(JUDGE, &case, verdict, start.elapsed(), Some(target.log()));
}

/// Each time another group and another number of partitions: which of them moves first is a matter of their numbers.
fn stage(address: SocketAddr, time: i32, seed: u64) -> Stage {
    let (group, topic) = (format!("{JUDGE}-{time}-{seed}"), format!("{JUDGE}-{time}"));
    Stage { address, group, topic, partitions: SHARES * (1 + time) }
}

/// Kafka makes the topic of offsets when somebody asks for a coordinator, and refuses him until it is there.
fn set_the_stage(address: SocketAddr, times: i32) -> Result<()> {
    let mut client = Client::connect(address)?;
    for time in 0..times {
        let stage = stage(address, time, 0);
        client.create_topic(&stage.topic, stage.partitions, &[])?;
    }
    let start = Instant::now();
    while let Err(error) = client.find_coordinator(JUDGE) {
        if start.elapsed() > COORDINATOR_LIMIT {
            return Err(error);
        }
        std::thread::sleep(COORDINATOR_RETRY);
    }
    Ok(())
}

fn parse(text: &str) -> Result<Vec<(u64, Vec<&str>)>> {
    let mut dialogues: Vec<(u64, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix(HEADING), dialogues.last_mut()) {
            (Some(seed), _) => {
                dialogues.push((seed.parse().with_context(|| format!("no seed: {line}"))?, Vec::new()));
            }
            (None, Some((_, lines))) if !line.is_empty() => lines.push(line),
            (None, Some(_)) => {}
            (None, None) => {
                ensure!(line.starts_with('#') || line.is_empty(), "a line before any seed: {line}");
            }
        }
    }
    ensure!(!dialogues.is_empty(), "no conversation in {FILE}");
    Ok(dialogues)
}

/// What is said each time, if it is the same.
fn the_same_each_time(address: SocketAddr, seed: u64) -> Result<Option<Vec<String>>> {
    let first = dialogue::hold(stage(address, 1, seed), seed, None)?;
    for time in 2..TIMES {
        if dialogue::hold(stage(address, time, seed), seed, None)? != first {
            return Ok(None);
        }
    }
    Ok(Some(first))
}

/// Has the target answer to every seed, and writes down what it says.
fn record(address: SocketAddr) -> Result<String> {
    let next = AtomicU64::new(1);
    let said = Mutex::new(BTreeMap::new());
    let all = || -> Result<()> {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > SEEDS {
                return Ok(());
            }
            if let Some(lines) = the_same_each_time(address, seed).with_context(|| format!("seed {seed}"))? {
                said.lock().expect("nobody panics with it").insert(seed, lines);
            }
        }
    };
    std::thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(all)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })?;
    let mut text = String::from(INTRODUCTION);
    for (seed, lines) in said.into_inner().expect("nobody panics with it") {
        writeln!(text, "\n{HEADING}{seed}\n{}", lines.join("\n"))?;
    }
    Ok(text)
}
