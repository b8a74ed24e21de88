//! What members of groups say of themselves, in bytes over all groups of a broker: counted as it changes, so that a bound
//! on it can be held. Committed offsets are not in it.
//!
//! What counts is what stays after the request was answered: the cells of the durable state ([`GroupRecord::footprint`]),
//! and the members of live classic groups. The figures are above what the allocator gives out, not exact: text and bytes
//! that two places share count twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::api::{MemberId, Protocol};
use crate::classic::ClassicMember;
use crate::record::{Assignment, ClassicGroupValue, EpochAssignment, GroupRecord, MemberValue, RegexValue};

/// A group with nothing in it: its places in the maps, its deadlines, its state.
pub(crate) const GROUP_BYTES: usize = 1024;

/// A member that says nothing: itself, its places in the maps, its deadlines.
pub(crate) const MEMBER_BYTES: usize = 1024;

/// A stored member of a classic group that says nothing.
const STORED_MEMBER_BYTES: usize = 256;

/// One of many texts: its counts, its place in a set.
const TEXT_BYTES: usize = 64;

/// A topic of an assignment: its id, its place in a map, an empty map of partitions.
const ASSIGNED_TOPIC_BYTES: usize = 192;

/// A partition of an assignment, with its epoch and its place among the owners.
const ASSIGNED_PARTITION_BYTES: usize = 64;

/// The count over all shards of a broker; a copy is the same count.
#[derive(Clone, Debug, Default)]
pub struct GroupMemory(Arc<AtomicUsize>);

impl GroupMemory {
    /// Bytes that groups hold now.
    pub fn used_bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One holder's part of the count; it goes with the holder.
#[derive(Debug)]
pub(crate) struct Charge {
    memory: GroupMemory,
    bytes: usize,
}

impl Charge {
    pub(crate) fn new(memory: &GroupMemory, bytes: usize) -> Self {
        let mut charge = Self { memory: memory.clone(), bytes: 0 };
        charge.set(bytes);
        charge
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn set(&mut self, bytes: usize) {
        if bytes >= self.bytes {
            self.memory.0.fetch_add(bytes - self.bytes, Ordering::Relaxed);
        } else {
            self.memory.0.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
    }

    /// Puts one part in the place of another.
    pub(crate) fn replace(&mut self, before: usize, after: usize) {
        let rest = self.bytes.checked_sub(before).expect("a part was counted when it came");
        self.set(rest + after);
    }
}

impl Clone for Charge {
    fn clone(&self) -> Self {
        Self::new(&self.memory, self.bytes)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
    }
}

fn length(text: Option<&Arc<str>>) -> usize {
    text.map_or(0, |text| text.len())
}

fn texts<'a>(texts: impl IntoIterator<Item = &'a Arc<str>>) -> usize {
    texts.into_iter().map(|text| TEXT_BYTES + text.len()).sum()
}

pub(crate) fn protocols(protocols: &[Protocol]) -> usize {
    protocols.iter().map(|protocol| 2 * TEXT_BYTES + protocol.name.len() + protocol.metadata.len()).sum()
}

/// The topics that a live classic group is subscribed to.
pub(crate) fn subscribed<'a>(topics: impl IntoIterator<Item = &'a Arc<str>>) -> usize {
    texts(topics)
}

/// A member of a live classic group.
pub(crate) fn classic_member(id: &MemberId, member: &ClassicMember) -> usize {
    MEMBER_BYTES
        + id.as_str().len()
        + length(member.instance_id.as_ref())
        + member.client_id.len()
        + member.client_host.len()
        + protocols(&member.protocols)
        + member.assignment.len()
}

/// A member that was told its id.
pub(crate) fn pending_member(id: &MemberId) -> usize {
    MEMBER_BYTES + id.as_str().len()
}

impl ClassicGroupValue {
    pub(crate) fn footprint(&self) -> usize {
        let member = |member: &crate::record::ClassicMemberValue| {
            STORED_MEMBER_BYTES
                + member.member_id.as_str().len()
                + length(member.instance_id.as_ref())
                + member.client_id.len()
                + member.client_host.len()
                + member.subscription.len()
                + member.assignment.len()
        };
        GROUP_BYTES
            + self.protocol_type.len()
            + length(self.protocol.as_ref())
            + self.members.iter().map(member).sum::<usize>()
    }
}

impl MemberValue {
    fn footprint(&self) -> usize {
        MEMBER_BYTES
            + length(self.instance_id.as_ref())
            + length(self.rack_id.as_ref())
            + self.client_id.len()
            + self.client_host.len()
            + texts(&self.topics)
            + length(self.regex.as_ref())
            + length(self.assignor.as_ref())
            + self.classic.as_ref().map_or(0, |classic| protocols(&classic.protocols))
    }
}

fn target(assignment: &Assignment) -> usize {
    assignment.values().map(|topic| ASSIGNED_TOPIC_BYTES + topic.len() * ASSIGNED_PARTITION_BYTES).sum()
}

fn owned(assignment: &EpochAssignment) -> usize {
    assignment.values().map(|topic| ASSIGNED_TOPIC_BYTES + topic.len() * ASSIGNED_PARTITION_BYTES).sum()
}

fn regex(pattern: &str, value: &RegexValue) -> usize {
    TEXT_BYTES + pattern.len() + texts(&value.topics)
}

impl GroupRecord {
    /// The bytes of the cell that this record fills; none for a tombstone, and for what no member says.
    pub(crate) fn footprint(&self) -> usize {
        match self {
            Self::Classic { group, value: Some(value) } => group.as_str().len() + value.footprint(),
            Self::Epoch { group, value: Some(_) } => group.as_str().len() + GROUP_BYTES,
            Self::Member { member, value: Some(value), .. } => member.as_str().len() + value.footprint(),
            Self::Target { value: Some(value), .. } => target(value),
            Self::Current { value: Some(value), .. } => owned(&value.assigned) + owned(&value.revoking),
            Self::Regex { pattern, value: Some(value), .. } => regex(pattern, value),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_goes_with_its_holder() {
        let memory = GroupMemory::default();
        let mut first = Charge::new(&memory, 10);
        let copy = first.clone();
        assert_eq!(memory.used_bytes(), 20);
        first.replace(4, 1);
        assert_eq!((first.bytes(), memory.used_bytes()), (7, 17));
        drop(first);
        assert_eq!(memory.used_bytes(), 10);
        drop(copy);
        assert_eq!(memory.used_bytes(), 0);
    }
}
