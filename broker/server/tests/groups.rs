//! Groups over a real socket: every version of every API, both protocols, restarts, a disk that fails.
#![allow(
    clippy::unwrap_used,
    clippy::needless_update,
    reason = "messages are written as if they had more fields"
)]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use support::*;
use weir_model::{ErrorCode, Uuid};
use weir_server::{Broker, BrokerSettings};
use weir_wire::messages::consumer_group_heartbeat_request::TopicPartitions;
use weir_wire::messages::describe_groups_response::DescribedGroup;
use weir_wire::messages::join_group_request::JoinGroupRequestProtocol;
use weir_wire::messages::leave_group_request::MemberIdentity;
use weir_wire::messages::metadata_request::MetadataRequestTopic;
use weir_wire::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use weir_wire::messages::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use weir_wire::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use weir_wire::messages::sync_group_request::SyncGroupRequestAssignment;
use weir_wire::messages::*;
use weir_wire::{ApiKey, WireStr};

fn group_settings(dir: &Path) -> BrokerSettings {
    settings_with(
        dir,
        &[
            ("num.partitions", "2"),
            ("offsets.topic.num.partitions", "4"),
            ("group.initial.rebalance.delay.ms", "0"),
            ("group.consumer.assignment.interval.ms", "0"),
        ],
    )
}

/// A client whose coordinator is there, as clients make sure first.
async fn client(broker: &Broker) -> Client {
    let mut client = Client::to(broker).await;
    let request = FindCoordinatorRequest { key: "g".into(), ..Default::default() };
    let found = client.call(&request, 2).await;
    assert_eq!(error(found.error_code), ErrorCode::None);
    client
}

/// A topic of two partitions, made by asking for it.
async fn topic(client: &mut Client, name: &str) -> Uuid {
    let topics = vec![MetadataRequestTopic { name: Some(name.into()), ..Default::default() }];
    let request =
        MetadataRequest { topics: Some(topics), allow_auto_topic_creation: true, ..Default::default() };
    let response = client.call(&request, 12).await;
    assert_eq!(error(response.topics[0].error_code), ErrorCode::None);
    response.topics[0].topic_id
}

/// Asks again while the groups are loaded.
macro_rules! when_loaded {
    ($client:expr, $request:expr, $version:expr, $error:expr) => {{
        loop {
            let response = $client.call(&$request, $version).await;
            let code = error($error(&response));
            if !matches!(code, ErrorCode::CoordinatorLoadInProgress | ErrorCode::NotCoordinator) {
                break response;
            }
            tokio::task::yield_now().await;
        }
    }};
}

/// An answer may be long, and the question is not.
#[tokio::test]
async fn offsets_that_are_asked_for_twice_are_answered_once() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(group_settings(dir.path())).await;
    let mut client = client(&broker).await;
    let named = |name: &str| OffsetFetchRequestTopics {
        name: name.into(),
        partition_indexes: vec![0; 1_000],
        ..Default::default()
    };
    let group = OffsetFetchRequestGroup {
        group_id: "g".into(),
        topics: Some(vec![named("t"), named("u"), named("t")]),
        member_epoch: -1,
        ..Default::default()
    };
    let request = OffsetFetchRequest { groups: vec![group; 10], ..Default::default() };
    let response =
        when_loaded!(client, request, 9, |response: &OffsetFetchResponse| response.groups[0].error_code);
    let asked: Vec<_> = response.groups.iter().flat_map(|group| &group.topics).collect();
    let names: Vec<&str> = asked.iter().map(|topic| &*topic.name).collect();
    assert_eq!((response.groups.len(), names), (1, vec!["t", "u"]));
    assert!(asked.iter().all(|topic| topic.partitions.len() == 1));

    let old =
        OffsetFetchRequestTopic { name: "t".into(), partition_indexes: vec![0; 1_000], ..Default::default() };
    let request =
        OffsetFetchRequest { group_id: "g".into(), topics: Some(vec![old; 10]), ..Default::default() };
    let topics = client.call(&request, 7).await.topics;
    assert_eq!((topics.len(), topics[0].partitions.len()), (1, 1));
    broker.shutdown().await;
}

