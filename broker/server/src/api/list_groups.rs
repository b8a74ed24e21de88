//! ListGroups (16): the groups whose coordinator this broker is.

use weir_coordinator::{self as machine, Reply, Request};
use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::list_groups_response::ListedGroup;
use weir_wire::messages::{ListGroupsRequest, ListGroupsResponse};

use super::RequestContext;
use super::group_request::{ask_all, code_of};

/// Lists.
pub(crate) async fn handle(context: RequestContext, request: ListGroupsRequest) -> ListGroupsResponse {
    let owned = |names: &[WireStr]| names.iter().map(ToString::to_string).collect();
    let filter =
        machine::ListGroups { states: owned(&request.states_filter), types: owned(&request.types_filter) };
    let mut groups = Vec::new();
    for answer in ask_all(&context, &Request::ListGroups(filter)).await {
        match answer {
            Ok(Reply::ListGroups(listed)) => groups.extend(listed.iter().map(entry)),
            // A partition that went elsewhere meanwhile is listed there.
            Err(refusal) if refusal.code == ErrorCode::NotCoordinator => {}
            other => {
                let error = code_of(other);
                context.count(error);
                return ListGroupsResponse { error_code: error.code(), ..Default::default() };
            }
        }
    }
    ListGroupsResponse { groups, ..Default::default() }
}

fn entry(group: &machine::ListedGroup) -> ListedGroup {
    ListedGroup {
        group_id: WireStr::from(group.group.as_str()),
        protocol_type: WireStr::from(&*group.protocol_type),
        group_state: WireStr::from_static(group.state),
        group_type: WireStr::from_static(group.group_type),
        ..Default::default()
    }
}
