//! The repository's Rust files, as git knows them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Paths from the root of the Rust files that people write: tracked or about to be, not generated.
pub(crate) fn rust_files() -> Vec<String> {
    let listing = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listing.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&listing.stderr));
    let files: Vec<String> = String::from_utf8(listing.stdout)
        .unwrap()
        .lines()
        .filter(|path| !path.contains("/generated/") && root().join(path).exists())
        .map(str::to_owned)
        .collect();
    assert!(files.len() > 20, "the listing lost its files: {files:?}");
    files
}

/// Whether the whole file is test code.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.contains("/benches/")
        || path.contains("/fuzz/")
}

/// A file's text.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The text without its unit tests: everything before a `#[cfg(test)]` that opens an inline module.
pub(crate) fn shipped(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let end = (0..lines.len())
        .find(|&at| {
            lines[at].starts_with("#[cfg(test)]")
                && lines[at + 1..].iter().take(4).any(|line| line.starts_with("mod ") && line.ends_with('{'))
        })
        .unwrap_or(lines.len());
    lines[..end].join("\n")
}
