//! Compaction: of each key the newest record stays, at its offset.
//!
//! Works on closed segments below the high watermark and the flushed end, in two passes: the first notes the newest offset of
//! each key in the part that is new since the last time ([`map`]), the second writes the segments anew without the records
//! that the map knows a newer one of ([`rewrite`]), and [`crate::swap`] puts them in place.
//!
//! | record | stays |
//! |---|---|
//! | after the end of the map, which may be full before the part ends | yes: nothing is known of what it replaces |
//! | a newer one of its key is in the map | no |
//! | without a key | no, a compacted topic has no use for it |
//! | a tombstone | until `delete.retention.ms` after the compaction that first met it (KIP-534) |
//! | in a control batch or of a transaction | yes, untouched, and its key is not noted |
//! | none of a batch, but the batch is its producer's last | the batch's header, so that the sequence is known |

mod map;
mod pace;
mod rewrite;

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};

use weir_model::TimestampMs;
use weir_records::{BatchView, RecordError};

use crate::error::{At, LogError};
use crate::names;
use crate::partition::PartitionLog;
use crate::scan::BATCH_BYTES_MAX;
use crate::segment::Segment;
use crate::sync::lock;
use crate::walk::{Located, Step};
use map::OffsetMap;

pub use pace::Pace;
pub(crate) use rewrite::Rules;

/// What a compaction did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Compacted {
    /// Bytes of the segments that were read and replaced.
    pub bytes_before: u64,
    /// Bytes of those that replace them.
    pub bytes_after: u64,
    /// Distinct keys in the new part.
    pub keys: usize,
    /// More is waiting: the map was too small for all keys.
    pub more: bool,
}

/// How far a log is compacted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Cleaned {
    /// The new part starts here.
    pub(crate) to: i64,
    /// Segments before it may end before the next one begins: their last records may be gone. Durable before that can be.
    pub(crate) touched: i64,
}

/// The part of a log that a compaction would work on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Part {
    /// Where the new part starts.
    dirty_from: i64,
    /// Where it ends.
    end: i64,
    clean_bytes: u64,
    dirty_bytes: u64,
    /// The oldest record of the new part is older than `max.compaction.lag.ms`.
    overdue: bool,
}

impl PartitionLog {
    /// How much a compaction is wanted: the new part's share of the bytes, `None` when it is not due. An overdue log
    /// says 1.
    ///
    /// # Errors
    /// The disk fails.
    pub fn compaction_due(&self, now: TimestampMs) -> Result<Option<f64>, LogError> {
        let config = self.config();
        if !config.cleanup_policy.compact || self.check_online().is_err() {
            return Ok(None);
        }
        let Some(part) = self.compactable(now)? else { return Ok(None) };
        if part.overdue {
            return Ok(Some(1.0));
        }
        #[expect(clippy::cast_precision_loss, reason = "a ratio needs few digits")]
        let ratio = part.dirty_bytes as f64 / (part.clean_bytes + part.dirty_bytes).max(1) as f64;
        Ok((part.dirty_bytes > 0 && ratio >= config.min_cleanable_dirty_ratio).then_some(ratio))
    }

    /// Compacts what may be compacted now, whether due or not, with at most `map_bytes_max` bytes for the map of keys. Takes
    /// its time, as its pace says: to be called from a background task, for one log at a time.
    ///
    /// # Errors
    /// The disk fails or is full, a batch is damaged, the pace was stopped, the log closed or somebody changes it. The log is
    /// as it was, or its first segments are compacted.
    pub fn compact(
        &self,
        now: TimestampMs,
        map_bytes_max: usize,
        pace: &mut Pace<'_>,
    ) -> Result<Compacted, LogError> {
        let _removal = lock(&self.removal);
        self.check_open()?;
        let compacted = self.compact_locked(now, map_bytes_max, pace);
        // What DeleteRecords made old while it did not wait for this.
        let removed = self.check_open().and_then(|()| self.drop_before_log_start());
        let done = compacted?;
        removed?;
        Ok(done)
    }

