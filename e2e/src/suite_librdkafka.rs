//! librdkafka's own test runner in full mode, built from the source that its Rust crate carries.
//!
//! Each entry of the runner's table that needs a broker is a case, and each stands in `suites/librdkafka/tests.toml`: among
//! those that must pass, or with the reason why not. Entries that talk to librdkafka's own mock broker judge nobody here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::judges::{self, Kit};
use crate::process::{command, must, read_lossy, run as run_process};
use crate::report::{Verdict, say};
use crate::run::Run;
use crate::skips::Skip;
use crate::system::{libraries, program, version_of};
use crate::target::{Settings, Target};

/// How long one test may take; the slowest known one takes three minutes on an idle machine.
const TEST_LIMIT: Duration = Duration::from_secs(900);
/// Its time limits, times this: the machine runs several tests at once beside the broker.
const PATIENCE: &str = "2";
/// What the runner takes the broker for.
const BROKER_VERSION: &str = "4.2.0";
/// 0055 demands single latencies of a few milliseconds, which the runner itself calls unreliable where others work too.
/// 0045 and 0113 unsubscribe and subscribe while a heartbeat of the consumer protocol is under way: the answer to that one
/// then makes the client forget that its next heartbeat, which joins, must say everything; a broker has to refuse a join
/// without its rebalance timeout (`INVALID_REQUEST` in Kafka as well), and the client takes that for fatal.
/// 0150 speaks to a broker of the library's own making alone and counts its requests by the clock.
const UNSTEADY: [&str; 4] = ["0045", "0055", "0113", "0150"];
const UNSTEADY_ATTEMPTS: usize = 3;
/// The folder with the list of its tests.
const LIST: &str = "suites/librdkafka/tests.toml";
/// Debian's names of what the library and the runner are built against, with a header of each.
const LIBRARIES: &[&str] = &[
    "libssl-dev",
    "zlib1g-dev",
    "libzstd-dev",
    "liblz4-dev",
    "libsasl2-dev",
    "libcurl4-openssl-dev",
    "rapidjson-dev",
];

/// Which protocol the runner's consumer groups use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// JoinGroup, SyncGroup, Heartbeat.
    Classic,
    /// KIP-848.
    Consumer,
}

impl Protocol {
    /// The judge's name in the report and in the list.
    pub fn judge(self) -> &'static str {
        match self {
            Self::Classic => "librdkafka",
            Self::Consumer => "librdkafka-kip848",
        }
    }
}

/// The committed list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    must_pass: Vec<String>,
    parts: Vec<Parts>,
    skip: Vec<Skip>,
}

/// What is run of a test that can't be run whole. Each part is a process of its own and a case, `TEST/SUBTEST`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    /// By which judge only; by both if absent.
    judge: Option<String>,
    test: String,
    subtests: Vec<String>,
}

/// The omissions that the committed list allows.
pub fn skips(root: &Path) -> Result<Vec<Skip>> {
    Ok(list(root)?.skip)
}

fn list(root: &Path) -> Result<List> {
    let path = root.join(LIST);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("in {}", path.display()))
}

/// What one process of the runner does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Work {
    number: String,
    /// The test and the part of it, where not the whole is wanted.
    part: Option<(String, String)>,
}

impl Work {
    /// How often it may be tried until it passes.
    fn attempts(&self) -> usize {
        if UNSTEADY.contains(&self.number.as_str()) { UNSTEADY_ATTEMPTS } else { 1 }
    }

    /// The name of its files.
    fn file(&self) -> String {
        match &self.part {
            None => self.number.clone(),
            Some((_, part)) => {
                format!("{}-{}", self.number, part.replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
            }
        }
    }
}

/// One entry of the runner's table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    auto_create: bool,
}

impl Entry {
    /// The runner picks tests by the number that their names begin with.
    fn number(&self) -> &str {
        self.name.split('_').next().unwrap_or_default()
    }
}

