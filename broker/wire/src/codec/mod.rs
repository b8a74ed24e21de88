//! Reading and writing the protocol's types.

mod element;
mod error;
mod reader;
mod records;
mod tagged;
mod writer;

pub use element::{NullableWire, Wire};
pub use error::{DecodeError, EncodeError};
pub use reader::{Reader, Room};
pub use records::{FileRange, RangeSource, Records, Segment};
pub use tagged::TaggedFields;
pub use writer::Writer;

use bytes::Bytes;

use crate::ApiKey;

/// The longest string, in bytes. The first versions had two bytes for the length, and Kafka keeps the limit in the
/// compact form.
const STRING_BYTES_MAX: usize = i16::MAX as usize;

/// A string of the protocol: UTF-8 that was checked, usually a slice of the frame that it came in.
pub type WireStr = bytestring::ByteString;

/// A request or a response.
pub trait Message: Wire + Default + Clone + std::fmt::Debug + PartialEq {
    /// Kafka's name.
    const NAME: &'static str;
    /// The lowest version that the schema describes.
    const VERSION_MIN: i16;
    /// The highest version that the schema describes.
    const VERSION_MAX: i16;

    /// Whether the version has compact types and tagged fields.
    fn is_flexible(version: i16) -> bool;

    /// Reads the message; what follows it stays in the reader.
    ///
    /// # Errors
    /// When the bytes are not a message of this version.
    fn read(reader: &mut Reader, version: i16) -> Result<Self, DecodeError> {
        if !Self::has_version(version) {
            return Err(DecodeError::Version { message: Self::NAME, version });
        }
        Self::decode(reader, version, Self::is_flexible(version))
    }

    /// Reads a whole body; bytes after the message are an error.
    ///
    /// # Errors
    /// When the bytes are not exactly one message of this version.
    fn from_bytes(body: Bytes, version: i16) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let message = Self::read(&mut reader, version)?;
        match reader.remaining() {
            0 => Ok(message),
            trailing => Err(DecodeError::Trailing(trailing)),
        }
    }

    /// Writes the message.
    ///
    /// # Errors
    /// When a field holds a value that the version can't carry.
    fn write(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        if !Self::has_version(version) {
            return Err(EncodeError::Version { message: Self::NAME, version });
        }
        self.encode(writer, version, Self::is_flexible(version))
    }

    /// The message as one piece; for small messages and tests.
    ///
    /// # Errors
    /// When a field holds a value that the version can't carry, or records stand in a file.
    fn to_bytes(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut writer = Writer::new();
        self.write(&mut writer, version)?;
        writer.into_bytes()
    }

    /// Whether the schema describes the version.
    fn has_version(version: i16) -> bool {
        (Self::VERSION_MIN..=Self::VERSION_MAX).contains(&version)
    }
}

/// A request, and the response that answers it.
pub trait Request: Message {
    /// The API.
    const API_KEY: ApiKey;
    /// The answer.
    type Response: Message;
}
