//! Writes the custom resource definitions that the Rust types describe, or checks that the committed ones are current.

use std::path::Path;

use anyhow::{Context, ensure};
use weir_crds::generate::crd_files;

/// Writes `crds/yaml/*.yaml`; with `check`, only compares.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crds/yaml");
    for file in crd_files()? {
        let path = folder.join(file.name);
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        if committed == file.yaml {
            continue;
        }
        ensure!(!check, "crds/yaml/{} is stale: run cargo run -p xtask -- crds", file.name);
        std::fs::write(&path, file.yaml).with_context(|| format!("writing {}", path.display()))?;
        println!("wrote crds/yaml/{}", file.name);
    }
    Ok(())
}
