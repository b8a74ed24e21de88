//! Runs named commands one after the other, prints where the time went, and says at the end what failed.

use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A step of `make test` or `make lint`: its name and the shell command that runs it from the repository's root.
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    pub(crate) command: &'static str,
}

/// Runs every phase, the later ones too when one failed, so that one run shows all there is to mend.
pub(crate) fn run(phases: &[Phase], environment: &[(&str, &OsStr)]) -> Result<()> {
    let mut rows: Vec<(&str, bool, Duration)> = Vec::new();
    for phase in phases {
        println!("\n== {}\n   {}", phase.name, phase.command);
        let started = Instant::now();
        let status = Command::new("bash")
            .args(["-c", &format!("set -euo pipefail; {}", phase.command)])
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .status()
            .context("starting bash")?;
        rows.push((phase.name, status.success(), started.elapsed()));
    }
    println!("\nWhere the time went:");
    for (name, passed, spent) in &rows {
        println!("  {:<22} {:>5} s  {}", name, spent.as_secs(), if *passed { "passed" } else { "FAILED" });
    }
    let failed: Vec<&str> = rows.iter().filter(|(_, passed, _)| !passed).map(|(name, ..)| *name).collect();
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}
