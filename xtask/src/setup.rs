//! Brings what a command needs that Cargo does not: Debian packages by name, and Cargo tools built into the cache.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// librdkafka and jemalloc are C: a compiler and make.
const PACKAGES_RUN: &[(&str, &str)] = &[("cc", "gcc"), ("c++", "g++"), ("make", "make")];

/// On top of those: real power cuts need xfs; client tests need the runtimes of their languages.
const PACKAGES_TEST: &[(&str, &str)] = &[
    ("mkfs.xfs", "xfsprogs"),
    ("xfs_io", "xfsprogs"),
    ("losetup", "mount"),
    ("mvn", "maven"),
    ("javac", "default-jdk-headless"),
    ("python3", "python3-venv"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("go", "golang-go"),
];

/// Everything that `make run` needs.
pub(crate) fn for_run() -> Result<()> {
    install_missing(PACKAGES_RUN)
}

/// Everything that `make test` needs.
pub(crate) fn for_test() -> Result<()> {
    install_missing(PACKAGES_RUN)?;
    install_missing(PACKAGES_TEST)
}

/// The path of cargo-deny, built into the user's cache when it is not there.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    cargo_tool("cargo-deny", "0.20.2", &["--no-default-features"])
}

/// The path of cargo-fuzz, built likewise.
pub(crate) fn cargo_fuzz() -> Result<PathBuf> {
    cargo_tool("cargo-fuzz", "0.13.2", &[])
}

fn cargo_tool(name: &str, version: &str, more: &[&str]) -> Result<PathBuf> {
    let root = cache_folder()?.join(format!("{name}-{version}"));
    let binary = root.join("bin").join(name);
    if !binary.exists() {
        let status = Command::new("cargo")
            .args(["install", "--quiet", "--locked", "--version", version])
            .args(more)
            .arg("--root")
            .arg(&root)
            .arg(name)
            .env_remove("CARGO_TARGET_DIR")
            .status()
            .context("starting cargo install")?;
        if !status.success() {
            bail!("{name} {version} could not be installed");
        }
    }
    Ok(binary)
}

/// `$XDG_CACHE_HOME/weir`, or `~/.cache/weir`.
pub(crate) fn cache_folder() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    Ok(base.context("neither XDG_CACHE_HOME nor HOME is set")?.join("weir"))
}

fn install_missing(wanted: &[(&str, &str)]) -> Result<()> {
    let mut packages: Vec<&str> =
        wanted.iter().filter(|(program, _)| !is_on_path(program)).map(|(_, package)| *package).collect();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if !is_root() || !is_on_path("apt-get") {
        bail!("missing: {list}. Install them, for example: sudo apt-get install {list}");
    }
    println!("installing {list}");
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages.as_slice()].concat())
}

fn apt(arguments: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        .args(["-qq", "-o", "DPkg::Lock::Timeout=300"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null())
        .status()
        .context("starting apt-get")?;
    if status.success() { Ok(()) } else { bail!("apt-get {} failed", arguments.join(" ")) }
}

/// Debian keeps administrators' tools in `sbin`, which a user's path may lack.
fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .any(|folder| Path::new(&folder).join(program).is_file())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}
