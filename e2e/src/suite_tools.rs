//! Kafka's own command-line tools, of two generations, against one broker.
//!
//! Each case is what a person would type; a tool's exit code and what it prints are both judged.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::judges;
use crate::process::{Process, Tail, command, run as run_process};
use crate::run::Run;
use crate::target::Target;

/// How long one call of a tool may take.
const CALL_LIMIT: Duration = Duration::from_secs(60);
/// How soon a line that was typed must be seen by a reader that already runs.
const SEEN_WITHIN: Duration = Duration::from_secs(15);

/// Where the main classes and flags of a generation differ.
#[derive(Debug)]
struct Generation {
    judge: &'static str,
    jars: &'static str,
    console_producer: &'static str,
    api_versions: &'static str,
    dump: &'static str,
    reader_property: &'static str,
    formatter_property: &'static str,
    bootstrap_for_perf: &'static [&'static str],
}

const GENERATIONS: &[Generation] = &[
    Generation {
        judge: "kafka-tools-4.3",
        jars: "kafka-4.3",
        console_producer: "org.apache.kafka.tools.ConsoleProducer",
        api_versions: "org.apache.kafka.tools.BrokerApiVersionsCommand",
        dump: "org.apache.kafka.tools.DumpLogSegments",
        reader_property: "--reader-property",
        formatter_property: "--formatter-property",
        bootstrap_for_perf: &["--bootstrap-server", "{}"],
    },
    Generation {
        judge: "kafka-tools-3.9",
        jars: "kafka-3.9",
        console_producer: "kafka.tools.ConsoleProducer",
        api_versions: "kafka.admin.BrokerApiVersionsCommand",
        dump: "kafka.tools.DumpLogSegments",
        reader_property: "--property",
        formatter_property: "--property",
        bootstrap_for_perf: &["--producer-props", "bootstrap.servers={}"],
    },
];

const TOPICS: &str = "org.apache.kafka.tools.TopicCommand";
const CONSUMER: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";
const GROUPS: &str = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
const OFFSETS: &str = "org.apache.kafka.tools.GetOffsetShell";
const CONFIGS: &str = "kafka.admin.ConfigCommand";

/// The tools of one generation, aimed at one broker.
struct Tools<'a> {
    run: &'a Run,
    generation: &'a Generation,
    bootstrap: &'a str,
    jars: PathBuf,
    logs: PathBuf,
    calls: std::cell::Cell<usize>,
}

/// One case, given the tools.
type Case = fn(&Tools<'_>) -> Result<()>;

/// Runs the tools against a running target, the two generations side by side.
pub fn run(run: &Run, target: &Target) -> Result<()> {
    std::thread::scope(|scope| {
        let chosen = GENERATIONS.iter().filter(|generation| run.wants_judge(generation.judge));
        let workers: Vec<_> = chosen.map(|generation| scope.spawn(|| one(run, target, generation))).collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow::anyhow!("a worker of the tools died"))??;
        }
        Ok(())
    })
}

fn one(run: &Run, target: &Target, generation: &Generation) -> Result<()> {
    let jars = judges::jars(&run.kit, generation.jars)?;
    let logs = run.logs("tools")?.join(generation.judge);
    fs::create_dir_all(&logs)?;
    fs::write(logs.join("log4j2.properties"), "rootLogger.level = off\n")?;
    let tools = Tools { run, generation, bootstrap: target.bootstrap(), jars, logs, calls: 0.into() };
    let cases: &[(&str, Case)] = &[
        ("topics", topics),
        ("command-line-introduction", introduction),
        ("console-keys-and-headers", keys_and_headers),
        ("consumer-groups", consumer_groups),
        ("configs", configs),
        ("broker-loggers", broker_loggers),
        ("get-offsets", get_offsets),
        ("delete-records", delete_records),
        ("broker-api-versions", api_versions),
        ("verifiable-producer-consumer", verifiable),
        ("producer-performance", performance),
    ];
    for (name, body) in cases {
        run.case(generation.judge, name, None, || body(&tools));
    }
    if let Some(data) = target.data() {
        run.case(generation.judge, "dump-log-segments", None, || dump_segments(&tools, &data));
        run.case(generation.judge, "dump-offsets-topic", None, || dump_offsets(&tools, &data));
    }
    Ok(())
}

