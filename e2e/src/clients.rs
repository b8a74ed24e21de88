//! The clients of the matrix: how each is installed and started, and which cases it is asked for.
//!
//! Every program takes `BOOTSTRAP PREFIX CASE…` and prints one JSON line for each case.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::judges::{self, Kit};
use crate::process::command;

/// What every client is asked to do, in this order; what one cannot do stands in `skips.toml`.
pub const CASES: &[&str] = &[
    "codec-none",
    "codec-gzip",
    "codec-snappy",
    "codec-lz4",
    "codec-zstd",
    "interop",
    "headers",
    "keys",
    "big-record",
    "idempotent",
    "group-restart",
    "group-two",
    "static-members",
    "cooperative",
    "offsets-by-time",
    "delete-records",
    "admin-topics",
    "admin-configs",
    "admin-groups",
    "kip848",
];

/// Asked of clients that have transactions, and only where the broker has none.
pub const FATAL_TRANSACTIONAL: &str = "transactional-id-fatal";

/// What clients are asked for that are older than the admin APIs of today.
pub const OLD_CASES: &[&str] = &[
    "codec-none",
    "codec-gzip",
    "codec-snappy",
    "codec-lz4",
    "interop",
    "headers",
    "keys",
    "big-record",
    "idempotent",
    "group-restart",
    "group-two",
    "offsets-by-time",
];

/// One client library.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// Its name in the report and in `skips.toml`.
    pub name: &'static str,
    /// Whether it must meet a fatal error where transactions do not exist.
    pub transactions: bool,
    language: Language,
}

#[derive(Debug, Clone, Copy)]
enum Language {
    /// The folder under `tools/`; both generations before 2.0 are served by the same sources.
    OldJava(&'static str),
    /// The folder under `tools/` and the folder with the sources for that generation.
    Java(&'static str, &'static str),
    /// The script.
    Python(&'static str),
    /// The binary.
    Go(&'static str),
    /// The script.
    Node(&'static str),
    /// The binary.
    Rust(&'static str),
}

/// The newest Java client also writes and reads what the others exchange.
pub const NEWEST_JAVA: &str = "kafka-clients-4.3";

/// All clients, the slowest first so that two at a time end together.
pub const CLIENTS: &[Client] = &[
    Client { name: NEWEST_JAVA, transactions: true, language: Language::Java("kafka-clients-4.3", "modern") },
    Client {
        name: "kafka-clients-3.9",
        transactions: true,
        language: Language::Java("kafka-clients-3.9", "modern"),
    },
    Client {
        name: "kafka-clients-2.0",
        transactions: true,
        language: Language::Java("kafka-clients-2.0", "classic"),
    },
    Client { name: "confluent-kafka-python", transactions: true, language: Language::Python("confluent.py") },
    Client { name: "kafka-python", transactions: false, language: Language::Python("kafkapython.py") },
    Client { name: "aiokafka", transactions: false, language: Language::Python("aio.py") },
    Client { name: "franz-go", transactions: true, language: Language::Go("franz") },
    Client { name: "sarama", transactions: false, language: Language::Go("sarama") },
    Client { name: "kafka-go", transactions: false, language: Language::Go("kafkago") },
    Client { name: "kafkajs", transactions: false, language: Language::Node("main.js") },
    Client { name: "rdkafka", transactions: true, language: Language::Rust("matrix-rdkafka") },
    Client { name: "rskafka", transactions: false, language: Language::Rust("matrix-rskafka") },
];

/// The clients from before 2.0: topics made by the broker, other methods, fewer cases.
pub const OLD_CLIENTS: &[Client] = &[
    Client {
        name: "kafka-clients-0.11",
        transactions: true,
        language: Language::OldJava("kafka-clients-0.11"),
    },
    Client {
        name: "kafka-clients-1.1",
        transactions: true,
        language: Language::OldJava("kafka-clients-1.1"),
    },
];

impl Client {
    /// Installs what is missing and returns the command without its arguments.
    pub fn prepare(&self, kit: &Kit) -> Result<Launch> {
        let folder = |name: &str| kit.root.join("clients").join(name);
        Ok(match self.language {
            Language::Java(library, generation) => {
                let folders = ["all", "since-2.0", generation].map(|name| folder("java").join(name));
                java(kit, library, &folders)?
            }
            Language::OldJava(library) => {
                java(kit, library, &["all", "old"].map(|name| folder("java").join(name)))?
            }
            Language::Python(script) => {
                let python = judges::python(kit, "clients", &folder("python").join("requirements.txt"))?;
                let script = folder("python").join(script).display().to_string();
                Launch::new(python).with(&["-u", "-B", &script])
            }
            Language::Go(binary) => {
                Launch::new(judges::go_programs(kit, "clients", &folder("go"))?.join(binary))
            }
            Language::Node(script) => {
                let dir = judges::node_program(kit, "clients", &folder("node"))?;
                Launch::new("node".into()).with(&[&dir.join(script).display().to_string()])
            }
            Language::Rust(binary) => {
                Launch::new(judges::rust_programs(kit, "clients", &folder("rust"))?.join(binary))
            }
        })
    }

    /// The cases that this client is asked for.
    pub fn cases(&self, transactions_exist: bool) -> Vec<&'static str> {
        let fatal = (self.transactions && !transactions_exist).then_some(FATAL_TRANSACTIONAL);
        let cases = if matches!(self.language, Language::OldJava(_)) { OLD_CASES } else { CASES };
        cases.iter().copied().chain(fatal).collect()
    }
}

fn java(kit: &Kit, library: &str, sources: &[PathBuf]) -> Result<Launch> {
    let jars = judges::jars(kit, library)?;
    let classes = judges::java_classes(kit, library, &jars, sources)?;
    let class_path = format!("{}:{}/*", classes.display(), jars.display());
    let launch = Launch::new(judges::java()?)
        .with(&["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"])
        .with(&["-Dorg.slf4j.simpleLogger.defaultLogLevel=info", "-cp", &class_path, "Matrix"]);
    Ok(launch)
}

/// A command that can be started more than once.
#[derive(Debug, Clone)]
pub struct Launch {
    program: PathBuf,
    args: Vec<String>,
}

impl Launch {
    fn new(program: PathBuf) -> Self {
        Self { program, args: Vec::new() }
    }

    fn with(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// The command, with further arguments to come.
    pub fn command(&self) -> Command {
        let mut command = command(&self.program);
        command.args(&self.args);
        command
    }
}
