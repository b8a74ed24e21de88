//! FindCoordinator (10): which broker serves a group. The first question creates `__consumer_offsets`.
//!
//! Transactions are not served yet. A transactional id gets TRANSACTIONAL_ID_AUTHORIZATION_FAILED at once: the one error
//! that every client takes for final here; the retriable ones would be asked again for ever.

use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::find_coordinator_response::Coordinator;
use weir_wire::messages::{FindCoordinatorRequest, FindCoordinatorResponse};

use super::RequestContext;

/// From this version on, one request asks for several.
const VERSION_WITH_KEYS: i16 = 4;

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;

/// Finds each key's coordinator.
pub(crate) async fn handle(
    context: RequestContext,
    request: FindCoordinatorRequest,
) -> FindCoordinatorResponse {
    let refused = refusal(&context, request.key_type).await;
    if let Some((code, _)) = refused {
        context.count(code);
    }
    if context.version >= VERSION_WITH_KEYS {
        let coordinators =
            request.coordinator_keys.into_iter().map(|key| coordinator(&context, key, refused));
        return FindCoordinatorResponse { coordinators: coordinators.collect(), ..Default::default() };
    }
    let found = coordinator(&context, request.key, refused);
    FindCoordinatorResponse {
        error_code: found.error_code,
        error_message: found.error_message,
        node_id: found.node_id,
        host: found.host,
        port: found.port,
        ..Default::default()
    }
}

async fn refusal(context: &RequestContext, key_type: i8) -> Option<(ErrorCode, &'static str)> {
    match key_type {
        GROUP => {
            let error = context.state.groups.ensure_topic().await.err()?;
            Some((error, "the topic of the group coordinators is not there yet"))
        }
        TRANSACTION => Some((
            ErrorCode::TransactionalIdAuthorizationFailed,
            "this version of the broker does not serve transactions",
        )),
        _ => Some((ErrorCode::InvalidRequest, "this type of coordinator is not served")),
    }
}

fn coordinator(
    context: &RequestContext,
    key: WireStr,
    refused: Option<(ErrorCode, &'static str)>,
) -> Coordinator {
    let state = &context.state;
    match (refused, state.listeners.get(context.connection.listener)) {
        (None, Some(advertised)) => Coordinator {
            key,
            node_id: state.identity.node_id.0,
            host: WireStr::from(advertised.host.as_str()),
            port: advertised.port.into(),
            ..Default::default()
        },
        (refused, _) => {
            let (code, message) = refused.unwrap_or((ErrorCode::CoordinatorNotAvailable, "no listener"));
            Coordinator {
                key,
                node_id: -1,
                port: -1,
                error_code: code.code(),
                error_message: Some(WireStr::from_static(message)),
                ..Default::default()
            }
        }
    }
}
