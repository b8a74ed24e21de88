//! `CreateTopicsRequest` (API key 19), versions 2 to 7. Generated from the schema.
#![allow(
    clippy::all,
    clippy::semicolon_if_nothing_returned,
    unused_imports,
    unused_variables,
    unreachable_patterns,
    reason = "generated"
)]

use bytes::Bytes;
use weir_model::Uuid;

use crate::codec::{
    DecodeError, EncodeError, Message, NullableWire, Reader, Records, TaggedFields, Wire, WireStr, Writer,
};

/// The message.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTopicsRequest {
    /// All versions.
    pub topics: Vec<CreatableTopic>,
    /// All versions.
    pub timeout_ms: i32,
    /// All versions.
    pub validate_only: bool,
}

impl Default for CreateTopicsRequest {
    fn default() -> Self {
        Self { topics: Vec::new(), timeout_ms: 60000, validate_only: false }
    }
}

impl Wire for CreateTopicsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<CreatableTopic> as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <bool as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topics = Wire::decode(r, version, flexible)?;
        value.timeout_ms = Wire::decode(r, version, flexible)?;
        value.validate_only = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.topics.encode(w, version, flexible)?;
        self.timeout_ms.encode(w, version, flexible)?;
        self.validate_only.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `CreateTopicsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopic {
    /// All versions.
    pub name: WireStr,
    /// All versions.
    pub num_partitions: i32,
    /// All versions.
    pub replication_factor: i16,
    /// All versions.
    pub assignments: Vec<CreatableReplicaAssignment>,
    /// All versions.
    pub configs: Vec<CreatableTopicConfig>,
}

impl Default for CreatableTopic {
    fn default() -> Self {
        Self {
            name: WireStr::new(),
            num_partitions: 0,
            replication_factor: 0,
            assignments: Vec::new(),
            configs: Vec::new(),
        }
    }
}

impl Wire for CreatableTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<CreatableReplicaAssignment> as Wire>::bytes_min(version, flexible);
        bytes += <Vec<CreatableTopicConfig> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = Wire::decode(r, version, flexible)?;
        value.num_partitions = Wire::decode(r, version, flexible)?;
        value.replication_factor = Wire::decode(r, version, flexible)?;
        value.assignments = Wire::decode(r, version, flexible)?;
        value.configs = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.name.encode(w, version, flexible)?;
        self.num_partitions.encode(w, version, flexible)?;
        self.replication_factor.encode(w, version, flexible)?;
        self.assignments.encode(w, version, flexible)?;
        self.configs.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `CreateTopicsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableReplicaAssignment {
    /// All versions.
    pub partition_index: i32,
    /// All versions.
    pub broker_ids: Vec<i32>,
}

impl Default for CreatableReplicaAssignment {
    fn default() -> Self {
        Self { partition_index: 0, broker_ids: Vec::new() }
    }
}

impl Wire for CreatableReplicaAssignment {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition_index = Wire::decode(r, version, flexible)?;
        value.broker_ids = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.partition_index.encode(w, version, flexible)?;
        self.broker_ids.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `CreateTopicsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicConfig {
    /// All versions.
    pub name: WireStr,
    /// All versions, may be null.
    pub value: Option<WireStr>,
}

impl Default for CreatableTopicConfig {
    fn default() -> Self {
        Self { name: WireStr::new(), value: Some(Default::default()) }
    }
}

impl Wire for CreatableTopicConfig {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = Wire::decode(r, version, flexible)?;
        value.value = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.name.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.value.as_ref(), w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for CreateTopicsRequest {
    const NAME: &'static str = "CreateTopicsRequest";
    const VERSION_MIN: i16 = 2;
    const VERSION_MAX: i16 = 7;
    fn is_flexible(version: i16) -> bool {
        version >= 5
    }
}
