//! DeleteGroups (42): empty groups and their offsets go.

use weir_coordinator::{Reply, Request};
use weir_wire::WireStr;
use weir_wire::messages::delete_groups_response::DeletableGroupResult;
use weir_wire::messages::{DeleteGroupsRequest, DeleteGroupsResponse};

use super::RequestContext;
use super::group_request::{ask, code_of, group};

/// From this version on, an error comes with a sentence.
const VERSION_WITH_MESSAGE: i16 = 3;

/// Deletes each.
pub(crate) async fn handle(context: RequestContext, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut results = Vec::with_capacity(request.groups_names.len());
    for name in request.groups_names {
        let id = group(&name);
        let mut result = DeletableGroupResult { group_id: name, ..Default::default() };
        match ask(&context, &id, Request::DeleteGroup(id.clone())).await {
            Ok(Reply::DeleteGroup) => {}
            Err(refusal) => {
                result.error_code = refusal.code.code();
                if context.version >= VERSION_WITH_MESSAGE {
                    result.error_message = Some(WireStr::from(refusal.message));
                }
            }
            other => result.error_code = code_of(other).code(),
        }
        results.push(result);
    }
    DeleteGroupsResponse { results, ..Default::default() }
}
