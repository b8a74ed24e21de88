//! What the parser can't say: options that a command would not look at, and settings that promise what the tools can't do.

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::{Cli, Command, Target};
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
        _ => plaintext(&cli.target),
    }
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
