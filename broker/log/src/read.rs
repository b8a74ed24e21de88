//! Reading: from an offset to places in files, without touching the records.

use std::io;
use std::sync::Arc;

use weir_env::disk::DiskFile;
use weir_model::Offset;
use weir_records::{BatchHeader, BatchView};

use crate::error::ReadError;
use crate::partition::PartitionLog;
use crate::segment::Segment;
use crate::sync::lock;
use crate::walk::{Located, Step};

/// Places that one read returns at most; a reader comes back for more.
const RANGES_MAX: usize = 16;

/// How often a read starts again because the segment that it looked at was replaced meanwhile.
const RETRIES_MAX: usize = 8;

/// Ranges up to this are cut at the last batch that fits. A larger one is cut where the index knows a batch, which gives away
/// a sixteenth of it at most and saves a read.
const EXACT_BYTES_MAX: u64 = 64 * 1024;

/// Bytes of a batch on disk at most: what `socket.request.max.bytes` lets in, and room for what compaction adds.
const BATCH_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Whole batches in a file. The bytes do not change while `file` is held.
#[derive(Clone, Debug)]
pub struct LogRange {
    /// The open segment file.
    pub file: Arc<dyn DiskFile>,
    /// Where the first batch starts.
    pub position: u64,
    /// Bytes of whole batches.
    pub len: u32,
}

/// What a read found.
#[derive(Clone, Debug, Default)]
pub struct LogRead {
    /// Places in files, in the order of offsets; none when there is nothing to read (yet).
    pub ranges: Vec<LogRange>,
    /// Bytes of all ranges.
    pub bytes: u64,
}

impl PartitionLog {
    /// Batches from the one that holds `from` to the last one that ends at or before `upto`, at most `bytes_max` bytes of
    /// whole batches; with `at_least_one`, the first one whatever its size. The first batch may start before `from`.
    ///
    /// # Errors
    /// The offset is out of range, the log is offline, or the bytes on disk are not what was written.
    pub fn read(
        &self,
        from: Offset,
        upto: Offset,
        bytes_max: usize,
        at_least_one: bool,
    ) -> Result<LogRead, ReadError> {
        self.on_present_segments(|| self.read_once(from, upto, bytes_max as u64, at_least_one))
    }

    /// Does a piece of reading, and again from the start where a segment that it looked at was replaced meanwhile.
    pub(crate) fn on_present_segments<T>(
        &self,
        mut once: impl FnMut() -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        for _ in 0..RETRIES_MAX {
            match once() {
                Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                result => return result,
            }
        }
        once()
    }

    fn read_once(
        &self,
        from: Offset,
        upto: Offset,
        bytes_max: u64,
        at_least_one: bool,
    ) -> Result<LogRead, ReadError> {
        self.check_online()?;
        let segments = self.segments();
        let progress = self.progress();
        if from < progress.log_start || from > progress.log_end {
            return Err(ReadError::OutOfRange {
                offset: from,
                start: progress.log_start,
                end: progress.log_end,
            });
        }
        let mut read = LogRead::default();
        let first = segments.partition_point(|segment| segment.base() <= from.0).saturating_sub(1);
        for segment in &segments[first..] {
            if segment.base() >= upto.0 || read.ranges.len() == RANGES_MAX {
                break;
            }
            let left = bytes_max.saturating_sub(read.bytes);
            let must = at_least_one && read.bytes == 0;
            if left == 0 && !must {
                break;
            }
            if !self.read_segment(segment, from, upto, left, must, &mut read)? {
                break;
            }
        }
        Ok(read)
    }

    /// Adds what one segment has to offer. Returns whether the next segment may add more.
    fn read_segment(
        &self,
        segment: &Segment,
        from: Offset,
        upto: Offset,
        bytes_max: u64,
        at_least_one: bool,
        read: &mut LogRead,
    ) -> Result<bool, ReadError> {
        let extent = segment.extent();
        let Some(start) = self.locate(segment, from.0)? else {
            return match from.0 >= extent.next || self.reaches_the_next(segment)? {
                false if read.bytes == 0 => Err(ReadError::Damaged { offset: from }),
                goes_on => Ok(goes_on),
            };
        };
        let limit = if upto.0 >= extent.next {
            extent.size
        } else {
            self.locate(segment, upto.0)?.map_or(extent.size, |at| at.position)
        };
        let first_end = start.end();
        if first_end > limit || (first_end - start.position > bytes_max && !at_least_one) {
            return Ok(false);
        }
        let wanted = start.position.saturating_add(bytes_max.min(u64::from(u32::MAX)));
        let end = if wanted >= limit {
            limit
        } else {
            self.batch_boundary(segment, start.position, wanted)?.max(first_end)
        };
        let end = self.verify(segment, &start, end)?;
        let len = u32::try_from(end - start.position).unwrap_or(u32::MAX);
        read.ranges.push(LogRange { file: segment.file()?, position: start.position, len });
        read.bytes += u64::from(len);
        Ok(end == extent.size && self.reaches_the_next(segment)?)
    }

