//! One segment of a log: a file of batches, its two indexes, what is known about them.
//!
//! Invariants: bytes below the extent's size never change while the segment lives; a segment that was replaced or removed
//! is off the log's list, then retired, then its files change: none of them is opened by its name after that.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use weir_env::disk::{DiskFile, Open};
use weir_records::BatchHeader;

use crate::files::{FilePool, Slot};
use crate::index::{Index, OffsetEntry, TimeEntry};
use crate::names;
use crate::ranges::Ranges;
use crate::sync::lock;
use crate::walk::{HeaderWalk, Located, Step};

/// How far a segment reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Extent {
    /// Bytes of whole batches.
    pub(crate) size: u64,
    /// The offset after the last batch.
    pub(crate) next: i64,
}

/// The largest timestamp of a segment and the last offset of the batch that has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct MaxTimestamp {
    pub(crate) timestamp: i64,
    pub(crate) offset: i64,
}

/// Which of a segment's files a directory listing showed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Present {
    pub(crate) log: bool,
    pub(crate) index: bool,
    pub(crate) time_index: bool,
}

/// One segment.
#[derive(Debug)]
pub(crate) struct Segment {
    base: i64,
    slot: Arc<Slot>,
    pub(crate) offsets: Index<OffsetEntry>,
    pub(crate) times: Index<TimeEntry>,
    extent: Mutex<Extent>,
    /// `None` until somebody asks, for segments of an earlier life of the process.
    max_timestamp: Mutex<Option<MaxTimestamp>>,
    /// Log bytes since the last index entry.
    since_entry: Mutex<u64>,
    /// Byte ranges whose checksums this process has seen to be right.
    pub(crate) verified: Mutex<Ranges>,
    retired: AtomicBool,
    /// A missing index was built by this process; it is not tried again.
    rebuilt: AtomicBool,
    /// Nobody has seen yet whether its last batch ends where the next segment begins.
    is_doubtful: AtomicBool,
}

impl Segment {
    /// A segment by its directory and base offset; nothing is opened.
    pub(crate) fn new(
        pool: &Arc<FilePool>,
        dir: &Path,
        base: i64,
        extent: Extent,
        present: Present,
    ) -> Arc<Self> {
        let slot = |extension: &str| pool.slot(dir.join(names::segment_file(base, extension)));
        Self::with_slots(base, extent, present, slot)
    }

    /// A compacted segment whose log, but no index, is written under its first name; see [`crate::swap`].
    pub(crate) fn cleaned(pool: &Arc<FilePool>, dir: &Path, (from, to): (i64, i64), size: u64) -> Arc<Self> {
        let slot = |extension: &str| {
            let at = dir.join(names::cleaned_file(from, to, extension));
            pool.slot_at(at, dir.join(names::segment_file(from, extension)))
        };
        let present = Present { log: true, ..Present::default() };
        let segment = Self::with_slots(from, Extent { size, next: to }, present, slot);
        // Every batch was checked on its way there.
        segment.mark_verified(0, size);
        segment
    }

    fn with_slots(
        base: i64,
        extent: Extent,
        present: Present,
        slot: impl Fn(&str) -> Arc<Slot>,
    ) -> Arc<Self> {
        let max_timestamp = (!present.log).then_some(MaxTimestamp { timestamp: -1, offset: base });
        Arc::new(Self {
            base,
            slot: slot(names::LOG),
            offsets: Index::new(slot(names::INDEX), present.index),
            times: Index::new(slot(names::TIME_INDEX), present.time_index),
            extent: Mutex::new(extent),
            max_timestamp: Mutex::new(max_timestamp),
            since_entry: Mutex::new(0),
            verified: Mutex::default(),
            retired: AtomicBool::new(false),
            rebuilt: AtomicBool::new(false),
            is_doubtful: AtomicBool::new(false),
        })
    }

    /// A new segment that starts at `base`; its file is made by the first append.
    pub(crate) fn empty(pool: &Arc<FilePool>, dir: &Path, base: i64) -> Arc<Self> {
        Self::new(pool, dir, base, Extent { size: 0, next: base }, Present::default())
    }

