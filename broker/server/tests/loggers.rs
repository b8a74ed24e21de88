//! Levels of loggers and configs of client metrics, as a Kafka broker answers for them.
#![allow(clippy::unwrap_used, clippy::needless_update)]

mod support;

use std::sync::{Arc, Mutex};

use support::*;
use weir_env::Env;
use weir_model::ErrorCode;
use weir_server::{Broker, LogFilter, Loggers};
use weir_wire::messages::describe_configs_request::DescribeConfigsResource;
use weir_wire::messages::describe_configs_response::DescribeConfigsResult;
use weir_wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use weir_wire::messages::{
    DescribeConfigsRequest, IncrementalAlterConfigsRequest, ListConfigResourcesRequest, alter_configs_request,
};
use weir_wire::{ApiKey, WireStr};

const TOPIC: i8 = 2;
const LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

/// Remembers what it was last told.
#[derive(Clone, Default)]
struct Filter(Arc<Mutex<String>>);

impl LogFilter for Filter {
    fn replace(&self, directives: &str) -> Result<(), String> {
        directives.clone_into(&mut self.0.lock().unwrap());
        Ok(())
    }
}

impl Filter {
    fn directives(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

async fn setup() -> (Broker, Client, Filter, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let filter = Filter::default();
    let loggers = Arc::new(Loggers::new("info", filter.clone()));
    let broker = Broker::start_with(settings(dir.path()), Env::real(), loggers).await.unwrap();
    let client = Client::to(&broker).await;
    (broker, client, filter, dir)
}

fn asked(kind: i8, name: &str, configs: &[(&str, i8, Option<&str>)]) -> AlterConfigsResource {
    let config = |(name, op, value): &(&str, i8, Option<&str>)| AlterableConfig {
        name: (*name).into(),
        config_operation: *op,
        value: value.map(WireStr::from),
        ..Default::default()
    };
    AlterConfigsResource {
        resource_type: kind,
        resource_name: name.into(),
        configs: configs.iter().map(config).collect(),
        ..Default::default()
    }
}

async fn alter(
    client: &mut Client,
    resources: Vec<AlterConfigsResource>,
    validate_only: bool,
) -> Vec<ErrorCode> {
    let request = IncrementalAlterConfigsRequest { resources, validate_only, ..Default::default() };
    let response = client.call(&request, 1).await;
    response.responses.iter().map(|response| error(response.error_code)).collect()
}

async fn alter_one(
    client: &mut Client,
    broker: &str,
    logger: &str,
    op: i8,
    value: Option<&str>,
) -> ErrorCode {
    alter(client, vec![asked(LOGGER, broker, &[(logger, op, value)])], false).await[0]
}

async fn describe(client: &mut Client, kind: i8, name: &str, version: i16) -> DescribeConfigsResult {
    let resource = DescribeConfigsResource {
        resource_type: kind,
        resource_name: name.into(),
        configuration_keys: None,
        ..Default::default()
    };
    let request = DescribeConfigsRequest {
        resources: vec![resource],
        include_synonyms: true,
        include_documentation: version >= 3,
        ..Default::default()
    };
    client.call(&request, version).await.results.remove(0)
}

async fn level(client: &mut Client, logger: &str) -> String {
    let described = describe(client, LOGGER, "1", 4).await;
    let config = described.configs.iter().find(|config| &*config.name == logger).unwrap();
    config.value.as_deref().unwrap().to_owned()
}

#[tokio::test]
async fn loggers_are_described_in_every_version() {
    let (broker, mut client, _, _dir) = setup().await;
    for version in versions(ApiKey::DescribeConfigs) {
        let described = describe(&mut client, LOGGER, "1", version).await;
        assert_eq!(error(described.error_code), ErrorCode::None);
        let root = described.configs.iter().find(|config| &*config.name == "root").unwrap();
        assert_eq!((root.value.as_deref(), root.config_source, root.read_only), (Some("INFO"), 6, false));
        assert_eq!((root.documentation.as_deref(), root.config_type), (Some(""), 0), "as Kafka sends them");
        assert!(root.synonyms.is_empty());
        assert!(described.configs.iter().any(|config| &*config.name == "weir_server::net"));
        for other in ["", "2", "one"] {
            let described = describe(&mut client, LOGGER, other, version).await;
            assert_eq!(error(described.error_code), ErrorCode::InvalidRequest, "{other:?}");
        }
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn levels_change_while_the_broker_runs_and_go_back() {
    let (broker, mut client, filter, _dir) = setup().await;
    assert_eq!(alter_one(&mut client, "1", "weir_log", SET, Some("DEBUG")).await, ErrorCode::None);
    assert_eq!(filter.directives(), "info,weir_log=debug");
    assert_eq!(level(&mut client, "weir_log::flush").await, "DEBUG");
    assert_eq!(alter_one(&mut client, "1", "root", SET, Some("WARN")).await, ErrorCode::None);
    assert_eq!(filter.directives(), "warn,weir_log=debug");
    assert_eq!(level(&mut client, "weir_server").await, "WARN");
    assert_eq!(alter_one(&mut client, "1", "weir_log", DELETE, None).await, ErrorCode::None);
    assert_eq!(filter.directives(), "warn");
    assert_eq!(level(&mut client, "weir_log::flush").await, "WARN");
    let only_looked_at = vec![asked(LOGGER, "1", &[("root", SET, Some("TRACE"))])];
    assert_eq!(alter(&mut client, only_looked_at, true).await, [ErrorCode::None]);
    assert_eq!(filter.directives(), "warn");
    broker.shutdown().await;
}

/// The errors are those of a Kafka 4.3.1 that was asked the same.
#[tokio::test]
async fn changes_that_kafka_refuses_are_refused_alike() {
    let (broker, mut client, filter, _dir) = setup().await;
    let (request, config) = (ErrorCode::InvalidRequest, ErrorCode::InvalidConfig);
    for (name, logger, op, value, expected) in [
        ("1", "weir_log", SET, Some("debug"), config),
        ("1", "weir_log", SET, Some("OFF"), config),
        ("1", "weir_log", SET, Some(""), config),
        ("1", "weir_log", SET, None, request),
        ("1", "nosuch", SET, Some("INFO"), config),
        ("1", "nosuch", DELETE, None, config),
        ("1", "root", DELETE, None, request),
        ("1", "root", APPEND, Some("DEBUG"), request),
        ("1", "nosuch", SUBTRACT, Some("INFO"), request),
        ("1", "root", 9, Some("DEBUG"), request),
        ("2", "root", SET, Some("DEBUG"), request),
        ("", "root", SET, Some("DEBUG"), request),
    ] {
        let code = alter_one(&mut client, name, logger, op, value).await;
        assert_eq!(code, expected, "broker {name:?}, {logger}, {op}, {value:?}");
    }
    let half_wrong = asked(LOGGER, "1", &[("weir_log", SET, Some("DEBUG")), ("nosuch", SET, Some("DEBUG"))]);
    assert_eq!(alter(&mut client, vec![half_wrong], false).await, [config]);
    let good = || asked(LOGGER, "1", &[("weir_log", SET, Some("DEBUG"))]);
    assert_eq!(alter(&mut client, vec![good(), good()], false).await, [request]);
    let repeated = asked(LOGGER, "1", &[("weir_log", SET, Some("DEBUG")), ("weir_log", SET, Some("INFO"))]);
    assert_eq!(alter(&mut client, vec![repeated], false).await, [request]);
    assert_eq!(filter.directives(), "", "nothing has changed");
    let all_at_once = alter_configs_request::AlterConfigsResource {
        resource_type: LOGGER,
        resource_name: "1".into(),
        ..Default::default()
    };
    let request_of_old =
        weir_wire::messages::AlterConfigsRequest { resources: vec![all_at_once], ..Default::default() };
    let response = client.call(&request_of_old, 2).await;
    assert_eq!(error(response.responses[0].error_code), request);
    broker.shutdown().await;
}

#[tokio::test]
async fn one_request_may_change_loggers_and_other_resources() {
    let (broker, mut client, filter, _dir) = setup().await;
    client.create_topic("t", 1, &[]).await;
    let resources = vec![
        asked(TOPIC, "t", &[("retention.ms", SET, Some("1000"))]),
        asked(LOGGER, "1", &[("weir_log", SET, Some("TRACE"))]),
        asked(TOPIC, "none", &[("retention.ms", SET, Some("1000"))]),
    ];
    let mut codes = alter(&mut client, resources, false).await;
    codes.sort();
    assert_eq!(codes, [ErrorCode::None, ErrorCode::None, ErrorCode::UnknownTopicOrPartition]);
    assert_eq!(filter.directives(), "info,weir_log=trace");
    let of_topic = describe(&mut client, TOPIC, "t", 4).await;
    let retention = of_topic.configs.iter().find(|config| &*config.name == "retention.ms").unwrap();
    assert_eq!(retention.value.as_deref(), Some("1000"));
    broker.shutdown().await;
}

#[tokio::test]
async fn brokers_are_listed_as_owners_of_loggers() {
    let (broker, mut client, _, _dir) = setup().await;
    let request = ListConfigResourcesRequest { resource_types: vec![LOGGER], ..Default::default() };
    let response = client.call(&request, 1).await;
    let listed: Vec<_> =
        response.config_resources.iter().map(|of| (of.resource_type, of.resource_name.to_string())).collect();
    assert_eq!(listed, [(LOGGER, "1".to_owned())]);
    broker.shutdown().await;
}

#[tokio::test]
async fn client_metrics_that_nobody_asked_for_have_their_defaults() {
    let (broker, mut client, _, _dir) = setup().await;
    let described = describe(&mut client, CLIENT_METRICS, "absent", 4).await;
    let configs: Vec<_> = described
        .configs
        .iter()
        .map(|config| (&*config.name, config.value.as_deref(), config.config_source, config.config_type))
        .collect();
    let expected =
        [("interval.ms", Some("300000"), 5, 3), ("match", Some(""), 5, 7), ("metrics", Some(""), 5, 7)];
    assert_eq!(configs, expected);
    let nameless = describe(&mut client, CLIENT_METRICS, "", 4).await;
    assert_eq!(error(nameless.error_code), ErrorCode::InvalidRequest);
    let wanted = vec![asked(CLIENT_METRICS, "m", &[("interval.ms", SET, Some("1000"))])];
    assert_eq!(alter(&mut client, wanted, false).await, [ErrorCode::InvalidRequest]);
    broker.shutdown().await;
}
