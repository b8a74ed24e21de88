//! `AlterConfigsRequest` (API key 33), versions 0 to 2. Generated from the schema.
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
pub struct AlterConfigsRequest {
    /// All versions.
    pub resources: Vec<AlterConfigsResource>,
    /// All versions.
    pub validate_only: bool,
}

impl Default for AlterConfigsRequest {
    fn default() -> Self {
        Self { resources: Vec::new(), validate_only: false }
    }
}

impl Wire for AlterConfigsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<AlterConfigsResource> as Wire>::bytes_min(version, flexible);
        bytes += <bool as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.resources = Wire::decode(r, version, flexible)?;
        value.validate_only = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.resources.encode(w, version, flexible)?;
        self.validate_only.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `AlterConfigsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterConfigsResource {
    /// All versions.
    pub resource_type: i8,
    /// All versions.
    pub resource_name: WireStr,
    /// All versions.
    pub configs: Vec<AlterableConfig>,
}

impl Default for AlterConfigsResource {
    fn default() -> Self {
        Self { resource_type: 0, resource_name: WireStr::new(), configs: Vec::new() }
    }
}

impl Wire for AlterConfigsResource {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<AlterableConfig> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.resource_type = Wire::decode(r, version, flexible)?;
        value.resource_name = Wire::decode(r, version, flexible)?;
        value.configs = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.resource_type.encode(w, version, flexible)?;
        self.resource_name.encode(w, version, flexible)?;
        self.configs.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `AlterConfigsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterableConfig {
    /// All versions.
    pub name: WireStr,
    /// All versions, may be null.
    pub value: Option<WireStr>,
}

impl Default for AlterableConfig {
    fn default() -> Self {
        Self { name: WireStr::new(), value: Some(Default::default()) }
    }
}

impl Wire for AlterableConfig {
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

impl Message for AlterConfigsRequest {
    const NAME: &'static str = "AlterConfigsRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 2;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