impl Tools<'_> {
    fn command(&self, main: &str, args: &[&str]) -> std::process::Command {
        let mut java = command("java");
        java.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-cp"]);
        java.arg(format!("{}:{}/*", self.logs.display(), self.jars.display())).arg(main).args(args);
        java
    }

    fn log(&self, main: &str) -> PathBuf {
        self.calls.set(self.calls.get() + 1);
        let short = main.rsplit('.').next().unwrap_or(main);
        self.logs.join(format!("{:03}-{short}", self.calls.get()))
    }

    /// Runs a tool to its end and returns what it printed.
    fn call(&self, main: &str, args: &[&str], input: &str) -> Result<String> {
        let finished = run_process(self.command(main, args), &self.log(main), input, CALL_LIMIT)?;
        finished.success().with_context(|| format!("{main} {}", args.join(" ")))
    }

    /// Runs a tool that takes `--bootstrap-server`.
    fn ask(&self, main: &str, args: &[&str]) -> Result<String> {
        self.call(main, &[&["--bootstrap-server", self.bootstrap], args].concat(), "")
    }

    /// A name that the other generation does not use.
    fn name(&self, text: &str) -> String {
        format!("{}-{text}", self.generation.judge)
    }

    fn create(&self, topic: &str, partitions: &str) -> Result<String> {
        self.ask(
            TOPICS,
            &["--create", "--topic", topic, "--partitions", partitions, "--replication-factor", "1"],
        )
    }

    fn produce(&self, topic: &str, more: &[&str], lines: &str) -> Result<()> {
        let args = [&["--bootstrap-server", self.bootstrap, "--topic", topic], more].concat();
        self.call(self.generation.console_producer, &args, lines).map(drop)
    }

    fn consume(&self, topic: &str, count: &str, more: &[&str]) -> Result<String> {
        let args = ["--topic", topic, "--from-beginning", "--max-messages", count, "--timeout-ms", "30000"];
        self.ask(CONSUMER, &[&args, more].concat())
    }
}

/// Fails unless `found` has all of `wanted`.
fn has(found: &str, wanted: &[&str]) -> Result<()> {
    match wanted.iter().find(|text| !found.contains(**text)) {
        Some(missing) => bail!("{missing:?} is missing in: {}", found.trim()),
        None => Ok(()),
    }
}

fn topics(tools: &Tools<'_>) -> Result<()> {
    let topic = tools.name("topics");
    has(&tools.create(&topic, "3")?, &["Created topic"])?;
    has(&tools.ask(TOPICS, &["--list"])?, &[&topic])?;
    let described = tools.ask(TOPICS, &["--describe", "--topic", &topic])?;
    has(&described, &["PartitionCount: 3", "ReplicationFactor: 1", "Partition: 2"])?;
    tools.ask(TOPICS, &["--alter", "--topic", &topic, "--partitions", "4"])?;
    has(&tools.ask(TOPICS, &["--describe", "--topic", &topic])?, &["PartitionCount: 4"])?;
    ensure!(tools.create(&topic, "3").is_err(), "a topic was created twice");
    tools.ask(TOPICS, &["--delete", "--topic", &topic])?;
    let listed = tools.ask(TOPICS, &["--list"])?;
    ensure!(!listed.lines().any(|line| line == topic), "the deleted topic is still listed");
    Ok(())
}

/// Create `test`, type lines into a producer, see them at once in a consumer that already runs, and again from the beginning.
fn introduction(tools: &Tools<'_>) -> Result<()> {
    let topic = tools.name("test");
    tools.create(&topic, "1")?;
    let log = tools.log("running.ConsoleConsumer");
    let args = ["--bootstrap-server", tools.bootstrap, "--topic", &topic, "--from-beginning"];
    let mut reader = Process::start(tools.command(CONSUMER, &args), &log)?;
    let mut seen = Tail::open(&log, false)?;
    for line in ["the first line", "the second line"] {
        tools.produce(&topic, &[], &format!("{line}\n"))?;
        seen.wait_for(SEEN_WITHIN, |found| found == line).with_context(|| format!("waiting for {line:?}"))?;
    }
    ensure!(reader.is_alive(), "the reader ended by itself");
    reader.stop(Duration::from_secs(20))?;
    let again = tools.consume(&topic, "2", &[])?;
    ensure!(again == "the first line\nthe second line\n", "from the beginning: {again:?}");
    Ok(())
}

