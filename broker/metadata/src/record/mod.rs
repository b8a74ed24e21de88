//! What the journal of the cluster holds: every change of its state as a record.
//!
//! One journal entry is one committed list of records, applied as a whole:
//!
//! ```text
//! entry  := format (1)  count  record*
//! record := length  type  version  body
//! ```
//!
//! all numbers as in `codec`. A record's type never changes its meaning. A field is added at the end of a body, with a new
//! version; a reader that knows less refuses the record by name, because skipping a change of state would fork the
//! cluster.

mod body;

use std::sync::Arc;

use weir_model::{
    BrokerId, DirectoryId, LeaderEpoch, PartitionEpoch, PartitionIndex, ProducerId, TopicId, TopicName, Uuid,
};

pub use crate::codec::CodecError;
use crate::codec::{Decoder, Encoder};

/// The format of an entry that this version writes, and the newest that it reads.
pub const ENTRY_FORMAT: u64 = 1;

/// What a config belongs to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ConfigResource {
    /// One topic.
    Topic(TopicName),
    /// One broker.
    Broker(BrokerId),
    /// Every broker that says nothing of its own: the broker resource with the empty name.
    ClusterDefault,
    /// One group, whether it exists or not.
    Group(Arc<str>),
}

/// Where clients reach a broker.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Endpoint {
    /// The listener's name.
    pub listener: Arc<str>,
    /// The advertised host.
    pub host: Arc<str>,
    /// The advertised port.
    pub port: u16,
    /// Kafka's number of the security protocol: 0 PLAINTEXT, 1 SSL, 2 `SASL_PLAINTEXT`, 3 `SASL_SSL`.
    pub security_protocol: i16,
}

/// A broker that told the controller about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerRegistration {
    /// Which broker.
    pub broker: BrokerId,
    /// Its data directory.
    pub directory: DirectoryId,
    /// Drawn anew at each start of the process.
    pub incarnation: Uuid,
    /// Rises with each registration; an older one is fenced.
    pub broker_epoch: i64,
    /// `broker.rack`.
    pub rack: Option<Arc<str>>,
    /// Its advertised listeners.
    pub endpoints: Vec<Endpoint>,
}

/// The whole committed state of one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartitionState {
    /// Brokers that hold a copy; the first is the preferred leader.
    pub replicas: Vec<BrokerId>,
    /// The copies in sync, a subset of `replicas`.
    pub isr: Vec<BrokerId>,
    /// The leader, [`BrokerId::NONE`] when nobody can lead.
    pub leader: BrokerId,
    /// The leader's term.
    pub leader_epoch: LeaderEpoch,
    /// Rises with each change of this state.
    pub partition_epoch: PartitionEpoch,
}

/// One change of the cluster's state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MetadataRecord {
    /// The cluster's id; the first record of a cluster.
    Cluster {
        /// The id.
        cluster_id: Uuid,
    },
    /// A finalized feature; level 0 removes it.
    Feature {
        /// Kafka's name, such as `group.version`.
        name: Arc<str>,
        /// The finalized level.
        level: i16,
    },
    /// A broker started, or started again.
    BrokerRegistered(BrokerRegistration),
    /// A broker left for good.
    BrokerUnregistered {
        /// Which one.
        broker: BrokerId,
    },
    /// A broker stopped or began to count as alive.
    BrokerFenced {
        /// Which one.
        broker: BrokerId,
        /// Whether it is dead to clients.
        fenced: bool,
    },
    /// A broker restarted: every partition that it leads is in a new term from here on.
    LeaderRestarted {
        /// Which one.
        broker: BrokerId,
    },
    /// A new topic, without partitions yet.
    Topic {
        /// Its name.
        name: TopicName,
        /// Its id.
        id: TopicId,
    },
    /// A partition's state, new or changed. New ones come in the order of their numbers.
    Partition {
        /// The topic.
        topic: TopicId,
        /// Which partition.
        partition: PartitionIndex,
        /// All of its state.
        state: PartitionState,
    },
    /// A topic is gone, and with it its partitions and configs.
    TopicDeleted {
        /// Which one.
        id: TopicId,
    },
    /// A config is set, or removed with `None`.
    Config {
        /// Whose.
        resource: ConfigResource,
        /// Kafka's name of it.
        name: Arc<str>,
        /// The value as the user wrote it.
        value: Option<Arc<str>>,
    },
    /// A block of producer ids was handed out.
    ProducerIds {
        /// To whom.
        broker: BrokerId,
        /// The first id that nobody has yet.
        next: ProducerId,
    },
}

impl MetadataRecord {
    fn encode(&self) -> Vec<u8> {
        let mut encoder = Encoder::default();
        encoder.u64(body::type_code(self));
        encoder.u64(body::VERSION);
        body::encode(self, &mut encoder);
        encoder.into_bytes()
    }

    fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut decoder = Decoder::new(bytes);
        let code = decoder.u64()?;
        let version = decoder.u64()?;
        if version > body::VERSION {
            return Err(CodecError::Newer { what: "record version", found: version, known: body::VERSION });
        }
        let record = body::decode(code, &mut decoder)?;
        decoder.finish()?;
        Ok(record)
    }
}

/// The bytes of one journal entry.
pub fn encode_entry(records: &[MetadataRecord]) -> Vec<u8> {
    let mut encoder = Encoder::default();
    encoder.u64(ENTRY_FORMAT);
    encoder.count(records.len());
    for record in records {
        encoder.blob(&record.encode());
    }
    encoder.into_bytes()
}

/// The records of one journal entry.
///
/// # Errors
/// When the bytes are damaged or a newer Weir wrote them. Never panics, and allocates no more than a small multiple of
/// the input.
pub fn decode_entry(bytes: &[u8]) -> Result<Vec<MetadataRecord>, CodecError> {
    let mut decoder = Decoder::new(bytes);
    let format = decoder.u64()?;
    match format {
        0 => return Err(CodecError::Malformed("entry format")),
        ENTRY_FORMAT => {}
        _ => return Err(CodecError::Newer { what: "entry format", found: format, known: ENTRY_FORMAT }),
    }
    let count = decoder.count()?;
    // A count of bytes is no count of records: grow as they are found.
    let mut records = Vec::new();
    for _ in 0..count {
        records.push(MetadataRecord::decode(decoder.blob()?)?);
    }
    decoder.finish()?;
    Ok(records)
}
