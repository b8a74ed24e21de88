//! `MetadataResponse` (API key 3), versions 0 to 13. Generated from the schema.
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
pub struct MetadataResponse {
    /// Versions 3 and later.
    pub throttle_time_ms: i32,
    /// All versions.
    pub brokers: Vec<MetadataResponseBroker>,
    /// Versions 2 and later, may be null.
    pub cluster_id: Option<WireStr>,
    /// Versions 1 and later.
    pub controller_id: i32,
    /// All versions.
    pub topics: Vec<MetadataResponseTopic>,
    /// Versions 8 to 10.
    pub cluster_authorized_operations: i32,
    /// Versions 13 and later.
    pub error_code: i16,
}

impl Default for MetadataResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            brokers: Vec::new(),
            cluster_id: None,
            controller_id: -1,
            topics: Vec::new(),
            cluster_authorized_operations: -2147483648,
            error_code: 0,
        }
    }
}

impl Wire for MetadataResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 3 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<MetadataResponseBroker> as Wire>::bytes_min(version, flexible);
        if version >= 2 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 1 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<MetadataResponseTopic> as Wire>::bytes_min(version, flexible);
        if (8..=10).contains(&version) {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        if version >= 13 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 3 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        value.brokers = Wire::decode(r, version, flexible)?;
        if version >= 2 {
            value.cluster_id = if version >= 2 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version >= 1 {
            value.controller_id = Wire::decode(r, version, flexible)?;
        }
        value.topics = Wire::decode(r, version, flexible)?;
        if (8..=10).contains(&version) {
            value.cluster_authorized_operations = Wire::decode(r, version, flexible)?;
        }
        if version >= 13 {
            value.error_code = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 3 {
            self.throttle_time_ms.encode(w, version, flexible)?;
        }
        self.brokers.encode(w, version, flexible)?;
        if version >= 2 {
            if version >= 2 {
                NullableWire::encode_nullable(self.cluster_id.as_ref(), w, version, flexible)?
            } else {
                self.cluster_id
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "cluster_id", version })?
                    .encode(w, version, flexible)?
            };
        }
        if version >= 1 {
            self.controller_id.encode(w, version, flexible)?;
        }
        self.topics.encode(w, version, flexible)?;
        if (8..=10).contains(&version) {
            self.cluster_authorized_operations.encode(w, version, flexible)?;
        }
        if !((8..=10).contains(&version)) && self.cluster_authorized_operations != -2147483648 {
            return Err(EncodeError::NotInVersion {
                field: "MetadataResponse.cluster_authorized_operations",
                version,
            });
        }
        if version >= 13 {
            self.error_code.encode(w, version, flexible)?;
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `MetadataResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponseBroker {
    /// All versions.
    pub node_id: i32,
    /// All versions.
    pub host: WireStr,
    /// All versions.
    pub port: i32,
    /// Versions 1 and later, may be null.
    pub rack: Option<WireStr>,
}

impl Default for MetadataResponseBroker {
    fn default() -> Self {
        Self { node_id: 0, host: WireStr::new(), port: 0, rack: None }
    }
}

impl Wire for MetadataResponseBroker {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        if version >= 1 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.node_id = Wire::decode(r, version, flexible)?;
        value.host = Wire::decode(r, version, flexible)?;
        value.port = Wire::decode(r, version, flexible)?;
        if version >= 1 {
            value.rack = if version >= 1 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.node_id.encode(w, version, flexible)?;
        self.host.encode(w, version, flexible)?;
        self.port.encode(w, version, flexible)?;
        if version >= 1 {
            if version >= 1 {
                NullableWire::encode_nullable(self.rack.as_ref(), w, version, flexible)?
            } else {
                self.rack
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "rack", version })?
                    .encode(w, version, flexible)?
            };
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `MetadataResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponseTopic {
    /// All versions.
    pub error_code: i16,
    /// All versions, may be null.
    pub name: Option<WireStr>,
    /// Versions 10 and later.
    pub topic_id: Uuid,
    /// Versions 1 and later.
    pub is_internal: bool,
    /// All versions.
    pub partitions: Vec<MetadataResponsePartition>,
    /// Versions 8 and later.
    pub topic_authorized_operations: i32,
}

impl Default for MetadataResponseTopic {
    fn default() -> Self {
        Self {
            error_code: 0,
            name: Some(Default::default()),
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: -2147483648,
        }
    }
}

impl Wire for MetadataResponseTopic {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        if version >= 10 {
            bytes += <Uuid as Wire>::bytes_min(version, flexible);
        }
        if version >= 1 {
            bytes += <bool as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<MetadataResponsePartition> as Wire>::bytes_min(version, flexible);
        if version >= 8 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.error_code = Wire::decode(r, version, flexible)?;
        value.name = if version >= 12 {
            NullableWire::decode_nullable(r, version, flexible)?
        } else {
            Some(Wire::decode(r, version, flexible)?)
        };
        if version >= 10 {
            value.topic_id = Wire::decode(r, version, flexible)?;
        }
        if version >= 1 {
            value.is_internal = Wire::decode(r, version, flexible)?;
        }
        value.partitions = Wire::decode(r, version, flexible)?;
        if version >= 8 {
            value.topic_authorized_operations = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.error_code.encode(w, version, flexible)?;
        if version >= 12 {
            NullableWire::encode_nullable(self.name.as_ref(), w, version, flexible)?
        } else {
            self.name
                .as_ref()
                .ok_or(EncodeError::Null { field: "name", version })?
                .encode(w, version, flexible)?
        };
        if version >= 10 {
            self.topic_id.encode(w, version, flexible)?;
        }
        if version >= 1 {
            self.is_internal.encode(w, version, flexible)?;
        }
        self.partitions.encode(w, version, flexible)?;
        if version >= 8 {
            self.topic_authorized_operations.encode(w, version, flexible)?;
        }
        if !(version >= 8) && self.topic_authorized_operations != -2147483648 {
            return Err(EncodeError::NotInVersion {
                field: "MetadataResponseTopic.topic_authorized_operations",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `MetadataResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponsePartition {
    /// All versions.
    pub error_code: i16,
    /// All versions.
    pub partition_index: i32,
    /// All versions.
    pub leader_id: i32,
    /// Versions 7 and later.
    pub leader_epoch: i32,
    /// All versions.
    pub replica_nodes: Vec<i32>,
    /// All versions.
    pub isr_nodes: Vec<i32>,
    /// Versions 5 and later.
    pub offline_replicas: Vec<i32>,
}

impl Default for MetadataResponsePartition {
    fn default() -> Self {
        Self {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            offline_replicas: Vec::new(),
        }
    }
}

impl Wire for MetadataResponsePartition {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        if version >= 7 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        if version >= 5 {
            bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.error_code = Wire::decode(r, version, flexible)?;
        value.partition_index = Wire::decode(r, version, flexible)?;
        value.leader_id = Wire::decode(r, version, flexible)?;
        if version >= 7 {
            value.leader_epoch = Wire::decode(r, version, flexible)?;
        }
        value.replica_nodes = Wire::decode(r, version, flexible)?;
        value.isr_nodes = Wire::decode(r, version, flexible)?;
        if version >= 5 {
            value.offline_replicas = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.error_code.encode(w, version, flexible)?;
        self.partition_index.encode(w, version, flexible)?;
        self.leader_id.encode(w, version, flexible)?;
        if version >= 7 {
            self.leader_epoch.encode(w, version, flexible)?;
        }
        self.replica_nodes.encode(w, version, flexible)?;
        self.isr_nodes.encode(w, version, flexible)?;
        if version >= 5 {
            self.offline_replicas.encode(w, version, flexible)?;
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for MetadataResponse {
    const NAME: &'static str = "MetadataResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 13;
    fn is_flexible(version: i16) -> bool {
        version >= 9
    }
}