/// Members that come one after another, each to a group of its own and with much to say of itself, over all partitions of
/// the offsets.
#[tokio::test]
async fn what_members_say_is_bounded_over_all_groups() {
    const LIMIT_BYTES: usize = 1024 * 1024;
    let dir = tempfile::tempdir().unwrap();
    let mut settings = group_settings(dir.path());
    settings.config.insert("weir.group.memory.max.bytes".to_owned(), "1048576".to_owned());
    let broker = start(settings).await;
    let mut client = client(&broker).await;
    let mut refused_at = None;
    for nth in 0..100 {
        let mut request = join_request(&format!("group-{nth}"), &WireStr::default());
        request.protocols[0].metadata = Bytes::from(vec![7; 40_000]);
        let mut answer = when_loaded!(client, request, 9, |r: &JoinGroupResponse| r.error_code);
        if error(answer.error_code) == ErrorCode::MemberIdRequired {
            request.member_id = answer.member_id;
            answer = client.call(&request, 9).await;
        }
        assert!(metric(&broker, "weir_group_memory_bytes ").await <= LIMIT_BYTES);
        if answer.error_code != 0 {
            assert_eq!(error(answer.error_code), ErrorCode::GroupMaxSizeReached);
            refused_at = Some(nth);
            break;
        }
    }
    assert!(refused_at.is_some_and(|nth| nth > 10), "{refused_at:?}");
    assert!(metric(&broker, "weir_group_memory_bytes ").await > LIMIT_BYTES / 2);
    broker.shutdown().await;
}

