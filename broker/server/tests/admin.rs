//! The admin APIs over a real socket: every version of each, what they change, and what stays after a restart.
#![allow(clippy::unwrap_used, clippy::needless_update)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::*;
use weir_model::{ErrorCode, Uuid};
use weir_server::Broker;
use weir_wire::messages::alter_configs_request;
use weir_wire::messages::create_partitions_request::CreatePartitionsTopic;
use weir_wire::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use weir_wire::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use weir_wire::messages::delete_topics_request::DeleteTopicState;
use weir_wire::messages::describe_configs_request::DescribeConfigsResource;
use weir_wire::messages::describe_configs_response::DescribeConfigsResult;
use weir_wire::messages::describe_log_dirs_request::DescribableLogDirTopic;
use weir_wire::messages::describe_topic_partitions_request::TopicRequest;
use weir_wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use weir_wire::messages::metadata_request::MetadataRequestTopic;
use weir_wire::messages::{
    AlterConfigsRequest, CreateAclsRequest, CreatePartitionsRequest, CreateTopicsRequest,
    CreateTopicsResponse, DeleteAclsRequest, DeleteRecordsRequest, DeleteTopicsRequest, DescribeAclsRequest,
    DescribeClusterRequest, DescribeConfigsRequest, DescribeLogDirsRequest, DescribeTopicPartitionsRequest,
    IncrementalAlterConfigsRequest, InitProducerIdRequest, ListConfigResourcesRequest, MetadataRequest,
};
use weir_wire::{ApiKey, WireStr};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

const TIMEOUT_MS: i32 = 30_000;

struct Setup {
    broker: Broker,
    client: Client,
    _dir: tempfile::TempDir,
}

async fn setup() -> Setup {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings_with(dir.path(), &[("num.partitions", "2")])).await;
    let client = Client::to(&broker).await;
    Setup { broker, client, _dir: dir }
}

fn topic(name: &str, partitions: i32, replication_factor: i16) -> CreatableTopic {
    CreatableTopic {
        name: WireStr::from(name),
        num_partitions: partitions,
        replication_factor,
        ..Default::default()
    }
}

fn config(name: &str, value: &str) -> CreatableTopicConfig {
    CreatableTopicConfig {
        name: WireStr::from(name),
        value: Some(WireStr::from(value)),
        ..Default::default()
    }
}

fn creation(topics: Vec<CreatableTopic>) -> CreateTopicsRequest {
    CreateTopicsRequest { topics, timeout_ms: TIMEOUT_MS, ..Default::default() }
}

fn codes(response: &CreateTopicsResponse) -> Vec<(&str, ErrorCode)> {
    response.topics.iter().map(|topic| (&*topic.name, error(topic.error_code))).collect()
}

/// Names and ids of all topics.
async fn topics(client: &mut Client) -> BTreeMap<String, Uuid> {
    let request = MetadataRequest { topics: None, ..Default::default() };
    let response = client.call(&request, 12).await;
    response.topics.iter().map(|topic| (topic.name.as_deref().unwrap().to_owned(), topic.topic_id)).collect()
}

async fn created(client: &mut Client, topics: Vec<CreatableTopic>) -> CreateTopicsResponse {
    let response = client.call(&creation(topics), 7).await;
    assert!(response.topics.iter().all(|topic| topic.error_code == 0), "{response:?}");
    response
}

