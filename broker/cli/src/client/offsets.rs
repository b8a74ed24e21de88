//! Offsets of partitions, by position and by time.

use std::collections::BTreeMap;

use weir_wire::WireStr;
use weir_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use weir_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use weir_wire::messages::{FetchRequest, ListOffsetsRequest};

use super::{Cluster, check, error_code};
use crate::exit::Failure;
use weir_wire::ErrorCode;

/// A partition by name and number.
pub(crate) type Partition = (String, i32);

/// The special times of the protocol.
pub(crate) const LATEST: i64 = -1;
pub(crate) const EARLIEST: i64 = -2;

impl Cluster {
    /// The leader of each partition of the topics; a topic that is not there is a failure.
    pub(crate) fn leaders(&mut self, topics: &[String]) -> Result<BTreeMap<Partition, i32>, Failure> {
        let (metadata, _) = self.until_settled(|cluster| {
            let metadata = cluster.metadata(Some(topics))?;
            let codes = metadata.topics.iter().map(|topic| error_code(topic.error_code));
            let code = codes.filter(|code| code.is_error()).last().unwrap_or(ErrorCode::None);
            Ok((metadata, code))
        })?;
        let mut leaders = BTreeMap::new();
        for topic in &metadata.topics {
            let name = topic.name.as_deref().unwrap_or_default();
            if error_code(topic.error_code) == ErrorCode::UnknownTopicOrPartition {
                return Err(crate::driver::no_topic(name));
            }
            check(topic.error_code, None, &format!("topic '{name}'"))?;
            for partition in &topic.partitions {
                leaders.insert((name.to_owned(), partition.partition_index), partition.leader_id);
            }
        }
        Ok(leaders)
    }

    /// The offset at a time (or [`LATEST`], [`EARLIEST`]) of each partition; a partition without a leader is left out, one
    /// without a record at or after the time has -1.
    pub(crate) fn offsets_at(
        &mut self,
        leaders: &BTreeMap<Partition, i32>,
        time: impl Fn(&Partition) -> i64,
    ) -> Result<BTreeMap<Partition, i64>, Failure> {
        let mut by_broker: BTreeMap<i32, Vec<&Partition>> = BTreeMap::new();
        for (partition, leader) in leaders.iter().filter(|(_, leader)| **leader >= 0) {
            by_broker.entry(*leader).or_default().push(partition);
        }
        let mut offsets = BTreeMap::new();
        for (broker, partitions) in by_broker {
            let request = ListOffsetsRequest {
                replica_id: -1,
                topics: by_topic(&partitions, &time),
                timeout_ms: self.timeout_ms(),
                ..Default::default()
            };
            let response = self.ask_broker(broker, &request, 9)?;
            for topic in response.topics {
                for answer in topic.partitions {
                    let name = topic.name.to_string();
                    check(answer.error_code, None, &format!("offsets of {name}-{}", answer.partition_index))?;
                    offsets.insert((name, answer.partition_index), answer.offset);
                }
            }
        }
        Ok(offsets)
    }

    /// Whether the leader of a partition reads what stands at an offset; false if it is damaged. The records are not looked at.
    pub(crate) fn is_readable(&mut self, partition: &Partition, offset: i64) -> Result<bool, Failure> {
        let leaders = self.leaders(std::slice::from_ref(&partition.0))?;
        let leader = leaders.get(partition).copied().unwrap_or(-1);
        let entry = FetchPartition {
            partition: partition.1,
            fetch_offset: offset,
            // At least a batch comes, however large it is.
            partition_max_bytes: 1,
            ..Default::default()
        };
        let topic = FetchTopic {
            topic: WireStr::from(partition.0.as_str()),
            partitions: vec![entry],
            ..Default::default()
        };
        let request = FetchRequest { topics: vec![topic], max_bytes: 1, ..Default::default() };
        // Later versions name topics by their ids.
        let response = self.ask_broker(leader, &request, 12)?;
        let about = format!("{}-{} at offset {offset}", partition.0, partition.1);
        check(response.error_code, None, &about)?;
        let answer = response.responses.iter().flat_map(|topic| &topic.partitions).next();
        let code = answer.ok_or_else(super::topics::no_answer)?.error_code;
        match error_code(code) {
            ErrorCode::CorruptMessage => Ok(false),
            _ => check(code, None, &about).map(|()| true),
        }
    }
}

/// The partitions of one broker as a request groups them.
fn by_topic(partitions: &[&Partition], time: impl Fn(&Partition) -> i64) -> Vec<ListOffsetsTopic> {
    let mut topics: Vec<ListOffsetsTopic> = Vec::new();
    for partition in partitions {
        let entry = ListOffsetsPartition {
            partition_index: partition.1,
            timestamp: time(partition),
            ..Default::default()
        };
        match topics.last_mut().filter(|topic| *topic.name == *partition.0) {
            Some(topic) => topic.partitions.push(entry),
            None => topics.push(ListOffsetsTopic {
                name: WireStr::from(partition.0.as_str()),
                partitions: vec![entry],
            }),
        }
    }
    topics
}
