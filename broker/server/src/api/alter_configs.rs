//! AlterConfigs (33) and IncrementalAlterConfigs (44). The answer leaves when the broker follows the new values.

use weir_metadata::controller::{
    AlterOp, ConfigChange, Controller, Decision, Refusal, ResourceChange, ResourceName,
};
use weir_wire::WireStr;
use weir_wire::messages::{
    AlterConfigsRequest, AlterConfigsResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse, alter_configs_response, incremental_alter_configs_response,
};

use super::RequestContext;
use super::admin_reply::{error_fields, in_own_time};

type Answer = Vec<(ResourceName, Result<(), Refusal>)>;

/// Sets all configs of the resources.
pub(crate) async fn handle(context: RequestContext, request: AlterConfigsRequest) -> AlterConfigsResponse {
    let change =
        |resource: &weir_wire::messages::alter_configs_request::AlterConfigsResource| ResourceChange {
            resource: ResourceName { kind: resource.resource_type, name: resource.resource_name.to_string() },
            changes: resource
                .configs
                .iter()
                .map(|config| changed(&config.name, Some(AlterOp::Set), config.value.as_ref()))
                .collect(),
        };
    let changes = request.resources.iter().map(change).collect();
    let answer = alter(&context, changes, request.validate_only, |controller, changes| {
        controller.alter_configs(changes)
    });
    let result = |(resource, outcome): (ResourceName, _)| {
        let (error_code, error_message) = error_fields(&context, &outcome);
        alter_configs_response::AlterConfigsResourceResponse {
            error_code,
            error_message,
            resource_type: resource.kind,
            resource_name: WireStr::from(resource.name),
            ..Default::default()
        }
    };
    AlterConfigsResponse { responses: answer.await.into_iter().map(result).collect(), ..Default::default() }
}

/// Changes single configs of the resources.
pub(crate) async fn handle_incremental(
    context: RequestContext,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let change = |resource: &weir_wire::messages::incremental_alter_configs_request::AlterConfigsResource| {
        let one = |config: &weir_wire::messages::incremental_alter_configs_request::AlterableConfig| {
            changed(&config.name, AlterOp::from_code(config.config_operation), config.value.as_ref())
        };
        ResourceChange {
            resource: ResourceName { kind: resource.resource_type, name: resource.resource_name.to_string() },
            changes: resource.configs.iter().map(one).collect(),
        }
    };
    let changes = request.resources.iter().map(change).collect();
    let answer = alter(&context, changes, request.validate_only, |controller, changes| {
        controller.incremental_alter_configs(changes)
    });
    let result = |(resource, outcome): (ResourceName, _)| {
        let (error_code, error_message) = error_fields(&context, &outcome);
        incremental_alter_configs_response::AlterConfigsResourceResponse {
            error_code,
            error_message,
            resource_type: resource.kind,
            resource_name: WireStr::from(resource.name),
            ..Default::default()
        }
    };
    IncrementalAlterConfigsResponse {
        responses: answer.await.into_iter().map(result).collect(),
        ..Default::default()
    }
}

fn changed(name: &WireStr, op: Option<AlterOp>, value: Option<&WireStr>) -> ConfigChange {
    ConfigChange { name: name.to_string(), op, value: value.map(ToString::to_string) }
}

async fn alter(
    context: &RequestContext,
    changes: Vec<ResourceChange>,
    validate_only: bool,
    decision: impl FnOnce(&Controller<'_>, &[ResourceChange]) -> Decision<Answer> + Send + 'static,
) -> Answer {
    let controller = &context.state.controller;
    if validate_only {
        return controller.consider(|controller, _| decision(controller, &changes));
    }
    let resources: Vec<ResourceName> = changes.iter().map(|change| change.resource.clone()).collect();
    let altering = controller.decide(move |controller, _| decision(controller, &changes));
    in_own_time(altering).await.unwrap_or_else(|refusal| {
        resources.into_iter().map(|resource| (resource, Err(refusal.clone()))).collect()
    })
}
