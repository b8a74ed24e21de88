//! zstd frames, one written, several read.
//!
//! A frame is unpacked in one step into memory of its own bound, so that no window is allocated: a header of a few bytes may
//! ask for a window of 2 GiB.

use zstd::bulk::Decompressor;
use zstd::zstd_safe;

use super::Compression;
use crate::{BuildError, DecompressError};

/// `compression.zstd.level`.
const LEVEL_DEFAULT: i32 = 3;
/// The largest window that a streaming decoder such as Java's takes unless it is told otherwise: 128 MiB.
const WINDOW_LOG_MAX: u32 = 27;
const MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();
const DAMAGED: DecompressError = DecompressError::Damaged(Compression::Zstd);

pub(super) fn compress(level: Option<i32>, plain: &[u8]) -> Result<Vec<u8>, BuildError> {
    let level = level.unwrap_or(LEVEL_DEFAULT).clamp(zstd_safe::min_c_level(), zstd_safe::max_c_level());
    zstd::bulk::compress(plain, level).map_err(|_| BuildError::Compress(Compression::Zstd))
}

pub(super) fn decompress(packed: &[u8], max: usize) -> Result<Vec<u8>, DecompressError> {
    check_windows(packed)?;
    let too_large = DecompressError::TooLarge { max };
    if let Ok(Some(size)) = zstd_safe::get_frame_content_size(packed)
        && usize::try_from(size).map_or(true, |size| size > max)
    {
        return Err(too_large);
    }
    // Exact for a frame that states its size, else the number of blocks times the largest block.
    let bound = Decompressor::upper_bound(packed).ok_or(DAMAGED)?;
    let mut plain = Vec::with_capacity(bound.min(max));
    let mut decoder = Decompressor::new().map_err(|_| DAMAGED)?;
    match decoder.decompress_to_buffer(packed, &mut plain) {
        Ok(_) if plain.len() > max => Err(too_large),
        Ok(_) => Ok(plain),
        // The bound can't be too small, so that the cap was if it is the smaller one.
        Err(_) if bound > max => Err(too_large),
        Err(_) => Err(DAMAGED),
    }
}

/// Looks at each frame: a reader that meets the second one in a stream makes a window for it too.
fn check_windows(packed: &[u8]) -> Result<(), DecompressError> {
    let mut rest = packed;
    loop {
        check_window(rest)?;
        let frame_bytes = zstd_safe::find_frame_compressed_size(rest).map_err(|_| DAMAGED)?;
        rest = rest.get(frame_bytes..).ok_or(DAMAGED)?;
        // A frame that is to be skipped has no window.
        while is_skippable(rest) {
            let skipped_bytes = zstd_safe::find_frame_compressed_size(rest).map_err(|_| DAMAGED)?;
            rest = rest.get(skipped_bytes..).ok_or(DAMAGED)?;
        }
        if rest.is_empty() {
            return Ok(());
        }
    }
}

fn is_skippable(packed: &[u8]) -> bool {
    matches!(packed, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Refuses a window that a streaming decoder refuses.
fn check_window(packed: &[u8]) -> Result<(), DecompressError> {
    const SINGLE_SEGMENT: u8 = 0b0010_0000;
    let Some([descriptor, window, ..]) = packed.strip_prefix(&MAGIC) else {
        return Err(DAMAGED);
    };
    // Exponent above 2^10 in the upper five bits, eighths of it in the lower three.
    let log = 10 + u32::from(window >> 3);
    let above = log > WINDOW_LOG_MAX || (log == WINDOW_LOG_MAX && window & 7 != 0);
    if descriptor & SINGLE_SEGMENT == 0 && above {
        return Err(DecompressError::Unreadable(Compression::Zstd));
    }
    Ok(())
}
