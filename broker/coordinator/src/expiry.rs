//! What is forgotten by itself: offsets that nobody has used for `offsets.retention.minutes` (KIP-211), offsets of
//! deleted topics, and groups with neither members nor offsets.

use std::sync::Arc;

use weir_model::{GroupId, TopicId, Uuid};

use crate::api::{Effect, Now};
use crate::classic::{ClassicGroup, ClassicState};
use crate::record::OffsetValue;
use crate::shard::GroupShard;
use crate::timers::{TimerData, TimerKey};

/// From when the age of an offset counts.
#[derive(Clone, Copy)]
enum AgeSince {
    /// Its commit.
    Commit,
    /// The moment when the last member left, if that is known.
    Empty(i64),
}

impl GroupShard {
    pub(crate) fn schedule_expiry(&mut self) {
        let interval = self.config.offsets_retention_check_interval;
        self.set_timer(TimerKey::Expiry, interval, TimerData::None);
    }

    pub(crate) fn expire(&mut self) {
        self.allow_many_batches();
        let stored = self.state.groups().map(|(group, _)| group.clone());
        let groups: std::collections::BTreeSet<GroupId> =
            stored.chain(self.classic.keys().cloned()).collect();
        for group in &groups {
            let has_pending = self.classic.get(group).is_some_and(|live| !live.pending_join().is_empty());
            if self.expire_offsets(group) && self.is_empty_group(group) && !has_pending {
                self.end_group(group);
            }
        }
        self.schedule_expiry();
    }

    /// Forgets what is too old. Returns whether no offset is left.
    fn expire_offsets(&mut self, group: &GroupId) -> bool {
        let Some(durable) = self.state.group(group).filter(|durable| !durable.offsets.is_empty()) else {
            return true;
        };
        let Some(since) = self.age_since(group) else { return false };
        let now = self.wall().0;
        let retention = i64::try_from(self.config.offsets_retention.as_millis()).unwrap_or(i64::MAX);
        let in_use = self.state.consumer(group).map(crate::state::ConsumerGroup::subscribed_topics);
        let live = self.classic.get(group);
        let is_in_use = |topic: &str| match &in_use {
            Some(topics) => topics.contains(topic),
            None => live.is_some_and(|live| live.is_subscribed(topic)),
        };
        let mut expired = Vec::new();
        let mut all = true;
        for (topic, partitions) in &durable.offsets {
            let spared = is_in_use(topic);
            for (partition, value) in partitions {
                if !spared && is_expired(value, since, now, retention) {
                    expired.push((Arc::clone(topic), *partition));
                } else {
                    all = false;
                }
            }
        }
        expired.iter().for_each(|(topic, partition)| self.forget_offset(group, topic, *partition));
        all
    }

    /// `None` while offsets do not age: members are there, and what they read is not known.
    fn age_since(&self, group: &GroupId) -> Option<AgeSince> {
        if self.state.consumer(group).is_some() {
            return Some(AgeSince::Commit);
        }
        let live: Option<&ClassicGroup> = self.classic.get(group);
        match live {
            None => Some(AgeSince::Commit),
            Some(live) if live.has_only_offsets() || live.protocol_type.is_none() => Some(AgeSince::Commit),
            Some(live) if live.is(ClassicState::Empty) => Some(AgeSince::Empty(live.state_since.0)),
            Some(live) if live.is(ClassicState::Stable) && live.subscribed().is_some() => {
                Some(AgeSince::Commit)
            }
            Some(_) => None,
        }
    }

    /// Topics are gone: so are the offsets that were committed for them.
    pub fn on_topics_deleted(
        &mut self,
        now: Now,
        deleted: &[(Arc<str>, TopicId)],
        effects: &mut Vec<Effect>,
    ) {
        self.run(now, None, effects, |shard| {
            shard.allow_many_batches();
            let mut gone = Vec::new();
            for (group, durable) in shard.state.groups() {
                for (topic, id) in deleted {
                    let partitions = durable.offsets.get(topic).into_iter().flatten();
                    let of_this =
                        partitions.filter(|(_, value)| value.topic_id == Uuid::ZERO || value.topic_id == *id);
                    gone.extend(of_this.map(|(partition, _)| (group.clone(), Arc::clone(topic), *partition)));
                }
            }
            gone.iter().for_each(|(group, topic, partition)| shard.forget_offset(group, topic, *partition));
            Ok(None)
        });
    }
}

fn is_expired(value: &OffsetValue, since: AgeSince, now: i64, retention: i64) -> bool {
    if let Some(expire) = value.expire_timestamp_ms {
        return now >= expire;
    }
    let since = match since {
        AgeSince::Empty(at) if at >= 0 => at,
        AgeSince::Empty(_) | AgeSince::Commit => value.commit_timestamp_ms,
    };
    now.saturating_sub(since) >= retention
}
