//! OffsetFetch (9): how far groups have read. What was never committed is offset -1 and no error. Up to version 7 a
//! request is for one group, from version 8 on for several; from version 10 on topics are named by id.
//!
//! What is asked for twice is answered once: an answer may be long, and the question is not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_coordinator::{CommittedOffset, FetchTopic, FetchedTopic, OffsetFetch, Reply, Request};
use weir_model::{ErrorCode, Uuid};
use weir_wire::WireStr;
use weir_wire::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use weir_wire::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use weir_wire::messages::{OffsetFetchRequest, OffsetFetchResponse};

use super::RequestContext;
use super::group_request::{ask, code_of, group, member, text};

/// From this version on, the answer has an error for the whole group.
const VERSION_WITH_GROUP_ERROR: i16 = 2;
/// From this version on, a request is for several groups.
const VERSION_WITH_GROUPS: i16 = 8;
/// From this version on, topics are named by id.
const VERSION_WITH_TOPIC_IDS: i16 = 10;

/// Fetches.
pub(crate) async fn handle(context: RequestContext, request: OffsetFetchRequest) -> OffsetFetchResponse {
    if context.version < VERSION_WITH_GROUPS {
        return one_group(&context, request).await;
    }
    let mut groups = Vec::new();
    let mut seen: BTreeMap<WireStr, Seen> = BTreeMap::new();
    for mut asked in request.groups {
        if !seen.entry(asked.group_id.clone()).or_default().leaves_something(&mut asked) {
            continue;
        }
        groups.push(one_of_many(&context, asked).await);
    }
    OffsetFetchResponse { groups, ..Default::default() }
}

/// What was asked of one group before.
#[derive(Default)]
struct Seen {
    all: bool,
    partitions: BTreeSet<(WireStr, Uuid, i32)>,
}

impl Seen {
    /// Drops what was asked before. False when nothing is left.
    fn leaves_something(&mut self, asked: &mut OffsetFetchRequestGroup) -> bool {
        let Some(topics) = &mut asked.topics else { return !std::mem::replace(&mut self.all, true) };
        let is_empty = topics.is_empty();
        topics.retain_mut(|topic| self.leaves(&topic.name, topic.topic_id, &mut topic.partition_indexes));
        is_empty || !topics.is_empty()
    }

    fn leaves(&mut self, name: &WireStr, id: Uuid, partitions: &mut Vec<i32>) -> bool {
        let is_empty = partitions.is_empty();
        partitions.retain(|partition| self.partitions.insert((name.clone(), id, *partition)));
        is_empty || !partitions.is_empty()
    }
}

async fn fetch(context: &RequestContext, fetch: OffsetFetch) -> Result<Vec<FetchedTopic>, ErrorCode> {
    let id = fetch.group.clone();
    match ask(context, &id, Request::OffsetFetch(fetch)).await {
        Ok(Reply::OffsetFetch(topics)) => Ok(topics),
        other => Err(code_of(other)),
    }
}

async fn one_group(context: &RequestContext, mut request: OffsetFetchRequest) -> OffsetFetchResponse {
    let mut seen = Seen::default();
    if let Some(topics) = &mut request.topics {
        topics.retain_mut(|topic| seen.leaves(&topic.name, Uuid::ZERO, &mut topic.partition_indexes));
    }
    let asked = request.topics.as_ref().map(|topics| {
        let topic = topics.iter().map(|topic| FetchTopic {
            topic: text(&topic.name),
            topic_id: Uuid::ZERO,
            partitions: topic.partition_indexes.clone(),
        });
        topic.collect()
    });
    let question =
        OffsetFetch { group: group(&request.group_id), member_id: None, member_epoch: -1, topics: asked };
    match fetch(context, question).await {
        Ok(topics) => OffsetFetchResponse {
            topics: topics.into_iter().map(|topic| old_topic(&topic, ErrorCode::None)).collect(),
            ..Default::default()
        },
        Err(error) if context.version >= VERSION_WITH_GROUP_ERROR => {
            OffsetFetchResponse { error_code: error.code(), ..Default::default() }
        }
        Err(error) => {
            let unknown = request.topics.into_iter().flatten().map(|topic| FetchedTopic {
                topic: text(&topic.name),
                topic_id: Uuid::ZERO,
                partitions: topic.partition_indexes.iter().map(|index| nothing(*index)).collect(),
            });
            OffsetFetchResponse {
                topics: unknown.map(|topic| old_topic(&topic, error)).collect(),
                ..Default::default()
            }
        }
    }
}

