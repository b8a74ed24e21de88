//! Bounded reading from a frame.

use bytes::{Buf as _, Bytes};
use weir_model::Uuid;

use super::{DecodeError, STRING_BYTES_MAX, WireStr};

/// Reads the protocol's types from a frame. Strings and bytes are slices of it.
#[derive(Debug, Clone)]
pub struct Reader {
    bytes: Bytes,
    room: Room,
}

/// What the elements of a message's arrays may take. An element is three bytes in a frame and a hundred in memory, so a
/// frame's length alone bounds little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that all elements may take together.
    pub bytes: usize,
    /// What an element costs beyond its own size: what its reader makes of it.
    pub element_bytes: usize,
}

impl Room {
    /// No bound but the frame's.
    pub const UNBOUNDED: Self = Self { bytes: usize::MAX, element_bytes: 0 };
}

macro_rules! fixed {
    ($($(#[$doc:meta])* $name:ident: $ty:ty = $read:ident;)+) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// When the bytes end.
        pub fn $name(&mut self) -> Result<$ty, DecodeError> {
            self.need(size_of::<$ty>())?;
            Ok(self.bytes.$read())
        })+
    };
}

impl Reader {
    /// Starts at the first byte.
    pub const fn new(bytes: Bytes) -> Self {
        Self::within(bytes, Room::UNBOUNDED)
    }

    /// The same, with a bound on what the elements of arrays take.
    pub const fn within(bytes: Bytes, room: Room) -> Self {
        Self { bytes, room }
    }

    /// Bytes not read yet.
    pub fn remaining(&self) -> usize {
        self.bytes.len()
    }

    /// What was not read.
    pub fn into_rest(self) -> Bytes {
        self.bytes
    }

    fixed! {
        /// One byte.
        int8: i8 = get_i8;
        /// Two bytes, big end first.
        int16: i16 = get_i16;
        /// Four bytes, big end first.
        int32: i32 = get_i32;
        /// Eight bytes, big end first.
        int64: i64 = get_i64;
    }

    /// Sixteen bytes.
    ///
    /// # Errors
    /// When the bytes end.
    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        self.need(16)?;
        let mut uuid = [0; 16];
        self.bytes.copy_to_slice(&mut uuid);
        Ok(Uuid(uuid))
    }

    /// An unsigned varint of at most 32 bits.
    ///
    /// # Errors
    /// When the bytes end or the number is longer.
    pub fn uvarint(&mut self) -> Result<u32, DecodeError> {
        let mut value = 0_u32;
        for shift in (0..).step_by(7).take(5) {
            self.need(1)?;
            let byte = self.bytes.get_u8();
            if shift == 28 && byte > 0x0f {
                return Err(DecodeError::Varint);
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Varint)
    }

    /// The next bytes, as a slice of the frame.
    ///
    /// # Errors
    /// When the bytes end.
    pub fn take(&mut self, len: usize) -> Result<Bytes, DecodeError> {
        self.need(len)?;
        Ok(self.bytes.split_to(len))
    }

    /// A string's length and bytes; `None` for null.
    ///
    /// # Errors
    /// When the bytes end or are not UTF-8, or a compact length is above what the older length field could say.
    pub fn string(&mut self, flexible: bool) -> Result<Option<WireStr>, DecodeError> {
        let len = if flexible { self.compact_length()? } else { length(i64::from(self.int16()?))? };
        let Some(len) = len else { return Ok(None) };
        if len > STRING_BYTES_MAX {
            return Err(DecodeError::Length(i64::try_from(len).unwrap_or(i64::MAX)));
        }
        WireStr::try_from(self.take(len)?).map(Some).map_err(|_| DecodeError::Utf8)
    }

    /// A byte string's length and bytes; `None` for null.
    ///
    /// # Errors
    /// When the bytes end.
    pub fn bytes(&mut self, flexible: bool) -> Result<Option<Bytes>, DecodeError> {
        let len = if flexible { self.compact_length()? } else { length(i64::from(self.int32()?))? };
        len.map(|len| self.take(len)).transpose()
    }

    /// An array's count; `None` for null. A count that the rest of the frame can't hold is an error.
    ///
    /// # Errors
    /// When the bytes end or the count is too high.
    pub fn array_count(
        &mut self,
        flexible: bool,
        element_bytes_min: usize,
    ) -> Result<Option<usize>, DecodeError> {
        let count = if flexible { self.compact_length()? } else { length(i64::from(self.int32()?))? };
        let left = self.remaining();
        match count {
            Some(count) if count > left / element_bytes_min.max(1) => {
                Err(DecodeError::Count { count: count as u64, left })
            }
            count => Ok(count),
        }
    }

    /// Takes room for the elements of an array, before memory is taken for them.
    ///
    /// # Errors
    /// When there is not enough.
    pub(super) fn take_room(&mut self, count: usize, element_bytes: usize) -> Result<(), DecodeError> {
        let wanted = count.saturating_mul(element_bytes.saturating_add(self.room.element_bytes));
        let left = self.room.bytes;
        self.room.bytes = left.checked_sub(wanted).ok_or(DecodeError::Room { wanted, left })?;
        Ok(())
    }

    /// Skips the tagged fields of a struct that knows none.
    ///
    /// # Errors
    /// When they are malformed.
    pub fn skip_tagged_fields(&mut self) -> Result<(), DecodeError> {
        self.tagged_fields(|_, _| Ok(false))
    }

    /// Reads tagged fields: `known` reads the value of a tag that it knows and says so; others are skipped.
    ///
    /// KIP-482 has tags rise; Kafka's own reader takes any order, and of a repeated tag the last, and so do we.
    ///
    /// # Errors
    /// When a length is wrong or a value is malformed.
    pub fn tagged_fields(
        &mut self,
        mut known: impl FnMut(u32, &mut Self) -> Result<bool, DecodeError>,
    ) -> Result<(), DecodeError> {
        let count = self.uvarint()?;
        for _ in 0..count {
            let tag = self.uvarint()?;
            let len = self.uvarint()?;
            let mut value = Self::within(self.take(usize::try_from(len).unwrap_or(usize::MAX))?, self.room);
            if known(tag, &mut value)? && value.remaining() > 0 {
                return Err(DecodeError::Tag { tag, left: value.remaining() });
            }
            self.room = value.room;
        }
        Ok(())
    }

    /// A compact length is one more than the length; 0 is null.
    fn compact_length(&mut self) -> Result<Option<usize>, DecodeError> {
        let encoded = self.uvarint()?;
        Ok(encoded.checked_sub(1).map(|len| usize::try_from(len).unwrap_or(usize::MAX)))
    }

    fn need(&self, wanted: usize) -> Result<(), DecodeError> {
        let left = self.bytes.len();
        if wanted > left { Err(DecodeError::Truncated { wanted, left }) } else { Ok(()) }
    }
}

fn length(raw: i64) -> Result<Option<usize>, DecodeError> {
    match raw {
        -1 => Ok(None),
        _ => usize::try_from(raw).map(Some).map_err(|_| DecodeError::Length(raw)),
    }
}
