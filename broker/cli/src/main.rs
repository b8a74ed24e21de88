//! The `weir` binary: the broker, a cluster on this machine, and the tools of every day.
//!
//! Thin by intent: it parses, builds the components, runs, and turns a failure into an exit code. Storage, protocol and
//! groups are the crates below; the tools speak the Kafka protocol only, so they work on any Kafka cluster.
#![warn(unreachable_pub)]

mod args;
mod bench;
mod client;
mod commands;
mod driver;
mod exit;
mod input;
mod local;
mod logging;
mod output;
mod parse;
mod serve;
mod stop;

use std::process::ExitCode;

use clap::FromArgMatches;

use crate::args::{Cli, Command};
use crate::exit::Failure;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let matches = args::matches(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    exit::code(args::check(&matches, &cli).and_then(|()| run(cli)))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let serves = matches!(cli.command, Command::Local(_) | Command::Broker(_));
    let loggers = logging::init(cli.log_format, serves)?;
    let target = cli.target;
    match cli.command {
        Command::Local(options) => local::run(&options, loggers),
        Command::Broker(options) => commands::broker::run(&options, loggers),
        Command::Topic(command) => commands::topic::run(&target, command),
        Command::Produce(options) => commands::produce::run(&target, &options),
        Command::Consume(options) => commands::consume::run(&target, &options),
        Command::Group(command) => commands::group::run(&target, command),
        Command::Cluster(command) => commands::cluster::run(&target, command),
        Command::Bench(command) => bench::run(&target, &command),
        Command::Completions { shell } => commands::completions(shell),
    }
}
