//! Kafka's own classes as judges of bytes: the committed vectors are what they write today, what Weir writes they read, and
//! where Weir takes a damaged batch they take it too.
//!
//! The programs lie beside the tests that read their output, `broker/*/tests/vectors/*.java`; each README there says by hand
//! what is done here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::judges;
use crate::process::{command, must, run as run_process, tail};
use crate::run::Run;

const JUDGE: &str = "kafka-classes";
/// How long one program may take.
const CALL_LIMIT: Duration = Duration::from_secs(300);
/// How many damaged batches are judged, and from which seed they come.
const MUTANTS: [&str; 2] = ["100000", "1"];

/// A program whose output is committed: the crate, the source, its arguments, the jars and the file.
struct Written {
    case: &'static str,
    folder: &'static str,
    source: &'static str,
    args: &'static [&'static str],
    jars: &'static str,
    file: &'static str,
}

const WRITTEN: &[Written] = &[
    Written {
        case: "messages",
        folder: "wire",
        source: "Vectors.java",
        args: &[],
        jars: "kafka-clients-4.4",
        file: "kafka-clients-4.4.0.txt",
    },
    Written {
        case: "headers",
        folder: "wire",
        source: "Vectors.java",
        args: &["headers"],
        jars: "kafka-clients-4.4",
        file: "kafka-clients-4.4.0-headers.txt",
    },
    Written {
        case: "fields",
        folder: "wire",
        source: "Vectors.java",
        args: &["fields"],
        jars: "kafka-clients-4.4",
        file: "kafka-clients-4.4.0-fields.txt",
    },
    Written {
        case: "batches",
        folder: "records",
        source: "BatchVectors.java",
        args: &["write"],
        jars: "kafka-4.3",
        file: "kafka-clients-4.3.1.txt",
    },
    Written {
        case: "group-records",
        folder: "coordinator",
        source: "RecordVectors.java",
        args: &[],
        jars: "kafka-4.3",
        file: "kafka-group-coordinator-4.3.1.txt",
    },
    Written {
        case: "configs",
        folder: "metadata",
        source: "ConfigFacts.java",
        args: &[],
        jars: "kafka-4.3",
        file: "kafka-4.3.1-configs.tsv",
    },
];

/// Runs the programs; no broker takes part.
pub fn run(run: &Run) -> Result<()> {
    if !run.wants_judge(JUDGE) {
        return Ok(());
    }
    let logs = run.logs("classes")?;
    for written in WRITTEN {
        let log = logs.join(written.case);
        run.case(JUDGE, written.case, Some(&log.with_extension("err")), || unchanged(run, written, &log));
    }
    let log = logs.join("reads-ours");
    run.case(JUDGE, "reads-ours", Some(&log.with_extension("out")), || {
        let batches = example(run, "write_batches", &[])?;
        judge(run, "BatchVectors.java", &["check"], &batches, &log)
    });
    let log = logs.join("verdicts");
    run.case(JUDGE, "verdicts", Some(&log.with_extension("out")), || {
        let mutants = example(run, "write_mutants", &MUTANTS)?;
        judge(run, "Verdicts.java", &[], &mutants, &log)
    });
    Ok(())
}

fn vectors(run: &Run, folder: &str) -> PathBuf {
    run.kit.root.join("../broker").join(folder).join("tests").join("vectors")
}

/// A program that runs as it is, from its source.
fn java(run: &Run, jars: &str, source: &Path, args: &[&str]) -> Result<Command> {
    let jars = judges::jars(&run.kit, jars)?;
    let mut java = command(judges::java()?);
    java.args(["-cp", &format!("{}/*", jars.display())]).arg(source).args(args);
    Ok(java)
}

fn unchanged(run: &Run, written: &Written, log: &Path) -> Result<()> {
    let folder = vectors(run, written.folder);
    let java = java(run, written.jars, &folder.join(written.source), written.args)?;
    let found = run_process(java, log, "", CALL_LIMIT)?.success()?;
    let path = folder.join(written.file);
    let committed = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let differs = found.lines().zip(committed.lines()).position(|(found, committed)| found != committed);
    ensure!(
        found == committed,
        "{} is not what {} writes, first at line {}",
        path.display(),
        written.source,
        differs.map_or_else(|| "one after the other's end".to_owned(), |line| (line + 1).to_string())
    );
    Ok(())
}

/// What an example of the records crate prints.
fn example(run: &Run, name: &str, args: &[&str]) -> Result<String> {
    let mut cargo = Command::new(judges::cargo());
    cargo.args(["run", "--quiet", "-p", "weir-records", "--example", name, "--"]).args(args);
    cargo.current_dir(&run.kit.root);
    let printed = must(cargo)?;
    ensure!(!printed.is_empty(), "the example {name} printed nothing");
    Ok(printed)
}

fn judge(run: &Run, source: &str, args: &[&str], input: &str, log: &Path) -> Result<()> {
    let java = java(run, "kafka-4.3", &vectors(run, "records").join(source), args)?;
    let finished = run_process(java, log, input, CALL_LIMIT)?;
    let last = tail(&finished.stdout, 1);
    ensure!(finished.code == Some(0), "{source} ended with {:?}: {last}", finished.code);
    Ok(())
}
