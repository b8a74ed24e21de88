//! Tagged fields (KIP-482) on their way out.

use bytes::Bytes;

use super::{EncodeError, Writer};

/// The tagged fields of one struct, in the order of their tags.
#[derive(Debug, Default)]
pub struct TaggedFields {
    fields: Vec<(u32, Bytes)>,
}

impl TaggedFields {
    /// Adds a field; callers go by rising tags.
    ///
    /// # Errors
    /// When the value can't be written.
    pub fn put(
        &mut self,
        tag: u32,
        write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let mut writer = Writer::new();
        write(&mut writer)?;
        let value = writer.into_bytes()?;
        u32::try_from(value.len()).map_err(|_| EncodeError::TooLong(value.len()))?;
        self.fields.push((tag, value));
        Ok(())
    }

    pub(super) fn write(self, writer: &mut Writer) {
        writer.uvarint(u32::try_from(self.fields.len()).unwrap_or(u32::MAX));
        for (tag, value) in self.fields {
            writer.uvarint(tag);
            writer.uvarint(u32::try_from(value.len()).unwrap_or(u32::MAX));
            writer.raw(&value);
        }
    }
}
