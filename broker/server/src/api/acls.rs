//! DescribeAcls (29), CreateAcls (30), DeleteAcls (31): there is no authorizer, and every one of them says so.

use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::create_acls_response::AclCreationResult;
use weir_wire::messages::delete_acls_response::DeleteAclsFilterResult;
use weir_wire::messages::{
    CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse, DescribeAclsRequest,
    DescribeAclsResponse,
};

use super::RequestContext;

const ERROR: ErrorCode = ErrorCode::SecurityDisabled;

fn message() -> Option<WireStr> {
    Some(WireStr::from("this broker has no authorizer: everybody may do everything"))
}

/// There are none to describe.
pub(crate) async fn describe(context: RequestContext, _: DescribeAclsRequest) -> DescribeAclsResponse {
    context.count(ERROR);
    DescribeAclsResponse { error_code: ERROR.code(), error_message: message(), ..Default::default() }
}

/// None can be created.
pub(crate) async fn create(context: RequestContext, request: CreateAclsRequest) -> CreateAclsResponse {
    context.count(ERROR);
    let refused =
        AclCreationResult { error_code: ERROR.code(), error_message: message(), ..Default::default() };
    CreateAclsResponse { results: vec![refused; request.creations.len()], ..Default::default() }
}

/// None can be deleted.
pub(crate) async fn delete(context: RequestContext, request: DeleteAclsRequest) -> DeleteAclsResponse {
    context.count(ERROR);
    let refused =
        DeleteAclsFilterResult { error_code: ERROR.code(), error_message: message(), ..Default::default() };
    DeleteAclsResponse { filter_results: vec![refused; request.filters.len()], ..Default::default() }
}
