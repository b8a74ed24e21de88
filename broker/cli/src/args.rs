//! The command line: every command, option and example.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::logging::LogFormat;
use crate::output::Format;
use crate::parse::{self, Pair, Position};

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

`weir COMMAND --help` has more examples.";

/// Weir: event streaming that speaks the Kafka protocol.
///
/// One binary: the broker, a cluster on this machine, and tools that work on any Kafka cluster.
#[derive(Parser, Debug)]
#[command(name = "weir", version, after_help = EXIT_CODES, disable_help_subcommand = true, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value_t, env = "WEIR_LOG_FORMAT", hide_env = true)]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The cluster that a tool talks to, and how it answers.
#[derive(Args, Clone, Debug)]
pub(crate) struct Target {
    /// Brokers to ask first, HOST:PORT separated by commas.
    #[arg(
        short,
        long,
        global = true,
        env = "WEIR_BOOTSTRAP",
        default_value = "127.0.0.1:9092",
        value_name = "ADDRESS"
    )]
    pub(crate) bootstrap: String,
    /// How results are written.
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// How long to wait for an answer.
    #[arg(long, global = true, value_parser = parse::duration, default_value = "30s", value_name = "TIME")]
    pub(crate) timeout: Duration,
    /// A setting of the client library librdkafka, for produce, consume and bench; may be repeated.
    #[arg(short = 'X', long = "client-setting", global = true, value_parser = parse::pair, value_name = "NAME=VALUE")]
    pub(crate) client_settings: Vec<Pair>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Run a cluster on this machine, from the same YAML that Kubernetes takes.
    Local(LocalOptions),
    /// Run a broker from a configuration file.
    Broker(BrokerOptions),
    /// Create, list, describe, alter and delete topics.
    #[command(subcommand)]
    Topic(TopicCommand),
    /// Write records from standard input or files.
    Produce(ProduceOptions),
    /// Read records.
    Consume(ConsumeOptions),
    /// List, describe, reset and delete consumer groups.
    #[command(subcommand)]
    Group(GroupCommand),
    /// Describe the cluster and its settings.
    #[command(subcommand)]
    Cluster(ClusterCommand),
    /// Measure throughput and latency.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Write a completion script for a shell.
    #[command(after_help = "Examples:\n  weir completions bash > /etc/bash_completion.d/weir\n  \
                            weir completions zsh > ~/.zfunc/_weir\n  weir completions fish > ~/.config/fish/completions/weir.fish")]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

const LOCAL_EXAMPLES: &str = "\
Examples:
  weir local                                  one broker on 127.0.0.1:9092, topics created on first use
  weir local --port 9192 --data /var/tmp/w    another port, data in a directory of your choice
  weir local -f cluster.yaml                  what the Cluster and the Topics in the file wish

Records are flushed to disk before they are acknowledged; the next start on the same directory picks everything up.
Ctrl-C stops the broker cleanly.";

/// Options of `weir local`.
#[derive(Args, Debug)]
#[command(after_help = LOCAL_EXAMPLES)]
pub(crate) struct LocalOptions {
    /// A file with one Cluster and any number of Topics.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Where data is kept [default: ~/.local/share/weir/NAME, NAME being the Cluster's or 'local'].
    #[arg(long, value_name = "DIR", env = "WEIR_DATA", hide_env = true)]
    pub(crate) data: Option<PathBuf>,
    /// The port for clients [default: 9092, or that of the file's first listener]; 0 takes a free one.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Where /metrics, /healthz and /readyz answer, such as 127.0.0.1:9644.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<String>,
    /// How records reach sockets.
    #[arg(long, value_enum, default_value_t, hide = true)]
    pub(crate) read_back_end: ReadBackEndChoice,
}

/// How records reach sockets.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ReadBackEndChoice {
    /// Read into memory, then write.
    #[default]
    Pread,
    /// From file to socket in the kernel.
    Sendfile,
}