fn nothing(partition: i32) -> CommittedOffset {
    CommittedOffset { partition, offset: -1, leader_epoch: -1, metadata: Arc::default() }
}

fn old_topic(topic: &FetchedTopic, error: ErrorCode) -> OffsetFetchResponseTopic {
    let partition = |committed: &CommittedOffset| OffsetFetchResponsePartition {
        partition_index: committed.partition,
        committed_offset: committed.offset,
        committed_leader_epoch: committed.leader_epoch,
        metadata: Some(WireStr::from(&*committed.metadata)),
        error_code: error.code(),
        ..Default::default()
    };
    OffsetFetchResponseTopic {
        name: WireStr::from(&*topic.topic),
        partitions: topic.partitions.iter().map(partition).collect(),
        ..Default::default()
    }
}

async fn one_of_many(context: &RequestContext, asked: OffsetFetchRequestGroup) -> OffsetFetchResponseGroup {
    let by_id = context.version >= VERSION_WITH_TOPIC_IDS;
    let wants_all = asked.topics.is_none();
    let named = asked.topics.into_iter().flatten();
    let (known, unknown): (Vec<_>, Vec<_>) =
        named.map(|topic| resolve(context, by_id, topic)).partition(Result::is_ok);
    let known: Vec<FetchTopic> = known.into_iter().flatten().collect();
    let question = OffsetFetch {
        group: group(&asked.group_id),
        member_id: asked.member_id.as_ref().map(member),
        member_epoch: asked.member_epoch,
        topics: (!wants_all).then_some(known),
    };
    match fetch(context, question).await {
        Ok(topics) => {
            let found = topics.into_iter().filter_map(|topic| new_topic(context, by_id, &topic));
            let missing = unknown.into_iter().filter_map(Result::err);
            OffsetFetchResponseGroup {
                group_id: asked.group_id,
                topics: found.chain(missing).collect(),
                ..Default::default()
            }
        }
        Err(error) => OffsetFetchResponseGroup {
            group_id: asked.group_id,
            error_code: error.code(),
            ..Default::default()
        },
    }
}

/// The topic as the machine knows it; an id that is unknown is answered here.
fn resolve(
    context: &RequestContext,
    by_id: bool,
    asked: OffsetFetchRequestTopics,
) -> Result<FetchTopic, OffsetFetchResponseTopics> {
    if !by_id {
        let partitions = asked.partition_indexes;
        return Ok(FetchTopic { topic: text(&asked.name), topic_id: Uuid::ZERO, partitions });
    }
    match context.state.image().topics().by_id(asked.topic_id) {
        Some(topic) => Ok(FetchTopic {
            topic: topic.name().as_str().into(),
            topic_id: topic.id(),
            partitions: asked.partition_indexes,
        }),
        None => {
            context.count(ErrorCode::UnknownTopicId);
            let partition = |index: i32| partition(&nothing(index), ErrorCode::UnknownTopicId);
            Err(OffsetFetchResponseTopics {
                topic_id: asked.topic_id,
                partitions: asked.partition_indexes.into_iter().map(partition).collect(),
                ..Default::default()
            })
        }
    }
}

/// A topic of the answer. Where topics are named by id, one that has none any more is left out.
fn new_topic(
    context: &RequestContext,
    by_id: bool,
    topic: &FetchedTopic,
) -> Option<OffsetFetchResponseTopics> {
    let topic_id = if by_id && topic.topic_id == Uuid::ZERO {
        context.state.image().topics().by_text(&topic.topic)?.id()
    } else {
        topic.topic_id
    };
    Some(OffsetFetchResponseTopics {
        name: WireStr::from(&*topic.topic),
        topic_id,
        partitions: topic.partitions.iter().map(|committed| partition(committed, ErrorCode::None)).collect(),
        ..Default::default()
    })
}

fn partition(committed: &CommittedOffset, error: ErrorCode) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index: committed.partition,
        committed_offset: committed.offset,
        committed_leader_epoch: committed.leader_epoch,
        metadata: Some(WireStr::from(&*committed.metadata)),
        error_code: error.code(),
        ..Default::default()
    }
}
