//! What the test suites of other projects have in common: a broker of their own, each of their tests a case, and nothing left
//! out in silence.
//!
//! A suite runs from its published source. A test that skips itself, is deselected, or never ran has to stand on the list.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::report::Verdict;
use crate::run::Run;
use crate::target::{Settings, Target};

/// The log of a suite and what came of its tests.
pub type Outcome = (PathBuf, Vec<(String, Verdict)>);

/// Runs one suite with a broker of its own and records its tests; a run without any has failed.
pub fn judge(
    run: &Run,
    judge: &str,
    settings: &Settings,
    body: impl FnOnce(&Target) -> Result<Outcome>,
) -> Result<()> {
    let mut target = run.target(judge, settings)?;
    let start = Instant::now();
    let (log, results) = body(&target)?;
    let each = start.elapsed() / u32::try_from(results.len().max(1)).unwrap_or(u32::MAX);
    ensure!(!results.is_empty(), "{judge} ran no test, see {}", log.display());
    let listed = run.report.skipped_cases(judge);
    let unheard = listed.iter().filter(|test| results.iter().all(|(name, _)| name != *test));
    let left_out = unheard.map(|test| (test.clone(), Verdict::Skipped("deselected".to_owned())));
    for (test, verdict) in left_out.chain(results.iter().cloned()) {
        run.report.record(judge, &test, verdict, each, Some(&log));
    }
    run.judge_broker(judge, &mut target);
    Ok(())
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

    #[test]
    fn libtest_output_is_read_and_a_silent_skip_is_seen() {
        let output = "test a ... ok\ntest b ... FAILED\ntest c ... ok\n\nsuccesses:\n\n---- c stdout ----\nSkipping because\n";
        let results = libtest(output);
        assert_eq!(results[0], ("a".to_owned(), Verdict::Passed));
        assert_eq!(results[1].1, Verdict::Failed("FAILED".to_owned()));
        assert!(matches!(results[2].1, Verdict::Skipped(_)));
    }
}
