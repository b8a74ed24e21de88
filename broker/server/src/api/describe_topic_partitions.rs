//! DescribeTopicPartitions (75): topics with their partitions, page by page. The pages go by topic name; a cursor says where
//! the next one begins.

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_metadata::{MetadataImage, PartitionState, TopicImage};
use weir_model::{BrokerId, ErrorCode, PartitionIndex, TopicName};
use weir_wire::WireStr;
use weir_wire::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use weir_wire::messages::{DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse};

use super::RequestContext;
use super::operations::TOPIC_OPERATIONS;

/// Answers with one page.
pub(crate) async fn handle(
    context: RequestContext,
    request: DescribeTopicPartitionsRequest,
) -> DescribeTopicPartitionsResponse {
    let image = context.state.image();
    let most = context.state.config().broker.network.described_partitions_max;
    let limit = usize::try_from(request.response_partition_limit).unwrap_or(0).min(most).max(1);
    let (mut topics, next) = page(&image, &request, limit);
    for topic in &mut topics {
        served_only(&context, topic);
    }
    let next_cursor = next.map(|(name, partition)| Cursor {
        topic_name: WireStr::from(name),
        partition_index: partition,
        ..Default::default()
    });
    DescribeTopicPartitionsResponse { topics, next_cursor, ..Default::default() }
}

/// The topics that were asked for, from the cursor on, in the order of their names; a name that is not there only if it was
/// asked for.
fn wanted<'a>(
    image: &'a MetadataImage,
    request: &DescribeTopicPartitionsRequest,
) -> Vec<(String, Option<&'a Arc<TopicImage>>)> {
    let first = request.cursor.as_ref().map_or("", |cursor| &*cursor.topic_name);
    if request.topics.is_empty() {
        let all = image.topics().iter().map(|topic| (topic.name().to_string(), Some(topic)));
        return all.filter(|(name, _)| name.as_str() >= first).collect();
    }
    let names: BTreeSet<&str> = request.topics.iter().map(|topic| &*topic.name).collect();
    names.range(first..).map(|name| ((*name).to_owned(), image.topics().by_text(name))).collect()
}

type Next = Option<(String, i32)>;

fn page(
    image: &MetadataImage,
    request: &DescribeTopicPartitionsRequest,
    limit: usize,
) -> (Vec<DescribeTopicPartitionsResponseTopic>, Next) {
    let mut room = limit;
    let mut topics = Vec::new();
    for (name, topic) in wanted(image, request) {
        let Some(topic) = topic else {
            topics.push(unknown(&name));
            continue;
        };
        if room == 0 {
            return (topics, Some((name, 0)));
        }
        let first = match &request.cursor {
            Some(cursor) if *cursor.topic_name == *name => {
                usize::try_from(cursor.partition_index).unwrap_or(0)
            }
            _ => 0,
        };
        let partitions: Vec<_> =
            topic.numbered().skip(first).take(room).map(|(index, state)| partition(index, state)).collect();
        room -= partitions.len();
        let end = first + partitions.len();
        topics.push(described(topic, partitions));
        if end < topic.partitions().len() {
            return (topics, Some((name, i32::try_from(end).unwrap_or(i32::MAX))));
        }
    }
    (topics, None)
}

fn unknown(name: &str) -> DescribeTopicPartitionsResponseTopic {
    let error = match TopicName::new(name) {
        Ok(_) => ErrorCode::UnknownTopicOrPartition,
        Err(_) => ErrorCode::InvalidTopicException,
    };
    DescribeTopicPartitionsResponseTopic {
        error_code: error.code(),
        name: Some(WireStr::from(name)),
        is_internal: weir_model::INTERNAL_TOPICS.contains(&name),
        topic_authorized_operations: TOPIC_OPERATIONS,
        ..Default::default()
    }
}

fn described(
    topic: &TopicImage,
    partitions: Vec<DescribeTopicPartitionsResponsePartition>,
) -> DescribeTopicPartitionsResponseTopic {
    DescribeTopicPartitionsResponseTopic {
        name: Some(WireStr::from(topic.name().as_str())),
        topic_id: topic.id(),
        is_internal: topic.name().is_internal(),
        partitions,
        topic_authorized_operations: TOPIC_OPERATIONS,
        ..Default::default()
    }
}

fn partition(index: PartitionIndex, state: &PartitionState) -> DescribeTopicPartitionsResponsePartition {
    let numbers = |brokers: &[BrokerId]| brokers.iter().map(|broker| broker.0).collect::<Vec<i32>>();
    DescribeTopicPartitionsResponsePartition {
        error_code: if state.leader == BrokerId::NONE {
            ErrorCode::LeaderNotAvailable
        } else {
            ErrorCode::None
        }
        .code(),
        partition_index: index.0,
        leader_id: state.leader.0,
        leader_epoch: state.leader_epoch.0,
        replica_nodes: numbers(&state.replicas),
        isr_nodes: numbers(&state.isr),
        eligible_leader_replicas: Some(Vec::new()),
        last_known_elr: Some(Vec::new()),
        offline_replicas: Vec::new(),
        ..Default::default()
    }
}

