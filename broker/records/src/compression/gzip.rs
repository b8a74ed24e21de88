//! gzip: one member is written, several are read, as Java's `GZIPInputStream` does.

use std::io::Write;

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::{Compression, read_capped};
use crate::{BuildError, DecompressError};

/// `compression.gzip.level`: Kafka's -1 is zlib's own default, 6.
const LEVEL_DEFAULT: i32 = 6;

pub(super) fn compress(level: Option<i32>, plain: &[u8]) -> Result<Vec<u8>, BuildError> {
    let level = level.filter(|&level| level >= 0).unwrap_or(LEVEL_DEFAULT).min(9);
    let level = flate2::Compression::new(level.unsigned_abs());
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 2 + 64), level);
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    written.map_err(|_| BuildError::Compress(Compression::Gzip))
}

/// What follows the last member must be another member; bytes that are none are damage.
pub(super) fn decompress(packed: &[u8], max: usize) -> Result<Vec<u8>, DecompressError> {
    if packed.is_empty() {
        return Err(DecompressError::Damaged(Compression::Gzip));
    }
    read_capped(MultiGzDecoder::new(packed), Compression::Gzip, packed.len(), max)
}
