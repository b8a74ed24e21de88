//! Which partitions this broker has, kept equal to the metadata: logs are opened, configured, and removed as the image
//! says.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use arc_swap::ArcSwap;
use weir_env::task;
use weir_log::{LogDirectory, LogError, PartitionLog};
use weir_metadata::{MetadataImage, PartitionState, TopicImage};
use weir_model::{ErrorCode, LeaderEpoch, PartitionIndex, TopicId, TopicName, TopicPartition};

use super::Partition;
use super::rules::{RulesOfImage, TopicRules};
use crate::config::FixedConfig;

/// The partitions of one topic.
#[derive(Clone, Debug)]
pub(crate) struct TopicPartitions {
    /// The topic's name.
    pub(crate) name: TopicName,
    /// The topic's id.
    pub(crate) id: TopicId,
    /// By number; `None` when the log could not be opened.
    partitions: Vec<Option<Arc<Partition>>>,
}

impl TopicPartitions {
    fn of(&self, index: i32) -> Result<Arc<Partition>, ErrorCode> {
        let slot = usize::try_from(index).ok().and_then(|index| self.partitions.get(index));
        match slot {
            None => Err(ErrorCode::UnknownTopicOrPartition),
            Some(None) => Err(ErrorCode::KafkaStorageError),
            Some(Some(partition)) => Ok(Arc::clone(partition)),
        }
    }
}

#[derive(Debug, Default)]
struct Table {
    by_name: HashMap<Arc<str>, Arc<TopicPartitions>>,
    by_id: HashMap<TopicId, Arc<TopicPartitions>>,
}

/// All partitions of this broker.
#[derive(Debug)]
pub(crate) struct Partitions {
    logs: Arc<LogDirectory>,
    table: ArcSwap<Table>,
}

impl Partitions {
    /// No partition is served before the first image.
    pub(crate) fn new(logs: Arc<LogDirectory>) -> Self {
        Self { logs, table: ArcSwap::default() }
    }

    /// The logs.
    pub(crate) fn logs(&self) -> &Arc<LogDirectory> {
        &self.logs
    }

    /// A partition by its topic's name.
    pub(crate) fn find(&self, topic: &str, index: i32) -> Result<Arc<Partition>, ErrorCode> {
        let table = self.table.load();
        table.by_name.get(topic).ok_or(ErrorCode::UnknownTopicOrPartition)?.of(index)
    }

    /// A partition by its topic's id.
    pub(crate) fn find_by_id(&self, topic: TopicId, index: i32) -> Result<Arc<Partition>, ErrorCode> {
        let table = self.table.load();
        table.by_id.get(&topic).ok_or(ErrorCode::UnknownTopicId)?.of(index)
    }

    /// The name of a topic.
    pub(crate) fn topic_name(&self, topic: TopicId) -> Option<TopicName> {
        self.table.load().by_id.get(&topic).map(|topic| topic.name.clone())
    }

    /// Whether a partition can be produced to and consumed from.
    pub(crate) fn is_served(&self, topic: TopicId, index: PartitionIndex) -> bool {
        self.find_by_id(topic, index.0).is_ok_and(|partition| partition.log.check_online().is_ok())
    }

