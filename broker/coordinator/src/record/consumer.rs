//! The values of a consumer group (KIP-848), all version 0 and flexible.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use weir_model::Generation;

use super::codec::{Reader, Writer, owned};
use super::{Assignment, DecodeError, EpochAssignment, value_version};
use crate::api::Protocol;

/// Type 3: epoch i32 · tag 0: metadata hash i64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct GroupEpochValue {
    /// Rises whenever members or their topics change.
    pub epoch: Generation,
    /// A digest of the topics that the group subscribes to.
    pub metadata_hash: i64,
}

/// Type 6: epoch i32 · tag 0: timestamp i64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TargetEpochValue {
    /// The group epoch that the target assignment was made for.
    pub epoch: Generation,
    /// When, wall time; 0 if unknown.
    pub timestamp_ms: i64,
}

/// Type 5: instance id, rack id nullable string · client id, client host string · topic names · pattern nullable string
/// · rebalance timeout i32 · assignor nullable string · tag 0: classic metadata, nullable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberValue {
    /// The static name.
    pub instance_id: Option<Arc<str>>,
    /// The rack.
    pub rack_id: Option<Arc<str>>,
    /// The client.
    pub client_id: Arc<str>,
    /// Where it connected from.
    pub client_host: Arc<str>,
    /// Topics by name.
    pub topics: BTreeSet<Arc<str>>,
    /// Topics by pattern; never an empty one.
    pub regex: Option<Arc<str>>,
    /// How long it may take to give up partitions.
    pub rebalance_timeout_ms: i32,
    /// The assignor that it wants.
    pub assignor: Option<Arc<str>>,
    /// What a member of the classic protocol brings.
    pub classic: Option<ClassicMetadata>,
}

impl Default for MemberValue {
    fn default() -> Self {
        Self {
            instance_id: None,
            rack_id: None,
            client_id: Arc::default(),
            client_host: Arc::default(),
            topics: BTreeSet::new(),
            regex: None,
            rebalance_timeout_ms: -1,
            assignor: None,
            classic: None,
        }
    }
}

/// session timeout i32 · protocols: name string, metadata bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassicMetadata {
    /// The session timeout.
    pub session_timeout_ms: i32,
    /// What it can work with.
    pub protocols: Vec<Protocol>,
}

/// How far a member is with its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(i8)]
pub enum MemberState {
    /// It owns what it shall own at its epoch.
    #[default]
    Stable = 0,
    /// It must give up partitions first.
    UnrevokedPartitions = 1,
    /// It waits for partitions that others still own.
    UnreleasedPartitions = 2,
    /// A state that a newer broker wrote.
    Unknown = 127,
}

/// Type 8: epoch, previous epoch i32 · state i8 · assigned, pending revocation: topic id, partitions i32, tag 0:
/// epochs i32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentValue {
    /// The member's epoch; -2 for a static member that is away.
    pub epoch: i32,
    /// The one before, still accepted if the last answer was lost.
    pub previous_epoch: i32,
    /// How far it is.
    pub state: MemberState,
    /// What it owns.
    pub assigned: EpochAssignment,
    /// What it must give up.
    pub revoking: EpochAssignment,
}

impl Default for CurrentValue {
    fn default() -> Self {
        Self {
            epoch: 0,
            previous_epoch: -1,
            state: MemberState::Stable,
            assigned: BTreeMap::new(),
            revoking: BTreeMap::new(),
        }
    }
}

/// Type 16: topics · version i64 · timestamp i64.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RegexValue {
    /// The topics that matched.
    pub topics: BTreeSet<Arc<str>>,
    /// The version of the metadata that was searched.
    pub version: i64,
    /// When, wall time.
    pub timestamp_ms: i64,
}

fn i64_tag_0(reader: &mut Reader<'_>) -> Result<i64, DecodeError> {
    let mut value = 0;
    reader.tagged(|tag, field| {
        if tag == 0 {
            value = field.i64()?;
        }
        Ok(())
    })?;
    Ok(value)
}

/// Kafka leaves a tagged field out when it has its default.
fn write_i64_tag_0(writer: &mut Writer, value: i64) {
    if value == 0 {
        writer.no_tagged();
    } else {
        writer.one_tagged(0, |field| field.i64(value));
    }
}

impl GroupEpochValue {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        value_version(&mut reader, 3, 0)?;
        Ok(Self { epoch: Generation(reader.i32()?), metadata_hash: i64_tag_0(&mut reader)? })
    }

    pub(super) fn encode(self, writer: &mut Writer) {
        writer.i16(0);
        writer.i32(self.epoch.0);
        write_i64_tag_0(writer, self.metadata_hash);
    }
}

impl TargetEpochValue {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        value_version(&mut reader, 6, 0)?;
        Ok(Self { epoch: Generation(reader.i32()?), timestamp_ms: i64_tag_0(&mut reader)? })
    }

    pub(super) fn encode(self, writer: &mut Writer) {
        writer.i16(0);
        writer.i32(self.epoch.0);
        write_i64_tag_0(writer, self.timestamp_ms);
    }
}

