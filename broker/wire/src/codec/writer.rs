//! Writing into a list of segments.

use bytes::Bytes;
use weir_model::Uuid;

use super::{EncodeError, Records, Segment, TaggedFields};

/// Records below this size are copied beside the fields around them: a segment of its own costs more than the copy.
const COPY_BYTES_MAX: usize = 512;

/// Collects a message as segments: fields in memory, records by reference.
#[derive(Debug, Default)]
pub struct Writer {
    /// The bytes of all fields in one piece.
    fields: Vec<u8>,
    /// What goes between them, each with its place in `fields`, rising.
    inserts: Vec<(usize, Segment)>,
    inserted_bytes: usize,
}

impl Writer {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes written, ranges of files included.
    pub fn len(&self) -> usize {
        self.inserted_bytes + self.fields.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The segments in order.
    pub fn into_segments(self) -> Vec<Segment> {
        let mut segments = Vec::with_capacity(self.inserts.len() * 2 + 1);
        let mut rest = Bytes::from(self.fields);
        let mut start = 0;
        for (at, segment) in self.inserts {
            if at > start {
                segments.push(Segment::Bytes(rest.split_to(at - start)));
                start = at;
            }
            segments.push(segment);
        }
        if !rest.is_empty() {
            segments.push(Segment::Bytes(rest));
        }
        segments
    }

    /// Everything as one piece.
    ///
    /// # Errors
    /// When a segment is a range of a file.
    pub fn into_bytes(self) -> Result<Bytes, EncodeError> {
        if self.inserts.is_empty() {
            return Ok(Bytes::from(self.fields));
        }
        let mut whole = Vec::with_capacity(self.len());
        for segment in self.into_segments() {
            match segment {
                Segment::Bytes(bytes) => whole.extend_from_slice(&bytes),
                Segment::Range(_) => return Err(EncodeError::NotInMemory),
            }
        }
        Ok(Bytes::from(whole))
    }

    /// One byte.
    pub fn int8(&mut self, value: i8) {
        self.raw(&value.to_be_bytes());
    }

    /// Two bytes.
    pub fn int16(&mut self, value: i16) {
        self.raw(&value.to_be_bytes());
    }

    /// Four bytes.
    pub fn int32(&mut self, value: i32) {
        self.raw(&value.to_be_bytes());
    }

    /// Eight bytes.
    pub fn int64(&mut self, value: i64) {
        self.raw(&value.to_be_bytes());
    }

    /// Sixteen bytes.
    pub fn uuid(&mut self, value: Uuid) {
        self.raw(&value.0);
    }

    /// Bytes as they are, without a length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.fields.extend_from_slice(bytes);
    }

    /// An unsigned varint.
    pub fn uvarint(&mut self, mut value: u32) {
        while value > 0x7f {
            self.fields.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.fields.push((value & 0x7f) as u8);
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
        self.fields.push(0);
    }

    /// The end of a struct with tagged fields.
    pub fn tagged_fields(&mut self, fields: TaggedFields) {
        fields.write(self);
    }

    /// A segment of its own, or a copy when it is small.
    pub fn segment(&mut self, segment: Segment) {
        match segment {
            Segment::Bytes(bytes) if bytes.len() <= COPY_BYTES_MAX => self.raw(&bytes),
            segment => {
                self.inserted_bytes += segment.len();
                self.inserts.push((self.fields.len(), segment));
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
}
