//! What all members of a conversation share: the group, who is who, and somebody who looks at the group.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use weir_model::Uuid;
use weir_wire::messages::{
    ConsumerGroupDescribeRequest, DescribeGroupsRequest, ListGroupsRequest, MetadataRequest,
    OffsetCommitRequest, consumer_group_describe_response, metadata_request, offset_commit_request,
};
use weir_wire::{ErrorCode, WireStr};

use super::embedded::read_assignment;
use super::transcript::Transcript;
use crate::wire_client::Client;

/// Where a conversation takes place.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) group: String,
    /// What everybody subscribes to.
    pub(crate) topic: String,
    /// Its partitions, a multiple of [`SHARES`].
    pub(crate) partitions: i32,
}

/// Shared evenly by one to six members. Transcripts count partitions as if a topic had so many.
pub(crate) const SHARES: i32 = 60;

const METADATA_VERSION: i16 = 12;
const COMMIT_VERSION: i16 = 9;
const LIST_VERSION: i16 = 5;
const CLASSIC_DESCRIBE_VERSION: i16 = 6;
const CONSUMER_DESCRIBE_VERSION: i16 = 1;
/// What Kafka answers while it makes and loads the log of a group.
const SETTLING: [ErrorCode; 3] =
    [ErrorCode::CoordinatorLoadInProgress, ErrorCode::CoordinatorNotAvailable, ErrorCode::NotCoordinator];
const LOAD_LIMIT: Duration = Duration::from_secs(30);
const LOAD_RETRY: Duration = Duration::from_millis(50);
const NO_GROUP: &str = "no group";
/// A member of the classic protocol in a described consumer group.
const CLASSIC_MEMBER: i8 = 0;

/// The stage of one conversation.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) topic_id: Uuid,
    pub(super) transcript: Transcript,
    observer: Client,
    names: BTreeMap<String, &'static str>,
    described: String,
}

/// How much somebody has of what it shall have. Which partitions the others hold meanwhile decides the number.
fn share(has: usize, target: usize) -> &'static str {
    match has.cmp(&target) {
        _ if has == 0 => "none",
        Ordering::Less => "some",
        Ordering::Equal => "all",
        Ordering::Greater => "more",
    }
}

/// An assignment in an answer.
pub(super) fn assigned(count: usize) -> &'static str {
    if count == 0 { "assigned none" } else { "assigned some" }
}

/// The name of an error code.
pub(super) fn outcome(code: i16) -> String {
    match ErrorCode::from_code(code) {
        Some(ErrorCode::None) => "ok".to_owned(),
        Some(code) => code.to_string(),
        None => format!("error {code}"),
    }
}

fn topic_id(client: &mut Client, topic: &str) -> Result<Uuid> {
    let topic =
        metadata_request::MetadataRequestTopic { name: Some(WireStr::from(topic)), ..Default::default() };
    let response = client
        .call(&MetadataRequest { topics: Some(vec![topic]), ..Default::default() }, METADATA_VERSION)?;
    Ok(response.topics.first().context("no topic in the response")?.topic_id)
}

/// Commits an offset as a member, and returns the error code.
pub(super) fn commit(
    client: &mut Client,
    scene: &Scene,
    member: &str,
    epoch: i32,
    instance: Option<&'static str>,
) -> Result<i16> {
    let partition = offset_commit_request::OffsetCommitRequestPartition::default();
    let topic = offset_commit_request::OffsetCommitRequestTopic {
        name: scene.topic(),
        partitions: vec![partition],
        ..Default::default()
    };
    let request = OffsetCommitRequest {
        group_id: scene.group_id(),
        generation_id_or_member_epoch: epoch,
        member_id: WireStr::from(member),
        group_instance_id: instance.map(WireStr::from_static),
        topics: vec![topic],
        ..Default::default()
    };
    let response = client.call(&request, COMMIT_VERSION)?;
    let topic = response.topics.first().context("no topic in the response")?;
    Ok(topic.partitions.first().context("no partition in the response")?.error_code)
}

impl Scene {
    pub(super) fn open(stage: Stage, transcript: Transcript) -> Result<Self> {
        let mut observer = Client::connect(stage.address)?;
        observer.find_coordinator(&stage.group)?;
        let topic_id = topic_id(&mut observer, &stage.topic)?;
        let (names, described) = (BTreeMap::new(), String::new());
        let mut scene = Self { stage, topic_id, transcript, observer, names, described };
        let start = Instant::now();
        loop {
            let said = scene.classic_members()?;
            if !SETTLING.iter().any(|code| said == outcome(code.code())) {
                break;
            }
            ensure!(start.elapsed() < LOAD_LIMIT, "the coordinator of {} still loads", scene.stage.group);
            std::thread::sleep(LOAD_RETRY);
        }
        Ok(scene)
    }

