//! One member's way from what it owns to its target. It first gives up what it shall not own, says so, and only then
//! gets what is new and free; so no partition ever has two owners.
//!
//! | state | what the member must do |
//! |---|---|
//! | stable | nothing: it owns its target, or as much of it as there was at its epoch |
//! | unrevoked | stop and report that it no longer owns what is pending revocation |
//! | unreleased | nothing: others still own part of its target |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_model::{ErrorCode, GroupId, TopicId};

use super::refuse;
use crate::api::{MemberId, Refusal, TopicPartitions};
use crate::record::{Assignment, CurrentValue, EpochAssignment, GroupRecord, MemberState};
use crate::shard::GroupShard;
use crate::timers::TimerKey;

/// Everything that decides the next step.
pub(crate) struct Reconciliation<'a> {
    pub(crate) current: &'a CurrentValue,
    pub(crate) target_epoch: i32,
    pub(crate) target: &'a Assignment,
    pub(crate) subscribed: &'a BTreeSet<TopicId>,
    pub(crate) subscription_changed: bool,
    /// What the member says it owns; `None` if it did not say.
    pub(crate) owned: Option<&'a [TopicPartitions]>,
    /// Whether somebody else owns a partition.
    pub(crate) is_taken: &'a dyn Fn(TopicId, i32) -> bool,
}

impl Reconciliation<'_> {
    /// The member's next state, `None` if it stays as it is.
    pub(crate) fn step(&self) -> Result<Option<CurrentValue>, Refusal> {
        let current = self.current;
        let next = match current.state {
            MemberState::Stable if current.epoch != self.target_epoch => self.advance(current.epoch),
            MemberState::UnrevokedPartitions if self.still_owns(&current.revoking) => {
                if !self.subscription_changed {
                    return Ok(None);
                }
                self.drop_unsubscribed()
            }
            MemberState::Stable if self.subscription_changed => self.drop_unsubscribed(),
            MemberState::Stable => return Ok(None),
            MemberState::UnrevokedPartitions | MemberState::UnreleasedPartitions => {
                self.advance(current.epoch)
            }
            MemberState::Unknown => {
                if self.owned.is_none_or(|owned| !owned.is_empty()) {
                    let message = "The consumer group member is in a unknown state. The member must abandon all its \
                                   partitions and rejoin.";
                    return refuse(ErrorCode::FencedMemberEpoch, message);
                }
                self.advance(self.target_epoch)
            }
        };
        Ok(Some(next).filter(|next| next != current))
    }

    fn still_owns(&self, partitions: &EpochAssignment) -> bool {
        let owns = |topic: &TopicPartitions| {
            let given_up = partitions.get(&topic.topic_id);
            given_up.is_some_and(|given_up| topic.partitions.iter().any(|index| given_up.contains_key(index)))
        };
        self.owned.is_none_or(|owned| owned.iter().any(owns))
    }

    fn at_epoch(&self, epoch: i32, state: MemberState, assigned: EpochAssignment) -> CurrentValue {
        let previous_epoch = self.current.epoch;
        CurrentValue { epoch, previous_epoch, state, assigned, revoking: BTreeMap::new() }
    }

    /// At the same target, topics that the member no longer wants are taken at once.
    fn drop_unsubscribed(&self) -> CurrentValue {
        let (assigned, dropped): (EpochAssignment, EpochAssignment) =
            self.current.assigned.clone().into_iter().partition(|(topic, _)| self.subscribed.contains(topic));
        if dropped.is_empty() {
            return self.current.clone();
        }
        let mut revoking = self.current.revoking.clone();
        for (topic, partitions) in dropped {
            revoking.entry(topic).or_default().extend(partitions);
        }
        if self.still_owns(&revoking) {
            let next = self.at_epoch(self.current.epoch, MemberState::UnrevokedPartitions, assigned);
            return CurrentValue { revoking, ..next };
        }
        let state = self.current.state;
        self.at_epoch(self.current.epoch, state, assigned)
    }

    /// One step towards the newest target.
    fn advance(&self, member_epoch: i32) -> CurrentValue {
        let mut kept = EpochAssignment::new();
        let mut revoking = EpochAssignment::new();
        for (topic, partitions) in &self.current.assigned {
            let wanted = self.wanted(*topic);
            for (partition, epoch) in partitions {
                let stays = wanted.is_some_and(|wanted| wanted.contains(partition));
                let side = if stays { &mut kept } else { &mut revoking };
                side.entry(*topic).or_default().insert(*partition, *epoch);
            }
        }
        if !revoking.is_empty() && self.still_owns(&revoking) {
            let next = self.at_epoch(member_epoch, MemberState::UnrevokedPartitions, kept);
            return CurrentValue { revoking, ..next };
        }
        let mut state = MemberState::Stable;
        for (topic, wanted) in self.target.iter().filter(|(topic, _)| self.subscribed.contains(topic)) {
            for partition in wanted {
                if kept.get(topic).is_some_and(|kept| kept.contains_key(partition)) {
                    continue;
                }
                if (self.is_taken)(*topic, *partition) {
                    state = MemberState::UnreleasedPartitions;
                } else {
                    kept.entry(*topic).or_default().insert(*partition, self.target_epoch);
                }
            }
        }
        self.at_epoch(self.target_epoch, state, kept)
    }

    fn wanted(&self, topic: TopicId) -> Option<&BTreeSet<i32>> {
        self.target.get(&topic).filter(|_| self.subscribed.contains(&topic))
    }
}

impl GroupShard {
    /// Takes a member one step further and writes it.
    pub(super) fn reconcile_member(
        &mut self,
        group: &GroupId,
        member: &MemberId,
        subscription_changed: bool,
        owned: Option<&[TopicPartitions]>,
    ) -> Result<(), Refusal> {
        let consumer = self.consumer(group);
        let value = consumer.member(member).cloned().unwrap_or_default();
        let target_epoch = consumer.target_epoch().epoch.0;
        let next = Reconciliation {
            current: &consumer.current(member),
            target_epoch,
            target: &consumer.target(member),
            subscribed: &self.subscribed_topic_ids(consumer, &value),
            subscription_changed,
            owned,
            is_taken: &|topic, partition| {
                consumer.owner(topic, partition).is_some_and(|owner| owner != member)
            },
        }
        .step()?;
        let Some(next) = next else { return Ok(()) };
        let must_revoke = next.state == MemberState::UnrevokedPartitions;
        let value_record = GroupRecord::Current {
            group: group.clone(),
            member: member.clone(),
            value: Some(Arc::new(next)),
        };
        self.write(value_record);
        if value.classic.is_none() {
            if must_revoke {
                self.start_rebalance_timer(group, member);
            } else {
                self.timers.cancel(&TimerKey::Rebalance(group.clone(), member.clone()));
            }
        }
        Ok(())
    }
}
