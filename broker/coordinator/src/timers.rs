//! Deadlines as data: the driver asks for the next one and calls back when it is due.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use weir_model::{Generation, GroupId};

use crate::api::MemberId;

/// What a deadline is for; at most one runs for each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TimerKey {
    /// A classic member's session, or the return of a pending one.
    ClassicSession(GroupId, MemberId),
    /// The end of a classic group's join phase.
    ClassicJoin(GroupId),
    /// The end of a classic group's sync phase.
    ClassicSync(GroupId),
    /// A consumer group member's session.
    Session(GroupId, MemberId),
    /// The time in which a member must give up partitions.
    Rebalance(GroupId, MemberId),
    /// The time in which a classic member of a consumer group must join again.
    Join(GroupId, MemberId),
    /// The time in which a classic member of a consumer group must sync.
    Sync(GroupId, MemberId),
    /// The next look for expired offsets and groups.
    Expiry,
}

/// What a deadline must remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum TimerData {
    /// Nothing.
    #[default]
    None,
    /// A step of the initial rebalance: this delay, and what is left of the longest one.
    Initial { delay: Duration, remaining: Duration },
    /// The generation that the deadline belongs to.
    Generation(Generation),
    /// The member epoch that the deadline belongs to.
    Epoch(i32),
}

/// All deadlines of a shard.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    by_key: BTreeMap<TimerKey, (Duration, TimerData)>,
    by_time: BTreeSet<(Duration, TimerKey)>,
}

impl Timers {
    /// Starts a deadline, replacing the one that runs.
    pub(crate) fn set(&mut self, key: TimerKey, at: Duration, data: TimerData) {
        if let Some((earlier, _)) = self.by_key.insert(key.clone(), (at, data)) {
            self.by_time.remove(&(earlier, key.clone()));
        }
        self.by_time.insert((at, key));
    }

    /// Starts a deadline unless one runs.
    pub(crate) fn set_if_absent(&mut self, key: TimerKey, at: Duration, data: TimerData) {
        if !self.by_key.contains_key(&key) {
            self.set(key, at, data);
        }
    }

    pub(crate) fn cancel(&mut self, key: &TimerKey) {
        if let Some((at, _)) = self.by_key.remove(key) {
            self.by_time.remove(&(at, key.clone()));
        }
    }

    pub(crate) fn next(&self) -> Option<Duration> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the earliest deadline if it is due.
    pub(crate) fn pop_due(&mut self, now: Duration) -> Option<(TimerKey, TimerData)> {
        if self.next()? > now {
            return None;
        }
        let (_, key) = self.by_time.pop_first()?;
        let (_, data) = self.by_key.remove(&key)?;
        Some((key, data))
    }
}
