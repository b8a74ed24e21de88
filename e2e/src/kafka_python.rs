//! kafka-python's own test suite. See [`crate::suite_own`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::foreign::{self, Outcome};
use crate::judges::{self, Kit};
use crate::process::{command, fetch, must, run as run_process};
use crate::report::Verdict;
use crate::run::Run;
use crate::suite_own::SUITE_LIMIT;
use crate::system::version_of;
use crate::target::Target;

/// The judge's name in the report and in the list.
pub(crate) const JUDGE: &str = "kafka-python-suite";
/// How often a test is run at most; see [`never_asked`].
const ATTEMPTS_MAX: u32 = 3;

/// Runs the suite with a broker of its own.
pub(crate) fn run(run: &Run) -> Result<()> {
    let (python, source) = source(&run.kit)?;
    // Its members have sessions of three seconds, and it places replicas on a broker with id 0.
    let settings = [("node.id", "0"), ("num.partitions", "4"), ("group.min.session.timeout.ms", "100")];
    foreign::judge(run, JUDGE, &settings, |target| judge(run, target, &python, &source))
}

/// The environment and the unpacked source of kafka-python.
fn source(kit: &Kit) -> Result<(PathBuf, PathBuf)> {
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

/// pytest with the broker's address; what to run is added.
fn pytest(target: &Target, python: &Path, source: &Path) -> Command {
    let mut pytest = command(python);
    pytest.args(["-B", "-m", "pytest", "-p", "no:cacheprovider", "--color=no"]);
    // By a signal, so that the test that hangs fails alone.
    pytest.args(["--timeout=90", "--timeout-method=signal"]);
    pytest.env("KAFKA_URI", format!("kafka://{}", target.bootstrap())).env("KAFKA_VERSION", "4.3.0");
    pytest.env("KAFKA_ROOT", source).env("PYTHONPATH", source).current_dir(source);
    pytest
}

/// Runs all tests, and again those that the client itself kept from reading.
fn judge(run: &Run, target: &Target, python: &Path, source: &Path) -> Result<Outcome> {
    let log = run.logs("own")?.join(JUDGE);
    let listed = run.report.skipped_cases(JUDGE);
    let (files, names): (Vec<&String>, Vec<&String>) = listed.iter().partition(|case| case.ends_with(".py"));
    let mut listing = pytest(target, python, source);
    listing.args(["test/integration", "--collect-only", "-q"]);
    let tests = pytest_names(&must(listing)?, &files);
    let mut suite = pytest(target, python, source);
    suite.args(["-v", "test/integration"]);
    suite.args(files.iter().map(|file| format!("--ignore=test/integration/{file}")));
    let left_out: Vec<String> = names.iter().map(|test| format!("not {test}")).collect();
    suite.args(["-k", &left_out.join(" and ")]);
    let mut finished = run_process(suite, &log, "", SUITE_LIMIT)?;
    let mut results = pytest_results(&finished.stdout);
    for attempt in 2..=ATTEMPTS_MAX {
        let again = never_asked(&finished.stdout);
        // Whatever else failed stays failed, and so does the run.
        if again.is_empty() || again.len() < failures(&results) {
            break;
        }
        let mut suite = pytest(target, python, source);
        suite.arg("-v").args(&again);
        let log = log.with_file_name(format!("{JUDGE}-{attempt}"));
        finished = run_process(suite, &log, "", SUITE_LIMIT)?;
        for (test, verdict) in pytest_results(&finished.stdout) {
            results.retain(|(known, _)| *known != test);
            results.push((test, verdict));
        }
    }
    Ok(Outcome { log: log.with_extension("out"), code: finished.code, tests, results })
}

fn failures(results: &[(String, Verdict)]) -> usize {
    results.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_))).count()
}

/// The failed tests, as pytest takes them, whose consumer subscribed and then never asked for its topic.
///
/// A consumer of this client that subscribes while its first metadata request is under way may take that answer, which names
/// no topic, for the answer to its subscription; it asks again after five minutes. No broker can help it.
fn never_asked(output: &str) -> Vec<String> {
    let sections: Vec<&str> = output.split("\n____").skip(1).collect();
    let subscribed_in_vain = |test: &str| {
        let title = format!("____ {test} ____");
        let section = sections.iter().find(|section| {
            section.lines().next().is_some_and(|line| format!("____{line}____").contains(&title))
        });
        section.and_then(|section| section.rsplit_once("Updating subscribed topics to: ")).is_some_and(
            |(_, after)| {
                !after.contains("Sending metadata request MetadataRequest(topics=[MetadataRequestTopic(")
            },
        )
    };
    let failed = output.lines().filter_map(|line| line.strip_prefix("FAILED ")?.split_whitespace().next());
    failed
        .filter(|id| id.split_once("::").is_some_and(|(_, test)| subscribed_in_vain(test)))
        .map(str::to_owned)
        .collect()
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

    /// What pytest printed of a test that failed, where `after` follows its subscription.
    fn failed_test(after: &str) -> String {
        format!(
            "=== FAILURES ===\n___________ test_a[x] ___________\n\n    a line\nx Updating subscribed topics to: ('t',)\n{after}\n\
             === short test summary info ===\nFAILED t/x.py::test_a[x] - why not\n"
        )
    }

    #[test]
    fn only_a_consumer_that_never_asked_for_its_topic_is_run_again() {
        assert_eq!(never_asked(&failed_test("x Sleeping")), ["t/x.py::test_a[x]"]);
        let asked = "x Sending metadata request MetadataRequest(topics=[MetadataRequestTopic(name='t')])";
        assert!(never_asked(&failed_test(asked)).is_empty());
        assert!(never_asked(&failed_test("").replace("Updating subscribed", "")).is_empty());
        assert!(never_asked("FAILED t/x.py::test_a[x]\n").is_empty());
    }
}
