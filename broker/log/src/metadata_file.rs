//! `partition.metadata`, the topic id of a directory, as Kafka writes it: a line `version: 0` and a line `topic_id: …`.
//!
//! It is written when the directory is made and synced by the log's first flush. In between it is closed: thousands of
//! partitions may be made within one flush, and no pool counts these files.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use weir_env::disk::{Disk, DiskFile, Open};
use weir_model::TopicId;

use crate::error::{At, LogError};
use crate::names;

/// The file has 40 bytes; one that is longer is not one.
const FILE_BYTES_MAX: usize = 256;

/// Writes the file, to be synced with [`sync`] later.
pub(crate) fn write(disk: &dyn Disk, dir: &Path, topic_id: TopicId) -> io::Result<Arc<dyn DiskFile>> {
    let file = disk.open(&dir.join(names::METADATA), Open::Create)?;
    file.write_all_at(format!("version: 0\ntopic_id: {topic_id}\n").as_bytes(), 0)?;
    Ok(file)
}

/// Puts what [`write`] wrote on disk. It is written once more: a failure to bring the first bytes to the disk may be told to
/// nobody who opens the file after it.
pub(crate) fn sync(disk: &dyn Disk, dir: &Path, topic_id: TopicId) -> io::Result<()> {
    write(disk, dir, topic_id)?.sync()
}

/// The topic id, `None` when the file is missing or was not written to its end.
///
/// # Errors
/// The disk fails, or the file is of a newer version.
pub(crate) fn read(disk: &dyn Disk, dir: &Path) -> Result<Option<TopicId>, LogError> {
    let path = dir.join(names::METADATA);
    let bytes = match disk.read_small(&path, FILE_BYTES_MAX) {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => None,
        bytes => bytes.at("reading", &path)?,
    };
    let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) else { return Ok(None) };
    let version =
        text.strip_prefix("version: ").and_then(|rest| rest.split_once('\n')?.0.parse::<u16>().ok());
    if let Some(version @ 1..) = version {
        let reason = format!(
            "it is of version {version}, and this program knows version 0: start the program that wrote it"
        );
        return Err(LogError::Unreadable { path, reason });
    }
    let topic_id = || text.strip_prefix("version: 0\ntopic_id: ")?.strip_suffix('\n')?.parse().ok();
    Ok(topic_id())
}
