//! Cuts without a broker: threads write and sync files through the same door to the disk that the log uses. A round takes a
//! sixth of a second, so that a sync whose word does not hold is found in seconds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use weir_env::Env;
use weir_env::disk::{Disk, DiskFile, Open};

use crate::folder::Folder;
use crate::volume::Volume;
use weir_e2e::random::Random;

const THREADS: usize = 4;
const FILES: usize = 3;
const BLOCK_BYTES: usize = 4096;

/// How long a write waits for its sync, as it does for a round of flushes. A cut in this time meets unwritten pages.
const WAIT: Duration = Duration::from_micros(1500);

/// Runs the cuts until one finds something wrong.
pub(crate) fn run(cuts: u64, random: &mut Random) -> Result<Vec<String>> {
    let folder = Folder::new()?;
    let mut volume = Volume::new(folder.path())?;
    let disk = Env::real().disk;
    for cut in 0..cuts {
        let dirs: Vec<PathBuf> =
            (0..THREADS).map(|thread| volume.path().join(format!("{cut}-{thread}"))).collect();
        let threads: Vec<_> = dirs
            .iter()
            .map(|dir| {
                let (disk, dir) = (Arc::clone(&disk), dir.clone());
                std::thread::spawn(move || write_and_sync(disk.as_ref(), &dir))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(30 + random.below(50) as u64));
        volume.cut_power()?;
        let synced: Vec<usize> = threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread that writes panicked")))
            .collect::<Result<_>>()?;
        volume.restore_power()?;
        let mut wrong = Vec::new();
        for (dir, blocks) in dirs.iter().zip(synced) {
            wrong.extend(judge(dir, blocks));
            std::fs::remove_dir_all(dir).or_else(|error| if blocks == 0 { Ok(()) } else { Err(error) })?;
        }
        if !wrong.is_empty() {
            return Ok(wrong);
        }
    }
    println!("{cuts} cuts while {THREADS} threads wrote and synced files: nothing that was synced is lost");
    Ok(Vec::new())
}

/// Writes and syncs until the disk refuses. Returns how many blocks of each file were synced.
fn write_and_sync(disk: &dyn Disk, dir: &Path) -> usize {
    let mut synced = 0;
    // An error is the cut.
    _ = (|| -> std::io::Result<()> {
        disk.create_dir_all(dir)?;
        let open = |number: usize| disk.open(&dir.join(number.to_string()), Open::CreateNew);
        let files: Vec<Arc<dyn DiskFile>> = (0..FILES).map(open).collect::<std::io::Result<_>>()?;
        disk.sync_dir(dir)?;
        loop {
            for file in &files {
                file.write_all_at(&block(synced), (synced * BLOCK_BYTES) as u64)?;
            }
            std::thread::sleep(WAIT);
            for file in &files {
                file.sync()?;
            }
            synced += 1;
        }
    })();
    synced
}

fn block(number: usize) -> Vec<u8> {
    vec![u8::try_from(number % 251 + 1).unwrap_or(0); BLOCK_BYTES]
}

/// The files of a directory that hold less than was synced.
fn judge(dir: &Path, synced: usize) -> Vec<String> {
    let expected: Vec<u8> = (0..synced).flat_map(block).collect();
    let holds = |path: &PathBuf| std::fs::read(path).unwrap_or_default().starts_with(&expected);
    (0..FILES)
        .map(|number| dir.join(number.to_string()))
        .filter(|path| !holds(path))
        .map(|path| format!("{} does not hold the {synced} blocks that were synced", path.display()))
        .collect()
}
