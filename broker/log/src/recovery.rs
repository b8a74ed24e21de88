//! Opening a partition's directory: what is kept, what is cut, and what is synced before anyone may read it.
//!
//! Everything before the recovery point is on disk and taken as it is; a log that holds less than that, or a broken chain of
//! batches there, is not opened. What follows is read batch by batch, past the page cache where the file system can, and cut
//! at the first batch that is not whole, not right, or does not follow. A tail that was read back is not yet on disk: files
//! and directory are synced before the log is served, those of many logs together ([`crate::unsynced`]).
//!
//! | found | done |
//! |---|---|
//! | `*.deleted`, `*.cleaned`, `*.tmp` | removed |
//! | `*.swap` | a finished compaction: put in place of the segments that it replaces |
//! | an index without a log, a segment below the log start | removed |
//! | a snapshot above the log end, or damaged | removed, or passed over for an older one |
//! | an epoch checkpoint that is damaged or of another version | named in the log, made new from the batches |
//! | `flush-failed` | everything after the recovery point is verified by reads past the page cache, or the log stays offline |

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_env::disk::{Disk, DiskFile, Open};
use weir_model::{LeaderEpoch, Offset};

use crate::checkpoints::RecoveryPoint;
use crate::compaction::Cleaned;
use crate::epochs::LeaderEpochs;
use crate::error::{At, LogError};
use crate::names;
use crate::partition::Contents;
use crate::producers::Producers;
use crate::scan::Scan;
use crate::segment::{Extent, Present, Segment};
use crate::shared::Shared;
use crate::snapshots;
use crate::swap;
use crate::unsynced::Unsynced;
use crate::walk::{Located, Step};
use crate::writer::{Place, Writer};

/// A small text file of a partition; the epoch checkpoint is the largest.
const TEXT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What is known about a log before its directory is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) dir: &'a Path,
    pub(crate) point: Option<RecoveryPoint>,
    /// The last process closed all logs in order.
    pub(crate) clean: bool,
    pub(crate) index_interval_bytes: u32,
}

/// What recovery did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RecoveryWork {
    /// Bytes whose checksums were checked.
    pub scanned_bytes: u64,
    /// Bytes that were not whole, right batches in order and were cut.
    pub cut_bytes: u64,
}

/// Reads a partition's directory and makes it fit to serve.
pub(crate) fn recover(known: Known<'_>) -> Result<Recovered, LogError> {
    let mut recovery = Recovery::begin(known)?;
    recovery.take_durable();
    recovery.scan_rest()?;
    recovery.check_end()?;
    recovery.take_unsynced()?;
    recovery.finish()
}

/// A log that is fit to serve as soon as what is unsynced of it is on disk.
pub(crate) struct Recovered {
    pub(crate) contents: Contents,
    pub(crate) work: RecoveryWork,
    pub(crate) unsynced: Unsynced,
}

struct Recovery<'a> {
    known: Known<'a>,
    disk: &'a Arc<dyn Disk>,
    /// Segment files by base offset, with their lengths, not yet taken or cut.
    files: BTreeMap<i64, (u64, Present)>,
    snapshots: Vec<i64>,
    log_start: i64,
    cleaned: Cleaned,
    flush_failed: bool,
    epochs: Option<LeaderEpochs>,
    /// What the epoch checkpoint says, `None` when it can't be used.
    epochs_on_disk: Option<LeaderEpochs>,
    segments: Vec<Arc<Segment>>,
    /// How many of the segments were read batch by batch; the ones before are `durable`.
    scanned: usize,
    durable: usize,
    /// Headers of scanned batches, for epochs; producers are replayed from the files.
    log_end: i64,
    work: RecoveryWork,
    unsynced: Unsynced,
}

