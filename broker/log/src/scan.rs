//! Reading the batches of a segment file one by one with their checksums, for recovery.

use std::io;
use std::sync::Arc;

use weir_env::disk::DiskFile;
use weir_records::{BatchHeader, BatchView};

use crate::walk::Located;

/// Bytes of a read.
const BLOCK_BYTES: usize = 1024 * 1024;

/// A batch larger than this is not one: `socket.request.max.bytes` of Kafka is 100 MiB.
pub(crate) const BATCH_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Goes from batch to batch and stops before the first one that is not whole and right.
#[derive(Debug)]
pub(crate) struct Scan {
    file: Arc<dyn DiskFile>,
    position: u64,
    end: u64,
    offset_min: i64,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl Scan {
    /// Starts at `position`, where a batch of offset `offset_min` or later starts, if one is there.
    pub(crate) fn new(file: Arc<dyn DiskFile>, position: u64, end: u64, offset_min: i64) -> Self {
        Self { file, position, end, offset_min, buffer: Vec::new(), buffer_at: position }
    }

    /// Where the next batch would start.
    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// The next batch, `None` when none that is right starts here.
    pub(crate) fn step(&mut self) -> io::Result<Option<Located>> {
        let position = self.position;
        let Some(raw) = self.bytes(BatchHeader::BYTES)? else { return Ok(None) };
        let Ok(header) = BatchHeader::parse(raw) else { return Ok(None) };
        let follows = header.base_offset.0 >= self.offset_min && header.last_offset_delta >= 0;
        if !follows || header.size_bytes > BATCH_BYTES_MAX {
            return Ok(None);
        }
        let Some(batch) = self.bytes(header.size_bytes)? else { return Ok(None) };
        if !BatchView::first(batch).is_ok_and(|batch| batch.check_crc().is_ok()) {
            return Ok(None);
        }
        self.position += header.size_bytes as u64;
        self.offset_min = header.next_offset().0;
        Ok(Some(Located { position, header }))
    }

    /// The `len` bytes at the position, `None` when the file ends before.
    fn bytes(&mut self, len: usize) -> io::Result<Option<&[u8]>> {
        let left = self.end.saturating_sub(self.position);
        if left < len as u64 {
            return Ok(None);
        }
        let mut at = usize::try_from(self.position - self.buffer_at).unwrap_or(usize::MAX);
        if self.buffer.len().saturating_sub(at) < len {
            let block = len.max(BLOCK_BYTES).min(usize::try_from(left).unwrap_or(usize::MAX));
            self.buffer.resize(block, 0);
            self.buffer_at = self.position;
            self.file.read_exact_at(&mut self.buffer, self.position)?;
            at = 0;
        }
        Ok(self.buffer.get(at..at + len))
    }
}
