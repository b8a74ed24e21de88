//! What the parser can't say: options that a command would not look at, and settings that promise what the tools can't do.

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::{BenchCommand, Cli, Command, Target};
use crate::exit::Failure;

/// Options of [`Target`], by their ids and as they are written.
const TARGET_OPTIONS: [(&str, &str); 4] = [
    ("bootstrap", "--bootstrap"),
    ("output", "--output"),
    ("timeout", "--timeout"),
    ("client_settings", "--client-setting"),
];

/// Refuses what would be ignored or misleads.
pub(crate) fn check(matches: &ArgMatches, cli: &Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Local(_) | Command::Broker(_) | Command::Completions { .. } => unused(matches),
        _ => {
            owned(cli)?;
            plaintext(&cli.target)
        }
    }
}

/// Settings of the client library that every tool sets by an option.
const OWNED: [(&str, &str); 2] = [("bootstrap.servers", "-b"), ("metadata.broker.list", "-b")];

/// Those that tools set which write.
const OWNED_BY_WRITERS: [(&str, &str); 6] = [
    ("acks", "--acks"),
    ("request.required.acks", "--acks"),
    ("compression.codec", "--compression"),
    ("compression.type", "--compression"),
    ("message.timeout.ms", "--timeout"),
    ("delivery.timeout.ms", "--timeout"),
];

const OWNED_BY_PRODUCE: [(&str, &str); 1] = [("enable.idempotence", "--idempotent")];

const OWNED_BY_CONSUME: [(&str, &str); 6] = [
    ("group.id", "--group"),
    ("enable.auto.commit", "--group"),
    ("enable.auto.offset.store", "--group"),
    ("auto.offset.reset", "--from-beginning"),
    ("topic.auto.offset.reset", "--from-beginning"),
    ("enable.partition.eof", "--exit"),
];

const OWNED_BY_BENCHMARKS: [(&str, &str); 4] = [
    ("batch.size", "--batch-size"),
    ("linger.ms", "--linger"),
    ("queue.buffering.max.ms", "--linger"),
    ("queue.buffering.max.kbytes", "--buffer"),
];

/// What an option says and a setting says again would be said twice, to halves of a tool that each believe one of them.
fn owned(cli: &Cli) -> Result<(), Failure> {
    let (writes, more): (bool, &[(&str, &str)]) = match &cli.command {
        Command::Produce(_) => (true, &OWNED_BY_PRODUCE),
        Command::Consume(_) => (false, &OWNED_BY_CONSUME),
        Command::Bench(BenchCommand::Produce(_) | BenchCommand::EndToEnd(_)) => (true, &OWNED_BY_BENCHMARKS),
        _ => (false, &[]),
    };
    let writers = OWNED_BY_WRITERS.iter().filter(|_| writes);
    let names: Vec<&(&str, &str)> = OWNED.iter().chain(writers).chain(more).collect();
    for setting in &cli.target.client_settings {
        if let Some((name, option)) = names.iter().find(|(name, _)| *name == setting.name) {
            return Err(Failure::usage(format!("-X {name}: the tools take this from {option}"))
                .hint(format!("leave the setting out and use {option}; see --help")));
        }
    }
    Ok(())
}

/// A command that asks no broker has no use for the options of the tools: who gives one means something else by it.
fn unused(matches: &ArgMatches) -> Result<(), Failure> {
    let Some((name, _)) = matches.subcommand() else { return Ok(()) };
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    match TARGET_OPTIONS.iter().find(|(id, _)| given(id)) {
        Some((_, option)) => Err(Failure::usage(format!("weir {name} has no use for {option}"))
            .hint(format!("it is an option of the tools that talk to a broker; see: weir {name} --help"))),
        None => Ok(()),
    }
}

/// Half of each tool is our own client, which speaks plaintext only: a setting that asks for more would be obeyed by the
/// other half alone.
fn plaintext(target: &Target) -> Result<(), Failure> {
    let secure = target.client_settings.iter().find(|setting| match setting.name.as_str() {
        "security.protocol" => !setting.value.eq_ignore_ascii_case("plaintext"),
        name => name.starts_with("ssl.") || name.starts_with("sasl."),
    });
    match secure {
        Some(setting) => Err(Failure::usage(format!(
            "-X {}: the tools speak plaintext only in this version",
            setting.name
        ))
        .hint("connect to a listener of the security protocol PLAINTEXT")),
        None => Ok(()),
    }
}
