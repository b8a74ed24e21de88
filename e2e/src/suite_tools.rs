//! Kafka's own command-line tools, of two generations, against one broker.

use anyhow::Result;

use crate::run::Run;
use crate::target::Target;

/// Runs the tools against a running target.
pub fn run(_run: &Run, _target: &Target) -> Result<()> {
    Ok(())
}
