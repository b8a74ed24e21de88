//! What the logs on disk and the metadata say of each other at a start, before any of it is used.
//!
//! | log | topic | | |
//! |---|---|---|---|
//! | there | known | it is served | |
//! | there | unknown, its deletion is committed | the process ended before the log was removed | it is removed |
//! | there | unknown | somebody lost or restored metadata | it is put aside, and never removed |
//! | there | there is none at all | somebody lost the metadata | the broker does not start |
//! | was there | known | somebody lost the log | the partition is offline |
//! | no trace of any | known | somebody lost all logs | the broker does not start |
//!
//! What the logs know of numbers that must never be used twice, such as leader epochs, and older metadata do not, is told to
//! the controller.
//!
//! Whoever has lost half of a directory gets it back by restoring that half: nothing is removed on the word of an absence.

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_env::task;
use weir_log::LogError;
use weir_metadata::MetadataImage;
use weir_metadata::controller::{LogsSeen, PRODUCER_IDS_UNKNOWN_MAX};
use weir_model::{ProducerId, TopicId, TopicPartition};

use super::Partitions;

/// Why the two halves of a directory can't be used together.
#[derive(Debug)]
pub(crate) enum Misfit {
    /// So many logs, and no topic.
    NoTopics(usize),
    /// So many partitions, and no logs.
    NoLogs(usize),
    /// The disk failed.
    Disk(LogError),
}

/// A log that no topic owns.
struct Stray {
    partition: TopicPartition,
    /// The topic's id, where it could be read.
    topic_id: Option<TopicId>,
}

impl Partitions {
    /// Compares logs and metadata, and settles what can be settled. `deleted` are the topics whose deletion the metadata
    /// remember.
    pub(crate) async fn settle(
        self: &Arc<Self>,
        image: &MetadataImage,
        deleted: BTreeSet<TopicId>,
    ) -> Result<LogsSeen, Misfit> {
        let (me, image) = (Arc::clone(self), image.clone());
        task::blocking(move || me.settle_blocking(&image, &deleted)).await
    }

    fn settle_blocking(
        &self,
        image: &MetadataImage,
        deleted: &BTreeSet<TopicId>,
    ) -> Result<LogsSeen, Misfit> {
        let partitions = image.topics().partition_count();
        if partitions > 0 && self.logs().is_blank() {
            return Err(Misfit::NoLogs(partitions));
        }
        let (removable, strays): (Vec<Stray>, Vec<Stray>) = self
            .strays(image)
            .into_iter()
            .partition(|stray| stray.topic_id.is_some_and(|id| deleted.contains(&id)));
        if image.topics().is_empty() && !strays.is_empty() {
            return Err(Misfit::NoTopics(strays.len()));
        }
        for Stray { partition, .. } in removable {
            tracing::info!(%partition, "a log belongs to a deleted topic; it is removed");
            self.delete(&partition);
        }
        strays.iter().for_each(|stray| self.put_aside(&stray.partition));
        self.settle_missing(image);
        self.logs().begin().map_err(Misfit::Disk)?;
        Ok(self.seen(image))
    }

    /// What the logs know and the metadata do not.
    fn seen(&self, image: &MetadataImage) -> LogsSeen {
        let next = image.next_producer_id();
        let limit = ProducerId(next.0.saturating_add(PRODUCER_IDS_UNKNOWN_MAX));
        let mut seen = LogsSeen::default();
        for log in self.logs().logs() {
            let (id, partition, epoch) = (log.topic_id(), log.partition().partition, log.latest_epoch());
            let state = image.topics().by_id(id).and_then(|topic| topic.partition(partition));
            if state.is_some_and(|state| state.leader_epoch < epoch) {
                seen.epochs.push((id, partition, epoch));
            }
            seen.producer = seen.producer.max(log.newest_producer(limit));
        }
        seen.producer = seen.producer.filter(|id| *id >= next);
        if seen != LogsSeen::default() {
            tracing::warn!(
                partitions = seen.epochs.len(),
                producer = seen.producer.map(|id| id.0),
                "the logs are newer than the metadata, as after restoring these; leader epochs and producer ids go on from the logs'"
            );
        }
        seen
    }

    fn strays(&self, image: &MetadataImage) -> Vec<Stray> {
        let is_owned = |partition: &TopicPartition, id: TopicId| {
            let topic = image.topics().by_id(id);
            topic.is_some_and(|topic| topic.partition(partition.partition).is_some())
        };
        let opened = self
            .logs()
            .logs()
            .into_iter()
            .filter(|log| !is_owned(log.partition(), log.topic_id()))
            .map(|log| Stray { partition: log.partition().clone(), topic_id: Some(log.topic_id()) });
        let has_name = |partition: &TopicPartition| {
            let topic = image.topics().by_name(&partition.topic);
            topic.is_some_and(|topic| topic.partition(partition.partition).is_some())
        };
        let unopened = self.logs().unopened().into_iter().filter(|(partition, _)| !has_name(partition));
        opened.chain(unopened.map(|(partition, topic_id)| Stray { partition, topic_id })).collect()
    }

    /// Says which logs are gone; of topics that are gone as well, nobody misses them.
    fn settle_missing(&self, image: &MetadataImage) {
        for (partition, id) in self.logs().missing() {
            let topic = image.topics().by_id(id);
            if topic.is_some_and(|topic| topic.partition(partition.partition).is_some()) {
                let error = LogError::Missing(self.logs().data_dir().join(partition.to_string()));
                let error = &error as &dyn std::error::Error;
                tracing::error!(%partition, error, "a log is lost; its partition is offline");
            } else {
                self.logs().forget_missing(&partition);
            }
        }
    }

    /// Keeps a log that no topic owns, under a name that no topic has.
    pub(super) fn put_aside(&self, partition: &TopicPartition) {
        match self.logs().put_aside(partition) {
            Ok(aside) => tracing::warn!(
                %partition,
                aside = %aside.display(),
                "the metadata know neither the topic of this log nor its deletion; it is put aside and stays until you remove it, \
                 or give it its name back once the metadata are restored"
            ),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(%partition, error, "a log that no topic owns can't be put aside");
            }
        }
    }
}
