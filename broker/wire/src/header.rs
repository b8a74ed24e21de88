//! Headers of requests and responses. The length in front of a frame is its reader's and writer's business.

use bytes::Bytes;

use crate::codec::{DecodeError, Reader, WireStr, Writer};
use crate::{ApiKey, EncodeError};

/// What stands before every request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHeader {
    /// The API's number, one that we know or not.
    pub api_key: i16,
    /// The version that the body has.
    pub api_version: i16,
    /// Comes back with the response.
    pub correlation_id: i32,
    /// The client's name for itself.
    pub client_id: Option<WireStr>,
}

impl RequestHeader {
    /// Reads the header and leaves the reader at the body.
    ///
    /// The version decides about the header's tagged fields. A version above ours is read as the highest that we know,
    /// so that ApiVersions can still be answered; the body is not read then.
    ///
    /// # Errors
    /// When the bytes end inside the header.
    pub fn read(reader: &mut Reader) -> Result<Self, DecodeError> {
        let api_key = reader.int16()?;
        let api_version = reader.int16()?;
        let correlation_id = reader.int32()?;
        let client_id = reader.string(false)?;
        if let Some(key) = ApiKey::from_code(api_key)
            && request_header_version(key, api_version.min(key.schema_versions().1)) >= 2
        {
            reader.skip_tagged_fields()?;
        }
        Ok(Self { api_key, api_version, correlation_id, client_id })
    }

    /// Writes the header of a request that we send.
    ///
    /// # Errors
    /// When the client id is longer than 32,767 bytes.
    pub fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.int16(self.api_key);
        writer.int16(self.api_version);
        writer.int32(self.correlation_id);
        writer.string(self.client_id.as_deref(), false)?;
        if ApiKey::from_code(self.api_key)
            .is_some_and(|key| request_header_version(key, self.api_version) >= 2)
        {
            writer.no_tagged_fields();
        }
        Ok(())
    }
}

/// 2 for flexible versions, else 1.
pub fn request_header_version(key: ApiKey, version: i16) -> i16 {
    if key.is_flexible(version) { 2 } else { 1 }
}

/// 1 for flexible versions, else 0; always 0 for ApiVersions, whose reader does not know our versions yet.
pub fn response_header_version(key: ApiKey, version: i16) -> i16 {
    i16::from(key != ApiKey::ApiVersions && key.is_flexible(version))
}

/// Writes the header of a response.
pub fn write_response_header(writer: &mut Writer, key: ApiKey, version: i16, correlation_id: i32) {
    writer.int32(correlation_id);
    if response_header_version(key, version) >= 1 {
        writer.no_tagged_fields();
    }
}

/// Reads the header of a response and returns its correlation id and its body.
///
/// # Errors
/// When the bytes end inside the header.
pub fn read_response_header(frame: Bytes, key: ApiKey, version: i16) -> Result<(i32, Bytes), DecodeError> {
    let mut reader = Reader::new(frame);
    let correlation_id = reader.int32()?;
    if response_header_version(key, version) >= 1 {
        reader.skip_tagged_fields()?;
    }
    Ok((correlation_id, reader.into_rest()))
}
