//! Topics and settings: create, grow, delete, describe, alter.

use weir_wire::WireStr;
use weir_wire::messages::create_partitions_request::CreatePartitionsTopic;
use weir_wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use weir_wire::messages::describe_configs_request::DescribeConfigsResource;
use weir_wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use weir_wire::messages::{
    CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, DescribeConfigsRequest,
    IncrementalAlterConfigsRequest,
};

use super::{Cluster, check, error_code, said};
use crate::exit::Failure;
use weir_crds::read::nearest;
use weir_wire::ErrorCode;

/// What a setting belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Resource<'a> {
    Topic(&'a str),
    /// A broker.
    Broker(i32),
    /// All brokers.
    Brokers,
}

impl Resource<'_> {
    fn wire(self) -> (i8, WireStr) {
        match self {
            Self::Topic(name) => (2, WireStr::from(name)),
            Self::Broker(id) => (4, WireStr::from(id.to_string())),
            Self::Brokers => (4, WireStr::default()),
        }
    }

    fn about(self) -> String {
        match self {
            Self::Topic(name) => format!("topic '{name}'"),
            Self::Broker(id) => format!("broker {id}"),
            Self::Brokers => "the brokers".to_owned(),
        }
    }
}

/// A setting as a broker shows it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) source: &'static str,
    pub(crate) read_only: bool,
    pub(crate) sensitive: bool,
}

impl Setting {
    pub(crate) fn is_default(&self) -> bool {
        self.source == "default"
    }

    /// Whether it was set on the topic itself.
    pub(crate) fn is_of_topic(&self) -> bool {
        self.source == "topic"
    }
}

/// Kafka's numbers of where a value comes from.
fn source(number: i8) -> &'static str {
    match number {
        1 => "topic",
        2 => "broker (dynamic)",
        3 => "cluster (dynamic)",
        4 => "broker (file)",
        5 => "default",
        6 => "broker logger",
        7 => "client metrics",
        8 => "group",
        _ => "unknown",
    }
}

/// A wish for a new topic; `None` takes the broker's default.
#[derive(Debug)]
pub(crate) struct NewTopic<'a> {
    pub(crate) name: &'a str,
    pub(crate) partitions: Option<i32>,
    pub(crate) replication_factor: Option<i16>,
    pub(crate) config: Vec<(&'a str, &'a str)>,
    pub(crate) dry_run: bool,
}

impl NewTopic<'_> {
    fn wire(&self) -> CreatableTopic {
        let configs = self.config.iter().map(|&(name, value)| CreatableTopicConfig {
            name: WireStr::from(name),
            value: Some(WireStr::from(value)),
        });
        CreatableTopic {
            name: WireStr::from(self.name),
            num_partitions: self.partitions.unwrap_or(-1),
            replication_factor: self.replication_factor.unwrap_or(-1),
            configs: configs.collect(),
            ..Default::default()
        }
    }
}

/// How a creation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Created {
    Yes,
    Exists,
}

impl Cluster {
    /// Creates a topic.
    pub(crate) fn create_topic(&mut self, topic: &NewTopic<'_>) -> Result<Created, Failure> {
        let only = self.create_topics(std::slice::from_ref(topic), topic.dry_run)?;
        only.into_iter().next().unwrap_or_else(|| Err(no_answer()))
    }

    /// Creates topics by one request, which costs a broker one flush. The answers are in the order of the wishes.
    pub(crate) fn create_topics(
        &mut self,
        topics: &[NewTopic<'_>],
        dry_run: bool,
    ) -> Result<Vec<Result<Created, Failure>>, Failure> {
        let request = CreateTopicsRequest {
            topics: topics.iter().map(NewTopic::wire).collect(),
            timeout_ms: self.timeout_ms(),
            validate_only: dry_run,
        };
        let (response, _) = self.until_settled(|cluster| {
            let controller = cluster.controller()?;
            let response = cluster.ask_broker(controller, &request, 7)?;
            // What a broker can't do at the moment it can't do for all of them.
            let code = response.topics.first().map_or(0, |result| result.error_code);
            Ok((response, error_code(code)))
        })?;
        let answer = |topic: &NewTopic<'_>| {
            let found = response.topics.iter().find(|result| *result.name == *topic.name);
            let result = found.ok_or_else(no_answer)?;
            if error_code(result.error_code) == ErrorCode::TopicAlreadyExists {
                return Ok(Created::Exists);
            }
            let about = format!("topic '{}' is not created", topic.name);
            // Then it is not the name's letters that are wrong, but what stands beside it.
            let collides = weir_model::TopicName::new(topic.name).is_ok();
            if error_code(result.error_code) == ErrorCode::InvalidTopicException && collides {
                let text = said(ErrorCode::InvalidTopicException, result.error_message.as_ref());
                return Err(Failure::failed(format!("{about}: {text}"))
                    .hint("choose a name that differs from the others in more than '.' and '_'"));
            }
            check(result.error_code, result.error_message.as_ref(), &about).map(|()| Created::Yes)
        };
        Ok(topics.iter().map(answer).collect())
    }

    /// Raises the number of partitions.
    pub(crate) fn create_partitions(&mut self, topic: &str, count: i32) -> Result<(), Failure> {
        let request = CreatePartitionsRequest {
            topics: vec![CreatePartitionsTopic { name: WireStr::from(topic), count, assignments: None }],
            timeout_ms: self.timeout_ms(),
            validate_only: false,
        };
        let (answer, _) = self.until_settled(|cluster| {
            let controller = cluster.controller()?;
            let response = cluster.ask_broker(controller, &request, 3)?;
            let result = response.results.into_iter().next().ok_or_else(no_answer)?;
            let code = error_code(result.error_code);
            Ok((result, code))
        })?;
        let about = format!("topic '{topic}' gets no further partitions");
        check(answer.error_code, answer.error_message.as_ref(), &about)
    }

