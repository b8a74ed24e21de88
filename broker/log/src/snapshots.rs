//! Producer state on disk: `<offset>.snapshot` holds what the batches before that offset say.
//!
//! ```text
//! version i16 = 101, CRC-32C u32 of all that follows, count i32, then for each producer
//!   id i64, epoch i16, batches u8 (0..=5), then for each batch, oldest first
//!     first sequence i32, last sequence i32, first offset i64, last offset i64, timestamp i64
//! ```
//!
//! Kafka's own snapshots (versions 1 and 2) keep only the last batch of each producer; after a restart the retry of an older
//! one in flight would look like a gap. A snapshot that is torn is ignored: an older one, or the log itself, says the same.
//! A whole one of another version is not: what a newer version knows of producers must not be forgotten by an older one.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use weir_env::disk::{Disk, Open};
use weir_model::{ProducerEpoch, ProducerId};

use crate::checksum::crc32c;
use crate::error::{At, LogError};
use crate::names;
use crate::partition::PartitionLog;
use crate::producers::{PRODUCERS_MAX, Producer, Producers, WINDOW_BATCHES, WindowBatch};
use crate::writer::Writer;

const VERSION: i16 = 101;
const HEAD_BYTES: usize = 6;
const PRODUCER_BYTES: usize = 11;
const BATCH_BYTES: usize = 32;

/// The largest file that can be right: as many producers as a log remembers, each with a whole window.
pub(crate) const SNAPSHOT_BYTES_MAX: usize =
    HEAD_BYTES + 4 + PRODUCERS_MAX * (PRODUCER_BYTES + WINDOW_BATCHES * BATCH_BYTES);

/// The bytes of a snapshot file.
pub(crate) fn encode(producers: &Producers) -> Vec<u8> {
    let mut body = Vec::with_capacity(4 + producers.by_id.len() * (PRODUCER_BYTES + BATCH_BYTES));
    body.extend_from_slice(&u32::try_from(producers.by_id.len()).unwrap_or(u32::MAX).to_be_bytes());
    for (id, producer) in &producers.by_id {
        body.extend_from_slice(&id.0.to_be_bytes());
        body.extend_from_slice(&producer.epoch.0.to_be_bytes());
        body.push(u8::try_from(producer.window.len()).unwrap_or(u8::MAX));
        for batch in &producer.window {
            body.extend_from_slice(&batch.first_sequence.to_be_bytes());
            body.extend_from_slice(&batch.last_sequence.to_be_bytes());
            body.extend_from_slice(&batch.first_offset.to_be_bytes());
            body.extend_from_slice(&batch.last_offset.to_be_bytes());
            body.extend_from_slice(&batch.timestamp.to_be_bytes());
        }
    }
    let mut bytes = Vec::with_capacity(HEAD_BYTES + body.len());
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&crc32c(&body).to_be_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// What [`encode`] wrote, `None` for anything else. Everybody counts as seen at `now`.
pub(crate) fn decode(bytes: &[u8], now: Duration) -> Option<Producers> {
    let mut head = Fields(bytes);
    if i16::from_be_bytes(head.take()?) != VERSION || u32::from_be_bytes(head.take()?) != crc32c(head.0) {
        return None;
    }
    let count = u32::from_be_bytes(head.take()?);
    let mut producers = Producers::default();
    for _ in 0..count {
        let id = ProducerId(i64::from_be_bytes(head.take()?));
        let epoch = ProducerEpoch(i16::from_be_bytes(head.take()?));
        let [batches] = head.take()?;
        let mut window = VecDeque::with_capacity(1);
        for _ in 0..usize::from(batches).min(WINDOW_BATCHES) {
            window.push_back(WindowBatch {
                first_sequence: i32::from_be_bytes(head.take()?),
                last_sequence: i32::from_be_bytes(head.take()?),
                first_offset: i64::from_be_bytes(head.take()?),
                last_offset: i64::from_be_bytes(head.take()?),
                timestamp: i64::from_be_bytes(head.take()?),
            });
        }
        producers.by_id.insert(id, Producer { epoch, window, last_seen: now });
    }
    producers.evict_excess();
    head.0.is_empty().then_some(producers)
}

/// Fixed-size fields one after another.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }
}

/// The version of a snapshot that is whole, but not one of ours.
fn foreign_version(bytes: &[u8]) -> Option<i16> {
    let mut head = Fields(bytes);
    let version = i16::from_be_bytes(head.take()?);
    let is_whole = u32::from_be_bytes(head.take()?) == crc32c(head.0);
    (is_whole && version != VERSION).then_some(version)
}

/// The snapshot at `offset`, `None` when it is missing or damaged.
///
/// # Errors
/// The disk fails, or the snapshot is of another version.
pub(crate) fn load(
    disk: &dyn Disk,
    dir: &Path,
    offset: i64,
    now: Duration,
) -> Result<Option<Producers>, LogError> {
    let path = dir.join(names::segment_file(offset, names::SNAPSHOT));
    let bytes = match disk.read_small(&path, SNAPSHOT_BYTES_MAX) {
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            tracing::warn!(file = %path.display(), %error, "a snapshot of producers is too large and is not used");
            None
        }
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => None,
        bytes => bytes.at("reading the producers of", &path)?,
    };
    let Some(bytes) = bytes else { return Ok(None) };
    match foreign_version(&bytes) {
        None => Ok(decode(&bytes, now)),
        Some(version) => Err(LogError::Unreadable {
            path,
            reason: format!(
                "it is of version {version}, and this program knows version {VERSION}: start the program that wrote it, \
                 or remove the file if retries of producers may be written twice"
            ),
        }),
    }
}

impl PartitionLog {
    /// Writes the producers' state at the log end, to be synced by the next flush. A snapshot in the middle of the active
    /// segment replaces an older one there, which goes after that flush.
    pub(crate) fn snapshot_producers(&self, writer: &mut Writer) -> io::Result<()> {
        let (end, before) = (writer.log_end, writer.snapshot_at);
        if writer.deleted || (before == end && writer.since_snapshot_bytes == 0) {
            return Ok(());
        }
        let path = |offset| self.dir.join(names::segment_file(offset, names::SNAPSHOT));
        let slot = self.shared.pool.slot(path(end));
        let file = slot.open(Open::Create)?;
        let bytes = encode(&writer.producers);
        file.set_len(bytes.len() as u64)?;
        file.write_all_at(&bytes, 0)?;
        writer.mark_slot_dirty(slot, file);
        writer.dir_dirty = true;
        writer.snapshot_at = end;
        writer.since_snapshot_bytes = 0;
        if before > writer.active.base() && before < end {
            // Until the new one is on disk, this one may be the only witness of segments that were removed.
            writer.stale_snapshots.push(path(before));
        }
        Ok(())
    }
}
