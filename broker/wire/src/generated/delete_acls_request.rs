//! `DeleteAclsRequest` (API key 31), versions 1 to 3. Generated from the schema.
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
pub struct DeleteAclsRequest {
    /// All versions.
    pub filters: Vec<DeleteAclsFilter>,
}

impl Default for DeleteAclsRequest {
    fn default() -> Self {
        Self { filters: Vec::new() }
    }
}

impl Wire for DeleteAclsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<DeleteAclsFilter> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.filters = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.filters.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DeleteAclsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteAclsFilter {
    /// All versions.
    pub resource_type_filter: i8,
    /// All versions, may be null.
    pub resource_name_filter: Option<WireStr>,
    /// All versions.
    pub pattern_type_filter: i8,
    /// All versions, may be null.
    pub principal_filter: Option<WireStr>,
    /// All versions, may be null.
    pub host_filter: Option<WireStr>,
    /// All versions.
    pub operation: i8,
    /// All versions.
    pub permission_type: i8,
}

impl Default for DeleteAclsFilter {
    fn default() -> Self {
        Self {
            resource_type_filter: 0,
            resource_name_filter: Some(Default::default()),
            pattern_type_filter: 3,
            principal_filter: Some(Default::default()),
            host_filter: Some(Default::default()),
            operation: 0,
            permission_type: 0,
        }
    }
}

impl Wire for DeleteAclsFilter {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.resource_type_filter = Wire::decode(r, version, flexible)?;
        value.resource_name_filter = NullableWire::decode_nullable(r, version, flexible)?;
        value.pattern_type_filter = Wire::decode(r, version, flexible)?;
        value.principal_filter = NullableWire::decode_nullable(r, version, flexible)?;
        value.host_filter = NullableWire::decode_nullable(r, version, flexible)?;
        value.operation = Wire::decode(r, version, flexible)?;
        value.permission_type = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.resource_type_filter.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.resource_name_filter.as_ref(), w, version, flexible)?;
        self.pattern_type_filter.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.principal_filter.as_ref(), w, version, flexible)?;
        NullableWire::encode_nullable(self.host_filter.as_ref(), w, version, flexible)?;
        self.operation.encode(w, version, flexible)?;
        self.permission_type.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for DeleteAclsRequest {
    const NAME: &'static str = "DeleteAclsRequest";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 3;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
