//! One run: its options, its kit, its report, and the order of its suites.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, ValueEnum};

use crate::judges::Kit;
use crate::process::{must, read_lossy};
use crate::report::{Report, Verdict, say};
use crate::skips::Skips;
use crate::suite_librdkafka::{self, Protocol};
use crate::target::{Kind, Recipe, Settings, Target};
use crate::{
    judges, suite_classes, suite_dialogues, suite_kafka_go, suite_matrix, suite_own, suite_rust_rdkafka,
    suite_spring, suite_tools, suite_trogdor,
};

/// What `weir` is started with unless told otherwise.
const WEIR_ARGS: &str = "local -f {file} --port {port} --data {data}";

/// A named part of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// Every client library does all that it can.
    Matrix,
    /// Kafka's own command-line tools, 3.9 and 4.3.
    Tools,
    /// An application of 2019, Spring Boot 2.1.
    Spring,
    /// The test suites that rskafka and kafka-python bring themselves.
    Own,
    /// Kafka's own classes over committed and written bytes.
    Classes,
    /// What Kafka said to members of groups of both protocols is said again.
    Dialogues,
    /// librdkafka's own test runner.
    Librdkafka,
    /// The same with consumer groups of KIP-848.
    LibrdkafkaKip848,
    /// rust-rdkafka's own tests.
    RustRdkafka,
    /// kafka-go's own tests.
    KafkaGo,
    /// Workloads of Kafka's own test harness.
    Trogdor,
    /// Java clients of 0.11 and 1.1.
    OldClients,
}

impl Suite {
    /// What `run` does when no suite is named.
    const ORDINARY: &[Self] =
        &[Self::Matrix, Self::Tools, Self::Spring, Self::Own, Self::Classes, Self::Dialogues];

    fn name(self) -> &'static str {
        match self {
            Self::Matrix => "matrix",
            Self::Tools => "tools",
            Self::Spring => "spring",
            Self::Own => "own",
            Self::Classes => "classes",
            Self::Dialogues => "dialogues",
            Self::Librdkafka => "librdkafka",
            Self::LibrdkafkaKip848 => "librdkafka-kip848",
            Self::RustRdkafka => "rust-rdkafka",
            Self::KafkaGo => "kafka-go",
            Self::Trogdor => "trogdor",
            Self::OldClients => "old-clients",
        }
    }
}

/// Options of the command line.
#[derive(Debug, Parser)]
#[command(name = "weir-e2e", about = "Judges Weir (or real Kafka) with real clients, tools and test suites")]
pub struct Options {
    /// What to judge.
    #[arg(long, value_enum, default_value = "weir")]
    target: Kind,
    /// The address of a broker that already runs.
    #[arg(long)]
    bootstrap: Option<String>,
    /// The `weir` binary; built by cargo if not given.
    #[arg(long)]
    weir_bin: Option<PathBuf>,
    /// The arguments of `weir`; {port}, {data} and {file} are filled in.
    #[arg(long, default_value = WEIR_ARGS)]
    weir_args: String,
    /// The suites to run; all ordinary ones if none is named.
    #[arg(value_enum)]
    suites: Vec<Suite>,
    /// Only judges whose name contains one of these.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only cases whose name contains one of these.
    #[arg(long, value_delimiter = ',')]
    case: Vec<String>,
    /// Write down anew what Kafka says, before it is compared.
    #[arg(long)]
    record: bool,
    /// How many clients of the matrix run at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Where logs go; a directory below `target/e2e` if not given.
    #[arg(long)]
    logs: Option<PathBuf>,
}

/// What the suites share.
#[derive(Debug)]
pub struct Run {
    /// Where judges are installed.
    pub kit: Kit,
    /// What came of the cases.
    pub report: Report,
    /// How targets are made.
    pub recipe: Recipe,
    /// How many clients run at once.
    pub jobs: usize,
    /// Whether what Kafka says is written down anew.
    pub records: bool,
    only: Vec<String>,
    cases: Vec<String>,
}

impl Run {
    /// Whether a judge was asked for.
    pub fn wants_judge(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }

    /// Whether a case was asked for.
    pub fn wants_case(&self, name: &str) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|part| name.contains(part.as_str()))
    }

    /// Whether only some cases were asked for; then those that may be left out are tried too.
    pub fn asked_for_cases(&self) -> bool {
        !self.cases.is_empty()
    }

    /// Whether only some judges or cases were asked for.
    pub fn asked_for_parts(&self) -> bool {
        !self.only.is_empty() || !self.cases.is_empty()
    }

    /// The directory for the logs of a suite.
    pub fn logs(&self, suite: &str) -> Result<PathBuf> {
        let dir = self.recipe.logs.join(suite);
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        Ok(dir)
    }

    /// Starts a target for a suite.
    pub fn target(&self, name: &str, settings: &Settings) -> Result<Target> {
        Target::start(&self.recipe, &self.kit, name, settings)
    }

    /// Runs one case of a judge that is driven from here.
    pub fn case(&self, judge: &str, case: &str, log: Option<&PathBuf>, body: impl FnOnce() -> Result<()>) {
        if !self.wants_judge(judge) || !self.wants_case(case) {
            return;
        }
        let start = Instant::now();
        let verdict = match body() {
            Ok(()) => Verdict::Passed,
            Err(error) => Verdict::Failed(format!("{error:#}")),
        };
        self.report.record(judge, case, verdict, start.elapsed(), log);
    }

    /// A broker that died, or that called for a person, fails the suite whatever the counts.
    pub fn judge_broker(&self, suite: &str, target: &mut Target) {
        let start = Instant::now();
        let verdict = broker_verdict(target);
        self.report.record("broker", suite, verdict, start.elapsed(), Some(target.log()));
    }
}