impl<'a> Recovery<'a> {
    fn begin(known: Known<'a>) -> Result<Self, LogError> {
        let disk = &known.shared.env.disk;
        tidy(disk.as_ref(), known.dir)?;
        let entries = disk.list(known.dir).at("listing", known.dir)?;
        let mut files: BTreeMap<i64, (u64, Present)> = BTreeMap::new();
        let mut snapshots = Vec::new();
        for entry in &entries {
            let Some((base, extension)) = names::parse_segment_file(&entry.name) else { continue };
            let file = files.entry(base).or_default();
            match extension {
                names::LOG => *file = (entry.len, Present { log: true, ..file.1 }),
                names::INDEX => file.1.index = true,
                names::TIME_INDEX => file.1.time_index = true,
                names::SNAPSHOT => snapshots.push(base),
                _ => {}
            }
        }
        let flush_failed = entries.iter().any(|entry| entry.name == names::FLUSH_FAILED);
        let mut recovery = Self {
            known,
            disk,
            files,
            snapshots,
            log_start: 0,
            cleaned: Cleaned::default(),
            flush_failed,
            epochs: None,
            epochs_on_disk: None,
            segments: Vec::new(),
            scanned: 0,
            durable: 0,
            log_end: 0,
            work: RecoveryWork::default(),
            unsynced: Unsynced::default(),
        };
        recovery.remove_orphans()?;
        let [log_start] = recovery.read_offsets(names::LOG_START)?.unwrap_or_default();
        recovery.log_start = log_start;
        let [to, touched] = recovery.read_offsets(names::CLEANER)?.unwrap_or_default();
        recovery.cleaned = Cleaned { to, touched };
        recovery.epochs_on_disk = recovery.read_epochs()?;
        recovery.epochs = recovery.epochs_on_disk.clone();
        Ok(recovery)
    }

    /// The epochs of the checkpoint, `None` when it can't be used.
    fn read_epochs(&self) -> Result<Option<LeaderEpochs>, LogError> {
        let Some(text) = self.read_text(names::EPOCHS)? else { return Ok(Some(LeaderEpochs::default())) };
        let epochs = LeaderEpochs::decode(&text).inspect_err(|reason| {
            let file = self.known.dir.join(names::EPOCHS);
            tracing::warn!(
                file = %file.display(),
                %reason,
                "the leader epochs can't be used and are made anew from the batches"
            );
        });
        Ok(epochs.ok())
    }

    fn path(&self, base: i64, extension: &str) -> PathBuf {
        self.known.dir.join(names::segment_file(base, extension))
    }

    fn read_text(&self, name: &str) -> Result<Option<String>, LogError> {
        let path = self.known.dir.join(name);
        match self.disk.read_small(&path, TEXT_BYTES_MAX) {
            Ok(bytes) => Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == ErrorKind::InvalidData => Ok(Some(String::new())),
            Err(error) => Err(error).at("reading", &path),
        }
    }

    /// The offsets in a file of [`crate::numbers`], `None` without the file.
    fn read_offsets<const N: usize>(&self, name: &str) -> Result<Option<[i64; N]>, LogError> {
        let Some(text) = self.read_text(name)? else { return Ok(None) };
        crate::numbers::decode(&text).map(Some).map_err(|reason| LogError::Unreadable {
            path: self.known.dir.join(name),
            reason: reason.to_string(),
        })
    }

    fn remove_orphans(&mut self) -> Result<(), LogError> {
        let orphans: Vec<i64> =
            self.files.iter().filter(|(_, (_, present))| !present.log).map(|(&base, _)| base).collect();
        for base in orphans {
            let (_, present) = self.files.remove(&base).unwrap_or_default();
            self.remove_indexes(base, present)?;
        }
        Ok(())
    }

    fn remove_indexes(&self, base: i64, present: Present) -> Result<(), LogError> {
        for (there, extension) in [(present.index, names::INDEX), (present.time_index, names::TIME_INDEX)] {
            if there {
                remove(self.disk.as_ref(), &self.path(base, extension))?;
            }
        }
        Ok(())
    }

