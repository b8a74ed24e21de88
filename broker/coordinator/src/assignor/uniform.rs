//! Uniform, for members that all subscribe to the same topics: everyone keeps what it has up to its quota, and what is
//! left over fills up the others. Quotas differ by one at most, and the larger ones go to those who have more already.

use std::collections::{BTreeMap, BTreeSet};

use weir_model::TopicId;

use super::GroupSpec;
use crate::api::MemberId;
use crate::record::Assignment;

pub(super) fn assign(group: &GroupSpec) -> BTreeMap<MemberId, Assignment> {
    let mut taken = BTreeSet::new();
    let mut kept: BTreeMap<MemberId, Vec<(TopicId, i32)>> = BTreeMap::new();
    for (id, member) in &group.members {
        let valid = member.owned.iter().filter(|(topic, _)| member.subscribed.contains(*topic));
        let partitions = valid.flat_map(|(topic, indexes)| indexes.iter().map(|index| (*topic, *index)));
        let exists =
            |(topic, index): &(TopicId, i32)| group.topics.get(topic).is_some_and(|count| index < count);
        kept.insert(
            id.clone(),
            partitions.filter(exists).filter(|partition| taken.insert(*partition)).collect(),
        );
    }
    let all: Vec<(TopicId, i32)> =
        group.topics.iter().flat_map(|(topic, count)| (0..*count).map(|index| (*topic, index))).collect();
    let member_count = group.members.len().max(1);
    let (quota, extra_count) = (all.len() / member_count, all.len() % member_count);
    // What nobody has comes first: it is free at once, while what is taken from a member has to be given up before.
    let mut free: Vec<(TopicId, i32)> = Vec::new();
    free.extend(all.iter().filter(|partition| !taken.contains(partition)));
    // Who has most keeps most: among equals the order of the ids decides.
    let mut order: Vec<MemberId> = group.members.keys().cloned().collect();
    order.sort_by_key(|id| std::cmp::Reverse(kept[id].len()));
    for (position, id) in order.iter().enumerate() {
        let limit = quota + usize::from(position < extra_count);
        if let Some(partitions) = kept.get_mut(id) {
            free.extend(partitions.split_off(limit.min(partitions.len())));
        }
    }
    let mut free = free.into_iter();
    for (position, id) in order.iter().enumerate() {
        let limit = quota + usize::from(position < extra_count);
        if let Some(partitions) = kept.get_mut(id) {
            let missing = limit.saturating_sub(partitions.len());
            partitions.extend(free.by_ref().take(missing));
        }
    }
    debug_assert!(free.next().is_none(), "the quotas add up to all partitions");
    kept.into_iter().map(|(id, partitions)| (id, collect(partitions))).collect()
}

/// Partitions one by one as an assignment.
pub(super) fn collect(partitions: impl IntoIterator<Item = (TopicId, i32)>) -> Assignment {
    let mut assignment = Assignment::new();
    for (topic, index) in partitions {
        assignment.entry(topic).or_default().insert(index);
    }
    assignment
}
