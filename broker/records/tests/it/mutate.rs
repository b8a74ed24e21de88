//! Seeded damage to batches, as hardware, bugs and attackers do it.

use weir_records::{BatchHeader, BatchView, Compression, RecordError, compress};

/// A small generator with a seed, so that a failure can be repeated.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % bound
    }

    /// A damaged form of a valid batch, always with the size and the checksum that fit its bytes: one half is damaged below the
    /// codec, the other anywhere behind the checksum.
    pub(crate) fn mutant(&mut self, batch: &[u8], codec: Compression) -> Result<Vec<u8>, RecordError> {
        let mut bytes = batch.to_vec();
        if self.below(2) == 0 {
            let mut plain = BatchView::first(batch)?.plain_payload(1 << 20)?.into_owned();
            self.damage(&mut plain, 0);
            bytes.truncate(BatchHeader::BYTES);
            bytes.extend_from_slice(&compress(codec, None, &plain)?);
        } else {
            self.damage(&mut bytes, 21);
        }
        if bytes.len() >= BatchHeader::BYTES {
            let length = u32::try_from(bytes.len() - 12).unwrap_or(u32::MAX);
            bytes[8..12].copy_from_slice(&length.to_be_bytes());
            let crc = crc_fast::crc32_iscsi(&bytes[21..]);
            bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        }
        Ok(bytes)
    }

    /// One change somewhere from `start` on.
    fn damage(&mut self, bytes: &mut Vec<u8>, start: usize) {
        if bytes.len() <= start {
            return bytes.push(0);
        }
        let at = start + self.below(bytes.len() - start);
        match self.below(6) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][self.below(5)],
            2 => bytes.truncate(at),
            3 => bytes.insert(at, 0xff),
            4 => {
                let extreme = [i32::MAX, i32::MIN, -1, 0][self.below(4)].to_be_bytes();
                let end = bytes.len().min(at + 4);
                bytes[at..end].copy_from_slice(&extreme[..end - at]);
            }
            _ => {
                let piece = bytes[at..bytes.len().min(at + 9)].to_vec();
                let to = start + self.below(bytes.len() - start);
                bytes.splice(to..to, piece);
            }
        }
    }
}
