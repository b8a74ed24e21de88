//! Options of `weir produce` and `weir consume`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::parse::{self, Pair, Position};

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
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<i32>(0, i32::MAX))]
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
  weir consume orders -o json                      one JSON object a line; -o yaml: one document a record

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
    #[arg(short, long = "partition", value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<i32>(0, i32::MAX))]
    pub(crate) partitions: Vec<i32>,
    /// Read as a member of this group and commit what was read.
    #[arg(short, long, value_name = "GROUP", value_parser = parse::group, conflicts_with_all = ["partitions", "offset"])]
    pub(crate) group: Option<String>,
    /// How a record is written; see below.
    #[arg(short, long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,
    /// End after so many records.
    #[arg(short = 'n', long, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<u64>(0, u64::MAX))]
    pub(crate) count: Option<u64>,
    /// End at the end of what is there.
    #[arg(short, long)]
    pub(crate) exit: bool,
}
