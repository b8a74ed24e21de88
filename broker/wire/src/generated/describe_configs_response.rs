//! `DescribeConfigsResponse` (API key 32), versions 1 to 4. Generated from the schema.
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
pub struct DescribeConfigsResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub results: Vec<DescribeConfigsResult>,
}

impl Default for DescribeConfigsResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, results: Vec::new() }
    }
}

impl Wire for DescribeConfigsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribeConfigsResult> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        value.results = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        self.results.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeConfigsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResult {
    /// All versions.
    pub error_code: i16,
    /// All versions, may be null.
    pub error_message: Option<WireStr>,
    /// All versions.
    pub resource_type: i8,
    /// All versions.
    pub resource_name: WireStr,
    /// All versions.
    pub configs: Vec<DescribeConfigsResourceResult>,
}

impl Default for DescribeConfigsResult {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: Some(Default::default()),
            resource_type: 0,
            resource_name: WireStr::new(),
            configs: Vec::new(),
        }
    }
}

impl Wire for DescribeConfigsResult {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribeConfigsResourceResult> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.error_code = Wire::decode(r, version, flexible)?;
        value.error_message = NullableWire::decode_nullable(r, version, flexible)?;
        value.resource_type = Wire::decode(r, version, flexible)?;
        value.resource_name = Wire::decode(r, version, flexible)?;
        value.configs = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.error_code.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?;
        self.resource_type.encode(w, version, flexible)?;
        self.resource_name.encode(w, version, flexible)?;
        self.configs.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeConfigsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResourceResult {
    /// All versions.
    pub name: WireStr,
    /// All versions, may be null.
    pub value: Option<WireStr>,
    /// All versions.
    pub read_only: bool,
    /// All versions.
    pub config_source: i8,
    /// All versions.
    pub is_sensitive: bool,
    /// All versions.
    pub synonyms: Vec<DescribeConfigsSynonym>,
    /// Versions 3 and later.
    pub config_type: i8,
    /// Versions 3 and later, may be null.
    pub documentation: Option<WireStr>,
}

impl Default for DescribeConfigsResourceResult {
    fn default() -> Self {
        Self {
            name: WireStr::new(),
            value: Some(Default::default()),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
            synonyms: Vec::new(),
            config_type: 0,
            documentation: Some(Default::default()),
        }
    }
}

impl Wire for DescribeConfigsResourceResult {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <bool as Wire>::bytes_min(version, flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes += <bool as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribeConfigsSynonym> as Wire>::bytes_min(version, flexible);
        if version >= 3 {
            bytes += <i8 as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = Wire::decode(r, version, flexible)?;
        value.value = NullableWire::decode_nullable(r, version, flexible)?;
        value.read_only = Wire::decode(r, version, flexible)?;
        value.config_source = Wire::decode(r, version, flexible)?;
        value.is_sensitive = Wire::decode(r, version, flexible)?;
        value.synonyms = Wire::decode(r, version, flexible)?;
        if version >= 3 {
            value.config_type = Wire::decode(r, version, flexible)?;
        }
        if version >= 3 {
            value.documentation = NullableWire::decode_nullable(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.name.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.value.as_ref(), w, version, flexible)?;
        self.read_only.encode(w, version, flexible)?;
        self.config_source.encode(w, version, flexible)?;
        self.is_sensitive.encode(w, version, flexible)?;
        self.synonyms.encode(w, version, flexible)?;
        if version >= 3 {
            self.config_type.encode(w, version, flexible)?;
        }
        if version >= 3 {
            NullableWire::encode_nullable(self.documentation.as_ref(), w, version, flexible)?;
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeConfigsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsSynonym {
    /// All versions.
    pub name: WireStr,
    /// All versions, may be null.
    pub value: Option<WireStr>,
    /// All versions.
    pub source: i8,
}

impl Default for DescribeConfigsSynonym {
    fn default() -> Self {
        Self { name: WireStr::new(), value: Some(Default::default()), source: 0 }
    }
}

impl Wire for DescribeConfigsSynonym {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i8 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = Wire::decode(r, version, flexible)?;
        value.value = NullableWire::decode_nullable(r, version, flexible)?;
        value.source = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.name.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.value.as_ref(), w, version, flexible)?;
        self.source.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for DescribeConfigsResponse {
    const NAME: &'static str = "DescribeConfigsResponse";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 4;
    fn is_flexible(version: i16) -> bool {
        version >= 4
    }
}
