//! Replacing segments by a compacted one so that a crash leaves either the old ones or the new one.
//!
//! | step | a crash after it leaves |
//! |---|---|
//! | the new segment is written to `<from>-<to>.cleaned` and synced | the old segments; the file is removed |
//! | it is renamed to `<from>-<to>.swap`, the directory is synced | the new segment: recovery goes on from here |
//! | indexes of the old segments and all but the first of their logs are removed, the directory is synced | the same |
//! | `.swap` is renamed to `<from>.log`, the directory is synced | the new segment, without an index until one is built |

use std::path::Path;

use weir_env::disk::Disk;

use crate::error::{At, LogError};
use crate::names;
use crate::recovery::remove;

/// Puts a `.swap` file in place of the segments with base offsets `from..to`. May be done again at any point.
pub(crate) fn complete(disk: &dyn Disk, dir: &Path, from: i64, to: i64) -> Result<(), LogError> {
    for entry in disk.list(dir).at("listing", dir)? {
        let Some((base, extension)) = names::parse_segment_file(&entry.name) else { continue };
        let replaced = (from..to).contains(&base);
        let goes = match extension {
            names::INDEX | names::TIME_INDEX => replaced,
            names::LOG => replaced && base != from,
            _ => false,
        };
        if goes {
            remove(disk, &dir.join(&entry.name))?;
        }
    }
    disk.sync_dir(dir).at("syncing", dir)?;
    let swap = dir.join(names::swap_file(from, to, names::SWAP));
    let log = dir.join(names::segment_file(from, names::LOG));
    disk.rename(&swap, &log).at("renaming", &swap)?;
    disk.sync_dir(dir).at("syncing", dir)
}
