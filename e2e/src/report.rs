//! What came of each case: one line each, a closing summary, an exit code.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use crate::process::{read_lossy, tail};
use crate::skips::Skips;

/// How many lines of a log are shown with a failure.
const LINES_SHOWN: usize = 15;

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It did what it should.
    Passed,
    /// It did not, and why.
    Failed(String),
    /// The judge left it out, and what it said about that.
    Skipped(String),
}

/// Totals of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Cases that did what they should.
    pub passed: usize,
    /// Cases that did not, and omissions that are not on the list.
    pub failed: usize,
    /// Omissions on the list.
    pub not_run: usize,
}

/// Prints verdicts as they come and counts them; shared by the threads of a run.
#[derive(Debug)]
pub struct Report {
    target: String,
    skips: Skips,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    totals: Totals,
    failures: Vec<String>,
}

impl Report {
    /// An empty report about a target.
    pub fn new(target: &str, skips: Skips) -> Self {
        Self { target: target.to_owned(), skips, state: Mutex::default() }
    }

    /// The reason for which a case may be left out on this target.
    pub fn skip_reason(&self, judge: &str, case: &str) -> Option<&str> {
        self.skips.reason(&self.target, judge, case)
    }

    /// All cases that a judge may leave out on this target.
    pub fn skipped_cases(&self, judge: &str) -> Vec<String> {
        self.skips.cases(&self.target, judge)
    }

    /// Records one verdict and prints its line; a failure shows the end of `log`.
    pub fn record(&self, judge: &str, case: &str, verdict: Verdict, took: Duration, log: Option<&PathBuf>) {
        let (word, note) = match self.settle(judge, case, verdict) {
            Verdict::Passed => ("ok", String::new()),
            Verdict::Skipped(reason) => ("skipped", reason),
            Verdict::Failed(reason) => ("FAILED", reason),
        };
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let line = format!("{judge:<22} {case:<34} {word:<8} {:>6.1}s  {note}", took.as_secs_f64());
        say(line.trim_end());
        match word {
            "ok" => state.totals.passed += 1,
            "skipped" => state.totals.not_run += 1,
            _ => {
                state.totals.failed += 1;
                state.failures.push(format!("{judge} {case}: {note}"));
                show_log(log);
            }
        }
    }

    /// An omission must stand on the list, and then its reason is the list's.
    fn settle(&self, judge: &str, case: &str, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Skipped(said) => match self.skip_reason(judge, case) {
                Some(reason) => Verdict::Skipped(reason.to_owned()),
                None => Verdict::Failed(format!("left out, and not in skips.toml: {said}")),
            },
            other => other,
        }
    }

    /// The totals so far.
    pub fn totals(&self) -> Totals {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).totals
    }

    /// Prints the failures once more and the closing line; says whether the run is good.
    pub fn close(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !state.failures.is_empty() {
            say("\nFailures:");
            state.failures.iter().for_each(|failure| say(&format!("  {failure}")));
        }
        let Totals { passed, failed, not_run } = state.totals;
        say(&format!("\n{passed} passed; {failed} failed; {not_run} not run"));
        failed == 0 && passed > 0
    }
}

fn show_log(log: Option<&PathBuf>) {
    let Some(path) = log else { return };
    let Ok(text) = read_lossy(path) else { return };
    for line in tail(&text, LINES_SHOWN).lines() {
        say(&format!("    | {}", line.chars().take(240).collect::<String>()));
    }
    say(&format!("    | (all of it: {})", path.display()));
}

/// One line for the person who runs the suites.
#[allow(clippy::print_stdout, reason = "the report is this program's output")]
pub fn say(line: &str) {
    println!("{line}");
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_omission_that_is_not_listed_is_a_failure() {
        let report = Report::new("weir", Skips::default());
        report.record("a", "x", Verdict::Passed, Duration::ZERO, None);
        assert!(report.close());
        report.record("a", "y", Verdict::Skipped("cannot".to_owned()), Duration::ZERO, None);
        assert_eq!(report.totals(), Totals { passed: 1, failed: 1, not_run: 0 });
        assert!(!report.close());
    }

    #[test]
    fn a_run_without_a_single_pass_is_not_good() {
        assert!(!Report::new("weir", Skips::default()).close());
    }
}
