//! What the controller decides: a wish and an image in, records and an answer out. Nothing here changes an image that
//! anybody else sees, reads a clock or draws a number; random bytes come in as an argument.
//!
//! Within one request a later item sees what an earlier one will have done: each accepted item is applied to a draft of the
//! image, which also proves that its records can be applied.

mod brokers;
mod configs;
mod create_partitions;
mod create_topics;
mod delete_topics;
mod internal;
mod placement;
mod producer_ids;

use weir_model::{ErrorCode, TopicName};

pub use brokers::{BrokerStart, LogsSeen};
pub use configs::{
    AlterOp, ConfigChange, GROUP_NAME_BYTES_MAX, GROUPS_WITH_CONFIGS_MAX, ResourceChange, ResourceName,
    check_form, resource_type,
};
pub use create_partitions::PartitionGrowth;
pub use create_topics::{CreatedTopic, NewTopic};
pub use delete_topics::{DeletedTopic, TopicReference};
pub use producer_ids::{PRODUCER_ID_BLOCK_SIZE, PRODUCER_IDS_UNKNOWN_MAX, ProducerIdBlock};

use crate::configs::{Layers, StaticConfig};
use crate::image::MetadataImage;
use crate::record::MetadataRecord;

/// The most partitions that one request may ask for, as in Kafka's controller: one request is one journal entry.
pub const PARTITIONS_PER_REQUEST_MAX: usize = 10_000;

/// Sixteen random bytes.
pub type Draw<'a> = &'a mut dyn FnMut() -> [u8; 16];

/// A wish that is not granted: the code that Kafka gives, and a sentence for people.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message} ({})", code.name())]
pub struct Refusal {
    /// Kafka's code.
    pub code: ErrorCode,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What to commit, and what to answer once it is committed. Without records there is nothing to wait for.
#[derive(Clone, PartialEq, Debug)]
pub struct Decision<T> {
    /// One journal entry, applied as a whole; empty when nothing changes.
    pub records: Vec<MetadataRecord>,
    /// One answer for each item of the request, in its order.
    pub answer: T,
}

/// How much the brokers can hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capacity {
    /// Partition replicas that one broker can hold; its open files and memory bound it.
    pub replicas_per_broker_max: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { replicas_per_broker_max: usize::MAX }
    }
}

/// The controller's view of one moment.
#[derive(Clone, Copy, Debug)]
pub struct Controller<'a> {
    layers: Layers<'a>,
    capacity: Capacity,
}

impl<'a> Controller<'a> {
    /// A view of the layers' image.
    pub fn new(layers: Layers<'a>, capacity: Capacity) -> Self {
        Self { layers, capacity }
    }

    fn image(&self) -> &'a MetadataImage {
        self.layers.image
    }
}

/// An image that grows with each accepted item of a request.
struct Draft<'a> {
    image: MetadataImage,
    records: Vec<MetadataRecord>,
    broker: weir_model::BrokerId,
    fixed: &'a StaticConfig,
}

impl<'a> Draft<'a> {
    fn new(layers: Layers<'a>) -> Self {
        Self { image: layers.image.clone(), records: Vec::new(), broker: layers.broker, fixed: layers.fixed }
    }

    fn layers(&self) -> Layers<'_> {
        Layers { image: &self.image, broker: self.broker, fixed: self.fixed }
    }

    /// Takes records that were decided against this draft.
    fn accept(&mut self, records: Vec<MetadataRecord>) -> Result<(), Refusal> {
        let refused =
            |error: crate::ApplyError| Refusal::new(ErrorCode::UnknownServerError, error.to_string());
        self.image = self.image.applied(&records).map_err(refused)?.0;
        self.records.extend(records);
        Ok(())
    }
}

fn topic_name(name: &str) -> Result<TopicName, Refusal> {
    TopicName::new(name).map_err(|error| Refusal::new(ErrorCode::InvalidTopicException, error.to_string()))
}

/// The items whose key stands more than once, by position.
fn repeated<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<bool> {
    let keys: Vec<K> = keys.collect();
    let mut sorted: Vec<&K> = keys.iter().collect();
    sorted.sort_unstable();
    let twice = |key: &K| {
        let first = sorted.partition_point(|other| *other < key);
        sorted.get(first + 1).is_some_and(|other| *other == key)
    };
    keys.iter().map(twice).collect()
}
