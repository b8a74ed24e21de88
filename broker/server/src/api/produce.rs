//! Produce (0): batches in.
//!
//! All appends of a request are made before its first await, so requests of one connection append in their order while
//! they wait for the disk side by side. `acks=-1` waits for the high watermark, `acks=1` for the leader's stable end,
//! `acks=0` for nothing and gets no answer; an error then ends the connection, which is the only sign there is.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use weir_env::task::{self, Instant};
use weir_model::{ErrorCode, TimestampMs, Uuid};
use weir_records::BatchView;
use weir_wire::WireStr;
use weir_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use weir_wire::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse,
};
use weir_wire::messages::{ProduceRequest, ProduceResponse};

use super::context::Close;
use super::{Reply, RequestContext};
use crate::partitions::append::{AppendRefusal, Placed, ProduceRules};
use crate::partitions::{Committed, Partition};

/// The first version that names topics by id.
const VERSION_WITH_TOPIC_IDS: i16 = 13;

/// The first version that may carry zstd.
const VERSION_WITH_ZSTD: i16 = 7;

/// `timeout.ms` is about other replicas. A client that gives them no time still wants its own leader's disk awaited.
const LOCAL_FLUSH_TIME_MIN: Duration = Duration::from_secs(10);

const NO_TRANSACTIONS: &str = "this broker does not serve transactions";

/// Kafka's tools write to internal topics under this name; nobody else may.
const ADMIN_CLIENT_ID: &str = "__admin_client";

/// What became of one partition's batch so far.
enum Slot {
    Placed { partition: Arc<Partition>, placed: Placed },
    Refused(AppendRefusal),
}

struct TopicSlots {
    name: WireStr,
    topic_id: Uuid,
    partitions: Vec<(i32, Slot)>,
}

/// Appends, then waits as the request asks.
pub(crate) fn handle(
    context: RequestContext,
    request: ProduceRequest,
) -> impl Future<Output = Reply<ProduceResponse>> + Send + 'static {
    let acks = request.acks;
    let time =
        Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0)).max(LOCAL_FLUSH_TIME_MIN);
    let deadline = task::now() + time;
    let topics = append_all(&context, request);
    if acks != 0 {
        ask_for_flushes(&topics);
    }
    async move {
        if acks == 0 {
            return without_answer(&context, &topics);
        }
        let mut responses = Vec::with_capacity(topics.len());
        for topic in topics {
            let mut partition_responses = Vec::with_capacity(topic.partitions.len());
            for (index, slot) in topic.partitions {
                let response = finish(index, slot, deadline).await;
                context.count(
                    ErrorCode::from_code(response.error_code).unwrap_or(ErrorCode::UnknownServerError),
                );
                partition_responses.push(response);
            }
            responses.push(TopicProduceResponse {
                name: topic.name,
                topic_id: topic.topic_id,
                partition_responses,
                ..Default::default()
            });
        }
        Reply::Send(ProduceResponse { responses, ..Default::default() })
    }
}

fn append_all(context: &RequestContext, request: ProduceRequest) -> Vec<TopicSlots> {
    let refusal = whole_refusal(&request);
    let now = context.state.env.clock.wall();
    let mut seen = BTreeSet::new();
    let mut topics = Vec::with_capacity(request.topic_data.len());
    for topic in request.topic_data {
        let mut partitions = Vec::with_capacity(topic.partition_data.len());
        let name = topic_name(context, &topic);
        for data in &topic.partition_data {
            let is_first = seen.insert((topic.name.clone(), topic.topic_id, data.index));
            let slot = match (&refusal, &name) {
                (Some(refusal), _) => Slot::Refused(refusal.clone()),
                (None, Err(code)) => Slot::Refused((*code).into()),
                (None, Ok(name)) if is_first => append(context, name, data, now),
                (None, Ok(_)) => Slot::Refused(AppendRefusal::new(
                    ErrorCode::InvalidRequest,
                    "the request names this partition twice",
                )),
            };
            partitions.push((data.index, slot));
        }
        topics.push(TopicSlots { name: topic.name, topic_id: topic.topic_id, partitions });
    }
    topics
}

/// Once all batches are in their logs, so that one round of flushes takes them all.
fn ask_for_flushes(topics: &[TopicSlots]) {
    for (_, slot) in topics.iter().flat_map(|topic| &topic.partitions) {
        if let Slot::Placed { partition, placed } = slot
            && partition.high_watermark() < placed.end_offset
        {
            partition.log.request_flush();
        }
    }
}

