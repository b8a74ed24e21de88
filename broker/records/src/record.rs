//! One record inside a batch, and the walk over all of them. Borrows, allocates nothing.
//!
//! ```text
//! length: varint  attributes: i8  timestamp delta: varlong  offset delta: varint
//! key: varint length (-1 none), bytes   value: the same
//! header count: varint   each header: key length, key; value length (-1 none), value
//! ```

use crate::varint::Cursor;
use crate::{Malformed, RecordError};

/// The fewest bytes of a record: length, attributes, two deltas, two lengths, header count.
pub(crate) const RECORD_BYTES_MIN: usize = 7;

/// A record as it stands in the batch.
#[derive(Clone, Copy, Debug)]
pub struct RecordView<'a> {
    /// The record's offset less the batch's base offset.
    pub offset_delta: i32,
    /// The record's timestamp less the batch's base timestamp.
    pub timestamp_delta: i64,
    /// Attribute bits; the format defines none.
    pub attributes: i8,
    /// The key, if it has one.
    pub key: Option<&'a [u8]>,
    /// The value; none is a tombstone in a compacted topic.
    pub value: Option<&'a [u8]>,
    header_count: u32,
    header_bytes: &'a [u8],
    raw: &'a [u8],
}

impl<'a> RecordView<'a> {
    /// The headers in their order, duplicates included.
    pub fn headers(&self) -> HeaderIter<'a> {
        HeaderIter { cursor: Cursor::new(self.header_bytes), left: self.header_count }
    }

    /// How many headers there are.
    pub const fn header_count(&self) -> u32 {
        self.header_count
    }

    /// The record's own bytes, its length in front.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Key, value and headers as they stand in the record, for copying under other deltas.
    pub(crate) fn raw_after_deltas(&self) -> &'a [u8] {
        // The layout was checked when the view was made; a failure would give an empty slice, never a panic.
        let mut cursor = Cursor::new(self.raw);
        let skipped = cursor
            .varint()
            .and_then(|_| cursor.byte())
            .and_then(|_| cursor.varlong())
            .and_then(|_| cursor.varint());
        debug_assert!(skipped.is_ok());
        cursor.rest()
    }
}

/// A header of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header<'a> {
    /// The key; UTF-8 by agreement, which a broker does not check.
    pub key: &'a [u8],
    /// The value.
    pub value: Option<&'a [u8]>,
}

/// The headers of a record. Their layout was checked when the record was read.
#[derive(Clone, Debug)]
pub struct HeaderIter<'a> {
    cursor: Cursor<'a>,
    left: u32,
}

impl<'a> Iterator for HeaderIter<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        read_header(&mut self.cursor).ok()
    }
}

/// The records of a batch in their order. After an error it ends.
#[derive(Clone, Debug)]
pub struct RecordIter<'a> {
    cursor: Cursor<'a>,
    index: u32,
    count: u32,
}

impl<'a> RecordIter<'a> {
    /// Reads `count` records from decompressed `bytes` that must hold exactly these.
    ///
    /// # Errors
    /// A count that is negative or needs more bytes than there are.
    pub fn new(bytes: &'a [u8], count: i32) -> Result<Self, RecordError> {
        let declared = u32::try_from(count)
            .ok()
            .filter(|&count| count as usize <= bytes.len() / RECORD_BYTES_MIN)
            .ok_or_else(|| malformed(bytes.len() / RECORD_BYTES_MIN, Malformed::Truncated))?;
        if declared == 0 && !bytes.is_empty() {
            return Err(malformed(0, Malformed::TrailingBytes));
        }
        Ok(Self { cursor: Cursor::new(bytes), index: 0, count: declared })
    }

    /// Ends the iteration with an error about the record with this index.
    #[cold]
    fn fail(&mut self, source: Malformed) -> RecordError {
        let index = self.index;
        self.index = self.count;
        RecordError::Record { index, source }
    }
}

#[cold]
fn malformed(index: usize, source: Malformed) -> RecordError {
    RecordError::Record { index: u32::try_from(index).unwrap_or(u32::MAX), source }
}

impl<'a> Iterator for RecordIter<'a> {
    type Item = Result<RecordView<'a>, RecordError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.index == self.count {
            return None;
        }
        let record = match read_record(&mut self.cursor) {
            Ok(record) => record,
            Err(source) => return Some(Err(self.fail(source))),
        };
        self.index += 1;
        if self.index == self.count && self.cursor.remaining() > 0 {
            return Some(Err(self.fail(Malformed::TrailingBytes)));
        }
        Some(Ok(record))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Bounded by the bytes: the constructor compared the count with them.
        (0, Some((self.count - self.index) as usize))
    }
}

#[inline]
fn read_record<'a>(cursor: &mut Cursor<'a>) -> Result<RecordView<'a>, Malformed> {
    let start = cursor.rest();
    let body = cursor.bytes()?;
    let raw = start.get(..start.len() - cursor.remaining()).ok_or(Malformed::Truncated)?;
    let mut body = Cursor::new(body);
    let attributes = body.byte()?.cast_signed();
    let timestamp_delta = body.varlong()?;
    let offset_delta = body.varint()?;
    let key = body.nullable_bytes()?;
    let value = body.nullable_bytes()?;
    let header_count = u32::try_from(body.varint()?).map_err(|_| Malformed::HeaderCount)?;
    let header_bytes = body.rest();
    if header_count > 0 {
        skip_headers(&mut body, header_count)?;
    }
    if body.remaining() > 0 {
        return Err(Malformed::Length);
    }
    Ok(RecordView { offset_delta, timestamp_delta, attributes, key, value, header_count, header_bytes, raw })
}

fn skip_headers(body: &mut Cursor<'_>, count: u32) -> Result<(), Malformed> {
    // A header has two lengths of a byte or more.
    if count as usize > body.remaining() / 2 {
        return Err(Malformed::HeaderCount);
    }
    for _ in 0..count {
        read_header(body)?;
    }
    Ok(())
}

fn read_header<'a>(cursor: &mut Cursor<'a>) -> Result<Header<'a>, Malformed> {
    Ok(Header { key: cursor.bytes()?, value: cursor.nullable_bytes()? })
}
