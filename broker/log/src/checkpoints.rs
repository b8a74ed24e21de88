//! Where recovery may start, for every log of a data directory, in one file that is replaced as a whole.
//!
//! ```text
//! weir recovery points 1
//! <CRC-32C of the lines below, eight hex digits>
//! <directory> <topic id> <recovery point> <segment base> <position of the recovery point in that segment>
//! ```
//!
//! Everything before a recovery point is on disk. The topic id ties a line to one life of a partition: a topic deleted and
//! made again starts without one. A file that is damaged or of another version is as good as none: recovery then says so
//! and reads the logs from their start.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use weir_env::disk::Disk;
use weir_model::TopicId;

use crate::checksum::crc32c;
use crate::error::Unfit;
use crate::sync::lock;
use crate::writer::Place;

/// The first line but for the version.
const TITLE: &str = "weir recovery points ";

const VERSION: u32 = 1;

/// 100,000 partitions with the longest names.
const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A log's recovery point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RecoveryPoint {
    pub(crate) topic_id: TopicId,
    pub(crate) offset: i64,
    /// Where the offset lies.
    pub(crate) place: Place,
}

/// The recovery points of a data directory by the directories' names.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    points: Mutex<Points>,
    /// Held while the file is written.
    writing: Mutex<()>,
    /// The file was there when this was opened.
    found: bool,
}

#[derive(Debug, Default)]
struct Points {
    by_dir: BTreeMap<String, RecoveryPoint>,
    /// Lines that were dropped, but are in the file yet.
    dropped: BTreeSet<String>,
    /// Counts changes; the file holds those up to `written`.
    changes: u64,
    written: u64,
}

impl Checkpoints {
    /// Reads the file, if it is there and fit.
    pub(crate) fn open(disk: &Arc<dyn Disk>, path: PathBuf) -> io::Result<Self> {
        let mut found = true;
        let read = match disk.read_small(&path, FILE_BYTES_MAX) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(Unfit::Damaged),
            bytes => match bytes? {
                Some(bytes) => decode(&bytes),
                None => {
                    found = false;
                    Ok(BTreeMap::new())
                }
            },
        };
        let by_dir = read.unwrap_or_else(|reason| {
            tracing::warn!(
                file = %path.display(),
                %reason,
                "the recovery points can't be used and are made anew; logs are read from their start"
            );
            BTreeMap::new()
        });
        let points = Mutex::new(Points { by_dir, ..Points::default() });
        Ok(Self { disk: Arc::clone(disk), path, points, writing: Mutex::default(), found })
    }

    pub(crate) fn point(&self, dir: &str, topic_id: TopicId) -> Option<RecoveryPoint> {
        lock(&self.points).by_dir.get(dir).copied().filter(|point| point.topic_id == topic_id)
    }

    /// Changes a line; on disk after the next [`Self::write`].
    pub(crate) fn set(&self, dir: &str, point: RecoveryPoint) {
        let mut points = lock(&self.points);
        if points.by_dir.get(dir) != Some(&point) {
            points.by_dir.insert(dir.to_owned(), point);
            points.changes += 1;
        }
    }

    /// Drops a line; on disk after the next [`Self::write`].
    pub(crate) fn remove(&self, dir: &str) {
        let mut points = lock(&self.points);
        if points.by_dir.remove(dir).is_some() {
            points.dropped.insert(dir.to_owned());
            points.changes += 1;
        }
    }

    /// Whether some life of this directory was on disk once.
    pub(crate) fn knows(&self, dir: &str) -> bool {
        lock(&self.points).by_dir.contains_key(dir)
    }

    /// The topic whose directory this was.
    pub(crate) fn topic_of(&self, dir: &str) -> Option<TopicId> {
        lock(&self.points).by_dir.get(dir).map(|point| point.topic_id)
    }

    /// Whether the file was there at the start: it is, before the first partition is.
    pub(crate) fn was_found(&self) -> bool {
        self.found
    }

    /// Makes the file, if it was not there.
    pub(crate) fn begin(&self) -> io::Result<()> {
        if !self.found {
            lock(&self.points).changes += 1;
        }
        self.write()
    }

    /// The lines of directories other than these.
    pub(crate) fn other_than(&self, dirs: &BTreeSet<String>) -> BTreeMap<String, TopicId> {
        let points = lock(&self.points);
        let others = points.by_dir.iter().filter(|(dir, _)| !dirs.contains(*dir));
        others.map(|(dir, point)| (dir.clone(), point.topic_id)).collect()
    }

    /// Takes care that the file says nothing about a directory that is about to be made.
    pub(crate) fn forget(&self, dir: &str) -> io::Result<()> {
        if lock(&self.points).dropped.contains(dir) { self.write() } else { Ok(()) }
    }

    /// Makes every change up to now durable. Callers that come while another writes share the next write.
    pub(crate) fn write(&self) -> io::Result<()> {
        let wanted = lock(&self.points).changes;
        let _writing = lock(&self.writing);
        let (text, changes, dropped) = {
            let points = lock(&self.points);
            if points.written >= wanted {
                return Ok(());
            }
            (encode(&points.by_dir), points.changes, points.dropped.clone())
        };
        self.disk.replace_small(&self.path, text.as_bytes())?;
        let mut points = lock(&self.points);
        points.written = changes;
        // What was dropped again meanwhile had no line in this file either.
        points.dropped.retain(|dir| !dropped.contains(dir));
        Ok(())
    }
}

