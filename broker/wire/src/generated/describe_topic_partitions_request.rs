//! `DescribeTopicPartitionsRequest` (API key 75), versions 0 to 0. Generated from the schema.
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
pub struct DescribeTopicPartitionsRequest {
    /// All versions.
    pub topics: Vec<TopicRequest>,
    /// All versions.
    pub response_partition_limit: i32,
    /// All versions, may be null.
    pub cursor: Option<Cursor>,
}

impl Default for DescribeTopicPartitionsRequest {
    fn default() -> Self {
        Self { topics: Vec::new(), response_partition_limit: 2000, cursor: None }
    }
}

impl Wire for DescribeTopicPartitionsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<TopicRequest> as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += 1;
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topics = Wire::decode(r, version, flexible)?;
        value.response_partition_limit = Wire::decode(r, version, flexible)?;
        value.cursor = NullableWire::decode_nullable(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.topics.encode(w, version, flexible)?;
        self.response_partition_limit.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.cursor.as_ref(), w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeTopicPartitionsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicRequest {
    /// All versions.
    pub name: WireStr,
}

impl Default for TopicRequest {
    fn default() -> Self {
        Self { name: WireStr::new() }
    }
}

impl Wire for TopicRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.name.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `DescribeTopicPartitionsRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// All versions.
    pub topic_name: WireStr,
    /// All versions.
    pub partition_index: i32,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { topic_name: WireStr::new(), partition_index: 0 }
    }
}

impl Wire for Cursor {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic_name = Wire::decode(r, version, flexible)?;
        value.partition_index = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.topic_name.encode(w, version, flexible)?;
        self.partition_index.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl NullableWire for Cursor {
    fn decode_nullable(r: &mut Reader, version: i16, flexible: bool) -> Result<Option<Self>, DecodeError> {
        if r.int8()? < 0 { Ok(None) } else { Self::decode(r, version, flexible).map(Some) }
    }
    fn encode_nullable(
        value: Option<&Self>,
        w: &mut Writer,
        version: i16,
        flexible: bool,
    ) -> Result<(), EncodeError> {
        match value {
            None => {
                w.int8(-1);
                Ok(())
            }
            Some(value) => {
                w.int8(1);
                value.encode(w, version, flexible)
            }
        }
    }
}

impl Message for DescribeTopicPartitionsRequest {
    const NAME: &'static str = "DescribeTopicPartitionsRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 0;
    fn is_flexible(version: i16) -> bool {
        true
    }
}
