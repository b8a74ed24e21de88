//! Fetch (1): batches out.
//!
//! A request asks each partition for a range below what its reader may see and gets places in files, not bytes. Too
//! little and time left: it registers with the partitions and sleeps until one moves. The answer holds at least one
//! whole batch if there is one, whatever the limits say, so that a consumer never starves.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use weir_env::task;
use weir_model::{ErrorCode, Offset, TopicId, Uuid};
use weir_wire::messages::fetch_request::ForgottenTopic;
use weir_wire::messages::fetch_response::{EpochEndOffset, FetchableTopicResponse, PartitionData};
use weir_wire::messages::{FetchRequest, FetchResponse};
use weir_wire::{Records, WireStr};

use super::RequestContext;
use super::fetch_session::{PartitionKey, Plan, SessionRequest, Target, Told, TopicRef};
use crate::partitions::progress::Waiter;
use crate::partitions::read::{Diverged, Isolation, PartitionRead, ReadLimits};
use crate::partitions::{Partition, leader_epoch_error};

/// The first version with sessions.
const VERSION_WITH_SESSIONS: i16 = 7;
/// The first version whose readers know zstd.
const VERSION_WITH_ZSTD: i16 = 10;
/// The first version that names topics by id.
const VERSION_WITH_TOPIC_IDS: i16 = 13;

/// A longer wait than this helps nobody; clients ask for half a second.
const WAIT_MAX: Duration = Duration::from_secs(600);

/// About what a partition takes while a fetch waits for it.
const WAITING_PARTITION_BYTES: usize = 512;

/// How much a fetch wants before it is answered, and how long it waits for that.
#[derive(Clone, Copy)]
struct Patience {
    bytes_min: usize,
    wait: Duration,
}

/// One partition of the plan, found or not.
struct Wanted {
    key: PartitionKey,
    target: Target,
    found: Result<Arc<Partition>, ErrorCode>,
}

/// What one look at a partition gave.
struct Look {
    error: ErrorCode,
    read: Option<PartitionRead>,
}

/// Fetches, waiting for enough as long as the request allows.
pub(crate) async fn handle(context: RequestContext, request: FetchRequest) -> FetchResponse {
    let is_replica = request.replica_id >= 0 || request.replica_state.replica_id >= 0;
    if is_replica {
        // Replicas of this cluster do not come through the door for clients.
        return refuse_all(&context, &request, ErrorCode::ClusterAuthorizationFailed);
    }
    let plan = match plan(&context, &request) {
        Ok(plan) => plan,
        Err(code) => return refuse_all(&context, &request, code),
    };
    let wanted: Vec<Wanted> = plan
        .targets
        .iter()
        .map(|(key, target)| Wanted { found: find(&context, key), key: key.clone(), target: target.clone() })
        .collect();
    let (limits, patience) = (limits(&context, &request), patience(&request));
    // Nothing of the frame is used any more; who waits must not keep others from sending theirs.
    drop(request);
    let looks = look_until_enough(&context, patience, &wanted, limits).await;
    respond(&context, &plan, wanted, looks, limits.isolation)
}

fn plan(context: &RequestContext, request: &FetchRequest) -> Result<Plan, ErrorCode> {
    let by_id = context.version >= VERSION_WITH_TOPIC_IDS;
    let mut named = Named::default();
    for topic in &request.topics {
        let topic_ref = topic_ref(by_id, &topic.topic, topic.topic_id);
        for partition in &topic.partitions {
            let target = Target {
                fetch_offset: partition.fetch_offset,
                partition_max_bytes: partition.partition_max_bytes,
                current_leader_epoch: partition.current_leader_epoch,
                last_fetched_epoch: partition.last_fetched_epoch,
            };
            named.put((topic_ref.clone(), partition.partition), target);
        }
    }
    let forgotten = request.forgotten_topics_data.iter().flat_map(|topic| forgotten(by_id, topic)).collect();
    let state = &context.state;
    let (id, epoch) = match context.version {
        VERSION_WITH_SESSIONS.. => (request.session_id, request.session_epoch),
        _ => (0, -1),
    };
    let request = SessionRequest { id, epoch, by_id, named: named.in_order, forgotten };
    let slots = state.config().broker.network.fetch_sessions_max;
    state.fetch_sessions.plan(request, state.env.clock.monotonic(), slots, || state.env.random.u64())
}

