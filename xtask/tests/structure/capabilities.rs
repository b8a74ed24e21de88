//! What crates must not touch. Pure crates take time, randomness and bytes as arguments; the rest of the broker reaches
//! the outside through `weir-env` only.

use crate::{layers, tree};

const PURE: &[(&str, &str)] = &[
    ("broker/model", "weir-model"),
    ("broker/wire", "weir-wire"),
    ("broker/records", "weir-records"),
    ("broker/metadata", "weir-metadata"),
    ("broker/coordinator", "weir-coordinator"),
];

const NOT_IN_PURE_MANIFESTS: &[&str] = &[
    "tokio",
    "rustix",
    "libc",
    "socket2",
    "rand",
    "getrandom",
    "fastrand",
    "mio",
    "parking_lot",
    "tracing",
    "chrono",
];

/// Words of source, and why they are banned there. Words joined by ` & ` are banned on one line together.
const NOT_IN_PURE: &[(&str, &str)] = &[
    ("std::fs", "files belong to weir-log, through weir-env"),
    ("std::net", "sockets belong to weir-server"),
    ("std::thread", "a pure machine runs on its caller's thread"),
    ("Instant::now", "time comes in as an argument"),
    ("SystemTime", "time comes in as an argument"),
    ("collections::HashMap", "its order is random: use BTreeMap or an index"),
    ("collections::HashSet", "its order is random: use BTreeSet"),
    ("RandomState", "its order is random"),
];

const NOT_BESIDE_ENV: &[(&str, &str)] = &[
    ("std::fs::", "go through weir_env::disk"),
    ("tokio::fs", "go through weir_env::disk"),
    ("std::time::Instant", "go through weir_env::clock or weir_env::task::Instant"),
    ("use std::time & Instant", "go through weir_env::clock or weir_env::task::Instant"),
    ("SystemTime", "go through weir_env::clock"),
    ("spawn_blocking", "go through weir_env::task::blocking"),
    ("unbounded_channel", "every queue has a bound"),
];

fn findings(folder: &str, bans: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for path in tree::rust_files() {
        if !path.starts_with(&format!("{folder}/src/")) || tree::is_test_file(&path) {
            continue;
        }
        for (number, line) in tree::shipped(&tree::text(&path)).lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for (word, reason) in
                bans.iter().filter(|(words, _)| words.split(" & ").all(|word| code.contains(word)))
            {
                found.push(format!("{path}:{}: {word}: {reason}", number + 1));
            }
        }
    }
    found
}

#[test]
fn pure_crates_touch_nothing_outside() {
    let manifests = layers::manifests();
    for (folder, name) in PURE {
        let others = &manifests[*name].1;
        for banned in NOT_IN_PURE_MANIFESTS {
            assert!(!others.contains(*banned), "{name} is pure and may not depend on {banned}");
        }
        let found = findings(folder, NOT_IN_PURE);
        assert!(found.is_empty(), "{name} is pure:\n{}", found.join("\n"));
    }
}

#[test]
fn the_outside_is_reached_through_env() {
    for folder in ["broker/log", "broker/server"] {
        let found = findings(folder, NOT_BESIDE_ENV);
        assert!(found.is_empty(), "{folder}:\n{}", found.join("\n"));
    }
}
