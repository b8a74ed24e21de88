//! What a start finds: each partition's directory is opened, recovered, or left alone with the reason.

use std::sync::Arc;

use weir_env::task;
use weir_model::{TopicId, TopicPartition, with_causes};

use super::{LogDirectory, OpenSummary};
use crate::config::LogConfig;
use crate::error::{At, LogError};
use crate::partition::PartitionLog;
use crate::recovery::{self, Known, RecoveryWork};
use crate::sync::{lock, write};
use crate::{metadata_file, names};

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
        let opened = task::parallel(self.settings.recovery_threads, &found, |partition| {
            self.open_log(partition, clean, config_of)
        });
        if !clean {
            disk.sync_dir(dir).at("syncing", dir)?;
        }
        let mut summary = OpenSummary { clean, ..OpenSummary::default() };
        let mut logs = write(&self.logs);
        for (partition, result) in found.into_iter().zip(opened) {
            match result {
                Ok(Some((log, work))) => {
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

    /// Opens one log; `None` when its directory never got as far as holding something that counts.
    fn open_log(
        &self,
        partition: &TopicPartition,
        clean: bool,
        config_of: &(dyn Fn(&TopicPartition, TopicId) -> LogConfig + Sync),
    ) -> Result<Option<(Arc<PartitionLog>, RecoveryWork)>, LogError> {
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
        let (contents, work) = recovery::recover(known)?;
        let log = PartitionLog::new(&self.shared, partition.clone(), topic_id, dir, config, contents);
        log.note_opened();
        Ok(Some((log, work)))
    }
}
