//! Logs: what a broker says while it runs, on standard error. `WEIR_LOG` filters them (`info`, `weir_server=debug`), `NO_COLOR`
//! takes the colours away. A broker's filter can be replaced while it runs.

use std::sync::Arc;

use clap::ValueEnum;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};
use weir_server::{LogFilter, Loggers};

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

/// The filter in force.
struct Filter(reload::Handle<EnvFilter, Registry>);

impl LogFilter for Filter {
    fn replace(&self, directives: &str) -> Result<(), String> {
        let filter = EnvFilter::try_new(directives).map_err(|error| error.to_string())?;
        self.0.reload(filter).map_err(|error| error.to_string())
    }
}

/// Starts logging. A broker tells what it does; a tool only what is wrong.
pub(crate) fn init(format: LogFormat, serves: bool) -> Result<Arc<Loggers>, Failure> {
    let default = if serves { "info" } else { "error" };
    let directives = match std::env::var(FILTER) {
        Ok(text) if !text.trim().is_empty() => text,
        _ => default.to_owned(),
    };
    let filter = EnvFilter::try_new(&directives).map_err(|error| {
        Failure::usage(format!("{FILTER}={directives} is no filter for logs: {error}"))
            .hint("write a level (error, warn, info, debug, trace), or parts such as info,weir_server=debug")
    })?;
    let (filter, handle) = reload::Layer::new(filter);
    let colours = crate::output::is_watched() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Human => registry.with(lines.with_target(false)).init(),
        LogFormat::Json => registry.with(lines.json()).init(),
    }
    Ok(Arc::new(Loggers::new(&directives, Filter(handle))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{self, Write};
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_replaced_filter_is_in_force() {
        let (filter, handle) = reload::Layer::new(EnvFilter::new("info"));
        let filter_of_process = Filter(handle);
        let written = Written::default();
        let writer = written.clone();
        let lines = fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
        let text = || String::from_utf8(std::mem::take(&mut *written.0.lock().unwrap())).unwrap();
        let say = || {
            tracing::debug!(target: "weir_log::flush", "of the log");
            tracing::debug!(target: "weir_server::net", "of the server");
        };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(filter).with(lines), || {
            say();
            assert_eq!(text(), "");
            filter_of_process.replace("info,weir_log=debug").unwrap();
            say();
            let said = text();
            assert!(said.contains("of the log") && !said.contains("of the server"), "{said}");
            filter_of_process.replace("a=b=c").unwrap_err();
            filter_of_process.replace("off").unwrap();
            say();
            assert_eq!(text(), "");
        });
    }
}
