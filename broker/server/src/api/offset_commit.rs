//! OffsetCommit (8): how far a group has read. Topics that do not exist are refused one by one; versions 2 to 4 may say
//! how long to keep the offsets; from version 10 on topics are named by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_coordinator::{CommitPartition, CommitTopic, OffsetCommit, Reply, Request, TopicErrors};
use weir_metadata::MetadataImage;
use weir_model::{ErrorCode, Uuid};
use weir_wire::messages::offset_commit_request::OffsetCommitRequestTopic;
use weir_wire::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use weir_wire::messages::{OffsetCommitRequest, OffsetCommitResponse};

use super::RequestContext;
use super::group_request::{ask, code_of, group, member, optional_text};

/// From this version on, topics are named by id.
const VERSION_WITH_TOPIC_IDS: i16 = 10;

/// "As the broker says", for the time to keep offsets.
const DEFAULT_RETENTION: i64 = -1;

/// Commits.
pub(crate) async fn handle(context: RequestContext, request: OffsetCommitRequest) -> OffsetCommitResponse {
    let image = context.state.image();
    let known: Vec<Result<CommitTopic, ErrorCode>> =
        request.topics.iter().map(|topic| resolve(&context, &image, topic)).collect();
    let topics: Vec<CommitTopic> = known.iter().filter_map(|topic| topic.as_ref().ok().cloned()).collect();
    let mut outcome = Ok(Vec::new());
    if !topics.is_empty() {
        let id = group(&request.group_id);
        let commit = OffsetCommit {
            group: id.clone(),
            generation_or_epoch: request.generation_id_or_member_epoch,
            member_id: member(&request.member_id),
            instance_id: optional_text(request.group_instance_id.as_ref()),
            retention_ms: Some(request.retention_time_ms).filter(|time| *time != DEFAULT_RETENTION),
            topics,
        };
        outcome = match ask(&context, &id, Request::OffsetCommit(commit)).await {
            Ok(Reply::OffsetCommit(topics)) => Ok(topics),
            other => Err(code_of(other)),
        };
    }
    let mut answered = outcome.map(IntoIterator::into_iter);
    let mut topics = Vec::with_capacity(request.topics.len());
    for (asked, known) in request.topics.iter().zip(&known) {
        let errors = match (known, &mut answered) {
            (Err(error), _) => Err(*error),
            (Ok(_), Err(error)) => Err(*error),
            // One answer for each topic that was passed on, in their order.
            (Ok(_), Ok(answered)) => answered.next().ok_or(ErrorCode::UnknownServerError),
        };
        topics.push(answer(&context, asked, &errors));
    }
    OffsetCommitResponse { topics, ..Default::default() }
}

/// The topic with name and id, if it exists.
fn resolve(
    context: &RequestContext,
    image: &MetadataImage,
    asked: &OffsetCommitRequestTopic,
) -> Result<CommitTopic, ErrorCode> {
    let (topic, topic_id): (Arc<str>, Uuid) = if context.version >= VERSION_WITH_TOPIC_IDS {
        let topic = image.topics().by_id(asked.topic_id).ok_or(ErrorCode::UnknownTopicId)?;
        (topic.name().as_str().into(), topic.id())
    } else {
        let topic = image.topics().by_text(&asked.name).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        (topic.name().as_str().into(), topic.id())
    };
    let partitions = asked.partitions.iter().map(|partition| CommitPartition {
        partition: partition.partition_index,
        offset: partition.committed_offset,
        leader_epoch: partition.committed_leader_epoch,
        metadata: optional_text(partition.committed_metadata.as_ref()),
    });
    Ok(CommitTopic { topic, topic_id, partitions: partitions.collect() })
}

fn answer(
    context: &RequestContext,
    asked: &OffsetCommitRequestTopic,
    errors: &Result<TopicErrors, ErrorCode>,
) -> OffsetCommitResponseTopic {
    let by_partition: BTreeMap<i32, ErrorCode> = match errors {
        Ok(topic) => {
            topic.partitions.iter().map(|partition| (partition.partition, partition.error)).collect()
        }
        Err(_) => BTreeMap::new(),
    };
    let partition = |index: i32| {
        let error = match errors {
            Err(error) => *error,
            Ok(_) => by_partition.get(&index).copied().unwrap_or(ErrorCode::UnknownServerError),
        };
        context.count(error);
        OffsetCommitResponsePartition {
            partition_index: index,
            error_code: error.code(),
            ..Default::default()
        }
    };
    OffsetCommitResponseTopic {
        name: asked.name.clone(),
        topic_id: asked.topic_id,
        partitions: asked.partitions.iter().map(|it| partition(it.partition_index)).collect(),
        ..Default::default()
    }
}
