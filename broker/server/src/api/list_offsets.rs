//! ListOffsets (2): the first offset, the next one, and the one at a time.

use std::collections::BTreeSet;

use weir_model::{ErrorCode, LeaderEpoch, Offset, TimestampMs};
use weir_wire::messages::list_offsets_request::ListOffsetsPartition;
use weir_wire::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use weir_wire::messages::{ListOffsetsRequest, ListOffsetsResponse};

use super::RequestContext;
use crate::partitions::leader_epoch_error;
use crate::partitions::read::Isolation;

/// The end of what the reader may see.
const LATEST: i64 = -1;
/// The first offset.
const EARLIEST: i64 = -2;
/// The record with the largest timestamp, from version 7.
const MAX_TIMESTAMP: i64 = -3;
/// The first offset on local disks, from version 8: all of them are local.
const EARLIEST_LOCAL: i64 = -4;
/// The last offset in tiered storage, from version 9: there is none.
const LATEST_TIERED: i64 = -5;
/// The first offset that waits for tiering, from version 11: there is none.
const EARLIEST_PENDING_UPLOAD: i64 = -6;

/// The first version whose answer has a leader epoch.
const VERSION_WITH_EPOCHS: i16 = 4;

/// The first version in which each special time may be asked for.
fn version_min(timestamp: i64) -> i16 {
    match timestamp {
        MAX_TIMESTAMP => 7,
        EARLIEST_LOCAL => 8,
        LATEST_TIERED => 9,
        EARLIEST_PENDING_UPLOAD => 11,
        _ => 1,
    }
}

/// An offset with its timestamp and leader epoch; any of them may be unknown.
struct Found {
    offset: Offset,
    timestamp: TimestampMs,
    epoch: LeaderEpoch,
}

impl Found {
    const NOTHING: Self =
        Self { offset: Offset::UNKNOWN, timestamp: TimestampMs::NONE, epoch: LeaderEpoch::UNKNOWN };
}

/// Answers for each partition.
pub(crate) async fn handle(context: RequestContext, request: ListOffsetsRequest) -> ListOffsetsResponse {
    let isolation = if request.isolation_level == 1 { Isolation::Committed } else { Isolation::Uncommitted };
    let mut seen = BTreeSet::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            let found = if seen.insert((topic.name.clone(), asked.partition_index)) {
                find(&context, &topic.name, asked, isolation).await
            } else {
                Err(ErrorCode::InvalidRequest)
            };
            partitions.push(response(&context, asked.partition_index, found));
        }
        topics.push(ListOffsetsTopicResponse { name: topic.name, partitions, ..Default::default() });
    }
    ListOffsetsResponse { topics, ..Default::default() }
}

fn response(
    context: &RequestContext,
    partition_index: i32,
    found: Result<Found, ErrorCode>,
) -> ListOffsetsPartitionResponse {
    let error = found.as_ref().err().copied().unwrap_or(ErrorCode::None);
    context.count(error);
    let found = found.unwrap_or(Found::NOTHING);
    ListOffsetsPartitionResponse {
        partition_index,
        error_code: error.code(),
        timestamp: found.timestamp.0,
        offset: found.offset.0,
        leader_epoch: if context.version >= VERSION_WITH_EPOCHS { found.epoch.0 } else { -1 },
        ..Default::default()
    }
}

async fn find(
    context: &RequestContext,
    topic: &str,
    asked: &ListOffsetsPartition,
    isolation: Isolation,
) -> Result<Found, ErrorCode> {
    let partition = context.state.partitions.find(topic, asked.partition_index)?;
    if let Some(code) = leader_epoch_error(asked.current_leader_epoch, partition.leader_epoch()) {
        return Err(code);
    }
    if context.version < version_min(asked.timestamp) {
        return Err(ErrorCode::UnsupportedVersion);
    }
    let at = |offset: Offset| Found {
        offset,
        timestamp: TimestampMs::NONE,
        epoch: partition.epoch_of(offset).unwrap_or(LeaderEpoch::UNKNOWN),
    };
    match asked.timestamp {
        LATEST => Ok(Found { epoch: partition.leader_epoch(), ..at(partition.visible_end(isolation)?) }),
        EARLIEST | EARLIEST_LOCAL => Ok(at(partition.log_start())),
        LATEST_TIERED | EARLIEST_PENDING_UPLOAD => Ok(Found::NOTHING),
        timestamp => {
            let end = partition.visible_end(isolation)?;
            let found = if timestamp == MAX_TIMESTAMP {
                partition.max_timestamp(end).await?
            } else if timestamp >= 0 {
                partition.offset_at(TimestampMs(timestamp), end).await?
            } else {
                return Err(ErrorCode::UnsupportedVersion);
            };
            Ok(found.map_or(Found::NOTHING, |found| Found {
                offset: found.offset,
                timestamp: found.timestamp,
                epoch: found.leader_epoch,
            }))
        }
    }
}
