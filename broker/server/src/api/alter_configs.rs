//! AlterConfigs (33) and IncrementalAlterConfigs (44). The answer leaves when the broker follows the new values.

use std::collections::BTreeSet;

use weir_metadata::controller::{
    AlterOp, ConfigChange, Controller, Decision, Refusal, ResourceChange, ResourceName, resource_type,
};
use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::{
    AlterConfigsRequest, AlterConfigsResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse, alter_configs_response, incremental_alter_configs_response,
};

use super::admin_reply::{error_fields, in_own_time};
use super::{RequestContext, logger_configs};

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
    let is_logger = |change: &ResourceChange| change.resource.kind == resource_type::BROKER_LOGGER;
    let (loggers, changes): (Vec<_>, Vec<_>) = request.resources.iter().map(change).partition(is_logger);
    let mut answer = alter_loggers(&context, loggers, request.validate_only);
    let others = alter(&context, changes, request.validate_only, |controller, changes| {
        controller.incremental_alter_configs(changes)
    });
    answer.extend(others.await);
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
        responses: answer.into_iter().map(result).collect(),
        ..Default::default()
    }
}

fn changed(name: &WireStr, op: Option<AlterOp>, value: Option<&WireStr>) -> ConfigChange {
    ConfigChange { name: name.to_string(), op, value: value.map(ToString::to_string) }
}

/// Levels of loggers are no metadata: they change here, at once.
fn alter_loggers(context: &RequestContext, changes: Vec<ResourceChange>, validate_only: bool) -> Answer {
    let twice: BTreeSet<String> =
        logger_configs::repeated(&changes).into_iter().map(ToOwned::to_owned).collect();
    let mut answered = BTreeSet::new();
    let mut answer = Answer::new();
    for change in changes {
        if !answered.insert(change.resource.name.clone()) {
            continue;
        }
        let outcome = if twice.contains(&change.resource.name) {
            let message = "a resource stands in the request more than once";
            Err(Refusal::new(ErrorCode::InvalidRequest, message))
        } else {
            logger_configs::alter(&context.state, &change, validate_only)
        };
        answer.push((change.resource, outcome));
    }
    answer
}

async fn alter(
    context: &RequestContext,
    changes: Vec<ResourceChange>,
    validate_only: bool,
    decision: impl FnOnce(&Controller<'_>, &[ResourceChange]) -> Decision<Answer> + Send + 'static,
) -> Answer {
    let controller = &context.state.controller;
    if changes.is_empty() {
        return Answer::new();
    }
    if validate_only {
        return controller.consider(|controller, _| decision(controller, &changes));
    }
    let resources: Vec<ResourceName> = changes.iter().map(|change| change.resource.clone()).collect();
    let altering = controller.decide(move |controller, _| decision(controller, &changes));
    in_own_time(altering).await.unwrap_or_else(|refusal| {
        resources.into_iter().map(|resource| (resource, Err(refusal.clone()))).collect()
    })
}
