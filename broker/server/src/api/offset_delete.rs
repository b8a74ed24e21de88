//! OffsetDelete (47): forgets offsets of topics that no member reads.

use weir_coordinator::{OffsetDelete, Reply, Request, TopicErrors};
use weir_wire::WireStr;
use weir_wire::messages::offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic};
use weir_wire::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

use super::RequestContext;
use super::group_request::{ask, code_of, group, text};

/// Deletes.
pub(crate) async fn handle(context: RequestContext, request: OffsetDeleteRequest) -> OffsetDeleteResponse {
    let id = group(&request.group_id);
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| partition.partition_index);
        (text(&topic.name), partitions.collect())
    });
    let delete = OffsetDelete { group: id.clone(), topics: topics.collect() };
    match ask(&context, &id, Request::OffsetDelete(delete)).await {
        Ok(Reply::OffsetDelete(topics)) => OffsetDeleteResponse {
            topics: topics.iter().map(|topic| answer(&context, topic)).collect(),
            ..Default::default()
        },
        other => OffsetDeleteResponse { error_code: code_of(other).code(), ..Default::default() },
    }
}

fn answer(context: &RequestContext, topic: &TopicErrors) -> OffsetDeleteResponseTopic {
    let partitions = topic.partitions.iter().map(|partition| {
        context.count(partition.error);
        OffsetDeleteResponsePartition {
            partition_index: partition.partition,
            error_code: partition.error.code(),
            ..Default::default()
        }
    });
    OffsetDeleteResponseTopic {
        name: WireStr::from(&*topic.topic),
        partitions: partitions.collect(),
        ..Default::default()
    }
}
