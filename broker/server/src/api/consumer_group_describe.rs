//! ConsumerGroupDescribe (69): groups of the consumer protocol in detail. Version 1 shows which members speak the classic
//! protocol.

use std::collections::BTreeSet;

use weir_coordinator::{self as machine, DescribedConsumerGroup, DescribedConsumerMember, Reply, Request};
use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::consumer_group_describe_response::{
    Assignment, DescribedGroup, Member, TopicPartitions,
};
use weir_wire::messages::{ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse};

use super::RequestContext;
use super::group_request::{ask, code_of, group, optional_wire};
use super::operations::{GROUP_OPERATIONS, NOT_ASKED, if_asked};

const CLASSIC_MEMBER: i8 = 0;
const CONSUMER_MEMBER: i8 = 1;

/// Describes each.
pub(crate) async fn handle(
    context: RequestContext,
    request: ConsumerGroupDescribeRequest,
) -> ConsumerGroupDescribeResponse {
    let mut groups: Vec<DescribedGroup> = Vec::new();
    let mut seen = BTreeSet::new();
    for name in request.group_ids {
        // A group that is named twice is described once.
        if !seen.insert(name.clone()) {
            continue;
        }
        if name.is_empty() {
            groups.push(refused(name, ErrorCode::InvalidGroupId, None));
            continue;
        }
        let id = group(&name);
        groups.push(match ask(&context, &id, Request::ConsumerDescribe(id.clone())).await {
            Ok(Reply::ConsumerDescribe(described)) => describe(name, described),
            Err(refusal) => refused(name, refusal.code, Some(refusal.message)),
            other => refused(name, code_of(other), None),
        });
    }
    for group in groups.iter_mut().filter(|group| group.error_code == ErrorCode::None.code()) {
        group.authorized_operations = if_asked(request.include_authorized_operations, GROUP_OPERATIONS);
    }
    ConsumerGroupDescribeResponse { groups, ..Default::default() }
}

fn refused(name: WireStr, code: ErrorCode, message: Option<String>) -> DescribedGroup {
    DescribedGroup {
        group_id: name,
        error_code: code.code(),
        error_message: message.map(WireStr::from),
        authorized_operations: NOT_ASKED,
        ..Default::default()
    }
}

fn describe(name: WireStr, described: DescribedConsumerGroup) -> DescribedGroup {
    DescribedGroup {
        group_id: name,
        group_state: WireStr::from_static(described.state),
        group_epoch: described.group_epoch.0,
        assignment_epoch: described.assignment_epoch.0,
        assignor_name: WireStr::from(&*described.assignor),
        members: described.members.into_iter().map(member).collect(),
        authorized_operations: NOT_ASKED,
        ..Default::default()
    }
}

fn member(member: DescribedConsumerMember) -> Member {
    let names = member.subscribed_topic_names.iter().map(|name| WireStr::from(&**name));
    Member {
        member_id: WireStr::from(member.member_id.as_str()),
        instance_id: optional_wire(member.instance_id.as_ref()),
        rack_id: optional_wire(member.rack_id.as_ref()),
        member_epoch: member.member_epoch,
        client_id: WireStr::from(&*member.client_id),
        client_host: WireStr::from(&*member.client_host),
        subscribed_topic_names: names.collect(),
        subscribed_topic_regex: optional_wire(member.subscribed_topic_regex.as_ref()),
        assignment: assignment(member.assignment),
        target_assignment: assignment(member.target_assignment),
        member_type: if member.classic { CLASSIC_MEMBER } else { CONSUMER_MEMBER },
        ..Default::default()
    }
}

fn assignment(topics: Vec<machine::TopicPartitions>) -> Assignment {
    let topic = |topic: machine::TopicPartitions| TopicPartitions {
        topic_id: topic.topic_id,
        topic_name: WireStr::from(&*topic.topic),
        partitions: topic.partitions,
        ..Default::default()
    };
    Assignment { topic_partitions: topics.into_iter().map(topic).collect(), ..Default::default() }
}
