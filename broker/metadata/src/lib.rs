//! The cluster's state as records and an immutable image, and the controller's pure decisions.
//!
//! Three parts, each knowing only those before it: [`record`] is what the journal holds, [`MetadataImage`] what replaying
//! it gives, [`configs`] what the settings in it mean, and [`controller`] turns a wish into records and an answer.
//! Deciding and applying are two things: a decision looks at an image and changes nothing.
//!
//! What is not here: the journal itself, who may write to it, time, randomness, sockets, Kafka's messages.

mod codec;
pub mod configs;
pub mod controller;
mod image;
pub mod record;

pub use image::{
    ApplyError, BrokerImage, Brokers, ConfigMap, Configs, MetadataDelta, MetadataImage, TopicImage, Topics,
};
pub use record::{
    BrokerRegistration, CodecError, ConfigResource, Endpoint, MetadataRecord, PartitionState, decode_entry,
    encode_entry,
};