    /// Deletes a topic.
    pub(crate) fn delete_topic(&mut self, topic: &str) -> Result<(), Failure> {
        let request = DeleteTopicsRequest {
            topic_names: vec![WireStr::from(topic)],
            timeout_ms: self.timeout_ms(),
            ..Default::default()
        };
        let (answer, _) = self.until_settled(|cluster| {
            let controller = cluster.controller()?;
            let response = cluster.ask_broker(controller, &request, 5)?;
            let result = response.responses.into_iter().next().ok_or_else(no_answer)?;
            let code = error_code(result.error_code);
            Ok((result, code))
        })?;
        check(answer.error_code, answer.error_message.as_ref(), &format!("topic '{topic}' is not deleted"))
    }

    /// All settings of a resource, in order of their names.
    pub(crate) fn settings(&mut self, resource: Resource<'_>) -> Result<Vec<Setting>, Failure> {
        let (resource_type, resource_name) = resource.wire();
        let request = DescribeConfigsRequest {
            resources: vec![DescribeConfigsResource {
                resource_type,
                resource_name,
                configuration_keys: None,
            }],
            ..Default::default()
        };
        let response = match resource {
            Resource::Broker(id) => self.ask_broker(id, &request, 4)?,
            Resource::Topic(_) | Resource::Brokers => self.ask(&request, 4)?,
        };
        let result = response.results.into_iter().next().ok_or_else(no_answer)?;
        check(result.error_code, result.error_message.as_ref(), &resource.about())?;
        let mut settings: Vec<Setting> = result
            .configs
            .into_iter()
            .map(|config| Setting {
                name: config.name.to_string(),
                value: config.value.map(|value| value.to_string()),
                source: source(config.config_source),
                read_only: config.read_only,
                sensitive: config.is_sensitive,
            })
            .collect();
        settings.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(settings)
    }

    /// Sets settings (`Some`) and takes them back (`None`), all or none of them.
    pub(crate) fn alter_settings(
        &mut self,
        resource: Resource<'_>,
        changes: &[(&str, Option<&str>)],
    ) -> Result<(), Failure> {
        self.send_settings(resource, changes, false)
    }

    /// Fails where [`Cluster::alter_settings`] would, and changes nothing. A broker takes the unsetting of what is not there for
    /// done, so that is looked up among `known`, the settings that the resource has.
    pub(crate) fn check_settings(
        &mut self,
        resource: Resource<'_>,
        changes: &[(&str, Option<&str>)],
        known: &[Setting],
    ) -> Result<(), Failure> {
        for (name, _) in changes.iter().filter(|(_, value)| value.is_none()) {
            can_unset(resource, name, known)?;
        }
        self.send_settings(resource, changes, true)
    }

    fn send_settings(
        &mut self,
        resource: Resource<'_>,
        changes: &[(&str, Option<&str>)],
        validate_only: bool,
    ) -> Result<(), Failure> {
        let (resource_type, resource_name) = resource.wire();
        let configs = changes.iter().map(|(name, value)| AlterableConfig {
            name: WireStr::from(*name),
            config_operation: i8::from(value.is_none()),
            value: value.map(WireStr::from),
        });
        let request = IncrementalAlterConfigsRequest {
            resources: vec![AlterConfigsResource {
                resource_type,
                resource_name,
                configs: configs.collect(),
            }],
            validate_only,
        };
        let (answer, _) = self.until_settled(|cluster| {
            let response = match resource {
                Resource::Broker(id) => cluster.ask_broker(id, &request, 1)?,
                Resource::Topic(_) | Resource::Brokers => {
                    let controller = cluster.controller()?;
                    cluster.ask_broker(controller, &request, 1)?
                }
            };
            let result = response.responses.into_iter().next().ok_or_else(no_answer)?;
            let code = error_code(result.error_code);
            Ok((result, code))
        })?;
        let about = format!("the settings of {} are not changed", resource.about());
        check(answer.error_code, answer.error_message.as_ref(), &about)
    }

    /// The broker to send changes to: the controller, or any that passes them on.
    fn controller(&mut self) -> Result<i32, Failure> {
        let metadata = self.metadata(Some(&[]))?;
        let known = self.addresses.contains_key(&metadata.controller_id);
        let any = self.addresses.keys().next().copied();
        match if known { Some(metadata.controller_id) } else { any } {
            Some(broker) => Ok(broker),
            None => Err(Failure::failed("the cluster names no broker yet").hint("try again in a moment")),
        }
    }
}

/// Fails for a setting that the resource does not have, or that no running broker changes.
fn can_unset(resource: Resource<'_>, name: &str, known: &[Setting]) -> Result<(), Failure> {
    let about = resource.about();
    match known.iter().find(|setting| setting.name == name) {
        Some(setting) if setting.read_only => {
            Err(Failure::failed(format!("{about}: '{name}' can't be changed while a broker runs"))
                .hint("set it in the broker's configuration file and start the broker again"))
        }
        Some(_) => Ok(()),
        None => {
            let meant = nearest(name, known.iter().map(|setting| setting.name.as_str()));
            let failure = Failure::failed(format!("{about}: there is no setting '{name}'"));
            Err(match (meant, resource) {
                (Some(meant), _) => failure.hint(format!("did you mean '{meant}'?")),
                (None, Resource::Topic(_)) => failure.hint("the names are Kafka's, such as retention.ms"),
                (None, _) => failure.hint("see the settings with: weir cluster configs --all"),
            })
        }
    }
}

pub(super) fn no_answer() -> Failure {
    Failure::failed("the broker's answer does not speak of what was asked")
}
