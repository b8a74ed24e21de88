//! Changing configs (`AlterConfigs`, `IncrementalAlterConfigs`).

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::{BrokerId, ErrorCode, TopicName};

use super::{Controller, Decision, Draft, Refusal, repeated, topic_name};
use crate::configs::{
    ConfigError, ConfigType, DynamicError, broker_key, check_dynamic_broker, check_group, check_topic,
    group_key, list_elements, topic_key,
};
use crate::image::ConfigMap;
use crate::record::{ConfigResource, MetadataRecord};

/// Kafka's numbers of the kinds of resources that have configs.
pub mod resource_type {
    /// A topic.
    pub const TOPIC: i8 = 2;
    /// A broker, or with an empty name all brokers.
    pub const BROKER: i8 = 4;
    /// The loggers of a broker, which Weir does not change while it runs.
    pub const BROKER_LOGGER: i8 = 8;
    /// A subscription to client metrics, which Weir does not have.
    pub const CLIENT_METRICS: i8 = 16;
    /// A group.
    pub const GROUP: i8 = 32;
}

/// Groups that have configs of their own. They need not exist, so that nothing else bounds them: with the next limit they are
/// 40 MiB at most.
pub const GROUPS_WITH_CONFIGS_MAX: usize = 10_000;

/// The longest name of a group that gets configs.
pub const GROUP_NAME_BYTES_MAX: usize = 4096;

/// A resource as a client names it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ResourceName {
    /// One of [`resource_type`].
    pub kind: i8,
    /// The name.
    pub name: String,
}

/// What to do with one config.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlterOp {
    /// Set it.
    Set,
    /// Remove it: what stands behind it is in force again.
    Delete,
    /// Add elements to a list.
    Append,
    /// Take elements out of a list.
    Subtract,
}

impl AlterOp {
    /// The operation of Kafka's number.
    pub const fn from_code(code: i8) -> Option<Self> {
        match code {
            0 => Some(Self::Set),
            1 => Some(Self::Delete),
            2 => Some(Self::Append),
            3 => Some(Self::Subtract),
            _ => None,
        }
    }
}

/// A change of one config.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigChange {
    /// Its name.
    pub name: String,
    /// What to do, `None` for a number that Kafka does not have.
    pub op: Option<AlterOp>,
    /// The value; none is needed to delete.
    pub value: Option<String>,
}

/// The changes of one resource.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResourceChange {
    /// Which resource.
    pub resource: ResourceName,
    /// The changes.
    pub changes: Vec<ConfigChange>,
}

type Answer = Vec<(ResourceName, Result<(), Refusal>)>;

/// The configs of one resource as they are to be, and the names that the request touches. Removing what is not set, or does
/// not even exist, is no error, as in Kafka.
struct Target {
    configs: ConfigMap,
    touched: Vec<Arc<str>>,
}

