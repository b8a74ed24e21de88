//! The checksum of every file of ours that is not a record batch: CRC-32C, as in the batches.

use crc_fast::CrcAlgorithm;

/// CRC-32C (Castagnoli).
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    u32::try_from(crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, bytes)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_value_of_rfc_3720() {
        assert_eq!(super::crc32c(b"123456789"), 0xe306_9283);
    }
}
