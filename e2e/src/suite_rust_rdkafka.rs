//! The test suite of rust-rdkafka, from the source that the crate carries.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::foreign::{self, Outcome};
use crate::judges::{self, Kit};
use crate::process::{command, must, run as run_process};
use crate::report::say;
use crate::run::Run;
use crate::system::program;
use crate::target::Target;

/// The judge's name in the report and in the list.
pub const JUDGE: &str = "rust-rdkafka-suite";
/// How long the whole suite may take.
const SUITE_LIMIT: Duration = Duration::from_secs(1800);
/// The tests that need a broker, by the file that holds them.
const FILES: &[&str] = &[
    "test_admin",
    "test_high_consumers",
    "test_high_producers",
    "test_low_consumers",
    "test_low_producers",
    "test_metadata",
    "test_topic_partition_list",
    "test_transactions",
];
/// Where its tests name the address of their authors' broker; in the copy they are told the judged one's.
const ADDRESSES: &[(&str, &str, &str)] = &[
    (
        "test_metadata.rs",
        "assert_eq!(broker_metadata[0].port(), 9092);",
        "assert_eq!(Ok(broker_metadata[0].port().to_string()), std::env::var(\"JUDGED_PORT\"));",
    ),
    (
        "test_high_producers.rs",
        ".set(\"bootstrap.servers\", \"localhost\")",
        ".set(\"bootstrap.servers\", get_bootstrap_server().as_str())",
    ),
];

/// Runs the suite against a broker of its own.
pub fn run(run: &Run) -> Result<()> {
    if !run.wants_judge(JUDGE) {
        return Ok(());
    }
    let source = source(&run.kit)?;
    // Its tests expect the one broker to have the id 0.
    let settings = [("node.id", "0"), ("num.partitions", "3")];
    foreign::judge(run, JUDGE, &settings, |target| suite(run, target, &source))
}

/// A copy of the source with its tests compiled.
fn source(kit: &Kit) -> Result<PathBuf> {
    program("cc", "gcc")?;
    program("make", "make")?;
    let (version, source) = judges::crate_source(kit, "rdkafka")?;
    let key: String = ADDRESSES.iter().map(|(file, from, to)| format!("{file} {from} {to}\n")).collect();
    kit.cache.entry("suite-rust-rdkafka", &[version.as_bytes(), key.as_bytes()], |dir| {
        judges::copy_tree(&source, dir)?;
        for (file, from, to) in ADDRESSES {
            let path = dir.join("tests").join(file);
            let text = std::fs::read_to_string(&path)?;
            ensure!(text.contains(from), "{file} does not hold {from}");
            std::fs::write(&path, text.replace(from, to))?;
        }
        say("building the tests of rust-rdkafka");
        let mut build = tests(dir);
        build.arg("--no-run");
        must(build).map(drop)
    })
}

fn tests(dir: &Path) -> std::process::Command {
    let mut cargo = command(judges::cargo());
    cargo.args(["test", "--no-fail-fast", "--locked", "--manifest-path"]).arg(dir.join("Cargo.toml"));
    for file in FILES {
        cargo.args(["--test", file]);
    }
    cargo.arg("--target-dir").arg(dir.join("target")).env_remove("RUSTFLAGS").current_dir(dir);
    cargo
}

fn suite(run: &Run, target: &Target, source: &Path) -> Result<Outcome> {
    let log = run.logs("rust-rdkafka")?.join(JUDGE);
    let port = target.bootstrap().rsplit_once(':').context("an address without a port")?.1;
    let mut listing = tests(source);
    listing.args(["--quiet", "--", "--list"]);
    let names = foreign::libtest_names(&must(listing)?);
    let mut cargo = tests(source);
    // What a test that passed printed shows whether it skipped itself.
    cargo.args(["--", "--test-threads=2", "--show-output", "--exact"]);
    for test in run.report.skipped_cases(JUDGE) {
        cargo.args(["--skip", &test]);
    }
    cargo.env("KAFKA_HOST", target.bootstrap()).env("KAFKA_VERSION", "4.0.0").env("JUDGED_PORT", port);
    cargo.env_remove("RUST_LOG");
    let finished = run_process(cargo, &log, "", SUITE_LIMIT)?;
    Ok(Outcome {
        log: log.with_extension("out"),
        code: finished.code,
        tests: names,
        results: foreign::libtest(&finished.stdout),
    })
}
