//! Heartbeat (12): a member of the classic protocol is alive.

use weir_coordinator::{Heartbeat, Reply, Request};
use weir_model::{ErrorCode, Generation};
use weir_wire::messages::{HeartbeatRequest, HeartbeatResponse};

use super::RequestContext;
use super::group_request::{ask, code_of, group, member, optional_text};

/// Notes it.
pub(crate) async fn handle(context: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse {
    let id = group(&request.group_id);
    let heartbeat = Heartbeat {
        group: id.clone(),
        generation: Generation(request.generation_id),
        member_id: member(&request.member_id),
        instance_id: optional_text(request.group_instance_id.as_ref()),
    };
    let error = match ask(&context, &id, Request::Heartbeat(heartbeat)).await {
        Ok(Reply::Heartbeat) => ErrorCode::None,
        // While groups are loaded nobody's session runs: all is well, as in Kafka.
        Err(refusal) if refusal.code == ErrorCode::CoordinatorLoadInProgress => ErrorCode::None,
        other => code_of(other),
    };
    HeartbeatResponse { error_code: error.code(), ..Default::default() }
}
