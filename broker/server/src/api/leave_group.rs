//! LeaveGroup (13): members go. Before version 3 a request names one member, and its error is the whole answer's.

use weir_coordinator::{LeaveGroup, LeaveResult, LeavingMember, Reply, Request};
use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::leave_group_response::MemberResponse;
use weir_wire::messages::{LeaveGroupRequest, LeaveGroupResponse};

use super::RequestContext;
use super::group_request::{ask, code_of, group, member, optional_text, optional_wire};

/// From this version on, a request names several members.
const VERSION_WITH_MEMBERS: i16 = 3;

/// Lets them go.
pub(crate) async fn handle(context: RequestContext, request: LeaveGroupRequest) -> LeaveGroupResponse {
    let id = group(&request.group_id);
    let members = if context.version >= VERSION_WITH_MEMBERS {
        let leaving = request.members.iter().map(|asked| LeavingMember {
            member_id: member(&asked.member_id),
            instance_id: optional_text(asked.group_instance_id.as_ref()),
        });
        leaving.collect()
    } else {
        vec![LeavingMember { member_id: member(&request.member_id), instance_id: None }]
    };
    let leave = LeaveGroup { group: id.clone(), members };
    match ask(&context, &id, Request::Leave(leave)).await {
        Ok(Reply::Leave(results)) => left(&context, &results),
        other => LeaveGroupResponse { error_code: code_of(other).code(), ..Default::default() },
    }
}

fn left(context: &RequestContext, results: &[LeaveResult]) -> LeaveGroupResponse {
    results.iter().for_each(|result| context.count(result.error));
    if context.version < VERSION_WITH_MEMBERS {
        let error = results.first().map_or(ErrorCode::None, |result| result.error);
        return LeaveGroupResponse { error_code: error.code(), ..Default::default() };
    }
    let member = |result: &LeaveResult| MemberResponse {
        member_id: WireStr::from(result.member_id.as_str()),
        group_instance_id: optional_wire(result.instance_id.as_ref()),
        error_code: result.error.code(),
        ..Default::default()
    };
    LeaveGroupResponse { members: results.iter().map(member).collect(), ..Default::default() }
}