    /// Whether a segment ends where the next one begins; unless it was compacted, records are gone otherwise. A start takes what
    /// is durable as it is, so this is looked at when somebody reads up to there, once.
    fn reaches_the_next(&self, segment: &Segment) -> Result<bool, ReadError> {
        let extent = segment.extent();
        if extent.next <= lock(&self.cleaned).touched {
            return Ok(true);
        }
        let found = segment.end_offset().map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => ReadError::Damaged { offset: Offset(segment.base()) },
            _ => ReadError::Io(error),
        })?;
        if found == extent.next {
            return Ok(true);
        }
        self.shared.note_damage();
        tracing::error!(
            partition = %self.partition,
            file = %segment.path().display(),
            from = found,
            to = extent.next,
            "records are missing: the segment ends before the next one begins, and it was never compacted"
        );
        Ok(false)
    }

    fn locate(&self, segment: &Segment, offset: i64) -> Result<Option<Located>, ReadError> {
        segment.locate(offset).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => ReadError::Damaged { offset: Offset(offset) },
            _ => ReadError::Io(error),
        })
    }

    /// The end of a batch at or before `wanted`, and not before `start`, where a batch starts. The index knows one near it;
    /// for a short range the headers after that one tell the last.
    fn batch_boundary(&self, segment: &Segment, start: u64, wanted: u64) -> io::Result<u64> {
        let entry = segment.offsets.last_where(|entry| u64::from(entry.position) <= wanted)?;
        let known = entry.map_or(start, |entry| start.max(entry.position.into()));
        if wanted - start > EXACT_BYTES_MAX {
            return Ok(known);
        }
        let mut end = known;
        let mut walk = segment.walk_from(known)?;
        while let Step::Batch(at) = walk.step()? {
            if at.end() > wanted {
                break;
            }
            end = at.end();
        }
        Ok(end)
    }

    /// Checks the checksums of batches that this process has not yet seen to be right. Returns where the right ones end:
    /// `end`, or the start of a damaged batch.
    fn verify(&self, segment: &Segment, start: &Located, end: u64) -> Result<u64, ReadError> {
        let mut at = lock(&segment.verified).end_of(start.position);
        if at >= end {
            return Ok(end);
        }
        let file = segment.file()?;
        let checked_from = at;
        let mut batch = Vec::new();
        while at < end {
            match check_batch(file.as_ref(), at, end, &mut batch)? {
                Some(size) => at += size,
                None => break,
            }
        }
        lock(&segment.verified).insert(checked_from, at);
        if at < end {
            let path = segment.path().display();
            self.shared.note_damage();
            tracing::error!(partition = %self.partition, file = %path, position = at, "a record batch is damaged on disk");
        }
        if at <= start.position {
            return Err(ReadError::Damaged { offset: start.header.base_offset });
        }
        Ok(at.min(end))
    }
}

/// The size of the batch at `at`, `None` when it is damaged or reaches past `end`.
fn check_batch(file: &dyn DiskFile, at: u64, end: u64, batch: &mut Vec<u8>) -> io::Result<Option<u64>> {
    let mut raw = [0; BatchHeader::BYTES];
    if end - at < raw.len() as u64 {
        return Ok(None);
    }
    file.read_exact_at(&mut raw, at)?;
    let Ok(header) = BatchHeader::parse(&raw) else { return Ok(None) };
    let size = header.size_bytes as u64;
    if size > end - at || size > BATCH_BYTES_MAX {
        return Ok(None);
    }
    batch.resize(header.size_bytes, 0);
    file.read_exact_at(batch, at)?;
    Ok(BatchView::first(batch).is_ok_and(|view| view.check_crc().is_ok()).then_some(size))
}
