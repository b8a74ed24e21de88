//! Configs of single groups: set, described, listed, and in force for their members.
#![allow(clippy::unwrap_used, clippy::needless_update)]

mod support;

use std::future::Future;

use support::*;
use weir_model::ErrorCode;
use weir_server::Broker;
use weir_wire::WireStr;
use weir_wire::messages::describe_configs_request::DescribeConfigsResource;
use weir_wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use weir_wire::messages::{
    ConsumerGroupDescribeRequest, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse,
    DescribeConfigsRequest, FindCoordinatorRequest, IncrementalAlterConfigsRequest,
    ListConfigResourcesRequest,
};

const GROUP: i8 = 32;
const SESSION: &str = "consumer.session.timeout.ms";
const HEARTBEAT: &str = "consumer.heartbeat.interval.ms";

async fn setup() -> (Broker, Client, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let configs = [
        ("offsets.topic.num.partitions", "1"),
        ("group.consumer.min.session.timeout.ms", "1"),
        ("group.consumer.min.heartbeat.interval.ms", "1"),
    ];
    let broker = start(settings_with(dir.path(), &configs)).await;
    let mut client = Client::to(&broker).await;
    let request = FindCoordinatorRequest { key: "g".into(), ..Default::default() };
    assert_eq!(client.call(&request, 2).await.error_code, 0);
    (broker, client, dir)
}

async fn set(client: &mut Client, group: &str, configs: &[(&str, &str)]) -> ErrorCode {
    let config = |(name, value): &(&str, &str)| AlterableConfig {
        name: (*name).into(),
        config_operation: 0,
        value: Some((*value).into()),
        ..Default::default()
    };
    let resource = AlterConfigsResource {
        resource_type: GROUP,
        resource_name: group.into(),
        configs: configs.iter().map(config).collect(),
        ..Default::default()
    };
    let request = IncrementalAlterConfigsRequest { resources: vec![resource], ..Default::default() };
    error(client.call(&request, 1).await.responses[0].error_code)
}

/// Name, value and source of each config, then those of its synonyms.
async fn described(client: &mut Client, group: &str) -> Vec<Vec<(String, String, i8)>> {
    let resource =
        DescribeConfigsResource { resource_type: GROUP, resource_name: group.into(), ..Default::default() };
    let request = DescribeConfigsRequest {
        resources: vec![DescribeConfigsResource { configuration_keys: None, ..resource }],
        include_synonyms: true,
        ..Default::default()
    };
    let response = client.call(&request, 4).await;
    assert_eq!(response.results[0].error_code, 0);
    let text = |value: &Option<WireStr>| value.as_deref().unwrap().to_owned();
    let one = |config: &weir_wire::messages::describe_configs_response::DescribeConfigsResourceResult| {
        let synonyms = config.synonyms.iter();
        let first = (config.name.to_string(), text(&config.value), config.config_source);
        let rest = synonyms.map(|other| (other.name.to_string(), text(&other.value), other.source));
        std::iter::once(first).chain(rest).collect()
    };
    response.results[0].configs.iter().map(one).collect()
}

fn facts(facts: &[(&str, &str, i8)]) -> Vec<(String, String, i8)> {
    facts.iter().map(|(name, value, source)| ((*name).to_owned(), (*value).to_owned(), *source)).collect()
}

async fn join(client: &mut Client, group: &str) -> ConsumerGroupHeartbeatResponse {
    let request = ConsumerGroupHeartbeatRequest {
        group_id: group.into(),
        member_id: "m".into(),
        rebalance_timeout_ms: 10_000,
        subscribed_topic_names: Some(vec!["t".into()]),
        topic_partitions: Some(Vec::new()),
        ..Default::default()
    };
    client.call(&request, 1).await
}

async fn members(client: &mut Client, group: &str) -> usize {
    let request = ConsumerGroupDescribeRequest { group_ids: vec![group.into()], ..Default::default() };
    client.call(&request, 1).await.groups[0].members.len()
}

async fn in_time<T>(doing: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, doing).await.expect("it happens in time")
}

#[tokio::test]
async fn a_groups_own_configs_are_described_and_listed() {
    let (broker, mut client, _dir) = setup().await;
    let (broker_session, broker_heartbeat) =
        ("group.consumer.session.timeout.ms", "group.consumer.heartbeat.interval.ms");
    let heartbeat = facts(&[(HEARTBEAT, "5000", 5), (broker_heartbeat, "5000", 5)]);
    let session = facts(&[(SESSION, "45000", 5), (broker_session, "45000", 5)]);
    assert_eq!(described(&mut client, "g").await, [heartbeat.clone(), session]);
    assert_eq!(set(&mut client, "g", &[(SESSION, "7000")]).await, ErrorCode::None);
    let session = facts(&[(SESSION, "7000", 8), (SESSION, "7000", 8), (broker_session, "45000", 5)]);
    assert_eq!(described(&mut client, "g").await, [heartbeat, session]);
    assert_eq!(set(&mut client, "g", &[(SESSION, "5000")]).await, ErrorCode::InvalidConfig);
    assert_eq!(set(&mut client, "g", &[("retention.ms", "1")]).await, ErrorCode::InvalidConfig);
    assert_eq!(set(&mut client, "", &[(SESSION, "7000")]).await, ErrorCode::InvalidRequest);
    let request = ListConfigResourcesRequest { resource_types: vec![GROUP], ..Default::default() };
    let listed = client.call(&request, 1).await.config_resources;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].resource_type, &*listed[0].resource_name), (GROUP, "g"));
    broker.shutdown().await;
}

#[tokio::test]
async fn members_follow_the_times_of_their_own_group() {
    let (broker, mut client, _dir) = setup().await;
    assert_eq!(set(&mut client, "short", &[(SESSION, "200"), (HEARTBEAT, "50")]).await, ErrorCode::None);
    let told =
        |response: ConsumerGroupHeartbeatResponse| (response.error_code, response.heartbeat_interval_ms);
    in_time(async { while told(join(&mut client, "short").await) != (0, 50) {} }).await;
    in_time(async { while told(join(&mut client, "long").await) != (0, 5000) {} }).await;
    // A silent member of the one is gone long before the other's session of 45 s can end.
    in_time(async { while members(&mut client, "short").await > 0 {} }).await;
    assert_eq!(members(&mut client, "long").await, 1);
    broker.shutdown().await;
}