/// What is wrong with the request as a whole.
fn whole_refusal(request: &ProduceRequest) -> Option<AppendRefusal> {
    if !(-1..=1).contains(&request.acks) {
        return Some(ErrorCode::InvalidRequiredAcks.into());
    }
    // InitProducerId gives no transactional producer an id, so this client did not ask.
    request.transactional_id.as_ref().map(|_| AppendRefusal::new(ErrorCode::InvalidRequest, NO_TRANSACTIONS))
}

/// The topic's name, which a request from version 13 on leaves to us.
fn topic_name(context: &RequestContext, topic: &TopicProduceData) -> Result<WireStr, ErrorCode> {
    let name = if context.version >= VERSION_WITH_TOPIC_IDS {
        let name = context.state.partitions.topic_name(topic.topic_id).ok_or(ErrorCode::UnknownTopicId)?;
        WireStr::from(name.as_str())
    } else {
        topic.name.clone()
    };
    let is_admin = context.client_id.as_deref() == Some(ADMIN_CLIENT_ID);
    if weir_model::INTERNAL_TOPICS.contains(&&*name) && !is_admin {
        return Err(ErrorCode::InvalidTopicException);
    }
    Ok(name)
}

fn append(context: &RequestContext, topic: &str, data: &PartitionProduceData, now: TimestampMs) -> Slot {
    let partition = match context.state.partitions.find(topic, data.index) {
        Ok(partition) => partition,
        Err(code) => return Slot::Refused(code.into()),
    };
    let records = data.records.as_ref().and_then(|records| records.to_bytes().ok()).unwrap_or_default();
    // Nobody could end it, and compaction would leave it alone for ever.
    if BatchView::first(&records).is_ok_and(|batch| batch.header().attributes.is_transactional()) {
        return Slot::Refused(AppendRefusal::new(
            ErrorCode::TransactionalIdAuthorizationFailed,
            NO_TRANSACTIONS,
        ));
    }
    let rules = ProduceRules { zstd_allowed: context.version >= VERSION_WITH_ZSTD };
    match partition.append_produced(&records, rules, now) {
        Ok(placed) => {
            let metrics = &context.state.metrics;
            metrics.produced_records.inc_by(placed.record_count);
            metrics.produced_batches.inc();
            metrics.produced_bytes.inc_by(records.len() as u64);
            metrics.produced_batch_bytes.observe(records.len() as f64);
            Slot::Placed { partition, placed }
        }
        Err(refusal) => Slot::Refused(refusal),
    }
}

fn without_answer(context: &RequestContext, topics: &[TopicSlots]) -> Reply<ProduceResponse> {
    let mut first = None;
    for (index, slot) in topics.iter().flat_map(|topic| &topic.partitions) {
        if let Slot::Refused(refusal) = slot {
            context.count(refusal.code);
            first.get_or_insert((index, refusal));
        }
    }
    match first {
        None => Reply::Silent,
        Some((index, refusal)) => {
            Reply::Close(Close(format!("acks=0, and partition {index} met {:?}", refusal.code)))
        }
    }
}

/// Waits until one batch is as safe as it must be.
async fn finish(index: i32, slot: Slot, deadline: Instant) -> PartitionProduceResponse {
    let (partition, placed) = match slot {
        Slot::Placed { partition, placed } => (partition, placed),
        Slot::Refused(refusal) => return refused(index, &refusal),
    };
    // With one replica the high watermark is the leader's stable end, so acks=1 and acks=-1 wait for the same.
    let code = match task::timeout_at(deadline, partition.committed(placed.end_offset)).await {
        Ok(Committed::Yes) => ErrorCode::None,
        Ok(Committed::Offline) => ErrorCode::KafkaStorageError,
        Ok(Committed::Deleted) => ErrorCode::UnknownTopicOrPartition,
        Err(_) => ErrorCode::RequestTimedOut,
    };
    if code.is_error() {
        return refused(index, &code.into());
    }
    PartitionProduceResponse {
        index,
        base_offset: placed.base_offset.0,
        log_append_time_ms: placed.append_time.unwrap_or(TimestampMs::NONE).0,
        log_start_offset: placed.log_start.0,
        ..Default::default()
    }
}

fn refused(index: i32, refusal: &AppendRefusal) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        error_code: refusal.code.code(),
        base_offset: -1,
        log_append_time_ms: TimestampMs::NONE.0,
        log_start_offset: -1,
        record_errors: refusal
            .records
            .iter()
            .map(|record| BatchIndexAndErrorMessage {
                batch_index: i32::try_from(record.index).unwrap_or(i32::MAX),
                batch_index_error_message: Some(WireStr::from(record.message.as_str())),
                ..Default::default()
            })
            .collect(),
        error_message: refusal.message.as_deref().map(WireStr::from),
        ..Default::default()
    }
}
