//! What a log remembers of idempotent producers (KIP-98): the newest epoch and the last five batches of each id, enough to
//! tell a retry from a new batch and a gap from either. A pure structure; [`crate::snapshots`] writes it to files.
//!
//! | a batch of producer P, epoch E, first sequence S | answer |
//! |---|---|
//! | P is unknown | taken, whatever S is |
//! | E is older than P's epoch | `InvalidProducerEpoch` |
//! | E is newer | taken if S is 0, else `OutOfOrderSequence` |
//! | E is P's epoch, first and last sequence are those of one of the last five batches | a duplicate, with its offsets |
//! | E is P's epoch, S follows the last batch (0 follows 2³¹-1) | taken |
//! | E is P's epoch, anything else | `OutOfOrderSequence` |

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use weir_model::{Offset, ProducerEpoch, ProducerId, TimestampMs};
use weir_records::{BatchHeader, NO_SEQUENCE, sequence_plus};

use crate::error::AppendError;

/// Batches remembered of each producer: the most that a client keeps in flight (`max.in.flight.requests.per.connection`).
pub(crate) const WINDOW_BATCHES: usize = 5;

/// Producers remembered by one log. At about 250 bytes each they take 25 MB; before one more is taken, those idle for longest
/// go.
pub(crate) const PRODUCERS_MAX: usize = 100_000;

/// Producers that go together: finding the idlest means looking at all.
const EVICTED_TOGETHER: usize = PRODUCERS_MAX / 16;

/// A batch as the window remembers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WindowBatch {
    pub(crate) first_sequence: i32,
    pub(crate) last_sequence: i32,
    pub(crate) first_offset: i64,
    pub(crate) last_offset: i64,
    pub(crate) timestamp: i64,
}

/// One producer's state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Producer {
    pub(crate) epoch: ProducerEpoch,
    /// Oldest first, never empty, at most [`WINDOW_BATCHES`].
    pub(crate) window: VecDeque<WindowBatch>,
    /// When it last appended, in this process's monotonic time: expiry must not follow a clock that jumps.
    pub(crate) last_seen: Duration,
}

/// A batch that the log holds already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Duplicate {
    /// The offset of its first record.
    pub base_offset: Offset,
    /// The offset of its last record.
    pub last_offset: Offset,
    /// The largest timestamp of the first copy, which is its append time where the log sets timestamps.
    pub timestamp: TimestampMs,
}

/// Every producer that a log remembers, [`PRODUCERS_MAX`] at most.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Producers {
    pub(crate) by_id: BTreeMap<ProducerId, Producer>,
}

impl Producers {
    /// Whether the batch may be appended (`None`), is a duplicate, or is refused.
    pub(crate) fn check(&self, batch: &BatchHeader) -> Result<Option<Duplicate>, AppendError> {
        // Markers of transactions carry no sequence; the transaction coordinator orders them.
        if !batch.has_producer_id() || batch.base_sequence == NO_SEQUENCE {
            return Ok(None);
        }
        let Some(known) = self.by_id.get(&batch.producer_id) else { return Ok(None) };
        if batch.producer_epoch < known.epoch {
            return Err(AppendError::InvalidProducerEpoch {
                producer: batch.producer_id,
                epoch: batch.producer_epoch,
                newest: known.epoch,
            });
        }
        let out_of_order = |last| AppendError::OutOfOrderSequence {
            producer: batch.producer_id,
            sequence: batch.base_sequence,
            last,
        };
        if batch.producer_epoch > known.epoch {
            return if batch.base_sequence == 0 { Ok(None) } else { Err(out_of_order(NO_SEQUENCE)) };
        }
        if let Some(duplicate) = known.find(batch) {
            return Ok(Some(duplicate));
        }
        match known.window.back() {
            // Only a marker was seen in this epoch.
            Some(last) if last.last_sequence == NO_SEQUENCE => Ok(None),
            Some(last) if sequence_plus(last.last_sequence, 1) == batch.base_sequence => Ok(None),
            Some(last) => Err(out_of_order(last.last_sequence)),
            None => Ok(None),
        }
    }

    /// Takes a batch that is in the log, with its final offsets.
    pub(crate) fn apply(&mut self, batch: &BatchHeader, now: Duration) {
        if !batch.has_producer_id() {
            return;
        }
        if self.by_id.len() >= PRODUCERS_MAX && !self.by_id.contains_key(&batch.producer_id) {
            self.evict(EVICTED_TOGETHER);
        }
        let entry = WindowBatch {
            first_sequence: batch.base_sequence,
            last_sequence: batch.last_sequence(),
            first_offset: batch.base_offset.0,
            last_offset: batch.last_offset().0,
            timestamp: batch.max_timestamp.0,
        };
        let producer = self.by_id.entry(batch.producer_id).or_insert_with(|| Producer {
            epoch: batch.producer_epoch,
            window: VecDeque::with_capacity(1),
            last_seen: now,
        });
        if producer.epoch != batch.producer_epoch {
            producer.epoch = batch.producer_epoch;
            producer.window.clear();
        }
        // A marker has no sequence; it must not push real ones out of the window.
        let keeps_last = batch.base_sequence == NO_SEQUENCE && !producer.window.is_empty();
        if !keeps_last {
            if producer.window.len() == WINDOW_BATCHES {
                producer.window.pop_front();
            }
            producer.window.push_back(entry);
        }
        producer.last_seen = now;
    }

