//! The body of each record type, field by field in the order of the type's declaration.

use std::sync::Arc;

use weir_model::{BrokerId, LeaderEpoch, PartitionEpoch, PartitionIndex, ProducerId, TopicName};

use super::{BrokerRegistration, ConfigResource, Endpoint, MetadataRecord, PartitionState};
use crate::codec::{CodecError, Decoder, Encoder};

/// The version of every body so far.
pub(super) const VERSION: u64 = 1;

const CLUSTER: u64 = 1;
const FEATURE: u64 = 2;
const BROKER_REGISTERED: u64 = 3;
const BROKER_UNREGISTERED: u64 = 4;
const BROKER_FENCED: u64 = 5;
const LEADER_RESTARTED: u64 = 6;
const TOPIC: u64 = 7;
const PARTITION: u64 = 8;
const TOPIC_DELETED: u64 = 9;
const CONFIG: u64 = 10;
const PRODUCER_IDS: u64 = 11;

const RESOURCE_TOPIC: u64 = 2;
const RESOURCE_BROKER: u64 = 4;
const RESOURCE_CLUSTER_DEFAULT: u64 = 5;
const RESOURCE_GROUP: u64 = 6;

pub(super) fn type_code(record: &MetadataRecord) -> u64 {
    match record {
        MetadataRecord::Cluster { .. } => CLUSTER,
        MetadataRecord::Feature { .. } => FEATURE,
        MetadataRecord::BrokerRegistered(_) => BROKER_REGISTERED,
        MetadataRecord::BrokerUnregistered { .. } => BROKER_UNREGISTERED,
        MetadataRecord::BrokerFenced { .. } => BROKER_FENCED,
        MetadataRecord::LeaderRestarted { .. } => LEADER_RESTARTED,
        MetadataRecord::Topic { .. } => TOPIC,
        MetadataRecord::Partition { .. } => PARTITION,
        MetadataRecord::TopicDeleted { .. } => TOPIC_DELETED,
        MetadataRecord::Config { .. } => CONFIG,
        MetadataRecord::ProducerIds { .. } => PRODUCER_IDS,
    }
}

pub(super) fn encode(record: &MetadataRecord, e: &mut Encoder) {
    match record {
        MetadataRecord::Cluster { cluster_id } => e.uuid(*cluster_id),
        MetadataRecord::Feature { name, level } => {
            e.str(name);
            e.i64((*level).into());
        }
        MetadataRecord::BrokerRegistered(registration) => encode_registration(registration, e),
        MetadataRecord::BrokerUnregistered { broker } | MetadataRecord::LeaderRestarted { broker } => {
            broker_id(*broker, e);
        }
        MetadataRecord::BrokerFenced { broker, fenced } => {
            broker_id(*broker, e);
            e.bool(*fenced);
        }
        MetadataRecord::Topic { name, id } => {
            e.str(name.as_str());
            e.uuid(*id);
        }
        MetadataRecord::Partition { topic, partition, state } => {
            e.uuid(*topic);
            e.i64(partition.0.into());
            encode_state(state, e);
        }
        MetadataRecord::TopicDeleted { id } => e.uuid(*id),
        MetadataRecord::Config { resource, name, value } => {
            encode_resource(resource, e);
            e.str(name);
            e.option_str(value.as_deref());
        }
        MetadataRecord::ProducerIds { broker, next } => {
            broker_id(*broker, e);
            e.i64(next.0);
        }
    }
}

pub(super) fn decode(code: u64, d: &mut Decoder<'_>) -> Result<MetadataRecord, CodecError> {
    Ok(match code {
        CLUSTER => MetadataRecord::Cluster { cluster_id: d.uuid()? },
        FEATURE => MetadataRecord::Feature { name: d.str()?.into(), level: d.i16()? },
        BROKER_REGISTERED => MetadataRecord::BrokerRegistered(decode_registration(d)?),
        BROKER_UNREGISTERED => MetadataRecord::BrokerUnregistered { broker: BrokerId(d.i32()?) },
        BROKER_FENCED => MetadataRecord::BrokerFenced { broker: BrokerId(d.i32()?), fenced: d.bool()? },
        LEADER_RESTARTED => MetadataRecord::LeaderRestarted { broker: BrokerId(d.i32()?) },
        TOPIC => MetadataRecord::Topic { name: topic_name(d)?, id: d.uuid()? },
        PARTITION => MetadataRecord::Partition {
            topic: d.uuid()?,
            partition: PartitionIndex(d.i32()?),
            state: decode_state(d)?,
        },
        TOPIC_DELETED => MetadataRecord::TopicDeleted { id: d.uuid()? },
        CONFIG => MetadataRecord::Config {
            resource: decode_resource(d)?,
            name: d.str()?.into(),
            value: d.option_str()?.map(Arc::from),
        },
        PRODUCER_IDS => {
            MetadataRecord::ProducerIds { broker: BrokerId(d.i32()?), next: ProducerId(d.i64()?) }
        }
        0 => return Err(CodecError::Malformed("record type")),
        _ => return Err(CodecError::Newer { what: "record type", found: code, known: PRODUCER_IDS }),
    })
}

