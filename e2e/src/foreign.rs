//! What the test suites of other projects have in common: a broker of their own, each of their tests a case, and nothing left
//! out in silence.
//!
//! A suite runs from its published source. First it lists its tests; then each of them has to be heard of, or to stand on the
//! list of what may be left out, and what stands there has to exist. A runner that ends badly has failed whatever it printed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::report::Verdict;
use crate::run::Run;
use crate::target::{Settings, Target};

/// What a run of a suite left.
#[derive(Debug)]
pub struct Outcome {
    /// Where its output is.
    pub log: PathBuf,
    /// The exit code of its runner; `None` if it was ended for taking too long.
    pub code: Option<i32>,
    /// The names of all tests that it has.
    pub tests: BTreeSet<String>,
    /// What it said of those that ran.
    pub results: Vec<(String, Verdict)>,
}

impl Outcome {
    /// The verdicts on all tests, those that were not heard of and the listed ones too.
    fn verdicts(self, listed: &[String]) -> Vec<(String, Verdict)> {
        let heard: BTreeSet<&String> = self.results.iter().map(|(name, _)| name).collect();
        let mut all = Vec::new();
        for test in listed.iter().filter(|test| !heard.contains(test)) {
            let verdict = if self.tests.contains(test) {
                Verdict::Skipped("deselected".to_owned())
            } else {
                Verdict::Failed("it may be left out, and the suite has no such test".to_owned())
            };
            all.push((test.clone(), verdict));
        }
        let silent = self.tests.iter().filter(|test| !heard.contains(test) && !listed.contains(test));
        all.extend(
            silent.map(|test| (test.clone(), Verdict::Failed("it did not run to its end".to_owned()))),
        );
        all.extend(self.results);
        let is_explained = all.iter().any(|(_, verdict)| matches!(verdict, Verdict::Failed(_)));
        match self.code {
            Some(0) => {}
            None => all.push(("suite".to_owned(), Verdict::Failed("no end within its time".to_owned()))),
            Some(code) if !is_explained => {
                let why = format!("its runner ended with exit code {code}, and no test says why");
                all.push(("suite".to_owned(), Verdict::Failed(why)));
            }
            Some(_) => {}
        }
        all
    }
}

/// Runs one suite with a broker of its own and records its tests; a run without any has failed.
pub fn judge(
    run: &Run,
    judge: &str,
    settings: &Settings,
    body: impl FnOnce(&Target) -> Result<Outcome>,
) -> Result<()> {
    let mut target = run.target(judge, settings)?;
    let start = Instant::now();
    let outcome = body(&target)?;
    let log = outcome.log.clone();
    let each = start.elapsed() / u32::try_from(outcome.results.len().max(1)).unwrap_or(u32::MAX);
    ensure!(!outcome.results.is_empty(), "{judge} ran no test, see {}", log.display());
    for (test, verdict) in outcome.verdicts(&run.report.skipped_cases(judge)) {
        run.report.record(judge, &test, verdict, each, Some(&log));
    }
    run.judge_broker(judge, &mut target);
    Ok(())
}

/// The names that libtest prints with `--list`.
pub fn libtest_names(output: &str) -> BTreeSet<String> {
    output.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

/// What libtest printed: `test NAME ... ok`, and for those that passed without doing anything, what they said about it.
pub fn libtest(output: &str) -> Vec<(String, Verdict)> {
    let mut skipped = BTreeSet::new();
    let mut shown = None;
    for line in output.lines() {
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            shown = Some(name);
        } else if line.to_lowercase().starts_with("skip") {
            skipped.extend(shown);
        }
    }
    let result = |line: &str| {
        let (name, word) = line.strip_prefix("test ")?.split_once(" ... ")?;
        let name = name.trim_end_matches(" - should panic");
        let verdict = match word {
            "ok" if skipped.contains(name) => Verdict::Skipped("it skipped itself".to_owned()),
            "ok" => Verdict::Passed,
            word if word.starts_with("ignored") => Verdict::Skipped("its suite ignores it".to_owned()),
            word => Verdict::Failed(word.to_owned()),
        };
        Some((name.to_owned(), verdict))
    };
    output.lines().filter_map(result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: Option<i32>, results: &[(&str, Verdict)]) -> Outcome {
        Outcome {
            log: PathBuf::new(),
            code,
            tests: ["a", "b"].map(str::to_owned).into(),
            results: results.iter().map(|(name, verdict)| ((*name).to_owned(), verdict.clone())).collect(),
        }
    }

    fn failures(outcome: Outcome, listed: &[&str]) -> Vec<String> {
        let listed: Vec<String> = listed.iter().map(|name| (*name).to_owned()).collect();
        let verdicts = outcome.verdicts(&listed).into_iter();
        verdicts.filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_))).map(|(name, _)| name).collect()
    }

    #[test]
    fn a_test_that_is_not_heard_of_has_failed_unless_it_is_listed() {
        let heard = [("a", Verdict::Passed)];
        assert_eq!(failures(outcome(Some(0), &heard), &[]), ["b"]);
        assert!(failures(outcome(Some(0), &heard), &["b"]).is_empty());
    }

    #[test]
    fn a_listed_test_has_to_exist() {
        let heard = [("a", Verdict::Passed), ("b", Verdict::Passed)];
        assert_eq!(failures(outcome(Some(0), &heard), &["c"]), ["c"]);
    }

    #[test]
    fn a_runner_that_ends_badly_has_failed() {
        let heard = [("a", Verdict::Passed), ("b", Verdict::Passed)];
        assert!(failures(outcome(Some(0), &heard), &[]).is_empty());
        assert_eq!(failures(outcome(Some(101), &heard), &[]), ["suite"]);
        assert_eq!(failures(outcome(None, &heard), &[]), ["suite"]);
        let one_failed = [("a", Verdict::Passed), ("b", Verdict::Failed(String::new()))];
        assert_eq!(failures(outcome(Some(101), &one_failed), &[]), ["b"]);
    }

    #[test]
    fn libtest_names_are_read() {
        let output = "a: test\nm::b: test\nc: benchmark\n\n2 tests, 1 benchmark\n";
        assert_eq!(libtest_names(output), ["a", "m::b"].map(str::to_owned).into());
    }

    #[test]
    fn libtest_output_is_read_and_a_silent_skip_is_seen() {
        let output = "test a ... ok\ntest b ... FAILED\ntest c ... ok\n\nsuccesses:\n\n---- c stdout ----\nSkipping because\n";
        let results = libtest(output);
        assert_eq!(results[0], ("a".to_owned(), Verdict::Passed));
        assert_eq!(results[1].1, Verdict::Failed("FAILED".to_owned()));
        assert!(matches!(results[2].1, Verdict::Skipped(_)));
    }
}
