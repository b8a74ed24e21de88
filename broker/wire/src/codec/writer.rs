//! Writing into a list of segments.

use bytes::{BufMut as _, Bytes, BytesMut};
use weir_model::Uuid;

use super::{EncodeError, Records, Segment, TaggedFields};

/// Records below this size are copied beside the fields around them: a segment of its own costs more than the copy.
const COPY_BYTES_MAX: usize = 512;

/// Collects a message as segments: fields in memory, records by reference.
#[derive(Debug, Default)]
pub struct Writer {
    current: BytesMut,
    done: Vec<Segment>,
    done_bytes: usize,
}

impl Writer {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes written, ranges of files included.
    pub fn len(&self) -> usize {
        self.done_bytes + self.current.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The segments in order.
    pub fn into_segments(mut self) -> Vec<Segment> {
        self.close_current();
        self.done
    }

    /// Everything as one piece.
    ///
    /// # Errors
    /// When a segment is a range of a file.
    pub fn into_bytes(self) -> Result<Bytes, EncodeError> {
        if self.done.is_empty() {
            return Ok(self.current.freeze());
        }
        let len = self.len();
        let mut whole = BytesMut::with_capacity(len);
        for segment in self.into_segments() {
            match segment {
                Segment::Bytes(bytes) => whole.put(bytes),
                Segment::Range(_) => return Err(EncodeError::NotInMemory),
            }
        }
        Ok(whole.freeze())
    }

    /// One byte.
    pub fn int8(&mut self, value: i8) {
        self.current.put_i8(value);
    }

    /// Two bytes.
    pub fn int16(&mut self, value: i16) {
        self.current.put_i16(value);
    }

    /// Four bytes.
    pub fn int32(&mut self, value: i32) {
        self.current.put_i32(value);
    }

    /// Eight bytes.
    pub fn int64(&mut self, value: i64) {
        self.current.put_i64(value);
    }

    /// Sixteen bytes.
    pub fn uuid(&mut self, value: Uuid) {
        self.current.put_slice(&value.0);
    }

    /// Bytes as they are, without a length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.current.put_slice(bytes);
    }

    /// An unsigned varint.
    pub fn uvarint(&mut self, mut value: u32) {
        while value > 0x7f {
            self.current.put_u8((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.current.put_u8((value & 0x7f) as u8);
    }

    /// A string or null.
    ///
    /// # Errors
    /// When it is longer than the protocol allows.
    pub fn string(&mut self, value: Option<&str>, flexible: bool) -> Result<(), EncodeError> {
        let len = match value {
            None => -1,
            Some(text) => i16::try_from(text.len()).map_err(|_| EncodeError::TooLong(text.len()))?,
        };
        if flexible {
            self.compact_length(value.map(str::len))?;
        } else {
            self.int16(len);
        }
        self.raw(value.unwrap_or_default().as_bytes());
        Ok(())
    }

    /// Bytes or null.
    ///
    /// # Errors
    /// When they are longer than their length field can say.
    pub fn bytes(&mut self, value: Option<&[u8]>, flexible: bool) -> Result<(), EncodeError> {
        self.length(value.map(<[u8]>::len), flexible)?;
        self.raw(value.unwrap_or_default());
        Ok(())
    }

    /// Records or null, by reference.
    ///
    /// # Errors
    /// When they are longer than their length field can say.
    pub fn records(&mut self, value: Option<&Records>, flexible: bool) -> Result<(), EncodeError> {
        self.length(value.map(Records::len), flexible)?;
        for segment in value.into_iter().flat_map(Records::segments) {
            self.segment(segment.clone());
        }
        Ok(())
    }

    /// An array's count, or a byte string's length.
    ///
    /// # Errors
    /// When it is above 2³¹-1.
    pub fn length(&mut self, len: Option<usize>, flexible: bool) -> Result<(), EncodeError> {
        if flexible {
            return self.compact_length(len);
        }
        let raw = match len {
            None => -1,
            Some(len) => i32::try_from(len).map_err(|_| EncodeError::TooLong(len))?,
        };
        self.int32(raw);
        Ok(())
    }

    /// The end of a struct that has no tagged field to write.
    pub fn no_tagged_fields(&mut self) {
        self.current.put_u8(0);
    }

    /// The end of a struct with tagged fields.
    pub fn tagged_fields(&mut self, fields: TaggedFields) {
        fields.write(self);
    }

    /// A segment of its own, or a copy when it is small.
    pub fn segment(&mut self, segment: Segment) {
        match segment {
            Segment::Bytes(bytes) if bytes.len() <= COPY_BYTES_MAX => self.current.put(bytes),
            segment => {
                self.close_current();
                self.done_bytes += segment.len();
                self.done.push(segment);
            }
        }
    }

    fn compact_length(&mut self, len: Option<usize>) -> Result<(), EncodeError> {
        let encoded = match len {
            None => 0,
            Some(len) => i32::try_from(len).map_err(|_| EncodeError::TooLong(len))?.unsigned_abs() + 1,
        };
        self.uvarint(encoded);
        Ok(())
    }

    fn close_current(&mut self) {
        if !self.current.is_empty() {
            let bytes = self.current.split().freeze();
            self.done_bytes += bytes.len();
            self.done.push(Segment::Bytes(bytes));
        }
    }
}
