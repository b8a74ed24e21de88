//! `CreateAclsRequest` (API key 30), versions 1 to 3. Generated from the schema.
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
pub struct CreateAclsRequest {
    /// All versions.
    pub creations: Vec<AclCreation>,
}

impl Default for CreateAclsRequest {
    fn default() -> Self {
        Self { creations: Vec::new() }
    }
}

impl Wire for CreateAclsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<AclCreation> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.creations = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.creations.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `CreateAclsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct AclCreation {
    /// All versions.
    pub resource_type: i8,
    /// All versions.
    pub resource_name: WireStr,
    /// All versions.
    pub resource_pattern_type: i8,
    /// All versions.
    pub principal: WireStr,
    /// All versions.
    pub host: WireStr,
    /// All versions.
    pub operation: i8,
    /// All versions.
    pub permission_type: i8,
}

impl Default for AclCreation {
    fn default() -> Self {
        Self {
            resource_type: 0,
            resource_name: WireStr::new(),
            resource_pattern_type: 3,
            principal: WireStr::new(),
            host: WireStr::new(),
            operation: 0,
            permission_type: 0,
        }
    }
}

impl Wire for AclCreation {
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
        value.resource_type = Wire::decode(r, version, flexible)?;
        value.resource_name = Wire::decode(r, version, flexible)?;
        value.resource_pattern_type = Wire::decode(r, version, flexible)?;
        value.principal = Wire::decode(r, version, flexible)?;
        value.host = Wire::decode(r, version, flexible)?;
        value.operation = Wire::decode(r, version, flexible)?;
        value.permission_type = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.resource_type.encode(w, version, flexible)?;
        self.resource_name.encode(w, version, flexible)?;
        self.resource_pattern_type.encode(w, version, flexible)?;
        self.principal.encode(w, version, flexible)?;
        self.host.encode(w, version, flexible)?;
        self.operation.encode(w, version, flexible)?;
        self.permission_type.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for CreateAclsRequest {
    const NAME: &'static str = "CreateAclsRequest";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 3;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
