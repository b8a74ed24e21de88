//! Requests and replies about committed offsets.

use std::sync::Arc;

use weir_model::{ErrorCode, GroupId, TopicId};

use super::MemberId;

/// Offsets to keep.
#[derive(Clone, Debug)]
pub struct OffsetCommit {
    /// The group.
    pub group: GroupId,
    /// The classic generation or the member epoch; -1 for a consumer outside of any group.
    pub generation_or_epoch: i32,
    /// Who; empty outside of any group.
    pub member_id: MemberId,
    /// Its static name.
    pub instance_id: Option<Arc<str>>,
    /// From versions 2 to 4: how long to keep them; `None` for the broker's setting.
    pub retention_ms: Option<i64>,
    /// What.
    pub topics: Vec<CommitTopic>,
}

/// Offsets of one topic.
#[derive(Clone, Debug)]
pub struct CommitTopic {
    /// Its name.
    pub topic: Arc<str>,
    /// Its id, zero where the version has none.
    pub topic_id: TopicId,
    /// Its partitions.
    pub partitions: Vec<CommitPartition>,
}

/// The offset of one partition.
#[derive(Clone, Debug)]
pub struct CommitPartition {
    /// Which.
    pub partition: i32,
    /// The next offset to read.
    pub offset: i64,
    /// The leader epoch of the last record read, -1 if unknown.
    pub leader_epoch: i32,
    /// The client's own words.
    pub metadata: Option<Arc<str>>,
}

/// Outcomes for one topic, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicErrors {
    /// As asked.
    pub topic: Arc<str>,
    /// As asked.
    pub topic_id: TopicId,
    /// One per partition.
    pub partitions: Vec<PartitionError>,
}

/// The outcome for one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionError {
    /// Which.
    pub partition: i32,
    /// `NONE` if it went well.
    pub error: ErrorCode,
}

/// Offsets asked for.
#[derive(Clone, Debug)]
pub struct OffsetFetch {
    /// The group.
    pub group: GroupId,
    /// From version 9; `None` for a client that is no member.
    pub member_id: Option<MemberId>,
    /// From version 9; -1 for a client that is no member.
    pub member_epoch: i32,
    /// Which; `None` for all.
    pub topics: Option<Vec<FetchTopic>>,
}

/// Offsets asked for in one topic.
#[derive(Clone, Debug)]
pub struct FetchTopic {
    /// Its name.
    pub topic: Arc<str>,
    /// Its id, zero where the version has none.
    pub topic_id: TopicId,
    /// Its partitions.
    pub partitions: Vec<i32>,
}

/// Offsets of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedTopic {
    /// Its name.
    pub topic: Arc<str>,
    /// As asked.
    pub topic_id: TopicId,
    /// One per partition; an unknown one has offset -1 and no error.
    pub partitions: Vec<CommittedOffset>,
}

/// What is known of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// Which.
    pub partition: i32,
    /// The offset, -1 if none was committed.
    pub offset: i64,
    /// The leader epoch, -1 if none.
    pub leader_epoch: i32,
    /// The metadata, unchanged.
    pub metadata: Arc<str>,
}

/// Offsets to forget.
#[derive(Clone, Debug)]
pub struct OffsetDelete {
    /// The group.
    pub group: GroupId,
    /// Which.
    pub topics: Vec<(Arc<str>, Vec<i32>)>,
}
