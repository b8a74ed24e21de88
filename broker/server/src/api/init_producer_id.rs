//! InitProducerId (22) for idempotent producers. Transactions are not served yet: a transactional id gets an error at once
//! that every client takes for final, as at FindCoordinator; a retriable one would make it ask for ever.

use weir_model::{ErrorCode, ProducerEpoch, ProducerId};
use weir_wire::messages::{InitProducerIdRequest, InitProducerIdResponse};

use super::RequestContext;

/// Gives a producer an id that no other ever had.
pub(crate) async fn handle(
    context: RequestContext,
    request: InitProducerIdRequest,
) -> InitProducerIdResponse {
    let outcome = match check(&request) {
        Ok(()) => context.state.controller.new_producer_id().await.map_err(|refusal| {
            tracing::warn!(reason = %refusal.message, "a producer got no id");
            refusal.code
        }),
        Err(code) => Err(code),
    };
    let (error, id, epoch) = match outcome {
        Ok(id) => (ErrorCode::None, id, ProducerEpoch(0)),
        Err(code) => (code, ProducerId::NONE, ProducerEpoch::NONE),
    };
    context.count(error);
    InitProducerIdResponse {
        error_code: error.code(),
        producer_id: id.0,
        producer_epoch: epoch.0,
        ..Default::default()
    }
}

fn check(request: &InitProducerIdRequest) -> Result<(), ErrorCode> {
    match request.transactional_id.as_deref() {
        Some("") => return Err(ErrorCode::InvalidRequest),
        Some(_) => return Err(ErrorCode::TransactionalIdAuthorizationFailed),
        None => {}
    }
    // A producer that has an id has an epoch too; what it has does not matter, it gets a new one.
    let has_id = request.producer_id != ProducerId::NONE.0;
    let has_epoch = request.producer_epoch != ProducerEpoch::NONE.0;
    if has_id == has_epoch { Ok(()) } else { Err(ErrorCode::InvalidRequest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_are_refused_for_good() {
        let request = |id: Option<&str>| InitProducerIdRequest {
            transactional_id: id.map(Into::into),
            producer_id: -1,
            producer_epoch: -1,
            ..Default::default()
        };
        assert_eq!(check(&request(None)), Ok(()));
        assert_eq!(check(&request(Some(""))), Err(ErrorCode::InvalidRequest));
        let refused = check(&request(Some("t"))).map_err(|code| (code, code.is_retriable()));
        assert_eq!(refused, Err((ErrorCode::TransactionalIdAuthorizationFailed, false)));
        let half = InitProducerIdRequest { producer_id: 5, producer_epoch: -1, ..Default::default() };
        assert_eq!(check(&half), Err(ErrorCode::InvalidRequest));
    }
}
