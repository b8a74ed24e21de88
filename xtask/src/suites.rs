//! What `make lint` and `make test` consist of.

use anyhow::Result;

use crate::phases::{self, Phase};
use crate::setup;

const LINT: &[Phase] = &[
    Phase { name: "format", command: "cargo fmt --all --check" },
    Phase { name: "clippy", command: "cargo clippy --workspace --all-targets --quiet -- -D warnings" },
    Phase {
        name: "dependencies",
        command: "$WEIR_CARGO_DENY check --hide-inclusion-graph bans licenses sources",
    },
];

const TEST: &[Phase] = &[Phase { name: "units", command: "cargo test --workspace --quiet" }];

/// Formatting, clippy, dependencies.
pub(crate) fn lint() -> Result<()> {
    setup::for_run()?;
    let deny = setup::cargo_deny()?;
    phases::run(LINT, &[("WEIR_CARGO_DENY", deny.as_os_str())])
}

/// Every test that belongs to a change.
pub(crate) fn test() -> Result<()> {
    setup::for_test()?;
    phases::run(TEST, &[])
}

/// Benchmarks on a release build; the arguments go to the bench program.
pub(crate) fn bench(arguments: &[&str]) -> Result<()> {
    setup::for_run()?;
    let words = arguments.join(" ");
    phases::run(
        &[
            Phase {
                name: "build",
                command: "cargo build --release --quiet --package weir --package weir-e2e --bin weir --bin bench",
            },
            Phase {
                name: "bench",
                command: "${CARGO_TARGET_DIR:-target}/release/bench --weir ${CARGO_TARGET_DIR:-target}/release/weir $WEIR_BENCH_ARGUMENTS",
            },
        ],
        &[("WEIR_BENCH_ARGUMENTS", words.as_ref())],
    )
}
