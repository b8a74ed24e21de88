//! `MetadataRequest` (API key 3), versions 0 to 13. Generated from the schema.
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
pub struct MetadataRequest {
    /// All versions, may be null.
    pub topics: Option<Vec<MetadataRequestTopic>>,
    /// Versions 4 and later.
    pub allow_auto_topic_creation: bool,
    /// Versions 8 to 10.
    pub include_cluster_authorized_operations: bool,
    /// Versions 8 and later.
    pub include_topic_authorized_operations: bool,
}

impl Default for MetadataRequest {
    fn default() -> Self {
        Self {
            topics: Some(Default::default()),
            allow_auto_topic_creation: true,
            include_cluster_authorized_operations: false,
            include_topic_authorized_operations: false,
        }
    }
}

impl Wire for MetadataRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<MetadataRequestTopic> as Wire>::bytes_min(version, flexible);
        if version >= 4 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        if (8..=10).contains(&version) {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        if version >= 8 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topics = if version >= 1 {
            NullableWire::decode_nullable(r, version, flexible)?
        } else {
            Some(Wire::decode(r, version, flexible)?)
        };
        if version >= 4 {
            value.allow_auto_topic_creation = Wire::decode(r, version, flexible)?;
        }
        if (8..=10).contains(&version) {
            value.include_cluster_authorized_operations = Wire::decode(r, version, flexible)?;
        }
        if version >= 8 {
            value.include_topic_authorized_operations = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 1 {
            NullableWire::encode_nullable(self.topics.as_ref(), w, version, flexible)?
        } else {
            self.topics
                .as_ref()
                .ok_or(EncodeError::Null { field: "topics", version })?
                .encode(w, version, flexible)?
        };
        if version >= 4 {
            self.allow_auto_topic_creation.encode(w, version, flexible)?;
        }
        if !(version >= 4) && !self.allow_auto_topic_creation {
            return Err(EncodeError::NotInVersion {
                field: "MetadataRequest.allow_auto_topic_creation",
                version,
            });
        }
        if (8..=10).contains(&version) {
            self.include_cluster_authorized_operations.encode(w, version, flexible)?;
        }
        if !((8..=10).contains(&version)) && self.include_cluster_authorized_operations {
            return Err(EncodeError::NotInVersion {
                field: "MetadataRequest.include_cluster_authorized_operations",
                version,
            });
        }
        if version >= 8 {
            self.include_topic_authorized_operations.encode(w, version, flexible)?;
        }
        if !(version >= 8) && self.include_topic_authorized_operations {
            return Err(EncodeError::NotInVersion {
                field: "MetadataRequest.include_topic_authorized_operations",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `MetadataRequest`.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataRequestTopic {
    /// Versions 10 and later.
    pub topic_id: Uuid,
    /// All versions, may be null.
    pub name: Option<WireStr>,
}

impl Default for MetadataRequestTopic {
    fn default() -> Self {
        Self { topic_id: Uuid::ZERO, name: Some(Default::default()) }
    }
}

impl Wire for MetadataRequestTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 10 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 10 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        value.name = if version >= 10 {
            NullableWire::decode_nullable(r, version, flexible)?
        } else {
            Some(Wire::decode(r, version, flexible)?)
        };
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 10 {
            self.topic_id.encode(w, version, flexible)?;
        }
        if version >= 10 {
            NullableWire::encode_nullable(self.name.as_ref(), w, version, flexible)?
        } else {
            self.name
                .as_ref()
                .ok_or(EncodeError::Null { field: "name", version })?
                .encode(w, version, flexible)?
        };
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for MetadataRequest {
    const NAME: &'static str = "MetadataRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 13;
    fn is_flexible(version: i16) -> bool {
        version >= 9
    }
}