    pub(crate) const fn base(&self) -> i64 {
        self.base
    }

    pub(crate) fn extent(&self) -> Extent {
        *lock(&self.extent)
    }

    pub(crate) fn set_extent(&self, extent: Extent) {
        *lock(&self.extent) = extent;
    }

    pub(crate) fn path(&self) -> &Path {
        self.slot.path()
    }

    /// The file for reading.
    pub(crate) fn file(&self) -> io::Result<Arc<dyn DiskFile>> {
        self.slot.open(Open::Write)
    }

    /// The file for appending, made if this is the first append.
    pub(crate) fn file_for_append(&self) -> io::Result<Arc<dyn DiskFile>> {
        let fresh = self.extent().size == 0;
        self.slot.open(if fresh { Open::Create } else { Open::Write })
    }

    /// Takes note that this process knows the bytes to be right.
    pub(crate) fn mark_verified(&self, position: u64, len: u64) {
        lock(&self.verified).insert(position, position + len);
    }

    /// From now on nobody opens the segment's files by their names. Who holds one open goes on using it.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        self.slot.retire();
        self.offsets.retire();
        self.times.retire();
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Renames the log of a cleaned segment: from then on recovery puts it in place.
    pub(crate) fn rename_log(&self, to: PathBuf) -> io::Result<()> {
        self.slot.rename(to)
    }

    /// Gives the files of a cleaned segment the names of a segment.
    pub(crate) fn put_in_place(&self) -> io::Result<()> {
        self.slot.rename(self.path().to_path_buf())?;
        self.offsets.put_in_place()?;
        self.times.put_in_place()
    }

    pub(crate) fn close(&self) {
        self.slot.close();
        self.offsets.close();
        self.times.close();
    }

    /// Looks at what [`Self::note_batch`] has to know, so that nothing can fail there.
    pub(crate) fn prepare_to_note(&self) -> io::Result<()> {
        self.offsets.len()?;
        self.times.last()?;
        self.max_timestamp()?;
        Ok(())
    }

    /// Takes note of a batch that was written at `position`: extent, timestamps, index entries.
    pub(crate) fn note_batch(&self, at: &Located, index_interval_bytes: u32) -> io::Result<()> {
        let header = &at.header;
        // Held throughout: nobody rebuilds the indexes in between.
        let mut since_entry = lock(&self.since_entry);
        let mut max = self.max_timestamp()?;
        if header.max_timestamp.0 > max.timestamp {
            max = MaxTimestamp { timestamp: header.max_timestamp.0, offset: header.last_offset().0 };
            *lock(&self.max_timestamp) = Some(max);
        }
        if *since_entry > u64::from(index_interval_bytes) {
            *since_entry = 0;
            self.push_entries(at, max)?;
        }
        *since_entry += header.size_bytes as u64;
        self.set_extent(Extent { size: at.end(), next: header.next_offset().0 });
        Ok(())
    }

    fn push_entries(&self, at: &Located, max: MaxTimestamp) -> io::Result<()> {
        let (Ok(relative), Ok(position)) =
            (u32::try_from(at.header.last_offset().0 - self.base), u32::try_from(at.position))
        else {
            return Ok(());
        };
        self.offsets.push(OffsetEntry { relative, position });
        self.push_time(max)
    }

    /// Adds the segment's largest timestamp to the time index, if it is newer than the last entry.
    pub(crate) fn push_time_entry(&self) -> io::Result<()> {
        self.push_time(self.max_timestamp()?)
    }

    fn push_time(&self, max: MaxTimestamp) -> io::Result<()> {
        let Ok(relative) = u32::try_from(max.offset - self.base) else { return Ok(()) };
        if self.times.last()?.is_none_or(|last| last.timestamp < max.timestamp && last.relative < relative)
            && max.timestamp >= 0
        {
            self.times.push(TimeEntry { timestamp: max.timestamp, relative });
        }
        Ok(())
    }

