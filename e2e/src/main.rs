//! The program `weir-e2e`: parse, run, turn the outcome into an exit code.

use std::process::ExitCode;

use clap::Parser;
use weir_e2e::report::say;
use weir_e2e::run::{Options, main as run};

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            say(&format!("weir-e2e: {error:#}"));
            ExitCode::from(2)
        }
    }
}
