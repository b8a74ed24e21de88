//! A shard on a bench: a clock that moves when told, a log in memory, requests by short calls, and text of what happens.
#![allow(dead_code, clippy::unwrap_used, unreachable_pub)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use weir_coordinator::record::{self, Decoded, GroupRecord};
use weir_coordinator::*;
use weir_model::{ErrorCode, Generation, GroupId, TimestampMs, Uuid};

pub struct Bench {
    pub shard: GroupShard,
    pub memory: GroupMemory,
    pub elapsed_ms: u64,
    /// Appends reach the log and are committed at once.
    pub commits: bool,
    pub log: Vec<EncodedRecord>,
    /// Appends under way while `commits` is off.
    pub open: Vec<(AppendId, Vec<EncodedRecord>)>,
    pub answers: BTreeMap<ReplyToken, Answer>,
    /// Groups whose records were too large.
    pub too_large: Vec<GroupId>,
    tokens: u64,
    ids: u8,
}

pub const START_MS: i64 = 1_000_000;

pub fn topics() -> Arc<dyn TopicsView> {
    Arc::new(FixedTopics::named(1, &[("bar", 3), ("foo", 6)]))
}

/// Settings as Kafka's, but for delays that a scenario would only wait for.
pub fn config() -> GroupConfig {
    GroupConfig {
        initial_rebalance_delay: Duration::ZERO,
        consumer_assignment_interval: Duration::ZERO,
        ..GroupConfig::default()
    }
}

impl Bench {
    pub fn new(config: GroupConfig) -> Self {
        let memory = GroupMemory::default();
        let mut bench = Self {
            shard: GroupShard::new(Arc::new(config), topics(), memory.clone()),
            memory,
            elapsed_ms: 0,
            commits: true,
            log: Vec::new(),
            open: Vec::new(),
            answers: BTreeMap::new(),
            too_large: Vec::new(),
            tokens: 0,
            ids: 0,
        };
        let mut effects = Vec::new();
        bench.shard.loaded(bench.now(), &mut effects);
        bench.perform(effects);
        bench
    }

    /// A shard that was loaded from this one's log.
    pub fn restarted(&self, config: GroupConfig) -> Self {
        let mut bench = Self::new(config);
        bench.shard = GroupShard::new(Arc::new(self::config()), topics(), bench.memory.clone());
        for record in &self.log {
            assert!(bench.shard.replay(Some(&record.key), record.value.as_deref()).unwrap());
        }
        bench.elapsed_ms = self.elapsed_ms;
        bench.log.clone_from(&self.log);
        let mut effects = Vec::new();
        bench.shard.loaded(bench.now(), &mut effects);
        bench.perform(effects);
        bench
    }

    pub fn now(&self) -> Now {
        let elapsed = Duration::from_millis(self.elapsed_ms);
        Now {
            wall: TimestampMs(START_MS + i64::try_from(self.elapsed_ms).unwrap()),
            monotonic: elapsed + Duration::from_secs(3600),
        }
    }

    pub fn perform(&mut self, effects: Vec<Effect>) {
        let mut done = None;
        for effect in effects {
            match effect {
                Effect::Append { id, records, .. } if self.commits => {
                    self.log.extend(records);
                    done = Some(id);
                }
                Effect::Append { id, records, .. } => self.open.push((id, records)),
                Effect::Reply { token, answer } => {
                    assert!(self.answers.insert(token, answer).is_none(), "{token:?} was answered twice");
                }
                Effect::TooLarge { groups } => self.too_large.extend(groups),
            }
        }
        if let Some(id) = done {
            let mut effects = Vec::new();
            self.shard.on_committed(self.now(), id, &mut effects);
            self.perform(effects);
        }
    }

    /// Commits the oldest open append.
    pub fn commit_one(&mut self) {
        let (id, records) = self.open.remove(0);
        self.log.extend(records);
        let mut effects = Vec::new();
        self.shard.on_committed(self.now(), id, &mut effects);
        self.perform(effects);
    }

    /// The oldest open append fails, and all after it.
    pub fn fail_all(&mut self, error: ErrorCode) {
        let (id, _) = self.open[0];
        self.open.clear();
        let mut effects = Vec::new();
        self.shard.on_append_failed(self.now(), id, error, &mut effects);
        self.perform(effects);
    }

    pub fn advance(&mut self, milliseconds: u64) {
        let end = self.elapsed_ms + milliseconds;
        while let Some(next) = self.shard.next_deadline() {
            let next = u64::try_from((next.saturating_sub(Duration::from_secs(3600))).as_millis()).unwrap();
            if next > end {
                break;
            }
            self.elapsed_ms = self.elapsed_ms.max(next);
            let mut effects = Vec::new();
            self.shard.on_timer(self.now(), &mut effects);
            self.perform(effects);
        }
        self.elapsed_ms = end;
    }

