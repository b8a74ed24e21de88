//! A broker starts.

use std::sync::Arc;

use weir_model::{
    BrokerId, DirectoryId, LeaderEpoch, PartitionEpoch, PartitionIndex, ProducerId, TopicId, Uuid,
};

use super::{Controller, Decision};
use crate::record::{BrokerRegistration, Endpoint, MetadataRecord, PartitionState};

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
    /// What its logs have seen and the metadata may have forgotten.
    pub seen: LogsSeen,
}

/// What the logs of a broker know beyond the metadata. There is something where somebody put back older metadata: numbers
/// that must never be used twice would be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogsSeen {
    /// Partitions whose log knows a newer leader epoch than the metadata, with the log's.
    pub epochs: Vec<(TopicId, PartitionIndex, LeaderEpoch)>,
    /// The largest producer id less than [`super::PRODUCER_IDS_UNKNOWN_MAX`] beyond the metadata's.
    pub producer: Option<ProducerId>,
}

impl Controller<'_> {
    /// Registers a broker that starts, as alive: the cluster's id if it is new, the features that are true and not yet
    /// finalized, the registration with the next broker epoch, and a new leader epoch of all that it leads, so that nothing
    /// that it appended before the restart can be taken for what it appends after. Metadata that are older than its logs
    /// catch up first.
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
        records.extend(self.catch_up(broker, &start.seen));
        records.push(MetadataRecord::LeaderRestarted { broker });
        records.push(MetadataRecord::BrokerFenced { broker, fenced: false });
        Decision { records, answer: broker_epoch }
    }

    fn catch_up(&self, broker: BrokerId, seen: &LogsSeen) -> Vec<MetadataRecord> {
        let epoch_seen = |&(topic, partition, leader_epoch): &(TopicId, PartitionIndex, LeaderEpoch)| {
            let state = self.image().topics().by_id(topic)?.partition(partition)?;
            let partition_epoch = PartitionEpoch(state.partition_epoch.0.saturating_add(1));
            let is_behind = state.leader == broker && state.leader_epoch < leader_epoch;
            let state = PartitionState { leader_epoch, partition_epoch, ..state.clone() };
            is_behind.then_some(MetadataRecord::Partition { topic, partition, state })
        };
        let is_unknown = |id: &ProducerId| *id >= self.image().next_producer_id();
        let after = seen.producer.filter(is_unknown).and_then(|id| id.0.checked_add(1));
        let ids = after.map(|next| MetadataRecord::ProducerIds { broker, next: ProducerId(next) });
        seen.epochs.iter().filter_map(epoch_seen).chain(ids).collect()
    }
}