    /// The largest timestamp: from the time index and the batches after its last entry.
    pub(crate) fn max_timestamp(&self) -> io::Result<MaxTimestamp> {
        if let Some(known) = *lock(&self.max_timestamp) {
            return Ok(known);
        }
        let entry = self.times.last()?;
        let mut max = entry.map_or(MaxTimestamp { timestamp: -1, offset: self.base }, |entry| MaxTimestamp {
            timestamp: entry.timestamp,
            offset: self.base + i64::from(entry.relative),
        });
        // From the entry's own batch on, wherever the offset index ends: of two indexes a crash may have kept more of one.
        let start = match entry {
            Some(entry) => self.offsets.last_where(|offset| offset.relative <= entry.relative)?,
            None => None,
        };
        let mut walk = match start {
            Some(start) if self.leads_to_its_batch(start)? => self.walk_from(start.position.into())?,
            _ => self.walk()?,
        };
        while let Step::Batch(at) = walk.step()? {
            if at.header.max_timestamp.0 > max.timestamp {
                max =
                    MaxTimestamp { timestamp: at.header.max_timestamp.0, offset: at.header.last_offset().0 };
            }
        }
        *lock(&self.max_timestamp) = Some(max);
        Ok(max)
    }

    /// Forgets the largest timestamp, after the segment lost batches.
    pub(crate) fn forget_max_timestamp(&self) {
        let empty = self.extent().size == 0;
        *lock(&self.max_timestamp) = empty.then_some(MaxTimestamp { timestamp: -1, offset: self.base });
    }

    /// Starts from nothing, to be told of every batch again by [`Self::note_batch`].
    pub(crate) fn start_over(&self) -> io::Result<()> {
        self.offsets.reset()?;
        self.times.reset()?;
        self.set_extent(Extent { size: 0, next: self.base });
        *lock(&self.max_timestamp) = Some(MaxTimestamp { timestamp: -1, offset: self.base });
        *lock(&self.since_entry) = 0;
        Ok(())
    }

    /// The first batch that holds `offset` or a later one, `None` when the segment ends before.
    ///
    /// # Errors
    /// `InvalidData` when the bytes on the way are not batches.
    pub(crate) fn locate(&self, offset: i64) -> io::Result<Option<Located>> {
        let extent = self.extent();
        if offset >= extent.next || extent.size == 0 {
            return Ok(None);
        }
        let entry = self.offsets.last_where(|entry| self.base + i64::from(entry.relative) <= offset)?;
        let mut walk = self.walk_from_entry(entry)?;
        loop {
            match walk.step()? {
                Step::Batch(at) if at.header.last_offset().0 >= offset => return Ok(Some(at)),
                Step::Batch(_) => {}
                Step::End => return Ok(None),
                Step::Damaged { position } => return Err(self.damaged(position)),
            }
        }
    }

    /// Its end was taken from the name of the next segment.
    pub(crate) fn doubt_end(&self) {
        self.is_doubtful.store(true, Ordering::Relaxed);
    }

    /// The offset after the last batch; where that is in doubt, the file tells, once.
    ///
    /// # Errors
    /// `InvalidData` when the bytes on the way are not batches.
    pub(crate) fn end_offset(&self) -> io::Result<i64> {
        let extent = self.extent();
        if !self.is_doubtful.load(Ordering::Relaxed) {
            return Ok(extent.next);
        }
        let mut end = self.base;
        if extent.size > 0 {
            let last = self.offsets.last_where(|entry| u64::from(entry.position) < extent.size)?;
            let mut walk = self.walk_from_entry(last)?;
            loop {
                match walk.step()? {
                    Step::Batch(at) => end = at.header.next_offset().0,
                    Step::End => break,
                    Step::Damaged { position } => return Err(self.damaged(position)),
                }
            }
        }
        self.is_doubtful.store(end != extent.next, Ordering::Relaxed);
        Ok(end)
    }

    /// A walk from a batch on.
    pub(crate) fn walk_at(&self, first: &Located) -> io::Result<HeaderWalk> {
        self.walk_from(first.position)
    }

