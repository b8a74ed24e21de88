//! A classic group: key type 2, value versions 0 to 4, written as 3.
//!
//! protocol type string · generation i32 · protocol nullable string · leader nullable string · from 2: state timestamp
//! i64 · members: id string · from 3: instance id nullable string · client id string · client host string · from 1:
//! rebalance timeout i32 · session timeout i32 · subscription bytes · assignment bytes. Version 4 is the same with
//! compact types and tagged fields.

use std::sync::Arc;

use bytes::Bytes;
use weir_model::Generation;

use super::codec::{Reader, Writer, owned};
use super::{DecodeError, value_version};
use crate::api::MemberId;

const VERSION_WRITTEN: i16 = 3;

/// A classic group at the end of a rebalance, or empty.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ClassicGroupValue {
    /// Empty if the group never had one.
    pub protocol_type: Arc<str>,
    /// The generation.
    pub generation: Generation,
    /// The chosen protocol.
    pub protocol: Option<Arc<str>>,
    /// The leader.
    pub leader: Option<MemberId>,
    /// When the group came into its state, wall time; -1 if unknown.
    pub state_timestamp_ms: i64,
    /// The members.
    pub members: Vec<ClassicMemberValue>,
}

/// A member of a classic group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassicMemberValue {
    /// Its id.
    pub member_id: MemberId,
    /// Its static name.
    pub instance_id: Option<Arc<str>>,
    /// Its client.
    pub client_id: Arc<str>,
    /// Where it connected from.
    pub client_host: Arc<str>,
    /// Its rebalance timeout, -1 in version 0.
    pub rebalance_timeout_ms: i32,
    /// Its session timeout.
    pub session_timeout_ms: i32,
    /// Its metadata of the chosen protocol.
    pub subscription: Bytes,
    /// Its assignment.
    pub assignment: Bytes,
}

impl ClassicGroupValue {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = value_version(&mut reader, 2, 4)?;
        let flexible = version >= 4;
        let protocol_type = text(&mut reader, flexible)?.into();
        let generation = Generation(reader.i32()?);
        let protocol = owned(nullable_text(&mut reader, flexible)?);
        let leader = nullable_text(&mut reader, flexible)?.map(MemberId::new);
        let state_timestamp_ms = if version >= 2 { reader.i64()? } else { -1 };
        let members = if flexible {
            reader.compact_array_of(|reader| ClassicMemberValue::decode(reader, version))?
        } else {
            reader.array_of(|reader| ClassicMemberValue::decode(reader, version))?
        };
        Ok(Self { protocol_type, generation, protocol, leader, state_timestamp_ms, members })
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.i16(VERSION_WRITTEN);
        writer.string(&self.protocol_type);
        writer.i32(self.generation.0);
        writer.nullable_string(self.protocol.as_deref());
        writer.nullable_string(self.leader.as_ref().map(MemberId::as_str));
        writer.i64(self.state_timestamp_ms);
        writer.array_of(self.members.iter(), |writer, member| member.encode(writer));
    }
}

impl ClassicMemberValue {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let member = Self {
            member_id: MemberId::new(text(reader, flexible)?),
            instance_id: if version >= 3 { owned(nullable_text(reader, flexible)?) } else { None },
            client_id: text(reader, flexible)?.into(),
            client_host: text(reader, flexible)?.into(),
            rebalance_timeout_ms: if version >= 1 { reader.i32()? } else { -1 },
            session_timeout_ms: reader.i32()?,
            subscription: bytes_of(reader, flexible)?,
            assignment: bytes_of(reader, flexible)?,
        };
        if flexible {
            reader.skip_tagged()?;
        }
        Ok(member)
    }

    fn encode(&self, writer: &mut Writer) {
        writer.string(self.member_id.as_str());
        writer.nullable_string(self.instance_id.as_deref());
        writer.string(&self.client_id);
        writer.string(&self.client_host);
        writer.i32(self.rebalance_timeout_ms);
        writer.i32(self.session_timeout_ms);
        writer.bytes(&self.subscription);
        writer.bytes(&self.assignment);
    }
}

fn text<'a>(reader: &mut Reader<'a>, flexible: bool) -> Result<&'a str, DecodeError> {
    if flexible { reader.compact_string() } else { reader.string() }
}

fn nullable_text<'a>(reader: &mut Reader<'a>, flexible: bool) -> Result<Option<&'a str>, DecodeError> {
    if flexible { reader.compact_nullable_string() } else { reader.nullable_string() }
}

fn bytes_of(reader: &mut Reader<'_>, flexible: bool) -> Result<Bytes, DecodeError> {
    let bytes = if flexible { reader.compact_bytes()? } else { reader.bytes()? };
    Ok(Bytes::copy_from_slice(bytes))
}
