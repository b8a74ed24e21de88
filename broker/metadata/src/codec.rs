//! The bytes below the records: variable-length numbers, strings, lists. Every length is checked against what is left
//! before anything is allocated.
//!
//! Unsigned numbers are LEB128 (7 bits a byte, low bits first, at most 10 bytes); signed ones are zig-zag first. A
//! string is its length and UTF-8; a list is its count and its elements; an option is 0, or 1 and the value.

use weir_model::Uuid;

/// Why bytes are not a list of records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The bytes end inside a value.
    #[error("the metadata record ends too early")]
    Truncated,
    /// Bytes are left after the last value.
    #[error("{0} bytes are left after the metadata record")]
    Trailing(usize),
    /// A value is not one of its type.
    #[error("the metadata record has a bad {0}")]
    Malformed(&'static str),
    /// A newer Weir wrote it.
    #[error("metadata {what} {found} was written by a newer version of Weir; this one knows up to {known}")]
    Newer {
        /// What is newer.
        what: &'static str,
        /// The number found.
        found: u64,
        /// The highest number known.
        known: u64,
    },
}

/// Appends values to a buffer.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn u64(&mut self, mut value: u64) {
        loop {
            let [low, ..] = value.to_le_bytes();
            value >>= 7;
            if value == 0 {
                return self.bytes.push(low & 0x7f);
            }
            self.bytes.push(low | 0x80);
        }
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.u64(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    pub(crate) fn count(&mut self, count: usize) {
        self.u64(count as u64);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.u64(u64::from(value));
    }

    pub(crate) fn uuid(&mut self, value: Uuid) {
        self.bytes.extend_from_slice(&value.0);
    }

    pub(crate) fn str(&mut self, value: &str) {
        self.blob(value.as_bytes());
    }

    pub(crate) fn blob(&mut self, value: &[u8]) {
        self.count(value.len());
        self.bytes.extend_from_slice(value);
    }

    pub(crate) fn option_str(&mut self, value: Option<&str>) {
        self.bool(value.is_some());
        if let Some(value) = value {
            self.str(value);
        }
    }
}

/// Takes values from a slice.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn finish(self) -> Result<(), CodecError> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(CodecError::Trailing(left)),
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(CodecError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, CodecError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(CodecError::Truncated)?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(CodecError::Malformed("number"));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(CodecError::Malformed("number"))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, CodecError> {
        let raw = self.u64()?;
        Ok((raw >> 1).cast_signed() ^ -((raw & 1).cast_signed()))
    }

    pub(crate) fn i32(&mut self) -> Result<i32, CodecError> {
        i32::try_from(self.i64()?).map_err(|_| CodecError::Malformed("32-bit number"))
    }

    pub(crate) fn i16(&mut self) -> Result<i16, CodecError> {
        i16::try_from(self.i64()?).map_err(|_| CodecError::Malformed("16-bit number"))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, CodecError> {
        u16::try_from(self.u64()?).map_err(|_| CodecError::Malformed("16-bit number"))
    }

    /// A count of elements, each at least one byte long.
    pub(crate) fn count(&mut self) -> Result<usize, CodecError> {
        let count = usize::try_from(self.u64()?).map_err(|_| CodecError::Truncated)?;
        if count > self.rest.len() { Err(CodecError::Truncated) } else { Ok(count) }
    }

    pub(crate) fn bool(&mut self) -> Result<bool, CodecError> {
        match self.u64()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(CodecError::Malformed("flag")),
        }
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, CodecError> {
        let bytes = self.take(16)?;
        Ok(Uuid(bytes.try_into().map_err(|_| CodecError::Truncated)?))
    }

    pub(crate) fn blob(&mut self) -> Result<&'a [u8], CodecError> {
        let count = self.count()?;
        self.take(count)
    }

    pub(crate) fn str(&mut self) -> Result<&'a str, CodecError> {
        std::str::from_utf8(self.blob()?).map_err(|_| CodecError::Malformed("string"))
    }

    pub(crate) fn option_str(&mut self) -> Result<Option<&'a str>, CodecError> {
        if self.bool()? { self.str().map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_at_their_edges() {
        for value in [0, 1, -1, 63, 64, -64, -65, i64::from(i32::MAX), i64::MAX, i64::MIN] {
            let mut encoder = Encoder::default();
            encoder.i64(value);
            encoder.u64(value.cast_unsigned());
            let bytes = encoder.into_bytes();
            let mut decoder = Decoder::new(&bytes);
            assert_eq!(decoder.i64(), Ok(value));
            assert_eq!(decoder.u64(), Ok(value.cast_unsigned()));
            assert_eq!(decoder.finish(), Ok(()));
        }
    }

    #[test]
    fn lengths_are_checked_before_they_are_believed() {
        let mut encoder = Encoder::default();
        encoder.u64(u64::MAX);
        let bytes = encoder.into_bytes();
        assert_eq!(Decoder::new(&bytes).blob(), Err(CodecError::Truncated));
        assert_eq!(Decoder::new(&[0xff; 11]).u64(), Err(CodecError::Malformed("number")));
        assert_eq!(Decoder::new(&[2]).bool(), Err(CodecError::Malformed("flag")));
        assert_eq!(Decoder::new(&[1, 0xff]).str(), Err(CodecError::Malformed("string")));
    }
}
