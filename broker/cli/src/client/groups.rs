//! Consumer groups of both protocols: list, describe, offsets, delete.

use std::collections::BTreeMap;

use weir_wire::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use weir_wire::messages::{
    ConsumerGroupDescribeRequest, DeleteGroupsRequest, DescribeGroupsRequest, FindCoordinatorRequest,
    ListGroupsRequest, OffsetCommitRequest, OffsetFetchRequest,
};
use weir_wire::{ErrorCode, Reader, WireStr};

use super::offsets::Partition;
use super::topics::{NewTopic, Resource, no_answer};
use super::{Cluster, check, error_code};
use crate::exit::{Failure, Kind};

/// Where the coordinators of groups keep what they know.
const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// A group as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub(crate) struct ListedGroup {
    pub(crate) group: String,
    pub(crate) state: String,
    #[serde(rename = "type")]
    pub(crate) group_type: String,
    pub(crate) protocol: String,
}

/// A member of a group.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub(crate) struct Member {
    pub(crate) member: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance: Option<String>,
    pub(crate) client: String,
    pub(crate) host: String,
    /// What it reads; empty where the group's protocol is not the consumers'.
    #[serde(skip)]
    pub(crate) partitions: Vec<Partition>,
}

/// A group in full.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Group {
    pub(crate) group_type: &'static str,
    pub(crate) state: String,
    pub(crate) assignor: String,
    pub(crate) coordinator: i32,
    pub(crate) members: Vec<Member>,
}

impl Cluster {
    /// The groups of all brokers, by name.
    pub(crate) fn list_groups(&mut self) -> Result<Vec<ListedGroup>, Failure> {
        self.metadata(Some(&[]))?;
        let brokers: Vec<i32> = self.addresses.keys().copied().collect();
        let mut groups = Vec::new();
        for broker in brokers {
            let (response, _) = self.until_settled(|cluster| {
                let response = cluster.ask_broker(broker, &ListGroupsRequest::default(), 5)?;
                let code = error_code(response.error_code);
                Ok((response, code))
            })?;
            check(response.error_code, None, &format!("groups of broker {broker}"))?;
            groups.extend(response.groups.into_iter().map(|group| ListedGroup {
                group: group.group_id.to_string(),
                state: group.group_state.to_string(),
                group_type: match &*group.group_type {
                    "" => "classic".to_owned(),
                    group_type => group_type.to_lowercase(),
                },
                protocol: group.protocol_type.to_string(),
            }));
        }
        groups.sort_by(|one, other| one.group.cmp(&other.group));
        groups.dedup_by(|one, other| one.group == other.group);
        Ok(groups)
    }

    /// The broker that coordinates a group.
    fn coordinator(&mut self, group: &str) -> Result<i32, Failure> {
        self.metadata(Some(&[]))?;
        let request = FindCoordinatorRequest { key: WireStr::from(group), key_type: 0, ..Default::default() };
        let (response, _) = self.until_settled(|cluster| {
            let response = cluster.ask(&request, 3)?;
            let code = error_code(response.error_code);
            Ok((response, code))
        })?;
        if error_code(response.error_code) == ErrorCode::CoordinatorNotAvailable {
            return Err(self.no_coordinator(group));
        }
        check(
            response.error_code,
            response.error_message.as_ref(),
            &format!("coordinator of group '{group}'"),
        )?;
        if let Ok(port) = u16::try_from(response.port) {
            self.addresses.entry(response.node_id).or_insert_with(|| (response.host.to_string(), port));
        }
        Ok(response.node_id)
    }

    /// Fails if the group gets no coordinator in time.
    pub(crate) fn await_coordinator(&mut self, group: &str) -> Result<(), Failure> {
        self.coordinator(group).map(drop)
    }

    /// Why a group has no coordinator. A cluster makes the topic that the coordinators keep on first use, and tells nobody but its
    /// log why it does not; who asks for that topic is told.
    fn no_coordinator(&mut self, group: &str) -> Failure {
        self.renew();
        let none = format!("group '{group}' has no coordinator");
        match self.try_offsets_topic() {
            Err(refused) if refused.kind == Kind::Failed => Failure::failed(format!("{none}: {refused}"))
                .hint("mend what the broker names, and see its log"),
            _ => Failure::failed(format!("{none}: its partition of {OFFSETS_TOPIC} has no leader in time"))
                .hint(format!("see the broker's log and: weir topic describe {OFFSETS_TOPIC}")),
        }
    }

