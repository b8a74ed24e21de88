//! Logs: what a broker says while it runs, on standard error. `WEIR_LOG` filters them (`info`, `weir_server=debug`), `NO_COLOR`
//! takes the colours away.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::exit::Failure;

/// The variable that filters logs.
const FILTER: &str = "WEIR_LOG";

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Starts logging. A broker tells what it does; a tool only what is wrong.
pub(crate) fn init(format: LogFormat, serves: bool) -> Result<(), Failure> {
    let default = if serves { "info" } else { "error" };
    let filter = match std::env::var(FILTER) {
        Ok(text) if !text.trim().is_empty() => EnvFilter::try_new(&text).map_err(|error| {
            Failure::usage(format!("{FILTER}={text} is no filter for logs: {error}")).hint(
                "write a level (error, warn, info, debug, trace), or parts such as info,weir_server=debug",
            )
        })?,
        _ => EnvFilter::new(default),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(
        crate::output::is_watched() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty()),
    );
    match format {
        LogFormat::Human => builder.with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
