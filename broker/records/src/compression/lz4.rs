//! lz4 frames. Kafka's Java reader takes one frame of independent blocks without a dictionary, and so do we.
//!
//! ```text
//! magic u32 le   flags u8   block size u8   [content size u64]   header checksum u8
//! blocks: size u32 le (bit 31: stored), bytes, [checksum u32]   end mark: u32 0   [content checksum u32]
//! ```

use std::io::Write;

use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

use super::{Compression, read_capped};
use crate::{BuildError, DecompressError};

const MAGIC: [u8; 4] = 0x184D_2204_u32.to_le_bytes();
/// Version 01 in bits 7 and 6 of the flags.
const VERSION_MASK: u8 = 0b1100_0000;
const VERSION: u8 = 0b0100_0000;
const INDEPENDENT_BLOCKS: u8 = 0b0010_0000;
const BLOCK_CHECKSUM: u8 = 0b0001_0000;
const CONTENT_SIZE: u8 = 0b0000_1000;
const CONTENT_CHECKSUM: u8 = 0b0000_0100;
/// A reserved bit, and a dictionary's id.
const FORBIDDEN: u8 = 0b0000_0011;
const DAMAGED: DecompressError = DecompressError::Damaged(Compression::Lz4);

pub(super) fn compress(plain: &[u8]) -> Result<Vec<u8>, BuildError> {
    let failed = BuildError::Compress(Compression::Lz4);
    let info = FrameInfo::new().block_mode(BlockMode::Independent).block_size(BlockSize::Max64KB);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::with_capacity(plain.len() / 2 + 64));
    encoder.write_all(plain).map_err(|_| failed)?;
    encoder.finish().map_err(|_| failed)
}

pub(super) fn decompress(packed: &[u8], max: usize) -> Result<Vec<u8>, DecompressError> {
    check_frame(packed)?;
    read_capped(FrameDecoder::new(packed), Compression::Lz4, packed.len(), max)
}

/// Walks over the frame without unpacking it. The decoder takes an end of the bytes for the end of the frame, and bytes after
/// the frame for another one; a consumer in Java does neither.
fn check_frame(packed: &[u8]) -> Result<(), DecompressError> {
    let flags = *packed.strip_prefix(&MAGIC).and_then(<[u8]>::first).ok_or(DAMAGED)?;
    if flags & VERSION_MASK != VERSION || flags & INDEPENDENT_BLOCKS == 0 || flags & FORBIDDEN != 0 {
        return Err(DecompressError::Unreadable(Compression::Lz4));
    }
    let optional = |flag: u8, bytes: usize| if flags & flag == 0 { 0 } else { bytes };
    let mut rest = packed.get(7 + optional(CONTENT_SIZE, 8)..).ok_or(DAMAGED)?;
    loop {
        let (size, after) = rest.split_first_chunk::<4>().ok_or(DAMAGED)?;
        let size = u32::from_le_bytes(*size);
        if size == 0 {
            rest = after.get(optional(CONTENT_CHECKSUM, 4)..).ok_or(DAMAGED)?;
            break;
        }
        // The upper bit says that the block is stored as it is.
        let bytes = (size & (u32::MAX >> 1)) as usize + optional(BLOCK_CHECKSUM, 4);
        rest = after.get(bytes..).ok_or(DAMAGED)?;
    }
    if rest.is_empty() { Ok(()) } else { Err(DecompressError::TrailingBytes(Compression::Lz4)) }
}