    /// Lets a compaction that runs end early, and keeps others from beginning.
    pub(crate) fn interrupt_compaction(&self) -> MutexGuard<'_, ()> {
        self.wanted.fetch_add(1, Ordering::Relaxed);
        let removal = lock(&self.removal);
        self.wanted.fetch_sub(1, Ordering::Relaxed);
        removal
    }

    fn compact_locked(
        &self,
        now: TimestampMs,
        map_bytes_max: usize,
        pace: &mut Pace<'_>,
    ) -> Result<Compacted, LogError> {
        self.roll_if_overdue(now)?;
        let Some(part) = self.compactable(now)? else { return Ok(Compacted::default()) };
        let seed = [self.env.random.u64(), self.env.random.u64()];
        let expected = usize::try_from(part.end - part.dirty_from).unwrap_or(usize::MAX);
        let mut map = OffsetMap::new(map_bytes_max, expected, seed);
        let end = self.fill_map(&mut map, &part, pace)?;
        let mut done = Compacted { keys: map.len(), more: end < part.end, ..Compacted::default() };
        self.keep_producers_of(end)?;
        let before = *lock(&self.cleaned);
        let groups = self.groups(end);
        // The last segment may reach past the map's end, and lose records there too.
        let touched =
            groups.iter().flatten().map(|segment| segment.extent().next).fold(before.touched, i64::max);
        self.set_cleaned(Cleaned { to: before.to, touched })?;
        let rules = self.rules(now, end);
        for mut group in groups {
            self.check_open()?;
            self.drop_before_log_start()?;
            group.retain(|segment| !segment.is_retired());
            if group.is_empty() {
                continue;
            }
            let before: u64 = group.iter().map(|segment| segment.extent().size).sum();
            done.bytes_before += before;
            done.bytes_after += self.compact_group(&group, &map, &rules, pace)?;
        }
        self.remove_snapshots_before(end)?;
        self.set_cleaned(Cleaned { to: end, touched })?;
        Ok(done)
    }

    /// Writes down how far the log is compacted.
    pub(crate) fn set_cleaned(&self, cleaned: Cleaned) -> Result<(), LogError> {
        let path = self.dir.join(names::CLEANER);
        let text = crate::numbers::encode([cleaned.to, cleaned.touched]);
        self.env.disk.replace_small(&path, text.as_bytes()).at("writing", &path)?;
        *lock(&self.cleaned) = cleaned;
        Ok(())
    }

    /// An overdue record in the active segment asks for a new one.
    fn roll_if_overdue(&self, now: TimestampMs) -> Result<(), LogError> {
        let segments = self.segments();
        let Some(active) = segments.last() else { return Ok(()) };
        if active.extent().size > 0 && self.is_overdue(active, now)? { self.roll() } else { Ok(()) }
    }

    fn is_overdue(&self, segment: &Segment, now: TimestampMs) -> Result<bool, LogError> {
        let lag_max = self.config().max_compaction_lag_ms;
        if lag_max == u64::MAX {
            return Ok(false);
        }
        let first = segment.first_header().at("reading", segment.path())?;
        let age = first.map_or(0, |first| now.ms_since(first.base_timestamp));
        Ok(u64::try_from(age).is_ok_and(|age| age > lag_max))
    }

    fn compactable(&self, now: TimestampMs) -> Result<Option<Part>, LogError> {
        let segments = self.segments();
        let progress = self.progress();
        let limit = progress.high_watermark.min(progress.flushed_end).0;
        let lag_min = self.config().min_compaction_lag_ms;
        let first = segments[0].base();
        let dirty_from = lock(&self.cleaned).to.max(first);
        let mut part = Part { dirty_from, end: dirty_from, clean_bytes: 0, dirty_bytes: 0, overdue: false };
        for segment in &segments[..segments.len() - 1] {
            let extent = segment.extent();
            if extent.next <= dirty_from {
                part.clean_bytes += extent.size;
                continue;
            }
            let newest = segment.max_timestamp().at("reading the index of", segment.path())?.timestamp;
            let young = lag_min > 0
                && u64::try_from(now.ms_since(TimestampMs(newest))).is_ok_and(|age| age < lag_min);
            let in_future = lag_min > 0 && newest > now.0;
            if extent.next > limit || young || in_future {
                break;
            }
            part.end = extent.next;
            part.dirty_bytes += extent.size;
            part.overdue |= self.is_overdue(segment, now)?;
        }
        if let Some(active) = segments.last()
            && active.extent().size > 0
        {
            part.overdue |= self.is_overdue(active, now)?;
        }
        Ok((part.end > part.dirty_from || part.overdue).then_some(part))
    }

    /// Notes the newest offset of each key in the new part. Returns where the map was full, or the part's end: the map
    /// knows every record before that, and none after it.
    fn fill_map(&self, map: &mut OffsetMap, part: &Part, pace: &mut Pace<'_>) -> Result<i64, LogError> {
        for segment in self.segments().iter() {
            if segment.extent().next <= part.dirty_from || segment.base() >= part.end {
                continue;
            }
            let mut full_at = None;
            each_batch(self, segment, pace, |at, bytes| {
                if at.header.last_offset().0 >= part.dirty_from && full_at.is_none() {
                    full_at = note_keys(map, bytes, part.dirty_from)?;
                }
                Ok(0)
            })?;
            if let Some(full_at) = full_at {
                return Ok(full_at);
            }
        }
        Ok(part.end)
    }

    /// Segments before `end` in runs that fit into one segment each.
    fn groups(&self, end: i64) -> Vec<Vec<Arc<Segment>>> {
        let bytes_max = u64::from(self.config().segment_bytes);
        let segments = self.segments();
        let mut groups: Vec<Vec<Arc<Segment>>> = Vec::new();
        let mut bytes = 0;
        for segment in segments[..segments.len() - 1].iter().take_while(|segment| segment.base() < end) {
            let extent = segment.extent();
            let fits = groups.last().and_then(|group| group.first()).is_some_and(|first| {
                bytes + extent.size <= bytes_max && extent.next - first.base() <= i64::from(i32::MAX)
            });
            match groups.last_mut() {
                Some(group) if fits => group.push(Arc::clone(segment)),
                _ => {
                    bytes = 0;
                    groups.push(vec![Arc::clone(segment)]);
                }
            }
            bytes += extent.size;
        }
        groups
    }

    /// Writes a run of segments anew and puts the result in their place. Returns its size.
    fn compact_group(
        &self,
        group: &[Arc<Segment>],
        map: &OffsetMap,
        rules: &Rules,
        pace: &mut Pace<'_>,
    ) -> Result<u64, LogError> {
        let (from, to) = (group[0].base(), group[group.len() - 1].extent().next);
        let cleaned = self.write_cleaned((from, to), group, (map, rules), pace);
        if !matches!(cleaned, Ok(Some(_))) {
            // Whatever was written is no use to anyone.
            self.remove_cleaned(from, to);
        }
        let Some(fresh) = cleaned? else { return Ok(group[0].extent().size) };
        self.swap(group, &fresh, to)?;
        Ok(fresh.extent().size)
    }

    /// What stays of a run of segments as a new one, log and indexes synced; `None` when it would be the only one of the
    /// run as it is.
    fn write_cleaned(
        &self,
        (from, to): (i64, i64),
        group: &[Arc<Segment>],
        (map, rules): (&OffsetMap, &Rules),
        pace: &mut Pace<'_>,
    ) -> Result<Option<Arc<Segment>>, LogError> {
        let path = self.dir.join(names::cleaned_file(from, to, names::LOG));
        let written = rewrite::write(self, &path, group, (map, rules), pace)?;
        if !written.changed && group.len() == 1 {
            return Ok(None);
        }
        let fresh = Segment::cleaned(&self.shared.pool, &self.dir, (from, to), written.size);
        fresh.rebuild_indexes(self.config().index_interval_bytes).at("indexing", &path)?;
        // What is not in the index file when a recovery point passes the segment would be missing after a crash.
        for dirty in [fresh.offsets.take_dirty(), fresh.times.take_dirty()] {
            let synced = dirty.and_then(|file| file.map_or(Ok(()), |file| file.sync()));
            synced.at("writing the index of", &path)?;
        }
        Ok(Some(fresh))
    }

    fn remove_cleaned(&self, from: i64, to: i64) {
        for extension in [names::LOG, names::INDEX, names::TIME_INDEX] {
            // What is left goes with the next start.
            _ = self.env.disk.remove_file(&self.dir.join(names::cleaned_file(from, to, extension)));
        }
    }

    fn rules(&self, now: TimestampMs, map_end: i64) -> Rules {
        let writer = lock(&self.writer);
        let last_batches = writer
            .producers
            .by_id
            .iter()
            .filter_map(|(&id, producer)| Some((id, (producer.epoch, producer.window.back()?.last_offset))))
            .collect();
        let delete_retention_ms = i64::try_from(self.config().delete_retention_ms).unwrap_or(i64::MAX);
        Rules { now, horizon: TimestampMs(now.0.saturating_add(delete_retention_ms)), map_end, last_batches }
    }
}