fn keys_and_headers(tools: &Tools<'_>) -> Result<()> {
    let topic = tools.name("keys");
    tools.create(&topic, "1")?;
    let reader = tools.generation.reader_property;
    let parse = [reader, "parse.key=true", reader, "parse.headers=true", "--compression-codec", "zstd"];
    tools.produce(&topic, &parse, "a:1,a:2\tkey\tvalue\n")?;
    let print = tools.generation.formatter_property;
    let shown = [
        print,
        "print.key=true",
        print,
        "print.headers=true",
        print,
        "print.offset=true",
        print,
        "print.partition=true",
    ];
    has(&tools.consume(&topic, "1", &shown)?, &["Partition:0", "Offset:0", "a:1,a:2", "key\tvalue"])
}

fn consumer_groups(tools: &Tools<'_>) -> Result<()> {
    let (topic, group) = (tools.name("groups"), tools.name("group"));
    tools.create(&topic, "2")?;
    tools.produce(&topic, &[], "a\nb\nc\n")?;
    tools.consume(&topic, "3", &["--group", &group])?;
    has(&tools.ask(GROUPS, &["--list"])?, &[&group])?;
    let described = tools.ask(GROUPS, &["--describe", "--group", &group])?;
    let lags: Vec<&str> = described.lines().filter(|line| line.contains(&topic)).collect();
    ensure!(!lags.is_empty(), "no offsets in: {described}");
    has(&tools.ask(GROUPS, &["--describe", "--group", &group, "--state"])?, &["Empty"])?;
    let reset = ["--group", &group, "--topic", &topic, "--reset-offsets", "--to-earliest", "--execute"];
    has(&tools.ask(GROUPS, &reset)?, &[&topic, "0"])?;
    let again = tools.consume(&topic, "3", &["--group", &group])?;
    ensure!(again.lines().count() == 3, "after the reset: {again:?}");
    tools.ask(GROUPS, &["--group", &group, "--topic", &topic, "--delete-offsets"])?;
    has(&tools.ask(GROUPS, &["--delete", "--group", &group])?, &["successful"])?;
    let listed = tools.ask(GROUPS, &["--list"])?;
    ensure!(!listed.lines().any(|line| line == group), "the deleted group is still listed");
    Ok(())
}

fn configs(tools: &Tools<'_>) -> Result<()> {
    let topic = tools.name("configs");
    tools.create(&topic, "1")?;
    let entity = ["--entity-type", "topics", "--entity-name", &topic];
    let on_topic = |args: &[&str]| tools.ask(CONFIGS, &[&entity, args].concat());
    on_topic(&["--alter", "--add-config", "retention.ms=60000,cleanup.policy=[compact,delete]"])?;
    let described = on_topic(&["--describe"])?;
    has(&described, &["retention.ms=60000", "cleanup.policy=compact,delete", "DYNAMIC_TOPIC_CONFIG"])?;
    on_topic(&["--alter", "--delete-config", "retention.ms"])?;
    ensure!(!on_topic(&["--describe"])?.contains("retention.ms=60000"), "the config was not removed");
    has(&on_topic(&["--describe", "--all"])?, &["retention.ms=604800000", "DEFAULT_CONFIG"])?;
    ensure!(
        on_topic(&["--alter", "--add-config", "retention.ms=soon"]).is_err(),
        "retention.ms=soon was accepted"
    );
    ensure!(
        on_topic(&["--alter", "--add-config", "no.such.config=1"]).is_err(),
        "no.such.config was accepted"
    );
    let brokers = ["--entity-type", "brokers", "--entity-default"];
    // Both generations change the same cluster-wide default, so to the same value.
    tools.ask(CONFIGS, &[&brokers[..], &["--alter", "--add-config", "log.cleaner.threads=2"]].concat())?;
    has(&tools.ask(CONFIGS, &[&brokers[..], &["--describe"]].concat())?, &["log.cleaner.threads=2"])
}

