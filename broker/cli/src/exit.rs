//! How a command ends: exit codes that scripts can trust, and messages that say what to do.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// Why a command failed, by what a script can do about it. The numbers stand in `weir --help`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// The work was refused or broke off.
    Failed = 1,
    /// The command line or a file is wrong; clap uses the same number.
    Usage = 2,
    /// No broker answered.
    Unreachable = 3,
    /// A named topic, group or broker is not there.
    NotFound = 4,
    /// The reader of our output went away: no failure, but the end.
    OutputClosed = 0,
}

/// A failure with what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    message: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    /// Says what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

impl From<io::Error> for Failure {
    /// An error of our own input or output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Kind::OutputClosed, ""),
            _ => Self::failed(format!("input or output failed: {error}")),
        }
    }
}

/// Tells the user of a failure and makes the exit code.
pub(crate) fn code(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.kind == Kind::OutputClosed => ExitCode::SUCCESS,
        Err(failure) => {
            crate::output::note(&format!("weir: {failure}"));
            ExitCode::from(failure.kind as u8)
        }
    }
}
