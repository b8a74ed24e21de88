//! Incremental fetch sessions (KIP-227): the broker remembers what a consumer fetches, so that the consumer names only
//! what changed, and answers only with partitions that have news.
//!
//! | session id | epoch | meaning |
//! |---|---|---|
//! | 0 | -1 | a fetch without a session |
//! | 0 | 0 | a fetch of everything it names; it wants a session |
//! | n | 0 | ends session n, then as above |
//! | n | -1 | ends session n; without a session |
//! | n | e > 0 | the session's partitions, changed by those it names and those it forgets |
//!
//! Epochs go 1, 2, … 2³¹-1, 1. The cache is bounded in sessions and in partitions; when it is full, a session that was
//! not used for a while makes room, and without one the newcomer fetches without a session, which always works.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use weir_model::{ErrorCode, TopicId};

/// "No session".
const NO_SESSION: i32 = 0;
/// The epoch of a fetch that wants a new session.
const EPOCH_INITIAL: i32 = 0;
/// The epoch of a fetch that wants none.
const EPOCH_FINAL: i32 = -1;

/// Partitions in all sessions: at about 150 bytes each, 75 MiB.
const CACHED_PARTITIONS_MAX: usize = 500_000;

/// A session that was used within this time is not evicted (`min.incremental.fetch.session.eviction.ms` of Kafka).
const EVICTION_IDLE: Duration = Duration::from_secs(120);

/// A topic as the request names it: by name up to version 12, by id from 13 on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum TopicRef {
    /// By name.
    Name(Arc<str>),
    /// By id.
    Id(TopicId),
}

/// One partition of one topic.
pub(crate) type PartitionKey = (TopicRef, i32);

/// What a consumer wants from one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Target {
    /// The first offset.
    pub(crate) fetch_offset: i64,
    /// Bytes of this partition at most.
    pub(crate) partition_max_bytes: i32,
    /// The leader epoch that the consumer knows, -1 when none.
    pub(crate) current_leader_epoch: i32,
    /// The epoch of the record before the offset, -1 when unknown.
    pub(crate) last_fetched_epoch: i32,
}

/// What the consumer was last told of one partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Told {
    /// The high watermark, -1 before the first answer.
    pub(crate) high_watermark: i64,
    /// The first offset, -1 before the first answer.
    pub(crate) log_start: i64,
}

impl Told {
    const NOTHING: Self = Self { high_watermark: -1, log_start: -1 };
}

/// What a request says about its session.
#[derive(Debug)]
pub(crate) struct SessionRequest {
    /// The session's number, 0 for none.
    pub(crate) id: i32,
    /// Its epoch.
    pub(crate) epoch: i32,
    /// Whether topics are named by id.
    pub(crate) by_id: bool,
    /// The partitions that the request names, in its order.
    pub(crate) named: Vec<(PartitionKey, Target)>,
    /// The partitions that it no longer wants.
    pub(crate) forgotten: Vec<PartitionKey>,
}

/// What is to be fetched.
#[derive(Debug)]
pub(crate) struct Plan {
    /// In the order of service: who got records last time comes last.
    pub(crate) targets: Vec<(PartitionKey, Target)>,
    session: Option<Arc<Session>>,
    is_incremental: bool,
}

#[derive(Debug)]
struct Session {
    id: i32,
    by_id: bool,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    epoch: i32,
    last_used: Duration,
    next_place: u64,
    by_place: BTreeMap<u64, (PartitionKey, Target, Told)>,
    places: HashMap<PartitionKey, u64>,
}

impl Inner {
    fn put(&mut self, key: PartitionKey, target: Target) {
        if let Some(place) = self.places.get(&key) {
            if let Some(entry) = self.by_place.get_mut(place) {
                entry.1 = target;
            }
            return;
        }
        let place = self.next_place;
        self.next_place += 1;
        self.places.insert(key.clone(), place);
        self.by_place.insert(place, (key, target, Told::NOTHING));
    }

    fn forget(&mut self, key: &PartitionKey) {
        if let Some(place) = self.places.remove(key) {
            self.by_place.remove(&place);
        }
    }

    fn move_last(&mut self, key: &PartitionKey) {
        if let Some(place) = self.places.get_mut(key)
            && let Some(entry) = self.by_place.remove(place)
        {
            *place = self.next_place;
            self.by_place.insert(self.next_place, entry);
            self.next_place += 1;
        }
    }

    fn targets(&self) -> Vec<(PartitionKey, Target)> {
        self.by_place.values().map(|(key, target, _)| (key.clone(), target.clone())).collect()
    }
}

impl Session {
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().expect("a panic ends the process, so no lock is ever poisoned")
    }
}

impl Plan {
    /// The session's number for the answer, 0 without one.
    pub(crate) fn session_id(&self) -> i32 {
        self.session.as_ref().map_or(NO_SESSION, |session| session.id)
    }

