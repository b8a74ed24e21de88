//! Committed offsets: commit, fetch, delete.

use std::sync::Arc;

use weir_model::{ErrorCode, GroupId, TopicId, Uuid};

use crate::api::{
    CommitPartition, CommittedOffset, FetchTopic, FetchedTopic, MemberId, OffsetCommit, OffsetDelete,
    OffsetFetch, PartitionError, Refusal, Reply, RequestContext, TopicErrors,
};
use crate::classic::ClassicState;
use crate::record::{CurrentValue, GroupRecord, OffsetValue};
use crate::shard::GroupShard;

/// From this version of OffsetCommit on, a consumer group's errors are known to clients (KIP-848).
const CONSUMER_ERRORS_VERSION: i16 = 9;

/// Which partitions a member may commit for.
enum CommitRule {
    All,
    /// The member's epoch is an older one: only what it has had since then.
    SinceEpoch {
        current: Arc<CurrentValue>,
        epoch: i32,
        error: ErrorCode,
    },
}

impl CommitRule {
    fn check(&self, topic: TopicId, partition: i32) -> Result<(), Refusal> {
        let Self::SinceEpoch { current, epoch, error } = self else { return Ok(()) };
        let find = |side: &crate::record::EpochAssignment| side.get(&topic)?.get(&partition).copied();
        match find(&current.assigned).or_else(|| find(&current.revoking)) {
            Some(given_at) if *epoch >= given_at => Ok(()),
            _ => Err((*error).into()),
        }
    }
}

impl GroupShard {
    pub(crate) fn commit_offsets(
        &mut self,
        context: &RequestContext,
        commit: &OffsetCommit,
    ) -> Result<Reply, Refusal> {
        let rule = self.commit_rule(context, commit)?;
        let now = self.wall().0;
        let expire_timestamp_ms = commit.retention_ms.map(|retention| now.saturating_add(retention));
        let mut topics = Vec::with_capacity(commit.topics.len());
        for topic in &commit.topics {
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for asked in &topic.partitions {
                let mut error = ErrorCode::OffsetMetadataTooLarge;
                if self.fits_metadata(asked) {
                    rule.check(topic.topic_id, asked.partition)?;
                    error = ErrorCode::None;
                    let value = OffsetValue {
                        offset: asked.offset,
                        leader_epoch: asked.leader_epoch,
                        metadata: asked.metadata.clone().unwrap_or_default(),
                        commit_timestamp_ms: now,
                        expire_timestamp_ms,
                        topic_id: topic.topic_id,
                    };
                    self.write(GroupRecord::Offset {
                        group: commit.group.clone(),
                        topic: Arc::clone(&topic.topic),
                        partition: asked.partition,
                        value: Some(value),
                    });
                }
                partitions.push(PartitionError { partition: asked.partition, error });
            }
            topics.push(TopicErrors {
                topic: Arc::clone(&topic.topic),
                topic_id: topic.topic_id,
                partitions,
            });
        }
        Ok(Reply::OffsetCommit(topics))
    }

    fn fits_metadata(&self, asked: &CommitPartition) -> bool {
        let units = asked.metadata.as_deref().map_or(0, |metadata| metadata.encode_utf16().count());
        units <= self.config.offset_metadata_max
    }

    /// Whether this member may commit at all.
    fn commit_rule(
        &mut self,
        context: &RequestContext,
        commit: &OffsetCommit,
    ) -> Result<CommitRule, Refusal> {
        let group = &commit.group;
        if self.state.consumer(group).is_some() {
            return self.consumer_commit_rule(context, commit);
        }
        if !self.classic.contains_key(group) && self.state.group(group).is_none() {
            if commit.generation_or_epoch < 0 {
                return Ok(CommitRule::All);
            }
            let is_new_client = context.api_version >= CONSUMER_ERRORS_VERSION;
            let code = if is_new_client { ErrorCode::GroupIdNotFound } else { ErrorCode::IllegalGeneration };
            return Err(code.into());
        }
        self.classic_commit_rule(commit)
    }

    fn classic_commit_rule(&mut self, commit: &OffsetCommit) -> Result<CommitRule, Refusal> {
        let is_member =
            commit.generation_or_epoch >= 0 || !commit.member_id.is_empty() || commit.instance_id.is_some();
        let live = self.classic.get(&commit.group).filter(|live| !live.is(ClassicState::Empty));
        let Some(live) = live else {
            // An empty group takes offsets of consumers that assign partitions to themselves.
            let is_outside = commit.generation_or_epoch < 0;
            return if is_outside { Ok(CommitRule::All) } else { Err(ErrorCode::UnknownMemberId.into()) };
        };
        if !is_member {
            return Err(ErrorCode::UnknownMemberId.into());
        }
        live.validate(&commit.member_id, commit.instance_id.as_deref())?;
        if commit.generation_or_epoch != live.generation.0 {
            return Err(ErrorCode::IllegalGeneration.into());
        }
        if live.is(ClassicState::CompletingRebalance) {
            return Err(ErrorCode::RebalanceInProgress.into());
        }
        self.restart_session(&commit.group, &commit.member_id);
        Ok(CommitRule::All)
    }