    fn remove_segment(&mut self, base: i64) -> Result<(), LogError> {
        let Some((_, present)) = self.files.remove(&base) else { return Ok(()) };
        remove(self.disk.as_ref(), &self.path(base, names::LOG))?;
        self.remove_indexes(base, present)
    }

    /// Removes the segments whose removal a crash interrupted. What their batches said about producers goes to a durable
    /// snapshot first.
    fn drop_below_log_start(&mut self, found: &mut FoundProducers) -> Result<(), LogError> {
        let count =
            self.segments.iter().take_while(|segment| segment.extent().next <= self.log_start).count();
        let old = count.min(self.segments.len() - 1);
        if old == 0 {
            return Ok(());
        }
        // A snapshot may not outlive batches that it tells of.
        std::mem::take(&mut self.unsynced).sync(self.disk.as_ref())?;
        if found.snapshot_at < self.log_end {
            let path = self.path(self.log_end, names::SNAPSHOT);
            let written = self.disk.replace_small(&path, &snapshots::encode(&found.producers));
            written.at("writing", &path)?;
            (found.snapshot_at, found.walked_bytes) = (self.log_end, 0);
        }
        for segment in self.segments.drain(..old) {
            for extension in [names::LOG, names::INDEX, names::TIME_INDEX] {
                remove(
                    self.disk.as_ref(),
                    &self.known.dir.join(names::segment_file(segment.base(), extension)),
                )?;
            }
        }
        Ok(())
    }

    fn recovery_point(&self) -> i64 {
        self.known.point.map_or(0, |point| point.offset)
    }

    /// Takes the segments that end at or before the recovery point as they are.
    fn take_durable(&mut self) {
        let point = self.recovery_point();
        let bases: Vec<i64> = self.files.keys().copied().collect();
        for pair in bases.windows(2) {
            if pair[1] > point {
                break;
            }
            let Some((size, present)) = self.files.remove(&pair[0]) else { break };
            self.take(pair[0], Extent { size, next: pair[1] }, present).doubt_end();
        }
        self.log_end = self.files.keys().next().copied().unwrap_or(self.log_start);
    }

    fn take(&mut self, base: i64, extent: Extent, present: Present) -> &Arc<Segment> {
        let segment = Segment::new(&self.known.shared.pool, self.known.dir, base, extent, present);
        self.segments.push(segment);
        self.segments.last().expect("it was pushed")
    }

    /// Reads what is left, up to the first batch that is not right.
    fn scan_rest(&mut self) -> Result<(), LogError> {
        self.durable = self.segments.len();
        // The log start is written before anything before it goes: a log that begins later lost its first segment.
        let first = self.segments.first().map(|first| first.base()).or(self.files.keys().next().copied());
        let mut broken = first.is_some_and(|first| first > self.log_start);
        self.log_end = if broken { self.log_start } else { self.log_end };
        while let Some((&base, &(len, present))) = self.files.iter().next() {
            // Segments after a cut are lost with it; so is one that does not follow the one before.
            // Of the segments below the log start a crash may have kept any.
            let gap_max = self.cleaned.touched.max(self.log_start);
            let follows = base == self.log_end || (self.log_end < base && base <= gap_max);
            if broken || (self.scanned > 0 && !follows) {
                self.refuse_to_lose_durable()?;
                self.work.cut_bytes += len;
                self.remove_segment(base)?;
                broken = true;
                continue;
            }
            self.files.remove(&base);
            let end = self.scan_segment(base, len, present)?;
            broken = end < len;
            self.scanned += 1;
        }
        Ok(())
    }