    /// Whether an answer about a partition may be left out: nothing in it is new. Notes what the consumer is told
    /// otherwise.
    pub(crate) fn may_omit(
        &self,
        key: &PartitionKey,
        told: Told,
        has_records: bool,
        has_error: bool,
    ) -> bool {
        let Some(session) = &self.session else { return false };
        let mut inner = session.lock();
        let Some(place) = inner.places.get(key).copied() else { return false };
        let Some(entry) = inner.by_place.get_mut(&place) else { return false };
        let is_new = entry.2 != told || has_records || has_error;
        // An error must be told again until it is gone, and what follows it is news.
        entry.2 = if has_error { Told::NOTHING } else { told };
        if has_records {
            inner.move_last(key);
        }
        self.is_incremental && !is_new
    }
}

/// All sessions of a broker.
#[derive(Debug, Default)]
pub(crate) struct FetchSessions {
    inner: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    sessions: HashMap<i32, Arc<Session>>,
    partitions: usize,
}

impl Cache {
    fn remove(&mut self, id: i32) {
        if let Some(session) = self.sessions.remove(&id) {
            let count = session.lock().places.len();
            self.partitions = self.partitions.saturating_sub(count);
        }
    }

    /// Makes room for one more session if that is possible.
    fn make_room(&mut self, now: Duration, slots: usize, partitions: usize) -> bool {
        let full = |cache: &Self| {
            cache.sessions.len() >= slots || cache.partitions + partitions > CACHED_PARTITIONS_MAX
        };
        if !full(self) {
            return true;
        }
        let oldest = self.sessions.values().map(|session| (session.lock().last_used, session.id)).min();
        match oldest {
            Some((last_used, id)) if last_used + EVICTION_IDLE <= now => {
                self.remove(id);
                !full(self)
            }
            _ => false,
        }
    }
}

impl FetchSessions {
    fn lock(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.inner.lock().expect("a panic ends the process, so no lock is ever poisoned")
    }

    /// Sessions that exist.
    pub(crate) fn count(&self) -> usize {
        self.lock().sessions.len()
    }

    /// Decides what a request fetches. `random` gives numbers for new sessions, `slots` is
    /// `max.incremental.fetch.session.cache.slots`.
    pub(crate) fn plan(
        &self,
        request: SessionRequest,
        now: Duration,
        slots: usize,
        random: impl FnMut() -> u64,
    ) -> Result<Plan, ErrorCode> {
        if request.epoch != EPOCH_INITIAL && request.epoch != EPOCH_FINAL {
            return self.incremental(request, now);
        }
        if request.id != NO_SESSION {
            self.lock().remove(request.id);
        }
        let session = match request.epoch {
            EPOCH_INITIAL if !request.named.is_empty() => self.create(&request, now, slots, random),
            _ => None,
        };
        Ok(Plan { targets: request.named, session, is_incremental: false })
    }

    fn create(
        &self,
        request: &SessionRequest,
        now: Duration,
        slots: usize,
        mut random: impl FnMut() -> u64,
    ) -> Option<Arc<Session>> {
        let mut inner = Inner {
            epoch: 1,
            last_used: now,
            next_place: 0,
            by_place: BTreeMap::new(),
            places: HashMap::new(),
        };
        for (key, target) in &request.named {
            inner.put(key.clone(), target.clone());
        }
        let mut cache = self.lock();
        if !cache.make_room(now, slots, inner.places.len()) {
            return None;
        }
        let id = loop {
            let id = i32::try_from(random() >> 33).unwrap_or(NO_SESSION);
            if id != NO_SESSION && !cache.sessions.contains_key(&id) {
                break id;
            }
        };
        cache.partitions += inner.places.len();
        let session = Arc::new(Session { id, by_id: request.by_id, inner: Mutex::new(inner) });
        cache.sessions.insert(id, Arc::clone(&session));
        Some(session)
    }

