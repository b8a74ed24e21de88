//! `DescribeLogDirsResponse` (API key 35), versions 1 to 5. Generated from the schema.
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
pub struct DescribeLogDirsResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// Versions 3 and later.
    pub error_code: i16,
    /// All versions.
    pub results: Vec<DescribeLogDirsResult>,
}

impl Default for DescribeLogDirsResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, results: Vec::new() }
    }
}

impl Wire for DescribeLogDirsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        if version >= 3 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<DescribeLogDirsResult> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        if version >= 3 {
            value.error_code = Wire::decode(r, version, flexible)?;
        }
        value.results = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        if version >= 3 {
            self.error_code.encode(w, version, flexible)?;
        }
        self.results.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeLogDirsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeLogDirsResult {
    /// All versions.
    pub error_code: i16,
    /// All versions.
    pub log_dir: WireStr,
    /// All versions.
    pub topics: Vec<DescribeLogDirsTopic>,
    /// Versions 4 and later.
    pub total_bytes: i64,
    /// Versions 4 and later.
    pub usable_bytes: i64,
    /// Versions 5 and later.
    pub is_cordoned: bool,
}

impl Default for DescribeLogDirsResult {
    fn default() -> Self {
        Self {
            error_code: 0,
            log_dir: WireStr::new(),
            topics: Vec::new(),
            total_bytes: -1,
            usable_bytes: -1,
            is_cordoned: false,
        }
    }
}

impl Wire for DescribeLogDirsResult {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribeLogDirsTopic> as Wire>::bytes_min(version, flexible);
        if version >= 4 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        if version >= 4 {
            bytes += <i64 as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.error_code = Wire::decode(r, version, flexible)?;
        value.log_dir = Wire::decode(r, version, flexible)?;
        value.topics = Wire::decode(r, version, flexible)?;
        if version >= 4 {
            value.total_bytes = Wire::decode(r, version, flexible)?;
        }
        if version >= 4 {
            value.usable_bytes = Wire::decode(r, version, flexible)?;
        }
        if version >= 5 {
            value.is_cordoned = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.error_code.encode(w, version, flexible)?;
        self.log_dir.encode(w, version, flexible)?;
        self.topics.encode(w, version, flexible)?;
        if version >= 4 {
            self.total_bytes.encode(w, version, flexible)?;
        }
        if version >= 4 {
            self.usable_bytes.encode(w, version, flexible)?;
        }
        if version >= 5 {
            self.is_cordoned.encode(w, version, flexible)?;
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeLogDirsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeLogDirsTopic {
    /// All versions.
    pub name: WireStr,
    /// All versions.
    pub partitions: Vec<DescribeLogDirsPartition>,
}

impl Default for DescribeLogDirsTopic {
    fn default() -> Self {
        Self { name: WireStr::new(), partitions: Vec::new() }
    }
}

impl Wire for DescribeLogDirsTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribeLogDirsPartition> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = Wire::decode(r, version, flexible)?;
        value.partitions = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.name.encode(w, version, flexible)?;
        self.partitions.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeLogDirsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeLogDirsPartition {
    /// All versions.
    pub partition_index: i32,
    /// All versions.
    pub partition_size: i64,
    /// All versions.
    pub offset_lag: i64,
    /// All versions.
    pub is_future_key: bool,
}

impl Default for DescribeLogDirsPartition {
    fn default() -> Self {
        Self { partition_index: 0, partition_size: 0, offset_lag: 0, is_future_key: false }
    }
}

impl Wire for DescribeLogDirsPartition {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes += <i64 as Wire>::bytes_min(version, flexible);
        bytes += <bool as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition_index = Wire::decode(r, version, flexible)?;
        value.partition_size = Wire::decode(r, version, flexible)?;
        value.offset_lag = Wire::decode(r, version, flexible)?;
        value.is_future_key = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.partition_index.encode(w, version, flexible)?;
        self.partition_size.encode(w, version, flexible)?;
        self.offset_lag.encode(w, version, flexible)?;
        self.is_future_key.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for DescribeLogDirsResponse {
    const NAME: &'static str = "DescribeLogDirsResponse";
    const VERSION_MIN: i16 = 1;
    const VERSION_MAX: i16 = 5;
    fn is_flexible(version: i16) -> bool {
        version >= 2
    }
}
