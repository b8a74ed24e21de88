//! What the handlers of the group APIs share: from the wire's strings to the machine's, and the question itself.

use std::sync::Arc;

use bytes::Bytes;
use weir_coordinator::{self as machine, Answer, MemberId, Request};
use weir_model::{ErrorCode, GroupId};
use weir_wire::WireStr;

use super::RequestContext;

/// Who asks, for the machine.
fn machine_context(context: &RequestContext) -> machine::RequestContext {
    machine::RequestContext {
        client_id: context.client_id.as_deref().unwrap_or_default().into(),
        client_host: context.client_host().into(),
        api_version: context.version,
        fresh_id: context.state.env.random.uuid(),
    }
}

/// Asks the coordinator of a group; an error is counted.
pub(super) async fn ask(context: &RequestContext, group: &GroupId, request: Request) -> Answer {
    let answer = context.state.groups.ask(machine_context(context), group, request).await;
    if let Err(refusal) = &answer {
        context.count(refusal.code);
        let (client, code) = (context.client_id.as_deref().unwrap_or_default(), refusal.code.name());
        let (api, version) = (context.api.name(), context.version);
        tracing::debug!(api, version, client, %group, code, reason = %refusal.message, "a group's request was refused");
    }
    answer
}

/// Asks all coordinators of this broker.
pub(super) async fn ask_all(context: &RequestContext, request: &Request) -> Vec<Answer> {
    context.state.groups.ask_all(&machine_context(context), request).await
}

/// The code of an answer that is not of the kind that was asked for: a mistake of ours.
pub(super) fn code_of(answer: Answer) -> ErrorCode {
    match answer {
        Err(refusal) => refusal.code,
        Ok(_) => ErrorCode::UnknownServerError,
    }
}

pub(super) fn group(id: &WireStr) -> GroupId {
    GroupId::new(id)
}

pub(super) fn member(id: &WireStr) -> MemberId {
    MemberId::new(id)
}

pub(super) fn text(text: &WireStr) -> Arc<str> {
    Arc::from(&**text)
}

/// A copy. What a group keeps must not hold on to the frame that it came in, which may be far larger and is no longer
/// counted once the request is answered.
pub(super) fn detached(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

pub(super) fn optional_text(value: Option<&WireStr>) -> Option<Arc<str>> {
    value.map(text)
}

pub(super) fn optional_wire(value: Option<&Arc<str>>) -> Option<WireStr> {
    value.map(|value| WireStr::from(&**value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_group_keeps_lets_go_of_its_frame() {
        let frame = Bytes::from(vec![7; 4096]);
        let part = frame.slice(10..20);
        let kept = detached(&part);
        assert_eq!(kept, part);
        drop(part);
        assert!(frame.is_unique(), "nobody but the test holds the frame");
    }
}
