//! CreatePartitions (37). The answer leaves when the new partitions can be produced to.

use weir_metadata::controller::PartitionGrowth;
use weir_wire::WireStr;
use weir_wire::messages::create_partitions_request::CreatePartitionsTopic;
use weir_wire::messages::create_partitions_response::CreatePartitionsTopicResult;
use weir_wire::messages::{CreatePartitionsRequest, CreatePartitionsResponse};

use super::RequestContext;
use super::admin_reply::{error_fields, in_time};

/// Adds partitions, or says what would become of them.
pub(crate) async fn handle(
    context: RequestContext,
    request: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let topics: Vec<PartitionGrowth> = request.topics.iter().map(wanted).collect();
    let controller = &context.state.controller;
    let answer = if request.validate_only {
        Ok(controller.consider(|controller, draw| controller.create_partitions(&topics, draw)))
    } else {
        let topics = topics.clone();
        let growing = controller.decide(move |controller, draw| controller.create_partitions(&topics, draw));
        in_time(request.timeout_ms, growing).await
    };
    let answer = answer.unwrap_or_else(|refusal| {
        topics.into_iter().map(|topic| (topic.name, Err(refusal.clone()))).collect()
    });
    let result = |(name, outcome)| {
        let (error_code, error_message) = error_fields(&context, &outcome);
        CreatePartitionsTopicResult {
            name: WireStr::from(name),
            error_code,
            error_message,
            ..Default::default()
        }
    };
    CreatePartitionsResponse { results: answer.into_iter().map(result).collect(), ..Default::default() }
}

fn wanted(topic: &CreatePartitionsTopic) -> PartitionGrowth {
    let replicas = |assignments: &Vec<_>| {
        let ids =
            |assignment: &weir_wire::messages::create_partitions_request::CreatePartitionsAssignment| {
                assignment.broker_ids.clone()
            };
        assignments.iter().map(ids).collect()
    };
    PartitionGrowth {
        name: topic.name.to_string(),
        count: topic.count,
        assignments: topic.assignments.as_ref().map(replicas),
    }
}
