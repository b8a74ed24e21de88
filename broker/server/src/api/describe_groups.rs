//! DescribeGroups (15): classic groups in detail. Before version 6 a group that is not there is `Dead` and no error.

use std::collections::BTreeSet;

use weir_coordinator::{self as machine, Reply, Request};
use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use weir_wire::messages::{DescribeGroupsRequest, DescribeGroupsResponse};

use super::RequestContext;
use super::group_request::{ask, code_of, group, optional_wire};
use super::operations::{GROUP_OPERATIONS, NOT_ASKED, if_asked};

/// From this version on, a group that is not there is an error.
const VERSION_WITH_NOT_FOUND: i16 = 6;

/// The state of a group that is not there.
const DEAD: WireStr = WireStr::from_static("Dead");

/// Describes each.
pub(crate) async fn handle(
    context: RequestContext,
    request: DescribeGroupsRequest,
) -> DescribeGroupsResponse {
    let mut groups: Vec<DescribedGroup> = Vec::new();
    let mut seen = BTreeSet::new();
    for name in request.groups {
        // A group that is named twice is described once.
        if !seen.insert(name.clone()) {
            continue;
        }
        let id = group(&name);
        groups.push(match ask(&context, &id, Request::DescribeGroup(id.clone())).await {
            Ok(Reply::DescribeGroup(described)) => describe(name, described),
            Err(refusal) if refusal.code == ErrorCode::GroupIdNotFound => {
                not_found(&context, name, refusal.message)
            }
            other => DescribedGroup {
                group_id: name,
                error_code: code_of(other).code(),
                authorized_operations: NOT_ASKED,
                ..Default::default()
            },
        });
    }
    for group in groups.iter_mut().filter(|group| group.error_code == ErrorCode::None.code()) {
        group.authorized_operations = if_asked(request.include_authorized_operations, GROUP_OPERATIONS);
    }
    DescribeGroupsResponse { groups, ..Default::default() }
}

fn not_found(context: &RequestContext, name: WireStr, message: String) -> DescribedGroup {
    let is_error = context.version >= VERSION_WITH_NOT_FOUND;
    DescribedGroup {
        group_id: name,
        group_state: DEAD,
        error_code: if is_error { ErrorCode::GroupIdNotFound } else { ErrorCode::None }.code(),
        error_message: is_error.then(|| WireStr::from(message)),
        authorized_operations: NOT_ASKED,
        ..Default::default()
    }
}

fn describe(name: WireStr, described: machine::DescribedGroup) -> DescribedGroup {
    let member = |member: machine::DescribedMember| DescribedGroupMember {
        member_id: WireStr::from(member.member_id.as_str()),
        group_instance_id: optional_wire(member.instance_id.as_ref()),
        client_id: WireStr::from(&*member.client_id),
        client_host: WireStr::from(&*member.client_host),
        member_metadata: member.metadata,
        member_assignment: member.assignment,
        ..Default::default()
    };
    DescribedGroup {
        group_id: name,
        group_state: WireStr::from_static(described.state),
        protocol_type: WireStr::from(&*described.protocol_type),
        protocol_data: WireStr::from(&*described.protocol),
        members: described.members.into_iter().map(member).collect(),
        authorized_operations: NOT_ASKED,
        ..Default::default()
    }
}
