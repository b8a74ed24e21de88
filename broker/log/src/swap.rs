//! Replacing segments by a compacted one so that a crash leaves either the old ones or the new one, and nobody who reads or
//! appends waits for a sync of the directory.
//!
//! | step | a crash after it leaves | readers see |
//! |---|---|---|
//! | the new log and its indexes are written to `<from>-<to>[.index].cleaned` and synced | the old segments; the files are removed | the old segments |
//! | the log is renamed to `<from>-<to>.swap`, the directory is synced | the new segment: recovery goes on from here | the same |
//! | the list of segments names the new one, the old ones are retired | the same | the new segment, under its first names |
//! | indexes of the old segments and all but the first of their logs are removed, the directory is synced | the same | the same |
//! | `.swap` is renamed to `<from>.log`, the indexes likewise, the directory is synced | the new segment, perhaps without an index until one is built | the same |
//!
//! Only the third step takes the lock of the list, and it touches no disk. Whoever opens a file while it is renamed waits for
//! that rename alone ([`crate::files::Slot`]).

use std::path::Path;
use std::sync::Arc;

use weir_env::disk::Disk;

use crate::error::{At, LogError};
use crate::names;
use crate::partition::PartitionLog;
use crate::recovery::remove;
use crate::segment::Segment;
use crate::sync::{lock, write};

impl PartitionLog {
    /// Puts a cleaned segment, whose files are synced, in the place of the segments `old`, which it holds the records of up
    /// to the offset `to`. The lock of removals is held.
    ///
    /// # Errors
    /// The disk fails. The log goes offline then, and recovery finishes the job or undoes it.
    pub(crate) fn swap(&self, old: &[Arc<Segment>], fresh: &Arc<Segment>, to: i64) -> Result<(), LogError> {
        let swapped = self.decide_for(fresh, to).and_then(|()| {
            self.name_instead(old, fresh, to);
            self.put_in_place(fresh, to)
        });
        swapped.map_err(|error| match error {
            LogError::Io { what, source, .. } => self.go_offline(what, &source).into(),
            other => other,
        })
    }

    fn decide_for(&self, fresh: &Segment, to: i64) -> Result<(), LogError> {
        let swap = self.dir.join(names::swap_file(fresh.base(), to, names::SWAP));
        fresh.rename_log(swap.clone()).at("renaming", &swap)?;
        self.env.disk.sync_dir(&self.dir).at("syncing", &self.dir)
    }

    fn name_instead(&self, old: &[Arc<Segment>], fresh: &Arc<Segment>, to: i64) {
        {
            let mut list = write(&self.segments);
            let list = Arc::make_mut(&mut list);
            let at = list.partition_point(|segment| segment.base() < fresh.base());
            list.splice(at..at + old.len(), [Arc::clone(fresh)]);
        }
        // Who looked at the list before finds an old segment retired, and looks again.
        old.iter().for_each(|segment| segment.retire());
        let replaced = fresh.base()..to;
        lock(&self.writer).dirty.retain(|dirty| dirty.segment.is_none_or(|base| !replaced.contains(&base)));
    }

    fn put_in_place(&self, fresh: &Segment, to: i64) -> Result<(), LogError> {
        remove_replaced(self.env.disk.as_ref(), &self.dir, fresh.base(), to)?;
        fresh.put_in_place().at("renaming", fresh.path())?;
        self.env.disk.sync_dir(&self.dir).at("syncing", &self.dir)
    }
}

/// Puts a `.swap` file in place of the segments with base offsets `from..to`, after a crash. May be done again at any point.
pub(crate) fn complete(disk: &dyn Disk, dir: &Path, from: i64, to: i64) -> Result<(), LogError> {
    // The process may have ended before the sync that decides: what is replaced must not go before the name is on disk.
    disk.sync_dir(dir).at("syncing", dir)?;
    remove_replaced(disk, dir, from, to)?;
    let swap = dir.join(names::swap_file(from, to, names::SWAP));
    let log = dir.join(names::segment_file(from, names::LOG));
    disk.rename(&swap, &log).at("renaming", &swap)?;
    disk.sync_dir(dir).at("syncing", dir)
}

/// Removes what a `.swap` file replaces, but for the first log: the rename does that.
fn remove_replaced(disk: &dyn Disk, dir: &Path, from: i64, to: i64) -> Result<(), LogError> {
    for entry in disk.list(dir).at("listing", dir)? {
        let Some((base, extension)) = names::parse_segment_file(&entry.name) else { continue };
        let replaced = (from..to).contains(&base);
        let goes = match extension {
            names::INDEX | names::TIME_INDEX => replaced,
            names::LOG => replaced && base != from,
            _ => false,
        };
        if goes {
            remove(disk, &dir.join(&entry.name))?;
        }
    }
    disk.sync_dir(dir).at("syncing", dir)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::ErrorKind;
    use std::sync::Arc;

    use weir_env::Env;
    use weir_env::sim_disk::SimDisk;
    use weir_model::{LeaderEpoch, Offset, PartitionIndex, TimestampMs, TopicId, TopicName, TopicPartition};
    use weir_records::{BatchBuilder, Compression};

    use crate::{CleanupPolicy, LogConfig, LogDirectory, LogSettings, Pace};

    #[test]
    fn who_still_looks_at_a_replaced_segment_finds_none_of_the_new_files() {
        let env = Env { disk: Arc::new(SimDisk::new(1)), ..Env::real() };
        let settings = LogSettings {
            data_dir: "/data".into(),
            open_files_max: 100,
            partitions_max: 1,
            recovery_threads: 1,
            reserved_bytes: 0,
        };
        let config = LogConfig {
            index_interval_bytes: 1,
            cleanup_policy: CleanupPolicy { delete: false, compact: true },
            ..LogConfig::default()
        };
        let directory = LogDirectory::open(&env, settings, &|_, _| config.clone()).unwrap();
        let partition = TopicPartition { topic: TopicName::new("t").unwrap(), partition: PartitionIndex(0) };
        let log = directory.create(&partition, TopicId::from_random([1; 16]), config.clone()).unwrap();
        for number in 0..50_u8 {
            let mut builder = BatchBuilder::new(Offset::ZERO, Compression::None);
            builder.push(Some(&[number % 2]), Some(&[number]), &[], TimestampMs(5)).unwrap();
            log.append(&mut builder.finish().unwrap().to_vec(), LeaderEpoch(0)).unwrap();
        }
        log.flush().unwrap();
        log.roll().unwrap();
        let old = Arc::clone(&log.segments()[0]);
        let held = old.file().unwrap();
        // The pool may have closed them.
        old.close();
        log.compact(TimestampMs(5), 1 << 16, &mut Pace::unbounded()).unwrap();
        let found = old.locate(49).map(|found| found.map(|at| at.header.base_offset)).unwrap_err();
        assert_eq!(found.kind(), ErrorKind::NotFound, "{found}");
        let built = old.rebuild_indexes(1).unwrap_err();
        assert_eq!(built.kind(), ErrorKind::NotFound, "{built}");
        let fresh = Arc::clone(&log.segments()[0]);
        assert_eq!(fresh.locate(0).unwrap().unwrap().header.base_offset, Offset(48));
        assert!(
            held.len().unwrap() > fresh.file().unwrap().len().unwrap(),
            "who holds a file goes on reading it"
        );
    }
}