/// Each partition once, at its first place and with what was said of it last, as in Kafka.
#[derive(Default)]
struct Named {
    in_order: Vec<(PartitionKey, Target)>,
    places: HashMap<PartitionKey, usize>,
}

impl Named {
    fn put(&mut self, key: PartitionKey, target: Target) {
        match self.places.entry(key) {
            Entry::Occupied(known) => self.in_order[*known.get()].1 = target,
            Entry::Vacant(new) => {
                self.in_order.push((new.key().clone(), target));
                new.insert(self.in_order.len() - 1);
            }
        }
    }
}

fn topic_ref(by_id: bool, name: &WireStr, id: TopicId) -> TopicRef {
    // A session outlives the request, so it must not hold on to the request's frame.
    if by_id { TopicRef::Id(id) } else { TopicRef::Name(Arc::from(&**name)) }
}

fn forgotten(by_id: bool, topic: &ForgottenTopic) -> Vec<PartitionKey> {
    let topic_ref = topic_ref(by_id, &topic.topic, topic.topic_id);
    topic.partitions.iter().map(|partition| (topic_ref.clone(), *partition)).collect()
}

fn find(context: &RequestContext, (topic, partition): &PartitionKey) -> Result<Arc<Partition>, ErrorCode> {
    let partitions = &context.state.partitions;
    match topic {
        TopicRef::Name(name) => partitions.find(name, *partition),
        TopicRef::Id(id) => partitions.find_by_id(*id, *partition),
    }
}

fn limits(context: &RequestContext, request: &FetchRequest) -> ReadLimits {
    let bytes = |count: i32| usize::try_from(count).unwrap_or(0);
    ReadLimits {
        isolation: if request.isolation_level == 1 { Isolation::Committed } else { Isolation::Uncommitted },
        bytes_max: bytes(request.max_bytes).min(context.state.config().broker.network.fetch_bytes_max),
        zstd_allowed: context.version >= VERSION_WITH_ZSTD,
    }
}

fn patience(request: &FetchRequest) -> Patience {
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0)).min(WAIT_MAX);
    Patience { bytes_min: usize::try_from(request.min_bytes).unwrap_or(0), wait }
}

/// Looks at all partitions, again and again until there is enough, or something to tell at once, or no time left.
async fn look_until_enough(
    context: &RequestContext,
    patience: Patience,
    wanted: &[Wanted],
    limits: ReadLimits,
) -> Vec<Look> {
    let deadline = task::now() + patience.wait;
    let mut shutdown = context.state.shutdown.clone();
    let mut waiter = None;
    loop {
        let looks = look_at_all(wanted, limits).await;
        let bytes: usize = looks.iter().filter_map(|look| look.read.as_ref()).map(|read| read.bytes).sum();
        let is_news = looks.iter().any(|look| look.error.is_error() || look.is_diverged());
        if bytes >= patience.bytes_min || is_news || wanted.is_empty() || shutdown.is_raised() {
            return looks;
        }
        if task::now() >= deadline {
            return looks;
        }
        let Some(waiter) = &mut waiter else {
            context.memory.keep(wanted.len() * WAITING_PARTITION_BYTES);
            // What moved before this is seen by the next look.
            let found = wanted.iter().filter_map(|wanted| wanted.found.as_ref().ok());
            waiter = Some(Waiter::new(found.map(|partition| partition.log.watch())));
            continue;
        };
        tokio::select! {
            () = waiter.moved() => {}
            () = task::sleep_until(deadline) => {}
            () = shutdown.raised() => {}
        }
    }
}

impl Look {
    fn failed(error: ErrorCode) -> Self {
        Self { error, read: None }
    }

    fn is_diverged(&self) -> bool {
        self.read.as_ref().is_some_and(|read| read.diverged.is_some())
    }
}

async fn look_at_all(wanted: &[Wanted], limits: ReadLimits) -> Vec<Look> {
    let mut looks = Vec::with_capacity(wanted.len());
    let mut left = limits.bytes_max;
    let mut needs_one = true;
    for wanted in wanted {
        let look = match &wanted.found {
            Err(code) => Look::failed(*code),
            Ok(partition) => look_at(partition, &wanted.target, left, needs_one, limits).await,
        };
        let bytes = look.read.as_ref().map_or(0, |read| read.bytes);
        needs_one &= bytes == 0;
        left = left.saturating_sub(bytes);
        looks.push(look);
    }
    looks
}

