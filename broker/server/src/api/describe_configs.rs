//! DescribeConfigs (32): every config of a topic or of this broker, where its value comes from and what stands behind it.

use std::collections::BTreeSet;

use weir_metadata::ConfigResource;
use weir_metadata::configs::{
    ConfigDescription, ConfigSource, ConfigType, describe_broker, describe_cluster_default, describe_group,
    describe_topic,
};
use weir_metadata::controller::{Refusal, ResourceName, resource_type};
use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::describe_configs_request::DescribeConfigsResource;
use weir_wire::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use weir_wire::messages::{DescribeConfigsRequest, DescribeConfigsResponse};

use super::admin_reply::error_fields;
use super::{RequestContext, logger_configs};
use crate::config::FixedConfig;
use crate::net::listener::Advertised;
use crate::state::BrokerState;

/// Answers for each resource.
pub(crate) async fn handle(
    context: RequestContext,
    request: DescribeConfigsRequest,
) -> DescribeConfigsResponse {
    let fixed = told_at_start(&context.state);
    let result = |resource: &DescribeConfigsResource| {
        let outcome = describe(&context.state, &fixed, resource, &request);
        let (error_code, error_message) = error_fields(&context, &outcome);
        let configs = outcome.unwrap_or_default();
        DescribeConfigsResult {
            error_code,
            error_message,
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
            configs,
            ..Default::default()
        }
    };
    // The same question twice gets one answer: the answer is long, and the question is not.
    let mut seen = BTreeSet::new();
    let distinct = request
        .resources
        .iter()
        .filter(|it| seen.insert((it.resource_type, &*it.resource_name, &it.configuration_keys)));
    DescribeConfigsResponse { results: distinct.map(result).collect(), ..Default::default() }
}

/// The broker's file, and what it was told beside it.
fn told_at_start(state: &BrokerState) -> FixedConfig {
    let mut fixed = state.publisher.fixed().clone();
    let doors =
        |door: &dyn Fn(&Advertised) -> String| state.listeners.iter().map(door).collect::<Vec<_>>().join(",");
    let node_id = state.identity.node_id.to_string();
    let told = [
        ("advertised.listeners", doors(&|door| format!("{}://{}:{}", door.listener, door.host, door.port))),
        ("broker.id", node_id.clone()),
        ("listeners", doors(&|door| format!("{}://{}", door.listener, door.bound))),
        ("log.dirs", state.data_dir.display().to_string()),
        ("node.id", node_id),
    ];
    fixed.values.extend(told.map(|(name, value)| (name.to_owned(), value)));
    fixed
}

fn describe(
    state: &BrokerState,
    fixed: &FixedConfig,
    resource: &DescribeConfigsResource,
    request: &DescribeConfigsRequest,
) -> Result<Vec<DescribeConfigsResourceResult>, Refusal> {
    let mut configs = all_of(state, fixed, resource, request)?;
    // No key or an empty list means all of them.
    if let Some(keys) = resource.configuration_keys.as_ref().filter(|keys| !keys.is_empty()) {
        configs.retain(|config| keys.contains(&config.name));
    }
    Ok(configs)
}

fn all_of(
    state: &BrokerState,
    fixed: &FixedConfig,
    resource: &DescribeConfigsResource,
    request: &DescribeConfigsRequest,
) -> Result<Vec<DescribeConfigsResourceResult>, Refusal> {
    match resource.resource_type {
        resource_type::BROKER_LOGGER => return logger_configs::describe(state, &resource.resource_name),
        resource_type::CLIENT_METRICS => return client_metrics(&resource.resource_name, request),
        _ => {}
    }
    let name = ResourceName { kind: resource.resource_type, name: resource.resource_name.to_string() };
    let image = state.image();
    let layers = fixed.layers(&image);
    let configs = match state.controller.resource(&name)? {
        ConfigResource::Topic(topic) => describe_topic(&layers, &topic),
        ConfigResource::Group(group) => describe_group(&layers, &group),
        ConfigResource::ClusterDefault => describe_cluster_default(&layers),
        ConfigResource::Broker(broker) if broker == state.identity.node_id => describe_broker(&layers),
        ConfigResource::Broker(broker) => {
            let message =
                format!("this is broker {}: ask broker {broker} for its configs", state.identity.node_id);
            return Err(Refusal::new(ErrorCode::InvalidRequest, message));
        }
    };
    Ok(configs.into_iter().map(|config| config_result(config, request)).collect())
}

/// A subscription to client metrics that nobody made: every name has one, of defaults.
fn client_metrics(
    name: &str,
    request: &DescribeConfigsRequest,
) -> Result<Vec<DescribeConfigsResourceResult>, Refusal> {
    if name.is_empty() {
        let message = "a subscription to client metrics has a name";
        return Err(Refusal::new(ErrorCode::InvalidRequest, message));
    }
    let configs = [
        ("interval.ms", "300000", ConfigType::Int, "How often clients push their metrics, in milliseconds."),
        ("match", "", ConfigType::List, "Which clients push metrics."),
        ("metrics", "", ConfigType::List, "Which metrics they push, by the beginnings of names."),
    ];
    let result = |(name, value, kind, doc): (&'static str, &str, _, _)| {
        let (value, source) = (Some(value.to_owned()), ConfigSource::Default);
        let description =
            ConfigDescription { name, value, source, read_only: false, synonyms: Vec::new(), kind, doc };
        config_result(description, request)
    };
    Ok(configs.map(result).into())
}

fn config_result(
    config: ConfigDescription,
    request: &DescribeConfigsRequest,
) -> DescribeConfigsResourceResult {
    let synonym = |synonym: weir_metadata::configs::Synonym| DescribeConfigsSynonym {
        name: WireStr::from(synonym.name),
        value: synonym.value.map(WireStr::from),
        source: synonym.source.code(),
        ..Default::default()
    };
    let synonyms = if request.include_synonyms { config.synonyms } else { Vec::new() };
    DescribeConfigsResourceResult {
        name: WireStr::from(config.name),
        value: config.value.map(WireStr::from),
        read_only: config.read_only,
        config_source: config.source.code(),
        is_sensitive: false,
        synonyms: synonyms.into_iter().map(synonym).collect(),
        config_type: config.kind.code(),
        documentation: request.include_documentation.then(|| WireStr::from(config.doc)),
        ..Default::default()
    }
}
