//! The registered brokers.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::BrokerId;

use super::ApplyError;
use crate::record::{BrokerRegistration, MetadataRecord};

/// One broker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerImage {
    /// What it said of itself.
    pub registration: BrokerRegistration,
    /// Whether clients must not be sent to it.
    pub fenced: bool,
}

/// All brokers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Brokers {
    by_id: BTreeMap<BrokerId, Arc<BrokerImage>>,
}

impl Brokers {
    /// One broker.
    pub fn of(&self, broker: BrokerId) -> Option<&Arc<BrokerImage>> {
        self.by_id.get(&broker)
    }

    /// All brokers by their ids.
    pub fn iter(&self) -> impl Iterator<Item = (BrokerId, &Arc<BrokerImage>)> {
        self.by_id.iter().map(|(id, broker)| (*id, broker))
    }

    /// The brokers that count as alive, by their ids.
    pub fn alive(&self) -> impl Iterator<Item = (BrokerId, &Arc<BrokerImage>)> {
        self.iter().filter(|(_, broker)| !broker.fenced)
    }

    /// How many are registered.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether none is registered.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(super) fn snapshot(&self, records: &mut Vec<MetadataRecord>) {
        for (broker, image) in self.iter() {
            records.push(MetadataRecord::BrokerRegistered(image.registration.clone()));
            records.push(MetadataRecord::BrokerFenced { broker, fenced: image.fenced });
        }
    }

    /// A registration fences its broker until a record says otherwise.
    pub(super) fn register(&mut self, registration: &BrokerRegistration) -> Result<(), ApplyError> {
        let broker = registration.broker;
        let refused = |problem| Err(ApplyError::Broker { broker, problem });
        if broker < BrokerId(0) {
            return refused("its id is negative");
        }
        if self
            .by_id
            .get(&broker)
            .is_some_and(|old| old.registration.broker_epoch >= registration.broker_epoch)
        {
            return refused("its epoch goes back");
        }
        self.by_id.insert(broker, Arc::new(BrokerImage { registration: registration.clone(), fenced: true }));
        Ok(())
    }

    pub(super) fn unregister(&mut self, broker: BrokerId) -> Result<(), ApplyError> {
        self.by_id.remove(&broker).map(|_| ()).ok_or(ApplyError::UnknownBroker(broker))
    }

    pub(super) fn fence(&mut self, broker: BrokerId, fenced: bool) -> Result<(), ApplyError> {
        let image = self.by_id.get_mut(&broker).ok_or(ApplyError::UnknownBroker(broker))?;
        Arc::make_mut(image).fenced = fenced;
        Ok(())
    }
}