    fn consumer_commit_rule(
        &mut self,
        context: &RequestContext,
        commit: &OffsetCommit,
    ) -> Result<CommitRule, Refusal> {
        let consumer = self.consumer(&commit.group);
        let epoch = commit.generation_or_epoch;
        if epoch < 0 && consumer.members().is_empty() {
            return Ok(CommitRule::All);
        }
        let Some(member) = consumer.member(&commit.member_id) else {
            return Err(ErrorCode::UnknownMemberId.into());
        };
        let is_classic = member.classic.is_some();
        if !is_classic && context.api_version < CONSUMER_ERRORS_VERSION {
            return Err(ErrorCode::UnsupportedVersion.into());
        }
        let current = consumer.current(&commit.member_id);
        let error = stale_epoch(is_classic);
        match epoch.cmp(&current.epoch) {
            std::cmp::Ordering::Equal => Ok(CommitRule::All),
            std::cmp::Ordering::Greater => Err(error.into()),
            std::cmp::Ordering::Less => Ok(CommitRule::SinceEpoch { current, epoch, error }),
        }
    }

    pub(crate) fn fetch_offsets(&mut self, fetch: &OffsetFetch) -> Result<Reply, Refusal> {
        self.check_fetch(fetch)?;
        let durable = self.state.group(&fetch.group);
        let Some(asked) = &fetch.topics else {
            let all = durable.into_iter().flat_map(|durable| &durable.offsets);
            let topics = all.map(|(topic, partitions)| FetchedTopic {
                topic: Arc::clone(topic),
                topic_id: Uuid::ZERO,
                partitions: partitions.iter().map(|(index, value)| committed(*index, Some(value))).collect(),
            });
            return Ok(Reply::OffsetFetch(topics.collect()));
        };
        let fetched = |topic: &FetchTopic| {
            let partition = |index: &i32| {
                let value = durable.and_then(|durable| durable.offset(&topic.topic, *index));
                committed(*index, value.filter(|value| is_same_topic(value.topic_id, topic.topic_id)))
            };
            FetchedTopic {
                topic: Arc::clone(&topic.topic),
                topic_id: topic.topic_id,
                partitions: topic.partitions.iter().map(partition).collect(),
            }
        };
        Ok(Reply::OffsetFetch(asked.iter().map(fetched).collect()))
    }

    /// Members of a consumer group name their epoch, so that a zombie does not start from offsets of others.
    fn check_fetch(&self, fetch: &OffsetFetch) -> Result<(), Refusal> {
        let Some(consumer) = self.state.consumer(&fetch.group) else { return Ok(()) };
        let member = match &fetch.member_id {
            None if fetch.member_epoch < 0 => return Ok(()),
            None => &MemberId::default(),
            Some(member) => member,
        };
        let Some(value) = consumer.member(member) else { return Err(ErrorCode::UnknownMemberId.into()) };
        if fetch.member_epoch == consumer.current(member).epoch {
            return Ok(());
        }
        Err(stale_epoch(value.classic.is_some()).into())
    }

    pub(crate) fn delete_offsets(&mut self, delete: &OffsetDelete) -> Result<Reply, Refusal> {
        let group = &delete.group;
        if group.as_str().is_empty() {
            return Err(ErrorCode::InvalidGroupId.into());
        }
        if !self.exists(group) {
            return Err(ErrorCode::GroupIdNotFound.into());
        }
        let live = self.classic.get(group);
        if live.is_some_and(|live| !live.is(ClassicState::Empty) && !live.is_of_consumers()) {
            return Err(ErrorCode::NonEmptyGroup.into());
        }
        self.allow_many_batches();
        let mut topics = Vec::with_capacity(delete.topics.len());
        for (topic, asked) in &delete.topics {
            let is_in_use = self.is_subscribed(group, topic);
            let error = if is_in_use { ErrorCode::GroupSubscribedToTopic } else { ErrorCode::None };
            if !is_in_use {
                asked.iter().for_each(|partition| self.forget_offset(group, topic, *partition));
            }
            let partitions = asked.iter().map(|partition| PartitionError { partition: *partition, error });
            topics.push(TopicErrors {
                topic: Arc::clone(topic),
                topic_id: Uuid::ZERO,
                partitions: partitions.collect(),
            });
        }
        Ok(Reply::OffsetDelete(topics))
    }

    pub(crate) fn forget_offset(&mut self, group: &GroupId, topic: &Arc<str>, partition: i32) {
        let (group, topic) = (group.clone(), Arc::clone(topic));
        self.write(GroupRecord::Offset { group, topic, partition, value: None });
    }

    /// Whether members of the group read this topic, so that its offsets are in use.
    pub(crate) fn is_subscribed(&self, group: &GroupId, topic: &str) -> bool {
        if let Some(consumer) = self.state.consumer(group) {
            return consumer.subscribed_topics().contains(topic);
        }
        self.classic.get(group).is_some_and(|live| live.is_subscribed(topic))
    }

    /// Whether the group is known, be it for its offsets only.
    pub(crate) fn exists(&self, group: &GroupId) -> bool {
        self.classic.contains_key(group) || self.state.group(group).is_some()
    }
}

fn stale_epoch(is_classic: bool) -> ErrorCode {
    if is_classic { ErrorCode::IllegalGeneration } else { ErrorCode::StaleMemberEpoch }
}

/// Ids that both are known must be equal: the topic may have been deleted and made anew.
fn is_same_topic(stored: TopicId, asked: TopicId) -> bool {
    stored == Uuid::ZERO || asked == Uuid::ZERO || stored == asked
}

fn committed(partition: i32, value: Option<&OffsetValue>) -> CommittedOffset {
    match value {
        None => CommittedOffset { partition, offset: -1, leader_epoch: -1, metadata: Arc::default() },
        Some(value) => CommittedOffset {
            partition,
            offset: value.offset,
            leader_epoch: value.leader_epoch,
            metadata: Arc::clone(&value.metadata),
        },
    }
}
