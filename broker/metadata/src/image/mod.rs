//! The cluster's state at one place of the journal: immutable once published, cheap to clone, changed only by records.
//!
//! Invariants, whatever records were applied: every partition has at least one replica and no replica twice; the ISR is
//! a subset of the replicas; a leader is in the ISR; the partitions of a topic are numbered from 0 without a gap; a name
//! and an id belong to one topic each; leader and partition epochs, broker epochs and producer ids never go back.
//! Records that would break one are an [`ApplyError`]: the journal is damaged, or a decision is wrong.

mod apply;
mod brokers;
mod configs;
mod delta;
mod topics;

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::{ProducerId, Uuid};

pub use apply::ApplyError;
pub use brokers::{BrokerImage, Brokers};
pub use configs::{ConfigMap, Configs};
pub use delta::MetadataDelta;
pub use topics::{TopicImage, Topics};

use crate::record::{ConfigResource, MetadataRecord};

/// The cluster's state. `clone` copies six pointers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MetadataImage {
    cluster_id: Option<Uuid>,
    topics: Arc<Topics>,
    configs: Arc<Configs>,
    brokers: Arc<Brokers>,
    features: Arc<BTreeMap<Arc<str>, i16>>,
    next_producer_id: ProducerId,
}

impl MetadataImage {
    /// The cluster's id, `None` before the first record.
    pub fn cluster_id(&self) -> Option<Uuid> {
        self.cluster_id
    }

    /// The topics.
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// What users set for topics and brokers.
    pub fn configs(&self) -> &Configs {
        &self.configs
    }

    /// The registered brokers.
    pub fn brokers(&self) -> &Brokers {
        &self.brokers
    }

    /// The finalized features and their levels.
    pub fn features(&self) -> &BTreeMap<Arc<str>, i16> {
        &self.features
    }

    /// The first producer id that nobody has.
    pub fn next_producer_id(&self) -> ProducerId {
        self.next_producer_id
    }

    /// The image after one committed list of records, and what changed.
    ///
    /// # Errors
    /// When a record contradicts the image; the image itself stays as it is.
    pub fn applied(&self, records: &[MetadataRecord]) -> Result<(Self, MetadataDelta), ApplyError> {
        let mut next = self.clone();
        let delta = next.apply(records)?;
        Ok((next, delta))
    }

    /// Applies one list in place, for replay: nothing is copied while nobody else holds the image.
    ///
    /// # Errors
    /// When a record contradicts the image, which is then of no use any more.
    pub fn apply(&mut self, records: &[MetadataRecord]) -> Result<MetadataDelta, ApplyError> {
        let mut delta = MetadataDelta::default();
        for record in records {
            self.apply_record(record, &mut delta)?;
        }
        Ok(delta)
    }

    /// Records that make this image out of nothing.
    pub fn snapshot(&self) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        records.extend(self.cluster_id.map(|cluster_id| MetadataRecord::Cluster { cluster_id }));
        for (name, level) in self.features.iter() {
            records.push(MetadataRecord::Feature { name: name.clone(), level: *level });
        }
        self.brokers.snapshot(&mut records);
        self.topics.snapshot(&mut records);
        self.configs.snapshot(&mut records);
        if self.next_producer_id > ProducerId::default() {
            let (broker, next) = (weir_model::BrokerId::NONE, self.next_producer_id);
            records.push(MetadataRecord::ProducerIds { broker, next });
        }
        records
    }

    /// What was set for a resource, empty when nothing was.
    pub fn configs_of(&self, resource: &ConfigResource) -> &ConfigMap {
        self.configs.of(resource)
    }
}