#[tokio::test]
async fn topics_are_created_in_every_version_and_can_be_produced_to_at_once() {
    let Setup { broker, mut client, _dir } = setup().await;
    for version in versions(ApiKey::CreateTopics) {
        let name = format!("t{version}");
        let mut wanted = topic(&name, 3, 1);
        wanted.configs.push(config("retention.ms", "77"));
        let mut request = creation(vec![wanted]);
        request.validate_only = true;
        let validated = client.call(&request, version).await;
        assert_eq!(codes(&validated), [(name.as_str(), ErrorCode::None)]);
        assert!(!topics(&mut client).await.contains_key(&name), "only validated");
        request.validate_only = false;
        let response = client.call(&request, version).await;
        assert_eq!(codes(&response), [(name.as_str(), ErrorCode::None)]);
        assert_eq!(client.produce(&name, 2, batch(&["x"])).await, (ErrorCode::None, 0), "v{version}");
        let again = client.call(&request, version).await;
        assert_eq!(codes(&again), [(name.as_str(), ErrorCode::TopicAlreadyExists)]);
        let result = &response.topics[0];
        if version >= 7 {
            assert_eq!(result.topic_id, topics(&mut client).await[&name]);
        }
        if version >= 5 {
            assert_eq!((result.num_partitions, result.replication_factor), (3, 1));
            let configs = result.configs.as_ref().unwrap();
            let retention = configs.iter().find(|config| &*config.name == "retention.ms").unwrap();
            assert_eq!((retention.value.as_deref(), retention.config_source), (Some("77"), 1));
        }
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn topics_that_can_not_be_are_refused_one_by_one() {
    let Setup { broker, mut client, _dir } = setup().await;
    let mut unknown = topic("config", 1, 1);
    unknown.configs.push(config("retention", "1"));
    let mut small = topic("small", 1, 1);
    small.configs.push(config("segment.bytes", "1000"));
    let mut assigned = topic("assigned", -1, -1);
    assigned.assignments =
        vec![CreatableReplicaAssignment { partition_index: 0, broker_ids: vec![9], ..Default::default() }];
    let wanted = vec![
        topic("good", -1, -1),
        topic("bad name", 1, 1),
        topic("factor", 1, 2),
        topic("none", 0, 1),
        topic("a.b", 1, 1),
        topic("a_b", 1, 1),
        topic("twice", 1, 1),
        topic("twice", 1, 1),
        unknown,
        small,
        assigned,
    ];
    let response = client.call(&creation(wanted), 7).await;
    let expected = [
        ("good", ErrorCode::None),
        ("bad name", ErrorCode::InvalidTopicException),
        ("factor", ErrorCode::InvalidReplicationFactor),
        ("none", ErrorCode::InvalidPartitions),
        ("a.b", ErrorCode::None),
        ("a_b", ErrorCode::InvalidTopicException),
        ("twice", ErrorCode::InvalidRequest),
        ("config", ErrorCode::InvalidConfig),
        ("small", ErrorCode::InvalidConfig),
        ("assigned", ErrorCode::InvalidReplicaAssignment),
    ];
    assert_eq!(codes(&response), expected);
    let message = response.topics[7].error_message.as_deref().unwrap();
    assert!(message.contains("'retention.ms'"), "{message}");
    assert_eq!(response.topics[0].num_partitions, 2, "the broker's num.partitions");
    assert_eq!(topics(&mut client).await.into_keys().collect::<Vec<_>>(), ["a.b", "good"]);
    broker.shutdown().await;
}

#[tokio::test]
async fn topics_are_deleted_by_name_and_id_in_every_version() {
    let Setup { broker, mut client, _dir } = setup().await;
    for version in versions(ApiKey::DeleteTopics) {
        let id = created(&mut client, vec![topic("t", 1, 1)]).await.topics[0].topic_id;
        assert_eq!(client.produce("t", 0, batch(&["x"])).await, (ErrorCode::None, 0), "a new topic is empty");
        let mut request = DeleteTopicsRequest { timeout_ms: TIMEOUT_MS, ..Default::default() };
        let named = |name: &str| DeleteTopicState { name: Some(WireStr::from(name)), ..Default::default() };
        if version >= 6 {
            let by_id = DeleteTopicState { name: None, topic_id: id, ..Default::default() };
            let unknown = DeleteTopicState { name: None, topic_id: Uuid([5; 16]), ..Default::default() };
            request.topics = vec![by_id, named("x"), unknown];
        } else {
            request.topic_names = vec!["t".into(), "x".into()];
        }
        let response = client.call(&request, version).await;
        let codes: Vec<_> = response.responses.iter().map(|result| error(result.error_code)).collect();
        assert_eq!(codes[..2], [ErrorCode::None, ErrorCode::UnknownTopicOrPartition], "v{version}");
        assert_eq!(response.responses[0].name.as_deref(), Some("t"));
        if version >= 6 {
            assert_eq!(codes[2], ErrorCode::UnknownTopicId);
            assert_eq!((response.responses[0].topic_id, response.responses[2].name.as_ref()), (id, None));
        }
        assert!(topics(&mut client).await.is_empty());
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn deletion_can_be_off() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings_with(dir.path(), &[("delete.topic.enable", "false")])).await;
    let mut client = Client::to(&broker).await;
    created(&mut client, vec![topic("t", 1, 1)]).await;
    let request = DeleteTopicsRequest { topic_names: vec!["t".into()], timeout_ms: 1, ..Default::default() };
    for (version, code) in [(2, ErrorCode::InvalidRequest), (3, ErrorCode::TopicDeletionDisabled)] {
        let response = client.call(&request, version).await;
        assert_eq!(error(response.responses[0].error_code), code);
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn partitions_are_added_in_every_version() {
    let Setup { broker, mut client, _dir } = setup().await;
    created(&mut client, vec![topic("t", 1, 1)]).await;
    let growth = |name: &str, count| CreatePartitionsTopic {
        name: WireStr::from(name),
        count,
        assignments: None,
        ..Default::default()
    };
    for (count, version) in (2..).zip(versions(ApiKey::CreatePartitions)) {
        let mut request = CreatePartitionsRequest {
            topics: vec![growth("t", count), growth("x", 2)],
            timeout_ms: TIMEOUT_MS,
            validate_only: true,
            ..Default::default()
        };
        client.call(&request, version).await;
        assert_eq!(client.produce("t", count - 1, batch(&["x"])).await.0, ErrorCode::UnknownTopicOrPartition);
        request.validate_only = false;
        let response = client.call(&request, version).await;
        let codes: Vec<_> = response.results.iter().map(|result| error(result.error_code)).collect();
        assert_eq!(codes, [ErrorCode::None, ErrorCode::UnknownTopicOrPartition]);
        assert_eq!(client.produce("t", count - 1, batch(&["x"])).await, (ErrorCode::None, 0));
        let again = client.call(&request, version).await;
        assert_eq!(error(again.results[0].error_code), ErrorCode::InvalidPartitions);
    }
    broker.shutdown().await;
}

fn resource(kind: i8, name: &str, keys: Option<&[&str]>) -> DescribeConfigsResource {
    DescribeConfigsResource {
        resource_type: kind,
        resource_name: WireStr::from(name),
        configuration_keys: keys.map(|keys| keys.iter().map(|key| WireStr::from(*key)).collect()),
        ..Default::default()
    }
}

fn questions(resources: Vec<DescribeConfigsResource>) -> DescribeConfigsRequest {
    DescribeConfigsRequest { resources, include_synonyms: true, ..Default::default() }
}

/// Value and source of a config.
fn value_of(result: &DescribeConfigsResult, name: &str) -> (Option<String>, i8) {
    let config = result.configs.iter().find(|config| &*config.name == name).unwrap();
    (config.value.as_deref().map(str::to_owned), config.config_source)
}

#[tokio::test]
async fn configs_are_described_in_every_version() {
    let Setup { broker, mut client, _dir } = setup().await;
    let mut wanted = topic("t", 1, 1);
    wanted.configs.push(config("cleanup.policy", "compact"));
    created(&mut client, vec![wanted]).await;
    for version in versions(ApiKey::DescribeConfigs) {
        let resources = vec![
            resource(TOPIC, "t", None),
            resource(BROKER, "1", Some(&[])),
            resource(BROKER, "", None),
            resource(TOPIC, "t", Some(&["retention.ms"])),
            resource(TOPIC, "x", None),
            resource(BROKER, "2", None),
            resource(BROKER, "one", None),
        ];
        let mut request = questions(resources);
        request.include_documentation = version >= 3;
        let response = client.call(&request, version).await;
        let codes: Vec<_> = response.results.iter().map(|result| error(result.error_code)).collect();
        let refused = ErrorCode::InvalidRequest;
        assert_eq!(codes[..4], [ErrorCode::None; 4]);
        assert_eq!(codes[4..], [ErrorCode::UnknownTopicOrPartition, refused, refused]);
        let [of_topic, of_broker, of_all, one, ..] = &response.results[..] else { panic!() };
        assert_eq!((of_topic.configs.len(), of_all.configs.len(), one.configs.len()), (34, 0, 1));
        assert_eq!(value_of(of_topic, "cleanup.policy"), (Some("compact".to_owned()), 1));
        assert_eq!(value_of(of_topic, "retention.ms"), (Some("604800000".to_owned()), 5));
        assert_eq!(value_of(of_broker, "num.partitions"), (Some("2".to_owned()), 4));
        assert_eq!(value_of(of_broker, "node.id"), (Some("1".to_owned()), 4));
        assert!(value_of(of_broker, "advertised.listeners").0.unwrap().starts_with("PLAINTEXT://127.0.0.1:"));
        let cleanup = of_topic.configs.iter().find(|config| &*config.name == "cleanup.policy").unwrap();
        let synonyms: Vec<_> =
            cleanup.synonyms.iter().map(|synonym| (&*synonym.name, synonym.source)).collect();
        assert_eq!(synonyms, [("cleanup.policy", 1), ("log.cleanup.policy", 5)]);
        if version >= 3 {
            assert_eq!(cleanup.config_type, 7);
            assert!(cleanup.documentation.is_some());
        }
    }
    broker.shutdown().await;
}

fn change(kind: i8, name: &str, config: &str, op: i8, value: Option<&str>) -> AlterConfigsResource {
    AlterConfigsResource {
        resource_type: kind,
        resource_name: WireStr::from(name),
        configs: vec![AlterableConfig {
            name: WireStr::from(config),
            config_operation: op,
            value: value.map(WireStr::from),
            ..Default::default()
        }],
        ..Default::default()
    }
}

async fn altered(client: &mut Client, version: i16, resources: Vec<AlterConfigsResource>) -> Vec<ErrorCode> {
    let request = IncrementalAlterConfigsRequest { resources, ..Default::default() };
    let response = client.call(&request, version).await;
    response.responses.iter().map(|result| error(result.error_code)).collect()
}

async fn described(client: &mut Client, kind: i8, name: &str, config: &str) -> (Option<String>, i8) {
    let response = client.call(&questions(vec![resource(kind, name, None)]), 4).await;
    value_of(&response.results[0], config)
}

#[tokio::test]
async fn changed_configs_are_in_force_when_the_answer_comes() {
    const SET: i8 = 0;
    const DELETE: i8 = 1;
    const APPEND: i8 = 2;
    let Setup { broker, mut client, _dir } = setup().await;
    created(&mut client, vec![topic("t", 1, 1)]).await;
    for version in versions(ApiKey::IncrementalAlterConfigs) {
        let set = |value| vec![change(TOPIC, "t", "max.message.bytes", SET, Some(value))];
        assert_eq!(altered(&mut client, version, set("60")).await, [ErrorCode::None]);
        assert_eq!(client.produce("t", 0, batch(&["x"])).await.0, ErrorCode::MessageTooLarge);
        let reset = vec![change(TOPIC, "t", "max.message.bytes", DELETE, None)];
        assert_eq!(altered(&mut client, version, reset).await, [ErrorCode::None]);
        assert_eq!(client.produce("t", 0, batch(&["x"])).await.0, ErrorCode::None);
        let default = vec![change(BROKER, "", "message.max.bytes", SET, Some("60"))];
        assert_eq!(altered(&mut client, version, default).await, [ErrorCode::None]);
        assert_eq!(client.produce("t", 0, batch(&["x"])).await.0, ErrorCode::MessageTooLarge);
        assert_eq!(described(&mut client, TOPIC, "t", "max.message.bytes").await, (Some("60".to_owned()), 3));
        let own = vec![change(BROKER, "1", "message.max.bytes", SET, Some("1000000"))];
        assert_eq!(altered(&mut client, version, own).await, [ErrorCode::None]);
        assert_eq!(client.produce("t", 0, batch(&["x"])).await.0, ErrorCode::None);
        assert_eq!(
            described(&mut client, BROKER, "1", "message.max.bytes").await,
            (Some("1000000".to_owned()), 2)
        );
        let append = vec![change(TOPIC, "t", "cleanup.policy", APPEND, Some("compact"))];
        assert_eq!(altered(&mut client, version, append).await, [ErrorCode::None]);
        assert_eq!(described(&mut client, TOPIC, "t", "cleanup.policy").await.0.unwrap(), "delete,compact");
        let wrong = vec![
            change(TOPIC, "t", "no.such", SET, Some("1")),
            change(BROKER, "1", "num.partitions", SET, Some("1")),
            change(TOPIC, "x", "retention.ms", SET, Some("1")),
            change(BROKER, "", "max.connections", 9, Some("1")),
        ];
        let expected = [
            ErrorCode::InvalidConfig,
            ErrorCode::InvalidRequest,
            ErrorCode::UnknownTopicOrPartition,
            ErrorCode::InvalidRequest,
        ];
        assert_eq!(altered(&mut client, version, wrong).await, expected);
        for name in ["", "1"] {
            let undo = vec![change(BROKER, name, "message.max.bytes", DELETE, None)];
            assert_eq!(altered(&mut client, version, undo).await, [ErrorCode::None]);
        }
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn altering_all_configs_resets_the_others() {
    let Setup { broker, mut client, _dir } = setup().await;
    let mut wanted = topic("t", 1, 1);
    wanted.configs.push(config("retention.ms", "5"));
    created(&mut client, vec![wanted]).await;
    for (value, version) in (10..).zip(versions(ApiKey::AlterConfigs)) {
        let mut request = AlterConfigsRequest {
            resources: vec![alter_configs_request::AlterConfigsResource {
                resource_type: TOPIC,
                resource_name: "t".into(),
                configs: vec![alter_configs_request::AlterableConfig {
                    name: "segment.ms".into(),
                    value: Some(WireStr::from(value.to_string())),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            validate_only: true,
            ..Default::default()
        };
        client.call(&request, version).await;
        assert_ne!(described(&mut client, TOPIC, "t", "segment.ms").await.0, Some(value.to_string()));
        request.validate_only = false;
        let response = client.call(&request, version).await;
        assert_eq!(error(response.responses[0].error_code), ErrorCode::None);
        assert_eq!(described(&mut client, TOPIC, "t", "segment.ms").await, (Some(value.to_string()), 1));
        assert_eq!(described(&mut client, TOPIC, "t", "retention.ms").await.1, 5, "back to the default");
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn resources_with_configs_are_listed() {
    let Setup { broker, mut client, _dir } = setup().await;
    created(&mut client, vec![topic("t", 1, 1)]).await;
    let mut listed = async |version, resource_types| {
        let request = ListConfigResourcesRequest { resource_types, ..Default::default() };
        let response = client.call(&request, version).await;
        let names = response
            .config_resources
            .iter()
            .map(|resource| (resource.resource_type, resource.resource_name.to_string()));
        (error(response.error_code), names.collect::<Vec<_>>())
    };
    let (topic, node) = ((TOPIC, "t".to_owned()), (BROKER, "1".to_owned()));
    assert_eq!(listed(0, vec![]).await, (ErrorCode::None, vec![]));
    let loggers = (8, "1".to_owned());
    assert_eq!(listed(1, vec![]).await, (ErrorCode::None, vec![topic, node.clone(), loggers]));
    assert_eq!(listed(1, vec![BROKER, 16]).await, (ErrorCode::None, vec![node]));
    assert_eq!(listed(1, vec![77]).await, (ErrorCode::UnsupportedVersion, vec![]));
    broker.shutdown().await;
}

async fn producer_ids(client: &mut Client, count: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    let all: Vec<i16> = versions(ApiKey::InitProducerId).collect();
    for version in all.iter().cycle().take(count) {
        let request = InitProducerIdRequest { transactional_id: None, ..Default::default() };
        let response = client.call(&request, *version).await;
        assert_eq!((response.error_code, response.producer_epoch), (0, 0));
        ids.push(response.producer_id);
    }
    ids
}

#[tokio::test]
async fn producer_ids_are_never_given_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let broker = start(settings(dir.path())).await;
        let mut client = Client::to(&broker).await;
        for id in producer_ids(&mut client, 20).await {
            assert!(seen.insert(id), "{id} was given before");
        }
        broker.shutdown().await;
    }
}

#[tokio::test]
async fn a_transactional_id_is_refused_for_good() {
    let Setup { broker, mut client, _dir } = setup().await;
    for version in versions(ApiKey::InitProducerId) {
        let request = InitProducerIdRequest {
            transactional_id: Some("tx".into()),
            transaction_timeout_ms: 60_000,
            ..Default::default()
        };
        let response = client.call(&request, version).await;
        assert_eq!(error(response.error_code), ErrorCode::TransactionalIdAuthorizationFailed);
        assert_eq!((response.producer_id, response.producer_epoch), (-1, -1));
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn acls_are_disabled_in_every_version() {
    let Setup { broker, mut client, _dir } = setup().await;
    let disabled = ErrorCode::SecurityDisabled.code();
    for version in versions(ApiKey::DescribeAcls) {
        let request = DescribeAclsRequest { pattern_type_filter: 3, ..Default::default() };
        assert_eq!(client.call(&request, version).await.error_code, disabled);
        let creation = weir_wire::messages::create_acls_request::AclCreation {
            resource_pattern_type: 3,
            ..Default::default()
        };
        let request = CreateAclsRequest { creations: vec![creation.clone(), creation], ..Default::default() };
        let response = client.call(&request, version).await;
        assert_eq!(
            response.results.iter().map(|result| result.error_code).collect::<Vec<_>>(),
            [disabled; 2]
        );
        let filter = weir_wire::messages::delete_acls_request::DeleteAclsFilter {
            pattern_type_filter: 3,
            ..Default::default()
        };
        let request = DeleteAclsRequest { filters: vec![filter], ..Default::default() };
        let response = client.call(&request, version).await;
        assert_eq!(response.filter_results[0].error_code, disabled);
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn the_data_directory_is_described_in_every_version() {
    let Setup { broker, mut client, _dir } = setup().await;
    created(&mut client, vec![topic("t", 2, 1), topic("u", 1, 1)]).await;
    assert_eq!(client.produce("t", 1, batch(&["x"])).await.0, ErrorCode::None);
    for version in versions(ApiKey::DescribeLogDirs) {
        let response =
            client.call(&DescribeLogDirsRequest { topics: None, ..Default::default() }, version).await;
        let [dir] = &response.results[..] else { panic!("{response:?}") };
        assert_eq!((dir.error_code, dir.topics.len()), (0, 2));
        let sizes: Vec<_> =
            dir.topics[0].partitions.iter().map(|p| (p.partition_index, p.partition_size > 0)).collect();
        assert_eq!(sizes, [(0, false), (1, true)]);
        assert!(version < 4 || dir.total_bytes > dir.usable_bytes && dir.usable_bytes > 0);
        let one = DescribableLogDirTopic { topic: "u".into(), partitions: vec![0, 7], ..Default::default() };
        let request = DescribeLogDirsRequest { topics: Some(vec![one]), ..Default::default() };
        let response = client.call(&request, version).await;
        assert_eq!(
            response.results[0].topics.iter().map(|topic| topic.partitions.len()).collect::<Vec<_>>(),
            [1]
        );
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn records_are_deleted_in_every_version() {
    let Setup { broker, mut client, _dir } = setup().await;
    let mut compacted = topic("c", 1, 1);
    compacted.configs.push(config("cleanup.policy", "compact"));
    created(&mut client, vec![topic("t", 1, 1), compacted]).await;
    for value in ["v0", "v1", "v2", "v3", "v4"] {
        client.produce("t", 0, batch(&[value])).await;
    }
    let mut deleted = async |version, topic: &str, partition_index, offset| {
        let partition = DeleteRecordsPartition { partition_index, offset, ..Default::default() };
        let request = DeleteRecordsRequest {
            topics: vec![DeleteRecordsTopic {
                name: topic.into(),
                partitions: vec![partition],
                ..Default::default()
            }],
            timeout_ms: TIMEOUT_MS,
            ..Default::default()
        };
        let response = client.call(&request, version).await;
        let result = &response.topics[0].partitions[0];
        (error(result.error_code), result.low_watermark)
    };
    for (offset, version) in (1..).zip(versions(ApiKey::DeleteRecords)) {
        assert_eq!(deleted(version, "t", 0, offset).await, (ErrorCode::None, offset));
        assert_eq!(deleted(version, "t", 0, 6).await, (ErrorCode::OffsetOutOfRange, -1));
        assert_eq!(deleted(version, "t", 0, -2).await, (ErrorCode::OffsetOutOfRange, -1));
        assert_eq!(deleted(version, "t", 3, 1).await, (ErrorCode::UnknownTopicOrPartition, -1));
        assert_eq!(deleted(version, "c", 0, 0).await, (ErrorCode::PolicyViolation, -1));
    }
    assert_eq!(deleted(2, "t", 0, -1).await, (ErrorCode::None, 5), "-1 is the high watermark");
    let response = client.fetch("t", 0, 1, 0).await;
    assert_eq!(error(response.responses[0].partitions[0].error_code), ErrorCode::OffsetOutOfRange);
    broker.shutdown().await;
}

#[tokio::test]
async fn the_cluster_is_described_in_every_version() {
    let Setup { broker, mut client, _dir } = setup().await;
    for version in versions(ApiKey::DescribeCluster) {
        let request = DescribeClusterRequest {
            include_cluster_authorized_operations: true,
            endpoint_type: 1,
            ..Default::default()
        };
        let response = client.call(&request, version).await;
        assert_eq!((response.error_code, response.controller_id), (0, 1));
        assert_eq!(&*response.cluster_id, broker.cluster_id().to_string());
        assert_eq!(response.cluster_authorized_operations, 8096);
        let brokers: Vec<_> = response.brokers.iter().map(|broker| (broker.broker_id, broker.port)).collect();
        assert_eq!(brokers, [(1, i32::from(address(&broker).port()))]);
        if version >= 1 {
            let request = DescribeClusterRequest { endpoint_type: 2, ..Default::default() };
            let response = client.call(&request, version).await;
            assert_eq!(error(response.error_code), ErrorCode::MismatchedEndpointType);
        }
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn topics_are_described_page_by_page() {
    let Setup { broker, mut client, _dir } = setup().await;
    created(&mut client, vec![topic("a", 3, 1), topic("b", 2, 1)]).await;
    let named = |name: &str| TopicRequest { name: WireStr::from(name), ..Default::default() };
    let request = DescribeTopicPartitionsRequest {
        topics: vec![named("b"), named("a"), named("x")],
        response_partition_limit: 4,
        ..Default::default()
    };
    let response = client.call(&request, 0).await;
    let shown: Vec<_> = response
        .topics
        .iter()
        .map(|topic| (topic.name.as_deref().unwrap(), topic.partitions.len()))
        .collect();
    assert_eq!(shown, [("a", 3), ("b", 1)]);
    let cursor = response.next_cursor.unwrap();
    assert_eq!((&*cursor.topic_name, cursor.partition_index), ("b", 1));
    let partition = &response.topics[0].partitions[0];
    assert_eq!((partition.leader_id, partition.replica_nodes.as_slice()), (1, &[1][..]));
    assert_eq!(response.topics[0].topic_authorized_operations, 3576);
    broker.shutdown().await;
}

#[tokio::test]
async fn everything_is_there_after_a_restart_in_a_new_term() {
    let dir = tempfile::tempdir().unwrap();
    let mut epochs = Vec::new();
    let mut ids = BTreeSet::new();
    for round in 0..3 {
        let broker = start(settings(dir.path())).await;
        let mut client = Client::to(&broker).await;
        if round == 0 {
            let mut wanted = topic("t", 2, 1);
            wanted.configs.push(config("retention.ms", "123456789"));
            created(&mut client, vec![wanted, topic("gone", 1, 1)]).await;
            let request =
                DeleteTopicsRequest { topic_names: vec!["gone".into()], timeout_ms: 1, ..Default::default() };
            client.call(&request, 1).await;
        }
        assert_eq!(client.produce("t", 0, batch(&["x"])).await, (ErrorCode::None, round));
        assert_eq!(
            described(&mut client, TOPIC, "t", "retention.ms").await,
            (Some("123456789".to_owned()), 1)
        );
        let response = client.call(&MetadataRequest { topics: None, ..Default::default() }, 12).await;
        assert_eq!(response.topics.len(), 1);
        ids.insert(response.topics[0].topic_id);
        epochs.push(response.topics[0].partitions[0].leader_epoch);
        broker.shutdown().await;
    }
    assert_eq!((epochs, ids.len()), (vec![0, 1, 2], 1));
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_broker_starts_on_a_directory_of_the_first_release() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/directory-1");
    copy(std::path::Path::new(fixture), dir.path());
    let broker = start(settings(dir.path())).await;
    assert_eq!(broker.cluster_id(), Uuid([1; 16]));
    let mut client = Client::to(&broker).await;
    assert_eq!(topics(&mut client).await.into_keys().collect::<Vec<_>>(), ["clicks", "orders"]);
    assert_eq!(
        described(&mut client, TOPIC, "orders", "retention.ms").await,
        (Some("86400000".to_owned()), 1)
    );
    assert_eq!(described(&mut client, BROKER, "1", "max.connections").await, (Some("900".to_owned()), 2));
    assert_eq!(producer_ids(&mut client, 1).await, [3000], "ids of the earlier lives are not given again");
    let response = client.call(&MetadataRequest { topics: None, ..Default::default() }, 12).await;
    let epochs: Vec<_> = response.topics.iter().map(|topic| topic.partitions[0].leader_epoch).collect();
    assert_eq!(epochs, [1, 2], "each start of the broker began a new term");
    broker.shutdown().await;
}

#[tokio::test]
async fn operations_are_told_to_who_asks() {
    let Setup { broker, mut client, _dir } = setup().await;
    client.create_topic("t", 1, &[]).await;
    // Kafka's bits: each operation at its number.
    let of_topics = 0b1101_1111_1000;
    let of_cluster = 0b1_1111_1010_0000;
    for version in 8..=13 {
        for asks in [true, false] {
            let names = ["t", "missing", "not legal"];
            let mut request = MetadataRequest {
                topics: Some(
                    names
                        .iter()
                        .map(|name| MetadataRequestTopic {
                            name: Some(WireStr::from(*name)),
                            ..Default::default()
                        })
                        .collect(),
                ),
                allow_auto_topic_creation: false,
                include_topic_authorized_operations: asks,
                ..Default::default()
            };
            request.include_cluster_authorized_operations = asks && version <= 10;
            let response = client.call(&request, version).await;
            let expected = if asks { of_topics } else { i32::MIN };
            let told: Vec<i32> =
                response.topics.iter().map(|topic| topic.topic_authorized_operations).collect();
            assert_eq!(told, [expected; 3], "version {version}");
            let expected = if asks && version <= 10 { of_cluster } else { i32::MIN };
            assert_eq!(response.cluster_authorized_operations, expected, "version {version}");
        }
    }
    broker.shutdown().await;
}
