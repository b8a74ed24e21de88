//! Installing judges: Java libraries by pom, Python environments, Node packages, Go modules and Rust programs by lock file.
//!
//! Everything comes from the ordinary package registries through their ordinary clients, at versions that are committed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::cache::{Cache, tree};
use crate::process::{fetch, must};
use crate::report::say;
use crate::system::{self, program, version_of};

/// Where sources of judges are and where they are installed.
#[derive(Debug, Clone)]
pub struct Kit {
    /// The user's cache.
    pub cache: Cache,
    /// The `e2e` folder of this repository.
    pub root: PathBuf,
}

impl Kit {
    /// The kit of this repository and this user.
    pub fn new() -> Result<Self> {
        Ok(Self { cache: Cache::of_user()?, root: PathBuf::from(env!("CARGO_MANIFEST_DIR")) })
    }
}

/// The goal that copies what a pom names, all that this needs included, into one directory.
const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";

/// The Java launcher; its Debian package brings the compiler too.
pub fn java() -> Result<PathBuf> {
    program("javac", "openjdk-17-jdk-headless")?;
    program("java", "openjdk-17-jdk-headless")
}

/// The directory with the jars of `tools/<name>/pom.xml`.
pub fn jars(kit: &Kit, name: &str) -> Result<PathBuf> {
    let pom = kit.root.join("tools").join(name).join("pom.xml");
    let key = fs::read(&pom).with_context(|| format!("cannot read {}", pom.display()))?;
    kit.cache.entry(&format!("jars-{name}"), &[&key], |dir| {
        java()?;
        say(&format!("installing the jars of {name}"));
        maven(kit, |maven| {
            maven.arg("-f").arg(&pom).arg(COPY).arg(format!("-DoutputDirectory={}", dir.display()));
        })
    })
}

/// Runs Maven, one at a time: its local repository does not bear two that download the same artifact.
pub fn maven(kit: &Kit, arguments: impl FnOnce(&mut Command)) -> Result<()> {
    let _alone = kit.cache.lock("maven")?;
    let mut maven = Command::new(program("mvn", "maven")?);
    // -U asks again for what a broken download left marked as absent.
    maven.args(["-q", "-B", "-U"]);
    arguments(&mut maven);
    fetch(maven).map(drop)
}

/// Compiles Java sources against a library; the result is a directory of classes.
pub fn java_classes(kit: &Kit, name: &str, library: &Path, folders: &[PathBuf]) -> Result<PathBuf> {
    let sources = folders.iter().map(|folder| tree(folder)).collect::<Result<Vec<_>>>()?;
    let at = library.display().to_string();
    let mut inputs: Vec<&[u8]> = sources.iter().map(Vec::as_slice).collect();
    inputs.push(at.as_bytes());
    kit.cache.entry(&format!("classes-{name}"), &inputs, |dir| {
        java()?;
        let mut compiler = Command::new("javac");
        compiler
            .args(["-nowarn", "--release", "17", "-Xlint:-options", "-cp", &format!("{at}/*"), "-d"])
            .arg(dir);
        for folder in folders {
            for file in fs::read_dir(folder)? {
                compiler.arg(file?.path());
            }
        }
        must(compiler).map(drop)
    })
}

/// The `python` of an environment with what `requirements` pins.
pub fn python(kit: &Kit, name: &str, requirements: &Path) -> Result<PathBuf> {
    let python = program("python3", "python3")?;
    let key = fs::read(requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let version = version_of(&python, "--version")?;
    let dir = kit.cache.entry(&format!("python-{name}"), &[&key, &version], |dir| {
        say(&format!("installing the Python packages of {name}"));
        let venv = || {
            let mut create = Command::new(&python);
            create.args(["-m", "venv"]).arg(dir);
            must(create)
        };
        if venv().is_err() {
            // Debian ships the module without what it needs.
            system::install(&["python3-venv"])?;
            venv()?;
        }
        let mut pip = Command::new(dir.join("bin/python"));
        pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]).arg(requirements);
        fetch(pip).map(drop)
    })?;
    Ok(dir.join("bin/python"))
}

/// A copy of a Node program with its packages installed beside it.
pub fn node_program(kit: &Kit, name: &str, folder: &Path) -> Result<PathBuf> {
    let node = program("node", "nodejs")?;
    let npm = program("npm", "npm")?;
    kit.cache.entry(&format!("node-{name}"), &[&tree(folder)?, &version_of(&node, "--version")?], |dir| {
        say(&format!("installing the Node packages of {name}"));
        copy_files(folder, dir)?;
        let mut install = Command::new(&npm);
        install.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(dir);
        fetch(install).map(drop)
    })
}

/// The directory with the binaries of a Go module, one for each folder of it.
pub fn go_programs(kit: &Kit, name: &str, folder: &Path) -> Result<PathBuf> {
    let go = program("go", "golang-go")?;
    kit.cache.entry(&format!("go-{name}"), &[&tree(folder)?, &version_of(&go, "version")?], |dir| {
        say(&format!("building the Go programs of {name}"));
        let mut build = Command::new(&go);
        build.arg("build").arg("-o").arg(dir).arg("./...").current_dir(folder);
        build.env("CGO_ENABLED", "0").env("GOFLAGS", "-mod=readonly").env("GOTOOLCHAIN", "local");
        fetch(build).map(drop)
    })
}

/// The directory with the binaries of a Rust workspace of its own.
pub fn rust_programs(kit: &Kit, name: &str, folder: &Path) -> Result<PathBuf> {
    program("cc", "gcc")?;
    program("make", "make")?;
    let cargo = cargo();
    let dir = kit.cache.entry(&format!("rust-{name}"), &[&tree(folder)?], |dir| {
        say(&format!("building the Rust programs of {name}"));
        let mut build = Command::new(&cargo);
        build.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(folder.join("Cargo.toml"));
        build.arg("--target-dir").arg(dir).env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
        must(build).map(drop)
    })?;
    Ok(dir.join("debug"))
}

/// The cargo that runs this, or the one on the path.
pub fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// The version of a crate that the Rust clients are locked to, and where Cargo keeps its source.
pub fn crate_source(kit: &Kit, name: &str) -> Result<(String, PathBuf)> {
    let mut metadata = Command::new(cargo());
    metadata.args(["metadata", "--format-version", "1", "--locked", "--manifest-path"]);
    metadata.arg(kit.root.join("clients").join("rust").join("Cargo.toml"));
    let metadata: serde_json::Value = serde_json::from_str(&must(metadata)?)?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let named = |package: &&serde_json::Value| package["name"] == name;
    let found = packages.iter().find(named).with_context(|| format!("no crate {name}"))?;
    let version = found["version"].as_str().context("a crate without a version")?;
    let manifest = Path::new(found["manifest_path"].as_str().context("a crate without a path")?);
    let folder = manifest.parent().context("a crate without a folder")?;
    Ok((version.to_owned(), folder.to_path_buf()))
}

/// Copies a folder with all that is in it.
pub fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    copy_files(from, to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Copies the files of a folder, without its sub-folders.
pub fn copy_files(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