/// Notes the keys of a batch from an offset on. Returns the offset of the first record that the map has no room for.
fn note_keys(map: &mut OffsetMap, bytes: &[u8], from: i64) -> Result<Option<i64>, RecordError> {
    let batch = BatchView::first(bytes)?;
    if is_untouched(&batch) {
        return Ok(None);
    }
    let records = batch.records()?;
    for record in records.iter() {
        let record = record?;
        let offset = records.offset(&record).0;
        if let Some(key) = record.key.filter(|_| offset >= from)
            && !map.put(key, offset)
        {
            return Ok(Some(offset));
        }
    }
    Ok(None)
}

/// Whether compaction leaves the batch alone: only the coordinator of a transaction knows what its records are worth.
fn is_untouched(batch: &BatchView<'_>) -> bool {
    let attributes = batch.header().attributes;
    attributes.is_control() || attributes.is_transactional()
}

/// Calls `visit` with every batch of a segment and its bytes, after checking the checksum, at the pace's speed. `visit` says
/// how many bytes it wrote.
fn each_batch(
    log: &PartitionLog,
    segment: &Segment,
    pace: &mut Pace<'_>,
    mut visit: impl FnMut(&Located, &[u8]) -> Result<usize, Trouble>,
) -> Result<(), LogError> {
    let file = segment.file().at("opening", segment.path())?;
    let mut walk = segment.walk().at("reading", segment.path())?;
    let mut bytes = Vec::new();
    loop {
        let at = match walk.step().at("reading", segment.path())? {
            Step::Batch(at) if at.header.size_bytes <= BATCH_BYTES_MAX => at,
            Step::End => return Ok(()),
            Step::Batch(Located { position, .. }) | Step::Damaged { position } => {
                return Err(damaged(segment, position, "no batch"));
            }
        };
        bytes.resize(at.header.size_bytes, 0);
        file.read_exact_at(&mut bytes, at.position).at("reading", segment.path())?;
        let right = BatchView::first(&bytes).and_then(|batch| batch.check_crc());
        let written = match right.map_err(Trouble::from).and_then(|()| visit(&at, &bytes)) {
            Ok(written) => written,
            Err(Trouble::Batch(error)) => return Err(damaged(segment, at.position, &error.to_string())),
            Err(Trouble::Output(error)) => return Err(error),
        };
        pace.spend(log, bytes.len() + written)?;
    }
}

/// Why a batch ends a compaction.
enum Trouble {
    Batch(RecordError),
    Output(LogError),
}

impl From<RecordError> for Trouble {
    fn from(error: RecordError) -> Self {
        Self::Batch(error)
    }
}

fn damaged(segment: &Segment, position: u64, what: &str) -> LogError {
    LogError::Unreadable {
        path: segment.path().to_path_buf(),
        reason: format!("at position {position}: {what}"),
    }
}
