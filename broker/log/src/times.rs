//! Finding offsets by time (ListOffsets).

use std::io;
use std::sync::Arc;

use weir_env::disk::DiskFile;
use weir_model::{LeaderEpoch, Offset, TimestampMs};
use weir_records::BatchView;

use crate::error::ReadError;
use crate::partition::PartitionLog;
use crate::segment::Segment;
use crate::walk::{Located, Step};

/// A record by its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimestampedOffset {
    /// The record's timestamp.
    pub timestamp: TimestampMs,
    /// The record's offset.
    pub offset: Offset,
    /// The leader epoch in which it was appended.
    pub leader_epoch: LeaderEpoch,
}

impl PartitionLog {
    /// The first record at or after the log start and before `upto` whose timestamp is at least `timestamp`.
    ///
    /// # Errors
    /// The log is offline, or the disk fails.
    pub fn offset_for_timestamp(
        &self,
        timestamp: TimestampMs,
        upto: Offset,
    ) -> Result<Option<TimestampedOffset>, ReadError> {
        self.on_present_segments(|| self.find_timestamp(timestamp, upto))
    }

    fn find_timestamp(
        &self,
        timestamp: TimestampMs,
        upto: Offset,
    ) -> Result<Option<TimestampedOffset>, ReadError> {
        self.check_online()?;
        let from = self.log_start().0;
        for segment in self.segments().iter() {
            if segment.extent().next <= from || segment.base() >= upto.0 {
                continue;
            }
            let wanted = |at: TimestampMs| at >= timestamp;
            if segment.max_timestamp()?.timestamp >= timestamp.0
                && let Some(start) = start_of_search(segment, timestamp)?
                && let Some(found) = search(segment, &start, (from, upto.0), wanted)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The first record with the largest timestamp of all before `upto` (KIP-734).
    ///
    /// # Errors
    /// The log is offline, or the disk fails.
    pub fn max_timestamp(&self, upto: Offset) -> Result<Option<TimestampedOffset>, ReadError> {
        self.on_present_segments(|| self.find_max_timestamp(upto))
    }

    fn find_max_timestamp(&self, upto: Offset) -> Result<Option<TimestampedOffset>, ReadError> {
        self.check_online()?;
        let from = self.log_start().0;
        let mut best: Option<TimestampedOffset> = None;
        for segment in self.segments().iter() {
            if segment.extent().next <= from || segment.base() >= upto.0 {
                continue;
            }
            // A segment that reaches past either end may owe its largest timestamp to a record outside.
            let whole = segment.base() >= from && segment.extent().next <= upto.0;
            let known = if whole { Some(segment.max_timestamp()?.timestamp) } else { None };
            if known.is_some_and(|known| best.is_some_and(|best| best.timestamp.0 >= known)) {
                continue;
            }
            let max = match known {
                Some(max) => max,
                None => max_between(segment, from, upto.0)?,
            };
            if best.is_none_or(|best| max > best.timestamp.0)
                && let Some(start) = segment.locate(segment.base().max(from))?
            {
                best = search(segment, &start, (from, upto.0), |at| at.0 >= max)?.or(best);
            }
        }
        Ok(best)
    }
}

/// The first batch that may hold a record of `timestamp` or later.
fn start_of_search(segment: &Segment, timestamp: TimestampMs) -> io::Result<Option<Located>> {
    // Every record before the entry's batch is older than the entry, and the entry is older than what is looked for.
    let entry = segment.times.last_where(|entry| entry.timestamp < timestamp.0)?;
    let offset = entry.map_or(segment.base(), |entry| segment.base() + i64::from(entry.relative));
    segment.locate(offset)
}

/// The first record of the segment from a batch on, within the offsets `from..upto`, whose timestamp is wanted. `wanted`
/// holds for a record only if it holds for its batch's largest timestamp.
fn search(
    segment: &Segment,
    start: &Located,
    (from, upto): (i64, i64),
    wanted: impl Fn(TimestampMs) -> bool,
) -> io::Result<Option<TimestampedOffset>> {
    let file = segment.file()?;
    let mut walk = segment.walk_at(start)?;
    loop {
        let at = match walk.step()? {
            Step::Batch(at) if at.header.base_offset.0 >= upto => return Ok(None),
            Step::Batch(at) => at,
            Step::End => return Ok(None),
            Step::Damaged { position } => return Err(segment.damaged(position)),
        };
        if at.header.last_offset().0 < from || !wanted(at.header.max_timestamp) {
            continue;
        }
        if let Some(found) = first_record(&file, segment, &at, (from, upto), &wanted)? {
            return Ok(Some(found));
        }
    }
}

fn first_record(
    file: &Arc<dyn DiskFile>,
    segment: &Segment,
    at: &Located,
    (from, upto): (i64, i64),
    wanted: impl Fn(TimestampMs) -> bool,
) -> io::Result<Option<TimestampedOffset>> {
    let mut bytes = vec![0; at.header.size_bytes];
    file.read_exact_at(&mut bytes, at.position)?;
    let damaged = |_| segment.damaged(at.position);
    let batch = BatchView::first(&bytes).map_err(damaged)?;
    let records = batch.records().map_err(damaged)?;
    for record in records.iter() {
        let record = record.map_err(damaged)?;
        let (offset, timestamp) = (records.offset(&record), records.timestamp(&record));
        if (from..upto).contains(&offset.0) && wanted(timestamp) {
            return Ok(Some(TimestampedOffset { timestamp, offset, leader_epoch: at.header.leader_epoch }));
        }
    }
    Ok(None)
}

/// The largest timestamp of batches that end within `from..upto`.
fn max_between(segment: &Segment, from: i64, upto: i64) -> io::Result<i64> {
    let mut max = -1;
    let Some(first) = segment.locate(segment.base().max(from))? else { return Ok(max) };
    let mut walk = segment.walk_at(&first)?;
    while let Step::Batch(at) = walk.step()? {
        if at.header.base_offset.0 >= upto {
            break;
        }
        max = max.max(at.header.max_timestamp.0);
    }
    Ok(max)
}
