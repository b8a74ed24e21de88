//! The test suite of kafka-go, from its published module: the widest user of low versions.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::foreign::{self, Outcome};
use crate::judges;
use crate::process::{command, fetch, must, read_lossy, run as run_process};
use crate::report::{Verdict, say};
use crate::run::Run;
use crate::system::program;
use crate::target::Target;

/// The judge's name in the report and in the list.
pub const JUDGE: &str = "kafka-go-suite";
const MODULE: &str = "github.com/segmentio/kafka-go";
/// How long the whole suite may take.
const SUITE_LIMIT: Duration = Duration::from_secs(2400);
/// The port that is written into its sources; in the copy the judged broker's stands there.
const PORT: &str = "9092";

/// A line of `go test -json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    action: String,
    package: String,
    #[serde(default)]
    test: String,
}

/// Runs the suite against a broker of its own.
pub fn run(run: &Run) -> Result<()> {
    if !run.wants_judge(JUDGE) {
        return Ok(());
    }
    // Its tests compare the names of brokers with that of their authors' broker.
    let settings = [
        ("node.id", "1"),
        ("advertised.listeners", "PLAINTEXT://localhost:{port}"),
        ("message.max.bytes", "200000000"),
        ("socket.request.max.bytes", "250000000"),
        ("num.partitions", "1"),
    ];
    foreign::judge(run, JUDGE, &settings, |target| suite(run, target))
}

/// A copy of the module with the address of the judged broker in its sources.
fn source(run: &Run, target: &Target) -> Result<PathBuf> {
    let port = target.bootstrap().rsplit_once(':').context("an address without a port")?.1;
    let mut list = go()?;
    list.args(["list", "-m", "-f", "{{.Dir}}", MODULE]).current_dir(run.kit.root.join("clients").join("go"));
    // The module lies in Go's own cache once it was fetched, and the clients of the matrix need it too.
    let mut download = go()?;
    download.args(["mod", "download", MODULE]).current_dir(run.kit.root.join("clients").join("go"));
    fetch(download)?;
    let module = must(list)?;
    let copy = run.recipe.work.join("kafka-go");
    judges::copy_tree(Path::new(module.trim()), &copy)?;
    patch(&copy, port)?;
    Ok(copy)
}

fn go() -> Result<Command> {
    let mut go = Command::new(program("go", "golang-go")?);
    go.env("GOTOOLCHAIN", "local");
    Ok(go)
}

fn patch(folder: &Path, port: &str) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // Go keeps its modules read-only.
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        rustix::fs::chmod(&path, rustix::fs::Mode::from_raw_mode(mode))?;
        if path.is_dir() {
            patch(&path, port)?;
        } else if path.extension().is_some_and(|extension| extension == "go") {
            let text = read_lossy(&path)?;
            if text.contains(PORT) {
                fs::write(&path, text.replace(PORT, port))?;
            }
        }
    }
    Ok(())
}

fn suite(run: &Run, target: &Target) -> Result<Outcome> {
    let source = source(run, target)?;
    let log = run.logs("kafka-go")?.join(JUDGE);
    say("building the tests of kafka-go");
    let mut listing = go()?;
    listing.args(["test", "-json", "-list", ".", "./..."]).current_dir(&source).env("GOFLAGS", "-mod=mod");
    let left_out = run.report.skipped_cases(JUDGE);
    let mut tests = listed(&must(listing)?);
    let mut literals = BTreeSet::new();
    part_names(&source, &mut literals)?;
    // Parts are named as the tests run; those that are left out are looked for in the sources.
    let parts = left_out.iter().filter(|test| {
        let part = test.split_once('/');
        part.is_some_and(|(test, part)| tests.contains(test) && literals.contains(part))
    });
    let parts: Vec<String> = parts.cloned().collect();
    tests.extend(parts);
    let mut test = command(program("go", "golang-go")?);
    test.args(["test", "-json", "-p", "1", "-count", "1", "-timeout", "30m"]);
    test.arg("-skip").arg(skip_pattern(&left_out)).arg("./...").current_dir(&source);
    test.env("GOTOOLCHAIN", "local").env("GOFLAGS", "-mod=mod");
    test.env("KAFKA_SKIP_NETTEST", "1").env("KAFKA_VERSION", "4.0.0");
    let finished = run_process(test, &log, "", SUITE_LIMIT)?;
    let results = results(&finished.stdout);
    Ok(Outcome { log: log.with_extension("out"), code: finished.code, tests, results })
}

/// All that stands between quotes in the sources of tests, as Go names the part of a test that is called so.
fn part_names(folder: &Path, names: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            part_names(&path, names)?;
        } else if path.to_string_lossy().ends_with("_test.go") {
            let text = read_lossy(&path)?;
            let quoted = text.lines().flat_map(|line| line.split('"').skip(1).step_by(2));
            names.extend(quoted.map(|name| name.replace(' ', "_")));
        }
    }
    Ok(())
}

/// Go matches names part by part: an alternative for each test, its parts between slashes.
fn skip_pattern(tests: &[String]) -> String {
    let exact = |test: &String| {
        test.split('/').map(|part| format!("^{}$", part.replace('+', "\\+"))).collect::<Vec<_>>().join("/")
    };
    tests.iter().map(exact).collect::<Vec<_>>().join("|")
}

fn events(output: &str) -> impl Iterator<Item = Event> {
    output.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// Names of the tests that the packages have. `-list` prints them as output.
fn listed(output: &str) -> BTreeSet<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Printed {
        #[serde(default)]
        output: String,
    }
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Printed>(line).ok());
    let names = lines.map(|line| line.output.trim().to_owned());
    names.filter(|name| name.starts_with("Test") || name.starts_with("Example")).collect()
}

/// Verdicts of the tests; of their parts only those that are left out or fail are told apart.
fn results(output: &str) -> Vec<(String, Verdict)> {
    let finished = events(output).filter(|event| !event.test.is_empty());
    let result = |event: Event| {
        let is_part = event.test.contains('/');
        let verdict = match event.action.as_str() {
            "pass" if !is_part => Verdict::Passed,
            "fail" => Verdict::Failed(format!("in {}", event.package)),
            "skip" => Verdict::Skipped("it skipped itself".to_owned()),
            _ => return None,
        };
        Some((event.test, verdict))
    };
    finished.filter_map(result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_test_is_named_with_the_test() {
        assert_eq!(skip_pattern(&["TestA".to_owned(), "TestB/x".to_owned()]), "^TestA$|^TestB$/^x$");
    }

    #[test]
    fn events_are_read() {
        let output = "{\"Action\":\"start\",\"Package\":\"p\"}\n\
            {\"Action\":\"output\",\"Package\":\"p\",\"Output\":\"TestA\\n\"}\n\
            {\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"TestA/x\"}\n\
            {\"Action\":\"fail\",\"Package\":\"p\",\"Test\":\"TestA/y\"}\n\
            {\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"TestB\"}\nnoise\n\
            {\"Action\":\"pass\",\"Package\":\"p\",\"Elapsed\":1}\n";
        let found = results(output);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].0, "TestA/y");
        assert_eq!(found[1], ("TestB".to_owned(), Verdict::Passed));
        assert_eq!(listed(output).len(), 1);
    }
}