/// Levels of loggers, while the broker runs. Each generation has a logger to itself, for both see the same broker.
fn broker_loggers(tools: &Tools<'_>) -> Result<()> {
    let entity = ["--entity-type", "broker-loggers", "--entity-name", "1"];
    let on_loggers = |args: &[&str]| tools.ask(CONFIGS, &[&entity, args].concat());
    let described = on_loggers(&["--describe"])?;
    let loggers = described.lines().filter_map(|line| line.trim().split_once('='));
    let names: Vec<&str> = loggers.map(|(name, _)| name).collect();
    ensure!(names.contains(&"root"), "no root logger in {described}");
    let own = usize::from(tools.generation.jars == GENERATIONS[0].jars);
    let logger = names.iter().filter(|name| **name != "root").nth(own).context("no loggers")?;
    for level in ["DEBUG", "TRACE"] {
        on_loggers(&["--alter", "--add-config", &format!("{logger}={level}")])?;
        has(&on_loggers(&["--describe"])?, &[&format!("{logger}={level} ")])?;
    }
    on_loggers(&["--alter", "--delete-config", logger])?;
    ensure!(!on_loggers(&["--describe"])?.contains(&format!("{logger}=TRACE ")), "the level was not deleted");
    for wrong in [format!("{logger}=LOUD"), "no.such.logger=INFO".to_owned()] {
        ensure!(on_loggers(&["--alter", "--add-config", &wrong]).is_err(), "{wrong} was accepted");
    }
    ensure!(on_loggers(&["--alter", "--delete-config", "root"]).is_err(), "the level of root was deleted");
    Ok(())
}

fn get_offsets(tools: &Tools<'_>) -> Result<()> {
    let topic = tools.name("offsets");
    tools.create(&topic, "1")?;
    tools.produce(&topic, &[], "a\nb\nc\n")?;
    let expected = format!("{topic}:0:");
    for (time, offset) in [("earliest", "0"), ("latest", "3"), ("-1", "3"), ("-2", "0"), ("1000", "0")] {
        let found = tools.ask(OFFSETS, &["--topic", &topic, "--time", time])?;
        ensure!(found.trim() == format!("{expected}{offset}"), "--time {time}: {found}");
    }
    has(&tools.ask(OFFSETS, &["--topic", &topic, "--time", "max-timestamp"])?, &[&expected])
}

