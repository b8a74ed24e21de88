//! Metadata (3): brokers, topics, who leads what. Hosts and ports are those of the listener that was asked.
//!
//! Only what can be served is shown: a topic appears once its logs are open. A missing topic is created if the request
//! and `auto.create.topics.enable` allow it, and the answer then holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_metadata::{MetadataImage, PartitionState, TopicImage};
use weir_model::{BrokerId, ErrorCode, PartitionIndex, TopicName, Uuid};
use weir_wire::WireStr;
use weir_wire::messages::metadata_request::MetadataRequestTopic;
use weir_wire::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use weir_wire::messages::{MetadataRequest, MetadataResponse};

use super::RequestContext;
use super::operations::{CLUSTER_OPERATIONS, NOT_ASKED, TOPIC_OPERATIONS, if_asked};

/// Up to this version an empty list of topics means all of them, and topics are always created.
const VERSION_WITH_NULL_FOR_ALL: i16 = 1;
const VERSION_WITH_CREATION_CHOICE: i16 = 4;

/// Answers with what the broker serves now.
pub(crate) async fn handle(context: RequestContext, request: MetadataRequest) -> MetadataResponse {
    let wants_all = match &request.topics {
        None => true,
        Some(topics) => context.version < VERSION_WITH_NULL_FOR_ALL && topics.is_empty(),
    };
    let mut topics: Vec<MetadataResponseTopic> = if wants_all {
        let image = context.state.image();
        image.topics().iter().map(|topic| topic_response(&context, topic)).collect()
    } else {
        let refused = create_missing(&context, &request).await;
        let image = context.state.image();
        let named = request.topics.as_deref().unwrap_or_default();
        // A topic that is named twice is answered once, as in Kafka.
        let mut seen = BTreeSet::new();
        named
            .iter()
            .filter(|wanted| seen.insert((wanted.name.as_deref(), wanted.topic_id)))
            .map(|wanted| named_topic(&context, &image, wanted, &refused))
            .collect()
    };
    if request.include_topic_authorized_operations {
        // As in Kafka also for a name that is not there, but not for an id that is not.
        for topic in topics.iter_mut().filter(|topic| topic.name.is_some()) {
            topic.topic_authorized_operations = TOPIC_OPERATIONS;
        }
    }
    MetadataResponse {
        brokers: brokers(&context),
        cluster_id: Some(WireStr::from(context.state.identity.cluster_id.to_string())),
        controller_id: context.state.identity.node_id.0,
        topics,
        cluster_authorized_operations: if_asked(
            request.include_cluster_authorized_operations,
            CLUSTER_OPERATIONS,
        ),
        ..Default::default()
    }
}

/// Creates what is missing and may be created; the answer names what was refused.
async fn create_missing(
    context: &RequestContext,
    request: &MetadataRequest,
) -> BTreeMap<TopicName, ErrorCode> {
    let may_create = context.version < VERSION_WITH_CREATION_CHOICE || request.allow_auto_topic_creation;
    if !may_create || !context.state.config().broker.topics.auto_create {
        return BTreeMap::new();
    }
    let image = context.state.image();
    let missing: Vec<TopicName> = request
        .topics
        .iter()
        .flatten()
        .filter_map(|topic| TopicName::new(topic.name.as_deref()?).ok())
        .filter(|name| image.topics().by_name(name).is_none())
        .collect();
    if missing.is_empty() {
        return BTreeMap::new();
    }
    let results = context.state.controller.auto_create(missing).await;
    results.into_iter().filter(|(_, error)| error.is_error()).collect()
}

fn brokers(context: &RequestContext) -> Vec<MetadataResponseBroker> {
    let state = &context.state;
    let Some(advertised) = state.listeners.get(context.connection.listener) else { return Vec::new() };
    let image = state.image();
    let rack = image.brokers().of(state.identity.node_id).and_then(|broker| broker.registration.rack.clone());
    vec![MetadataResponseBroker {
        node_id: state.identity.node_id.0,
        host: WireStr::from(advertised.host.as_str()),
        port: advertised.port.into(),
        rack: rack.as_deref().map(WireStr::from),
        ..Default::default()
    }]
}

fn named_topic(
    context: &RequestContext,
    image: &MetadataImage,
    wanted: &MetadataRequestTopic,
    refused: &BTreeMap<TopicName, ErrorCode>,
) -> MetadataResponseTopic {
    let Some(text) = &wanted.name else {
        return match image.topics().by_id(wanted.topic_id) {
            Some(topic) => topic_response(context, topic),
            None => failed_topic(context, ErrorCode::UnknownTopicId, None, wanted.topic_id),
        };
    };
    let failed = |error| failed_topic(context, error, Some(text.clone()), Uuid::ZERO);
    let Ok(name) = TopicName::new(text) else { return failed(ErrorCode::InvalidTopicException) };
    match image.topics().by_name(&name) {
        Some(topic) => topic_response(context, topic),
        None => failed(refused.get(&name).copied().unwrap_or(ErrorCode::UnknownTopicOrPartition)),
    }
}

fn failed_topic(
    context: &RequestContext,
    error: ErrorCode,
    name: Option<WireStr>,
    topic_id: Uuid,
) -> MetadataResponseTopic {
    context.count(error);
    MetadataResponseTopic {
        error_code: error.code(),
        is_internal: name.as_deref().is_some_and(|name| weir_model::INTERNAL_TOPICS.contains(&name)),
        name,
        topic_id,
        topic_authorized_operations: NOT_ASKED,
        ..Default::default()
    }
}

fn topic_response(context: &RequestContext, topic: &Arc<TopicImage>) -> MetadataResponseTopic {
    MetadataResponseTopic {
        name: Some(WireStr::from(topic.name().as_str())),
        topic_id: topic.id(),
        is_internal: topic.name().is_internal(),
        partitions: topic
            .numbered()
            .map(|(index, partition)| partition_response(context, topic, index, partition))
            .collect(),
        topic_authorized_operations: NOT_ASKED,
        ..Default::default()
    }
}

fn partition_response(
    context: &RequestContext,
    topic: &TopicImage,
    index: PartitionIndex,
    partition: &PartitionState,
) -> MetadataResponsePartition {
    let numbers = |brokers: &[BrokerId]| brokers.iter().map(|broker| broker.0).collect::<Vec<i32>>();
    let is_served = context.state.partitions.is_served(topic.id(), index);
    let (error, leader) = match (is_served, partition.leader) {
        (true, leader) if leader != BrokerId::NONE => (ErrorCode::None, leader),
        _ => (ErrorCode::LeaderNotAvailable, BrokerId::NONE),
    };
    MetadataResponsePartition {
        error_code: error.code(),
        partition_index: index.0,
        leader_id: leader.0,
        leader_epoch: partition.leader_epoch.0,
        replica_nodes: numbers(&partition.replicas),
        isr_nodes: if is_served { numbers(&partition.isr) } else { Vec::new() },
        offline_replicas: if is_served { Vec::new() } else { numbers(&partition.replicas) },
        ..Default::default()
    }
}