    pub fn send(&mut self, api_version: i16, request: Request) -> ReplyToken {
        self.tokens += 1;
        let is_new = match &request {
            Request::Join(join) => join.member_id.is_empty(),
            Request::ConsumerHeartbeat(heartbeat) => heartbeat.member_id.is_empty(),
            _ => false,
        };
        self.ids = self.ids.wrapping_add(u8::from(is_new));
        let token = ReplyToken(self.tokens);
        let mut fresh_id = [0; 16];
        fresh_id[15] = self.ids;
        let context = RequestContext {
            client_id: "client".into(),
            client_host: "/127.0.0.1".into(),
            api_version,
            fresh_id: Uuid(fresh_id),
        };
        let mut effects = Vec::new();
        self.shard.handle(self.now(), &context, request, token, &mut effects);
        self.perform(effects);
        token
    }

    pub fn answer(&mut self, token: ReplyToken) -> Option<Answer> {
        self.answers.remove(&token)
    }

    /// Sends and takes the answer, which must come at once.
    pub fn ask(&mut self, api_version: i16, request: Request) -> Answer {
        let token = self.send(api_version, request);
        self.answer(token).expect("an answer at once")
    }

    /// Sends and shows the answer, or that there is none yet.
    pub fn show(&mut self, api_version: i16, request: Request) -> String {
        let token = self.send(api_version, request);
        self.show_answer(token)
    }

    pub fn show_answer(&mut self, token: ReplyToken) -> String {
        match self.answer(token) {
            None => "waits".into(),
            Some(answer) => show(&answer),
        }
    }

    /// The log from this place on, one record a line.
    pub fn show_log(&self, from: usize) -> String {
        let mut text = String::new();
        for record in &self.log[from..] {
            let Decoded::Known(change) = record::decode(&record.key, record.value.as_deref()).unwrap() else {
                panic!("a record that the machine does not know");
            };
            writeln!(text, "{}", show_record(&change)).unwrap();
        }
        text
    }
}

fn show_epochs(partitions: &record::EpochAssignment) -> String {
    let topics = partitions.iter().map(|(topic, partitions)| format!("{}:{:?}", topic.0[15], partitions));
    topics.collect::<Vec<_>>().join(" ")
}

pub fn show_record(change: &GroupRecord) -> String {
    match change {
        GroupRecord::Offset { topic, partition, value, .. } => match value {
            None => format!("offset {topic}-{partition} gone"),
            Some(value) => format!("offset {topic}-{partition} = {} {:?}", value.offset, value.metadata),
        },
        GroupRecord::Classic { value: None, .. } => "classic gone".into(),
        GroupRecord::Classic { value: Some(value), .. } => {
            let members = value.members.iter().map(|member| {
                format!("{}={:?}", member.member_id, String::from_utf8_lossy(&member.assignment))
            });
            let members: Vec<_> = members.collect();
            format!("classic generation {} {:?} [{}]", value.generation, value.protocol, members.join(" "))
        }
        GroupRecord::Epoch { value, .. } => match value {
            None => "epoch gone".into(),
            Some(value) => format!("epoch {}", value.epoch),
        },
        GroupRecord::PartitionMetadata { .. } => "partition metadata gone".into(),
        GroupRecord::Member { member, value, .. } => match value {
            None => format!("member {member} gone"),
            Some(value) => format!("member {member} {:?} {:?}", value.topics, value.regex),
        },
        GroupRecord::TargetEpoch { value, .. } => match value {
            None => "target epoch gone".into(),
            Some(value) => format!("target epoch {}", value.epoch),
        },
        GroupRecord::Target { member, value, .. } => match value {
            None => format!("target {member} gone"),
            Some(value) => {
                let topics =
                    value.iter().map(|(topic, partitions)| format!("{}:{partitions:?}", topic.0[15]));
                format!("target {member} {}", topics.collect::<Vec<_>>().join(" "))
            }
        },
        GroupRecord::Current { member, value, .. } => match value {
            None => format!("current {member} gone"),
            Some(value) => format!(
                "current {member} epoch {} {:?} {} revoking {}",
                value.epoch,
                value.state,
                show_epochs(&value.assigned),
                show_epochs(&value.revoking)
            ),
        },
        GroupRecord::Regex { pattern, value, .. } => match value {
            None => format!("regex {pattern} gone"),
            Some(value) => format!("regex {pattern} {:?}", value.topics),
        },
    }
}

