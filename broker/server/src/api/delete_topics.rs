//! DeleteTopics (20). The answer leaves when the topics are gone from the metadata and nobody can reach their logs.

use weir_metadata::controller::{DeletedTopic, Refusal, TopicReference};
use weir_model::{ErrorCode, TopicId};
use weir_wire::WireStr;
use weir_wire::messages::delete_topics_response::DeletableTopicResult;
use weir_wire::messages::{DeleteTopicsRequest, DeleteTopicsResponse};

use super::RequestContext;
use super::admin_reply::{error_fields, in_time};

/// From this version on a topic has a name or an id; before, names only.
const VERSION_WITH_IDS: i16 = 6;

/// Before this version a client does not know that topics may be undeletable.
const VERSION_WITH_DELETION_DISABLED: i16 = 3;

/// Deletes topics.
pub(crate) async fn handle(context: RequestContext, request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let references = references(context.version, &request);
    let wanted = references.clone();
    let deleting = context.state.controller.decide(move |controller, _| controller.delete_topics(&wanted));
    let answer = in_time(request.timeout_ms, deleting).await.unwrap_or_else(|refusal| {
        references.into_iter().map(|reference| (reference, Err(refusal.clone()))).collect()
    });
    let result = |(reference, outcome)| result(&context, reference, outcome);
    DeleteTopicsResponse { responses: answer.into_iter().map(result).collect(), ..Default::default() }
}

fn references(version: i16, request: &DeleteTopicsRequest) -> Vec<TopicReference> {
    if version >= VERSION_WITH_IDS {
        let reference = |topic: &weir_wire::messages::delete_topics_request::DeleteTopicState| {
            TopicReference { name: topic.name.as_ref().map(ToString::to_string), id: topic.topic_id }
        };
        request.topics.iter().map(reference).collect()
    } else {
        let named = |name: &WireStr| TopicReference { name: Some(name.to_string()), id: TopicId::ZERO };
        request.topic_names.iter().map(named).collect()
    }
}

fn result(
    context: &RequestContext,
    reference: TopicReference,
    outcome: Result<DeletedTopic, Refusal>,
) -> DeletableTopicResult {
    let outcome = outcome.map_err(|refusal| match refusal.code {
        ErrorCode::TopicDeletionDisabled if context.version < VERSION_WITH_DELETION_DISABLED => {
            Refusal { code: ErrorCode::InvalidRequest, ..refusal }
        }
        _ => refusal,
    });
    let (error_code, error_message) = error_fields(context, &outcome);
    let (name, topic_id) = match outcome {
        Ok(topic) => (Some(topic.name.as_str().to_owned()), topic.id),
        Err(_) => (reference.name, reference.id),
    };
    DeletableTopicResult {
        name: name.map(WireStr::from),
        topic_id,
        error_code,
        error_message,
        ..Default::default()
    }
}