fn broker_verdict(target: &mut Target) -> Verdict {
    if !target.is_alive() {
        return Verdict::Failed("the broker died".to_owned());
    }
    if target.kind() != Kind::Weir {
        return Verdict::Passed;
    }
    let errors = read_lossy(target.log()).unwrap_or_default();
    match errors.lines().find(|line| line.contains("ERROR")) {
        Some(line) => Verdict::Failed(format!("the broker logged an error: {line}")),
        None => Verdict::Passed,
    }
}

/// Runs what the options ask for; says whether all is well.
pub fn main(options: Options) -> Result<bool> {
    let kit = Kit::new()?;
    let work = tempfile::Builder::new().prefix("weir-e2e-").tempdir()?;
    let kind = if options.bootstrap.is_some() { Kind::Running } else { options.target };
    let logs = options.logs.unwrap_or_else(|| target_dir(&kit.root).join("e2e").join(kind.name()));
    fs::create_dir_all(&logs)?;
    let logs = logs.canonicalize()?;
    ensure!(!options.record || kind == Kind::Kafka, "only what Kafka says is recorded: --target kafka");
    let weir = match (kind, options.weir_bin) {
        (Kind::Weir, None) => Some(build_weir(&kit.root)?),
        (_, given) => given
            .map(|path| path.canonicalize().with_context(|| format!("no {}", path.display())))
            .transpose()?,
    };
    let recipe = Recipe {
        kind,
        weir,
        weir_args: options.weir_args,
        bootstrap: options.bootstrap,
        work: work.path().to_path_buf(),
        logs,
    };
    let skips = Skips::read(&kit.root.join("skips.toml"))?.and(suite_librdkafka::skips(&kit.root)?)?;
    let report = Report::new(kind.name(), skips);
    let run = Run {
        kit,
        report,
        recipe,
        jobs: options.jobs.clamp(1, 8),
        records: options.record,
        only: options.only,
        cases: options.case,
    };
    let suites = if options.suites.is_empty() { Suite::ORDINARY } else { options.suites.as_slice() };
    run_suites(&run, suites)?;
    if !run.asked_for_parts() {
        run.report.judge_lists();
    }
    run.report.judge_words(&run.only, &run.cases);
    Ok(run.report.close())
}

/// The matrix and the tools share one broker, so that the tools meet what the clients left; the others have their own.
fn run_suites(run: &Run, suites: &[Suite]) -> Result<()> {
    let mut shared = None;
    for suite in suites {
        let start = Instant::now();
        let before = run.report.totals();
        // A suite that cannot be run at all has failed, and the others still have their say.
        let wrong = match one_suite(run, *suite, &mut shared) {
            Err(error) => Some(format!("{error:#}")),
            Ok(()) => {
                (run.report.totals() == before && !run.asked_for_parts()).then(|| "it ran no case".to_owned())
            }
        };
        if let Some(why) = wrong {
            run.report.record("suite", suite.name(), Verdict::Failed(why), start.elapsed(), None);
        }
        say(&format!("-- {} took {:.0}s", suite.name(), start.elapsed().as_secs_f64()));
    }
    if let Some(mut target) = shared {
        let log = target.log().clone();
        run.case("broker", "clean-shutdown", Some(&log), || target.stop().map(drop));
    }
    Ok(())
}

fn one_suite(run: &Run, suite: Suite, shared: &mut Option<Target>) -> Result<()> {
    match suite {
        Suite::Spring => suite_spring::run(run),
        Suite::Own => suite_own::run(run),
        Suite::Classes => suite_classes::run(run),
        Suite::Dialogues => suite_dialogues::run(run),
        Suite::Librdkafka => suite_librdkafka::run(run, Protocol::Classic),
        Suite::LibrdkafkaKip848 => suite_librdkafka::run(run, Protocol::Consumer),
        Suite::RustRdkafka => suite_rust_rdkafka::run(run),
        Suite::KafkaGo => suite_kafka_go::run(run),
        Suite::Trogdor => suite_trogdor::run(run),
        Suite::OldClients => suite_matrix::run_old(run),
        Suite::Matrix | Suite::Tools => {
            let target = match shared.take() {
                Some(target) => shared.insert(target),
                None => shared.insert(run.target("shared", &[])?),
            };
            let outcome = if suite == Suite::Matrix {
                suite_matrix::run(run, target)
            } else {
                suite_tools::run(run, target)
            };
            run.judge_broker(suite.name(), target);
            outcome
        }
    }
}

fn target_dir(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("../target"), PathBuf::from)
}

/// Builds the binary as a developer would.
fn build_weir(root: &Path) -> Result<PathBuf> {
    let mut build = std::process::Command::new(judges::cargo());
    build.args(["build", "--quiet", "-p", "weir"]).current_dir(root);
    must(build)?;
    let binary = target_dir(root).join("debug/weir");
    if !binary.exists() {
        bail!("cargo built no {}", binary.display());
    }
    Ok(binary.canonicalize()?)
}