pub fn show(answer: &Answer) -> String {
    match answer {
        Err(refusal) => format!("{:?}", refusal.code),
        Ok(Reply::Join(reply)) if reply.error.is_error() => format!("{:?} {}", reply.error, reply.member_id),
        Ok(Reply::Join(reply)) => format!(
            "joined {} generation {} {} leader {} members {}{}",
            reply.member_id,
            reply.generation,
            reply.protocol_name.as_deref().unwrap_or("-"),
            reply.leader,
            reply.members.len(),
            if reply.skip_assignment { " skip" } else { "" },
        ),
        Ok(Reply::Sync(reply)) => format!("synced {:?}", String::from_utf8_lossy(&reply.assignment)),
        Ok(Reply::Heartbeat) => "ok".into(),
        Ok(Reply::Leave(results)) => {
            let results = results.iter().map(|result| format!("{}: {:?}", result.member_id, result.error));
            results.collect::<Vec<_>>().join(", ")
        }
        Ok(Reply::ConsumerHeartbeat(reply)) => {
            let mut text = format!("epoch {}", reply.member_epoch);
            if let Some(assignment) = &reply.assignment {
                let topics = assignment.iter().map(|topic| format!(" {}{:?}", topic.topic, topic.partitions));
                text.push_str(" assigned");
                topics.for_each(|topic| text.push_str(&topic));
            }
            text
        }
        Ok(Reply::OffsetCommit(topics) | Reply::OffsetDelete(topics)) => {
            let mut each = Vec::new();
            for topic in topics {
                each.extend(
                    topic
                        .partitions
                        .iter()
                        .map(|it| format!("{}-{} {:?}", topic.topic, it.partition, it.error)),
                );
            }
            each.join(", ")
        }
        Ok(Reply::OffsetFetch(topics)) => {
            let mut each = Vec::new();
            for topic in topics {
                each.extend(topic.partitions.iter().map(|it| {
                    format!(
                        "{}-{}={} {} {:?}",
                        topic.topic, it.partition, it.offset, it.leader_epoch, it.metadata
                    )
                }));
            }
            each.join(", ")
        }
        Ok(Reply::ListGroups(groups)) => {
            let groups = groups.iter().map(|it| format!("{} {} {}", it.group, it.state, it.group_type));
            groups.collect::<Vec<_>>().join(", ")
        }
        Ok(Reply::DescribeGroup(group)) => format!(
            "{} {} {} [{}]",
            group.state,
            group.protocol_type,
            group.protocol,
            group.members.iter().map(|it| it.member_id.to_string()).collect::<Vec<_>>().join(" ")
        ),
        Ok(Reply::DeleteGroup) => "deleted".into(),
        Ok(Reply::ConsumerDescribe(group)) => {
            let members = group.members.iter().map(|it| {
                format!(
                    "{} at {} owns {} wants {}",
                    it.member_id,
                    it.member_epoch,
                    it.assignment.len(),
                    it.target_assignment.len()
                )
            });
            format!(
                "{} epoch {} assignment {} by {} [{}]",
                group.state,
                group.group_epoch,
                group.assignment_epoch,
                group.assignor,
                members.collect::<Vec<_>>().join(", ")
            )
        }
    }
}

pub fn group() -> GroupId {
    GroupId::new("g")
}

