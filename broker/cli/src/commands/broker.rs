//! `weir broker`: what a pod runs. A file of Kafka's broker settings becomes the settings of the server.

mod listeners;
mod properties;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_model::{BrokerId, Uuid};
use weir_server::{BindAddress, BrokerSettings, Loggers};

use crate::args::BrokerOptions;
use crate::exit::Failure;
use crate::serve::Running;

/// The largest configuration file that is read.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Settings of other ways to run Kafka that mean nothing here and do no harm.
const WITHOUT_MEANING: [&str; 9] = [
    "controller.listener.names",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "metadata.log.dir",
    "process.roles",
    "zookeeper.connect",
    "zookeeper.connection.timeout.ms",
];

/// Runs the command.
pub(crate) fn run(options: &BrokerOptions, loggers: Arc<Loggers>) -> Result<(), Failure> {
    let mut config = read(&options.config)?;
    for pair in &options.set {
        config.insert(pair.name.clone(), pair.value.clone());
    }
    let mut settings = settings(config)
        .map_err(|problem| Failure::usage(format!("{}: {problem}", options.config.display())))?;
    settings.read_back_end = options.read_back_end.into();
    Running::start(settings, loggers)?.serve();
    Ok(())
}

fn read(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let unreadable =
        |error: std::io::Error| Failure::usage(format!("can't read {}: {error}", path.display()));
    let text = crate::input::text(path, FILE_BYTES_MAX).map_err(unreadable)?;
    let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let parsed = if is_yaml { properties::yaml(&text) } else { properties::lines(&text) };
    parsed.map_err(|problem| Failure::usage(format!("{}: {problem}", path.display())))
}

/// Takes what must be known before the data directory is read; the rest goes to the broker by its Kafka name.
fn settings(mut config: BTreeMap<String, String>) -> Result<BrokerSettings, String> {
    let listeners = listeners::parse(
        config.remove("listeners").as_deref().unwrap_or("PLAINTEXT://:9092"),
        config.remove("advertised.listeners").as_deref(),
        config.get("listener.security.protocol.map").map(String::as_str),
        config.get("controller.listener.names").map(String::as_str),
    )?;
    let node_id = match (config.remove("node.id"), config.remove("broker.id")) {
        (Some(id), Some(other)) if id.trim() != other.trim() => {
            return Err(format!(
                "node.id={id} and broker.id={other} name different brokers: keep node.id; broker.id is its old name"
            ));
        }
        (Some(id), _) | (None, Some(id)) => number(&id)?,
        (None, None) => {
            return Err("node.id is missing: give each broker its own number, such as node.id=1".to_owned());
        }
    };
    let data_dir = data_dir(config.remove("log.dirs").or_else(|| config.remove("log.dir")))?;
    config.remove("log.dir");
    let cluster_id = match config.remove("cluster.id") {
        Some(id) => {
            Some(id.parse::<Uuid>().map_err(|_| format!("cluster.id '{id}' is not an id of 22 characters"))?)
        }
        None => None,
    };
    let admin = match config.remove("admin.address") {
        Some(address) => Some(bind_address(&address)?),
        None => None,
    };
    config.retain(|name, _| !WITHOUT_MEANING.contains(&name.as_str()));
    let mut settings = BrokerSettings::single(data_dir, weir_server::Listener::plaintext("", 0));
    settings.node_id = BrokerId(node_id);
    settings.cluster_id = cluster_id;
    settings.listeners = listeners;
    settings.config = config;
    settings.admin = admin;
    Ok(settings)
}

fn number(text: &str) -> Result<i32, String> {
    let parsed = text.trim().parse::<i32>().ok().filter(|&number| number >= 0);
    parsed.ok_or_else(|| format!("node.id '{text}' is not a number from 0 on"))
}

fn data_dir(directories: Option<String>) -> Result<PathBuf, String> {
    let directories = directories
        .ok_or("log.dirs is missing: name the directory for data, such as log.dirs=/var/lib/weir")?;
    match directories.split(',').map(str::trim).collect::<Vec<_>>().as_slice() {
        [one] if !one.is_empty() => Ok(PathBuf::from(one)),
        _ => Err(format!("log.dirs '{directories}': this version keeps its data in one directory; name one")),
    }
}

/// `HOST:PORT`, with brackets around an IPv6 address.
pub(crate) fn bind_address(text: &str) -> Result<BindAddress, String> {
    let wanted = || format!("'{text}' is not an address: write HOST:PORT, such as 127.0.0.1:9644");
    let (host, port) = text.rsplit_once(':').ok_or_else(wanted)?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Ok(BindAddress::new(host, port.parse().map_err(|_| wanted())?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn config(text: &str) -> BTreeMap<String, String> {
        properties::lines(text).unwrap()
    }

    #[test]
    fn a_kafka_file_becomes_settings() {
        let settings = settings(config(
            "process.roles=broker,controller\nnode.id=7\nlisteners=PLAINTEXT://0.0.0.0:9092,CONTROLLER://:9093\n\
             advertised.listeners=PLAINTEXT://kafka.example.com:9094\ncontroller.listener.names=CONTROLLER\n\
             log.dirs=/data\nnum.partitions=3\nadmin.address=[::1]:9644\n",
        ))
        .unwrap();
        assert_eq!(settings.node_id, BrokerId(7));
        assert_eq!(settings.data_dir, PathBuf::from("/data"));
        assert_eq!(settings.admin, Some(BindAddress::new("::1", 9644)));
        assert_eq!(settings.config, config("num.partitions=3"));
        assert_eq!(settings.listeners.len(), 1);
        assert_eq!(settings.listeners[0].advertised_host.as_deref(), Some("kafka.example.com"));
        assert_eq!(settings.listeners[0].advertised_port, Some(9094));
    }

    fn refused(text: &str, expected: &Expect) {
        expected.assert_eq(&settings(config(text)).unwrap_err());
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        refused(
            "log.dirs=/d",
            &expect!["node.id is missing: give each broker its own number, such as node.id=1"],
        );
        refused(
            "node.id=5\nbroker.id=6\nlog.dirs=/d",
            &expect![
                "node.id=5 and broker.id=6 name different brokers: keep node.id; broker.id is its old name"
            ],
        );
        refused(
            "node.id=1",
            &expect!["log.dirs is missing: name the directory for data, such as log.dirs=/var/lib/weir"],
        );
        refused("node.id=x\nlog.dirs=/d", &expect!["node.id 'x' is not a number from 0 on"]);
        refused(
            "node.id=1\nlog.dirs=/a,/b",
            &expect!["log.dirs '/a,/b': this version keeps its data in one directory; name one"],
        );
        refused(
            "node.id=1\nlog.dirs=/a\nadmin.address=9644",
            &expect!["'9644' is not an address: write HOST:PORT, such as 127.0.0.1:9644"],
        );
        refused(
            "node.id=1\nlog.dirs=/a\nlisteners=SASL_SSL://:9092",
            &expect![
                "listener SASL_SSL asks for SASL_SSL: this version serves PLAINTEXT only; map it to PLAINTEXT"
            ],
        );
        refused(
            "node.id=1\nlog.dirs=/a\nlisteners=9092",
            &expect!["listeners: '9092' is not NAME://HOST:PORT"],
        );
        refused(
            "node.id=1\nlog.dirs=/a\nlisteners=A://:9092\nadvertised.listeners=B://h:1",
            &expect!["advertised.listeners names B, which is not in listeners"],
        );
        refused(
            "node.id=1\nlog.dirs=/a\ncluster.id=short",
            &expect!["cluster.id 'short' is not an id of 22 characters"],
        );
    }
}
