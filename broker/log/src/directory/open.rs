//! What a start finds: each partition's directory is opened, recovered, or left alone with the reason.

use std::sync::Arc;

use weir_env::disk::FileSystem;
use weir_env::task;
use weir_model::{TopicId, TopicPartition, with_causes};

use super::{LogDirectory, OpenSummary};
use crate::config::LogConfig;
use crate::error::{At, LogError};
use crate::partition::PartitionLog;
use crate::recovery::{self, Known, Recovered, RecoveryWork};
use crate::sync::{lock, write};
use crate::unsynced::{self, Unsynced};
use crate::{metadata_file, names};

/// A log that must not be served before what is unsynced of it is on disk.
struct Opened {
    log: Arc<PartitionLog>,
    work: RecoveryWork,
    unsynced: Unsynced,
}

impl LogDirectory {
    pub(super) fn open_logs(
        &self,
        config_of: &(dyn Fn(&TopicPartition, TopicId) -> LogConfig + Sync),
    ) -> Result<OpenSummary, LogError> {
        let (disk, dir) = (&self.shared.env.disk, &self.shared.data_dir);
        let marker = dir.join(names::CLEAN_SHUTDOWN);
        let clean = disk.read_small(&marker, 64).at("reading", &marker)?.is_some();
        if clean {
            // Gone for good before the first change: a crash after it must not look like a clean stop.
            recovery::remove(disk.as_ref(), &marker)?;
            disk.sync_dir(dir).at("syncing", dir)?;
        }
        let found = self.partition_dirs()?;
        let known = self.shared.checkpoints.other_than(&found.iter().map(ToString::to_string).collect());
        let missing = known.iter().filter_map(|(dir, id)| Some((names::parse_partition_dir(dir)?, *id)));
        *lock(&self.missing) = missing.collect();
        let file_system = disk.file_system(dir).at("opening", dir)?;
        let opened = task::parallel(self.settings.recovery_threads, &found, |partition| {
            self.open_log(partition, clean, config_of)
        });
        if !clean {
            disk.sync_dir(dir).at("syncing", dir)?;
        }
        let opened = self.sync_opened(file_system.as_ref(), opened);
        let mut summary = OpenSummary { clean, ..OpenSummary::default() };
        let mut logs = write(&self.logs);
        for (partition, result) in found.into_iter().zip(opened) {
            match result {
                Ok(Some(Opened { log, work, .. })) => {
                    summary.work.scanned_bytes += work.scanned_bytes;
                    summary.work.cut_bytes += work.cut_bytes;
                    logs.insert(partition, log);
                }
                Ok(None) => {}
                Err(error) => {
                    let reason = with_causes(&error);
                    tracing::error!(%partition, %reason, "the log can't be opened");
                    summary.failed.insert(partition, reason);
                }
            }
        }
        summary.logs = logs.len();
        Ok(summary)
    }

    /// Partitions by their directories; removes what an earlier process had deleted.
    fn partition_dirs(&self) -> Result<Vec<TopicPartition>, LogError> {
        let (disk, dir) = (&self.shared.env.disk, &self.shared.data_dir);
        let mut found = Vec::new();
        for entry in disk.list(dir).at("listing", dir)? {
            if !entry.is_dir {
                continue;
            }
            if names::is_deleted_dir(&entry.name) {
                let path = dir.join(&entry.name);
                disk.remove_dir_all(&path).at("removing", &path)?;
            } else {
                found.extend(names::parse_partition_dir(&entry.name));
            }
        }
        if found.len() > self.settings.partitions_max {
            return Err(LogError::Limit { what: "partitions", limit: self.settings.partitions_max });
        }
        Ok(found)
    }

    /// Puts on disk what recovery left unsynced; a log of which that fails is not opened.
    fn sync_opened(
        &self,
        file_system: &dyn FileSystem,
        opened: Vec<Result<Option<Opened>, LogError>>,
    ) -> Vec<Result<Option<Opened>, LogError>> {
        let nothing = Unsynced::default();
        let unsynced: Vec<&Unsynced> = opened
            .iter()
            .map(|result| result.as_ref().ok().and_then(Option::as_ref).map_or(&nothing, |log| &log.unsynced))
            .collect();
        let disk = self.shared.env.disk.as_ref();
        let synced = unsynced::sync_all(disk, file_system, self.settings.recovery_threads, &unsynced);
        opened.into_iter().zip(synced).map(|(result, synced)| synced.and(result)).collect()
    }

    /// Opens one log; `None` when its directory never got as far as holding something that counts.
    fn open_log(
        &self,
        partition: &TopicPartition,
        clean: bool,
        config_of: &(dyn Fn(&TopicPartition, TopicId) -> LogConfig + Sync),
    ) -> Result<Option<Opened>, LogError> {
        let name = partition.to_string();
        let dir = self.shared.data_dir.join(&name);
        let Some(topic_id) = metadata_file::read(self.shared.env.disk.as_ref(), &dir)? else {
            if self.shared.checkpoints.knows(&name) {
                return Err(LogError::Unreadable {
                    path: dir.join(names::METADATA),
                    reason: "the topic id was on disk and can't be read; put it back, or remove the directory if losing \
                             its records is acceptable"
                        .to_owned(),
                });
            }
            // The id is synced with the first flush: nothing here was ever promised to anyone.
            tracing::warn!(dir = %dir.display(), "the directory has no topic id and is put aside");
            self.set_aside(partition, &dir, "stray")?;
            return Ok(None);
        };
        let config = config_of(partition, topic_id);
        let known = Known {
            shared: &self.shared,
            dir: &dir,
            point: self.shared.checkpoints.point(&name, topic_id),
            clean,
            index_interval_bytes: config.index_interval_bytes,
        };
        let Recovered { contents, work, unsynced } = recovery::recover(known)?;
        let log = PartitionLog::new(&self.shared, partition.clone(), topic_id, dir, config, contents);
        log.note_opened();
        Ok(Some(Opened { log, work, unsynced }))
    }
}
