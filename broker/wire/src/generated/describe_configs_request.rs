//! `DescribeConfigsRequest` (API key 32), versions 1 to 4. Generated from the schema.
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
pub struct DescribeConfigsRequest {
    /// All versions.
    pub resources: Vec<DescribeConfigsResource>,
    /// All versions.
    pub include_synonyms: bool,
    /// Versions 3 and later.
    pub include_documentation: bool,
}

impl Default for DescribeConfigsRequest {
    fn default() -> Self {
        Self { resources: Vec::new(), include_synonyms: false, include_documentation: false }
    }
}

impl Wire for DescribeConfigsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<DescribeConfigsResource> as Wire>::bytes_min(version, flexible);
        bytes += <bool as Wire>::bytes_min(version, flexible);
        if version >= 3 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.resources = Wire::decode(r, version, flexible)?;
        value.include_synonyms = Wire::decode(r, version, flexible)?;
        if version >= 3 {
            value.include_documentation = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.resources.encode(w, version, flexible)?;
        self.include_synonyms.encode(w, version, flexible)?;
        if version >= 3 {
            self.include_documentation.encode(w, version, flexible)?;
        }
        if !(version >= 3) && self.include_documentation {
            return Err(EncodeError::NotInVersion {
                field: "DescribeConfigsRequest.include_documentation",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeConfigsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResource {
    /// All versions.
    pub resource_type: i8,
    /// All versions.
    pub resource_name: WireStr,
    /// All versions, may be null.
    pub configuration_keys: Option<Vec<WireStr>>,
}

impl Default for DescribeConfigsResource {
    fn default() -> Self {
        Self { resource_type: 0, resource_name: WireStr::new(), configuration_keys: Some(Default::default()) }
    }
}

impl Wire for DescribeConfigsResource {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<WireStr> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.resource_type = Wire::decode(r, version, flexible)?;
        value.resource_name = Wire::decode(r, version, flexible)?;
        value.configuration_keys = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.resource_type.encode(w, version, flexible)?;
        self.resource_name.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.configuration_keys.as_ref(), w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for DescribeConfigsRequest {
    const NAME: &'static str = "DescribeConfigsRequest";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 4;
    fn is_flexible(version: i16) -> bool {
        version >= 4
    }
}