fn join_request(group: &str, member: &WireStr) -> JoinGroupRequest {
    JoinGroupRequest {
        group_id: group.into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        member_id: member.clone(),
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".into(),
            metadata: Bytes::from_static(b"\0\x01\0\0\0\x01\0\x01t\xff\xff\xff\xff\0\0\0\0"),
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// Joins as a client of this version does, and comes back with the member's id and generation.
async fn join(client: &mut Client, group: &str, version: i16) -> (WireStr, i32) {
    let mut member = WireStr::default();
    loop {
        let request = join_request(group, &member);
        let request =
            if version == 0 { JoinGroupRequest { rebalance_timeout_ms: -1, ..request } } else { request };
        let response =
            when_loaded!(client, request, version, |response: &JoinGroupResponse| response.error_code);
        match error(response.error_code) {
            ErrorCode::None => return (response.member_id, response.generation_id),
            ErrorCode::MemberIdRequired => {
                assert!(version >= 4, "an old client can't be told its id");
                member = response.member_id;
            }
            other => panic!("join v{version}: {other:?}"),
        }
    }
}

fn sync_request(group: &str, member: &WireStr, generation: i32) -> SyncGroupRequest {
    SyncGroupRequest {
        group_id: group.into(),
        generation_id: generation,
        member_id: member.clone(),
        assignments: vec![SyncGroupRequestAssignment {
            member_id: member.clone(),
            assignment: Bytes::from_static(b"mine"),
            ..Default::default()
        }],
        ..Default::default()
    }
}

async fn sync(client: &mut Client, group: &str, member: &WireStr, generation: i32, version: i16) -> Bytes {
    let request = sync_request(group, member, generation);
    let response = client.call(&request, version).await;
    assert_eq!(error(response.error_code), ErrorCode::None, "sync v{version}");
    response.assignment
}

async fn heartbeat(
    client: &mut Client,
    group: &str,
    member: &WireStr,
    generation: i32,
    version: i16,
) -> ErrorCode {
    let request = HeartbeatRequest {
        group_id: group.into(),
        generation_id: generation,
        member_id: member.clone(),
        ..Default::default()
    };
    error(client.call(&request, version).await.error_code)
}

/// Many clients commit and beat while one gives assignments that no batch of the offsets' topic can hold: only it is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_are_too_large_fail_no_other_group() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = group_settings(dir.path());
    settings.config.insert("offsets.topic.num.partitions".to_owned(), "1".to_owned());
    settings.config.insert("message.max.bytes".to_owned(), "20000".to_owned());
    let broker = start(settings).await;
    let mut client = client(&broker).await;
    let id = topic(&mut client, "t").await;
    let ended = Arc::new(AtomicBool::new(false));
    let mut others = tokio::task::JoinSet::new();
    for nth in 0..16 {
        let (mut other, ended) = (Client::to(&broker).await, Arc::clone(&ended));
        others.spawn(async move {
            let group = format!("group-{nth}");
            while !ended.load(Ordering::Relaxed) {
                assert_eq!(commit(&mut other, &group, &[("t", id)], 8).await, [ErrorCode::None]);
            }
        });
    }
    let (member, mut generation) = join(&mut client, "large", 3).await;
    for _ in 0..50 {
        let mut request = sync_request("large", &member, generation);
        request.assignments[0].assignment = Bytes::from(vec![7; 20_000]);
        assert_eq!(error(client.call(&request, 3).await.error_code), ErrorCode::UnknownServerError);
        let again = client.call(&join_request("large", &member), 3).await;
        assert_eq!(error(again.error_code), ErrorCode::None);
        generation = again.generation_id;
    }
    ended.store(true, Ordering::Relaxed);
    while let Some(other) = others.join_next().await {
        other.unwrap();
    }
    assert_eq!(sync(&mut client, "large", &member, generation, 3).await, "mine");
    broker.shutdown().await;
}

async fn leave(client: &mut Client, group: &str, member: &WireStr, version: i16) -> ErrorCode {
    let mut request = LeaveGroupRequest { group_id: group.into(), ..Default::default() };
    if version < 3 {
        request.member_id = member.clone();
        return error(client.call(&request, version).await.error_code);
    }
    request.members = vec![MemberIdentity { member_id: member.clone(), ..Default::default() }];
    let response = client.call(&request, version).await;
    assert_eq!(error(response.error_code), ErrorCode::None);
    error(response.members[0].error_code)
}

fn commit_request(
    group: &str,
    member: &WireStr,
    generation: i32,
    topics: &[(&str, Uuid)],
) -> OffsetCommitRequest {
    let topic = |(name, id): &(&str, Uuid)| OffsetCommitRequestTopic {
        name: WireStr::from(*name),
        topic_id: *id,
        partitions: vec![OffsetCommitRequestPartition {
            partition_index: 1,
            committed_offset: 42,
            committed_leader_epoch: -1,
            committed_metadata: Some("as it came".into()),
            ..Default::default()
        }],
        ..Default::default()
    };
    OffsetCommitRequest {
        group_id: group.into(),
        generation_id_or_member_epoch: generation,
        member_id: member.clone(),
        retention_time_ms: -1,
        topics: topics.iter().map(topic).collect(),
        ..Default::default()
    }
}

async fn commit(client: &mut Client, group: &str, topics: &[(&str, Uuid)], version: i16) -> Vec<ErrorCode> {
    let request = commit_request(group, &WireStr::default(), -1, topics);
    let first = |response: &OffsetCommitResponse| response.topics[0].partitions[0].error_code;
    let response = when_loaded!(client, request, version, first);
    response.topics.iter().map(|topic| error(topic.partitions[0].error_code)).collect()
}

/// The committed offset and metadata of partition 1, and partition 0's offset, which nobody committed.
async fn fetch(client: &mut Client, group: &str, topic: (&str, Uuid), version: i16) -> (i64, String, i64) {
    let partition_indexes = vec![1, 0];
    if version < 8 {
        let topics =
            vec![OffsetFetchRequestTopic { name: topic.0.into(), partition_indexes, ..Default::default() }];
        let request =
            OffsetFetchRequest { group_id: group.into(), topics: Some(topics), ..Default::default() };
        // Version 1 has no place for an error but the partitions.
        let code = |response: &OffsetFetchResponse| match version {
            1 => response.topics[0].partitions[0].error_code,
            _ => response.error_code,
        };
        let response = when_loaded!(client, request, version, code);
        let partitions = &response.topics[0].partitions;
        assert!(partitions.iter().all(|partition| partition.error_code == 0), "v{version}: {response:?}");
        let metadata = partitions[0].metadata.clone().unwrap().to_string();
        return (partitions[0].committed_offset, metadata, partitions[1].committed_offset);
    }
    let named = version < 10;
    let topics = vec![OffsetFetchRequestTopics {
        name: if named { topic.0.into() } else { WireStr::default() },
        topic_id: if named { Uuid::ZERO } else { topic.1 },
        partition_indexes,
        ..Default::default()
    }];
    let groups = vec![OffsetFetchRequestGroup {
        group_id: group.into(),
        member_epoch: -1,
        topics: Some(topics),
        ..Default::default()
    }];
    let request = OffsetFetchRequest { groups, ..Default::default() };
    let response = when_loaded!(client, request, version, |response: &OffsetFetchResponse| response.groups
        [0]
    .error_code);
    let partitions = &response.groups[0].topics[0].partitions;
    assert!(partitions.iter().all(|partition| partition.error_code == 0), "v{version}: {response:?}");
    let metadata = partitions[0].metadata.clone().unwrap().to_string();
    (partitions[0].committed_offset, metadata, partitions[1].committed_offset)
}

#[tokio::test]
async fn every_version_finds_joins_syncs_beats_and_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(group_settings(dir.path())).await;
    let mut client = client(&broker).await;
    for version in versions(ApiKey::FindCoordinator) {
        let mut request = FindCoordinatorRequest::default();
        if version < 4 {
            request.key = "g".into();
        } else {
            request.coordinator_keys = vec!["g".into(), "h".into()];
        }
        let found = client.call(&request, version).await;
        let port = i32::from(address(&broker).port());
        if version < 4 {
            assert_eq!((found.error_code, found.node_id, found.port), (0, 1, port), "v{version}");
        } else {
            assert_eq!(found.coordinators.len(), 2);
            assert!(found.coordinators.iter().all(|it| (it.error_code, it.port) == (0, port)), "v{version}");
        }
    }
    for version in versions(ApiKey::JoinGroup) {
        let group = format!("join-{version}");
        let (member, generation) = join(&mut client, &group, version).await;
        assert_eq!(generation, 1);
        assert_eq!(sync(&mut client, &group, &member, generation, version.min(5)).await, "mine");
        let beat = heartbeat(&mut client, &group, &member, generation, version.min(4)).await;
        assert_eq!(beat, ErrorCode::None);
        assert_eq!(leave(&mut client, &group, &member, version.min(5)).await, ErrorCode::None);
        assert_eq!(leave(&mut client, &group, &member, version.min(5)).await, ErrorCode::UnknownMemberId);
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn every_version_commits_and_fetches_and_a_restart_keeps_it() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(group_settings(dir.path())).await;
    let mut client = client(&broker).await;
    let id = topic(&mut client, "t").await;
    for version in versions(ApiKey::OffsetCommit) {
        let group = format!("commit-{version}");
        let unknown =
            if version < 10 { ErrorCode::UnknownTopicOrPartition } else { ErrorCode::UnknownTopicId };
        let topics = [("t", id), ("nobody-has-it", Uuid([9; 16]))];
        assert_eq!(commit(&mut client, &group, &topics, version).await, [ErrorCode::None, unknown]);
    }
    broker.shutdown().await;
    let broker = start(group_settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    for version in versions(ApiKey::OffsetFetch) {
        for committed in versions(ApiKey::OffsetCommit) {
            let fetched = fetch(&mut client, &format!("commit-{committed}"), ("t", id), version).await;
            assert_eq!(fetched, (42, "as it came".to_owned(), -1), "fetch v{version} commit v{committed}");
        }
        let nothing = fetch(&mut client, "nobody", ("t", id), version).await;
        assert_eq!(nothing, (-1, String::new(), -1), "an unknown group is no error");
    }
    let all = OffsetFetchRequest { group_id: "commit-2".into(), topics: None, ..Default::default() };
    let all = client.call(&all, 7).await;
    assert_eq!((all.topics.len(), all.topics[0].partitions.len()), (1, 1));
    broker.shutdown().await;
}

async fn describe(client: &mut Client, group: &str, version: i16) -> DescribedGroup {
    let request = DescribeGroupsRequest { groups: vec![group.into()], ..Default::default() };
    let first = |response: &DescribeGroupsResponse| response.groups[0].error_code;
    when_loaded!(client, request, version, first).groups.remove(0)
}

#[tokio::test]
async fn every_version_lists_describes_and_deletes() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(group_settings(dir.path())).await;
    let mut client = client(&broker).await;
    let id = topic(&mut client, "t").await;
    let (member, generation) = join(&mut client, "busy", 5).await;
    sync(&mut client, "busy", &member, generation, 3).await;
    commit(&mut client, "idle", &[("t", id)], 7).await;
    for version in versions(ApiKey::DescribeGroups) {
        let busy = describe(&mut client, "busy", version).await;
        assert_eq!((&*busy.group_state, busy.members.len()), ("Stable", 1), "v{version}");
        assert_eq!(&*busy.members[0].client_host, "/127.0.0.1");
        let nobody = describe(&mut client, "nobody", version).await;
        let code = if version < 6 { ErrorCode::None } else { ErrorCode::GroupIdNotFound };
        assert_eq!((&*nobody.group_state, error(nobody.error_code)), ("Dead", code), "v{version}");
    }
    for version in versions(ApiKey::ListGroups) {
        let listed = client.call(&ListGroupsRequest::default(), version).await;
        let mut names: Vec<&str> = listed.groups.iter().map(|group| &*group.group_id).collect();
        names.sort_unstable();
        assert_eq!(names, ["busy", "idle"], "v{version}");
    }
    let delete = OffsetDeleteRequest {
        group_id: "busy".into(),
        topics: vec![OffsetDeleteRequestTopic {
            name: "t".into(),
            partitions: vec![OffsetDeleteRequestPartition { partition_index: 1, ..Default::default() }],
            ..Default::default()
        }],
        ..Default::default()
    };
    let deleted = client.call(&delete, 0).await;
    let code = error(deleted.topics[0].partitions[0].error_code);
    assert_eq!(code, ErrorCode::GroupSubscribedToTopic);
    for version in versions(ApiKey::DeleteGroups) {
        commit(&mut client, "idle", &[("t", id)], 7).await;
        let names = ["idle", "busy", "nobody"].map(WireStr::from).to_vec();
        let request = DeleteGroupsRequest { groups_names: names, ..Default::default() };
        let results = client.call(&request, version).await.results;
        let codes: Vec<ErrorCode> = results.iter().map(|result| error(result.error_code)).collect();
        assert_eq!(codes, [ErrorCode::None, ErrorCode::NonEmptyGroup, ErrorCode::GroupIdNotFound]);
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn members_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(group_settings(dir.path())).await;
    let mut first = client(&broker).await;
    let (member, generation) = join(&mut first, "g", 9).await;
    sync(&mut first, "g", &member, generation, 5).await;
    broker.shutdown().await;
    let broker = start(group_settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    assert_eq!(&*describe(&mut client, "g", 6).await.group_state, "Stable");
    assert_eq!(heartbeat(&mut client, "g", &member, generation, 4).await, ErrorCode::None);
    broker.shutdown().await;
}

#[tokio::test]
async fn the_consumer_protocol_assigns_on_the_broker() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(group_settings(dir.path())).await;
    let mut client = client(&broker).await;
    let id = topic(&mut client, "t").await;
    for version in versions(ApiKey::ConsumerGroupHeartbeat) {
        let group = format!("modern-{version}");
        let join = |member: &str| ConsumerGroupHeartbeatRequest {
            group_id: WireStr::from(group.as_str()),
            member_id: member.into(),
            rebalance_timeout_ms: 10_000,
            subscribed_topic_names: Some(vec!["t".into()]),
            topic_partitions: Some(Vec::new()),
            ..Default::default()
        };
        let code = |response: &ConsumerGroupHeartbeatResponse| response.error_code;
        let name = if version == 0 { "" } else { "a" };
        let first = when_loaded!(client, join(name), version, code);
        assert_eq!((first.error_code, first.member_epoch), (0, 2));
        let owned = &first.assignment.as_ref().unwrap().topic_partitions[0];
        assert_eq!((owned.topic_id, &owned.partitions[..]), (id, &[0, 1][..]));
        let second = client.call(&join("b"), version).await;
        assert!(second.assignment.unwrap().topic_partitions.is_empty(), "the first must give up one first");
        let beat = |member: &WireStr, epoch: i32, owned: Option<Vec<i32>>| ConsumerGroupHeartbeatRequest {
            group_id: WireStr::from(group.as_str()),
            member_id: member.clone(),
            member_epoch: epoch,
            rebalance_timeout_ms: -1,
            topic_partitions: owned
                .map(|partitions| vec![TopicPartitions { topic_id: id, partitions, ..Default::default() }]),
            ..Default::default()
        };
        let member = first.member_id.unwrap();
        let revoke = client.call(&beat(&member, 2, None), version).await.assignment.unwrap();
        let kept = revoke.topic_partitions[0].partitions.clone();
        assert_eq!(kept.len(), 1);
        let done = client.call(&beat(&member, 2, Some(kept)), version).await;
        assert_eq!(done.member_epoch, 3);
        let given = client.call(&beat(&"b".into(), 3, None), version).await.assignment.unwrap();
        assert_eq!(given.topic_partitions[0].partitions.len(), 1);
        let request =
            ConsumerGroupDescribeRequest { group_ids: vec![group.as_str().into()], ..Default::default() };
        let described = client.call(&request, version).await.groups.remove(0);
        assert_eq!((&*described.group_state, described.members.len()), ("Stable", 2), "{described:?}");
        let fenced = client.call(&beat(&"b".into(), 9, None), version).await;
        assert_eq!(error(fenced.error_code), ErrorCode::FencedMemberEpoch);
        assert!(fenced.error_message.is_some());
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn a_transactional_id_gets_a_final_error_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(group_settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    for version in 1..=6 {
        let mut request = FindCoordinatorRequest { key_type: 1, ..Default::default() };
        if version < 4 {
            request.key = "t".into();
        } else {
            request.coordinator_keys = vec!["t".into(), "u".into()];
        }
        let found = client.call(&request, version).await;
        let codes: Vec<i16> = match version {
            0..4 => vec![found.error_code],
            _ => found.coordinators.iter().map(|coordinator| coordinator.error_code).collect(),
        };
        assert_eq!(codes.len(), if version < 4 { 1 } else { 2 }, "version {version}");
        for code in codes {
            assert_eq!(error(code), ErrorCode::TransactionalIdAuthorizationFailed, "version {version}");
            assert!(!error(code).is_retriable());
        }
    }
    // Nothing may look as if there were transactions: no feature, and none of their APIs.
    let told = client
        .call(
            &weir_wire::messages::ApiVersionsRequest {
                client_software_name: "test".into(),
                client_software_version: "1".into(),
                ..Default::default()
            },
            4,
        )
        .await;
    let features: Vec<(&str, i16)> =
        told.finalized_features.iter().map(|feature| (&*feature.name, feature.max_version_level)).collect();
    assert_eq!(features, [("group.version", 1)]);
    assert!(!told.api_keys.iter().any(|api| (24..=28).contains(&api.api_key)));
    broker.shutdown().await;
}

#[tokio::test]
async fn a_commit_that_does_not_reach_the_disk_is_not_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let (env, faults) = faulty::faulty();
    let broker = Broker::start(group_settings(dir.path()), env).await.unwrap();
    let mut client = client(&broker).await;
    let id = topic(&mut client, "t").await;
    assert_eq!(commit(&mut client, "g", &[("t", id)], 7).await, [ErrorCode::None]);
    faults.failing_sync.store(true, Ordering::Relaxed);
    let request = commit_request("g", &WireStr::default(), -1, &[("t", id)]);
    let refused = client.call(&request, 7).await;
    assert_eq!(error(refused.topics[0].partitions[0].error_code), ErrorCode::NotCoordinator);
    drop(client);
    broker.shutdown().await;
}

#[tokio::test]
async fn operations_on_groups_are_told_to_who_asks() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(group_settings(dir.path())).await;
    let mut client = client(&broker).await;
    join(&mut client, "g", 3).await;
    for (asks, operations) in [(true, 0b1101_0100_1000), (false, i32::MIN)] {
        let request = DescribeGroupsRequest {
            groups: vec!["g".into()],
            include_authorized_operations: asks,
            ..Default::default()
        };
        assert_eq!(client.call(&request, 5).await.groups[0].authorized_operations, operations);
    }
    drop(client);
    broker.shutdown().await;
}