    /// Asks whether the topic of the coordinators could be made.
    fn try_offsets_topic(&mut self) -> Result<(), Failure> {
        let brokers = self.metadata(Some(&[]))?.brokers;
        let first = brokers.first().map_or(-1, |broker| broker.node_id);
        let settings = self.settings(Resource::Broker(first))?;
        let partitions = settings.iter().find(|setting| setting.name == "offsets.topic.num.partitions");
        let wish = NewTopic {
            name: OFFSETS_TOPIC,
            partitions: partitions.and_then(|setting| setting.value.as_deref()?.parse().ok()),
            // Of all brokers: how many copies a cluster takes while it has few brokers is its own matter.
            replication_factor: i16::try_from(brokers.len()).ok().map(|brokers| brokers.min(3)),
            config: Vec::new(),
            dry_run: true,
        };
        self.create_topic(&wish).map(drop)
    }

    /// A group with its members.
    pub(crate) fn describe_group(&mut self, group: &str) -> Result<Group, Failure> {
        let coordinator = self.coordinator(group)?;
        match self.describe_consumer_group(group, coordinator)? {
            Some(found) => Ok(found),
            None => self.describe_classic_group(group, coordinator),
        }
    }

    /// A group of the consumer protocol (KIP-848); `None` if it is of another one or the broker knows no such protocol.
    fn describe_consumer_group(&mut self, group: &str, coordinator: i32) -> Result<Option<Group>, Failure> {
        let request =
            ConsumerGroupDescribeRequest { group_ids: vec![WireStr::from(group)], ..Default::default() };
        if !self.connection(coordinator)?.serves::<ConsumerGroupDescribeRequest>(1) {
            return Ok(None);
        }
        let (found, code) = self.until_settled(|cluster| {
            let response = cluster.ask_broker(coordinator, &request, 1)?;
            let found = response.groups.into_iter().next().ok_or_else(no_answer)?;
            let code = error_code(found.error_code);
            Ok((found, code))
        })?;
        if code == ErrorCode::GroupIdNotFound {
            return Ok(None);
        }
        check(found.error_code, found.error_message.as_ref(), &format!("group '{group}'"))?;
        let members = found.members.into_iter().map(|member| Member {
            member: member.member_id.to_string(),
            instance: member.instance_id.map(|id| id.to_string()),
            client: member.client_id.to_string(),
            host: member.client_host.to_string(),
            partitions: (member.assignment.topic_partitions.iter())
                .flat_map(|topic| {
                    topic.partitions.iter().map(|&partition| (topic.topic_name.to_string(), partition))
                })
                .collect(),
        });
        Ok(Some(Group {
            group_type: "consumer",
            state: found.group_state.to_string(),
            assignor: found.assignor_name.to_string(),
            coordinator,
            members: members.collect(),
        }))
    }

    fn describe_classic_group(&mut self, group: &str, coordinator: i32) -> Result<Group, Failure> {
        let request = DescribeGroupsRequest { groups: vec![WireStr::from(group)], ..Default::default() };
        let (found, _) = self.until_settled(|cluster| {
            let response = cluster.ask_broker(coordinator, &request, 6)?;
            let found = response.groups.into_iter().next().ok_or_else(no_answer)?;
            let code = error_code(found.error_code);
            Ok((found, code))
        })?;
        // Before version 6 a group that is not there is a dead one.
        if error_code(found.error_code) == ErrorCode::GroupIdNotFound || &*found.group_state == "Dead" {
            return Err(no_group(group));
        }
        check(found.error_code, found.error_message.as_ref(), &format!("group '{group}'"))?;
        let is_consumer = &*found.protocol_type == "consumer";
        let members = found.members.into_iter().map(|member| Member {
            member: member.member_id.to_string(),
            instance: member.group_instance_id.map(|id| id.to_string()),
            client: member.client_id.to_string(),
            host: member.client_host.to_string(),
            partitions: if is_consumer { assignment(member.member_assignment) } else { Vec::new() },
        });
        Ok(Group {
            group_type: "classic",
            state: found.group_state.to_string(),
            assignor: found.protocol_data.to_string(),
            coordinator,
            members: members.collect(),
        })
    }