const BROKER_EXAMPLES: &str = "\
Examples:
  weir broker --config server.properties
  weir broker --config broker.yaml --set log.retention.hours=24

The file holds Kafka's broker settings, as lines NAME=VALUE or, if its name ends in .yaml or .yml, as NAME: VALUE.
It needs node.id, log.dirs and listeners; admin.address (such as 0.0.0.0:9644) turns /metrics on.";

/// Options of `weir broker`.
#[derive(Args, Debug)]
#[command(after_help = BROKER_EXAMPLES)]
pub(crate) struct BrokerOptions {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// A setting that overrides the file; may be repeated.
    #[arg(long, value_parser = parse::pair, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<Pair>,
    /// How records reach sockets.
    #[arg(long, value_enum, default_value_t, hide = true)]
    pub(crate) read_back_end: ReadBackEndChoice,
}

#[derive(Subcommand, Debug)]
pub(crate) enum TopicCommand {
    /// Create a topic.
    #[command(
        after_help = "Examples:\n  weir topic create orders\n  weir topic create orders -p 12 -r 3 -c retention.ms=604800000\n  \
                            weir topic create orders --if-not-exists"
    )]
    Create(TopicCreate),
    /// List topics.
    #[command(
        visible_alias = "ls",
        after_help = "Examples:\n  weir topic list\n  weir topic list --internal -o json"
    )]
    List {
        /// Show the cluster's own topics too.
        #[arg(long)]
        internal: bool,
    },
    /// Show partitions, replicas, offsets and settings of topics.
    #[command(
        after_help = "Examples:\n  weir topic describe orders\n  weir topic describe orders payments -o yaml"
    )]
    Describe {
        /// The topics.
        #[arg(required = true)]
        topics: Vec<String>,
    },
    /// Add partitions, set or unset settings.
    #[command(
        after_help = "Examples:\n  weir topic alter orders --partitions 24\n  weir topic alter orders -c retention.ms=86400000\n  \
                            weir topic alter orders --unset retention.ms"
    )]
    Alter(TopicAlter),
    /// Delete topics with their records.
    #[command(
        visible_alias = "rm",
        after_help = "Examples:\n  weir topic delete orders\n  weir topic delete orders payments --yes\n  \
                            weir topic delete orders --if-exists\n\nAsks first on a terminal; in a script it does not."
    )]
    Delete {
        /// The topics.
        #[arg(required = true)]
        topics: Vec<String>,
        /// A topic that is not there is no failure.
        #[arg(long)]
        if_exists: bool,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
}

/// Options of `weir topic create`.
#[derive(Args, Debug)]
pub(crate) struct TopicCreate {
    /// The topic's name: letters, digits, '.', '_' and '-'.
    pub(crate) topic: String,
    /// How many partitions [default: the broker's num.partitions].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) partitions: Option<i32>,
    /// How many copies of each partition [default: the broker's default.replication.factor].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..))]
    pub(crate) replication_factor: Option<i16>,
    /// A topic setting; may be repeated.
    #[arg(short, long, value_parser = parse::pair, value_name = "NAME=VALUE")]
    pub(crate) config: Vec<Pair>,
    /// A topic that exists is no failure.
    #[arg(long)]
    pub(crate) if_not_exists: bool,
    /// Only ask whether it could be created.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Options of `weir topic alter`.
#[derive(Args, Debug)]
pub(crate) struct TopicAlter {
    /// The topic.
    pub(crate) topic: String,
    /// The new number of partitions; can only grow.
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) partitions: Option<i32>,
    /// A setting to set; may be repeated.
    #[arg(short, long, value_parser = parse::pair, value_name = "NAME=VALUE")]
    pub(crate) config: Vec<Pair>,
    /// A setting that goes back to its default; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) unset: Vec<String>,
}

