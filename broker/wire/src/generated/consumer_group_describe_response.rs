//! `ConsumerGroupDescribeResponse` (API key 69), versions 0 to 1. Generated from the schema.
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
pub struct ConsumerGroupDescribeResponse {
    /// All versions.
    pub throttle_time_ms: i32,
    /// All versions.
    pub groups: Vec<DescribedGroup>,
}

impl Default for ConsumerGroupDescribeResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, groups: Vec::new() }
    }
}

impl Wire for ConsumerGroupDescribeResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<DescribedGroup> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        value.groups = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.throttle_time_ms.encode(w, version, flexible)?;
        self.groups.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ConsumerGroupDescribeResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    /// All versions.
    pub error_code: i16,
    /// All versions, may be null.
    pub error_message: Option<WireStr>,
    /// All versions.
    pub group_id: WireStr,
    /// All versions.
    pub group_state: WireStr,
    /// All versions.
    pub group_epoch: i32,
    /// All versions.
    pub assignment_epoch: i32,
    /// All versions.
    pub assignor_name: WireStr,
    /// All versions.
    pub members: Vec<Member>,
    /// All versions.
    pub authorized_operations: i32,
}

impl Default for DescribedGroup {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: None,
            group_id: WireStr::new(),
            group_state: WireStr::new(),
            group_epoch: 0,
            assignment_epoch: 0,
            assignor_name: WireStr::new(),
            members: Vec::new(),
            authorized_operations: -2147483648,
        }
    }
}

impl Wire for DescribedGroup {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<Member> as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.error_code = Wire::decode(r, version, flexible)?;
        value.error_message = NullableWire::decode_nullable(r, version, flexible)?;
        value.group_id = Wire::decode(r, version, flexible)?;
        value.group_state = Wire::decode(r, version, flexible)?;
        value.group_epoch = Wire::decode(r, version, flexible)?;
        value.assignment_epoch = Wire::decode(r, version, flexible)?;
        value.assignor_name = Wire::decode(r, version, flexible)?;
        value.members = Wire::decode(r, version, flexible)?;
        value.authorized_operations = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.error_code.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.error_message.as_ref(), w, version, flexible)?;
        self.group_id.encode(w, version, flexible)?;
        self.group_state.encode(w, version, flexible)?;
        self.group_epoch.encode(w, version, flexible)?;
        self.assignment_epoch.encode(w, version, flexible)?;
        self.assignor_name.encode(w, version, flexible)?;
        self.members.encode(w, version, flexible)?;
        self.authorized_operations.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ConsumerGroupDescribeResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// All versions.
    pub member_id: WireStr,
    /// All versions, may be null.
    pub instance_id: Option<WireStr>,
    /// All versions, may be null.
    pub rack_id: Option<WireStr>,
    /// All versions.
    pub member_epoch: i32,
    /// All versions.
    pub client_id: WireStr,
    /// All versions.
    pub client_host: WireStr,
    /// All versions.
    pub subscribed_topic_names: Vec<WireStr>,
    /// All versions, may be null.
    pub subscribed_topic_regex: Option<WireStr>,
    /// All versions.
    pub assignment: Assignment,
    /// All versions.
    pub target_assignment: Assignment,
    /// Versions 1 and later.
    pub member_type: i8,
}

impl Default for Member {
    fn default() -> Self {
        Self {
            member_id: WireStr::new(),
            instance_id: None,
            rack_id: None,
            member_epoch: 0,
            client_id: WireStr::new(),
            client_host: WireStr::new(),
            subscribed_topic_names: Vec::new(),
            subscribed_topic_regex: None,
            assignment: Assignment::default(),
            target_assignment: Assignment::default(),
            member_type: -1,
        }
    }
}

impl Wire for Member {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <i32 as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<WireStr> as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Assignment as Wire>::bytes_min(version, flexible);
        bytes += <Assignment as Wire>::bytes_min(version, flexible);
        if version >= 1 {
            bytes += <i8 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.member_id = Wire::decode(r, version, flexible)?;
        value.instance_id = NullableWire::decode_nullable(r, version, flexible)?;
        value.rack_id = NullableWire::decode_nullable(r, version, flexible)?;
        value.member_epoch = Wire::decode(r, version, flexible)?;
        value.client_id = Wire::decode(r, version, flexible)?;
        value.client_host = Wire::decode(r, version, flexible)?;
        value.subscribed_topic_names = Wire::decode(r, version, flexible)?;
        value.subscribed_topic_regex = NullableWire::decode_nullable(r, version, flexible)?;
        value.assignment = Wire::decode(r, version, flexible)?;
        value.target_assignment = Wire::decode(r, version, flexible)?;
        if version >= 1 {
            value.member_type = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.member_id.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.instance_id.as_ref(), w, version, flexible)?;
        NullableWire::encode_nullable(self.rack_id.as_ref(), w, version, flexible)?;
        self.member_epoch.encode(w, version, flexible)?;
        self.client_id.encode(w, version, flexible)?;
        self.client_host.encode(w, version, flexible)?;
        self.subscribed_topic_names.encode(w, version, flexible)?;
        NullableWire::encode_nullable(self.subscribed_topic_regex.as_ref(), w, version, flexible)?;
        self.assignment.encode(w, version, flexible)?;
        self.target_assignment.encode(w, version, flexible)?;
        if version >= 1 {
            self.member_type.encode(w, version, flexible)?;
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ConsumerGroupDescribeResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicPartitions {
    /// All versions.
    pub topic_id: Uuid,
    /// All versions.
    pub topic_name: WireStr,
    /// All versions.
    pub partitions: Vec<i32>,
}

impl Default for TopicPartitions {
    fn default() -> Self {
        Self { topic_id: Uuid::ZERO, topic_name: WireStr::new(), partitions: Vec::new() }
    }
}

impl Wire for TopicPartitions {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Uuid as Wire>::bytes_min(version, flexible);
        bytes += <WireStr as Wire>::bytes_min(version, flexible);
        bytes += <Vec<i32> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic_id = Wire::decode(r, version, flexible)?;
        value.topic_name = Wire::decode(r, version, flexible)?;
        value.partitions = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.topic_id.encode(w, version, flexible)?;
        self.topic_name.encode(w, version, flexible)?;
        self.partitions.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ConsumerGroupDescribeResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// All versions.
    pub topic_partitions: Vec<TopicPartitions>,
}

impl Default for Assignment {
    fn default() -> Self {
        Self { topic_partitions: Vec::new() }
    }
}

impl Wire for Assignment {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <Vec<TopicPartitions> as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic_partitions = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.topic_partitions.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ConsumerGroupDescribeResponse {
    const NAME: &'static str = "ConsumerGroupDescribeResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 1;
    fn is_flexible(version: i16) -> bool {
        true
    }
}