/// Runs the tests that need a broker, with one broker that creates topics by itself and one that does not.
pub fn run(run: &Run, protocol: Protocol) -> Result<()> {
    let judge = protocol.judge();
    if !run.wants_judge(judge) {
        return Ok(());
    }
    let source = runner(&run.kit)?;
    let entries = table(&read_lossy(&source.join("tests").join("test.c"))?)?;
    let list = list(&run.kit.root)?;
    let left_out: BTreeSet<String> = run.report.skipped_cases(judge).into_iter().collect();
    check_list(&list, judge, &entries)?;
    for auto_create in [true, false] {
        let word = if auto_create { "true" } else { "false" };
        // The delay is Kafka's default; some of its tests count rebalances.
        let settings: &Settings = &[
            ("auto.create.topics.enable", word),
            ("num.partitions", "4"),
            ("group.initial.rebalance.delay.ms", "3000"),
            // With KIP-848 the broker decides this, and its tests count on the six seconds that they set for the other protocol.
            ("group.consumer.min.session.timeout.ms", "6000"),
            ("group.consumer.session.timeout.ms", "6000"),
            // It waits no longer for the answer to a heartbeat, and what such an answer said is lost to it: its next one
            // does not ask again.
            ("group.consumer.heartbeat.interval.ms", "2000"),
        ];
        let work = work(run, judge, &list, &left_out, &entries, auto_create);
        if !work.is_empty() {
            let mut target = run.target(&format!("{judge}-auto-create-{word}"), settings)?;
            Session { run, protocol, source: &source, target: &target, auto_create, entries: &entries }
                .all(work)?;
            run.judge_broker(&format!("{judge}-auto-create-{word}"), &mut target);
        }
    }
    if !run.asked_for_cases() {
        for test in &left_out {
            run.report.record(judge, test, Verdict::Skipped("not run".to_owned()), Duration::ZERO, None);
        }
    }
    Ok(())
}

/// The processes to start on one of the brokers.
fn work(
    run: &Run,
    judge: &str,
    list: &List,
    left_out: &BTreeSet<String>,
    entries: &[Entry],
    auto_create: bool,
) -> VecDeque<Work> {
    let mut work = VecDeque::new();
    for entry in entries.iter().filter(|entry| entry.auto_create == auto_create) {
        let number = entry.number().to_owned();
        let wanted = run.wants_case(&entry.name);
        if wanted && (run.asked_for_cases() || !left_out.contains(&entry.name)) {
            let whole = Work { number: number.clone(), part: None };
            if work.back() != Some(&whole) {
                work.push_back(whole);
            }
        }
        let fits = |parts: &&Parts| {
            parts.test == entry.name && parts.judge.as_deref().is_none_or(|only| only == judge)
        };
        for parts in list.parts.iter().filter(fits) {
            let named =
                parts.subtests.iter().filter(|part| run.wants_case(&format!("{}/{part}", entry.name)));
            work.extend(
                named.map(|part| Work {
                    number: number.clone(),
                    part: Some((entry.name.clone(), part.clone())),
                }),
            );
        }
    }
    work
}

/// Every entry must stand on the list once, and nothing else may.
fn check_list(list: &List, judge: &str, entries: &[Entry]) -> Result<()> {
    // On whatever target an omission is allowed.
    let left_out: BTreeSet<&String> =
        list.skip.iter().filter(|skip| skip.judge == judge).flat_map(|skip| &skip.cases).collect();
    let mut times: BTreeMap<&str, usize> = entries.iter().map(|entry| (entry.name.as_str(), 0)).collect();
    let listed =
        list.must_pass.iter().filter(|name| !left_out.contains(name)).chain(left_out.iter().copied());
    for name in listed.filter(|name| !name.contains('/')) {
        let count =
            times.get_mut(name.as_str()).with_context(|| format!("{LIST}: the runner has no {name}"))?;
        *count += 1;
    }
    let wrong: Vec<_> = times.iter().filter(|(_, count)| **count != 1).collect();
    ensure!(wrong.is_empty(), "{LIST}: these must stand there once for {judge}: {wrong:?}");
    Ok(())
}

/// The entries of the runner's table that need a broker and nobody's hands.
fn table(source: &str) -> Result<Vec<Entry>> {
    let start = source.find("struct test tests[] = {").context("the runner has no table")?;
    let table = &source[start..];
    let table = &table[..table.find("{NULL}").context("the runner's table has no end")?];
    let mut entries = Vec::new();
    for row in table.split("_TEST(").skip(1) {
        let mut fields = row.split([',', ')']).map(str::trim);
        let (name, flags) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        if flags.contains("TEST_F_LOCAL") || flags.contains("TEST_F_MANUAL") {
            continue;
        }
        let scenario = row.split("scenario = \"").nth(1).and_then(|rest| rest.split('"').next());
        let auto_create = scenario.is_none_or(|scenario| scenario.split(',').any(|one| one == "default"));
        entries.push(Entry { name: name.to_owned(), auto_create });
    }
    ensure!(entries.len() > 80, "only {} entries were found in the runner's table", entries.len());
    Ok(entries)
}

