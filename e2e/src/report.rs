//! What came of each case: one line each, a closing summary, an exit code.
//!
//! The list of what may be left out is judged too: an entry that passed, or that no judge ever met, has failed. So has a word of
//! the command line that chose nothing.

use std::collections::BTreeSet;
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
    /// Judge and case of every record.
    met: BTreeSet<(String, String)>,
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
        state.met.insert((judge.to_owned(), case.to_owned()));
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

    /// An omission must stand on the list, and then its reason is the list's; what passed must not stand there.
    fn settle(&self, judge: &str, case: &str, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Passed if self.skip_reason(judge, case).is_some() => {
                Verdict::Failed("it passed, and may still be left out: take it off its list".to_owned())
            }
            Verdict::Skipped(said) => match self.skip_reason(judge, case) {
                Some(reason) => Verdict::Skipped(reason.to_owned()),
                None => Verdict::Failed(format!("left out, and not in skips.toml: {said}")),
            },
            other => other,
        }
    }

    /// After whole suites: fails the entries of the list that the judges which ran did not meet.
    pub fn judge_lists(&self) {
        let met = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).met.clone();
        let judges: BTreeSet<&String> = met.iter().map(|(judge, _)| judge).collect();
        for judge in judges {
            for case in self.skipped_cases(judge) {
                if !met.contains(&(judge.clone(), case.clone())) {
                    let why = "it may be left out, and nothing of that name was met: take it off its list";
                    self.record(judge, &case, Verdict::Failed(why.to_owned()), Duration::ZERO, None);
                }
            }
        }
    }

    /// Fails the words that were to choose judges and cases, and chose none.
    pub fn judge_words(&self, judges: &[String], cases: &[String]) {
        let met = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).met.clone();
        let idle_judges = judges.iter().filter(|word| !met.iter().any(|(judge, _)| judge.contains(*word)));
        let idle_cases = cases.iter().filter(|word| !met.iter().any(|(_, case)| case.contains(*word)));
        for word in idle_judges.chain(idle_cases) {
            let why = "it chose nothing that ran".to_owned();
            self.record("command-line", word, Verdict::Failed(why), Duration::ZERO, None);
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

    fn allowed(text: &str) -> Skips {
        toml::from_str(&format!("[[skip]]\njudge='a'\ncases={text}\nreason='why'")).unwrap()
    }

    #[test]
    fn what_passed_must_not_stand_on_the_list() {
        let report = Report::new("weir", allowed("['x']"));
        report.record("a", "x", Verdict::Passed, Duration::ZERO, None);
        assert_eq!(report.totals(), Totals { passed: 0, failed: 1, not_run: 0 });
    }

    #[test]
    fn what_stands_on_the_list_must_be_met_by_a_judge_that_ran() {
        let report = Report::new("weir", allowed("['x', 'y']"));
        report.judge_lists();
        assert_eq!(report.totals(), Totals::default());
        report.record("a", "x", Verdict::Skipped("cannot".to_owned()), Duration::ZERO, None);
        report.judge_lists();
        assert_eq!(report.totals(), Totals { passed: 0, failed: 1, not_run: 1 });
    }

    #[test]
    fn a_word_that_chose_nothing_is_a_failure() {
        let report = Report::new("weir", Skips::default());
        report.record("franz-go", "codec-zstd", Verdict::Passed, Duration::ZERO, None);
        report.judge_words(&["franz".to_owned()], &["codec".to_owned()]);
        assert_eq!(report.totals().failed, 0);
        report.judge_words(&["frank".to_owned()], &["kodec".to_owned()]);
        assert_eq!(report.totals().failed, 2);
    }

    #[test]
    fn a_run_without_a_single_pass_is_not_good() {
        assert!(!Report::new("weir", Skips::default()).close());
    }
}