const PRODUCE_EXAMPLES: &str = "\
Examples:
  echo hello | weir produce orders
  weir produce orders                              each line that you type is a record; Ctrl-D ends
  weir produce orders -k : < pairs.txt             lines KEY:VALUE
  weir produce orders -H source=import -z zstd records.txt
  weir produce images --whole-files a.png b.png    each file is one record, its name the key";

/// Options of `weir produce`.
#[derive(Args, Debug)]
#[command(after_help = PRODUCE_EXAMPLES)]
pub(crate) struct ProduceOptions {
    /// The topic.
    pub(crate) topic: String,
    /// Files to read instead of standard input.
    pub(crate) files: Vec<PathBuf>,
    /// What stands between key and value in a line; a line without it has no key.
    #[arg(short, long, value_parser = parse::separator, value_name = "TEXT")]
    pub(crate) key_separator: Option<String>,
    /// The key of every record.
    #[arg(long, value_name = "KEY", conflicts_with = "key_separator")]
    pub(crate) key: Option<String>,
    /// A header of every record; may be repeated, order and duplicates are kept.
    #[arg(short = 'H', long = "header", value_parser = parse::pair, value_name = "NAME=VALUE")]
    pub(crate) headers: Vec<Pair>,
    /// What separates records, instead of a line's end.
    #[arg(short, long, value_parser = parse::separator, default_value = "\\n", value_name = "TEXT")]
    pub(crate) delimiter: String,
    /// A value that means no value (a tombstone of a compacted topic).
    #[arg(long, value_name = "TEXT")]
    pub(crate) null_value: Option<String>,
    /// Send each file as one record with the file's name as its key.
    #[arg(long, requires = "files")]
    pub(crate) whole_files: bool,
    /// The partition of every record [default: by key].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub(crate) partition: Option<i32>,
    /// Compression.
    #[arg(short = 'z', long, value_enum, default_value_t)]
    pub(crate) compression: Codec,
    /// Who must have a record before it counts as written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) acks: Acks,
    /// Write each record once even if the network fails between.
    #[arg(long)]
    pub(crate) idempotent: bool,
}

/// Compression codecs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Codec {
    #[default]
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl Codec {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

/// Acknowledgements.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Acks {
    /// Every replica in sync.
    #[default]
    All,
    /// The leader.
    #[value(name = "1")]
    Leader,
    /// Nobody.
    #[value(name = "0")]
    None,
}

impl Acks {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Leader => "1",
            Self::None => "0",
        }
    }
}

const CONSUME_EXAMPLES: &str = "\
Examples:
  weir consume orders                              records from now on; Ctrl-C ends
  weir consume orders --from-beginning
  weir consume orders --from-beginning -n 10       the first ten
  weir consume orders --offset -5 --exit           the last five of each partition
  weir consume orders --offset @2026-11-22T08:00:00Z -p 3
  weir consume orders --group billing              as a member of a group, with commits
  weir consume orders -f '%p %o %k %v\\n'
  weir consume orders -o json                      one JSON object a line

Format: %v value, %k key, %t topic, %p partition, %o offset, %T time, %M time in milliseconds, %h headers,
%V and %K lengths, %% a percent sign; \\n, \\t and \\0 as usual. A missing key or value prints as NULL.";

