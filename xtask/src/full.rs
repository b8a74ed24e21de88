//! The long tests, cut into named parts of at most an hour each. A part that passed on this very tree is not run
//! again; one that failed or was interrupted is. What each part printed last stays under `target/full/`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::setup;

/// One part: its name, what it shows, and the shell command that runs it from the repository's root.
struct Part {
    name: &'static str,
    shows: &'static str,
    command: &'static str,
}

/// A part that is a suite of the program `weir-e2e`, run on a development build.
macro_rules! suite {
    ($name:literal, $shows:literal) => {
        Part {
            name: $name,
            shows: $shows,
            command: concat!(
                "cargo build --quiet -p weir -p weir-e2e && $WEIR_TARGET/debug/weir-e2e --weir-bin $WEIR_TARGET/debug/weir ",
                $name
            ),
        }
    };
}

/// A fuzz target, for ten minutes, from the corpus of the runs before.
macro_rules! fuzz {
    ($folder:literal, $target:literal) => {
        concat!(
            "mkdir -p $WEIR_CORPUS/",
            $target,
            " && (cd broker/",
            $folder,
            " && $WEIR_CARGO_FUZZ run ",
            $target,
            " $WEIR_CORPUS/",
            $target,
            " -- -max_total_time=600 -rss_limit_mb=2048 -timeout=20 -print_final_stats=1)"
        )
    };
}

const PARTS: &[Part] = &[
    suite!("librdkafka", "librdkafka's own tests pass in full mode, but for those on a written list"),
    suite!("librdkafka-kip848", "the same with the consumer groups of KIP-848"),
    suite!("rust-rdkafka", "rust-rdkafka's own tests pass, but for those on a written list"),
    suite!("kafka-go", "kafka-go's own tests pass, but for those on a written list"),
    suite!("trogdor", "Trogdor's messages all come back, and its connections come and go by the thousand"),
    suite!("old-clients", "Java clients of 0.11 and 1.1 produce, consume and join groups"),
    Part {
        name: "power-cuts",
        shows: "200 real power cuts lose nothing that was acknowledged",
        command: "cargo build --quiet -p weir -p weir-e2e && $WEIR_TARGET/debug/power-cut --weir $WEIR_TARGET/debug/weir --rounds 200 --syncs 1000 --seed $RANDOM",
    },
    Part {
        name: "crash-seeds",
        shows: "thousands of simulated crashes at any operation of the log lose nothing",
        command: "WEIR_SEEDS=${WEIR_SEEDS:-600} cargo test --quiet -p weir-log --test crash_points --test journal --test compaction",
    },
    Part {
        name: "fuzz",
        shows: "frames, messages, batches and codecs take any bytes without a panic and in bounded memory",
        command: concat!(
            "set -e; export RUSTC_BOOTSTRAP=1; ",
            fuzz!("wire", "frames"),
            "; ",
            fuzz!("wire", "messages"),
            "; ",
            fuzz!("records", "batches"),
            "; ",
            fuzz!("records", "codecs")
        ),
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
                let on = if last.tree == tree { "this tree" } else { "another tree" };
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
    let log = fs::File::create(&log_path).with_context(|| format!("creating {}", log_path.display()))?;
    let mut shell = Command::new("bash");
    shell
        .args(["-c", part.command])
        .env("WEIR_TARGET", std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into()))
        .env("WEIR_CORPUS", setup::cache_folder()?.join("fuzz-corpus"));
    if part.command.contains("$WEIR_CARGO_FUZZ") {
        shell.env("WEIR_CARGO_FUZZ", setup::cargo_fuzz()?);
    }
    let status =
        shell.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).status().context("starting bash")?;
    let word = if status.success() { "passed" } else { "failed" };
    let text = String::from_utf8_lossy(&fs::read(&log_path)?).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let shown = if status.success() { 5 } else { 60 };
    let tail = lines[lines.len().saturating_sub(shown)..].join("\n");
    let result = format!("{word} {tree} in {} s on {}\n{tail}\n", started.elapsed().as_secs(), date()?);
    fs::write(&result_file, &result)?;
    println!("{result}   whole output: {}", log_path.display());
    Ok(status.success())
}

fn date() -> Result<String> {
    let printed = Command::new("date").args(["-u", "+%Y-%m-%d %H:%M"]).output().context("starting date")?;
    Ok(String::from_utf8(printed.stdout)?.trim().to_owned())
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
    fn names_of_parts_are_names_of_files() {
        let mut names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PARTS.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')));
    }
}