fn broker_id(broker: BrokerId, e: &mut Encoder) {
    e.i64(broker.0.into());
}

fn topic_name(d: &mut Decoder<'_>) -> Result<TopicName, CodecError> {
    TopicName::new(d.str()?).map_err(|_| CodecError::Malformed("topic name"))
}

fn encode_brokers(brokers: &[BrokerId], e: &mut Encoder) {
    e.count(brokers.len());
    for broker in brokers {
        broker_id(*broker, e);
    }
}

fn decode_brokers(d: &mut Decoder<'_>) -> Result<Vec<BrokerId>, CodecError> {
    let count = d.count()?;
    (0..count).map(|_| d.i32().map(BrokerId)).collect()
}

fn encode_state(state: &PartitionState, e: &mut Encoder) {
    encode_brokers(&state.replicas, e);
    encode_brokers(&state.isr, e);
    broker_id(state.leader, e);
    e.i64(state.leader_epoch.0.into());
    e.i64(state.partition_epoch.0.into());
}

fn decode_state(d: &mut Decoder<'_>) -> Result<PartitionState, CodecError> {
    Ok(PartitionState {
        replicas: decode_brokers(d)?,
        isr: decode_brokers(d)?,
        leader: BrokerId(d.i32()?),
        leader_epoch: LeaderEpoch(d.i32()?),
        partition_epoch: PartitionEpoch(d.i32()?),
    })
}

fn encode_registration(registration: &BrokerRegistration, e: &mut Encoder) {
    broker_id(registration.broker, e);
    e.uuid(registration.directory);
    e.uuid(registration.incarnation);
    e.i64(registration.broker_epoch);
    e.option_str(registration.rack.as_deref());
    e.count(registration.endpoints.len());
    for endpoint in &registration.endpoints {
        e.str(&endpoint.listener);
        e.str(&endpoint.host);
        e.u64(endpoint.port.into());
        e.i64(endpoint.security_protocol.into());
    }
}

fn decode_registration(d: &mut Decoder<'_>) -> Result<BrokerRegistration, CodecError> {
    Ok(BrokerRegistration {
        broker: BrokerId(d.i32()?),
        directory: d.uuid()?,
        incarnation: d.uuid()?,
        broker_epoch: d.i64()?,
        rack: d.option_str()?.map(Arc::from),
        endpoints: decode_endpoints(d)?,
    })
}

fn decode_endpoints(d: &mut Decoder<'_>) -> Result<Vec<Endpoint>, CodecError> {
    let count = d.count()?;
    let mut endpoints = Vec::new();
    for _ in 0..count {
        endpoints.push(Endpoint {
            listener: d.str()?.into(),
            host: d.str()?.into(),
            port: d.u16()?,
            security_protocol: d.i16()?,
        });
    }
    Ok(endpoints)
}

fn encode_resource(resource: &ConfigResource, e: &mut Encoder) {
    match resource {
        ConfigResource::Topic(name) => {
            e.u64(RESOURCE_TOPIC);
            e.str(name.as_str());
        }
        ConfigResource::Broker(broker) => {
            e.u64(RESOURCE_BROKER);
            broker_id(*broker, e);
        }
        ConfigResource::ClusterDefault => e.u64(RESOURCE_CLUSTER_DEFAULT),
        ConfigResource::Group(group) => {
            e.u64(RESOURCE_GROUP);
            e.str(group);
        }
    }
}

fn decode_resource(d: &mut Decoder<'_>) -> Result<ConfigResource, CodecError> {
    match d.u64()? {
        RESOURCE_TOPIC => Ok(ConfigResource::Topic(topic_name(d)?)),
        RESOURCE_BROKER => Ok(ConfigResource::Broker(BrokerId(d.i32()?))),
        RESOURCE_CLUSTER_DEFAULT => Ok(ConfigResource::ClusterDefault),
        RESOURCE_GROUP => Ok(ConfigResource::Group(d.str()?.into())),
        found if found > RESOURCE_GROUP => {
            Err(CodecError::Newer { what: "config resource", found, known: RESOURCE_GROUP })
        }
        _ => Err(CodecError::Malformed("config resource")),
    }
}