fn encode(by_dir: &BTreeMap<String, RecoveryPoint>) -> String {
    let mut lines = String::with_capacity(by_dir.len() * 64);
    for (dir, RecoveryPoint { topic_id, offset, place: Place { base, position } }) in by_dir {
        _ = writeln!(lines, "{dir} {topic_id} {offset} {base} {position}");
    }
    format!("{TITLE}{VERSION}\n{:08x}\n{lines}", crc32c(lines.as_bytes()))
}

fn decode(bytes: &[u8]) -> Result<BTreeMap<String, RecoveryPoint>, Unfit> {
    let titled = || std::str::from_utf8(bytes).ok()?.strip_prefix(TITLE)?.split_once('\n');
    let (version, rest) = titled().ok_or(Unfit::Damaged)?;
    match version.parse().map_err(|_| Unfit::Damaged)? {
        VERSION => decode_points(rest).ok_or(Unfit::Damaged),
        found => Err(Unfit::Version { found, known: VERSION }),
    }
}

fn decode_points(text: &str) -> Option<BTreeMap<String, RecoveryPoint>> {
    let (crc, lines) = text.split_once('\n')?;
    if u32::from_str_radix(crc, 16).ok()? != crc32c(lines.as_bytes()) {
        return None;
    }
    lines.lines().map(decode_line).collect()
}

fn decode_line(line: &str) -> Option<(String, RecoveryPoint)> {
    let mut words = line.split(' ');
    let dir = words.next()?.to_owned();
    let topic_id = words.next()?.parse().ok()?;
    let offset = words.next()?.parse().ok()?;
    let place = Place { base: words.next()?.parse().ok()?, position: words.next()?.parse().ok()? };
    words.next().is_none().then_some((dir, RecoveryPoint { topic_id, offset, place }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lines_read_back_and_damage_is_seen() {
        let point = RecoveryPoint {
            topic_id: TopicId::from_random([3; 16]),
            offset: 120,
            place: Place { base: 100, position: 4096 },
        };
        let points = BTreeMap::from([("a-0".to_owned(), point), ("b.c-11".to_owned(), point)]);
        let text = encode(&points);
        assert_eq!(decode(text.as_bytes()), Ok(points));
        for at in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[at] ^= 1;
            assert!(decode(&damaged).is_err(), "bit at {at}");
            assert_eq!(decode(&text.as_bytes()[..at]), Err(Unfit::Damaged), "cut at {at}");
        }
        let newer = text.replacen('1', "12", 1);
        assert_eq!(decode(newer.as_bytes()), Err(Unfit::Version { found: 12, known: 1 }));
    }
}