fn delete_records(tools: &Tools<'_>) -> Result<()> {
    let topic = tools.name("delete");
    tools.create(&topic, "1")?;
    tools.produce(&topic, &[], "a\nb\nc\n")?;
    let file = tools.logs.join("delete.json");
    let wish = format!(r#"{{"version":1,"partitions":[{{"topic":"{topic}","partition":0,"offset":2}}]}}"#);
    fs::write(&file, wish)?;
    let path = file.display().to_string();
    let main = "org.apache.kafka.tools.DeleteRecordsCommand";
    has(&tools.ask(main, &["--offset-json-file", &path])?, &["low_watermark: 2"])?;
    let left = tools.consume(&topic, "1", &[])?;
    ensure!(left == "c\n", "left: {left:?}");
    Ok(())
}

fn api_versions(tools: &Tools<'_>) -> Result<()> {
    let printed = tools.ask(tools.generation.api_versions, &[])?;
    has(&printed, &["Produce(0):", "Fetch(1):", "ConsumerGroupHeartbeat(68):", "usable:"])
}

/// What the producer got acknowledged, the consumer must see, each record once.
fn verifiable(tools: &Tools<'_>) -> Result<()> {
    const COUNT: usize = 2000;
    let topic = tools.name("verifiable");
    tools.create(&topic, "3")?;
    let count = COUNT.to_string();
    let produced = tools
        .ask("org.apache.kafka.tools.VerifiableProducer", &["--topic", &topic, "--max-messages", &count])?;
    let acknowledged = produced.lines().filter(|line| line.contains("producer_send_success")).count();
    ensure!(acknowledged == COUNT, "acknowledged {acknowledged} of {COUNT}");
    let group = tools.name("verifiable-group");
    let args = [
        "--topic",
        &topic,
        "--group-id",
        &group,
        "--max-messages",
        &count,
        "--reset-policy",
        "earliest",
        "--verbose",
    ];
    let consumed = tools.ask("org.apache.kafka.tools.VerifiableConsumer", &args)?;
    let mut values: Vec<u64> = consumed.lines().filter_map(record_value).collect();
    values.sort_unstable();
    let expected: Vec<u64> = (0..COUNT as u64).collect();
    ensure!(values == expected, "{} values, or not each once", values.len());
    Ok(())
}

fn record_value(line: &str) -> Option<u64> {
    let event: serde_json::Value = serde_json::from_str(line).ok()?;
    (event["name"] == "record_data").then(|| event["value"].as_str()?.parse().ok())?
}

fn performance(tools: &Tools<'_>) -> Result<()> {
    let topic = tools.name("performance");
    tools.create(&topic, "4")?;
    let bootstrap: Vec<String> =
        tools.generation.bootstrap_for_perf.iter().map(|word| word.replace("{}", tools.bootstrap)).collect();
    let common = ["--topic", &topic, "--num-records", "50000", "--record-size", "200", "--throughput", "-1"];
    let args: Vec<&str> = common.into_iter().chain(bootstrap.iter().map(String::as_str)).collect();
    has(&tools.call("org.apache.kafka.tools.ProducerPerformance", &args, "")?, &["50000 records sent"])?;
    let ends = tools.ask(OFFSETS, &["--topic", &topic])?;
    let total: u64 = ends.lines().filter_map(|line| line.rsplit(':').next()?.parse::<u64>().ok()).sum();
    ensure!(total == 50_000, "{total} records in the log");
    Ok(())
}

/// The segment files of partitions whose directory `wanted` accepts.
fn segments(data: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(data).with_context(|| format!("cannot list {}", data.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            segments(&path, wanted, found)?;
        } else if name.len() == 24 && name.ends_with(".log") && parent(&path).is_some_and(|dir| wanted(&dir))
        {
            found.push(path.display().to_string());
        }
    }
    Ok(())
}

fn parent(path: &Path) -> Option<String> {
    Some(path.parent()?.file_name()?.to_string_lossy().into_owned())
}

fn is_partition(directory: &str) -> bool {
    let number = directory.rsplit_once('-').map(|(_, number)| number);
    number.is_some_and(|digits| digits.parse::<u32>().is_ok()) && !directory.starts_with("__cluster_metadata")
}

/// Every segment that the clients left, read by Kafka's own reader down to single records.
fn dump_segments(tools: &Tools<'_>, data: &Path) -> Result<()> {
    let mut files = Vec::new();
    segments(data, &is_partition, &mut files)?;
    ensure!(!files.is_empty(), "no segment files below {}", data.display());
    let mut records = 0;
    for some in files.chunks(100) {
        let dumped =
            tools.call(tools.generation.dump, &["--deep-iteration", "--files", &some.join(",")], "")?;
        let wrong = ["isvalid: false", "Found ", "Non-consecutive", "corrupt", "Could not", "Mismatch"];
        if let Some(line) = dumped.lines().find(|line| wrong.iter().any(|text| line.contains(text))) {
            bail!("{line}");
        }
        records += dumped.lines().filter(|line| line.trim_start().starts_with("| offset:")).count();
    }
    ensure!(records > 0 || tools.run.asked_for_parts(), "no records in {} files", files.len());
    Ok(())
}

/// The committed offsets can be read by whoever reads Kafka's own format.
fn dump_offsets(tools: &Tools<'_>, data: &Path) -> Result<()> {
    let mut files = Vec::new();
    segments(data, &|directory: &str| directory.starts_with("__consumer_offsets-"), &mut files)?;
    let args = ["--offsets-decoder", "--deep-iteration", "--files", &files.join(",")];
    let dumped = tools.call(tools.generation.dump, &args, "")?;
    has(&dumped, &[&tools.name("verifiable-group"), &tools.name("verifiable")])
}
