//! A log's part in a round of flushes: say what has to be synced, sync it, take note.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use weir_env::disk::{FileSystem, Open};
use weir_model::Offset;

use crate::metadata_file;
use crate::names;
use crate::partition::PartitionLog;
use crate::sync::lock;
use crate::writer::{FlushPlan, Place, Writer};

/// What became of the leader epochs of a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Epochs {
    /// Their file holds them, or did before.
    Kept,
    /// The disk was full. The batches hold them too: until they are kept, recovery starts before those.
    Wait,
}

/// Flushes many logs by syncing their file system once. Returns how many failed.
pub(crate) fn flush_together(file_system: &dyn FileSystem, logs: &[Arc<PartitionLog>]) -> u64 {
    // In the order of their ids; nobody else holds two of these at once.
    let turns: Vec<_> = logs.iter().map(|log| lock(&log.flush_turn)).collect();
    let plans: Vec<_> = logs.iter().filter_map(|log| Some((log, log.begin_flush()?))).collect();
    let together = sync_together(file_system, &plans);
    if let Err(error) = &together {
        tracing::warn!(%error, "syncing the file system failed; syncing each log to see which are hit");
    }
    let mut failures = 0;
    for (log, plan) in &plans {
        // A file that was hit by the failure still says so itself.
        let result = if together.is_ok() { Ok(Epochs::Kept) } else { log.carry_out(plan) };
        failures += u64::from(result.is_err());
        log.end_flush(plan, result);
    }
    drop(turns);
    failures
}

fn sync_together(file_system: &dyn FileSystem, plans: &[(&Arc<PartitionLog>, FlushPlan)]) -> io::Result<()> {
    if plans.iter().any(|(_, plan)| plan.epochs.is_some()) {
        plans.iter().try_for_each(|(log, plan)| log.stage_epochs(plan))?;
        file_system.sync()?;
        plans.iter().try_for_each(|(log, plan)| log.publish_epochs(plan))?;
    }
    file_system.sync()
}

/// Whether room is all that is missing.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl PartitionLog {
    /// What has to be synced so that everything now in the log is stable; `None` when nothing has.
    fn begin_flush(&self) -> Option<FlushPlan> {
        let mut writer = lock(&self.writer);
        // The names of a deleted log's files may belong to another one.
        if self.check_online().is_err() || writer.deleted {
            return None;
        }
        let idle =
            writer.dirty.is_empty() && !writer.dir_dirty && !writer.parent_dirty && !writer.epochs_dirty;
        if idle && !writer.metadata_dirty && writer.flushed_end == writer.log_end {
            return None;
        }
        let files = std::mem::take(&mut writer.dirty);
        let metadata = std::mem::take(&mut writer.metadata_dirty);
        let mut dirs = Vec::new();
        if std::mem::take(&mut writer.dir_dirty) {
            dirs.push(self.dir.clone());
        }
        if std::mem::take(&mut writer.parent_dirty) {
            dirs.push(self.shared.data_dir.clone());
        }
        let epochs = std::mem::take(&mut writer.epochs_dirty).then(|| writer.epochs.encode());
        let place = Place { base: writer.active.base(), position: writer.active.extent().size };
        let stale_snapshots = std::mem::take(&mut writer.stale_snapshots);
        Some(FlushPlan {
            end: writer.log_end,
            place,
            cuts: writer.cuts,
            files,
            metadata,
            dirs,
            epochs,
            stale_snapshots,
        })
    }

    /// Does what the plan says. Waits for the disk; no lock is held.
    fn carry_out(&self, plan: &FlushPlan) -> io::Result<Epochs> {
        for dirty in &plan.files {
            dirty.file.sync()?;
        }
        if plan.metadata {
            metadata_file::sync(self.env.disk.as_ref(), &self.dir, self.topic_id)?;
        }
        let mut epochs = Epochs::Kept;
        if let Some(text) = &plan.epochs {
            match self.write_epochs(text) {
                Err(error) if is_full(&error) => epochs = Epochs::Wait,
                written => written?,
            }
        }
        for dir in &plan.dirs {
            self.env.disk.sync_dir(dir)?;
        }
        Ok(epochs)
    }

    /// Moves the flushed end, or takes the log offline.
    fn end_flush(&self, plan: &FlushPlan, result: io::Result<Epochs>) {
        let epochs = match result {
            Ok(epochs) => epochs,
            Err(error) => {
                self.go_offline("syncing", &error);
                return;
            }
        };
        for stale in &plan.stale_snapshots {
            // What is left behind costs a few bytes until its segment goes.
            _ = self.env.disk.remove_file(stale);
        }
        let mut writer = lock(&self.writer);
        writer.on_disk = true;
        if epochs == Epochs::Wait {
            writer.epochs_dirty = true;
            self.shared.note_disk_full();
        }
        // A log that was cut meanwhile may hold other, unsynced batches below the plan's end.
        if plan.cuts == writer.cuts {
            assert!(plan.end <= writer.log_end, "a flush covers what the log holds");
            writer.flushed_end = writer.flushed_end.max(plan.end);
            writer.flushed_place = plan.place;
            self.publish(&mut writer, |_| {});
        }
    }

    /// Flushes this log on the caller's thread.
    ///
    /// # Errors
    /// The log is offline, now or since before.
    pub fn flush(&self) -> Result<Offset, crate::error::Offline> {
        let _turn = lock(&self.flush_turn);
        if let Some(plan) = self.begin_flush() {
            let result = self.carry_out(&plan);
            self.end_flush(&plan, result);
        }
        self.check_online()?;
        Ok(self.progress().flushed_end)
    }

    /// Writes the epochs of a plan beside their file, to be renamed once they are on disk.
    fn stage_epochs(&self, plan: &FlushPlan) -> io::Result<()> {
        let Some(text) = &plan.epochs else { return Ok(()) };
        let file = self.env.disk.open(&self.staged_epochs(), Open::Create)?;
        file.set_len(0)?;
        file.write_all_at(text.as_bytes(), 0)
    }

    fn publish_epochs(&self, plan: &FlushPlan) -> io::Result<()> {
        if plan.epochs.is_none() {
            return Ok(());
        }
        self.env.disk.rename(&self.staged_epochs(), &self.dir.join(names::EPOCHS))
    }

    fn staged_epochs(&self) -> PathBuf {
        self.dir.join(format!("{}.{}", names::EPOCHS, names::TEMPORARY))
    }

    pub(crate) fn write_epochs(&self, text: &str) -> io::Result<()> {
        self.env.disk.replace_small(&self.dir.join(names::EPOCHS), text.as_bytes())
    }

    /// Makes the partition's directory itself durable if it is new.
    pub(crate) fn sync_parent(&self, writer: &Writer) -> io::Result<()> {
        if writer.parent_dirty { self.env.disk.sync_dir(&self.shared.data_dir) } else { Ok(()) }
    }

    /// Cuts what a failed write left after the last batch.
    pub(crate) fn tidy_end(&self, writer: &mut Writer) -> io::Result<()> {
        if writer.loose_bytes {
            let segment = &writer.active;
            segment.file_for_append()?.set_len(segment.extent().size)?;
            writer.loose_bytes = false;
        }
        Ok(())
    }
}
