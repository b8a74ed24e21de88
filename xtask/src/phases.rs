//! Runs named commands one after the other, prints where the time went, and says at the end what failed.
//!
//! The last lines of what failed come once more at the very end: of a long run often only the end is kept.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A step of `make test` or `make lint`: its name and the shell command that runs it from the repository's root.
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    pub(crate) command: &'static str,
}

/// How many lines of a failed phase are shown again at the end.
const LINES_REPEATED: usize = 14;

/// What became of a phase.
struct Outcome {
    name: &'static str,
    passed: bool,
    spent: Duration,
    last_lines: VecDeque<String>,
}

/// Runs every phase, the later ones too when one failed, so that one run shows all there is to mend.
pub(crate) fn run(phases: &[Phase], environment: &[(&str, &OsStr)]) -> Result<()> {
    let outcomes = phases.iter().map(|phase| run_one(phase, environment)).collect::<Result<Vec<_>>>()?;
    println!("\nWhere the time went:");
    for Outcome { name, passed, spent, .. } in &outcomes {
        println!("  {:<22} {:>5} s  {}", name, spent.as_secs(), if *passed { "passed" } else { "FAILED" });
    }
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.passed).collect();
    for outcome in &failed {
        println!("\nThe end of {}:", outcome.name);
        outcome.last_lines.iter().for_each(|line| println!("  {line}"));
    }
    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {}", failed.iter().map(|outcome| outcome.name).collect::<Vec<_>>().join(", "))
}

fn run_one(phase: &Phase, environment: &[(&str, &OsStr)]) -> Result<Outcome> {
    println!("\n== {}\n   {}", phase.name, phase.command);
    let started = Instant::now();
    let mut child = Command::new("bash")
        .args(["-c", &format!("set -euo pipefail; exec 2>&1; {}", phase.command)])
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting bash")?;
    let output = child.stdout.take().context("bash without an output")?;
    let last_lines = pass_on(output, &mut std::io::stdout().lock())?;
    let passed = child.wait().context("waiting for bash")?.success();
    Ok(Outcome { name: phase.name, passed, spent: started.elapsed(), last_lines })
}

/// Prints each line when it comes, and keeps the last ones.
fn pass_on(from: impl Read, to: &mut impl Write) -> Result<VecDeque<String>> {
    let mut from = BufReader::new(from);
    let mut kept = VecDeque::with_capacity(LINES_REPEATED);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).context("reading what a phase prints")? > 0 {
        to.write_all(&line).and_then(|()| to.flush()).context("printing")?;
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        if !text.is_empty() {
            if kept.len() == LINES_REPEATED {
                kept.pop_front();
            }
            kept.push_back(text);
        }
        line.clear();
    }
    Ok(kept)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn all_lines_are_passed_on_and_the_last_are_kept() {
        let lines: Vec<String> = (0..100).map(|n| format!("line {n}")).collect();
        let mut printed = Vec::new();
        let kept = pass_on(lines.join("\n\n").as_bytes(), &mut printed).unwrap();
        assert_eq!(printed, lines.join("\n\n").as_bytes());
        assert_eq!(Vec::from(kept), lines[100 - LINES_REPEATED..]);
    }

    #[test]
    fn a_phase_that_failed_fails_the_run_and_the_ones_after_it_still_run() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let phases = [
            Phase { name: "bad", command: "echo why; false; echo not reached" },
            Phase { name: "good", command: "touch $MARK" },
        ];
        let error = run(&phases, &[("MARK", mark.as_os_str())]).unwrap_err().to_string();
        assert_eq!(error, "failed: bad");
        assert!(mark.exists());
    }
}