impl MemberValue {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        value_version(&mut reader, 5, 0)?;
        let mut value = Self {
            instance_id: owned(reader.compact_nullable_string()?),
            rack_id: owned(reader.compact_nullable_string()?),
            client_id: reader.compact_string()?.into(),
            client_host: reader.compact_string()?.into(),
            topics: topic_names(&mut reader)?,
            regex: owned(reader.compact_nullable_string()?.filter(|regex| !regex.is_empty())),
            rebalance_timeout_ms: reader.i32()?,
            assignor: owned(reader.compact_nullable_string()?),
            classic: None,
        };
        reader.tagged(|tag, field| {
            if tag == 0 {
                value.classic = ClassicMetadata::decode(field)?;
            }
            Ok(())
        })?;
        Ok(value)
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.i16(0);
        writer.compact_nullable_string(self.instance_id.as_deref());
        writer.compact_nullable_string(self.rack_id.as_deref());
        writer.compact_string(&self.client_id);
        writer.compact_string(&self.client_host);
        writer.compact_array_of(self.topics.iter(), |writer, topic| writer.compact_string(topic));
        writer.compact_nullable_string(self.regex.as_deref());
        writer.i32(self.rebalance_timeout_ms);
        writer.compact_nullable_string(self.assignor.as_deref());
        match &self.classic {
            None => writer.no_tagged(),
            Some(classic) => writer.one_tagged(0, |field| classic.encode(field)),
        }
    }
}

impl ClassicMetadata {
    /// A nullable structure starts with a byte: negative for null, 1 for a value.
    fn decode(reader: &mut Reader<'_>) -> Result<Option<Self>, DecodeError> {
        if reader.i8()? < 0 {
            return Ok(None);
        }
        let session_timeout_ms = reader.i32()?;
        let protocols = reader.compact_array_of(|reader| {
            let name = reader.compact_string()?.into();
            let metadata = Bytes::copy_from_slice(reader.compact_bytes()?);
            reader.skip_tagged()?;
            Ok(Protocol { name, metadata })
        })?;
        reader.skip_tagged()?;
        Ok(Some(Self { session_timeout_ms, protocols }))
    }

    fn encode(&self, writer: &mut Writer) {
        writer.i8(1);
        writer.i32(self.session_timeout_ms);
        writer.compact_array_of(self.protocols.iter(), |writer, protocol| {
            writer.compact_string(&protocol.name);
            writer.compact_bytes(&protocol.metadata);
            writer.no_tagged();
        });
        writer.no_tagged();
    }
}

fn topic_names(reader: &mut Reader<'_>) -> Result<BTreeSet<Arc<str>>, DecodeError> {
    let names = reader.compact_array_of(|reader| Ok(Arc::<str>::from(reader.compact_string()?)))?;
    Ok(names.into_iter().collect())
}

/// Type 7: topic id, partitions i32.
pub(super) fn decode_target(bytes: &[u8]) -> Result<Assignment, DecodeError> {
    let mut reader = Reader::new(bytes);
    value_version(&mut reader, 7, 0)?;
    let topics = reader.compact_array_of(|reader| {
        let topic = reader.uuid()?;
        let partitions = reader.compact_array_of(Reader::i32)?;
        reader.skip_tagged()?;
        Ok((topic, partitions.into_iter().collect()))
    })?;
    Ok(topics.into_iter().collect())
}

pub(super) fn encode_target(assignment: &Assignment, writer: &mut Writer) {
    writer.i16(0);
    writer.compact_array_of(assignment.iter(), |writer, (topic, partitions)| {
        writer.uuid(*topic);
        writer.compact_array_of(partitions.iter(), |writer, partition| writer.i32(*partition));
        writer.no_tagged();
    });
    writer.no_tagged();
}

impl CurrentValue {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        value_version(&mut reader, 8, 0)?;
        let epoch = reader.i32()?;
        let previous_epoch = reader.i32()?;
        let state = match reader.i8()? {
            0 => MemberState::Stable,
            1 => MemberState::UnrevokedPartitions,
            2 => MemberState::UnreleasedPartitions,
            _ => MemberState::Unknown,
        };
        let assigned = decode_epochs(&mut reader, epoch)?;
        let revoking = decode_epochs(&mut reader, epoch)?;
        Ok(Self { epoch, previous_epoch, state, assigned, revoking })
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.i16(0);
        writer.i32(self.epoch);
        writer.i32(self.previous_epoch);
        writer.i8(self.state as i8);
        encode_epochs(&self.assigned, writer);
        encode_epochs(&self.revoking, writer);
        writer.no_tagged();
    }
}

/// Records before KIP-1251 have no epoch per partition: the member's own counts then, but never a negative one.
fn decode_epochs(reader: &mut Reader<'_>, member_epoch: i32) -> Result<EpochAssignment, DecodeError> {
    let topics = reader.compact_array_of(|reader| {
        let topic = reader.uuid()?;
        let partitions = reader.compact_array_of(Reader::i32)?;
        let mut epochs = Vec::new();
        reader.tagged(|tag, field| {
            if tag == 0 {
                epochs = field.compact_array_of(Reader::i32)?;
            }
            Ok(())
        })?;
        if epochs.len() != partitions.len() {
            epochs = vec![member_epoch.max(0); partitions.len()];
        }
        Ok((topic, partitions.into_iter().zip(epochs).collect()))
    })?;
    Ok(topics.into_iter().collect())
}

fn encode_epochs(assignment: &EpochAssignment, writer: &mut Writer) {
    writer.compact_array_of(assignment.iter(), |writer, (topic, partitions)| {
        writer.uuid(*topic);
        writer.compact_array_of(partitions.keys(), |writer, partition| writer.i32(*partition));
        writer.one_tagged(0, |field| {
            field.compact_array_of(partitions.values(), |field, epoch| field.i32(*epoch));
        });
    });
}

impl RegexValue {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        value_version(&mut reader, 16, 0)?;
        Ok(Self { topics: topic_names(&mut reader)?, version: reader.i64()?, timestamp_ms: reader.i64()? })
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.i16(0);
        writer.compact_array_of(self.topics.iter(), |writer, topic| writer.compact_string(topic));
        writer.i64(self.version);
        writer.i64(self.timestamp_ms);
        writer.no_tagged();
    }
}
