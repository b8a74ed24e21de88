//! The user's cache directory: what a judge needs is installed there once per set of inputs.
//!
//! Invariants: an entry without its `.complete` file is never used; two processes never build the same entry at once; the name of
//! an entry carries a hash of everything that decides its content, so a changed lock file makes a new entry.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Marks an entry that was built to its end.
const COMPLETE: &str = ".complete";

/// A directory of finished installations.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The cache of this user: `$XDG_CACHE_HOME/weir/e2e`, or `~/.cache/weir/e2e`.
    pub fn of_user() -> Result<Self> {
        let base = match std::env::var_os("XDG_CACHE_HOME") {
            Some(dir) if !dir.is_empty() => PathBuf::from(dir),
            _ => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
        };
        Self::at(base.join("weir").join("e2e"))
    }

    /// A cache in a given directory.
    pub fn at(root: PathBuf) -> Result<Self> {
        fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
        Ok(Self { root })
    }

    /// The directory of `name` for these inputs, built by `build` if it is not there yet.
    ///
    /// `build` gets the final path (a Python environment cannot be moved) and starts from an empty directory.
    pub fn entry(
        &self,
        name: &str,
        inputs: &[&[u8]],
        build: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let dir = self.root.join(format!("{name}-{:016x}", hash(inputs)));
        if dir.join(COMPLETE).exists() {
            return Ok(dir);
        }
        let _alone = self.lock(name)?;
        if dir.join(COMPLETE).exists() {
            return Ok(dir);
        }
        if dir.exists() {
            fs::remove_dir_all(&dir).with_context(|| format!("cannot clear {}", dir.display()))?;
        }
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        build(&dir).with_context(|| format!("cannot prepare {name}"))?;
        fs::write(dir.join(COMPLETE), b"")?;
        Ok(dir)
    }

    /// A lock of that name against other threads and processes, until it is dropped.
    pub fn lock(&self, name: &str) -> Result<fs::File> {
        let path = self.root.join(format!("{name}.lock"));
        let lock = fs::File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(lock)
    }
}

/// FNV-1a over the inputs, each followed by its length, so that moving a byte from one to the next changes the hash.
fn hash(inputs: &[&[u8]]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut state = OFFSET;
    let mut feed = |byte: u8| state = (state ^ u64::from(byte)).wrapping_mul(PRIME);
    for input in inputs {
        input.iter().copied().for_each(&mut feed);
        (input.len() as u64).to_le_bytes().into_iter().for_each(&mut feed);
    }
    state
}

/// All files below `dir`, relative path and content one after another: the input of an entry that is built from sources.
pub fn tree(dir: &Path) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    collect(dir, dir, &mut all)?;
    Ok(all)
}

fn collect(root: &Path, dir: &Path, all: &mut Vec<u8>) -> Result<()> {
    let listed = fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    let mut paths = listed.map(|entry| entry.map(|found| found.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        let skipped = path
            .file_name()
            .is_some_and(|name| name == "target" || name == "node_modules" || name == "__pycache__");
        if skipped {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, all)?;
        } else {
            let relative = path.strip_prefix(root).unwrap_or(&path);
            all.extend_from_slice(relative.to_string_lossy().as_bytes());
            all.push(0);
            all.extend(fs::read(&path)?);
            all.push(0);
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_built_once_and_again_after_a_failure() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path().to_path_buf()).unwrap();
        let failed = cache.entry("x", &[b"1"], |at| {
            fs::write(at.join("half"), b"")?;
            anyhow::bail!("no network")
        });
        assert!(failed.is_err());
        let built = cache.entry("x", &[b"1"], |at| Ok(fs::write(at.join("whole"), b"")?)).unwrap();
        assert!(built.join("whole").exists() && !built.join("half").exists());
        let again = cache.entry("x", &[b"1"], |_| anyhow::bail!("built twice")).unwrap();
        assert_eq!(built, again);
        let other = cache.entry("x", &[b"2"], |_| Ok(())).unwrap();
        assert_ne!(built, other);
    }

    #[test]
    fn the_hash_sees_where_one_input_ends() {
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
    }
}
