//! ConsumerGroupHeartbeat.

use std::sync::Arc;

use weir_model::ErrorCode;

use super::{LEAVE_EPOCH, STATIC_LEAVE_EPOCH, named, refuse};
use crate::api::{ConsumerHeartbeat, ConsumerHeartbeatReply, MemberId, Refusal, Reply, RequestContext};
use crate::config::GroupConfig;
use crate::record::{Assignment, EpochAssignment, MemberValue};
use crate::shard::GroupShard;

/// From this version on the client makes the member id (KIP-1082).
const CLIENT_MADE_ID_VERSION: i16 = 1;

impl ConsumerHeartbeat {
    fn validate(&self, context: &RequestContext, config: &GroupConfig) -> Result<(), Refusal> {
        let invalid = |message: &str| refuse(ErrorCode::InvalidRequest, message);
        let epoch = self.member_epoch;
        let is_empty = |text: &Option<Arc<str>>| text.as_deref().is_some_and(str::is_empty);
        let needs_id = context.api_version >= CLIENT_MADE_ID_VERSION || epoch > 0 || epoch == LEAVE_EPOCH;
        if needs_id && self.member_id.is_empty() {
            return invalid("the request names no member: set MemberId");
        }
        if self.group.as_str().is_empty() {
            return invalid("the request names no group: set GroupId");
        }
        if is_empty(&self.instance_id) {
            return invalid("InstanceId is an empty text: leave it null or give it a name");
        }
        if is_empty(&self.rack_id) {
            return invalid("RackId is an empty text: leave it null or give it a name");
        }
        if epoch < STATIC_LEAVE_EPOCH {
            return invalid("MemberEpoch is below -2, the epoch of a static member that leaves for a while");
        }
        if epoch == STATIC_LEAVE_EPOCH && self.instance_id.is_none() {
            return invalid("MemberEpoch -2 is for static members: set InstanceId");
        }
        if epoch == 0 {
            self.validate_join()?;
        }
        match &self.server_assignor {
            Some(assignor) if !config.consumer_assignors.contains(assignor) => {
                let supported = config.consumer_assignors.join(", ");
                let message = format!("there is no server assignor {assignor}; this broker has {supported}");
                refuse(ErrorCode::UnsupportedAssignor, message)
            }
            _ => Ok(()),
        }
    }

    fn validate_join(&self) -> Result<(), Refusal> {
        let invalid = |message: &str| refuse(ErrorCode::InvalidRequest, message);
        if self.rebalance_timeout_ms == -1 {
            return invalid("a member that joins says its RebalanceTimeoutMs");
        }
        if self.topic_partitions.as_ref().is_none_or(|owned| !owned.is_empty()) {
            return invalid("a member that joins owns nothing: TopicPartitions must be an empty list");
        }
        if self.subscribed_topic_names.is_none() && self.subscribed_topic_regex.is_none() {
            return invalid(
                "a member that joins says what it subscribes to: SubscribedTopicNames or SubscribedTopicRegex",
            );
        }
        Ok(())
    }

    /// What the member says now, on top of what it said before.
    fn merge(&self, before: &MemberValue, context: &RequestContext) -> MemberValue {
        let mut value = before.clone();
        if self.instance_id.is_some() {
            value.instance_id.clone_from(&self.instance_id);
        }
        if self.rack_id.is_some() {
            value.rack_id.clone_from(&self.rack_id);
        }
        if self.rebalance_timeout_ms != -1 {
            value.rebalance_timeout_ms = self.rebalance_timeout_ms;
        }
        if self.server_assignor.is_some() {
            value.assignor.clone_from(&self.server_assignor);
        }
        if let Some(names) = &self.subscribed_topic_names {
            value.topics = names.iter().cloned().collect();
        }
        if let Some(regex) = &self.subscribed_topic_regex {
            value.regex = Some(Arc::clone(regex)).filter(|regex| !regex.is_empty());
        }
        value.client_id = context.client_id.clone();
        value.client_host = context.client_host.clone();
        value.classic = None;
        value
    }

    /// Whether the member tells of itself, rather than that it is there.
    pub(crate) fn says_something(&self) -> bool {
        self.member_epoch == 0
            || self.subscribed_topic_names.is_some()
            || self.subscribed_topic_regex.is_some()
    }

    /// A request that says everything gets an answer that says everything.
    fn is_full(&self) -> bool {
        self.rebalance_timeout_ms != -1
            && (self.subscribed_topic_names.is_some() || self.subscribed_topic_regex.is_some())
            && self.topic_partitions.is_some()
    }
}

impl GroupShard {
    pub(crate) fn consumer_heartbeat(
        &mut self,
        context: &RequestContext,
        heartbeat: &ConsumerHeartbeat,
    ) -> Result<Reply, Refusal> {
        heartbeat.validate(context, &self.config)?;
        if heartbeat.member_epoch < 0 {
            return self.consumer_leave(heartbeat);
        }
        let group = &heartbeat.group;
        self.enter_consumer_group(group, heartbeat.member_epoch == 0)?;
        self.check_room(group, &heartbeat.member_id)?;
        let member = if heartbeat.member_id.is_empty() {
            MemberId::new(&context.fresh_id.to_string())
        } else {
            heartbeat.member_id.clone()
        };
        self.find_member(heartbeat, &member)?;
        let before = self.state.consumer(group).map(|consumer| consumer.current(&member)).unwrap_or_default();
        let said = self.state.consumer(group).and_then(|consumer| consumer.member(&member)).cloned();
        let value = heartbeat.merge(said.as_deref().unwrap_or(&MemberValue::default()), context);
        let changed = self.subscribe(group, &member, value)?;
        self.update_target(group)?;
        let owned = heartbeat.topic_partitions.as_deref();
        self.reconcile_member(group, &member, changed, owned)?;
        self.restart_consumer_session(group, &member);
        let current = self.consumer(group).current(&member);
        let is_news =
            heartbeat.member_epoch == 0 || heartbeat.is_full() || current.assigned != before.assigned;
        let assignment = is_news.then(|| named(&plain(&current.assigned), &*self.topics));
        Ok(Reply::ConsumerHeartbeat(ConsumerHeartbeatReply {
            member_id: member,
            member_epoch: current.epoch,
            heartbeat_interval: self.config.times_of(group).heartbeat_interval,
            assignment,
        }))
    }
}

/// An assignment without the epochs.
pub(crate) fn plain(assignment: &EpochAssignment) -> Assignment {
    assignment.iter().map(|(topic, partitions)| (*topic, partitions.keys().copied().collect())).collect()
}
