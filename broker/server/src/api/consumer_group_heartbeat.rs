//! ConsumerGroupHeartbeat (68): the one request of a member of the consumer protocol (KIP-848).

use std::sync::Arc;

use weir_coordinator::{self as machine, ConsumerHeartbeat, ConsumerHeartbeatReply, Reply, Request};
use weir_model::{Durations, ErrorCode};
use weir_wire::WireStr;
use weir_wire::messages::consumer_group_heartbeat_request::TopicPartitions as OwnedPartitions;
use weir_wire::messages::consumer_group_heartbeat_response::{Assignment, TopicPartitions};
use weir_wire::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};

use super::RequestContext;
use super::group_request::{ask, group, member, optional_text, text};

/// Takes the heartbeat.
pub(crate) async fn handle(
    context: RequestContext,
    request: ConsumerGroupHeartbeatRequest,
) -> ConsumerGroupHeartbeatResponse {
    if !context.state.config().broker.group.consumer_protocol {
        let message = "group.coordinator.rebalance.protocols does not name `consumer`";
        return refused(ErrorCode::UnsupportedVersion, message.to_owned());
    }
    let id = group(&request.group_id);
    let heartbeat = ConsumerHeartbeat {
        group: id.clone(),
        member_id: member(&request.member_id),
        member_epoch: request.member_epoch,
        instance_id: optional_text(request.instance_id.as_ref()),
        rack_id: optional_text(request.rack_id.as_ref()),
        rebalance_timeout_ms: request.rebalance_timeout_ms,
        subscribed_topic_names: request
            .subscribed_topic_names
            .as_ref()
            .map(|names| names.iter().map(text).collect()),
        subscribed_topic_regex: optional_text(request.subscribed_topic_regex.as_ref()),
        server_assignor: optional_text(request.server_assignor.as_ref()),
        topic_partitions: request.topic_partitions.map(|owned| owned.into_iter().map(owns).collect()),
    };
    match ask(&context, &id, Request::ConsumerHeartbeat(heartbeat)).await {
        Ok(Reply::ConsumerHeartbeat(reply)) => answer(reply),
        Ok(_) => refused(ErrorCode::UnknownServerError, ErrorCode::UnknownServerError.text().to_owned()),
        Err(refusal) => refused(refusal.code, refusal.message),
    }
}

fn owns(owned: OwnedPartitions) -> machine::TopicPartitions {
    machine::TopicPartitions { topic_id: owned.topic_id, topic: Arc::default(), partitions: owned.partitions }
}

fn answer(reply: ConsumerHeartbeatReply) -> ConsumerGroupHeartbeatResponse {
    let topic = |topic: machine::TopicPartitions| TopicPartitions {
        topic_id: topic.topic_id,
        partitions: topic.partitions,
        ..Default::default()
    };
    ConsumerGroupHeartbeatResponse {
        member_id: Some(WireStr::from(reply.member_id.as_str())),
        member_epoch: reply.member_epoch,
        heartbeat_interval_ms: i32::try_from(reply.heartbeat_interval.as_millis_i64()).unwrap_or(i32::MAX),
        assignment: reply.assignment.map(|topics| Assignment {
            topic_partitions: topics.into_iter().map(topic).collect(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn refused(code: ErrorCode, message: String) -> ConsumerGroupHeartbeatResponse {
    ConsumerGroupHeartbeatResponse {
        error_code: code.code(),
        error_message: Some(WireStr::from(message)),
        ..Default::default()
    }
}
