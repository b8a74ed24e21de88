//! The part of a log that its short lock protects: ends, producers, epochs, and what the next flush must cover.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use weir_env::disk::DiskFile;

use crate::epochs::LeaderEpochs;
use crate::files::Slot;
use crate::producers::Producers;
use crate::segment::Segment;

/// What only the holder of the writer's lock sees.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) active: Arc<Segment>,
    pub(crate) log_start: i64,
    pub(crate) log_end: i64,
    /// Everything before it was covered by a sync that succeeded; also where recovery may start.
    pub(crate) flushed_end: i64,
    /// Where the flushed end lies.
    pub(crate) flushed_place: Place,
    /// Everything before it was promised without a flush (`weir.durability=replicated`).
    pub(crate) soft_end: i64,
    /// The high watermark follows the stable end.
    pub(crate) sole_replica: bool,
    pub(crate) closed: bool,
    pub(crate) deleted: bool,
    pub(crate) producers: Producers,
    pub(crate) epochs: LeaderEpochs,
    /// The epochs changed since their file was written.
    pub(crate) epochs_dirty: bool,
    /// Files with bytes that no sync covers yet, pinned open.
    pub(crate) dirty: Vec<DirtyFile>,
    /// `partition.metadata` was written, and no sync covers it yet.
    pub(crate) metadata_dirty: bool,
    /// The partition's directory has entries that no sync covers yet.
    pub(crate) dir_dirty: bool,
    /// The partition's directory itself is a new entry of the data directory.
    pub(crate) parent_dirty: bool,
    /// How often the log was cut; a flush that began before a cut says nothing about what came after it.
    pub(crate) cuts: u64,
    /// The timestamp of the active segment's first batch, once it is known.
    pub(crate) active_since: Option<i64>,
    /// `segment.ms` less this segment's part of `segment.jitter.ms`.
    pub(crate) active_ms_max: u64,
    /// A failed write may have left bytes after the end of the active segment's last batch.
    pub(crate) loose_bytes: bool,
    /// The newest producer snapshot's offset.
    pub(crate) snapshot_at: i64,
    /// Log bytes appended since that snapshot.
    pub(crate) since_snapshot_bytes: u64,
    /// Snapshots that are of no use once the next flush has succeeded.
    pub(crate) stale_snapshots: Vec<PathBuf>,
    /// A flush has succeeded since the log was made, or recovery has: the directory and its name are on disk.
    pub(crate) on_disk: bool,
}

/// Where an offset lies: in which segment, and how far from its start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) base: i64,
    pub(crate) position: u64,
}

/// A file that the next flush must sync.
#[derive(Debug)]
pub(crate) struct DirtyFile {
    /// The base offset of its segment, `None` for an index or a snapshot.
    pub(crate) segment: Option<i64>,
    pub(crate) file: Arc<dyn DiskFile>,
    /// The file's place among the open ones, where nobody else keeps it.
    _slot: Option<Arc<Slot>>,
}

/// What a flush has to do so that everything before `end` is on disk.
#[derive(Debug)]
pub(crate) struct FlushPlan {
    pub(crate) end: i64,
    pub(crate) place: Place,
    pub(crate) cuts: u64,
    pub(crate) files: Vec<DirtyFile>,
    /// Whether `partition.metadata` is among them.
    pub(crate) metadata: bool,
    pub(crate) dirs: Vec<PathBuf>,
    /// The text of the epoch checkpoint, if it changed.
    pub(crate) epochs: Option<String>,
    /// What goes after it.
    pub(crate) stale_snapshots: Vec<PathBuf>,
}

impl Writer {
    /// A writer at the end of `active`, with nothing to flush.
    pub(crate) fn new(active: Arc<Segment>, log_start: i64, log_end: i64) -> Self {
        let flushed_place = Place { base: active.base(), position: active.extent().size };
        Self {
            active,
            flushed_place,
            log_start,
            log_end,
            flushed_end: log_end,
            soft_end: 0,
            sole_replica: true,
            closed: false,
            deleted: false,
            producers: Producers::default(),
            epochs: LeaderEpochs::default(),
            epochs_dirty: false,
            dirty: Vec::new(),
            metadata_dirty: false,
            dir_dirty: false,
            parent_dirty: false,
            cuts: 0,
            active_since: None,
            active_ms_max: u64::MAX,
            loose_bytes: false,
            snapshot_at: log_end,
            since_snapshot_bytes: 0,
            stale_snapshots: Vec::new(),
            on_disk: true,
        }
    }

    /// Has the segment's file synced by the next flush.
    pub(crate) fn mark_segment_dirty(&mut self, base: i64, file: Arc<dyn DiskFile>) {
        if self.dirty.last().is_none_or(|last| last.segment != Some(base)) {
            self.dirty.push(DirtyFile { segment: Some(base), file, _slot: None });
        }
    }

    /// Has a segment's indexes synced by the next flush, one after the other: what an index gave up as dirty must be marked
    /// here even when the other can't be written.
    pub(crate) fn mark_indexes_dirty(&mut self, segment: &Segment) -> io::Result<()> {
        self.mark_file_dirty(segment.offsets.take_dirty()?);
        self.mark_file_dirty(segment.times.take_dirty()?);
        Ok(())
    }

    /// Has another file synced by the next flush.
    fn mark_file_dirty(&mut self, file: Option<Arc<dyn DiskFile>>) {
        if let Some(file) = file {
            self.dirty.push(DirtyFile { segment: None, file, _slot: None });
        }
    }

    /// Has a file synced by the next flush that only this keeps among the open ones until then.
    pub(crate) fn mark_slot_dirty(&mut self, slot: Arc<Slot>, file: Arc<dyn DiskFile>) {
        self.dirty.push(DirtyFile { segment: None, file, _slot: Some(slot) });
    }
}
