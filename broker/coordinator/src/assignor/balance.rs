//! Uniform, for members that subscribe to different topics: everyone keeps what it has, free partitions go to the
//! subscriber with least, then partitions move from those with more to those with less while that evens out.

use std::collections::{BTreeMap, BTreeSet};

use weir_model::TopicId;

use super::{GroupSpec, uniform};
use crate::api::MemberId;
use crate::record::Assignment;

/// Rounds of moving. Each move makes the loads more even, so rounds end by themselves; a handful is enough for any
/// group met so far, and the number bounds the time of one request.
const BALANCE_ROUNDS_MAX: usize = 32;

type Member = usize;

struct Balance<'a> {
    ids: Vec<&'a MemberId>,
    /// Who may have partitions of a topic.
    takers: BTreeMap<TopicId, Vec<Member>>,
    owner: BTreeMap<(TopicId, i32), Member>,
    load: Vec<usize>,
}

pub(super) fn assign(group: &GroupSpec) -> BTreeMap<MemberId, Assignment> {
    let mut balance = Balance::new(group);
    balance.place_free(group);
    for _ in 0..BALANCE_ROUNDS_MAX {
        if !balance.move_once_over() {
            break;
        }
    }
    balance.finish()
}

impl<'a> Balance<'a> {
    fn new(group: &'a GroupSpec) -> Self {
        let ids: Vec<&MemberId> = group.members.keys().collect();
        let mut takers: BTreeMap<TopicId, Vec<Member>> = BTreeMap::new();
        let mut owner = BTreeMap::new();
        let mut load = vec![0; ids.len()];
        for (index, member) in group.members.values().enumerate() {
            for topic in &member.subscribed {
                takers.entry(*topic).or_default().push(index);
            }
            for (topic, partitions) in
                member.owned.iter().filter(|(topic, _)| member.subscribed.contains(*topic))
            {
                let count = group.topics.get(topic).copied().unwrap_or_default();
                for partition in partitions.iter().filter(|partition| **partition < count) {
                    owner.entry((*topic, *partition)).or_insert_with(|| {
                        load[index] += 1;
                        index
                    });
                }
            }
        }
        Self { ids, takers, owner, load }
    }

    /// The taker of a topic with the smallest load; of equal ones the first.
    fn least(&self, topic: TopicId) -> Option<Member> {
        self.takers.get(&topic)?.iter().copied().min_by_key(|member| (self.load[*member], *member))
    }

    /// Partitions that few can have come first.
    fn place_free(&mut self, group: &GroupSpec) {
        let mut topics: Vec<(&TopicId, &i32)> = group.topics.iter().collect();
        topics.sort_by_key(|(topic, _)| (self.takers.get(*topic).map_or(0, Vec::len), **topic));
        for (topic, count) in topics {
            for partition in 0..*count {
                if self.owner.contains_key(&(*topic, partition)) {
                    continue;
                }
                if let Some(member) = self.least(*topic) {
                    self.owner.insert((*topic, partition), member);
                    self.load[member] += 1;
                }
            }
        }
    }

    /// Looks at each partition once. Returns whether any moved.
    fn move_once_over(&mut self) -> bool {
        let mut moved = false;
        let partitions: Vec<(TopicId, i32)> = self.owner.keys().copied().collect();
        for partition in partitions {
            let from = self.owner[&partition];
            let Some(to) = self.least(partition.0) else { continue };
            if self.load[from] > self.load[to] + 1 {
                self.load[from] -= 1;
                self.load[to] += 1;
                self.owner.insert(partition, to);
                moved = true;
            }
        }
        moved
    }

    fn finish(self) -> BTreeMap<MemberId, Assignment> {
        let mut each: Vec<BTreeSet<(TopicId, i32)>> = vec![BTreeSet::new(); self.ids.len()];
        for (partition, member) in self.owner {
            each[member].insert(partition);
        }
        self.ids.into_iter().cloned().zip(each.into_iter().map(uniform::collect)).collect()
    }
}
