//! SyncGroup (14): a member gets its assignment; the leader brings everyone's.

use weir_coordinator::{Reply, Request, SyncGroup};
use weir_model::{Generation, GroupId};
use weir_wire::messages::{SyncGroupRequest, SyncGroupResponse};

use super::RequestContext;
use super::group_request::{ask, code_of, detached, group, member, optional_text, optional_wire};

/// Syncs.
pub(crate) async fn handle(context: RequestContext, request: SyncGroupRequest) -> SyncGroupResponse {
    let id = group(&request.group_id);
    let sync = sync(id.clone(), request);
    // The leader may take long, and what this brought is the group's now.
    context.memory.keep(0);
    match ask(&context, &id, Request::Sync(sync)).await {
        Ok(Reply::Sync(reply)) => SyncGroupResponse {
            protocol_type: optional_wire(reply.protocol_type.as_ref()),
            protocol_name: optional_wire(reply.protocol_name.as_ref()),
            assignment: reply.assignment,
            ..Default::default()
        },
        other => SyncGroupResponse { error_code: code_of(other).code(), ..Default::default() },
    }
}

/// The question, with nothing of the frame that it came in.
fn sync(group: GroupId, request: SyncGroupRequest) -> SyncGroup {
    SyncGroup {
        group,
        generation: Generation(request.generation_id),
        member_id: member(&request.member_id),
        instance_id: optional_text(request.group_instance_id.as_ref()),
        protocol_type: optional_text(request.protocol_type.as_ref()),
        protocol_name: optional_text(request.protocol_name.as_ref()),
        assignments: request
            .assignments
            .into_iter()
            .map(|assigned| (member(&assigned.member_id), detached(&assigned.assignment)))
            .collect(),
    }
}
