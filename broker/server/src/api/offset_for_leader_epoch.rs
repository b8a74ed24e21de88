//! OffsetForLeaderEpoch (23): where an epoch ended, so that a consumer notices that its log was cut.

use weir_model::{ErrorCode, LeaderEpoch};
use weir_wire::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use weir_wire::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use weir_wire::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use super::RequestContext;
use crate::partitions::leader_epoch_error;

/// Answers for each partition.
pub(crate) async fn handle(
    context: RequestContext,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            let answer = end_offset(&context, &topic.topic, asked).await.unwrap_or_else(|code| {
                context.count(code);
                EpochEndOffset {
                    error_code: code.code(),
                    partition: asked.partition,
                    leader_epoch: -1,
                    end_offset: -1,
                    ..Default::default()
                }
            });
            partitions.push(answer);
        }
        topics.push(OffsetForLeaderTopicResult { topic: topic.topic, partitions, ..Default::default() });
    }
    OffsetForLeaderEpochResponse { topics, ..Default::default() }
}

async fn end_offset(
    context: &RequestContext,
    topic: &str,
    asked: &OffsetForLeaderPartition,
) -> Result<EpochEndOffset, ErrorCode> {
    let partition = context.state.partitions.find(topic, asked.partition)?;
    if let Some(code) = leader_epoch_error(asked.current_leader_epoch, partition.leader_epoch()) {
        return Err(code);
    }
    let (leader_epoch, end_offset) = match partition.epoch_end_offset(LeaderEpoch(asked.leader_epoch))? {
        Some((epoch, end)) => (epoch.0, end.0),
        None => (-1, -1),
    };
    Ok(EpochEndOffset { partition: asked.partition, leader_epoch, end_offset, ..Default::default() })
}
