//! The long tests, cut into named parts of at most an hour each. A part that passed on this very tree is not run
//! again; one that failed or was interrupted is. What each part printed last stays under `target/full/`.
//!
//! A part has passed only if its command succeeded, printed what its table demands, and ran on one tree from its start to its
//! end: an edit meanwhile leaves open which tree was judged.

mod parts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use self::parts::{PARTS, Part};
use crate::setup;

/// Stands for the tree of a run during which the tree changed.
const TREE_CHANGED: &str = "changed-meanwhile";

/// What a part's last run left: `passed|failed TREE in SECONDS s on DATE`, and the end of what it printed.
struct Last {
    passed: bool,
    tree: String,
    seconds: u64,
    date: String,
}

impl Last {
    fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.lines().next()?.splitn(7, ' ').collect();
        let [word, tree, "in", seconds, "s", "on", date] = words.as_slice() else { return None };
        Some(Self {
            passed: *word == "passed",
            tree: (*tree).to_owned(),
            seconds: seconds.parse().ok()?,
            date: (*date).to_owned(),
        })
    }

    fn read(part: &Part) -> Result<Option<Self>> {
        Ok(fs::read_to_string(result_path(part)?).ok().and_then(|text| Self::parse(&text)))
    }
}

/// Prints the parts with the dates, results and durations of their last runs.
pub(crate) fn list() -> Result<()> {
    let tree = tree_id()?;
    for part in PARTS {
        println!("{:<18} {}", part.name, part.shows);
        match Last::read(part)? {
            None => println!("{:<18} never run to its end", ""),
            Some(last) => {
                let word = if last.passed { "passed" } else { "FAILED" };
                let on = match last.tree.as_str() {
                    TREE_CHANGED => "a tree that changed meanwhile",
                    last if last == tree => "this tree",
                    _ => "another tree",
                };
                println!("{:<18} {word} on {} in {} s, {on}", "", last.date, last.seconds);
            }
        }
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
    setup::for_test()?;
    let tree = tree_id()?;
    let mut failed = Vec::new();
    for part in PARTS.iter().filter(|part| names.is_empty() || names.contains(&part.name)) {
        let last = Last::read(part)?;
        if names.is_empty() && last.is_some_and(|last| last.passed && last.tree == tree) {
            println!("{}: passed on this tree before", part.name);
        } else if !run_part(part, &tree)? {
            failed.push(part.name);
        }
    }
    println!();
    list()?;
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

fn run_part(part: &Part, tree: &str) -> Result<bool> {
    println!("== {}: {}\n   {}", part.name, part.shows, part.command);
    let started = Instant::now();
    // An interrupted part has no result.
    let result_file = result_path(part)?;
    if result_file.exists() {
        fs::remove_file(&result_file)?;
    }
    let log_path = result_file.with_extension("log");
    let wrong = call(part, &log_path)?;
    let printed = String::from_utf8_lossy(&fs::read(&log_path)?).into_owned();
    let wrong = wrong.or_else(|| part.unsaid(&printed));
    let word = if wrong.is_none() { "passed" } else { "failed" };
    let tree = if tree_id()? == tree { tree } else { TREE_CHANGED };
    let tail = tail(&printed, if wrong.is_none() { 5 } else { 60 });
    let seconds = started.elapsed().as_secs();
    let result =
        format!("{word} {tree} in {seconds} s on {}\n{tail}{}\n", date()?, wrong.as_deref().unwrap_or(""));
    fs::write(&result_file, &result)?;
    println!("{result}   whole output: {}", log_path.display());
    Ok(wrong.is_none())
}

/// Runs the part's command with its output in a file, and says what is wrong if it did not succeed.
fn call(part: &Part, log_path: &Path) -> Result<Option<String>> {
    let log = fs::File::create(log_path).with_context(|| format!("creating {}", log_path.display()))?;
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &format!("set -euo pipefail; {}", part.command)])
        .env("WEIR_TARGET", target_folder())
        .env("WEIR_CORPUS", setup::cache_folder()?.join("fuzz-corpus"));
    if part.command.contains("$WEIR_CARGO_FUZZ") {
        match setup::cargo_fuzz() {
            Ok(tool) => shell.env("WEIR_CARGO_FUZZ", tool),
            Err(error) => return Ok(Some(format!("{error:#}"))),
        };
    }
    let status =
        shell.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).status().context("starting bash")?;
    Ok((!status.success()).then(|| format!("its command ended with {status}")))
}

/// The last lines, each ended.
fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| format!("{line}\n")).collect()
}

fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}

fn date() -> Result<String> {
    let printed = Command::new("date").args(["-u", "+%Y-%m-%d %H:%M"]).output().context("starting date")?;
    Ok(String::from_utf8(printed.stdout)?.trim().to_owned())
}

fn result_path(part: &Part) -> Result<PathBuf> {
    let folder = target_folder().join("full");
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_back() {
        let last = Last::parse("passed abc in 12 s on 2026-11-23 03:00\nmore\n").unwrap();
        assert!(last.passed && last.tree == "abc" && last.seconds == 12 && last.date == "2026-11-23 03:00");
        assert!(Last::parse("passed abc in 12 s\n").is_none());
        assert!(!Last::parse("failed abc in 1 s on 2026-11-23 03:00").unwrap().passed);
    }

    #[test]
    fn the_last_lines_are_shown() {
        assert_eq!(tail("a\nb\nc", 2), "b\nc\n");
        assert_eq!(tail("", 2), "");
    }
}
