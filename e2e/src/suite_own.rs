//! Test suites that client libraries bring themselves: rskafka's (Rust) and kafka-python's.
//!
//! Each runs from its published source against a broker of its own, and each of its tests is a case here. A test that
//! skips itself has to stand on the list like everything else that is left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::foreign::{self, Outcome};
use crate::judges::{self, Kit};
use crate::process::{command, fetch, must, run as run_process};
use crate::report::Verdict;
use crate::run::Run;
use crate::system::{program, version_of};
use crate::target::Target;

/// How long a whole suite may take.
const SUITE_LIMIT: Duration = Duration::from_secs(900);
/// The judge's name in the report and in the list.
pub const RSKAFKA: &str = "rskafka-suite";
/// The judge's name in the report and in the list.
pub const KAFKA_PYTHON: &str = "kafka-python-suite";

/// What runs one of them.
type OwnSuite = fn(&Run) -> Result<()>;

/// Runs the suites that were asked for; one that cannot be run at all has failed, and the other still runs.
pub fn run(run: &Run) -> Result<()> {
    let suites: [(&str, OwnSuite); 2] = [(RSKAFKA, run_rskafka), (KAFKA_PYTHON, run_kafka_python)];
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

fn run_kafka_python(run: &Run) -> Result<()> {
    let (python, source) = kafka_python_source(&run.kit)?;
    // Its members have sessions of three seconds, and it places replicas on a broker with id 0.
    let settings = [("node.id", "0"), ("num.partitions", "4"), ("group.min.session.timeout.ms", "100")];
    foreign::judge(run, KAFKA_PYTHON, &settings, |target| kafka_python(run, target, &python, &source))
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

/// The environment and the unpacked source of kafka-python.
fn kafka_python_source(kit: &Kit) -> Result<(PathBuf, PathBuf)> {
    let requirements = kit.root.join("suites").join("kafka-python").join("requirements.txt");
    let python = judges::python(kit, "kafka-python-suite", &requirements)?;
    let pinned = std::fs::read_to_string(kit.root.join("clients").join("python").join("requirements.txt"))?;
    let wanted = pinned
        .lines()
        .find(|line| line.starts_with("kafka-python=="))
        .context("kafka-python is not pinned")?;
    let service = std::fs::read(kit.root.join("suites").join("kafka-python").join("service.py"))?;
    let version = version_of(&python, "--version")?;
    let dir = kit.cache.entry("suite-kafka-python", &[wanted.as_bytes(), &version, &service], |dir| {
        let mut download = Command::new(&python);
        download.args([
            "-m",
            "pip",
            "download",
            "-q",
            "--disable-pip-version-check",
            "--no-deps",
            "--no-binary",
            ":all:",
            "-d",
        ]);
        download.arg(dir).arg(wanted);
        fetch(download)?;
        let archive = std::fs::read_dir(dir)?.next().context("pip downloaded nothing")??.path();
        let mut unpack = Command::new("tar");
        unpack.arg("xzf").arg(&archive).args(["--strip-components=1", "-C"]).arg(dir);
        must(unpack)?;
        // Without it, `test` means the package of that name in Python's own library.
        std::fs::write(dir.join("test").join("__init__.py"), "")?;
        std::fs::write(dir.join("test").join("service.py"), &service)?;
        Ok(std::fs::remove_file(archive)?)
    })?;
    Ok((python, dir))
}

/// pytest over the suite's folder, with the broker's address.
fn pytest(target: &Target, python: &Path, source: &Path) -> Command {
    let mut pytest = command(python);
    pytest.args(["-B", "-m", "pytest", "test/integration", "-p", "no:cacheprovider", "--color=no"]);
    pytest.env("KAFKA_URI", format!("kafka://{}", target.bootstrap())).env("KAFKA_VERSION", "4.3.0");
    pytest.env("KAFKA_ROOT", source).env("PYTHONPATH", source).current_dir(source);
    pytest
}

fn kafka_python(run: &Run, target: &Target, python: &Path, source: &Path) -> Result<Outcome> {
    let log = run.logs("own")?.join(KAFKA_PYTHON);
    let listed = run.report.skipped_cases(KAFKA_PYTHON);
    let (files, names): (Vec<&String>, Vec<&String>) = listed.iter().partition(|case| case.ends_with(".py"));
    let mut listing = pytest(target, python, source);
    listing.args(["--collect-only", "-q"]);
    let tests = pytest_names(&must(listing)?, &files);
    let mut suite = pytest(target, python, source);
    suite.args(["-v", "--timeout=90"]);
    // Its consumer without a group may lose a subscription that is made while its first metadata request is under way: it
    // then never asks for the topic and reads nothing. Only a test that read nothing at all is tried again.
    suite.args(["--reruns=2", r"--only-rerun=assert set\(\) =="]);
    suite.args(files.iter().map(|file| format!("--ignore=test/integration/{file}")));
    let left_out: Vec<String> = names.iter().map(|test| format!("not {test}")).collect();
    suite.args(["-k", &left_out.join(" and ")]);
    let finished = run_process(suite, &log, "", SUITE_LIMIT)?;
    let results = pytest_results(&finished.stdout);
    Ok(Outcome { log: log.with_extension("out"), code: finished.code, tests, results })
}

/// `FILE::TEST` for each test; of a file that is left out only the file's name.
fn pytest_names(output: &str, left_out: &[&String]) -> BTreeSet<String> {
    let name = |line: &str| {
        let (path, test) = line.split_once("::")?;
        let file = path.rsplit('/').next().unwrap_or(path).to_owned();
        Some(if left_out.contains(&&file) { file } else { test.to_owned() })
    };
    output.lines().filter_map(name).collect()
}

/// `FILE::TEST PASSED   [ 10%]`, where what a test printed itself may stand before the verdict, on lines of its own too.
fn pytest_results(output: &str) -> Vec<(String, Verdict)> {
    let mut results = Vec::new();
    let mut pending: Option<&str> = None;
    for line in output.lines().skip_while(|line| !line.contains("session starts")).skip(1) {
        if line.starts_with("=====") {
            break;
        }
        let named = line.split_once(' ').and_then(|(name, rest)| Some((name.split_once("::")?.1, rest)));
        let rest = match named {
            Some((test, rest)) => {
                pending = Some(test);
                rest
            }
            None => line,
        };
        let (Some(test), Some(verdict)) = (pending, pytest_verdict(rest)) else { continue };
        results.push((test.to_owned(), verdict));
        pending = None;
    }
    results
}

fn pytest_verdict(text: &str) -> Option<Verdict> {
    match text.split_whitespace().next()? {
        "PASSED" | "XFAIL" => Some(Verdict::Passed),
        "SKIPPED" => Some(Verdict::Skipped(text.to_owned())),
        "FAILED" | "ERROR" | "XPASS" => Some(Verdict::Failed(text.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pytest_are_read() {
        let output = "t/x.py::test_a\nt/x.py::test_b[1-2]\nt/y.py::test_c\n\n3 tests collected in 0.1s\n";
        let names = pytest_names(output, &[&"y.py".to_owned()]);
        assert_eq!(names, ["test_a", "test_b[1-2]", "y.py"].map(str::to_owned).into());
    }

    #[test]
    fn pytest_output_is_read() {
        let output = "=== test session starts ===\nt/x.py::test_a PASSED   [ 1%]\nt/x.py::test_b SKIPPED (why)  [ 2%]\nt/x.py::test_c FAILED [ 3%]\n=== FAILURES ===\n";
        let results = pytest_results(output);
        assert_eq!(results.len(), 3);
        assert_eq!(results[0], ("test_a".to_owned(), Verdict::Passed));
        assert!(matches!(&results[1].1, Verdict::Skipped(why) if why.contains("why")));
    }

    #[test]
    fn what_a_test_of_pytest_prints_does_not_hide_its_verdict() {
        let output = "=== test session starts ===\nt/x.py::test_a Done!\nPASSED [ 50%]\nt/x.py::test_b Done!\n\n===== 1 passed =====\nPASSED\n";
        assert_eq!(pytest_results(output), [("test_a".to_owned(), Verdict::Passed)]);
    }
}
