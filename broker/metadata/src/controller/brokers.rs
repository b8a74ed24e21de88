//! A broker starts.

use std::sync::Arc;

use weir_model::{BrokerId, DirectoryId, Uuid};

use super::{Controller, Decision};
use crate::record::{BrokerRegistration, Endpoint, MetadataRecord};

/// Who starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerStart {
    /// The cluster that its directory belongs to.
    pub cluster_id: Uuid,
    /// Which broker.
    pub broker: BrokerId,
    /// Its data directory.
    pub directory: DirectoryId,
    /// Drawn anew at each start.
    pub incarnation: Uuid,
    /// `broker.rack`.
    pub rack: Option<Arc<str>>,
    /// Its advertised listeners.
    pub endpoints: Vec<Endpoint>,
}

impl Controller<'_> {
    /// Registers a broker that starts, as alive: the cluster's id if it is new, the features that are true and not yet
    /// finalized, the registration with the next broker epoch, and a new leader epoch of all that it leads, so that nothing
    /// that it appended before the restart can be taken for what it appends after.
    pub fn start_broker(&self, start: BrokerStart, features: &[(&str, i16)]) -> Decision<i64> {
        let image = self.image();
        let broker = start.broker;
        let mut records = Vec::new();
        if image.cluster_id() != Some(start.cluster_id) {
            records.push(MetadataRecord::Cluster { cluster_id: start.cluster_id });
        }
        for (name, level) in features {
            if image.features().get(*name).copied().unwrap_or(0) < *level {
                records.push(MetadataRecord::Feature { name: (*name).into(), level: *level });
            }
        }
        let newest = image.brokers().iter().map(|(_, broker)| broker.registration.broker_epoch).max();
        let broker_epoch = newest.unwrap_or(0).saturating_add(1);
        records.push(MetadataRecord::BrokerRegistered(BrokerRegistration {
            broker,
            directory: start.directory,
            incarnation: start.incarnation,
            broker_epoch,
            rack: start.rack,
            endpoints: start.endpoints,
        }));
        records.push(MetadataRecord::LeaderRestarted { broker });
        records.push(MetadataRecord::BrokerFenced { broker, fenced: false });
        Decision { records, answer: broker_epoch }
    }
}
