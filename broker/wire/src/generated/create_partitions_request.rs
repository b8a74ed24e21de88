//! `CreatePartitionsRequest` (API key 37), versions 0 to 3. Generated from the schema.
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
pub struct CreatePartitionsRequest {
    /// All versions.
    pub topics: Vec<CreatePartitionsTopic>,
    /// All versions.
    pub timeout_ms: i32,
    /// All versions.
    pub validate_only: bool,
}

impl Default for CreatePartitionsRequest {
    fn default() -> Self {
        Self { topics: Vec::new(), timeout_ms: 0, validate_only: false }
    }
}

impl Wire for CreatePartitionsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<CreatePartitionsTopic> as Wire>::bytes_min(version, flexible);
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

/// Part of `CreatePartitionsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePartitionsTopic {
    /// All versions.
    pub name: WireStr,
    /// All versions.
    pub count: i32,
    /// All versions, may be null.
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
}

impl Default for CreatePartitionsTopic {
    fn default() -> Self {
        Self { name: WireStr::new(), count: 0, assignments: Some(Default::default()) }
    }
}

impl Wire for CreatePartitionsTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<CreatePartitionsAssignment> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = Wire::decode(r, version, flexible)?;
        value.count = Wire::decode(r, version, flexible)?;
        value.assignments = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.name.encode(w, version, flexible)?;
        self.count.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.assignments.as_ref(), w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `CreatePartitionsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePartitionsAssignment {
    /// All versions.
    pub broker_ids: Vec<i32>,
}

impl Default for CreatePartitionsAssignment {
    fn default() -> Self {
        Self { broker_ids: Vec::new() }
    }
}

impl Wire for CreatePartitionsAssignment {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.broker_ids = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.broker_ids.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for CreatePartitionsRequest {
    const NAME: &'static str = "CreatePartitionsRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 3;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