pub fn join(member: &str, instance: Option<&str>, protocols: &[(&str, &[u8])]) -> JoinGroup {
    JoinGroup {
        group: group(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 30_000,
        member_id: MemberId::new(member),
        instance_id: instance.map(Into::into),
        protocol_type: "consumer".into(),
        protocols: protocols
            .iter()
            .map(|(name, metadata)| Protocol {
                name: (*name).into(),
                metadata: Bytes::copy_from_slice(metadata),
            })
            .collect(),
    }
}

pub fn sync(member: &str, generation: i32, assignments: &[(&str, &[u8])]) -> SyncGroup {
    SyncGroup {
        group: group(),
        generation: Generation(generation),
        member_id: MemberId::new(member),
        instance_id: None,
        protocol_type: None,
        protocol_name: None,
        assignments: assignments
            .iter()
            .map(|(member, bytes)| (MemberId::new(member), Bytes::copy_from_slice(bytes)))
            .collect(),
    }
}

pub fn beat(member: &str, generation: i32) -> Request {
    Request::Heartbeat(Heartbeat {
        group: group(),
        generation: Generation(generation),
        member_id: MemberId::new(member),
        instance_id: None,
    })
}

pub fn leave(members: &[(&str, Option<&str>)]) -> Request {
    Request::Leave(LeaveGroup {
        group: group(),
        members: members
            .iter()
            .map(|(member, instance)| LeavingMember {
                member_id: MemberId::new(member),
                instance_id: instance.map(Into::into),
            })
            .collect(),
    })
}

pub fn commit(member: &str, generation: i32, offsets: &[(&str, i32, i64)]) -> OffsetCommit {
    OffsetCommit {
        group: group(),
        generation_or_epoch: generation,
        member_id: MemberId::new(member),
        instance_id: None,
        retention_ms: None,
        topics: offsets
            .iter()
            .map(|(topic, partition, offset)| CommitTopic {
                topic: (*topic).into(),
                topic_id: Uuid::ZERO,
                partitions: vec![CommitPartition {
                    partition: *partition,
                    offset: *offset,
                    leader_epoch: 7,
                    metadata: Some("note".into()),
                }],
            })
            .collect(),
    }
}

pub fn fetch(topics: Option<&[(&str, &[i32])]>) -> OffsetFetch {
    OffsetFetch {
        group: group(),
        member_id: None,
        member_epoch: -1,
        topics: topics.map(|topics| {
            topics
                .iter()
                .map(|(topic, partitions)| FetchTopic {
                    topic: (*topic).into(),
                    topic_id: Uuid::ZERO,
                    partitions: partitions.to_vec(),
                })
                .collect()
        }),
    }
}

/// A heartbeat of the consumer protocol: joining (epoch 0) says everything.
pub fn pulse(member: &str, epoch: i32, topics: Option<&[&str]>) -> ConsumerHeartbeat {
    ConsumerHeartbeat {
        group: group(),
        member_id: MemberId::new(member),
        member_epoch: epoch,
        instance_id: None,
        rack_id: None,
        rebalance_timeout_ms: if epoch == 0 { 30_000 } else { -1 },
        subscribed_topic_names: topics.map(|topics| topics.iter().map(|topic| Arc::from(*topic)).collect()),
        subscribed_topic_regex: None,
        server_assignor: None,
        topic_partitions: (epoch == 0).then(Vec::new),
    }
}

pub fn owning(mut heartbeat: ConsumerHeartbeat, owned: &[(&str, &[i32])]) -> ConsumerHeartbeat {
    let topics = topics();
    let owned = owned.iter().map(|(topic, partitions)| TopicPartitions {
        topic_id: topics.by_name(topic).unwrap().id,
        topic: (*topic).into(),
        partitions: partitions.to_vec(),
    });
    heartbeat.topic_partitions = Some(owned.collect());
    heartbeat
}

/// The metadata of a classic consumer.
pub fn subscription(topics: &[&str]) -> Vec<u8> {
    let mut bytes = vec![0, 1];
    bytes.extend(i32::try_from(topics.len()).unwrap().to_be_bytes());
    for topic in topics {
        bytes.extend(i16::try_from(topic.len()).unwrap().to_be_bytes());
        bytes.extend(topic.as_bytes());
    }
    bytes.extend((-1i32).to_be_bytes());
    bytes.extend(0i32.to_be_bytes());
    bytes
}

/// An assignment for a classic consumer.
pub fn assignment(partitions: &[(&str, &[i32])]) -> Vec<u8> {
    let mut bytes = vec![0, 1];
    bytes.extend(i32::try_from(partitions.len()).unwrap().to_be_bytes());
    for (topic, partitions) in partitions {
        bytes.extend(i16::try_from(topic.len()).unwrap().to_be_bytes());
        bytes.extend(topic.as_bytes());
        bytes.extend(i32::try_from(partitions.len()).unwrap().to_be_bytes());
        partitions.iter().for_each(|partition| bytes.extend(partition.to_be_bytes()));
    }
    bytes.extend((-1i32).to_be_bytes());
    bytes
}

/// Reads an assignment of a classic consumer.
pub fn read_assignment(bytes: &[u8]) -> Vec<(String, i32)> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    let mut number = |size: usize| {
        let (head, tail) = rest.split_at(size);
        rest = tail;
        head.to_vec()
    };
    let mut owned = Vec::new();
    if bytes.is_empty() {
        return owned;
    }
    let int = |bytes: Vec<u8>| i32::from_be_bytes(bytes.try_into().unwrap());
    for _ in 0..int(number(4)) {
        let length = usize::try_from(i16::from_be_bytes(number(2).try_into().unwrap())).unwrap();
        let topic = String::from_utf8(number(length)).unwrap();
        for _ in 0..int(number(4)) {
            owned.push((topic.clone(), int(number(4))));
        }
    }
    owned
}