    /// Reads one segment and cuts it where it stops being right. Returns how much is kept.
    fn scan_segment(&mut self, base: i64, len: u64, present: Present) -> Result<u64, LogError> {
        let interval = self.known.index_interval_bytes;
        let start = self.scan_start(base, len)?;
        let segment = Arc::clone(self.take(base, start.extent(base), present));
        segment.keep_prefix(interval).at("reading the index of", segment.path())?;
        let (position, next) = (start.position, start.offset.unwrap_or(base));
        let mut scan = Scan::new(self.file_to_verify(&segment)?, position, len, next);
        let read = |error: io::Error| LogError::Io {
            what: "reading",
            path: segment.path().to_path_buf(),
            source: error,
        };
        while let Some(at) = scan.step().map_err(read)? {
            segment.note_batch(&at, interval).map_err(read)?;
            self.note_epoch(&at);
        }
        let end = scan.position();
        segment.mark_verified(position, end - position);
        self.log_end = segment.extent().next;
        self.work.scanned_bytes += end - position;
        if end < len {
            self.refuse_to_lose_durable()?;
            self.work.cut_bytes += len - end;
            segment.file().and_then(|file| file.set_len(end)).at("cutting", segment.path())?;
        }
        Ok(end)
    }

    /// The recovery point, if it lies in this segment and a batch of its offset or the file's end is where it should be.
    fn scan_start(&self, base: i64, len: u64) -> Result<ScanStart, LogError> {
        let from_start = ScanStart { position: 0, offset: None };
        let Some(RecoveryPoint { offset, place: Place { base: at, position }, .. }) = self.known.point else {
            return Ok(from_start);
        };
        if at != base || position == 0 || position > len {
            return Ok(from_start);
        }
        let found = ScanStart { position, offset: Some(offset) };
        if position == len {
            return Ok(found);
        }
        let path = self.path(base, names::LOG);
        let file = self.disk.open(&path, Open::Read).at("opening", &path)?;
        let mut walk = crate::walk::HeaderWalk::new(file, position, len, offset);
        match walk.step().at("reading", &path)? {
            Step::Batch(batch) if batch.header.base_offset.0 == offset => Ok(found),
            // The tail is damaged right there, or the segment was compacted since.
            _ if self.prefix_ends_at(base, position, offset)? => Ok(found),
            _ => Ok(from_start),
        }
    }

    /// Whether the chain of batches before `position` leads exactly there, to `offset`.
    fn prefix_ends_at(&self, base: i64, position: u64, offset: i64) -> Result<bool, LogError> {
        let path = self.path(base, names::LOG);
        let file = self.disk.open(&path, Open::Read).at("opening", &path)?;
        let mut walk = crate::walk::HeaderWalk::new(file, 0, position, base);
        let mut next = base;
        loop {
            match walk.step().at("reading", &path)? {
                Step::Batch(at) => next = at.header.next_offset().0,
                Step::End => return Ok(next == offset),
                Step::Damaged { .. } => return Ok(false),
            }
        }
    }

