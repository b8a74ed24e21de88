//! The configs of loggers (resource type 8), by the rules and with the errors of Kafka: the levels of this broker's
//! loggers, which no other broker and no restart knows.

use std::collections::BTreeSet;

use weir_metadata::controller::{AlterOp, ConfigChange, Refusal, ResourceChange, check_form};
use weir_model::{BrokerId, ErrorCode};
use weir_wire::WireStr;
use weir_wire::messages::describe_configs_response::DescribeConfigsResourceResult;

use crate::loggers::{Level, Loggers, ROOT, VALID};
use crate::state::BrokerState;

/// The source of a logger's level, whether it was set or not.
const LOGGER_SOURCE: i8 = 6;

fn invalid<T>(message: String) -> Result<T, Refusal> {
    Err(Refusal::new(ErrorCode::InvalidRequest, message))
}

fn check_broker(own: BrokerId, name: &str) -> Result<(), Refusal> {
    match name.parse::<i32>() {
        Ok(number) if number == own.0 => Ok(()),
        Ok(number) => invalid(format!("this is broker {own}: ask broker {number} for its loggers")),
        Err(_) => invalid(format!("loggers belong to a broker; `{name}` is not the number of one")),
    }
}

/// All loggers with their levels.
pub(super) fn describe(
    state: &BrokerState,
    name: &str,
) -> Result<Vec<DescribeConfigsResourceResult>, Refusal> {
    check_broker(state.identity.node_id, name)?;
    let result = |(name, level): (&'static str, Level)| DescribeConfigsResourceResult {
        name: WireStr::from(name),
        value: Some(WireStr::from(level.name())),
        config_source: LOGGER_SOURCE,
        ..Default::default()
    };
    Ok(state.loggers.levels().into_iter().map(result).collect())
}

/// What a change asks for.
fn change(change: &ConfigChange) -> Result<(&'static str, Option<Level>), Refusal> {
    let refused = |message: String| Err(Refusal::new(ErrorCode::InvalidConfig, message));
    let name = match change.op {
        Some(AlterOp::Set | AlterOp::Delete) => Loggers::known(&change.name),
        Some(AlterOp::Append | AlterOp::Subtract) | None => {
            return invalid("the level of a logger can be set and deleted only".to_owned());
        }
    };
    let Some(name) = name else { return refused(format!("there is no logger {}", change.name)) };
    if change.op == Some(AlterOp::Delete) {
        if name == ROOT {
            return invalid("the level of the root logger can't be deleted".to_owned());
        }
        return Ok((name, None));
    }
    let value = change.value.as_deref().unwrap_or_default();
    match Level::parse(value) {
        Some(level) => Ok((name, Some(level))),
        None => {
            let valid: Vec<&str> = VALID.iter().map(|(name, _)| *name).collect();
            refused(format!("`{value}` is no level for {name}: it must be one of {}", valid.join(", ")))
        }
    }
}

/// Changes levels: all that one resource names, or nothing of it.
pub(super) fn alter(state: &BrokerState, asked: &ResourceChange, validate_only: bool) -> Result<(), Refusal> {
    check_broker(state.identity.node_id, &asked.resource.name)?;
    check_form(&asked.changes)?;
    let changes = asked.changes.iter().map(change).collect::<Result<Vec<_>, _>>()?;
    if validate_only {
        return Ok(());
    }
    for (logger, level) in &changes {
        tracing::info!(logger, level = level.map_or("default", Level::name), "the level of a logger changes");
    }
    state.loggers.change(&changes).or_else(invalid)
}

/// The resources that a request names more than once.
pub(super) fn repeated(changes: &[ResourceChange]) -> BTreeSet<&str> {
    let mut seen = BTreeSet::new();
    let names = changes.iter().map(|change| change.resource.name.as_str());
    names.filter(|name| !seen.insert(*name)).collect()
}