impl Controller<'_> {
    /// Changes single configs. To validate only, drop the records.
    pub fn incremental_alter_configs(&self, resources: &[ResourceChange]) -> Decision<Answer> {
        self.alter(resources, |resource, changes| self.incremental_target(resource, changes))
    }

    /// Sets all configs of the resources: what a request does not name goes back to its default. To validate only, drop
    /// the records.
    pub fn alter_configs(&self, resources: &[ResourceChange]) -> Decision<Answer> {
        self.alter(resources, |_, changes| Ok(full_target(changes)))
    }

    fn alter(
        &self,
        resources: &[ResourceChange],
        target: impl Fn(&ConfigResource, &[ConfigChange]) -> Result<Target, Refusal>,
    ) -> Decision<Answer> {
        let mut draft = Draft::new(self.layers);
        let twice = repeated(resources.iter().map(|change| &change.resource));
        let mut answer: Answer = Vec::new();
        let groups = self.groups_if_all_are_new(resources);
        for (change, twice) in resources.iter().zip(twice) {
            if twice {
                if !answer.iter().any(|(resource, _)| *resource == change.resource) {
                    let message = "a resource stands in the request more than once";
                    answer.push((
                        change.resource.clone(),
                        Err(Refusal::new(ErrorCode::InvalidRequest, message)),
                    ));
                }
                continue;
            }
            let outcome = check_form(&change.changes)
                .and_then(|()| self.config_resource(&change.resource))
                .and_then(|resource| self.check_room_for_groups(resource, groups))
                .and_then(|resource| Ok((target(&resource, &change.changes)?, resource)))
                .and_then(|(target, resource)| self.change_records(&resource, &target))
                .and_then(|records| draft.accept(records));
            answer.push((change.resource.clone(), outcome));
        }
        Decision { records: draft.records, answer }
    }

    /// The resource that a client names.
    ///
    /// # Errors
    /// When it does not exist, or has no configs in Weir.
    pub fn config_resource(&self, resource: &ResourceName) -> Result<ConfigResource, Refusal> {
        match resource.kind {
            resource_type::TOPIC => self.topic_resource(&resource.name).map(ConfigResource::Topic),
            resource_type::BROKER if resource.name.is_empty() => Ok(ConfigResource::ClusterDefault),
            resource_type::BROKER => self.broker_resource(&resource.name).map(ConfigResource::Broker),
            resource_type::GROUP => group_resource(&resource.name),
            kind => {
                let what = match kind {
                    resource_type::BROKER_LOGGER => "way to set all levels of loggers at once",
                    resource_type::CLIENT_METRICS => "client metrics subscriptions",
                    _ => "configs of this kind of resource",
                };
                let message = format!("Weir has no {what} (resource type {kind})");
                Err(Refusal::new(ErrorCode::InvalidRequest, message))
            }
        }
    }

    /// Groups that would have configs if the request brought only new ones.
    fn groups_if_all_are_new(&self, resources: &[ResourceChange]) -> usize {
        let named = resources.iter().filter(|change| change.resource.kind == resource_type::GROUP).count();
        if named == 0 {
            return 0;
        }
        let is_group = |resource: &&ConfigResource| matches!(resource, ConfigResource::Group(_));
        named + self.image().configs().resources().filter(is_group).count()
    }

    fn check_room_for_groups(
        &self,
        resource: ConfigResource,
        groups: usize,
    ) -> Result<ConfigResource, Refusal> {
        let is_new =
            matches!(resource, ConfigResource::Group(_)) && self.image().configs_of(&resource).is_empty();
        if is_new && groups > GROUPS_WITH_CONFIGS_MAX {
            let message = format!("no more than {GROUPS_WITH_CONFIGS_MAX} groups may have configs");
            return Err(Refusal::new(ErrorCode::PolicyViolation, message));
        }
        Ok(resource)
    }

    fn topic_resource(&self, name: &str) -> Result<TopicName, Refusal> {
        if name.is_empty() {
            let message = "topics have no configs in common: the topic's name is missing";
            return Err(Refusal::new(ErrorCode::InvalidRequest, message));
        }
        let name = topic_name(name)?;
        match self.image().topics().by_name(&name) {
            Some(_) => Ok(name),
            None => {
                Err(Refusal::new(ErrorCode::UnknownTopicOrPartition, format!("there is no topic '{name}'")))
            }
        }
    }

    fn broker_resource(&self, name: &str) -> Result<BrokerId, Refusal> {
        let refused = |message: String| Refusal::new(ErrorCode::InvalidRequest, message);
        let id = name.parse().map_err(|_| refused(format!("a broker's name is its number, not '{name}'")))?;
        match self.image().brokers().of(BrokerId(id)) {
            Some(_) => Ok(BrokerId(id)),
            None => Err(refused(format!("there is no broker {id}"))),
        }
    }

    fn incremental_target(
        &self,
        resource: &ConfigResource,
        changes: &[ConfigChange],
    ) -> Result<Target, Refusal> {
        let mut target = Target { configs: self.image().configs_of(resource).clone(), touched: Vec::new() };
        for change in changes {
            let name: Arc<str> = change.name.as_str().into();
            let operand = change.value.as_deref().unwrap_or_default();
            match change.op {
                None => {
                    return Err(Refusal::new(
                        ErrorCode::InvalidRequest,
                        "an operation has a number that means nothing",
                    ));
                }
                Some(AlterOp::Set) => {
                    target.configs.insert(name.clone(), operand.into());
                }
                Some(AlterOp::Delete) => {
                    target.configs.remove(&name);
                }
                Some(op @ (AlterOp::Append | AlterOp::Subtract)) => {
                    let list = self.edited_list(resource, &name, op, operand)?;
                    target.configs.insert(name.clone(), list.into());
                }
            }
            target.touched.push(name);
        }
        Ok(target)
    }

    fn edited_list(
        &self,
        resource: &ConfigResource,
        name: &str,
        op: AlterOp,
        operand: &str,
    ) -> Result<String, Refusal> {
        let key = match resource {
            ConfigResource::Topic(_) => topic_key(name).map(|topic_key| &topic_key.key),
            ConfigResource::Broker(_) | ConfigResource::ClusterDefault => broker_key(name),
            ConfigResource::Group(_) => group_key(name),
        };
        if key.is_some_and(|key| key.kind != ConfigType::List) {
            let message =
                format!("elements can be added to a list or taken out of it, but {name} is no list");
            return Err(Refusal::new(ErrorCode::InvalidConfig, message));
        }
        let set = self.image().configs_of(resource).get(name).map(|value| list_elements(value));
        let mut elements = set.unwrap_or_else(|| self.inherited_list(resource, name));
        for element in list_elements(operand) {
            match op {
                AlterOp::Subtract => elements.retain(|other| *other != element),
                _ if elements.contains(&element) => {}
                _ => elements.push(element),
            }
        }
        Ok(elements.join(","))
    }

    /// The list that is in force for a resource that says nothing.
    fn inherited_list(&self, resource: &ConfigResource, name: &str) -> Vec<String> {
        let value = match resource {
            ConfigResource::Topic(_) => self.layers.topic_value(None, name),
            ConfigResource::Broker(_) | ConfigResource::ClusterDefault => self.layers.broker_value(name),
            ConfigResource::Group(_) => None,
        };
        value.map(|value| list_elements(&value.to_string())).unwrap_or_default()
    }

    fn change_records(
        &self,
        resource: &ConfigResource,
        target: &Target,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        match resource {
            ConfigResource::Topic(_) => self.check_topic_target(target)?,
            ConfigResource::Broker(_) | ConfigResource::ClusterDefault => check_broker_target(target)?,
            ConfigResource::Group(_) => self.check_group_target(target)?,
        }
        let current = self.image().configs_of(resource);
        let record = |name: &Arc<str>, value: Option<&Arc<str>>| MetadataRecord::Config {
            resource: resource.clone(),
            name: name.clone(),
            value: value.cloned(),
        };
        let removed =
            current.keys().filter(|name| !target.configs.contains_key(*name)).map(|name| record(name, None));
        let set = target.configs.iter().filter(|(name, value)| current.get(*name) != Some(value));
        Ok(removed.chain(set.map(|(name, value)| record(name, Some(value)))).collect())
    }

    fn check_group_target(&self, target: &Target) -> Result<(), Refusal> {
        check_group(target.configs.iter().map(|(name, value)| (&**name, &**value)), &self.layers)
            .map_err(|error| Refusal::new(ErrorCode::InvalidConfig, error.to_string()))
    }

    fn check_topic_target(&self, target: &Target) -> Result<(), Refusal> {
        let inherited = |name: &str| self.layers.topic_value(None, name);
        check_topic(target.configs.iter().map(|(name, value)| (&**name, &**value)), inherited)
            .map_err(|error| Refusal::new(ErrorCode::InvalidConfig, error.to_string()))
    }
}

