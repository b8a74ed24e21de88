//! Kafka's primitive types as the records of `__consumer_offsets` use them: big-endian numbers, strings with a 2-byte
//! length, and from the flexible versions on compact strings, bytes and arrays and a section of tagged fields.
//!
//! A length is checked against what is left before anything is allocated.

use std::sync::Arc;

use bytes::Bytes;
use weir_model::Uuid;

use super::DecodeError;

/// Reads from a slice, front to back.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn i8(&mut self) -> Result<i8, DecodeError> {
        Ok(i8::from_be_bytes(self.array()?))
    }

    pub(crate) fn i16(&mut self) -> Result<i16, DecodeError> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    pub(crate) fn i32(&mut self) -> Result<i32, DecodeError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        Ok(Uuid(self.array()?))
    }

    pub(crate) fn uvarint(&mut self) -> Result<u32, DecodeError> {
        let mut value = 0u32;
        for shift in (0..35).step_by(7) {
            let [byte] = self.array()?;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && bits > 0x0f {
                return Err(DecodeError::Length);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Length)
    }

    fn text(bytes: &'a [u8]) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(bytes).map_err(|_| DecodeError::Utf8)
    }

    /// A string with a 2-byte length.
    pub(crate) fn string(&mut self) -> Result<&'a str, DecodeError> {
        self.nullable_string()?.ok_or(DecodeError::Null)
    }

    pub(crate) fn nullable_string(&mut self) -> Result<Option<&'a str>, DecodeError> {
        match self.i16()? {
            -1 => Ok(None),
            length => {
                let length = usize::try_from(length).map_err(|_| DecodeError::Length)?;
                Self::text(self.take(length)?).map(Some)
            }
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(self.i32()?).map_err(|_| DecodeError::Length)?;
        self.take(length)
    }

    /// The length of a compact field, `None` for null.
    fn compact_length(&mut self) -> Result<Option<usize>, DecodeError> {
        let length = self.uvarint()?;
        length.checked_sub(1).map(usize::try_from).transpose().map_err(|_| DecodeError::Length)
    }

    pub(crate) fn compact_nullable_string(&mut self) -> Result<Option<&'a str>, DecodeError> {
        match self.compact_length()? {
            None => Ok(None),
            Some(length) => Self::text(self.take(length)?).map(Some),
        }
    }

    pub(crate) fn compact_string(&mut self) -> Result<&'a str, DecodeError> {
        self.compact_nullable_string()?.ok_or(DecodeError::Null)
    }

    pub(crate) fn compact_bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.compact_length()?.ok_or(DecodeError::Null)?;
        self.take(length)
    }

    fn counted<T>(
        &mut self,
        count: usize,
        mut element: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        // Every element has at least one byte.
        if count > self.rest.len() {
            return Err(DecodeError::Truncated);
        }
        (0..count).map(|_| element(self)).collect()
    }

    /// An array with a 4-byte count.
    pub(crate) fn array_of<T>(
        &mut self,
        element: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let count = usize::try_from(self.i32()?).map_err(|_| DecodeError::Length)?;
        self.counted(count, element)
    }

    /// The same, of so many elements at most.
    pub(crate) fn array_up_to<T>(
        &mut self,
        count_max: usize,
        element: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        match usize::try_from(self.i32()?) {
            Ok(count) if count <= count_max => self.counted(count, element),
            _ => Err(DecodeError::Length),
        }
    }

    pub(crate) fn compact_array_of<T>(
        &mut self,
        element: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let count = self.compact_length()?.ok_or(DecodeError::Null)?;
        self.counted(count, element)
    }

    /// The tagged fields of a structure: calls back with each tag and a reader of exactly its bytes.
    pub(crate) fn tagged(
        &mut self,
        mut field: impl FnMut(u32, &mut Reader<'a>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        for _ in 0..self.uvarint()? {
            let tag = self.uvarint()?;
            let length = usize::try_from(self.uvarint()?).map_err(|_| DecodeError::Length)?;
            field(tag, &mut Reader::new(self.take(length)?))?;
        }
        Ok(())
    }

    pub(crate) fn skip_tagged(&mut self) -> Result<(), DecodeError> {
        self.tagged(|_, _| Ok(()))
    }
}

/// Writes to a buffer.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

/// A length that came from memory always fits the wire's 32 bits: requests are bounded to 2 GiB.
fn length_i32(length: usize) -> i32 {
    i32::try_from(length).expect("a field of a record is smaller than 2 GiB")
}

impl Writer {
    pub(crate) fn finish(self) -> Bytes {
        self.bytes.into()
    }

    pub(crate) fn i8(&mut self, value: i8) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(crate) fn i16(&mut self, value: i16) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(crate) fn uuid(&mut self, value: Uuid) {
        self.bytes.extend(value.0);
    }

    pub(crate) fn uvarint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push((value & 0x7f) as u8);
    }

    pub(crate) fn string(&mut self, value: &str) {
        self.nullable_string(Some(value));
    }

    /// A string with a 2-byte length. Strings that came in with a longer compact length are cut at a character.
    pub(crate) fn nullable_string(&mut self, value: Option<&str>) {
        let Some(value) = value else { return self.i16(-1) };
        let value = &value[..value.floor_char_boundary(i16::MAX as usize)];
        self.i16(i16::try_from(value.len()).expect("just cut to this length"));
        self.bytes.extend(value.as_bytes());
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.i32(length_i32(value.len()));
        self.bytes.extend(value);
    }

    fn compact_length(&mut self, length: usize) {
        self.uvarint(length_i32(length).unsigned_abs() + 1);
    }

    pub(crate) fn compact_string(&mut self, value: &str) {
        self.compact_bytes(value.as_bytes());
    }

    pub(crate) fn compact_nullable_string(&mut self, value: Option<&str>) {
        match value {
            None => self.uvarint(0),
            Some(value) => self.compact_string(value),
        }
    }

    pub(crate) fn compact_bytes(&mut self, value: &[u8]) {
        self.compact_length(value.len());
        self.bytes.extend(value);
    }

    pub(crate) fn array_of<T>(
        &mut self,
        elements: impl ExactSizeIterator<Item = T>,
        mut element: impl FnMut(&mut Self, T),
    ) {
        self.i32(length_i32(elements.len()));
        elements.for_each(|value| element(self, value));
    }

    pub(crate) fn compact_array_of<T>(
        &mut self,
        elements: impl ExactSizeIterator<Item = T>,
        mut element: impl FnMut(&mut Self, T),
    ) {
        self.compact_length(elements.len());
        elements.for_each(|value| element(self, value));
    }

    pub(crate) fn no_tagged(&mut self) {
        self.uvarint(0);
    }

    /// A section with this one tagged field.
    pub(crate) fn one_tagged(&mut self, tag: u32, field: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        field(&mut inner);
        self.uvarint(1);
        self.uvarint(tag);
        self.uvarint(length_i32(inner.bytes.len()).unsigned_abs());
        self.bytes.extend(inner.bytes);
    }
}

/// Owned text of a borrowed one.
pub(crate) fn owned(text: Option<&str>) -> Option<Arc<str>> {
    text.map(Arc::from)
}
