//! What is judged: a Weir or a real Kafka that is started here, or any address.
//!
//! A started target owns its process, its port and its data directory; it can be killed and started again on the same data.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::judges::{self, Kit};
use crate::ports;
use crate::process::{Process, command, must};

/// How long a target may take until it accepts connections.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long a target may take to shut down when asked to.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// Which kind of target a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The `weir` binary.
    Weir,
    /// Apache Kafka, one combined node.
    Kafka,
    /// Something that already runs.
    Running,
}

impl Kind {
    /// The word used in `skips.toml` and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weir => "weir",
            Self::Kafka => "kafka",
            Self::Running => "running",
        }
    }
}

/// How targets of this run are made.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The kind.
    pub kind: Kind,
    /// The `weir` binary, for that kind.
    pub weir: Option<PathBuf>,
    /// The arguments of `weir`, with `{port}`, `{data}` and `{file}` to fill in.
    pub weir_args: String,
    /// The address, for something that already runs.
    pub bootstrap: Option<String>,
    /// Where data directories of targets go.
    pub work: PathBuf,
    /// Where logs go.
    pub logs: PathBuf,
}

/// Broker settings by Kafka's names, over those that every target gets. With a `node.id` among them, `{port}` stands for the
/// port of the target.
pub type Settings = [(&'static str, &'static str)];

/// Settings of every target: groups that do not wait for more members, and heartbeats that make rebalances short.
const COMMON: &Settings = &[
    ("group.initial.rebalance.delay.ms", "0"),
    ("group.consumer.min.heartbeat.interval.ms", "500"),
    ("group.consumer.heartbeat.interval.ms", "500"),
    ("auto.create.topics.enable", "true"),
];

/// A running target.
#[derive(Debug)]
pub struct Target {
    kind: Kind,
    port: u16,
    bootstrap: String,
    dir: PathBuf,
    log: PathBuf,
    launch: Vec<String>,
    process: Option<Process>,
}

impl Target {
    /// Starts a target with an empty data directory; `name` tells it from others of the same run.
    pub fn start(recipe: &Recipe, kit: &Kit, name: &str, settings: &Settings) -> Result<Self> {
        Self::start_on(recipe, kit, name, settings, ports::free()?)
    }

    /// Starts a target on a given port.
    pub fn start_on(recipe: &Recipe, kit: &Kit, name: &str, settings: &Settings, port: u16) -> Result<Self> {
        let dir = recipe.work.join(name);
        fs::create_dir_all(&dir)?;
        let launch = match recipe.kind {
            Kind::Running => Vec::new(),
            Kind::Weir => weir_launch(recipe, &dir, port, settings)?,
            Kind::Kafka => kafka_launch(kit, &dir, port, settings)?,
        };
        let bootstrap = match (recipe.kind, &recipe.bootstrap) {
            (Kind::Running, Some(address)) => address.clone(),
            (Kind::Running, None) => bail!("a running target needs --bootstrap HOST:PORT"),
            _ => format!("127.0.0.1:{port}"),
        };
        let log = recipe.logs.join(format!("broker-{name}.log"));
        fs::write(&log, b"")?;
        let mut target = Self { kind: recipe.kind, port, bootstrap, dir, log, launch, process: None };
        target.launch()?;
        Ok(target)
    }

    /// The address that clients are given.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// The kind of target.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the broker printed.
    pub fn log(&self) -> &PathBuf {
        &self.log
    }

    /// The directory that holds its partitions, if it is one of ours.
    pub fn data(&self) -> Option<PathBuf> {
        (self.kind != Kind::Running).then(|| self.dir.join("data"))
    }

    /// Starts the process (again) and waits until it accepts connections.
    pub fn launch(&mut self) -> Result<()> {
        let Some((program, args)) = self.launch.split_first() else { return Ok(()) };
        let mut start = command(program);
        start.args(args).current_dir(&self.dir).env("NO_COLOR", "1");
        let process = self.process.insert(Process::restart(start, &self.log)?);
        ports::wait_open(self.port, START_LIMIT, || process.is_alive()).with_context(|| {
            format!("the {} broker did not start, see {}", self.kind.name(), self.log.display())
        })
    }

    /// Whether the broker still runs.
    pub fn is_alive(&mut self) -> bool {
        self.process.as_mut().is_none_or(Process::is_alive)
    }

    /// Ends the broker as `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Ends the broker as a service manager does, and says how long that took.
    pub fn stop(&mut self) -> Result<Duration> {
        let start = Instant::now();
        if let Some(mut process) = self.process.take() {
            ensure!(process.stop(STOP_LIMIT)?, "no clean end within {STOP_LIMIT:?}");
        }
        Ok(start.elapsed())
    }
}

