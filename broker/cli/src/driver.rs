//! librdkafka, which produces and consumes for the tools: its settings, and its errors as failures that say what to do.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance, RebalanceProtocol};
use rdkafka::error::KafkaError;
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::types::RDKafkaErrorCode;

use crate::args::Target;
use crate::exit::{Failure, Kind};

/// How long a broker has to say that it is there, after something else took too long.
const LOOK_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest record that a tool sends or takes; the broker's own limit is usually lower and names itself.
pub(crate) const RECORD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Settings that producers and consumers share. The user's own come last and win.
pub(crate) fn config(target: &Target, settings: &[(&str, String)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers(&target.bootstrap));
    config.set("client.id", "weir");
    config.set("socket.nagle.disable", "true");
    config.set("reconnect.backoff.ms", "50");
    config.set("reconnect.backoff.max.ms", "1000");
    for (name, value) in settings {
        config.set(*name, value);
    }
    for setting in &target.client_settings {
        config.set(&setting.name, &setting.value);
    }
    config
}

/// The brokers as librdkafka wants them: a port for each, brackets around IPv6 addresses, no blanks.
fn servers(list: &str) -> String {
    let servers: Vec<String> = list
        .split(',')
        .map(str::trim)
        .filter(|address| !address.is_empty())
        .map(|address| match crate::client::split(address) {
            Some((host, port)) if host.contains(':') => format!("[{host}]:{port}"),
            Some((host, port)) => format!("{host}:{port}"),
            None => address.to_owned(),
        })
        .collect();
    servers.join(",")
}

/// The context of clients whose news goes to the log.
#[derive(Default, Debug)]
pub(crate) struct Quiet {
    has_share: AtomicBool,
}

impl Quiet {
    /// Whether the group has given this member its share of the partitions, which may be none.
    pub(crate) fn has_share(&self) -> bool {
        self.has_share.load(Ordering::Relaxed)
    }

    /// The share is another from now on.
    pub(crate) fn forget_share(&self) {
        self.has_share.store(false, Ordering::Relaxed);
    }
}

impl ClientContext for Quiet {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, text: &str) {
        tracing::debug!(target: "librdkafka", facility, "{text}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // librdkafka goes on trying, so this is news and not a failure.
        tracing::debug!(target: "librdkafka", %error, "{reason}");
    }
}

impl ConsumerContext for Quiet {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        // An eager member gives everything back before it gets a new share; a cooperative one keeps the rest.
        let is_eager = matches!(consumer.rebalance_protocol(), RebalanceProtocol::Eager);
        if is_eager && matches!(rebalance, Rebalance::Revoke(_)) {
            self.forget_share();
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if matches!(rebalance, Rebalance::Assign(_)) {
            self.has_share.store(true, Ordering::Relaxed);
        }
    }
}

/// A consumer that reports errors quietly.
pub(crate) fn consumer(config: &ClientConfig) -> Result<BaseConsumer<Quiet>, Failure> {
    config.create_with_context(Quiet::default()).map_err(|error| setup(&error))
}

/// The partitions of a topic, in order.
pub(crate) fn partitions(
    consumer: &BaseConsumer<Quiet>,
    target: &Target,
    topic: &str,
) -> Result<Vec<i32>, Failure> {
    let metadata = consumer
        .fetch_metadata(Some(topic), target.timeout)
        .map_err(|error| failure(&error, target, Some(topic)))?;
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return Err(no_topic(topic));
    };
    match found.error().map(RDKafkaErrorCode::from) {
        None if found.partitions().is_empty() => Err(no_topic(topic)),
        None => {
            let mut partitions: Vec<i32> = found.partitions().iter().map(MetadataPartition::id).collect();
            partitions.sort_unstable();
            Ok(partitions)
        }
        Some(code) => Err(of_code(code, target, Some(topic))),
    }
}

/// The partitions of a topic that have no leader now.
pub(crate) fn leaderless(
    consumer: &BaseConsumer<Quiet>,
    target: &Target,
    topic: &str,
) -> Result<BTreeSet<i32>, Failure> {
    let metadata = consumer
        .fetch_metadata(Some(topic), target.timeout)
        .map_err(|error| failure(&error, target, Some(topic)))?;
    let partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
    Ok(partitions.filter(|partition| partition.leader() < 0).map(MetadataPartition::id).collect())
}

/// The failure for a topic that is not there.
pub(crate) fn no_topic(topic: &str) -> Failure {
    Failure::not_found(format!("there is no topic '{topic}'"))
        .hint(format!("create it with: weir topic create {topic}"))
}

/// A wrong setting of the client library.
pub(crate) fn setup(error: &KafkaError) -> Failure {
    match error {
        KafkaError::ClientConfig(_, reason, name, value) => {
            Failure::usage(format!("the client setting {name}={value} is refused: {reason}"))
                .hint("the names are librdkafka's; see its CONFIGURATION.md")
        }
        other => Failure::failed(format!("the client can't start: {other}")),
    }
}

/// An error of the client library as a failure.
pub(crate) fn failure(error: &KafkaError, target: &Target, topic: Option<&str>) -> Failure {
    match error.rdkafka_error_code() {
        Some(code) => of_code(code, target, topic),
        None => Failure::failed(error.to_string()),
    }
}

/// An error code of the client library as a failure.
pub(crate) fn of_code(code: RDKafkaErrorCode, target: &Target, topic: Option<&str>) -> Failure {
    use RDKafkaErrorCode as Code;
    let about = topic.map(|topic| format!("topic '{topic}': ")).unwrap_or_default();
    match code {
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => match topic {
            Some(topic) => no_topic(topic),
            None => Failure::not_found("there is no such topic or partition"),
        },
        Code::OperationTimedOut | Code::MessageTimedOut => late(target, topic, &about),
        Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve => {
            Failure::new(Kind::Unreachable, format!("no broker answers at {}", target.bootstrap))
                .hint("is one running there? `weir local` starts one; -b names another address")
        }
        Code::InvalidTopic => Failure::failed(match topic {
            Some(topic) => format!("'{topic}' can't be the name of a topic"),
            None => "a topic's name is not legal".to_owned(),
        })
        .hint(crate::client::TOPIC_NAMES),
        Code::MessageSizeTooLarge => {
            Failure::failed(format!("{about}a record is larger than the broker takes"))
                .hint("raise the topic's max.message.bytes or send less at once")
        }
        other => Failure::failed(format!("{about}{other}")),
    }
}

/// The same cluster with less patience, for a look after something else failed.
pub(crate) fn brief(target: &Target) -> Target {
    Target { timeout: target.timeout.min(LOOK_TIMEOUT), ..target.clone() }
}

/// Nothing was acknowledged in time: because nobody is there, or because a broker that answers can't do it.
fn late(target: &Target, topic: Option<&str>, about: &str) -> Failure {
    if let Err(unreachable) = crate::client::reach(&brief(target)) {
        return unreachable;
    }
    let describe = topic.map(|topic| format!(" {topic}")).unwrap_or_default();
    Failure::failed(format!(
        "{about}not done within {} ms, though {} answers",
        target.timeout.as_millis(),
        target.bootstrap
    ))
    .hint(format!(
        "its disk may be full, a partition without a leader, too few replicas in sync: see its log and weir topic describe{describe}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_written_whole() {
        assert_eq!(servers(" a:1, ::1,[::2]:3 ,b,"), "a:1,[::1]:9092,[::2]:3,b:9092");
    }
}
