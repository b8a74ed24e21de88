//! The command line: every command, option and example. A part of the commands stands in each file below.

mod admin;
mod bench;
mod check;
mod records;
mod serve;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::time::Duration;

use clap::builder::Resettable;
use clap::{ArgMatches, Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::logging::LogFormat;
use crate::output::Format;
use crate::parse::{self, Pair};

pub(crate) use admin::{
    ClusterCommand, ClusterConfigs, GroupCommand, ResetOffsets, TopicAlter, TopicCommand, TopicCreate,
};
pub(crate) use bench::{BenchCommand, BenchConsume, BenchProduce};
pub(crate) use check::check;
pub(crate) use records::{ConsumeOptions, ProduceOptions};
pub(crate) use serve::{BrokerOptions, LocalOptions, ReadBackEndChoice};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or broken off
  2  the command line or a file is wrong
  3  no broker answered
  4  a named topic, group or broker is not there

Examples:
  weir local                                       a durable broker on 127.0.0.1:9092
  weir topic create orders --partitions 12
  echo hello | weir produce orders
  weir consume orders --from-beginning

The tools connect in plaintext and without authentication; they don't speak TLS or SASL yet.
WEIR_BOOTSTRAP names the brokers instead of -b; WEIR_LOG filters logs (debug, or weir_server=debug,info).

`weir COMMAND --help` has more examples.";

/// Weir: event streaming that speaks the Kafka protocol.
///
/// One binary: the broker, a cluster on this machine, and tools that work on any Kafka cluster.
#[derive(Parser, Debug)]
#[command(name = "weir", version, after_help = EXIT_CODES, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value_t, env = "WEIR_LOG_FORMAT", hide_env = true)]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command line as it is explained: what only the tools take is not shown where it is refused.
pub(crate) fn command() -> clap::Command {
    let mut command = Cli::command();
    // Options of all commands are known to each only when it is built.
    command.build();
    command.mut_subcommands(|subcommand| match subcommand.get_name() {
        "local" | "broker" => subcommand.mut_args(|argument| match argument.get_help_heading() {
            Some(TOOLS) => argument.hide(true),
            _ => argument,
        }),
        _ => subcommand,
    })
}

/// Parses the words of a command line.
pub(crate) fn matches(words: impl IntoIterator<Item = OsString>) -> Result<ArgMatches, clap::Error> {
    let words: Vec<OsString> = words.into_iter().collect();
    command().try_get_matches_from(&words).map_err(|error| {
        // What the environment gives would stand in the usage as if it had to be written.
        let again = without_environment(command()).try_get_matches_from(&words).err();
        again.filter(clap::Error::use_stderr).unwrap_or(error)
    })
}

fn without_environment(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| argument.env(Resettable::Reset)).mut_subcommands(without_environment)
}

/// The heading over the options of everything that talks to a cluster.
const TOOLS: &str = "Options of the tools (all but local and broker)";

/// The cluster that a tool talks to, and how it answers.
#[derive(Args, Clone, Debug)]
pub(crate) struct Target {
    /// Brokers to ask first, HOST:PORT separated by commas; plaintext only.
    #[arg(
        short,
        long,
        global = true,
        help_heading = TOOLS,
        env = "WEIR_BOOTSTRAP",
        default_value = "127.0.0.1:9092",
        value_name = "ADDRESS"
    )]
    pub(crate) bootstrap: String,
    /// How results are written.
    #[arg(short, long, global = true, help_heading = TOOLS, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// How long to wait for an answer.
    #[arg(long, global = true, help_heading = TOOLS, value_parser = parse::timeout, default_value = "30s", value_name = "TIME")]
    pub(crate) timeout: Duration,
    /// A setting of the client library librdkafka, for produce, consume and bench; may be repeated.
    #[arg(short = 'X', long = "client-setting", global = true, help_heading = TOOLS, value_parser = parse::pair, value_name = "NAME=VALUE")]
    pub(crate) client_settings: Vec<Pair>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Run a cluster on this machine, from the same YAML that Kubernetes takes.
    Local(LocalOptions),
    /// Run a broker from a configuration file.
    Broker(BrokerOptions),
    /// Create, list, describe, alter and delete topics.
    #[command(
        subcommand,
        after_help = "Examples:\n  weir topic create orders --partitions 12\n  weir topic list\n  weir topic describe orders\n  \
                            weir topic alter orders -c retention.ms=86400000\n  weir topic delete orders"
    )]
    Topic(TopicCommand),
    /// Write records from standard input or files.
    Produce(ProduceOptions),
    /// Read records.
    Consume(ConsumeOptions),
    /// List, describe, reset and delete consumer groups.
    #[command(
        subcommand,
        after_help = "Examples:\n  weir group list\n  weir group describe billing\n  \
                            weir group reset-offsets billing --topic orders --to earliest\n  weir group delete billing"
    )]
    Group(GroupCommand),
    /// Describe the cluster and its settings.
    #[command(
        subcommand,
        after_help = "Examples:\n  weir cluster describe\n  weir cluster configs --all\n  \
                            weir cluster configs --set log.retention.ms=86400000"
    )]
    Cluster(ClusterCommand),
    /// Measure throughput and latency.
    #[command(
        subcommand,
        after_help = "Examples:\n  weir bench produce --records 1000000 --size 1KiB\n  weir bench consume --records 1000000\n  \
                            weir bench end-to-end --rate 1000 --duration 30s"
    )]
    Bench(BenchCommand),
    /// Write a completion script for a shell.
    #[command(after_help = "Examples:\n  weir completions bash > /etc/bash_completion.d/weir\n  \
                            weir completions zsh > ~/.zfunc/_weir\n  weir completions fish > ~/.config/fish/completions/weir.fish")]
    Completions {
        /// The shell.
        shell: Shell,
    },
}