    /// Forgets producers that were idle for longer than `idle_max`.
    pub(crate) fn expire(&mut self, now: Duration, idle_max: Duration) {
        self.by_id.retain(|_, producer| now.saturating_sub(producer.last_seen) < idle_max);
    }

    /// Forgets so many of those that are idle for longest; of equals, those with the lowest ids, which are the oldest ones
    /// where ids are given out in order.
    fn evict(&mut self, count: usize) {
        let mut seen: Vec<_> = self.by_id.iter().map(|(&id, producer)| (producer.last_seen, id)).collect();
        let Some(last) = count.min(seen.len()).checked_sub(1) else { return };
        let (_, &mut last_to_go, _) = seen.select_nth_unstable(last);
        self.by_id.retain(|&id, producer| (producer.last_seen, id) > last_to_go);
    }

    /// Forgets what is above the limit, where something else than [`Self::apply`] filled it.
    pub(crate) fn evict_excess(&mut self) {
        self.evict(self.by_id.len().saturating_sub(PRODUCERS_MAX));
    }
}

impl Producer {
    fn find(&self, batch: &BatchHeader) -> Option<Duplicate> {
        let (first, last) = (batch.base_sequence, batch.last_sequence());
        let same = |known: &&WindowBatch| known.first_sequence == first && known.last_sequence == last;
        self.window.iter().rev().find(same).map(|known| Duplicate {
            base_offset: Offset(known.first_offset),
            last_offset: Offset(known.last_offset),
            timestamp: TimestampMs(known.timestamp),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshots;
    use weir_records::{BatchBuilder, BatchView, Compression};

    fn header() -> BatchHeader {
        let mut batch = BatchBuilder::new(Offset::ZERO, Compression::None);
        batch.push(None, None, &[], TimestampMs(1)).expect("it is small");
        let bytes = batch.finish().expect("it holds a record");
        *BatchView::first(&bytes).expect("it is whole").header()
    }

    fn send(producers: &mut Producers, id: i64, header: &BatchHeader, sequence: i32, now: Duration) {
        let (producer_id, producer_epoch) = (ProducerId(id), ProducerEpoch(0));
        let header = BatchHeader { producer_id, producer_epoch, base_sequence: sequence, ..*header };
        producers.apply(&header, now);
        assert!(producers.by_id.len() <= PRODUCERS_MAX);
    }

    fn full(last_seen: impl Fn(i64) -> Duration) -> Producers {
        let (mut producers, header) = (Producers::default(), header());
        for id in 0..i64::try_from(PRODUCERS_MAX).expect("it is small") {
            send(&mut producers, id, &header, 0, last_seen(id));
        }
        assert_eq!(producers.by_id.len(), PRODUCERS_MAX);
        producers
    }

    #[test]
    fn invented_producers_push_out_those_that_are_idle_for_longest() {
        let header = header();
        let mut producers = full(|id| Duration::from_millis(id.unsigned_abs()));
        let later = Duration::from_hours(1);
        send(&mut producers, 0, &header, 1, later);
        for id in 1_000_000..1_000_010 {
            send(&mut producers, id, &header, 0, later);
        }
        assert_eq!(producers.by_id.len(), PRODUCERS_MAX - EVICTED_TOGETHER + 10);
        let knows =
            |id: usize| producers.by_id.contains_key(&ProducerId(i64::try_from(id).expect("it is small")));
        assert!(knows(0) && !knows(1) && !knows(EVICTED_TOGETHER) && knows(EVICTED_TOGETHER + 1));
    }

    #[test]
    fn of_producers_that_were_seen_together_only_as_many_go_as_must() {
        let mut producers = full(|_| Duration::ZERO);
        send(&mut producers, i64::MAX, &header(), 0, Duration::ZERO);
        assert_eq!(producers.by_id.len(), PRODUCERS_MAX - EVICTED_TOGETHER + 1);
        assert!(producers.by_id.contains_key(&ProducerId(i64::MAX)));
    }

    #[test]
    fn a_snapshot_of_as_many_as_there_may_be_is_read_back() {
        let header = header();
        let mut producers = full(|_| Duration::ZERO);
        let ids: Vec<i64> = producers.by_id.keys().map(|id| id.0).collect();
        for sequence in 1..8 {
            ids.iter().for_each(|&id| send(&mut producers, id, &header, sequence, Duration::ZERO));
        }
        let bytes = snapshots::encode(&producers);
        assert_eq!(bytes.len(), snapshots::SNAPSHOT_BYTES_MAX);
        assert!(snapshots::decode(&bytes, Duration::ZERO) == Some(producers));
    }

    #[test]
    fn a_snapshot_of_more_is_read_up_to_the_limit() {
        let mut producers = full(|_| Duration::ZERO);
        let (_, one) = producers.by_id.last_key_value().expect("it is full");
        let one = one.clone();
        producers.by_id.extend((500_000..500_010).map(|id| (ProducerId(id), one.clone())));
        let read = snapshots::decode(&snapshots::encode(&producers), Duration::ZERO).expect("it is whole");
        assert_eq!(read.by_id.len(), PRODUCERS_MAX);
        assert!(read.by_id.contains_key(&ProducerId(500_000)) && !read.by_id.contains_key(&ProducerId(9)));
    }
}
