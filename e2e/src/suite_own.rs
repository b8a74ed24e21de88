//! Test suites that client libraries bring themselves: rskafka's (Rust) and kafka-python's.
//!
//! Each runs from its published source against a broker of its own, and each of its tests is a case here. A test that
//! skips itself has to stand on the list like everything else that is left out.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::foreign::{self, Outcome};
use crate::judges::{self, Kit};
use crate::kafka_python;
use crate::process::{command, must, run as run_process};
use crate::report::Verdict;
use crate::run::Run;
use crate::system::program;
use crate::target::Target;

/// How long a whole suite may take.
pub(crate) const SUITE_LIMIT: Duration = Duration::from_secs(900);
/// The judge's name in the report and in the list.
pub const RSKAFKA: &str = "rskafka-suite";

/// What runs one of them.
type OwnSuite = fn(&Run) -> Result<()>;

/// Runs the suites that were asked for; one that cannot be run at all has failed, and the other still runs.
pub fn run(run: &Run) -> Result<()> {
    let suites: [(&str, OwnSuite); 2] = [(RSKAFKA, run_rskafka), (kafka_python::JUDGE, kafka_python::run)];
    for (judge, body) in suites.into_iter().filter(|(judge, _)| run.wants_judge(judge)) {
        let start = Instant::now();
        if let Err(error) = body(run) {
            run.report.record(judge, "suite", Verdict::Failed(format!("{error:#}")), start.elapsed(), None);
        }
    }
    Ok(())
}

fn run_rskafka(run: &Run) -> Result<()> {
    let source = rskafka_source(&run.kit)?;
    foreign::judge(run, RSKAFKA, &[("auto.create.topics.enable", "false")], |target| {
        rskafka(run, target, &source)
    })
}

/// A copy of rskafka's source with its tests compiled. Its own toolchain file is left out: it would make rustup download one.
fn rskafka_source(kit: &Kit) -> Result<PathBuf> {
    let workspace = kit.root.join("clients").join("rust");
    let lock = std::fs::read(workspace.join("Cargo.lock"))?;
    program("cc", "gcc")?;
    program("make", "make")?;
    let (_, source) = judges::crate_source(kit, "rskafka")?;
    kit.cache.entry("suite-rskafka", &[&lock], |dir| {
        judges::copy_tree(&source, dir)?;
        std::fs::remove_file(dir.join("rust-toolchain.toml"))?;
        // The release that the crate's own lock file names is refused by newer compilers; ours names one that is not.
        let (rsasl, _) = judges::crate_source(kit, "rsasl")?;
        let mut update = Command::new(judges::cargo());
        update.args(["update", "-p", "rsasl", "--precise", &rsasl]);
        update.arg("--manifest-path").arg(dir.join("Cargo.toml"));
        must(update)?;
        let mut build = rskafka_tests(dir);
        build.arg("--no-run");
        crate::report::say("building the tests of rskafka");
        must(build).map(drop)
    })
}

fn rskafka_tests(dir: &Path) -> Command {
    let mut cargo = command(judges::cargo());
    cargo.args(["test", "--locked", "--no-fail-fast", "--manifest-path"]).arg(dir.join("Cargo.toml"));
    for test in ["client", "consumer", "produce_consume", "producer"] {
        cargo.args(["--test", test]);
    }
    cargo.arg("--target-dir").arg(dir.join("target")).env_remove("RUSTFLAGS").current_dir(dir);
    cargo
}

fn rskafka(run: &Run, target: &Target, source: &Path) -> Result<Outcome> {
    let log = run.logs("own")?.join(RSKAFKA);
    let mut listing = rskafka_tests(source);
    listing.args(["--quiet", "--", "--list"]);
    let tests = foreign::libtest_names(&must(listing)?);
    let mut cargo = rskafka_tests(source);
    cargo
        .args(["--", "--test-threads=2", "--show-output"])
        .env("TEST_INTEGRATION", "1")
        .env("TEST_BROKER_IMPL", "kafka");
    cargo.env("KAFKA_CONNECT", target.bootstrap()).env_remove("RUST_LOG");
    let finished = run_process(cargo, &log, "", SUITE_LIMIT)?;
    let results = foreign::libtest(&finished.stdout);
    Ok(Outcome { log: log.with_extension("out"), code: finished.code, tests, results })
}