/// A partition whose log this broker could not open, or whose disk failed, has no leader to offer.
fn served_only(context: &RequestContext, topic: &mut DescribeTopicPartitionsResponseTopic) {
    context.count(ErrorCode::from_code(topic.error_code).unwrap_or(ErrorCode::UnknownServerError));
    let partitions = &context.state.partitions;
    for partition in &mut topic.partitions {
        if !partitions.is_served(topic.topic_id, PartitionIndex(partition.partition_index)) {
            partition.error_code = ErrorCode::LeaderNotAvailable.code();
            partition.leader_id = BrokerId::NONE.0;
            partition.offline_replicas = std::mem::take(&mut partition.isr_nodes);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use weir_metadata::MetadataRecord;
    use weir_model::{LeaderEpoch, PartitionEpoch, Uuid};
    use weir_wire::messages::describe_topic_partitions_request::{self, TopicRequest};

    use super::*;

    /// Topics `a` with 2 partitions, `b` with 3, `c` with 1.
    fn image() -> MetadataImage {
        let mut records = Vec::new();
        for (number, (name, count)) in [("a", 2), ("b", 3), ("c", 1)].into_iter().enumerate() {
            let id = Uuid([u8::try_from(number).unwrap() + 1; 16]);
            records.push(MetadataRecord::Topic { name: TopicName::new(name).unwrap(), id });
            records.extend((0..count).map(|index| MetadataRecord::Partition {
                topic: id,
                partition: PartitionIndex(index),
                state: PartitionState {
                    replicas: vec![BrokerId(1)],
                    isr: vec![BrokerId(1)],
                    leader: BrokerId(1),
                    leader_epoch: LeaderEpoch(4),
                    partition_epoch: PartitionEpoch(0),
                },
            }));
        }
        MetadataImage::default().applied(&records).unwrap().0
    }

    fn ask(topics: &[&str], cursor: Option<(&str, i32)>) -> DescribeTopicPartitionsRequest {
        DescribeTopicPartitionsRequest {
            topics: topics
                .iter()
                .map(|name| TopicRequest { name: WireStr::from(*name), ..Default::default() })
                .collect(),
            cursor: cursor.map(|(name, partition_index)| describe_topic_partitions_request::Cursor {
                topic_name: WireStr::from(name),
                partition_index,
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    fn shown(topics: &[&str], cursor: Option<(&str, i32)>, limit: usize) -> (String, Next) {
        let (topics, next) = page(&image(), &ask(topics, cursor), limit);
        let topic = |topic: &DescribeTopicPartitionsResponseTopic| {
            let partitions: Vec<_> = topic.partitions.iter().map(|p| p.partition_index.to_string()).collect();
            format!("{}:{}:{}", topic.name.as_deref().unwrap(), topic.error_code, partitions.join(","))
        };
        (topics.iter().map(topic).collect::<Vec<_>>().join(" "), next)
    }

    #[test]
    fn pages_cover_everything_once() {
        let whole = ("a:0:0,1 b:0:0,1,2 c:0:0".to_owned(), None);
        assert_eq!(shown(&[], None, 100), whole);
        assert_eq!(shown(&[], None, 6), whole);
        for limit in 1..6 {
            let (mut cursor, mut seen): (Next, Vec<String>) = (None, Vec::new());
            loop {
                let at = cursor.as_ref().map(|(name, index)| (name.as_str(), *index));
                let (topics, next) = page(&image(), &ask(&[], at), limit);
                assert!(topics.iter().map(|topic| topic.partitions.len()).sum::<usize>() <= limit);
                for topic in &topics {
                    let name = topic.name.as_deref().unwrap();
                    seen.extend(topic.partitions.iter().map(|p| format!("{name}{}", p.partition_index)));
                }
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(seen, ["a0", "a1", "b0", "b1", "b2", "c0"], "limit {limit}");
        }
    }

    #[test]
    fn only_what_was_asked_for_is_missed() {
        assert_eq!(shown(&["c", "x", "a b"], None, 9).0, "a b:17: c:0:0 x:3:");
        assert_eq!(shown(&["a", "c"], Some(("b", 1)), 9).0, "c:0:0", "the cursor's topic is gone");
        assert_eq!(shown(&[], Some(("b", 2)), 9).0, "b:0:2 c:0:0");
        assert_eq!(shown(&[], Some(("b", 9)), 9).0, "b:0: c:0:0", "there are fewer than the cursor says");
    }
}
