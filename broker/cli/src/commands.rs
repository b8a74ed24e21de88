//! The tools: one file per command.

pub(crate) mod broker;
pub(crate) mod cluster;
pub(crate) mod consume;
pub(crate) mod group;
pub(crate) mod produce;
pub(crate) mod topic;

use clap_complete::Shell;

use crate::exit::Failure;

/// Writes the completion script of a shell.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut crate::args::command(), "weir", &mut script);
    let mut out = std::io::stdout().lock();
    Ok(std::io::Write::write_all(&mut out, &script)?)
}
