//! The five codecs, each with a cap on what it unpacks.
//!
//! What is written is what Kafka's Java client writes: gzip members, xerial-framed snappy, lz4 frames of independent 64 KiB
//! blocks, zstd frames. What is read is that, and what other clients write: several gzip members, raw snappy, lz4 frames with
//! any block size or checksums. What the codec allows but Kafka's Java consumer can't read is refused, since one such batch
//! would stop every consumer of the partition.

mod gzip;
mod lz4;
mod snappy;
mod zstandard;

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::str::FromStr;

use crate::{BuildError, DecompressError, RecordError};

/// A codec, by Kafka's number and name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Compression {
    /// Plain records.
    #[default]
    None,
    /// RFC 1952.
    Gzip,
    /// Snappy, in xerial's framing or raw.
    Snappy,
    /// The lz4 frame format.
    Lz4,
    /// RFC 8878.
    Zstd,
}

impl Compression {
    /// All codecs, by their numbers.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The number in a batch's attributes.
    pub const fn id(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Gzip => 1,
            Self::Snappy => 2,
            Self::Lz4 => 3,
            Self::Zstd => 4,
        }
    }

    /// The codec of a number.
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Self::None),
            1 => Some(Self::Gzip),
            2 => Some(Self::Snappy),
            3 => Some(Self::Lz4),
            4 => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The name in `compression.type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No codec has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a compression is none, gzip, snappy, lz4 or zstd")]
pub struct UnknownCompression;

impl FromStr for Compression {
    type Err = UnknownCompression;

    /// Takes Kafka's names, and `uncompressed`, which `compression.type` of a topic says for `none`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "uncompressed" => Ok(Self::None),
            name => Self::ALL.into_iter().find(|codec| codec.name() == name).ok_or(UnknownCompression),
        }
    }
}

/// Packs `plain`. The level is the codec's own (gzip 1 to 9, zstd up to 22), brought into its range; without it, Kafka's
/// default. Snappy has no levels, and lz4 is always written at its fastest.
///
/// # Errors
/// The codec failed, which needs memory to run out or more than 4 GiB.
pub fn compress(codec: Compression, level: Option<i32>, plain: &[u8]) -> Result<Vec<u8>, BuildError> {
    match codec {
        Compression::None => Ok(plain.to_vec()),
        Compression::Gzip => gzip::compress(level, plain),
        Compression::Snappy => snappy::compress(plain),
        Compression::Lz4 => lz4::compress(plain),
        Compression::Zstd => zstandard::compress(level, plain),
    }
}

/// Unpacks `packed` to at most `plain_bytes_max` bytes.
///
/// # Errors
/// The data is damaged, unreadable for Kafka's consumers, followed by other bytes, or too large.
pub fn decompress(
    codec: Compression,
    packed: &[u8],
    plain_bytes_max: usize,
) -> Result<Vec<u8>, DecompressError> {
    match codec {
        Compression::None if packed.len() > plain_bytes_max => {
            Err(DecompressError::TooLarge { max: plain_bytes_max })
        }
        Compression::None => Ok(packed.to_vec()),
        Compression::Gzip => gzip::decompress(packed, plain_bytes_max),
        Compression::Snappy => snappy::decompress(packed, plain_bytes_max),
        Compression::Lz4 => lz4::decompress(packed, plain_bytes_max),
        Compression::Zstd => zstandard::decompress(packed, plain_bytes_max),
    }
}

/// The plain bytes, borrowed if they are plain already.
pub(crate) fn plain(
    codec: Compression,
    payload: &[u8],
    plain_bytes_max: usize,
) -> Result<Cow<'_, [u8]>, RecordError> {
    if codec == Compression::None && payload.len() <= plain_bytes_max {
        return Ok(Cow::Borrowed(payload));
    }
    Ok(Cow::Owned(decompress(codec, payload, plain_bytes_max)?))
}

/// Reads all of a decoder, refusing to hold more than `plain_bytes_max` bytes. While the buffer grows, the old half is there
/// beside the new one, so that twice the cap is the most that is allocated.
fn read_capped(
    mut decoder: impl Read,
    codec: Compression,
    packed_bytes: usize,
    plain_bytes_max: usize,
) -> Result<Vec<u8>, DecompressError> {
    /// Records usually shrink to a quarter; a first guess that saves the growing.
    const RATIO_USUAL: usize = 4;
    let damaged = DecompressError::Damaged(codec);
    let guess = packed_bytes.saturating_mul(RATIO_USUAL).min(plain_bytes_max);
    let mut plain = Vec::with_capacity(guess);
    while plain.len() < plain_bytes_max {
        let growth = plain.len().max(packed_bytes).max(1).min(plain_bytes_max - plain.len());
        if plain.capacity() == plain.len() {
            plain.reserve_exact(growth);
        }
        let room = plain.capacity().min(plain_bytes_max) - plain.len();
        let limit = u64::try_from(room).unwrap_or(u64::MAX);
        let read = decoder.by_ref().take(limit).read_to_end(&mut plain).map_err(|_| damaged.clone())?;
        if read < room {
            return Ok(plain);
        }
    }
    match decoder.read(&mut [0]) {
        Ok(0) => Ok(plain),
        Ok(_) => Err(DecompressError::TooLarge { max: plain_bytes_max }),
        Err(_) => Err(damaged),
    }
}
