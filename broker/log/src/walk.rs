//! Walking over the batch headers of a segment file without reading the records.

use std::io;
use std::sync::Arc;

use weir_env::disk::DiskFile;
use weir_records::BatchHeader;

/// Bytes of a read while batches are small: many headers lie in one block.
const BLOCK_BYTES: usize = 64 * 1024;

/// Batches of this size and more are walked by reading their headers alone.
const LARGE_BATCH_BYTES: usize = 16 * 1024;

/// What stands at a position of a segment file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Located {
    pub(crate) position: u64,
    pub(crate) header: BatchHeader,
}

impl Located {
    /// Where the next batch starts.
    pub(crate) fn end(&self) -> u64 {
        self.position + self.header.size_bytes as u64
    }
}

/// What a walk met.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// A header whose batch lies before the end.
    Batch(Located),
    /// The end, exactly after a batch.
    End,
    /// Bytes that are not a batch, or a batch that the end cuts.
    Damaged { position: u64 },
}

/// Goes from header to header up to `end`.
#[derive(Debug)]
pub(crate) struct HeaderWalk {
    file: Arc<dyn DiskFile>,
    position: u64,
    end: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
    read_bytes: usize,
    /// The offset that the next batch must not be below.
    offset_min: i64,
}

impl HeaderWalk {
    /// Starts at `position`, where a batch starts whose offset is `offset_min` or more.
    pub(crate) fn new(file: Arc<dyn DiskFile>, position: u64, end: u64, offset_min: i64) -> Self {
        // The first read is small: a lookup by offset needs two or three headers.
        let read_bytes = 512;
        Self { file, position, end, buffer: Vec::new(), buffer_at: 0, read_bytes, offset_min }
    }

    /// The next batch.
    pub(crate) fn step(&mut self) -> io::Result<Step> {
        let position = self.position;
        let left = self.end.saturating_sub(position);
        if left == 0 {
            return Ok(Step::End);
        }
        let damaged = Ok(Step::Damaged { position });
        if left < BatchHeader::BYTES as u64 {
            return damaged;
        }
        self.fill()?;
        let at = usize::try_from(position - self.buffer_at).unwrap_or(usize::MAX);
        let Some(Ok(header)) = self.buffer.get(at..).map(BatchHeader::parse) else { return damaged };
        let offsets_rise = header.base_offset.0 >= self.offset_min && header.last_offset_delta >= 0;
        if header.size_bytes as u64 > left || !offsets_rise {
            return damaged;
        }
        self.offset_min = header.next_offset().0;
        self.position += header.size_bytes as u64;
        self.read_bytes =
            if header.size_bytes >= LARGE_BATCH_BYTES { BatchHeader::BYTES } else { BLOCK_BYTES };
        Ok(Step::Batch(Located { position, header }))
    }

    /// Makes the buffer hold the header at the position.
    fn fill(&mut self) -> io::Result<()> {
        let needed = self.position + BatchHeader::BYTES as u64;
        if self.position >= self.buffer_at && needed <= self.buffer_at + self.buffer.len() as u64 {
            return Ok(());
        }
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        self.buffer.resize(self.read_bytes.max(BatchHeader::BYTES).min(left), 0);
        self.buffer_at = self.position;
        self.file.read_exact_at(&mut self.buffer, self.position)
    }
}