/// The source with the runner built in it.
fn runner(kit: &Kit) -> Result<PathBuf> {
    let (version, source) = judges::crate_source(kit, "rdkafka-sys")?;
    let compiler = program("g++", "g++")?;
    program("make", "make")?;
    libraries(LIBRARIES)?;
    let key = version_of(&compiler, "--version")?;
    kit.cache.entry("librdkafka", &[version.as_bytes(), &key], |dir| {
        say(&format!("building the test runner of librdkafka ({version})"));
        judges::copy_tree(&source.join("librdkafka"), dir)?;
        let mut configure = Command::new("./configure");
        configure.current_dir(dir);
        must(configure)?;
        for target in [["libs"].as_slice(), &["-C", "tests", "build"]] {
            let mut make = Command::new("make");
            make.arg("-j2").args(target).current_dir(dir).env_remove("MAKEFLAGS").env_remove("MFLAGS");
            must(make)?;
        }
        Ok(())
    })
}

/// The runner against one broker.
struct Session<'a> {
    run: &'a Run,
    protocol: Protocol,
    source: &'a Path,
    target: &'a Target,
    auto_create: bool,
    entries: &'a [Entry],
}

impl Session<'_> {
    /// Each piece of work in a process of its own, several at once.
    fn all(&self, work: VecDeque<Work>) -> Result<()> {
        let logs = self.run.logs(self.protocol.judge())?;
        let tools = self.tools(&logs)?;
        let config = logs.join(format!("test-{}.conf", self.auto_create));
        let text = format!(
            "bootstrap.servers={}\nbroker.address.family=v4\ntest.timeout.multiplier={PATIENCE}\n",
            self.target.bootstrap()
        );
        fs::write(&config, text)?;
        let queue = Mutex::new(work);
        std::thread::scope(|scope| {
            let work = || -> Result<()> {
                loop {
                    let next = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop_front();
                    let Some(work) = next else { return Ok(()) };
                    self.one(&work, &logs, &config, &tools)?;
                }
            };
            let workers: Vec<_> = (0..self.run.jobs).map(|_| scope.spawn(work)).collect();
            for worker in workers {
                worker.join().map_err(|_| anyhow::anyhow!("a worker of the runner died"))??;
            }
            Ok(())
        })
    }

    /// A folder that looks like an installed Kafka to those tests that call its tools.
    fn tools(&self, logs: &Path) -> Result<PathBuf> {
        let jars = judges::jars(&self.run.kit, "kafka-4.3")?;
        let java = judges::java()?;
        let folder = logs.join("kafka");
        fs::create_dir_all(folder.join("bin"))?;
        for (script, main) in [("kafka-topics.sh", "TopicCommand"), ("kafka-acls.sh", "AclCommand")] {
            let text = format!(
                "#!/bin/sh\nexec '{}' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '{}/*' org.apache.kafka.tools.{main} \"$@\"\n",
                java.display(),
                jars.display()
            );
            let path = folder.join("bin").join(script);
            fs::write(&path, text)?;
            rustix::fs::chmod(&path, rustix::fs::Mode::from_raw_mode(0o755))?;
        }
        Ok(folder)
    }

    fn runner(&self, work: &Work, config: &Path, tools: &Path) -> Command {
        let tests = self.source.join("tests");
        let mut runner = command(tests.join("test-runner"));
        runner.args(["-p1", "-L"]).current_dir(&tests);
        if !self.auto_create {
            runner.args(["-s", "noautocreate"]);
        }
        runner.env("TESTS", &work.number).env("TEST_KAFKA_VERSION", BROKER_VERSION).env_remove("CI");
        runner.env("RDKAFKA_TEST_CONF", config).env("KAFKA_PATH", tools);
        runner.env("BROKERS", self.target.bootstrap()).env("LD_LIBRARY_PATH", "../src:../src-cpp");
        if self.protocol == Protocol::Consumer {
            runner.env("TEST_CONSUMER_GROUP_PROTOCOL", "consumer");
        }
        if let Some((_, part)) = &work.part {
            runner.env("SUBTESTS", part);
        }
        runner
    }

    fn one(&self, work: &Work, logs: &Path, config: &Path, tools: &Path) -> Result<()> {
        // Tests of one number may belong to both brokers.
        let file = if self.auto_create { work.file() } else { format!("{}-noautocreate", work.file()) };
        let log = logs.join(&file);
        let start = Instant::now();
        let mut finished = run_process(self.runner(work, config, tools), &log, "", TEST_LIMIT)?;
        for _ in 1..work.attempts() {
            if finished.code != Some(0) {
                finished = run_process(self.runner(work, config, tools), &log, "", TEST_LIMIT)?;
            }
        }
        let rows = summary(&finished.stdout);
        let judged = |name: &str| match (rows.get(name), finished.code) {
            (_, None) => Verdict::Failed(format!("no end within {TEST_LIMIT:?}")),
            (None, Some(code)) => Verdict::Failed(format!("the runner ended with exit code {code}")),
            (Some(Verdict::Passed), Some(code)) if code != 0 => {
                Verdict::Failed(format!("it passed, and the runner ended with exit code {code}"))
            }
            (Some(verdict), _) => verdict.clone(),
        };
        // The end of its standard error says more than its summary.
        let shown = logs.join(format!("{file}.err"));
        let record = |case: &str, verdict: Verdict| {
            self.run.report.record(self.protocol.judge(), case, verdict, start.elapsed(), Some(&shown));
        };
        if let Some((test, part)) = &work.part {
            let ran =
                finished.stderr.lines().chain(finished.stdout.lines()).any(|line| is_pass_of(line, part));
            let verdict = match judged(test) {
                Verdict::Passed if !ran => Verdict::Skipped("no such part ran".to_owned()),
                verdict => verdict,
            };
            record(&format!("{test}/{part}"), verdict);
            return Ok(());
        }
        for entry in self.entries.iter().filter(|entry| entry.number() == work.number) {
            if entry.auto_create == self.auto_create && self.run.wants_case(&entry.name) {
                record(&entry.name, judged(&entry.name));
            }
        }
        Ok(())
    }
}