fn weir_launch(recipe: &Recipe, dir: &Path, port: u16, settings: &Settings) -> Result<Vec<String>> {
    let binary = recipe.weir.as_ref().context("no weir binary")?.display().to_string();
    if settings.iter().any(|(name, _)| *name == "node.id") {
        // `weir local` has no say about a broker's id; a file of broker settings has.
        let file = dir.join("server.properties");
        fs::write(&file, server_properties(&dir.join("data"), port, settings))?;
        return Ok(vec![binary, "broker".to_owned(), "--config".to_owned(), file.display().to_string()]);
    }
    let file = dir.join("cluster.yaml");
    fs::write(&file, cluster_yaml(settings))?;
    let fill = |word: &str| {
        word.replace("{port}", &port.to_string())
            .replace("{data}", &dir.join("data").display().to_string())
            .replace("{file}", &file.display().to_string())
    };
    let mut launch = vec![binary];
    launch.extend(recipe.weir_args.split_whitespace().map(fill));
    Ok(launch)
}

/// What a broker that is started by its settings reads.
fn server_properties(data: &Path, port: u16, settings: &Settings) -> String {
    let mut text = format!("listeners=PLAINTEXT://127.0.0.1:{port}\nlog.dirs={}\n", data.display());
    for (name, value) in merged(settings) {
        text.push_str(&format!("{name}={}\n", value.replace("{port}", &port.to_string())));
    }
    text
}

/// The same YAML that a user would write.
fn cluster_yaml(settings: &Settings) -> String {
    let mut yaml = String::from(
        "apiVersion: weir.dev/v1alpha1\nkind: Cluster\nmetadata:\n  name: judged\nspec:\n  replicas: 1\n  storage:\n    size: 10Gi\n  config:\n",
    );
    for (name, value) in merged(settings) {
        yaml.push_str(&format!("    {name}: \"{value}\"\n"));
    }
    yaml
}

/// The common settings with these over them.
fn merged(settings: &Settings) -> Vec<(&'static str, &'static str)> {
    let own = |name: &str| settings.iter().any(|(other, _)| *other == name);
    let common = COMMON.iter().filter(|(name, _)| !own(name));
    common.chain(settings).copied().collect()
}

fn kafka_launch(kit: &Kit, dir: &Path, port: u16, settings: &Settings) -> Result<Vec<String>> {
    let lib = judges::jars(kit, "kafka-4.3")?;
    let properties = dir.join("server.properties");
    let controller = ports::free()?;
    let id = settings.iter().find(|(name, _)| *name == "node.id").map_or("1", |(_, id)| *id);
    let mut text = kafka_properties(dir, id, port, controller);
    for (name, value) in merged(settings) {
        text.push_str(&format!("{name}={}\n", value.replace("{port}", &port.to_string())));
    }
    fs::write(&properties, text)?;
    let logging = dir.join("log4j2.properties");
    fs::write(&logging, LOG4J)?;
    let java = |main: &str| -> Vec<String> {
        let class_path = format!("{}/*", lib.display());
        let logging = format!("-Dlog4j2.configurationFile={}", logging.display());
        [
            "java",
            "-Xms256m",
            "-Xmx1g",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35",
            "-XX:+ExplicitGCInvokesConcurrent",
            &logging,
            "-cp",
            &class_path,
            main,
        ]
        .map(str::to_owned)
        .into()
    };
    let storage = |args: &[&str]| {
        let words = java("kafka.tools.StorageTool");
        let mut tool = Command::new(&words[0]);
        tool.args(&words[1..]).args(args);
        must(tool).map(|out| out.lines().last().unwrap_or_default().trim().to_owned())
    };
    let (cluster, directory) = (storage(&["random-uuid"])?, storage(&["random-uuid"])?);
    let voter = format!("{id}@127.0.0.1:{controller}:{directory}");
    let file = properties.display().to_string();
    storage(&["format", "-t", &cluster, "-c", &file, "--initial-controllers", &voter])?;
    let mut launch = java("kafka.Kafka");
    launch.push(file);
    Ok(launch)
}

const LOG4J: &str = "\
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1}: %m%n
";

fn kafka_properties(dir: &Path, id: &str, port: u16, controller: u16) -> String {
    format!(
        "process.roles=broker,controller\nnode.id={id}\n\
         controller.quorum.bootstrap.servers=127.0.0.1:{controller}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         controller.listener.names=CONTROLLER\ninter.broker.listener.name=PLAINTEXT\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         log.dirs={}\ndefault.replication.factor=1\noffsets.topic.replication.factor=1\n\
         offsets.topic.num.partitions=10\ntransaction.state.log.num.partitions=4\n\
         transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\
         share.coordinator.state.topic.replication.factor=1\nshare.coordinator.state.topic.min.isr=1\n",
        dir.join("data").display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_a_suite_replace_the_common_ones() {
        let yaml = cluster_yaml(&[("auto.create.topics.enable", "false")]);
        assert!(yaml.contains("    auto.create.topics.enable: \"false\"\n"));
        assert!(!yaml.contains("auto.create.topics.enable: \"true\""));
        assert!(yaml.contains("group.initial.rebalance.delay.ms: \"0\""));
    }
}
