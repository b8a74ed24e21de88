//! Zigzag variable-length numbers, as protocol buffers and Kafka's records have them: seven bits a byte, lowest first.

use crate::Malformed;

/// A cursor over bytes that reads numbers and slices and never beyond the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let (&byte, rest) = self.rest.split_first().ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(byte)
    }

    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Result<i32, Malformed> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(unzigzag32(u32::from(first)));
        }
        let raw = self.raw(first, 5)?;
        Ok(unzigzag32(u32::try_from(raw).map_err(|_| Malformed::Varint)?))
    }

    #[inline]
    pub(crate) fn varlong(&mut self) -> Result<i64, Malformed> {
        let first = self.byte()?;
        let raw = if first < 0x80 { u64::from(first) } else { self.raw(first, 10)? };
        Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
    }

    /// The rest of a number of two to `bytes_max` bytes that began with `first`.
    #[inline]
    fn raw(&mut self, first: u8, bytes_max: u32) -> Result<u64, Malformed> {
        let mut raw = u64::from(first & 0x7f);
        for index in 1..bytes_max {
            let byte = self.byte()?;
            // Bit 63 is all that a tenth byte can hold.
            if index == 9 && byte > 1 {
                return Err(Malformed::Varint);
            }
            raw |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                return Ok(raw);
            }
        }
        Err(Malformed::Varint)
    }

    /// A length and that many bytes; `None` for the length -1.
    #[inline]
    pub(crate) fn nullable_bytes(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        let length = self.varint()?;
        match usize::try_from(length) {
            Ok(length) => self.take(length).map(Some),
            Err(_) if length == -1 => Ok(None),
            Err(_) => Err(Malformed::NegativeLength),
        }
    }

    /// A length and that many bytes.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.varint()?).map_err(|_| Malformed::NegativeLength)?;
        self.take(length)
    }
}

#[inline]
const fn unzigzag32(raw: u32) -> i32 {
    (raw >> 1).cast_signed() ^ -(raw & 1).cast_signed()
}

/// Appends a 32-bit number.
pub(crate) fn put_varint(out: &mut Vec<u8>, value: i32) {
    put_varlong(out, i64::from(value));
}

/// Appends a 64-bit number. A value that fits 32 bits has the same bytes in both widths.
pub(crate) fn put_varlong(out: &mut Vec<u8>, value: i64) {
    let mut raw = zigzag(value);
    while raw >= 0x80 {
        out.push((raw & 0x7f) as u8 | 0x80);
        raw >>= 7;
    }
    out.push((raw & 0x7f) as u8);
}

/// Bytes that [`put_varlong`] appends.
pub(crate) const fn varlong_bytes(value: i64) -> usize {
    let bits = 64 - (zigzag(value) | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}
