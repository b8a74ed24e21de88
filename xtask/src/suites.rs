//! What `make lint` and `make test` consist of.

use std::path::PathBuf;

use anyhow::Result;

use crate::phases::{self, Phase};
use crate::setup;

/// Builds a broker with a planted fault beside the good one and demands that power cuts find it.
macro_rules! fault {
    ($name:literal) => {
        concat!(
            "WEIR_FAULT=",
            $name,
            " cargo build --quiet --package weir && cp $WEIR_TARGET/debug/weir $WEIR_TARGET/weir-",
            $name,
            " && $WEIR_TARGET/debug/power-cut --weir $WEIR_TARGET/weir-",
            $name,
            " --rounds 10 --seed 1 --expect-loss && cargo build --quiet --package weir"
        )
    };
}
const LINT: &[Phase] = &[
    Phase { name: "format", command: "cargo fmt --all --check" },
    Phase { name: "clippy", command: "cargo clippy --workspace --all-targets --quiet -- -D warnings" },
    Phase {
        name: "dependencies",
        command: "$WEIR_CARGO_DENY check --hide-inclusion-graph bans licenses sources",
    },
];

const TEST: &[Phase] = &[
    Phase {
        name: "build",
        command: "cargo test --workspace --quiet --no-run && cargo build --workspace --quiet",
    },
    Phase { name: "units", command: "cargo test --workspace --quiet" },
    Phase {
        name: "power cuts",
        command: "$WEIR_TARGET/debug/power-cut --weir $WEIR_TARGET/debug/weir --rounds 10 --syncs 100 --seed ${WEIR_SEED:-$RANDOM}",
    },
    Phase {
        name: "clients and tools",
        command: "$WEIR_TARGET/debug/weir-e2e --weir-bin $WEIR_TARGET/debug/weir",
    },
    Phase { name: "fault: no flush", command: fault!("no_flush") },
    Phase { name: "fault: no dir sync", command: fault!("no_directory_sync") },
];

/// Formatting, clippy, dependencies.
pub(crate) fn lint() -> Result<()> {
    setup::for_run()?;
    let deny = setup::cargo_deny()?;
    phases::run(LINT, &[("WEIR_CARGO_DENY", deny.as_os_str())])
}

/// Where Cargo puts what it builds.
fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}

/// Every test that belongs to a change.
pub(crate) fn test() -> Result<()> {
    setup::for_test()?;
    let target = target_folder();
    phases::run(TEST, &[("WEIR_TARGET", target.as_os_str())])
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
