//! Writing segments anew without the records that compaction removes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use weir_env::disk::{DiskFile, Open};
use weir_model::{ProducerEpoch, ProducerId, TimestampMs};
use weir_records::{BatchView, RecordError, Retained, retain};

use super::map::OffsetMap;
use super::{Pace, Trouble, each_batch, is_untouched};
use crate::error::{At, LogError};
use crate::partition::PartitionLog;
use crate::segment::Segment;

/// Bytes that are collected before they are written.
const BLOCK_BYTES: usize = 1024 * 1024;

/// What decides beside the map.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(super) now: TimestampMs,
    /// When tombstones that are met for the first time may go.
    pub(super) horizon: TimestampMs,
    /// The map knows the records before this offset.
    pub(super) map_end: i64,
    /// Each producer's epoch and the last offset of its last batch.
    pub(super) last_batches: BTreeMap<ProducerId, (ProducerEpoch, i64)>,
}

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) size: u64,
    /// It is not what was read.
    pub(super) changed: bool,
}

/// Writes what stays of `group` to a new, synced file at `path`.
pub(super) fn write(
    log: &PartitionLog,
    path: &Path,
    group: &[Arc<Segment>],
    (map, rules): (&OffsetMap, &Rules),
    pace: &mut Pace<'_>,
) -> Result<Written, LogError> {
    let disk = log.env.disk.as_ref();
    crate::recovery::remove(disk, path)?;
    let file = disk.open(path, Open::CreateNew).at("creating", path)?;
    let mut output = Output { file, bytes: Vec::new(), position: 0, changed: false };
    for segment in group {
        each_batch(log, segment, pace, |_, bytes| {
            let before = output.bytes.len();
            output.changed |= keep(&mut output.bytes, bytes, map, rules)?;
            let kept = output.bytes.len() - before;
            if output.bytes.len() >= BLOCK_BYTES {
                output.write_block().at("writing", path).map_err(Trouble::Output)?;
            }
            Ok(kept)
        })?;
    }
    output.write_block().and_then(|()| output.file.sync()).at("writing", path)?;
    Ok(Written { size: output.position, changed: output.changed })
}

struct Output {
    file: Arc<dyn DiskFile>,
    bytes: Vec<u8>,
    position: u64,
    changed: bool,
}

impl Output {
    fn write_block(&mut self) -> std::io::Result<()> {
        self.file.write_all_at(&self.bytes, self.position)?;
        self.position += self.bytes.len() as u64;
        self.bytes.clear();
        Ok(())
    }
}

/// Adds what stays of a batch to the output. Returns whether that is less than, or other than, the batch.
fn keep(out: &mut Vec<u8>, bytes: &[u8], map: &OffsetMap, rules: &Rules) -> Result<bool, RecordError> {
    let batch = BatchView::first(bytes)?;
    let header = *batch.header();
    if is_untouched(&batch) || header.base_offset.0 >= rules.map_end {
        out.extend_from_slice(bytes);
        return Ok(false);
    }
    if header.count == 0 {
        // Kept for its producer by an earlier compaction, and for as long as it is that producer's last batch.
        return Ok(keep_empty(out, &batch, rules)?.is_none());
    }
    let verdict = judge(&batch, map, rules)?;
    let horizon = (verdict.tombstone_stays && header.delete_horizon().is_none()).then_some(rules.horizon);
    if verdict.stays.iter().all(|&stays| stays) && horizon.is_none() {
        out.extend_from_slice(bytes);
        return Ok(false);
    }
    let mut stays = verdict.stays.iter();
    match retain(&batch, horizon, |_, _, _| stays.next().copied().unwrap_or(true))? {
        Retained::All => out.extend_from_slice(bytes),
        Retained::Some(batch) => out.extend_from_slice(&batch),
        Retained::Nothing => _ = keep_empty(out, &batch, rules)?,
    }
    Ok(true)
}

/// Adds the bare header of a batch if it is its producer's last one.
fn keep_empty(out: &mut Vec<u8>, batch: &BatchView<'_>, rules: &Rules) -> Result<Option<()>, RecordError> {
    let header = batch.header();
    let last = rules.last_batches.get(&header.producer_id);
    if last != Some(&(header.producer_epoch, header.last_offset().0)) {
        return Ok(None);
    }
    out.extend_from_slice(&Retained::empty_batch(header)?);
    Ok(Some(()))
}

struct Verdict {
    /// For each record whether it stays.
    stays: Vec<bool>,
    tombstone_stays: bool,
}

fn judge(batch: &BatchView<'_>, map: &OffsetMap, rules: &Rules) -> Result<Verdict, RecordError> {
    let expired = batch.header().delete_horizon().is_some_and(|horizon| horizon <= rules.now);
    let records = batch.records()?;
    let mut verdict = Verdict { stays: Vec::new(), tombstone_stays: false };
    for record in records.iter() {
        let record = record?;
        let offset = records.offset(&record).0;
        if offset >= rules.map_end {
            verdict.stays.push(true);
            continue;
        }
        let newest = |key| map.newest(key).is_none_or(|newest| newest <= offset);
        let is_tombstone = record.value.is_none();
        let stays = record.key.is_some_and(newest) && !(is_tombstone && expired);
        verdict.tombstone_stays |= stays && is_tombstone;
        verdict.stays.push(stays);
    }
    Ok(verdict)
}
