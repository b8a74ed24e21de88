//! Server-side assignors: pure functions from members, their topics and what they have to what each shall have.

mod balance;
mod range;
mod uniform;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_model::TopicId;

use crate::api::MemberId;
use crate::record::Assignment;

/// Balanced over all topics, with as few moves as possible: the default.
pub(crate) const UNIFORM: &str = "uniform";
/// Contiguous ranges per topic, so that equal topics are assigned alike.
pub(crate) const RANGE: &str = "range";

/// Whether there is an assignor of this name.
pub fn is_known(name: &str) -> bool {
    matches!(name, UNIFORM | RANGE)
}

/// A member as assignors see it.
#[derive(Clone, Debug)]
pub(crate) struct MemberSpec {
    pub(crate) instance_id: Option<Arc<str>>,
    /// Only topics that exist.
    pub(crate) subscribed: BTreeSet<TopicId>,
    /// Its target so far.
    pub(crate) owned: Arc<Assignment>,
}

/// A group as assignors see it.
#[derive(Clone, Debug)]
pub(crate) struct GroupSpec {
    pub(crate) members: BTreeMap<MemberId, MemberSpec>,
    /// The number of partitions of each subscribed topic.
    pub(crate) topics: BTreeMap<TopicId, i32>,
}

impl GroupSpec {
    fn is_homogeneous(&self) -> bool {
        let mut subscriptions = self.members.values().map(|member| &member.subscribed);
        let first = subscriptions.next();
        subscriptions.all(|subscription| Some(subscription) == first)
    }
}

/// Each member's new target. A name that is not known, of a newer broker's making, counts as `uniform`.
pub(crate) fn assign(name: &str, group: &GroupSpec) -> BTreeMap<MemberId, Assignment> {
    match name {
        RANGE => range::assign(group),
        _ if group.is_homogeneous() => uniform::assign(group),
        _ => balance::assign(group),
    }
}

#[cfg(test)]
mod tests;
