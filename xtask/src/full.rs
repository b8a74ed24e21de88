//! The long tests, cut into named parts of at most an hour each. A part that passed on this very tree is not run
//! again; one that failed or was interrupted is. What each part printed last stays under `target/full/`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// One part: its name, what it shows, and the shell command that runs it from the repository's root.
struct Part {
    name: &'static str,
    shows: &'static str,
    command: &'static str,
}

const PARTS: &[Part] = &[
    Part {
        name: "power-cuts",
        shows: "200 real power cuts lose nothing that was acknowledged",
        command: "cargo build --quiet -p weir -p weir-e2e && $WEIR_TARGET/debug/power-cut --weir $WEIR_TARGET/debug/weir --rounds 200 --seed $RANDOM",
    },
    Part {
        name: "kafka",
        shows: "the client matrix and the tools pass on real Kafka, so that a failure on Weir is Weir's",
        command: "cargo run --quiet -p weir-e2e -- --target kafka",
    },
    Part {
        name: "records-mutations",
        shows: "a million damaged batches: no panic, bounded memory",
        command: "WEIR_RECORDS_MUTATIONS=1000000 WEIR_RECORDS_SEED=$RANDOM cargo test --quiet -p weir-records",
    },
];

/// Prints the parts with their last results.
pub(crate) fn list() -> Result<()> {
    for part in PARTS {
        let result = fs::read_to_string(result_path(part)?).unwrap_or_else(|_| "never run\n".into());
        println!("{:<18} {}\n{:<18} last: {}", part.name, part.shows, "", result.trim());
    }
    Ok(())
}

/// Runs the named parts, or all that have not passed on this tree.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    for name in names {
        if !PARTS.iter().any(|part| part.name == *name) {
            bail!("there is no part '{name}'; `cargo run -p xtask -- full --list` names them");
        }
    }
    let tree = tree_id()?;
    let mut failed = Vec::new();
    for part in PARTS.iter().filter(|part| names.is_empty() || names.contains(&part.name)) {
        let last = fs::read_to_string(result_path(part)?).unwrap_or_default();
        if names.is_empty() && last.starts_with(&format!("passed {tree}")) {
            println!("{}: passed on this tree before", part.name);
        } else if !run_part(part, &tree)? {
            failed.push(part.name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

fn run_part(part: &Part, tree: &str) -> Result<bool> {
    println!("== {}: {}\n   {}", part.name, part.shows, part.command);
    let started = Instant::now();
    let log_path = result_path(part)?.with_extension("log");
    let log = fs::File::create(&log_path).with_context(|| format!("creating {}", log_path.display()))?;
    let status = Command::new("bash")
        .args(["-c", part.command])
        .env("WEIR_TARGET", std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into()))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .status()
        .context("starting bash")?;
    let word = if status.success() { "passed" } else { "failed" };
    let text = fs::read_to_string(&log_path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let shown = if status.success() { 5 } else { 60 };
    let tail = lines[lines.len().saturating_sub(shown)..].join("\n");
    let result = format!("{word} {tree} in {} s\n{tail}\n", started.elapsed().as_secs());
    fs::write(result_path(part)?, &result)?;
    println!("{result}   whole output: {}", log_path.display());
    Ok(status.success())
}

fn result_path(part: &Part) -> Result<PathBuf> {
    let folder =
        PathBuf::from(std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into())).join("full");
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    Ok(folder.join(part.name))
}

/// The content of the work tree as git would commit it, so that an uncommitted change counts as another tree.
fn tree_id() -> Result<String> {
    let output = Command::new("bash")
        .args([
            "-c",
            "set -e; export GIT_INDEX_FILE=$(mktemp -u); trap 'rm -f $GIT_INDEX_FILE' EXIT; git read-tree HEAD; git add -A; git write-tree",
        ])
        .output()
        .context("starting git")?;
    if !output.status.success() {
        bail!("git could not name the tree: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
