//! What goes into a shard and what comes out: requests, replies, effects. Own types; the server maps wire messages
//! onto them, so that the machine knows no API version but the few that change a rule.

mod classic;
mod consumer;
mod offsets;

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use weir_model::{ErrorCode, GroupId, TimestampMs, Uuid};

pub use classic::{
    DescribedGroup, DescribedMember, Heartbeat, JoinGroup, JoinReply, JoinedMember, LeaveGroup, LeaveResult,
    LeavingMember, ListGroups, ListedGroup, Protocol, SyncGroup, SyncReply,
};
pub use consumer::{
    ConsumerHeartbeat, ConsumerHeartbeatReply, DescribedConsumerGroup, DescribedConsumerMember,
    TopicPartitions,
};
pub use offsets::{
    CommitPartition, CommitTopic, CommittedOffset, FetchTopic, FetchedTopic, OffsetCommit, OffsetDelete,
    OffsetFetch, PartitionError, TopicErrors,
};

/// A member's name within its group; empty while a member has none yet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MemberId(Arc<str>);

impl MemberId {
    /// Takes any string; "" is "no id yet".
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the member has no id yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Borrow<str> for MemberId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// The two clocks at the moment of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Wall time: goes into records and decides the retention of offsets.
    pub wall: TimestampMs,
    /// Monotonic time: decides every deadline.
    pub monotonic: Duration,
}

/// Who asks, and in which version.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The client id of the request's header; empty if it had none.
    pub client_id: Arc<str>,
    /// The peer's address as Kafka shows it: `/127.0.0.1`.
    pub client_host: Arc<str>,
    /// The version of the API.
    pub api_version: i16,
    /// A random id that nobody else was given: becomes a member id where one is needed.
    pub fresh_id: Uuid,
}

/// Names a request whose answer comes later; the driver chooses it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReplyToken(pub u64);

/// Names an append; they rise by one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct AppendId(pub u64);

/// One request to one shard.
#[derive(Clone, Debug)]
pub enum Request {
    /// JoinGroup (11).
    Join(JoinGroup),
    /// SyncGroup (14).
    Sync(SyncGroup),
    /// Heartbeat (12).
    Heartbeat(Heartbeat),
    /// LeaveGroup (13).
    Leave(LeaveGroup),
    /// OffsetCommit (8).
    OffsetCommit(OffsetCommit),
    /// OffsetFetch (9), one group.
    OffsetFetch(OffsetFetch),
    /// OffsetDelete (47).
    OffsetDelete(OffsetDelete),
    /// DescribeGroups (15), one group.
    DescribeGroup(GroupId),
    /// ListGroups (16): the groups of this shard.
    ListGroups(ListGroups),
    /// DeleteGroups (42), one group.
    DeleteGroup(GroupId),
    /// ConsumerGroupHeartbeat (68).
    ConsumerHeartbeat(ConsumerHeartbeat),
    /// ConsumerGroupDescribe (69), one group.
    ConsumerDescribe(GroupId),
}

/// The answer to a request that was not refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To a join; an error that the client must see with a member id is inside.
    Join(JoinReply),
    /// To a sync.
    Sync(SyncReply),
    /// To a heartbeat without error.
    Heartbeat,
    /// To a leave: one result per member.
    Leave(Vec<LeaveResult>),
    /// To an offset commit.
    OffsetCommit(Vec<TopicErrors>),
    /// To an offset fetch.
    OffsetFetch(Vec<FetchedTopic>),
    /// To an offset deletion.
    OffsetDelete(Vec<TopicErrors>),
    /// To a description.
    DescribeGroup(DescribedGroup),
    /// To a listing.
    ListGroups(Vec<ListedGroup>),
    /// The group is gone.
    DeleteGroup,
    /// To a KIP-848 heartbeat.
    ConsumerHeartbeat(ConsumerHeartbeatReply),
    /// To a KIP-848 description.
    ConsumerDescribe(DescribedConsumerGroup),
}

/// Why a request was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What the client sees.
    pub code: ErrorCode,
    /// What a human reads, where the API has room for it.
    pub message: String,
}

impl Refusal {
    /// A refusal with its reason.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self { code, message: code.text().into() }
    }
}

/// The outcome of a request.
pub type Answer = Result<Reply, Refusal>;

/// One record of `__consumer_offsets` as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedRecord {
    /// The key, its type in front.
    pub key: Bytes,
    /// The value, `None` for a tombstone.
    pub value: Option<Bytes>,
}

/// What the driver must do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Append these records to the shard's partition as parts of one batch, which may hold other appends' too; the machine
    /// has applied them already. Report the commit with
    /// [`crate::GroupShard::on_committed`], or the failure with [`crate::GroupShard::on_append_failed`].
    Append {
        /// Its name.
        id: AppendId,
        /// At least one.
        records: Vec<EncodedRecord>,
    },
    /// Answer a request. What the answer shows is committed.
    Reply {
        /// Whose.
        token: ReplyToken,
        /// With what.
        answer: Answer,
    },
    /// Tell the operator that records were too large for a batch of the log. Who asked for them is answered besides.
    TooLarge {
        /// Whose records they were.
        groups: Vec<GroupId>,
    },
}
