//! Requests and replies of the consumer protocol (KIP-848).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use weir_model::{Generation, GroupId, TopicId};

use super::MemberId;

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPartitions {
    /// The topic.
    pub topic_id: TopicId,
    /// Its name where the API shows it, else empty.
    pub topic: Arc<str>,
    /// The partitions.
    pub partitions: Vec<i32>,
}

/// A member's heartbeat; `None` is "as before".
#[derive(Clone, Debug)]
pub struct ConsumerHeartbeat {
    /// The group.
    pub group: GroupId,
    /// The member's id; in version 0 empty at the first time.
    pub member_id: MemberId,
    /// 0 joins, -1 leaves, -2 is a static member that will come back.
    pub member_epoch: i32,
    /// The static name.
    pub instance_id: Option<Arc<str>>,
    /// The member's rack.
    pub rack_id: Option<Arc<str>>,
    /// How long the member may take to give up partitions; -1 is "as before".
    pub rebalance_timeout_ms: i32,
    /// Topics by name.
    pub subscribed_topic_names: Option<Vec<Arc<str>>>,
    /// Topics by pattern; empty is "none any more".
    pub subscribed_topic_regex: Option<Arc<str>>,
    /// `uniform` or `range`.
    pub server_assignor: Option<Arc<str>>,
    /// What the member owns at this moment.
    pub topic_partitions: Option<Vec<TopicPartitions>>,
}

/// What the member shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerHeartbeatReply {
    /// Its id.
    pub member_id: MemberId,
    /// Its new epoch.
    pub member_epoch: i32,
    /// When to come again.
    pub heartbeat_interval: Duration,
    /// What it shall own, if that is news.
    pub assignment: Option<Vec<TopicPartitions>>,
}

/// A consumer group in detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedConsumerGroup {
    /// Its name.
    pub group: GroupId,
    /// Its state.
    pub state: &'static str,
    /// The group epoch.
    pub group_epoch: Generation,
    /// The epoch of the target assignment.
    pub assignment_epoch: Generation,
    /// The assignor in use.
    pub assignor: Arc<str>,
    /// Its members.
    pub members: Vec<DescribedConsumerMember>,
}

/// A member in detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedConsumerMember {
    /// Its id.
    pub member_id: MemberId,
    /// Its static name.
    pub instance_id: Option<Arc<str>>,
    /// Its rack.
    pub rack_id: Option<Arc<str>>,
    /// Its epoch.
    pub member_epoch: i32,
    /// Its client.
    pub client_id: Arc<str>,
    /// Where it connected from.
    pub client_host: Arc<str>,
    /// Its topics by name.
    pub subscribed_topic_names: BTreeSet<Arc<str>>,
    /// Its topics by pattern.
    pub subscribed_topic_regex: Option<Arc<str>>,
    /// What it owns or still has to give up.
    pub assignment: Vec<TopicPartitions>,
    /// What it shall own.
    pub target_assignment: Vec<TopicPartitions>,
    /// Whether it speaks the classic protocol.
    pub classic: bool,
}