    /// The file for checking what the disk holds, past the page cache where that can be.
    fn file_to_verify(&self, segment: &Segment) -> Result<Arc<dyn DiskFile>, LogError> {
        if self.known.clean && !self.flush_failed {
            return segment.file().at("opening", segment.path());
        }
        match self.disk.open_uncached(segment.path()) {
            Ok(file) => Ok(file),
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
                if self.flush_failed {
                    return Err(LogError::Unreadable {
                        path: self.known.dir.join(names::FLUSH_FAILED),
                        reason: "a flush failed before, and this file system has no direct reads to show what is \
                                 on disk; remove the partition, or this file if losing its newest records is acceptable"
                            .to_owned(),
                    });
                }
                segment.file().at("opening", segment.path())
            }
            Err(error) => Err(error).at("opening", segment.path()),
        }
    }

    fn note_epoch(&mut self, at: &Located) {
        if let Some(epochs) = &mut self.epochs
            && at.header.leader_epoch > LeaderEpoch::UNKNOWN
        {
            epochs.assign(at.header.leader_epoch, at.header.base_offset);
        }
    }

    /// What was durable must be there before anything after it is cut.
    fn refuse_to_lose_durable(&self) -> Result<(), LogError> {
        let point = self.recovery_point();
        if self.log_end >= point {
            return Ok(());
        }
        Err(LogError::Unreadable {
            path: self.known.dir.to_path_buf(),
            reason: format!(
                "records before offset {point} were on disk, but right ones end at {}",
                self.log_end
            ),
        })
    }

    fn check_end(&mut self) -> Result<(), LogError> {
        self.log_end = self.log_end.max(self.log_start).max(self.cleaned.touched);
        self.refuse_to_lose_durable()?;
        if self.segments.last().is_none_or(|last| last.extent().next < self.log_end) {
            let fresh = Segment::empty(&self.known.shared.pool, self.known.dir, self.log_end);
            self.segments.push(fresh);
        }
        // A compacted segment may end before the next one begins: what is between them belongs to it.
        for pair in self.segments.windows(2) {
            if pair[0].extent().next != pair[1].base() {
                pair[0].doubt_end();
            }
            pair[0].set_extent(Extent { next: pair[1].base(), ..pair[0].extent() });
        }
        Ok(())
    }

    /// Lists what is kept and was not known to be durable.
    fn take_unsynced(&mut self) -> Result<(), LogError> {
        let untouched = self.work == RecoveryWork::default();
        if untouched && (self.known.clean || self.known.point.is_some()) && !self.flush_failed {
            return Ok(());
        }
        let unsynced = Unsynced {
            segments: self.segments[self.durable..].to_vec(),
            files: vec![self.known.dir.join(names::METADATA)],
            dirs: vec![self.known.dir.to_path_buf()],
        };
        if self.flush_failed {
            // The mark goes when that is on disk which it warns of.
            unsynced.sync(self.disk.as_ref())?;
            remove(self.disk.as_ref(), &self.known.dir.join(names::FLUSH_FAILED))?;
            return self.disk.sync_dir(self.known.dir).at("syncing", self.known.dir);
        }
        self.unsynced = unsynced;
        Ok(())
    }

    fn finish(mut self) -> Result<Recovered, LogError> {
        let mut found = self.producers()?;
        self.drop_below_log_start(&mut found)?;
        let active = Arc::clone(self.segments.last().expect("check_end made one"));
        let mut writer = Writer::new(active, self.log_start, self.log_end);
        let mut epochs = match self.epochs.take() {
            Some(epochs) => epochs,
            None => self.epochs_from_batches()?,
        };
        epochs.truncate_end(Offset(self.log_end));
        epochs.truncate_start(Offset(self.log_start));
        // Until they are on disk, recovery starts before the batches that say them too.
        writer.epochs_dirty = self.epochs_on_disk.as_ref() != Some(&epochs);
        writer.epochs = epochs;
        writer.producers = found.producers;
        writer.snapshot_at = found.snapshot_at;
        writer.since_snapshot_bytes = found.walked_bytes;
        let contents = Contents {
            segments: self.segments,
            writer,
            log_start: self.log_start,
            log_end: self.log_end,
            cleaned: self.cleaned,
        };
        self.unsynced.write_out()?;
        Ok(Recovered { contents, work: self.work, unsynced: self.unsynced })
    }

    fn epochs_from_batches(&self) -> Result<LeaderEpochs, LogError> {
        let mut epochs = LeaderEpochs::default();
        for segment in &self.segments {
            for_each_header(segment, 0, |at| {
                if at.header.leader_epoch > LeaderEpoch::UNKNOWN {
                    epochs.assign(at.header.leader_epoch, at.header.base_offset);
                }
            })?;
        }
        Ok(epochs)
    }

    fn producers(&mut self) -> Result<FoundProducers, LogError> {
        let snapshots = std::mem::take(&mut self.snapshots);
        let env = &self.known.shared.env;
        let found = producers_at(env, self.known.dir, snapshots, &self.segments, self.log_end)?;
        if found.snapshot_at > 0 && !self.known.clean {
            // Segments that are removed later leave what they said about producers to this file alone.
            self.unsynced.files.push(self.path(found.snapshot_at, names::SNAPSHOT));
            self.unsynced.dirs = vec![self.known.dir.to_path_buf()];
        }
        Ok(found)
    }
}

