//! DescribeConfigs (32): every config of a topic or of this broker, where its value comes from and what stands behind it.

use std::collections::BTreeSet;

use weir_metadata::ConfigResource;
use weir_metadata::configs::{
    ConfigDescription, describe_broker, describe_cluster_default, describe_group, describe_topic,
};
use weir_metadata::controller::{Refusal, ResourceName};
use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::describe_configs_request::DescribeConfigsResource;
use weir_wire::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use weir_wire::messages::{DescribeConfigsRequest, DescribeConfigsResponse};

use super::RequestContext;
use super::admin_reply::error_fields;
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
        let outcome = describe(&context.state, &fixed, resource);
        let (error_code, error_message) = error_fields(&context, &outcome);
        let configs = outcome.unwrap_or_default();
        DescribeConfigsResult {
            error_code,
            error_message,
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
            configs: configs.into_iter().map(|config| config_result(config, &request)).collect(),
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
) -> Result<Vec<ConfigDescription>, Refusal> {
    let name = ResourceName { kind: resource.resource_type, name: resource.resource_name.to_string() };
    let image = state.image();
    let layers = fixed.layers(&image);
    let mut configs = match state.controller.resource(&name)? {
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
    // No key or an empty list means all of them.
    if let Some(keys) = resource.configuration_keys.as_ref().filter(|keys| !keys.is_empty()) {
        configs.retain(|config| keys.iter().any(|key| &**key == config.name));
    }
    Ok(configs)
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