/// Options of `weir consume`.
#[derive(Args, Debug)]
#[command(after_help = CONSUME_EXAMPLES)]
pub(crate) struct ConsumeOptions {
    /// The topics.
    #[arg(required = true)]
    pub(crate) topics: Vec<String>,
    /// Start with the oldest record (a group: where it has no committed offset).
    #[arg(long, conflicts_with = "offset")]
    pub(crate) from_beginning: bool,
    /// Where to start: earliest, latest, an offset, -N for N before the end, @TIME.
    #[arg(long, value_parser = parse::position, allow_hyphen_values = true, value_name = "WHERE")]
    pub(crate) offset: Option<Position>,
    /// Only this partition; may be repeated.
    #[arg(short, long = "partition", value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub(crate) partitions: Vec<i32>,
    /// Read as a member of this group and commit what was read.
    #[arg(short, long, value_name = "GROUP", conflicts_with_all = ["partitions", "offset"])]
    pub(crate) group: Option<String>,
    /// How a record is written; see below.
    #[arg(short, long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,
    /// End after so many records.
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// End at the end of what is there.
    #[arg(short, long)]
    pub(crate) exit: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum GroupCommand {
    /// List groups.
    #[command(visible_alias = "ls", after_help = "Examples:\n  weir group list\n  weir group list -o json")]
    List,
    /// Show members, committed offsets and lag.
    #[command(after_help = "Examples:\n  weir group describe billing\n  weir group describe billing -o json")]
    Describe {
        /// The groups.
        #[arg(required = true)]
        groups: Vec<String>,
    },
    /// Move the committed offsets of a group that has no members.
    #[command(after_help = "Examples:\n  weir group reset-offsets billing --topic orders --to earliest\n  \
                            weir group reset-offsets billing --topic orders -p 0 --to 42\n  \
                            weir group reset-offsets billing --to @2026-11-22 --dry-run\n\nWithout --topic all topics with committed offsets.")]
    ResetOffsets(ResetOffsets),
    /// Delete groups that have no members.
    #[command(visible_alias = "rm", after_help = "Examples:\n  weir group delete billing")]
    Delete {
        /// The groups.
        #[arg(required = true)]
        groups: Vec<String>,
    },
}

/// Options of `weir group reset-offsets`.
#[derive(Args, Debug)]
pub(crate) struct ResetOffsets {
    /// The group.
    pub(crate) group: String,
    /// A topic; may be repeated.
    #[arg(short, long = "topic", value_name = "TOPIC")]
    pub(crate) topics: Vec<String>,
    /// Only this partition; may be repeated.
    #[arg(short, long = "partition", value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub(crate) partitions: Vec<i32>,
    /// Where to: earliest, latest, an offset, -N for N before the end, @TIME.
    #[arg(long, value_parser = parse::position, allow_hyphen_values = true, value_name = "WHERE", required_unless_present = "shift_by")]
    pub(crate) to: Option<Position>,
    /// By how many records, forward or back.
    #[arg(long, allow_hyphen_values = true, value_name = "N", conflicts_with = "to")]
    pub(crate) shift_by: Option<i64>,
    /// Only show what would be done.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ClusterCommand {
    /// Show the cluster's id, controller and brokers.
    #[command(after_help = "Examples:\n  weir cluster describe\n  weir cluster describe -o json")]
    Describe,
    /// Show or change broker settings.
    #[command(
        after_help = "Examples:\n  weir cluster configs                              what differs from the defaults\n  \
                            weir cluster configs --all --broker 1\n  weir cluster configs --set log.retention.ms=86400000\n  \
                            weir cluster configs --broker 1 --unset log.retention.ms"
    )]
    Configs(ClusterConfigs),
}

/// Options of `weir cluster configs`.
#[derive(Args, Debug)]
pub(crate) struct ClusterConfigs {
    /// One broker [default for showing: the first; for changing: all].
    #[arg(long, value_name = "ID")]
    pub(crate) broker: Option<i32>,
    /// Show defaults too.
    #[arg(short, long)]
    pub(crate) all: bool,
    /// A setting to change on running brokers; may be repeated.
    #[arg(long, value_parser = parse::pair, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<Pair>,
    /// A setting that goes back to what it was at the start; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) unset: Vec<String>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum BenchCommand {
    /// Measure writing.
    #[command(after_help = "Examples:\n  weir bench produce --records 1000000 --size 1KiB\n  \
                            weir bench produce --rate 5000 --duration 60s      latency at a steady rate\n\n\
                            With --rate a latency counts from when the record should have been sent, so a stall shows in full.")]
    Produce(BenchProduce),
    /// Measure reading, from the oldest record.
    #[command(after_help = "Examples:\n  weir bench consume --records 1000000")]
    Consume(BenchConsume),
    /// Measure from writing to reading, in one process with one clock.
    #[command(
        name = "end-to-end",
        after_help = "Examples:\n  weir bench end-to-end --rate 1000 --duration 30s"
    )]
    EndToEnd(BenchProduce),
}