    fn incremental(&self, request: SessionRequest, now: Duration) -> Result<Plan, ErrorCode> {
        let mut cache = self.lock();
        let session = cache.sessions.get(&request.id).cloned().ok_or(ErrorCode::FetchSessionIdNotFound)?;
        let mut inner = session.lock();
        if inner.epoch != request.epoch {
            return Err(ErrorCode::InvalidFetchSessionEpoch);
        }
        if session.by_id != request.by_id {
            return Err(ErrorCode::FetchSessionTopicIdError);
        }
        let before = inner.places.len();
        for key in &request.forgotten {
            inner.forget(key);
        }
        for (key, target) in request.named {
            inner.put(key, target);
        }
        inner.last_used = now;
        inner.epoch = if inner.epoch == i32::MAX { 1 } else { inner.epoch + 1 };
        let (targets, after) = (inner.targets(), inner.places.len());
        drop(inner);
        cache.partitions = (cache.partitions + after).saturating_sub(before);
        if cache.partitions > CACHED_PARTITIONS_MAX {
            // It outgrew the cache: this fetch is served, the next one starts over.
            cache.remove(session.id);
        }
        Ok(Plan { targets, session: Some(session), is_incremental: true })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key(partition: i32) -> PartitionKey {
        (TopicRef::Name("t".into()), partition)
    }

    fn target(fetch_offset: i64) -> Target {
        Target { fetch_offset, partition_max_bytes: 1024, current_leader_epoch: -1, last_fetched_epoch: -1 }
    }

    fn request(id: i32, epoch: i32, named: &[(i32, i64)], forgotten: &[i32]) -> SessionRequest {
        SessionRequest {
            id,
            epoch,
            by_id: false,
            named: named.iter().map(|(partition, offset)| (key(*partition), target(*offset))).collect(),
            forgotten: forgotten.iter().map(|partition| key(*partition)).collect(),
        }
    }

    fn plan(sessions: &FetchSessions, request: SessionRequest, now_s: u64) -> Result<Plan, ErrorCode> {
        let mut next = u64::from(u32::try_from(sessions.count()).unwrap());
        sessions.plan(request, Duration::from_secs(now_s), 2, || {
            next += 1;
            next << 33
        })
    }

    fn partitions(plan: &Plan) -> Vec<(i32, i64)> {
        plan.targets.iter().map(|((_, partition), target)| (*partition, target.fetch_offset)).collect()
    }

    #[test]
    fn a_session_remembers_adds_changes_and_forgets() {
        let sessions = FetchSessions::default();
        let full = plan(&sessions, request(0, 0, &[(0, 5), (1, 6)], &[]), 0).unwrap();
        let id = full.session_id();
        assert_ne!(id, 0);
        let told = Told { high_watermark: 7, log_start: 0 };
        assert!(!full.may_omit(&key(0), told, true, false), "a full answer holds everything");
        assert!(!full.may_omit(&key(1), told, false, false));

        let next = plan(&sessions, request(id, 1, &[(2, 9), (1, 7)], &[]), 1).unwrap();
        assert_eq!(partitions(&next), [(1, 7), (0, 5), (2, 9)], "who got records comes after who did not");
        assert!(next.may_omit(&key(0), told, false, false));
        assert!(!next.may_omit(&key(1), Told { high_watermark: 8, log_start: 0 }, false, false));
        assert!(!next.may_omit(&key(2), told, false, true), "an error is news");

        let third = plan(&sessions, request(id, 2, &[], &[1]), 2).unwrap();
        assert_eq!(partitions(&third), [(0, 5), (2, 9)]);
        assert!(!third.may_omit(&key(2), told, false, false), "the end of an error is news");
    }

    #[test]
    fn wrong_numbers_are_refused_and_harm_nothing() {
        let sessions = FetchSessions::default();
        let id = plan(&sessions, request(0, 0, &[(0, 0)], &[]), 0).unwrap().session_id();
        let error = |request| plan(&sessions, request, 0).unwrap_err();
        assert_eq!(error(request(id + 1, 1, &[], &[])), ErrorCode::FetchSessionIdNotFound);
        assert_eq!(error(request(id, 2, &[], &[])), ErrorCode::InvalidFetchSessionEpoch);
        let by_id = SessionRequest { by_id: true, ..request(id, 1, &[], &[]) };
        assert_eq!(error(by_id), ErrorCode::FetchSessionTopicIdError);
        assert!(plan(&sessions, request(id, 1, &[], &[]), 0).is_ok());
        assert_eq!(plan(&sessions, request(id, -1, &[(0, 0)], &[]), 0).unwrap().session_id(), 0);
        assert_eq!(sessions.count(), 0);
    }

    #[test]
    fn the_cache_is_bounded() {
        let sessions = FetchSessions::default();
        let a = plan(&sessions, request(0, 0, &[(0, 0)], &[]), 0).unwrap().session_id();
        let b = plan(&sessions, request(0, 0, &[(0, 0)], &[]), 100).unwrap().session_id();
        assert!(a != 0 && b != 0);
        let refused = plan(&sessions, request(0, 0, &[(0, 3)], &[]), 119).unwrap();
        assert_eq!((refused.session_id(), partitions(&refused)), (0, vec![(0, 3)]));
        let c = plan(&sessions, request(0, 0, &[(0, 0)], &[]), 120).unwrap().session_id();
        assert_ne!(c, 0);
        assert_eq!(sessions.count(), 2);
        assert_eq!(
            plan(&sessions, request(a, 1, &[], &[]), 120).unwrap_err(),
            ErrorCode::FetchSessionIdNotFound
        );
        let ended = plan(&sessions, request(b, -1, &[], &[]), 121).unwrap();
        assert_eq!((ended.session_id(), sessions.lock().partitions), (0, 1));
    }

    #[test]
    fn epochs_wrap_to_one() {
        let sessions = FetchSessions::default();
        let id = plan(&sessions, request(0, 0, &[(0, 0)], &[]), 0).unwrap().session_id();
        sessions.lock().sessions[&id].lock().epoch = i32::MAX;
        plan(&sessions, request(id, i32::MAX, &[], &[]), 0).unwrap();
        assert!(plan(&sessions, request(id, 1, &[], &[]), 0).is_ok());
    }
}
