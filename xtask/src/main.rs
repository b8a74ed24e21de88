//! The project's own tools. `cargo run -p xtask` lists them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool prints")]

mod codegen;
mod crds;
mod full;
mod phases;
mod setup;
mod suites;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo run -p xtask -- COMMAND

  setup run|test     install what make run and make test need besides Cargo
  codegen [--check]  write the Kafka messages from the schemas, or say whether they are current
  lint               formatting, clippy, licences and sources of dependencies
  test               every test that belongs to a change
  crds [--check]     write crds/yaml from the Rust types, or check that it is current
  bench [ARGUMENT]   benchmarks beside the machine's physical limits
  full [PART ...]    run the long tests, or the named parts of them; what passed on this tree is not run again
  full --list        the parts, and what each printed last";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["setup", "run"] => setup::for_run(),
        ["setup", "test"] => setup::for_test(),
        ["lint"] => suites::lint(),
        ["test"] => suites::test(),
        ["crds"] => crds::run(false),
        ["crds", "--check"] => crds::run(true),
        ["codegen"] => codegen::run(false),
        ["codegen", "--check"] => codegen::run(true),
        ["bench", arguments @ ..] => suites::bench(arguments),
        ["full", "--list"] => full::list(),
        ["full", parts @ ..] => full::run(parts),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
