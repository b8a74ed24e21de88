//! DescribeLogDirs (35): the data directory, its room, and how large each partition in it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_env::task;
use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use weir_wire::messages::{DescribeLogDirsRequest, DescribeLogDirsResponse};

use super::RequestContext;
use crate::partitions::Partition;

/// "Not known", for bytes of the file system.
const UNKNOWN: i64 = -1;

/// Describes the one directory that there is.
pub(crate) async fn handle(
    context: RequestContext,
    request: DescribeLogDirsRequest,
) -> DescribeLogDirsResponse {
    let (env, dir) = (context.state.env.clone(), context.state.data_dir.clone());
    let space = task::blocking(move || env.disk.space(&dir)).await;
    let (error, total_bytes, usable_bytes) = match space {
        Ok(space) => (ErrorCode::None, bytes(space.total_bytes), bytes(space.available_bytes)),
        Err(error) => {
            tracing::warn!(%error, "the room on the data directory's file system is not known");
            (ErrorCode::KafkaStorageError, UNKNOWN, UNKNOWN)
        }
    };
    context.count(error);
    let directory = DescribeLogDirsResult {
        error_code: error.code(),
        log_dir: WireStr::from(context.state.data_dir.display().to_string()),
        topics: topics(&context, &request),
        total_bytes,
        usable_bytes,
        ..Default::default()
    };
    DescribeLogDirsResponse { results: vec![directory], ..Default::default() }
}

fn bytes(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn topics(context: &RequestContext, request: &DescribeLogDirsRequest) -> Vec<DescribeLogDirsTopic> {
    let partitions = &context.state.partitions;
    let found: Vec<Arc<Partition>> = match &request.topics {
        None => partitions.all(),
        Some(topics) => topics
            .iter()
            .flat_map(|topic| topic.partitions.iter().map(move |index| (&topic.topic, *index)))
            .filter_map(|(topic, index)| partitions.find(topic, index).ok())
            .collect(),
    };
    let mut by_topic: BTreeMap<String, BTreeMap<i32, i64>> = BTreeMap::new();
    for partition in found {
        let sizes = by_topic.entry(partition.topic.to_string()).or_default();
        sizes.insert(partition.index.0, bytes(partition.log.size_bytes()));
    }
    let partition = |(partition_index, partition_size)| DescribeLogDirsPartition {
        partition_index,
        partition_size,
        ..Default::default()
    };
    let topic = |(name, sizes): (String, BTreeMap<i32, i64>)| DescribeLogDirsTopic {
        name: WireStr::from(name),
        partitions: sizes.into_iter().map(partition).collect(),
        ..Default::default()
    };
    by_topic.into_iter().map(topic).collect()
}
