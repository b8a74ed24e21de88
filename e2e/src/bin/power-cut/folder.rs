//! The folder of a run. A run that was killed can't unmount its volume: the next one does it for it.
//!
//! A folder holds a file that its run keeps locked. Where the file is there and nobody holds the lock, the run is dead. What
//! is kept as evidence has no such file.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::volume;

const PREFIX: &str = "weir-power-cut-";
const IN_USE: &str = "in-use";

/// A folder for temporary files, removed when it is dropped.
pub(crate) struct Folder {
    dir: TempDir,
    _lock: File,
}

impl Folder {
    /// Makes a new folder, after the remains of dead runs are gone.
    pub(crate) fn new() -> Result<Self> {
        let parent = std::env::temp_dir();
        remove_remains(&parent).with_context(|| format!("clearing {}", parent.display()))?;
        Self::below(&parent)
    }

    fn below(parent: &Path) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        // Locked under another name: nobody may find the file without its lock.
        let fresh = dir.path().join("new");
        let lock = File::create(&fresh)?;
        lock.lock()?;
        fs::rename(&fresh, dir.path().join(IN_USE))?;
        Ok(Self { dir, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Leaves the folder where it is, for a person to look at.
    pub(crate) fn keep(self) {
        let path = self.dir.keep();
        _ = fs::remove_file(path.join(IN_USE));
    }
}

fn remove_remains(parent: &Path) -> Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let Some(lock) = is_ours.then(|| File::open(entry.path().join(IN_USE)).ok()).flatten() else {
            continue;
        };
        match lock.try_lock() {
            Ok(()) => {
                volume::unmount_remains(&entry.path());
                fs::remove_dir_all(entry.path())?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn remains_of_the_dead_go_and_what_is_used_or_kept_stays() {
        let parent = tempfile::tempdir().unwrap();
        let used = Folder::below(parent.path()).unwrap();
        let kept = Folder::below(parent.path()).unwrap();
        let evidence = kept.path().to_owned();
        kept.keep();
        let Folder { dir, _lock } = Folder::below(parent.path()).unwrap();
        let dead = dir.keep();
        fs::write(dead.join("disk.img"), "x").unwrap();
        drop(_lock);
        remove_remains(parent.path()).unwrap();
        assert!(used.path().exists() && evidence.exists() && !dead.exists());
    }
}