    /// Fits both indexes to the present extent, which is less than what they were made for; builds them when there should
    /// be entries and are none.
    pub(crate) fn keep_prefix(&self, index_interval_bytes: u32) -> io::Result<()> {
        let extent = self.extent();
        if extent.size == 0 {
            return self.start_over();
        }
        let relative_end = extent.next - self.base;
        self.offsets.truncate_where(|entry| u64::from(entry.position) < extent.size)?;
        self.times.truncate_where(|entry| i64::from(entry.relative) < relative_end)?;
        self.forget_max_timestamp();
        if self.offsets.len()? == 0 && extent.size >= INDEXED_BYTES_MIN {
            self.rebuild_indexes(index_interval_bytes)?;
        }
        Ok(())
    }

    /// A walk over all headers.
    pub(crate) fn walk(&self) -> io::Result<HeaderWalk> {
        Ok(HeaderWalk::new(self.file()?, 0, self.extent().size, self.base))
    }

    /// A walk from an index entry's batch. A missing index, or an entry that leads nowhere, makes the index new.
    fn walk_from_entry(&self, entry: Option<OffsetEntry>) -> io::Result<HeaderWalk> {
        match entry {
            Some(entry) if self.leads_to_its_batch(entry)? => return self.walk_from(entry.position.into()),
            Some(_) => {
                tracing::warn!(file = %self.offsets.path().display(), "the index does not fit its segment; rebuilding it");
                self.rebuild_indexes(DEFAULT_INTERVAL_BYTES)?;
            }
            None if self.extent().size >= INDEXED_BYTES_MIN
                && self.offsets.len()? == 0
                && !self.rebuilt.swap(true, Ordering::Relaxed) =>
            {
                tracing::info!(file = %self.offsets.path().display(), "the index is missing; building it");
                self.rebuild_indexes(DEFAULT_INTERVAL_BYTES)?;
            }
            None => {}
        }
        self.walk()
    }

    pub(crate) fn walk_from(&self, position: u64) -> io::Result<HeaderWalk> {
        Ok(HeaderWalk::new(self.file()?, position, self.extent().size, self.base))
    }

    fn leads_to_its_batch(&self, entry: OffsetEntry) -> io::Result<bool> {
        let position = u64::from(entry.position);
        if position >= self.extent().size {
            return Ok(false);
        }
        let expected = self.base + i64::from(entry.relative);
        let step = self.walk_from(position)?.step()?;
        Ok(matches!(step, Step::Batch(at) if at.header.last_offset().0 == expected))
    }

    /// Writes both indexes anew from the batches.
    pub(crate) fn rebuild_indexes(&self, index_interval_bytes: u32) -> io::Result<()> {
        let mut since_entry = lock(&self.since_entry);
        self.offsets.reset()?;
        self.times.reset()?;
        let mut max = MaxTimestamp { timestamp: -1, offset: self.base };
        *since_entry = 0;
        let mut walk = self.walk()?;
        while let Step::Batch(at) = walk.step()? {
            if at.header.max_timestamp.0 > max.timestamp {
                max =
                    MaxTimestamp { timestamp: at.header.max_timestamp.0, offset: at.header.last_offset().0 };
            }
            if *since_entry > u64::from(index_interval_bytes) {
                *since_entry = 0;
                self.push_entries(&at, max)?;
            }
            *since_entry += at.header.size_bytes as u64;
        }
        // Only now: whoever asks meanwhile must not take the largest so far for the largest.
        *lock(&self.max_timestamp) = Some(max);
        self.push_time(max)?;
        // A closed segment gets no further entry that would take these along.
        self.offsets.write_out()?;
        self.times.write_out()
    }

    /// The header of the first batch.
    pub(crate) fn first_header(&self) -> io::Result<Option<BatchHeader>> {
        match self.walk()?.step()? {
            Step::Batch(at) => Ok(Some(at.header)),
            _ => Ok(None),
        }
    }

    pub(crate) fn damaged(&self, position: u64) -> io::Error {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{}: no batch at position {position}", self.path().display()),
        )
    }
}

/// The spacing of an index that is rebuilt on the way, without the topic's own setting: Kafka's default.
const DEFAULT_INTERVAL_BYTES: u32 = 4096;

/// A segment without index entries is walked from its start; from this size on its index is built first.
const INDEXED_BYTES_MIN: u64 = 1024 * 1024;
