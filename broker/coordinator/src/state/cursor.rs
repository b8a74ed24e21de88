//! The fast way of nearly every record of a long log: commits come in runs of one group and topic, so the partitions of
//! the last topic stay at hand, and a record that continues the run finds its cell without looking for its group.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use weir_model::GroupId;

use super::State;
use crate::record::codec::Reader;
use crate::record::{BorrowedOffset, DecodeError, OffsetValue, kind};

/// Bytes of the partition at the end of an offset's key.
const PARTITION_BYTES: usize = 4;

/// The partitions of one topic of one group, out of their place while records of a log are applied.
#[derive(Debug, Default)]
pub(crate) struct OffsetCursor {
    at: Option<At>,
}

#[derive(Debug)]
struct At {
    /// The key without its partition.
    prefix: Vec<u8>,
    group: GroupId,
    topic: Arc<str>,
    partitions: BTreeMap<i32, OffsetValue>,
}

impl State {
    /// Applies a record of the log. Returns `false` for a type that is none of ours. [`Self::settle`] must follow the
    /// last one.
    pub(crate) fn replay_at(
        &mut self,
        cursor: &mut OffsetCursor,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<bool, DecodeError> {
        let Some(value) = value.filter(|_| matches!(kind(key), Ok(0 | 1))) else {
            self.settle(cursor);
            return self.replay(key, value);
        };
        let (prefix, partition) = split(key)?;
        let at = match &mut cursor.at {
            Some(at) if at.prefix == prefix => at,
            _ => {
                self.settle(cursor);
                cursor.at.insert(self.take_partitions(prefix)?)
            }
        };
        let value = BorrowedOffset::decode(value)?;
        match at.partitions.entry(partition) {
            Entry::Occupied(mut cell) => value.write_to(cell.get_mut()),
            Entry::Vacant(cell) => {
                cell.insert(value.owned());
            }
        }
        Ok(true)
    }

    fn take_partitions(&mut self, prefix: &[u8]) -> Result<At, DecodeError> {
        let mut reader = Reader::new(prefix);
        let _kind = reader.i16()?;
        let (group, topic) = (reader.string()?, reader.string()?);
        let durable = self.groups.get_mut(group);
        let partitions = durable.and_then(|durable| durable.offsets.remove(topic)).unwrap_or_default();
        Ok(At { prefix: prefix.to_vec(), group: GroupId::new(group), topic: topic.into(), partitions })
    }

    /// Puts everything back in its place.
    pub(crate) fn settle(&mut self, cursor: &mut OffsetCursor) {
        let Some(at) = cursor.at.take() else { return };
        if !at.partitions.is_empty() {
            let durable = self.groups.entry(at.group).or_default();
            durable.offsets.insert(at.topic, at.partitions);
        } else if self.groups.get(&at.group).is_some_and(super::DurableGroup::is_void) {
            self.groups.remove(&at.group);
        }
    }
}

/// A key and the partition at its end.
fn split(key: &[u8]) -> Result<(&[u8], i32), DecodeError> {
    let at = key.len().checked_sub(PARTITION_BYTES).ok_or(DecodeError::Truncated)?;
    let (prefix, partition) = key.split_at(at);
    Ok((prefix, Reader::new(partition).i32()?))
}