    /// The group's name as requests carry it.
    pub(super) fn group_id(&self) -> WireStr {
        WireStr::from(self.stage.group.as_str())
    }

    /// The topic's name as requests carry it.
    pub(super) fn topic(&self) -> WireStr {
        WireStr::from(self.stage.topic.as_str())
    }

    /// A number of partitions as transcripts count them.
    fn shares(&self, partitions: usize) -> usize {
        partitions * SHARES as usize / self.stage.partitions as usize
    }

    /// Remembers whose id this is.
    pub(super) fn meet(&mut self, id: &str, label: &'static str) {
        self.names.insert(id.to_owned(), label);
    }

    /// Who has an id. An id that nobody was told is one that its owner still waits for.
    pub(super) fn name(&self, id: &str) -> &'static str {
        if id.is_empty() { "nobody" } else { self.names.get(id).copied().unwrap_or("somebody") }
    }

    /// Adds how the group looks, where that changed.
    pub(super) fn describe(&mut self) -> Result<()> {
        let listed = self.observer.call(&ListGroupsRequest::default(), LIST_VERSION)?;
        let group = listed.groups.into_iter().find(|group| *group.group_id == *self.stage.group);
        let seen = match group {
            None => NO_GROUP.to_owned(),
            // Kafka shows one that it has no record of as soon as a neighbour in the same log writes one.
            Some(group) if group.protocol_type.is_empty() => NO_GROUP.to_owned(),
            Some(group) => {
                let members = if group.group_type.eq_ignore_ascii_case("consumer") {
                    self.consumer_members()?
                } else {
                    self.classic_members()?
                };
                format!("{} group of {}, {members}", group.group_type, group.protocol_type)
            }
        };
        if seen == self.described {
            return Ok(());
        }
        self.transcript.say(format!("    {seen}"))?;
        self.described = seen;
        Ok(())
    }

    fn consumer_members(&mut self) -> Result<String> {
        let request = ConsumerGroupDescribeRequest { group_ids: vec![self.group_id()], ..Default::default() };
        let response = self.observer.call(&request, CONSUMER_DESCRIBE_VERSION)?;
        let group = response.groups.first().context("no described group")?;
        if group.error_code != 0 {
            return Ok(outcome(group.error_code));
        }
        let mut members: Vec<String> =
            group.members.iter().map(|member| self.consumer_member(member)).collect();
        members.sort();
        let (epoch, assigned) = (group.group_epoch, group.assignment_epoch);
        Ok(format!("{}, epoch {epoch}, assignment {assigned}: {}", group.group_state, members.join(" ")))
    }

    fn consumer_member(&self, member: &consumer_group_describe_response::Member) -> String {
        let count = |assignment: &consumer_group_describe_response::Assignment| {
            assignment.topic_partitions.iter().map(|topic| topic.partitions.len()).sum::<usize>()
        };
        let kind = if member.member_type == CLASSIC_MEMBER { "classic" } else { "consumer" };
        format!(
            "{}[{kind} at {} has {} of {}{}]",
            self.name(&member.member_id),
            member.member_epoch,
            share(count(&member.assignment), count(&member.target_assignment)),
            self.shares(count(&member.target_assignment)),
            if member.instance_id.is_some() { ", static" } else { "" },
        )
    }

    fn classic_members(&mut self) -> Result<String> {
        let request = DescribeGroupsRequest { groups: vec![self.group_id()], ..Default::default() };
        let response = self.observer.call(&request, CLASSIC_DESCRIBE_VERSION)?;
        let group = response.groups.into_iter().next().context("no described group")?;
        if group.error_code != 0 {
            return Ok(outcome(group.error_code));
        }
        let mut members = Vec::new();
        for member in group.members {
            let assigned = read_assignment(member.member_assignment)?;
            let count: usize = assigned.iter().map(|(_, partitions)| partitions.len()).sum();
            members.push(format!("{}[{}]", self.name(&member.member_id), self.shares(count)));
        }
        members.sort();
        Ok(format!("{}, protocol {:?}: {}", group.group_state, &*group.protocol_data, members.join(" ")))
    }
}
