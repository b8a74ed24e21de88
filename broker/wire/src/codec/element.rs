//! The protocol's types as Rust's.

use bytes::Bytes;
use weir_model::Uuid;

use super::{DecodeError, EncodeError, Reader, Records, WireStr, Writer};

/// A type that the protocol can carry.
pub trait Wire: Sized {
    /// The fewest bytes that a value takes: what bounds the count of an array before memory is taken for it.
    fn bytes_min(version: i16, flexible: bool) -> usize;

    /// Reads a value.
    ///
    /// # Errors
    /// When the bytes are malformed.
    fn decode(reader: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError>;

    /// Writes a value.
    ///
    /// # Errors
    /// When the version can't carry it.
    fn encode(&self, writer: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError>;
}

/// A type that may be null.
pub trait NullableWire: Wire {
    /// Reads a value or null.
    ///
    /// # Errors
    /// When the bytes are malformed.
    fn decode_nullable(
        reader: &mut Reader,
        version: i16,
        flexible: bool,
    ) -> Result<Option<Self>, DecodeError>;

    /// Writes a value or null.
    ///
    /// # Errors
    /// When the version can't carry it.
    fn encode_nullable(
        value: Option<&Self>,
        writer: &mut Writer,
        version: i16,
        flexible: bool,
    ) -> Result<(), EncodeError>;
}

macro_rules! fixed {
    ($($ty:ty = $method:ident, $bytes:literal;)+) => {
        $(impl Wire for $ty {
            fn bytes_min(_: i16, _: bool) -> usize {
                $bytes
            }

            fn decode(reader: &mut Reader, _: i16, _: bool) -> Result<Self, DecodeError> {
                reader.$method()
            }

            fn encode(&self, writer: &mut Writer, _: i16, _: bool) -> Result<(), EncodeError> {
                writer.$method(*self);
                Ok(())
            }
        })+
    };
}

fixed! {
    i8 = int8, 1;
    i16 = int16, 2;
    i32 = int32, 4;
    i64 = int64, 8;
    Uuid = uuid, 16;
}

impl Wire for bool {
    fn bytes_min(_: i16, _: bool) -> usize {
        1
    }

    fn decode(reader: &mut Reader, _: i16, _: bool) -> Result<Self, DecodeError> {
        Ok(reader.int8()? != 0)
    }

    fn encode(&self, writer: &mut Writer, _: i16, _: bool) -> Result<(), EncodeError> {
        writer.int8(i8::from(*self));
        Ok(())
    }
}

/// Implements `Wire` by the nullable form, for types whose length field can say null.
macro_rules! by_nullable {
    ($($ty:ty = $length_bytes:literal),+) => {
        $(impl Wire for $ty {
            fn bytes_min(_: i16, flexible: bool) -> usize {
                if flexible { 1 } else { $length_bytes }
            }

            fn decode(reader: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
                Self::decode_nullable(reader, version, flexible)?.ok_or(DecodeError::Null)
            }

            fn encode(&self, writer: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
                Self::encode_nullable(Some(self), writer, version, flexible)
            }
        })+
    };
}

by_nullable!(WireStr = 2, Bytes = 4, Records = 4);

impl NullableWire for WireStr {
    fn decode_nullable(reader: &mut Reader, _: i16, flexible: bool) -> Result<Option<Self>, DecodeError> {
        reader.string(flexible)
    }

    fn encode_nullable(
        value: Option<&Self>,
        writer: &mut Writer,
        _: i16,
        flexible: bool,
    ) -> Result<(), EncodeError> {
        writer.string(value.map(|text| &**text), flexible)
    }
}

impl NullableWire for Bytes {
    fn decode_nullable(reader: &mut Reader, _: i16, flexible: bool) -> Result<Option<Self>, DecodeError> {
        reader.bytes(flexible)
    }

    fn encode_nullable(
        value: Option<&Self>,
        writer: &mut Writer,
        _: i16,
        flexible: bool,
    ) -> Result<(), EncodeError> {
        writer.bytes(value.map(|bytes| &**bytes), flexible)
    }
}

impl NullableWire for Records {
    fn decode_nullable(reader: &mut Reader, _: i16, flexible: bool) -> Result<Option<Self>, DecodeError> {
        Ok(reader.bytes(flexible)?.map(Self::from))
    }

    fn encode_nullable(
        value: Option<&Self>,
        writer: &mut Writer,
        _: i16,
        flexible: bool,
    ) -> Result<(), EncodeError> {
        writer.records(value, flexible)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn bytes_min(_: i16, flexible: bool) -> usize {
        if flexible { 1 } else { 4 }
    }

    fn decode(reader: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        Self::decode_nullable(reader, version, flexible)?.ok_or(DecodeError::Null)
    }

    fn encode(&self, writer: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        Self::encode_nullable(Some(self), writer, version, flexible)
    }
}

impl<T: Wire> NullableWire for Vec<T> {
    fn decode_nullable(
        reader: &mut Reader,
        version: i16,
        flexible: bool,
    ) -> Result<Option<Self>, DecodeError> {
        let element_bytes_min = T::bytes_min(version, flexible);
        let Some(count) = reader.array_count(flexible, element_bytes_min)? else { return Ok(None) };
        reader.take_room(count, size_of::<T>())?;
        // The bytes for that many elements are there. Room for all of them at once is less than what a vector that
        // grows takes while it moves.
        let mut elements = Self::with_capacity(count);
        for _ in 0..count {
            elements.push(T::decode(reader, version, flexible)?);
        }
        Ok(Some(elements))
    }

    fn encode_nullable(
        value: Option<&Self>,
        writer: &mut Writer,
        version: i16,
        flexible: bool,
    ) -> Result<(), EncodeError> {
        writer.length(value.map(Self::len), flexible)?;
        value.into_iter().flatten().try_for_each(|element| element.encode(writer, version, flexible))
    }
}
