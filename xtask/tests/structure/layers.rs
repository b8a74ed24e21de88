//! The allowed edges between the crates. A new edge is a decision: it changes this table and ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::tree;

/// Each crate, and those that it may name in `[dependencies]`.
const ALLOWED: &[(&str, &[&str])] = &[
    ("weir-model", &[]),
    ("weir-env", &["weir-model"]),
    ("weir-wire", &["weir-model"]),
    ("weir-records", &["weir-model"]),
    ("weir-log", &["weir-model", "weir-env", "weir-records"]),
    ("weir-metadata", &["weir-model"]),
    ("weir-coordinator", &["weir-model", "weir-records"]),
    (
        "weir-server",
        &[
            "weir-model",
            "weir-env",
            "weir-wire",
            "weir-records",
            "weir-log",
            "weir-metadata",
            "weir-coordinator",
        ],
    ),
    (
        "weir",
        &["weir-model", "weir-env", "weir-wire", "weir-records", "weir-metadata", "weir-server", "weir-crds"],
    ),
    ("weir-crds", &[]),
    ("weir-e2e", &["weir-model", "weir-env", "weir-wire", "weir-records"]),
    ("xtask", &["weir-crds"]),
];

/// Workspace crates by name, each with the workspace crates and the other crates it depends on (development
/// dependencies left out).
pub(crate) fn manifests() -> BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(tree::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let names: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    packages
        .iter()
        .map(|package| {
            let (ours, others) = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .partition(|name| names.contains(name.as_str()));
            (package["name"].as_str().unwrap().to_owned(), (ours, others))
        })
        .collect()
}

#[test]
fn arrows_point_down() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    for (name, (ours, _)) in manifests() {
        let edges =
            allowed.get(name.as_str()).unwrap_or_else(|| panic!("the crate {name} is not in the table"));
        for edge in ours {
            assert!(
                edges.contains(&edge.as_str()),
                "{name} may not depend on {edge}: the table allows {edges:?}"
            );
        }
    }
}

#[test]
fn the_table_has_no_cycle() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    while settled.len() < allowed.len() {
        let before = settled.len();
        for (name, edges) in &allowed {
            if edges.iter().all(|edge| settled.contains(edge)) {
                settled.insert(name);
            }
        }
        assert!(settled.len() > before, "a cycle among {allowed:?}");
    }
}
