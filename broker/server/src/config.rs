//! The configs in force: what the settings say, what was set while running, and the defaults of `weir-metadata`.

use std::net::IpAddr;
use std::time::Duration;

use weir_metadata::MetadataImage;
use weir_metadata::configs::{self, BrokerConfig, Durability, Layers, StaticConfig, TopicConfig};
use weir_model::BrokerId;

use crate::error::StartError;
use crate::net::limits::ConnectionLimits;
use crate::net::listener::SocketBuffers;

/// When nothing is ever idle.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// A broker's own settings, checked.
#[derive(Clone, Debug)]
pub(crate) struct FixedConfig {
    /// Which broker.
    pub(crate) node_id: BrokerId,
    /// Names and values of its file.
    pub(crate) values: StaticConfig,
}

impl FixedConfig {
    /// Checks every name and value.
    pub(crate) fn new(node_id: BrokerId, values: &StaticConfig) -> Result<Self, StartError> {
        configs::check_static(values)
            .map_err(|problems| StartError::Configs(problems.len(), list(&problems)))?;
        Ok(Self { node_id, values: values.clone() })
    }

    /// Where values come from.
    pub(crate) fn layers<'a>(&'a self, image: &'a MetadataImage) -> Layers<'a> {
        Layers { image, broker: self.node_id, fixed: &self.values }
    }
}

fn list(problems: &[configs::ConfigError]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The broker's configs as they are now.
#[derive(Clone, Debug)]
pub(crate) struct ServerConfig {
    /// All of them.
    pub(crate) broker: BrokerConfig,
    /// Those that decide about a new connection.
    pub(crate) connection_limits: ConnectionLimits,
    /// `connections.max.idle.ms`.
    pub(crate) connection_idle_max: Duration,
    /// What a topic gets that says nothing of its durability.
    pub(crate) durability: &'static str,
}

impl ServerConfig {
    /// What follows from an image and the broker's own settings.
    pub(crate) fn new(fixed: &FixedConfig, image: &MetadataImage) -> Self {
        let layers = fixed.layers(image);
        let broker = BrokerConfig::resolve(&layers);
        let network = &broker.network;
        let connection_limits = ConnectionLimits {
            connections_max: network.connections_max,
            per_ip_max: network.connections_per_ip_max,
            per_ip_overrides: network
                .connections_per_ip_overrides
                .iter()
                .flat_map(|(host, count)| addresses(host).into_iter().map(|address| (address, *count)))
                .collect(),
            files_max: usize::MAX,
        };
        let connection_idle_max = network.connection_idle_max.unwrap_or(NEVER).min(NEVER);
        let durability = match TopicConfig::resolve(&layers, None).durability {
            Durability::Flushed => "flushed",
            Durability::Replicated => "replicated",
        };
        Self { broker, connection_limits, connection_idle_max, durability }
    }

    /// `socket.send.buffer.bytes` and `socket.receive.buffer.bytes`.
    pub(crate) fn socket_buffers(&self) -> SocketBuffers {
        let network = &self.broker.network;
        SocketBuffers { send_bytes: network.send_buffer_bytes, receive_bytes: network.receive_buffer_bytes }
    }
}

/// The addresses of a host in `max.connections.per.ip.overrides`. Other names than `localhost` count for nothing: a
/// look-up could keep the broker from starting.
fn addresses(host: &str) -> Vec<IpAddr> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(address) => vec![address],
        Err(_) if bare == "localhost" => vec![[127, 0, 0, 1].into(), [0, 0, 0, 0, 0, 0, 0, 1].into()],
        Err(_) => {
            tracing::warn!(host, "max.connections.per.ip.overrides takes addresses; this name is ignored");
            Vec::new()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_kafkas_default() {
        let fixed = FixedConfig::new(BrokerId(1), &StaticConfig::new()).unwrap();
        let config = ServerConfig::new(&fixed, &MetadataImage::default());
        assert_eq!(config.broker.network.request_bytes_max, 100 * 1024 * 1024);
        assert_eq!(config.connection_idle_max, Duration::from_secs(600));
        assert_eq!(config.durability, "flushed");
        assert!(config.broker.topics.auto_create);
    }

    #[test]
    fn the_system_sizes_buffers_that_nobody_set() {
        let buffers = |values: &[(&str, &str)]| {
            let values =
                values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let fixed = FixedConfig::new(BrokerId(1), &values).unwrap();
            let buffers = ServerConfig::new(&fixed, &MetadataImage::default()).socket_buffers();
            (buffers.send_bytes, buffers.receive_bytes)
        };
        let (send, receive) = ("socket.send.buffer.bytes", "socket.receive.buffer.bytes");
        assert_eq!(buffers(&[]), (None, None));
        assert_eq!(buffers(&[(send, "-1"), (receive, "-1")]), (None, None));
        assert_eq!(buffers(&[(send, "102400"), (receive, "7")]), (Some(102_400), Some(7)));
    }

    #[test]
    fn wrong_values_keep_the_broker_from_starting() {
        let values = [("max.connections", "many"), ("no.such.config", "1")];
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let error = FixedConfig::new(BrokerId(1), &values).unwrap_err().to_string();
        assert!(error.contains("max.connections") && error.contains("no.such.config"), "{error}");
    }

    #[test]
    fn overrides_name_addresses() {
        let values = [("max.connections.per.ip.overrides", "10.0.0.9:3,localhost:1")];
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let fixed = FixedConfig::new(BrokerId(1), &values).unwrap();
        let limits = ServerConfig::new(&fixed, &MetadataImage::default()).connection_limits;
        let of = |ip: &str| {
            limits.per_ip_overrides.iter().find(|(known, _)| *known == ip.parse::<IpAddr>().unwrap())
        };
        assert_eq!((of("10.0.0.9").unwrap().1, of("::1").unwrap().1, of("10.0.0.8")), (3, 1, None));
    }
}
