//! What recovery kept of logs and nobody is known to have synced. No log is served before it is on disk.
//!
//! Hundreds of logs are synced at once with their file system: after a crash under load each has some files to sync, one by
//! one a thousand logs take as many seconds as milliseconds a sync takes.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use weir_env::disk::{Disk, FileSystem, Open};
use weir_env::task;

use crate::error::{At, LogError};
use crate::segment::Segment;

/// What is not yet synced of one log.
#[derive(Debug, Default)]
pub(crate) struct Unsynced {
    /// Batches and index entries were read, cut or added here.
    pub(crate) segments: Vec<Arc<Segment>>,
    /// Other files; one that is not there needs no sync.
    pub(crate) files: Vec<PathBuf>,
    /// Directories whose entries count.
    pub(crate) dirs: Vec<PathBuf>,
}

impl Unsynced {
    fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.files.is_empty() && self.dirs.is_empty()
    }

    /// Gives the file system what waits in memory, so that a sync of the whole covers it.
    pub(crate) fn write_out(&self) -> Result<(), LogError> {
        for segment in &self.segments {
            let written = segment.offsets.write_out().and_then(|()| segment.times.write_out());
            written.at("writing the index of", segment.path())?;
        }
        Ok(())
    }

    /// Syncs file by file.
    pub(crate) fn sync(&self, disk: &dyn Disk) -> Result<(), LogError> {
        for segment in &self.segments {
            // Also one that was cut to nothing: an old batch must not come back under a new one.
            match segment.file().and_then(|file| file.sync()) {
                Err(error) if error.kind() == ErrorKind::NotFound && segment.extent().size == 0 => {}
                synced => synced.at("syncing", segment.path())?,
            }
            for dirty in [segment.offsets.take_dirty(), segment.times.take_dirty()] {
                let dirty = dirty.at("writing the index of", segment.path())?;
                dirty.map_or(Ok(()), |file| file.sync()).at("syncing the index of", segment.path())?;
            }
        }
        for path in &self.files {
            match disk.open(path, Open::Write).and_then(|file| file.sync()) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                synced => synced.at("syncing", path)?,
            }
        }
        self.dirs.iter().try_for_each(|dir| disk.sync_dir(dir).at("syncing", dir))
    }
}

/// Syncs what many logs need, in up to `threads` threads; the result of each. `file_system` was opened before any of it was
/// written, so that it tells of every failure.
pub(crate) fn sync_all(
    disk: &dyn Disk,
    file_system: &dyn FileSystem,
    threads: usize,
    logs: &[&Unsynced],
) -> Vec<Result<(), LogError>> {
    // One log alone would wait for whatever else is dirty on the file system.
    if logs.iter().filter(|unsynced| !unsynced.is_empty()).count() > 1 {
        match file_system.sync() {
            Ok(()) => return logs.iter().map(|_| Ok(())).collect(),
            Err(error) => {
                tracing::warn!(%error, "syncing the file system failed; syncing each log to see which are hit");
            }
        }
    }
    task::parallel(threads, logs, |unsynced| unsynced.sync(disk))
}