/// Whether a line says that a part passed: `[ NAME:LINE: WHAT: PASS (SECONDS) ]`.
fn is_pass_of(line: &str, part: &str) -> bool {
    line.contains(": PASS (") && line.contains(part)
}

/// The rows of the runner's summary: `| NAME | STATE | SECONDS | WHY`. Whoever passed in no time did not run.
fn summary(output: &str) -> BTreeMap<String, Verdict> {
    let mut rows = BTreeMap::new();
    for line in output.lines().map(plain).filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, state, seconds, why @ ..] = cells.as_slice() else { continue };
        let why = why.join(" ").trim().to_owned();
        let verdict = match *state {
            "PASSED" if seconds.trim_end_matches('s').parse() == Ok(0.0_f64) => {
                Verdict::Skipped("passed in no time: not run".to_owned())
            }
            "PASSED" => Verdict::Passed,
            "SKIPPED" => Verdict::Skipped(why),
            _ => Verdict::Failed(why),
        };
        rows.insert((*name).to_owned(), verdict);
    }
    rows
}

/// A line without the colours of a terminal.
fn plain(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_read_and_a_pass_in_no_time_counts_as_not_run() {
        let output = "\u{1b}[35m|\u{1b}[32m 0001_multiobj    |     PASSED |   1.063s \u{1b}[0m|\n\
                      |\u{1b}[31m 0002_unkpart |     FAILED |   2.000s \u{1b}[0m|\u{1b}[31m late\u{1b}[0m\n\
                      |\u{1b}[32m 0003_x       |     PASSED |   0.000s \u{1b}[0m|\n";
        let rows = summary(output);
        assert_eq!(rows["0001_multiobj"], Verdict::Passed);
        assert_eq!(rows["0002_unkpart"], Verdict::Failed("late".to_owned()));
        assert!(matches!(rows["0003_x"], Verdict::Skipped(_)));
    }

    #[test]
    fn the_table_is_read() {
        let mut source = String::from("struct test tests[] = {\n{.name = \"<MAIN>\"},\n");
        source.push_str(
            "_TEST(0004_conf, TEST_F_LOCAL),\n_TEST(0009_x,\n TEST_F_LOCAL,\n TEST_BRKVER(0, 11, 0, 0)),\n",
        );
        source.push_str(
            "_TEST(0107_recreate,\n 0,\n TEST_BRKVER_TOPIC_ADMINAPI,\n .scenario = \"noautocreate\"),\n",
        );
        (0..80).for_each(|n| source.push_str(&format!("_TEST(1{n:03}_x, 0),\n")));
        source.push_str("_TEST(0103_transactions, 0, .scenario = \"default,ak23\"),\n{NULL}};");
        let entries = table(&source).unwrap();
        assert_eq!(entries.len(), 82);
        assert_eq!(entries[0], Entry { name: "0107_recreate".to_owned(), auto_create: false });
        assert!(entries[81].auto_create);
        assert_eq!(entries[81].number(), "0103");
    }

    #[test]
    fn the_committed_list_can_be_read() {
        let list = list(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(list.must_pass.is_sorted());
        assert!(list.skip.iter().all(|skip| skip.judge.starts_with("librdkafka")));
        for parts in &list.parts {
            let judges = match parts.judge.as_deref() {
                Some(judge) => vec![judge],
                None => vec!["librdkafka", "librdkafka-kip848"],
            };
            for judge in judges {
                let is_left_out = |skip: &Skip| skip.judge == judge && skip.cases.contains(&parts.test);
                assert!(
                    list.skip.iter().any(is_left_out),
                    "{judge}: the whole {} needs no parts",
                    parts.test
                );
            }
        }
    }
}