/// Producer state as it was put together from files.
pub(crate) struct FoundProducers {
    pub(crate) producers: Producers,
    /// The snapshot that it started from, 0 without one.
    pub(crate) snapshot_at: i64,
    /// Bytes of the batches after it.
    pub(crate) walked_bytes: u64,
}

/// Producer state at `log_end`: the newest good one of the `snapshots`, and the batches after it. Removes snapshots above
/// the end.
pub(crate) fn producers_at(
    env: &weir_env::Env,
    dir: &Path,
    mut snapshots: Vec<i64>,
    segments: &[Arc<Segment>],
    log_end: i64,
) -> Result<FoundProducers, LogError> {
    let now = env.clock.monotonic();
    let mut removed = false;
    snapshots.sort_unstable();
    while let Some(above) = snapshots.pop_if(|&mut at| at > log_end) {
        remove(env.disk.as_ref(), &dir.join(names::segment_file(above, names::SNAPSHOT)))?;
        removed = true;
    }
    if removed {
        // Other batches will come to these offsets: the old snapshot must not come back.
        env.disk.sync_dir(dir).at("syncing", dir)?;
    }
    let mut found = FoundProducers { producers: Producers::default(), snapshot_at: 0, walked_bytes: 0 };
    for &at in snapshots.iter().rev() {
        let loaded = snapshots::load(env.disk.as_ref(), dir, at, now)?;
        if let Some(producers) = loaded {
            (found.producers, found.snapshot_at) = (producers, at);
            break;
        }
    }
    for segment in segments.iter().filter(|segment| segment.extent().next > found.snapshot_at) {
        for_each_header(segment, found.snapshot_at, |at| {
            found.producers.apply(&at.header, now);
            found.walked_bytes += at.header.size_bytes as u64;
        })?;
    }
    Ok(found)
}

/// Where the scan of a segment starts.
struct ScanStart {
    position: u64,
    /// The offset there, when it is the recovery point.
    offset: Option<i64>,
}

impl ScanStart {
    fn extent(&self, base: i64) -> Extent {
        Extent { size: self.position, next: self.offset.unwrap_or(base) }
    }
}

/// Calls `visit` with every batch from the one that holds `from`.
fn for_each_header(segment: &Segment, from: i64, mut visit: impl FnMut(&Located)) -> Result<(), LogError> {
    let mut go = || {
        let Some(first) = segment.locate(from.max(segment.base()))? else { return Ok(()) };
        let mut walk = segment.walk_at(&first)?;
        loop {
            match walk.step()? {
                Step::Batch(at) => visit(&at),
                Step::End => return Ok(()),
                Step::Damaged { position } => return Err(segment.damaged(position)),
            }
        }
    };
    go().at("reading", segment.path())
}

/// Finishes or undoes what a crash interrupted, by file names alone.
fn tidy(disk: &dyn Disk, dir: &Path) -> Result<(), LogError> {
    for entry in disk.list(dir).at("listing", dir)? {
        if let Some((from, to)) = names::parse_swap_file(&entry.name, names::SWAP) {
            swap::complete(disk, dir, from, to)?;
        }
        let ending = entry.name.rsplit_once('.').map_or("", |(_, ending)| ending);
        if [names::DELETED, names::CLEANED, names::TEMPORARY].contains(&ending) {
            remove(disk, &dir.join(&entry.name))?;
        }
    }
    Ok(())
}

/// Removes a file that may be gone already.
pub(crate) fn remove(disk: &dyn Disk, path: &Path) -> Result<(), LogError> {
    match disk.remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).at("removing", path),
        _ => Ok(()),
    }
}