/// Options of `weir bench produce` and `weir bench end-to-end`.
#[derive(Args, Clone, Debug)]
pub(crate) struct BenchProduce {
    /// The topic; made if it is not there.
    #[arg(short, long, default_value = "weir-bench")]
    pub(crate) topic: String,
    /// Partitions of the topic if it is made.
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) partitions: i32,
    /// Replicas of the topic if it is made [default: the broker's default.replication.factor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..))]
    pub(crate) replication_factor: Option<i16>,
    /// How many records [default: 1000000, or as many as --duration allows].
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) records: Option<u64>,
    /// How long.
    #[arg(short, long, value_parser = parse::duration, value_name = "TIME")]
    pub(crate) duration: Option<Duration>,
    /// Bytes of a record's value.
    #[arg(short, long, value_parser = parse::bytes, default_value = "1KiB", value_name = "BYTES")]
    pub(crate) size: u64,
    /// Records a second over all producers; 0 is as fast as possible.
    #[arg(short, long, default_value_t = 0, value_name = "N")]
    pub(crate) rate: u64,
    /// Clients that write, each with its own connections.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) producers: u16,
    /// Who must have a record before it counts as written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) acks: Acks,
    /// Compression.
    #[arg(short = 'z', long, value_enum, default_value_t)]
    pub(crate) compression: Codec,
    /// The most bytes of a batch.
    #[arg(long, value_parser = parse::bytes, default_value = "1000000", value_name = "BYTES")]
    pub(crate) batch_size: u64,
    /// How long a batch waits for more records.
    #[arg(long, value_parser = parse::duration, default_value = "5ms", value_name = "TIME")]
    pub(crate) linger: Duration,
}

/// Options of `weir bench consume`.
#[derive(Args, Debug)]
pub(crate) struct BenchConsume {
    /// The topic.
    #[arg(short, long, default_value = "weir-bench")]
    pub(crate) topic: String,
    /// How many records [default: all that are there].
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) records: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// Calls `visit` with every command that does something, and its path.
    fn each_command(command: &clap::Command, path: &str, visit: &mut impl FnMut(&str, &clap::Command)) {
        let subcommands: Vec<_> = command.get_subcommands().collect();
        if subcommands.is_empty() {
            visit(path, command);
        }
        for below in subcommands {
            each_command(below, &format!("{path} {}", below.get_name()), visit);
        }
    }

    #[test]
    fn every_command_has_examples_that_parse() {
        let root = Cli::command();
        let mut seen = 0;
        each_command(&root, "weir", &mut |path, command| {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples: Vec<&str> =
                help.lines().map(str::trim).filter(|line| line.starts_with("weir ")).collect();
            assert!(!examples.is_empty(), "{path} has no example");
            for example in examples {
                let plain = example.split("   ").next().unwrap_or_default();
                let plain = plain.split([';', '<', '>']).next().unwrap_or_default();
                let words = plain.split_whitespace().map(|word| word.trim_matches('\''));
                // Quoted formats hold blanks; what they hold is tested elsewhere.
                let words: Vec<&str> = words.take_while(|word| !word.starts_with('%')).collect();
                if words.last() == Some(&"-f") {
                    continue;
                }
                if let Err(error) = Cli::try_parse_from(&words) {
                    panic!("{path}: {example}: {error}");
                }
                seen += 1;
            }
        });
        assert!(seen > 25, "only {seen} examples were tried");
    }

    #[test]
    fn every_option_is_explained() {
        let mut root = Cli::command();
        root.build();
        each_command(&root, "weir", &mut |path, command| {
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path}: {} has no help", argument.get_id());
            }
        });
    }
}
