//! CreateTopics (19). The answer leaves when the topics are committed and can be produced to.

use weir_metadata::configs::ConfigDescription;
use weir_metadata::controller::{CreatedTopic, NewTopic, Refusal};
use weir_model::TopicId;
use weir_wire::WireStr;
use weir_wire::messages::create_topics_request::CreatableTopic;
use weir_wire::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use weir_wire::messages::{CreateTopicsRequest, CreateTopicsResponse};

use super::RequestContext;
use super::admin_reply::{error_fields, in_time};

/// Creates topics, or says what would become of them.
pub(crate) async fn handle(context: RequestContext, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let topics: Vec<NewTopic> = request.topics.iter().map(wanted).collect();
    let controller = &context.state.controller;
    let answer = if request.validate_only {
        Ok(controller.consider(|controller, draw| controller.create_topics(&topics, draw)))
    } else {
        let topics = topics.clone();
        in_time(
            request.timeout_ms,
            controller.decide(move |controller, draw| controller.create_topics(&topics, draw)),
        )
        .await
    };
    let answer = answer.unwrap_or_else(|refusal| {
        topics.into_iter().map(|topic| (topic.name, Err(refusal.clone()))).collect()
    });
    let result = |(name, outcome)| result(&context, request.validate_only, name, outcome);
    CreateTopicsResponse { topics: answer.into_iter().map(result).collect(), ..Default::default() }
}

fn wanted(topic: &CreatableTopic) -> NewTopic {
    NewTopic {
        name: topic.name.to_string(),
        partitions: topic.num_partitions,
        replication_factor: topic.replication_factor,
        assignments: topic
            .assignments
            .iter()
            .map(|assignment| (assignment.partition_index, assignment.broker_ids.clone()))
            .collect(),
        configs: topic
            .configs
            .iter()
            .map(|config| (config.name.to_string(), config.value.as_ref().map(ToString::to_string)))
            .collect(),
    }
}

fn result(
    context: &RequestContext,
    validate_only: bool,
    name: String,
    outcome: Result<CreatedTopic, Refusal>,
) -> CreatableTopicResult {
    let (error_code, error_message) = error_fields(context, &outcome);
    let refused =
        CreatableTopicResult { name: WireStr::from(name), error_code, error_message, ..Default::default() };
    let Ok(created) = outcome else { return refused };
    CreatableTopicResult {
        topic_id: if validate_only { TopicId::ZERO } else { created.id },
        num_partitions: created.partitions,
        replication_factor: created.replication_factor,
        configs: Some(created.configs.into_iter().map(config).collect()),
        ..refused
    }
}

fn config(config: ConfigDescription) -> CreatableTopicConfigs {
    CreatableTopicConfigs {
        name: WireStr::from(config.name),
        value: config.value.map(WireStr::from),
        read_only: config.read_only,
        config_source: config.source.code(),
        is_sensitive: false,
        ..Default::default()
    }
}
