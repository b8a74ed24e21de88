//! Snappy, framed as the xerial library for Java does it, or raw as several other clients write it.
//!
//! ```text
//! magic: 82 'S' 'N' 'A' 'P' 'P' 'Y' 00   version: i32 1   compatible with: i32 1
//! blocks: length i32, that many bytes of raw snappy; a new stream header may stand between two blocks
//! ```

use super::Compression;
use crate::{BuildError, DecompressError};

const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
const STREAM_HEADER: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
/// What Java's `SnappyOutputStream` puts into a block.
const BLOCK_BYTES: usize = 32 * 1024;
/// The lowest version of the framing that Java reads; it asks no more of a stream.
const VERSION_MIN: i32 = 1;
const DAMAGED: DecompressError = DecompressError::Damaged(Compression::Snappy);

pub(super) fn compress(plain: &[u8]) -> Result<Vec<u8>, BuildError> {
    let failed = BuildError::Compress(Compression::Snappy);
    let mut encoder = snap::raw::Encoder::new();
    let mut out = Vec::with_capacity(plain.len() / 2 + 64);
    out.extend_from_slice(&STREAM_HEADER);
    let mut block = vec![0; snap::raw::max_compress_len(plain.len().min(BLOCK_BYTES))];
    for chunk in plain.chunks(BLOCK_BYTES) {
        let written = encoder.compress(chunk, &mut block).map_err(|_| failed)?;
        out.extend_from_slice(&u32::try_from(written).map_err(|_| failed)?.to_be_bytes());
        out.extend_from_slice(block.get(..written).ok_or(failed)?);
    }
    Ok(out)
}

pub(super) fn decompress(packed: &[u8], max: usize) -> Result<Vec<u8>, DecompressError> {
    let mut plain = Vec::new();
    if !packed.starts_with(&MAGIC) {
        append_block(&mut plain, packed, max)?;
        return Ok(plain);
    }
    let mut rest = packed;
    while !rest.is_empty() {
        if rest.starts_with(&MAGIC) {
            rest = after_stream_header(rest)?;
            continue;
        }
        let (length, after) = rest.split_first_chunk::<4>().ok_or(DAMAGED)?;
        let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| DAMAGED)?;
        let (block, after) = after.split_at_checked(length).ok_or(DAMAGED)?;
        append_block(&mut plain, block, max)?;
        rest = after;
    }
    Ok(plain)
}

fn after_stream_header(bytes: &[u8]) -> Result<&[u8], DecompressError> {
    let (header, rest) = bytes.split_first_chunk::<{ STREAM_HEADER.len() }>().ok_or(DAMAGED)?;
    let version = header.get(MAGIC.len()..).and_then(<[u8]>::first_chunk::<4>).ok_or(DAMAGED)?;
    if i32::from_be_bytes(*version) < VERSION_MIN {
        return Err(DecompressError::Unreadable(Compression::Snappy));
    }
    Ok(rest)
}

fn append_block(plain: &mut Vec<u8>, block: &[u8], max: usize) -> Result<(), DecompressError> {
    /// The longest copy of 64 bytes is written in three bytes: no honest block claims more than this for each of its bytes.
    const RATIO_MAX: usize = 64;
    let claimed = snap::raw::decompress_len(block).map_err(|_| DAMAGED)?;
    let start = plain.len();
    let end = start.checked_add(claimed).filter(|&end| end <= max);
    let end = end.ok_or(DecompressError::TooLarge { max })?;
    if claimed > block.len().saturating_mul(RATIO_MAX) {
        return Err(DAMAGED);
    }
    plain.resize(end, 0);
    let out = plain.get_mut(start..).ok_or(DAMAGED)?;
    let written = snap::raw::Decoder::new().decompress(block, out).map_err(|_| DAMAGED)?;
    if written == claimed { Ok(()) } else { Err(DAMAGED) }
}
