//! Options of the commands that run a broker.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::parse::{self, Pair};

const LOCAL_EXAMPLES: &str = "\
Examples:
  weir local                                  one broker on 127.0.0.1:9092, topics created on first use
  weir local --port 9192 --data /var/tmp/w    another port, data in a directory of your choice
  weir local -f cluster.yaml                  what the Cluster and the Topics in the file wish

Records are flushed to disk before they are acknowledged; the next start on the same directory picks everything up.
Ctrl-C stops the broker cleanly. WEIR_DATA names the directory instead of --data.";

/// Options of `weir local`.
#[derive(Args, Debug)]
#[command(after_help = LOCAL_EXAMPLES)]
pub(crate) struct LocalOptions {
    /// A file with one Cluster and any number of Topics; - is standard input.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Where data is kept [default: ~/.local/share/weir/NAME, NAME being the Cluster's or 'local'].
    #[arg(long, value_name = "DIR", env = "WEIR_DATA", hide_env = true)]
    pub(crate) data: Option<PathBuf>,
    /// The port for clients [default: 9092, or that of the file's first listener]; 0 takes a free one.
    #[arg(long, value_name = "PORT", allow_negative_numbers = true, value_parser = parse::number::<u16>(0, u16::MAX))]
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
    Pread,
    /// From file to socket in the kernel.
    #[default]
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