fn group_resource(name: &str) -> Result<ConfigResource, Refusal> {
    let refused = |message: String| Err(Refusal::new(ErrorCode::InvalidRequest, message));
    match name.len() {
        0 => refused("groups have no configs in common: the group's name is missing".to_owned()),
        1..=GROUP_NAME_BYTES_MAX => Ok(ConfigResource::Group(name.into())),
        len => refused(format!("a group's name of {len} bytes; {GROUP_NAME_BYTES_MAX} is the most")),
    }
}

fn full_target(changes: &[ConfigChange]) -> Target {
    let mut target = Target { configs: ConfigMap::new(), touched: Vec::new() };
    for change in changes {
        let name = Arc::from(change.name.as_str());
        target.configs.insert(Arc::clone(&name), change.value.as_deref().unwrap_or_default().into());
        target.touched.push(name);
    }
    target
}

/// Kafka answers a broker config that can't be applied with `INVALID_REQUEST`, and takes unknown names; a name that is
/// unknown to Weir is refused as it is for topics.
fn check_broker_target(target: &Target) -> Result<(), Refusal> {
    let set = target.touched.iter().filter_map(|name| Some((name, target.configs.get(name)?)));
    for (name, value) in set {
        check_dynamic_broker(name, value).map_err(|error| match error {
            DynamicError::Config(ConfigError::Unknown { .. }) => {
                Refusal::new(ErrorCode::InvalidConfig, error.to_string())
            }
            _ => Refusal::new(ErrorCode::InvalidRequest, error.to_string()),
        })?;
    }
    Ok(())
}

/// Whether a list of changes is one, whatever their resource is.
///
/// # Errors
/// When a value is missing, or a name stands there twice.
pub fn check_form(changes: &[ConfigChange]) -> Result<(), Refusal> {
    let refused = |message: String| Err(Refusal::new(ErrorCode::InvalidRequest, message));
    let valueless = |change: &&ConfigChange| change.value.is_none() && change.op != Some(AlterOp::Delete);
    if let Some(change) = changes.iter().find(valueless) {
        return refused(format!("{} has no value", change.name));
    }
    let mut names = BTreeMap::new();
    for change in changes {
        if names.insert(&change.name, ()).is_some() {
            return refused(format!("{} stands in the request more than once", change.name));
        }
    }
    Ok(())
}