    /// The committed offsets of a group; a group that is not there has none.
    pub(crate) fn committed(&mut self, group: &str) -> Result<BTreeMap<Partition, i64>, Failure> {
        let coordinator = self.coordinator(group)?;
        let request =
            OffsetFetchRequest { group_id: WireStr::from(group), topics: None, ..Default::default() };
        let (response, _) = self.until_settled(|cluster| {
            let response = cluster.ask_broker(coordinator, &request, 7)?;
            let code = error_code(response.error_code);
            Ok((response, code))
        })?;
        check(response.error_code, None, &format!("offsets of group '{group}'"))?;
        let mut offsets = BTreeMap::new();
        for topic in response.topics {
            for partition in topic.partitions {
                let name = topic.name.to_string();
                check(
                    partition.error_code,
                    None,
                    &format!("offset of {name}-{}", partition.partition_index),
                )?;
                if partition.committed_offset >= 0 {
                    offsets.insert((name, partition.partition_index), partition.committed_offset);
                }
            }
        }
        Ok(offsets)
    }

    /// Commits offsets for a group without members.
    pub(crate) fn commit(&mut self, group: &str, offsets: &BTreeMap<Partition, i64>) -> Result<(), Failure> {
        let coordinator = self.coordinator(group)?;
        let mut topics: Vec<OffsetCommitRequestTopic> = Vec::new();
        for ((topic, partition), offset) in offsets {
            let entry = OffsetCommitRequestPartition {
                partition_index: *partition,
                committed_offset: *offset,
                committed_metadata: Some(WireStr::default()),
                ..Default::default()
            };
            match topics.last_mut().filter(|last| *last.name == **topic) {
                Some(last) => last.partitions.push(entry),
                None => topics.push(OffsetCommitRequestTopic {
                    name: WireStr::from(topic.as_str()),
                    partitions: vec![entry],
                    ..Default::default()
                }),
            }
        }
        let request = OffsetCommitRequest {
            group_id: WireStr::from(group),
            generation_id_or_member_epoch: -1,
            topics,
            ..Default::default()
        };
        let (response, _) = self.until_settled(|cluster| {
            let response = cluster.ask_broker(coordinator, &request, 9)?;
            let codes = response
                .topics
                .iter()
                .flat_map(|topic| &topic.partitions)
                .map(|it| error_code(it.error_code));
            let code = codes.filter(|code| code.is_error()).last().unwrap_or(ErrorCode::None);
            Ok((response, code))
        })?;
        for topic in &response.topics {
            for partition in &topic.partitions {
                let about =
                    format!("offset of {}-{} is not committed", topic.name, partition.partition_index);
                if error_code(partition.error_code) == ErrorCode::UnknownMemberId {
                    return Err(Failure::new(
                        Kind::Failed,
                        format!("{about}: the group '{group}' has members"),
                    )
                    .hint("stop its members first; see them with: weir group describe"));
                }
                check(partition.error_code, None, &about)?;
            }
        }
        Ok(())
    }

    /// Deletes a group without members.
    pub(crate) fn delete_group(&mut self, group: &str) -> Result<(), Failure> {
        let coordinator = self.coordinator(group)?;
        let request = DeleteGroupsRequest { groups_names: vec![WireStr::from(group)] };
        let (found, code) = self.until_settled(|cluster| {
            let response = cluster.ask_broker(coordinator, &request, 3)?;
            let found = response.results.into_iter().next().ok_or_else(no_answer)?;
            let code = error_code(found.error_code);
            Ok((found, code))
        })?;
        if code == ErrorCode::GroupIdNotFound {
            return Err(no_group(group));
        }
        check(found.error_code, found.error_message.as_ref(), &format!("group '{group}' is not deleted"))
    }
}

/// The failure for a group that is not there.
pub(crate) fn no_group(group: &str) -> Failure {
    Failure::not_found(format!("there is no group '{group}'")).hint("see the groups with: weir group list")
}

/// The partitions of a classic consumer's assignment: version, topics with partitions, user data. What can't be read is
/// left out: the bytes belong to the members, a broker does not check them.
fn assignment(bytes: bytes::Bytes) -> Vec<Partition> {
    let mut reader = Reader::new(bytes);
    let mut partitions = Vec::new();
    let mut read = || -> Result<(), weir_wire::DecodeError> {
        reader.int16()?;
        let topics = reader.array_count(false, 6)?.unwrap_or_default();
        for _ in 0..topics {
            let topic = reader.string(false)?.unwrap_or_default();
            for _ in 0..reader.array_count(false, 4)?.unwrap_or_default() {
                partitions.push((topic.to_string(), reader.int32()?));
            }
        }
        Ok(())
    };
    if read().is_err() {
        partitions.clear();
    }
    partitions
}
