//! A batch over borrowed bytes, and the walk over several that lie one after another.

use std::borrow::Cow;

use weir_model::{Offset, TimestampMs, limits};

use crate::{BatchHeader, RecordError, RecordIter, RecordView, compression, crc};

/// A batch whose size and magic are right. Nothing else was checked: see [`BatchView::check_crc`] and [`crate::validate`].
#[derive(Clone, Copy, Debug)]
pub struct BatchView<'a> {
    header: BatchHeader,
    bytes: &'a [u8],
}

impl<'a> BatchView<'a> {
    /// The batch at the start of `bytes`; what follows it is left alone.
    ///
    /// # Errors
    /// The bytes do not start with a whole batch of format v2.
    pub fn first(bytes: &'a [u8]) -> Result<Self, RecordError> {
        let header = BatchHeader::parse(bytes)?;
        let bytes = bytes
            .get(..header.size_bytes)
            .ok_or(RecordError::Truncated { needed: header.size_bytes, available: bytes.len() })?;
        Ok(Self { header, bytes })
    }

    /// The decoded header.
    pub const fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// All bytes, header included.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The bytes after the header: the records, compressed as the attributes say.
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(BatchHeader::BYTES..).unwrap_or_default()
    }

    /// Compares the stored checksum with that of the bytes.
    ///
    /// # Errors
    /// [`RecordError::BadChecksum`] when they differ.
    pub fn check_crc(&self) -> Result<(), RecordError> {
        let computed = crc::of_batch(self.bytes);
        if computed == self.header.crc {
            return Ok(());
        }
        Err(RecordError::BadChecksum { stored: self.header.crc, computed })
    }

    /// The records' bytes, decompressed if they are not plain, at most `bytes_max` of them.
    ///
    /// # Errors
    /// An unknown codec, damaged data, or more bytes than `bytes_max`.
    pub fn plain_payload(&self, bytes_max: usize) -> Result<Cow<'a, [u8]>, RecordError> {
        compression::plain(self.header.compression()?, self.payload(), bytes_max)
    }

    /// The records, with [`limits::STORED_BATCH_DECOMPRESSED_BYTES_MAX`] as the cap.
    ///
    /// # Errors
    /// As [`BatchView::plain_payload`], and a count that the bytes can't hold.
    pub fn records(&self) -> Result<Records<'a>, RecordError> {
        let plain = self.plain_payload(limits::STORED_BATCH_DECOMPRESSED_BYTES_MAX)?;
        RecordIter::new(&plain, self.header.count)?;
        Ok(Records { header: self.header, plain })
    }
}

/// The records of a batch, decompressed if need be.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    header: BatchHeader,
    plain: Cow<'a, [u8]>,
}

impl Records<'_> {
    /// The records in their order; after an error it ends.
    ///
    /// Each item holds the offset delta and timestamp delta; [`Records::offset`] and [`Records::timestamp`] add the base.
    pub fn iter(&self) -> impl Iterator<Item = Result<RecordView<'_>, RecordError>> {
        // The count was compared with the bytes when this value was made.
        RecordIter::new(&self.plain, self.header.count).into_iter().flatten()
    }

    /// The record's offset.
    pub fn offset(&self, record: &RecordView<'_>) -> Offset {
        Offset(self.header.base_offset.0.saturating_add(i64::from(record.offset_delta)))
    }

    /// The record's timestamp: its own, or the batch's append time.
    pub fn timestamp(&self, record: &RecordView<'_>) -> TimestampMs {
        let own = TimestampMs(self.header.base_timestamp.0.saturating_add(record.timestamp_delta));
        self.header.append_time().unwrap_or(own)
    }

    /// The decompressed bytes.
    pub fn plain(&self) -> &[u8] {
        &self.plain
    }
}

/// Batches that lie one after another, as a segment file or a Fetch response has them.
///
/// A batch that is cut off at the end gives [`RecordError::Truncated`]; any error ends the walk, and [`BatchIter::rest`] is
/// where it stopped.
#[derive(Clone, Debug)]
pub struct BatchIter<'a> {
    rest: &'a [u8],
    failed: bool,
}

impl<'a> BatchIter<'a> {
    /// Starts at the first byte.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, failed: false }
    }

    /// The bytes that were not yet walked over.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for BatchIter<'a> {
    type Item = Result<BatchView<'a>, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.rest.is_empty() {
            return None;
        }
        let batch = BatchView::first(self.rest);
        match &batch {
            Ok(batch) => self.rest = self.rest.get(batch.bytes.len()..).unwrap_or_default(),
            Err(_) => self.failed = true,
        }
        Some(batch)
    }
}
