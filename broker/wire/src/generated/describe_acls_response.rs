//! `DescribeAclsResponse` (API key 29), versions 1 to 3. Generated from the schema.
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
pub struct DescribeAclsResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub error_code: i16,
    /// All versions, may be null.
    pub error_message: Option<WireStr>,
    /// All versions.
    pub resources: Vec<DescribeAclsResource>,
}

impl Default for DescribeAclsResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Default::default()),
            resources: Vec::new(),
        }
    }
}

impl Wire for DescribeAclsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribeAclsResource> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        value.error_code = Wire::decode(r, version, flexible)?;
        value.error_message = NullableWire::decode_nullable(r, version, flexible)?;
        value.resources = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        self.error_code.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?;
        self.resources.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeAclsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeAclsResource {
    /// All versions.
    pub resource_type: i8,
    /// All versions.
    pub resource_name: WireStr,
    /// All versions.
    pub pattern_type: i8,
    /// All versions.
    pub acls: Vec<AclDescription>,
}

impl Default for DescribeAclsResource {
    fn default() -> Self {
        Self { resource_type: 0, resource_name: WireStr::new(), pattern_type: 3, acls: Vec::new() }
    }
}

impl Wire for DescribeAclsResource {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<AclDescription> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.resource_type = Wire::decode(r, version, flexible)?;
        value.resource_name = Wire::decode(r, version, flexible)?;
        value.pattern_type = Wire::decode(r, version, flexible)?;
        value.acls = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.resource_type.encode(w, version, flexible)?;
        self.resource_name.encode(w, version, flexible)?;
        self.pattern_type.encode(w, version, flexible)?;
        self.acls.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeAclsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct AclDescription {
    /// All versions.
    pub principal: WireStr,
    /// All versions.
    pub host: WireStr,
    /// All versions.
    pub operation: i8,
    /// All versions.
    pub permission_type: i8,
}

impl Default for AclDescription {
    fn default() -> Self {
        Self { principal: WireStr::new(), host: WireStr::new(), operation: 0, permission_type: 0 }
    }
}

impl Wire for AclDescription {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
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

impl Message for DescribeAclsResponse {
    const NAME: &'static str = "DescribeAclsResponse";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 3;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
