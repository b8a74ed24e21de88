//! CRC-32C (Castagnoli) as a batch uses it: over everything from the attributes to the end.

use crc_fast::{CrcAlgorithm, Digest};

use crate::header::{BatchHeader, Field};

/// The checksum of a whole batch. `batch` holds at least a header.
pub(crate) fn of_batch(batch: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(batch.get(Field::ATTRIBUTES..).unwrap_or_default())
}

/// The checksum of a batch whose header and payload lie in different places.
pub(crate) fn of_parts(header: &[u8; BatchHeader::BYTES], payload: &[u8]) -> u32 {
    let mut digest = Digest::new(CrcAlgorithm::Crc32Iscsi);
    digest.update(header.get(Field::ATTRIBUTES..).unwrap_or_default());
    digest.update(payload);
    // The digest is 64 bits wide for all algorithms; a 32-bit one leaves the upper half zero.
    u32::try_from(digest.finalize()).unwrap_or(u32::MAX)
}
