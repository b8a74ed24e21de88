//! JoinGroup (11): a member joins; the answer comes when the join phase ends.

use weir_coordinator::{JoinGroup, JoinReply, MemberId, Protocol, Reply, Request};
use weir_model::{ErrorCode, GroupId};
use weir_wire::WireStr;
use weir_wire::messages::join_group_response::JoinGroupResponseMember;
use weir_wire::messages::{JoinGroupRequest, JoinGroupResponse};

use super::RequestContext;
use super::group_request::{ask, code_of, detached, group, member, optional_text, optional_wire, text};

/// Before this version the protocol's name can't be null.
const VERSION_WITH_NULL_PROTOCOL: i16 = 7;

/// Joins.
pub(crate) async fn handle(context: RequestContext, request: JoinGroupRequest) -> JoinGroupResponse {
    let id = group(&request.group_id);
    let asked_as = member(&request.member_id);
    let join = join(id.clone(), request);
    // Others decide how long this waits, and what it brought is the group's now.
    context.memory.keep(0);
    match ask(&context, &id, Request::Join(join)).await {
        Ok(Reply::Join(reply)) => {
            context.count(reply.error);
            joined(&context, &reply)
        }
        other => refused(&context, &asked_as, code_of(other)),
    }
}

/// The question, with nothing of the frame that it came in.
fn join(group: GroupId, request: JoinGroupRequest) -> JoinGroup {
    JoinGroup {
        group,
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: request.rebalance_timeout_ms,
        member_id: member(&request.member_id),
        instance_id: optional_text(request.group_instance_id.as_ref()),
        protocol_type: text(&request.protocol_type),
        protocols: request
            .protocols
            .into_iter()
            .map(|protocol| Protocol { name: text(&protocol.name), metadata: detached(&protocol.metadata) })
            .collect(),
    }
}

fn joined(context: &RequestContext, reply: &JoinReply) -> JoinGroupResponse {
    let empty_for_null = (context.version < VERSION_WITH_NULL_PROTOCOL).then(WireStr::default);
    let wire = |id: &MemberId| WireStr::from(id.as_str());
    JoinGroupResponse {
        error_code: reply.error.code(),
        generation_id: reply.generation.0,
        protocol_type: optional_wire(reply.protocol_type.as_ref()),
        protocol_name: optional_wire(reply.protocol_name.as_ref()).or(empty_for_null),
        leader: wire(&reply.leader),
        skip_assignment: reply.skip_assignment,
        member_id: wire(&reply.member_id),
        members: reply
            .members
            .iter()
            .map(|member| JoinGroupResponseMember {
                member_id: wire(&member.member_id),
                group_instance_id: optional_wire(member.instance_id.as_ref()),
                metadata: member.metadata.clone(),
                ..Default::default()
            })
            .collect(),
        ..Default::default()
    }
}

fn refused(context: &RequestContext, member: &MemberId, error: ErrorCode) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: error.code(),
        generation_id: -1,
        protocol_name: (context.version < VERSION_WITH_NULL_PROTOCOL).then(WireStr::default),
        member_id: WireStr::from(member.as_str()),
        ..Default::default()
    }
}
