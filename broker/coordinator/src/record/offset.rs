//! A committed offset: key type 1 (0 in very old logs), value versions 0 to 4.
//!
//! | version | fields after the version |
//! |---|---|
//! | 0, 2 | offset i64, metadata string, commit timestamp i64 |
//! | 1 | as 0, then expire timestamp i64 |
//! | 3 | offset i64, leader epoch i32, metadata string, commit timestamp i64 |
//! | 4 | as 3 with a compact string, then tagged fields: 0 topic id |

use std::sync::Arc;

use weir_model::{TopicId, Uuid};

use super::codec::{Reader, Writer};
use super::{DecodeError, value_version};

/// A committed offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetValue {
    /// The next offset to read.
    pub offset: i64,
    /// The leader epoch of the last record read, -1 if unknown.
    pub leader_epoch: i32,
    /// The client's words.
    pub metadata: Arc<str>,
    /// When it was committed, wall time.
    pub commit_timestamp_ms: i64,
    /// When it shall be forgotten, if the request named a time.
    pub expire_timestamp_ms: Option<i64>,
    /// The topic's id, zero if the client did not know it.
    pub topic_id: TopicId,
}

/// The same, with the metadata still in the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BorrowedOffset<'a> {
    pub(crate) offset: i64,
    pub(crate) leader_epoch: i32,
    pub(crate) metadata: &'a str,
    pub(crate) commit_timestamp_ms: i64,
    pub(crate) expire_timestamp_ms: Option<i64>,
    pub(crate) topic_id: TopicId,
}

impl<'a> BorrowedOffset<'a> {
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = value_version(&mut reader, 1, 4)?;
        let offset = reader.i64()?;
        let leader_epoch = if version >= 3 { reader.i32()? } else { -1 };
        let metadata = if version >= 4 { reader.compact_string()? } else { reader.string()? };
        let commit_timestamp_ms = reader.i64()?;
        let expire = if version == 1 { reader.i64()? } else { -1 };
        let mut topic_id = Uuid::ZERO;
        if version >= 4 {
            reader.tagged(|tag, field| {
                if tag == 0 {
                    topic_id = field.uuid()?;
                }
                Ok(())
            })?;
        }
        Ok(Self {
            offset,
            leader_epoch,
            metadata,
            commit_timestamp_ms,
            expire_timestamp_ms: (expire != -1).then_some(expire),
            topic_id,
        })
    }

    pub(crate) fn owned(self) -> OffsetValue {
        OffsetValue {
            offset: self.offset,
            leader_epoch: self.leader_epoch,
            metadata: if self.metadata.is_empty() { Arc::default() } else { self.metadata.into() },
            commit_timestamp_ms: self.commit_timestamp_ms,
            expire_timestamp_ms: self.expire_timestamp_ms,
            topic_id: self.topic_id,
        }
    }

    /// Overwrites `value`, keeping its text where the text is the same.
    pub(crate) fn write_to(self, value: &mut OffsetValue) {
        if &*value.metadata != self.metadata {
            value.metadata = self.metadata.into();
        }
        value.offset = self.offset;
        value.leader_epoch = self.leader_epoch;
        value.commit_timestamp_ms = self.commit_timestamp_ms;
        value.expire_timestamp_ms = self.expire_timestamp_ms;
        value.topic_id = self.topic_id;
    }
}

impl OffsetValue {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        BorrowedOffset::decode(bytes).map(BorrowedOffset::owned)
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        match self.expire_timestamp_ms {
            Some(expire) => {
                writer.i16(1);
                writer.i64(self.offset);
                writer.string(&self.metadata);
                writer.i64(self.commit_timestamp_ms);
                writer.i64(expire);
            }
            None => {
                writer.i16(4);
                writer.i64(self.offset);
                writer.i32(self.leader_epoch);
                writer.compact_string(&self.metadata);
                writer.i64(self.commit_timestamp_ms);
                if self.topic_id == Uuid::ZERO {
                    writer.no_tagged();
                } else {
                    writer.one_tagged(0, |field| field.uuid(self.topic_id));
                }
            }
        }
    }
}
