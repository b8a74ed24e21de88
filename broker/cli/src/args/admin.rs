//! Options of `weir topic`, `weir group` and `weir cluster`.

use clap::{Args, Subcommand};

use crate::parse::{self, Pair, Position};

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
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<i32>(1, i32::MAX))]
    pub(crate) partitions: Option<i32>,
    /// How many copies of each partition [default: the broker's default.replication.factor].
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<i16>(1, i16::MAX))]
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
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<i32>(1, i32::MAX))]
    pub(crate) partitions: Option<i32>,
    /// A setting to set; may be repeated.
    #[arg(short, long, value_parser = parse::pair, value_name = "NAME=VALUE")]
    pub(crate) config: Vec<Pair>,
    /// A setting that goes back to its default; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) unset: Vec<String>,
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
    #[arg(short, long = "partition", value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<i32>(0, i32::MAX))]
    pub(crate) partitions: Vec<i32>,
    /// Where to: earliest, latest, an offset, -N for N before the end, @TIME.
    #[arg(long, value_parser = parse::position, allow_hyphen_values = true, value_name = "WHERE", required_unless_present = "shift_by")]
    pub(crate) to: Option<Position>,
    /// By how many records, forward or back.
    #[arg(long, allow_hyphen_values = true, value_parser = parse::number::<i64>(i64::MIN, i64::MAX), value_name = "N", conflicts_with = "to")]
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
    #[arg(long, value_name = "ID", allow_negative_numbers = true, value_parser = parse::number::<i32>(0, i32::MAX))]
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
