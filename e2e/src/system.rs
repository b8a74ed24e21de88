//! Programs of the operating system that judges need, installed by Debian's package manager where they are missing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

use crate::process::fetch;
use crate::report::say;

/// One installation at a time: the package manager holds a lock of its own and gives up on it.
static INSTALLING: Mutex<()> = Mutex::new(());

/// The path of a program, after its Debian package was installed if need be.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    if let Some(path) = find(name) {
        return Ok(path);
    }
    install(&[package])?;
    find(name).with_context(|| format!("{name} is still missing after installing {package}"))
}

/// Sees to it that development packages are there, as far as Debian's package manager knows.
pub fn libraries(packages: &[&str]) -> Result<()> {
    if !Path::new("/usr/bin/dpkg-query").exists() {
        return Ok(());
    }
    let is_missing = |package: &&&str| {
        let mut query = Command::new("/usr/bin/dpkg-query");
        query.args(["--show", "--showformat=${db:Status-Status}", package]);
        query.output().map_or(true, |output| output.stdout != b"installed")
    };
    let missing: Vec<&str> = packages.iter().filter(is_missing).copied().collect();
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

/// Installs Debian packages; needs root, and says what to type without it.
pub fn install(packages: &[&str]) -> Result<()> {
    let _one = INSTALLING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !Path::new("/usr/bin/apt-get").exists() || !rustix::process::geteuid().is_root() {
        bail!("missing packages; install them: apt-get install {}", packages.join(" "));
    }
    say(&format!("installing {}", packages.join(" ")));
    fetch(apt(&["update", "-q"]))?;
    fetch(apt(&[&["install", "-y", "-q", "--no-install-recommends"], packages].concat()))?;
    Ok(())
}

fn apt(args: &[&str]) -> Command {
    let mut command = Command::new("/usr/bin/apt-get");
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// What `program --version` (or the like) prints: part of the key of what is built with it.
pub fn version_of(program: &Path, flag: &str) -> Result<Vec<u8>> {
    let output = Command::new(program).arg(flag).output();
    let output = output.with_context(|| format!("cannot start {}", program.display()))?;
    Ok([output.stdout, output.stderr].concat())
}