    /// All partitions, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<Partition>> {
        let table = self.table.load();
        table.by_id.values().flat_map(|topic| topic.partitions.iter().flatten().cloned()).collect()
    }

    /// Makes the logs be what the image says.
    pub(crate) async fn follow(self: &Arc<Self>, image: &Arc<MetadataImage>, config: &FixedConfig) {
        let old = self.table.load_full();
        let mut jobs = Vec::new();
        let mut next = Table::default();
        let rules = RulesOfImage::new(image, config);
        for topic in image.topics().iter() {
            let known = old.by_id.get(&topic.id());
            let rules = rules.of(topic);
            if let Some(known) = known.filter(|known| is_current(known, topic, &rules)) {
                next.insert(Arc::clone(known));
            } else {
                jobs.push((Arc::clone(topic), known.cloned(), rules));
            }
        }
        let gone: Vec<Arc<TopicPartitions>> = old
            .by_id
            .values()
            .filter(|topic| image.topics().by_id(topic.id).is_none())
            .map(Arc::clone)
            .collect();
        if !gone.is_empty() {
            // First: a new topic may have the name of one of these.
            let me = Arc::clone(self);
            task::blocking(move || me.remove(&gone)).await;
        }
        for (topic, known, rules) in jobs {
            let me = Arc::clone(self);
            let open = move || Arc::new(me.open_topic(&topic, known.as_deref(), &rules));
            next.insert(task::blocking(open).await);
        }
        self.table.store(Arc::new(next));
    }

    /// Opens what is missing of one topic and tells the others what changed. Blocks.
    fn open_topic(
        &self,
        topic: &TopicImage,
        known: Option<&TopicPartitions>,
        rules: &Arc<TopicRules>,
    ) -> TopicPartitions {
        let mut partitions = Vec::with_capacity(topic.partitions().len());
        for (index, state) in topic.numbered() {
            let known = known.and_then(|known| known.of(index.0).ok());
            let partition = match known {
                Some(partition) => Some(partition),
                None => self.open(topic, index, rules),
            };
            if let Some(partition) = &partition {
                partition.follow(state, rules);
            }
            partitions.push(partition);
        }
        TopicPartitions { name: topic.name().clone(), id: topic.id(), partitions }
    }

    fn open(
        &self,
        topic: &TopicImage,
        index: PartitionIndex,
        rules: &Arc<TopicRules>,
    ) -> Option<Arc<Partition>> {
        let id = TopicPartition { topic: topic.name().clone(), partition: index };
        if self.logs.is_unopened(&id) || self.logs.missing_topic(&id) == Some(topic.id()) {
            // The start told why.
            return None;
        }
        match self.log_of(&id, topic.id(), rules) {
            Ok(log) => Some(Arc::new(Partition::new(topic, index, log, rules))),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(partition = %id, error, "a log can't be opened");
                None
            }
        }
    }

    fn log_of(
        &self,
        id: &TopicPartition,
        topic: TopicId,
        rules: &TopicRules,
    ) -> Result<Arc<PartitionLog>, LogError> {
        match self.logs.log(id) {
            Some(log) if log.topic_id() == topic => {
                log.update_config(rules.log.clone());
                return Ok(log);
            }
            // An earlier topic of this name. Its deletion was seen before, or it was put aside at the start.
            Some(_) => self.put_aside(id),
            None => {}
        }
        self.logs.create(id, topic, rules.log.clone())
    }

    /// Blocks.
    fn remove(&self, topics: &[Arc<TopicPartitions>]) {
        for topic in topics {
            for index in (0..).take(topic.partitions.len()) {
                // Also what could not be opened: a new topic may have the same name.
                self.delete(&TopicPartition { topic: topic.name.clone(), partition: PartitionIndex(index) });
            }
        }
    }

    pub(super) fn delete(&self, partition: &TopicPartition) {
        if let Err(error) = self.logs.delete(partition) {
            let error = &error as &dyn std::error::Error;
            tracing::error!(%partition, error, "a deleted log can't be removed");
        }
    }
}

impl Table {
    fn insert(&mut self, topic: Arc<TopicPartitions>) {
        self.by_name.insert(Arc::from(topic.name.as_str()), Arc::clone(&topic));
        self.by_id.insert(topic.id, topic);
    }
}

/// Whether nothing is to be done for a topic. A log that could not be opened is tried again with each image.
fn is_current(known: &TopicPartitions, topic: &TopicImage, rules: &TopicRules) -> bool {
    known.partitions.len() == topic.partitions().len()
        && known.partitions.iter().zip(topic.partitions()).all(|(partition, state)| {
            partition.as_ref().is_some_and(|partition| {
                partition.leader_epoch() == state.leader_epoch && **partition.rules() == *rules
            })
        })
}

impl Partition {
    fn new(
        topic: &TopicImage,
        index: PartitionIndex,
        log: Arc<PartitionLog>,
        rules: &Arc<TopicRules>,
    ) -> Self {
        Self {
            topic: topic.name().clone(),
            index,
            opened_end: log.log_end(),
            log,
            rules: ArcSwap::new(Arc::clone(rules)),
            leader_epoch: AtomicI32::new(LeaderEpoch::UNKNOWN.0),
        }
    }

    /// Takes over what the metadata say.
    fn follow(&self, state: &PartitionState, rules: &Arc<TopicRules>) {
        if **self.rules.load() != **rules {
            self.log.update_config(rules.log.clone());
            self.rules.store(Arc::clone(rules));
        }
        self.leader_epoch.store(state.leader_epoch.0, Ordering::Release);
    }
}
