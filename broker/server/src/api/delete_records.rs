//! DeleteRecords (21): makes what is before an offset unreadable. The new log start is durable when the answer leaves.

use std::sync::Arc;

use weir_env::task;
use weir_log::LogError;
use weir_model::{ErrorCode, Offset};
use weir_wire::messages::delete_records_request::DeleteRecordsPartition;
use weir_wire::messages::delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult};
use weir_wire::messages::{DeleteRecordsRequest, DeleteRecordsResponse};

use super::RequestContext;
use crate::partitions::Partition;

/// Answers for each partition.
pub(crate) async fn handle(context: RequestContext, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for wanted in &topic.partitions {
            partitions.push(partition_result(&context, &topic.name, wanted).await);
        }
        topics.push(DeleteRecordsTopicResult { name: topic.name, partitions, ..Default::default() });
    }
    DeleteRecordsResponse { topics, ..Default::default() }
}

async fn partition_result(
    context: &RequestContext,
    topic: &str,
    wanted: &DeleteRecordsPartition,
) -> DeleteRecordsPartitionResult {
    let outcome = match context.state.partitions.find(topic, wanted.partition_index) {
        Ok(partition) => delete(partition, Offset(wanted.offset)).await,
        Err(code) => Err(code),
    };
    let (error, low_watermark) = match outcome {
        Ok(start) => (ErrorCode::None, start),
        Err(code) => (code, Offset::UNKNOWN),
    };
    context.count(error);
    DeleteRecordsPartitionResult {
        partition_index: wanted.partition_index,
        low_watermark: low_watermark.0,
        error_code: error.code(),
        ..Default::default()
    }
}

async fn delete(partition: Arc<Partition>, before: Offset) -> Result<Offset, ErrorCode> {
    if partition.topic.is_internal() {
        return Err(ErrorCode::InvalidTopicException);
    }
    let policy = partition.rules().config.cleanup_policy;
    if policy.compact && !policy.delete {
        return Err(ErrorCode::PolicyViolation);
    }
    task::blocking(move || partition.log.delete_records(before)).await.map_err(|error| match error {
        // Deleted meanwhile, when it is closed.
        error @ (LogError::OutOfRange { .. } | LogError::Closed) => error.code(),
        error => {
            tracing::error!(error = &error as &dyn std::error::Error, "records could not be deleted");
            ErrorCode::KafkaStorageError
        }
    })
}
