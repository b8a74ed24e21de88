//! What was said, line by line, and what should have been.

use std::fmt;
use std::time::Duration;

use anyhow::{Result, ensure};

/// How long an answer may take that is expected to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long somebody who must not answer yet is listened to. One that comes later is met at the next step.
const GLANCE: Duration = Duration::from_millis(5);
/// The same where nobody knows yet whether there will be an answer.
const RECORDING: Duration = Duration::from_millis(400);
/// How many lines before a difference are shown with it.
const SHOWN_BEFORE: usize = 12;

/// A line is another than was expected.
#[derive(Debug)]
pub(crate) struct Differs {
    /// Which one, from 1 on.
    pub(crate) line: usize,
    before: String,
    wanted: String,
    said: String,
}

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}:\n{}\n- {}\n+ {}", self.line, self.before, self.wanted, self.said)
    }
}

impl std::error::Error for Differs {}

/// The lines of a conversation.
#[derive(Debug)]
pub(super) struct Transcript {
    lines: Vec<String>,
    expected: Option<Vec<String>>,
}

impl Transcript {
    pub(super) fn new(expected: Option<&[&str]>) -> Self {
        let owned = |lines: &[&str]| lines.iter().map(ToString::to_string).collect();
        Self { lines: Vec::new(), expected: expected.map(owned) }
    }

    /// Adds a line; one that was not expected ends the conversation.
    pub(super) fn say(&mut self, line: String) -> Result<()> {
        self.lines.push(line);
        let Some(expected) = &self.expected else { return Ok(()) };
        let at = self.lines.len() - 1;
        let wanted = expected.get(at).map_or("its end", String::as_str);
        ensure!(
            wanted == self.lines[at],
            Differs {
                line: at + 1,
                before: self.lines[at.saturating_sub(SHOWN_BEFORE)..at].join("\n"),
                wanted: wanted.to_owned(),
                said: self.lines[at].clone(),
            }
        );
        Ok(())
    }

    /// How long to wait for an answer whose line would begin with this.
    pub(super) fn patience(&self, beginning: &str) -> Duration {
        match &self.expected {
            None => RECORDING,
            Some(expected) => match expected.get(self.lines.len()) {
                Some(line) if line.starts_with(beginning) => PATIENCE,
                _ => GLANCE,
            },
        }
    }

    pub(super) fn end(self) -> Result<Vec<String>> {
        if let Some(next) = self.expected.as_ref().and_then(|expected| expected.get(self.lines.len())) {
            anyhow::bail!("ended before {next}");
        }
        Ok(self.lines)
    }
}
