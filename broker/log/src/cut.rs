//! Cutting the end of a log, as a follower does where its leader's log is another one.

use std::sync::Arc;

use weir_model::Offset;

use crate::checkpoints::RecoveryPoint;
use crate::compaction::Cleaned;
use crate::error::{At, LogError};
use crate::names;
use crate::partition::PartitionLog;
use crate::recovery;
use crate::segment::{Extent, Segment};
use crate::sync::lock;
use crate::writer::{Place, Writer};

impl PartitionLog {
    /// Removes the batch that holds `offset` and all after it. Durable when this returns: what is cut never comes back.
    ///
    /// # Errors
    /// The offset is below the log start, or the disk fails, which takes the log offline.
    pub fn truncate_to(&self, offset: Offset) -> Result<(), LogError> {
        let _removal = self.interrupt_compaction();
        let _no_start = lock(&self.start_turn);
        let _no_flush = lock(&self.flush_turn);
        let mut writer = lock(&self.writer);
        self.check_open()?;
        if offset.0 >= writer.log_end {
            return Ok(());
        }
        if offset.0 < writer.log_start {
            let (start, end) = (Offset(writer.log_start), Offset(writer.log_end));
            return Err(LogError::OutOfRange { offset, start, end });
        }
        self.cut(&mut writer, offset.0).map_err(|error| match error {
            LogError::Io { what, source, .. } => self.go_offline(what, &source).into(),
            other => other,
        })
    }

    fn cut(&self, writer: &mut Writer, offset: i64) -> Result<(), LogError> {
        let segments = self.segments();
        let at = segments.partition_point(|segment| segment.base() <= offset).saturating_sub(1);
        let segment = Arc::clone(&segments[at]);
        let batch = segment.locate(offset).at("reading", segment.path())?;
        let (position, end) = match batch {
            // A log start inside the batch stays where it is.
            Some(batch) => (batch.position, batch.header.base_offset.0.max(writer.log_start)),
            None => (segment.extent().size, offset),
        };
        let place = Place { base: segment.base(), position };
        // First the recovery point: what comes to these offsets later is not on disk.
        if writer.flushed_end > end {
            let point = RecoveryPoint { topic_id: self.topic_id, offset: end, place };
            self.shared.checkpoints.set(&self.partition.to_string(), point);
            self.shared.checkpoints.write().at("writing the recovery points of", &self.dir)?;
        }
        let cleaned = *lock(&self.cleaned);
        if cleaned.touched > end {
            self.set_cleaned(Cleaned { to: cleaned.to.min(end), touched: end })?;
        }
        self.remove_after(writer, &segments[at + 1..])?;
        self.cut_segment(&segment, position, end)?;
        // The cut file is synced; what lies before it may still wait.
        writer.dirty.retain(|dirty| dirty.segment.is_none_or(|base| base < segment.base()));
        writer.active = segment;
        writer.active_since = None;
        writer.loose_bytes = false;
        // Another snapshot may come to the offset of one of these.
        writer.stale_snapshots.clear();
        writer.log_end = end;
        writer.cuts += 1;
        if writer.flushed_end >= end {
            (writer.flushed_end, writer.flushed_place) = (end, place);
        }
        writer.soft_end = writer.soft_end.min(end);
        if writer.epochs.truncate_end(Offset(end)) {
            self.write_epochs(&writer.epochs.encode()).at("writing the leader epochs of", &self.dir)?;
        }
        self.reload_producers(writer)?;
        self.publish(writer, |_| {});
        Ok(())
    }

    /// Removes the segments after the one that is cut, last one first, so that no hole can remain.
    fn remove_after(&self, writer: &mut Writer, gone: &[Arc<Segment>]) -> Result<(), LogError> {
        self.forget(writer, gone);
        for segment in gone.iter().rev() {
            for extension in [names::LOG, names::INDEX, names::TIME_INDEX] {
                let path = self.dir.join(names::segment_file(segment.base(), extension));
                recovery::remove(self.env.disk.as_ref(), &path)?;
            }
            self.env.disk.sync_dir(&self.dir).at("syncing", &self.dir)?;
        }
        Ok(())
    }

    fn cut_segment(&self, segment: &Arc<Segment>, position: u64, end: i64) -> Result<(), LogError> {
        if segment.extent().size == 0 {
            return Ok(());
        }
        segment.set_extent(Extent { size: position, next: end });
        lock(&segment.verified).cut(position);
        let file = segment.file().at("opening", segment.path())?;
        file.set_len(position).and_then(|()| file.sync()).at("cutting", segment.path())?;
        segment.keep_prefix(self.config().index_interval_bytes).at("cutting the index of", segment.path())
    }

    /// Producer state as of the new end, from the newest snapshot before it and the batches after that.
    fn reload_producers(&self, writer: &mut Writer) -> Result<(), LogError> {
        let entries = self.env.disk.list(&self.dir).at("listing", &self.dir)?;
        let snapshots = entries.iter().filter_map(|entry| match names::parse_segment_file(&entry.name) {
            Some((offset, names::SNAPSHOT)) => Some(offset),
            _ => None,
        });
        let segments = self.segments();
        let found =
            recovery::producers_at(&self.env, &self.dir, snapshots.collect(), &segments, writer.log_end)?;
        writer.producers = found.producers;
        writer.snapshot_at = found.snapshot_at;
        writer.since_snapshot_bytes = found.walked_bytes;
        Ok(())
    }
}