async fn look_at(
    partition: &Arc<Partition>,
    target: &Target,
    bytes_left: usize,
    needs_one: bool,
    limits: ReadLimits,
) -> Look {
    if let Some(code) = leader_epoch_error(target.current_leader_epoch, partition.leader_epoch()) {
        return Look::failed(code);
    }
    let bytes_max = usize::try_from(target.partition_max_bytes).unwrap_or(0).min(bytes_left);
    let from = Offset(target.fetch_offset);
    match partition.read(from, target.last_fetched_epoch, bytes_max, needs_one, limits).await {
        Ok(read) => Look { error: ErrorCode::None, read: Some(read) },
        Err(code) => Look::failed(code),
    }
}

/// The answer; a partition without news is left out of an incremental one.
fn respond(
    context: &RequestContext,
    plan: &Plan,
    wanted: Vec<Wanted>,
    looks: Vec<Look>,
    isolation: Isolation,
) -> FetchResponse {
    let mut responses: Vec<FetchableTopicResponse> = Vec::new();
    for (wanted, look) in wanted.into_iter().zip(looks) {
        context.count(look.error);
        let told = look.read.as_ref().map_or(Told { high_watermark: -1, log_start: -1 }, |read| Told {
            high_watermark: read.high_watermark.0,
            log_start: read.log_start.0,
        });
        let has_records = look.read.as_ref().is_some_and(|read| read.bytes > 0);
        let is_news = look.error.is_error() || look.is_diverged();
        if plan.may_omit(&wanted.key, told, has_records, is_news) {
            continue;
        }
        let (topic_ref, index) = wanted.key;
        let data = partition_data(context, index, look, isolation);
        match responses.last_mut() {
            Some(last) if is_same_topic(last, &topic_ref) => last.partitions.push(data),
            _ => responses.push(topic_response(&topic_ref, data)),
        }
    }
    FetchResponse { session_id: plan.session_id(), responses, ..Default::default() }
}

fn is_same_topic(response: &FetchableTopicResponse, topic: &TopicRef) -> bool {
    match topic {
        TopicRef::Name(name) => *response.topic == **name,
        TopicRef::Id(id) => response.topic_id == *id,
    }
}

fn topic_response(topic: &TopicRef, data: PartitionData) -> FetchableTopicResponse {
    let (topic, topic_id) = match topic {
        TopicRef::Name(name) => (WireStr::from(&**name), Uuid::ZERO),
        TopicRef::Id(id) => (WireStr::default(), *id),
    };
    FetchableTopicResponse { topic, topic_id, partitions: vec![data], ..Default::default() }
}

fn partition_data(context: &RequestContext, index: i32, look: Look, isolation: Isolation) -> PartitionData {
    let Some(read) = look.read else { return failed_partition(index, look.error) };
    context.state.metrics.fetched_bytes.inc_by(read.bytes as u64);
    let mut records = Records::default();
    for range in read.ranges {
        records.push_range(range);
    }
    let mut data = PartitionData {
        partition_index: index,
        high_watermark: read.high_watermark.0,
        last_stable_offset: read.last_stable_offset.0,
        log_start_offset: read.log_start.0,
        // No transaction was ever aborted here.
        aborted_transactions: (isolation == Isolation::Committed).then(Vec::new),
        preferred_read_replica: -1,
        records: Some(records),
        ..Default::default()
    };
    if let Some(Diverged { epoch, end_offset }) = read.diverged {
        data.diverging_epoch =
            EpochEndOffset { epoch: epoch.0, end_offset: end_offset.0, ..Default::default() };
    }
    data
}

fn failed_partition(index: i32, error: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index: index,
        error_code: error.code(),
        high_watermark: -1,
        last_stable_offset: -1,
        log_start_offset: -1,
        preferred_read_replica: -1,
        records: Some(Records::default()),
        ..Default::default()
    }
}

/// An error of the whole request; versions without a place for it get it at every partition.
fn refuse_all(context: &RequestContext, request: &FetchRequest, error: ErrorCode) -> FetchResponse {
    context.count(error);
    if context.version >= VERSION_WITH_SESSIONS {
        return FetchResponse { error_code: error.code(), ..Default::default() };
    }
    let responses = request
        .topics
        .iter()
        .map(|topic| FetchableTopicResponse {
            topic: topic.topic.clone(),
            partitions: topic
                .partitions
                .iter()
                .map(|partition| failed_partition(partition.partition, error))
                .collect(),
            ..Default::default()
        })
        .collect();
    FetchResponse { responses, ..Default::default() }
}
