//! Writing a stored or produced batch anew: with another codec, or with fewer records.

use weir_model::{Offset, TimestampMs, limits};

use crate::build::{put_record_start, seal};
use crate::varint::varlong_bytes;
use crate::{BatchHeader, BatchView, BuildError, Compression, RecordError, RecordView, compress};

/// The same batch with another codec (`compression.type` of a topic). Everything but codec, size and checksum stays, the
/// records' bytes too.
///
/// # Errors
/// The batch can't be decompressed within [`limits::BATCH_DECOMPRESSED_BYTES_MAX`].
pub fn recompress(
    batch: &BatchView<'_>,
    compression: Compression,
    level: Option<i32>,
) -> Result<Vec<u8>, RecordError> {
    let plain = batch.plain_payload(limits::BATCH_DECOMPRESSED_BYTES_MAX)?;
    Ok(assemble(*batch.header(), compression, level, &plain)?)
}

/// What is left of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Retained {
    /// Every record: the batch stands as it is.
    All,
    /// Some records: the batch that replaces it, with the same offsets, sequence numbers and codec.
    Some(Vec<u8>),
    /// No record. A log may keep [`BatchHeader`] alone, see [`Retained::empty_batch`].
    Nothing,
}

impl Retained {
    /// The batch without records that keeps a producer's last sequence in a compacted log: 61 bytes.
    ///
    /// # Errors
    /// None that can occur; the signature is the builder's.
    pub fn empty_batch(header: &BatchHeader) -> Result<Vec<u8>, RecordError> {
        let attributes = header.attributes.with_compression(Compression::None).with_delete_horizon(false);
        let header = BatchHeader { count: 0, base_timestamp: TimestampMs::NONE, attributes, ..*header };
        let mut bytes = vec![0; BatchHeader::BYTES];
        seal(&mut bytes, header)?;
        Ok(bytes)
    }
}

/// Keeps the records for which `keep` says so (compaction). Base offset, last offset delta and producer fields stay, so that
/// the log's offsets and the producer's state can be read back; the maximum timestamp becomes that of what is left.
///
/// With `delete_horizon` the batch is written anew even if all records stay, and carries it from then on (KIP-534).
///
/// # Errors
/// The batch can't be read.
pub fn retain(
    batch: &BatchView<'_>,
    delete_horizon: Option<TimestampMs>,
    mut keep: impl FnMut(Offset, TimestampMs, &RecordView<'_>) -> bool,
) -> Result<Retained, RecordError> {
    let records = batch.records()?;
    let old = *batch.header();
    let horizon = delete_horizon.filter(|&time| old.delete_horizon() != Some(time));
    let mut new = BatchHeader { count: 0, max_timestamp: TimestampMs::NONE, ..old };
    if let Some(time) = horizon {
        new.base_timestamp = time;
        new.attributes = old.attributes.with_delete_horizon(true);
    }
    let mut plain = Vec::with_capacity(records.plain().len());
    for (index, record) in (0_u32..).zip(records.iter()) {
        let record = record?;
        let timestamp = records.timestamp(&record);
        if !keep(records.offset(&record), timestamp, &record) {
            continue;
        }
        new.count += 1;
        new.max_timestamp = new.max_timestamp.max(timestamp);
        if horizon.is_none() {
            plain.extend_from_slice(record.raw());
        } else {
            let own = old.base_timestamp.0.checked_add(record.timestamp_delta);
            let own = own.ok_or(RecordError::Record { index, source: crate::Malformed::Timestamp })?;
            // Three hundred million years from the horizon a timestamp may change; its batch must not become unreadable.
            put_with_delta(&mut plain, &record, own.saturating_sub(new.base_timestamp.0));
        }
    }
    if new.count == 0 {
        return Ok(Retained::Nothing);
    }
    if new.count == old.count && horizon.is_none() {
        return Ok(Retained::All);
    }
    if let Some(time) = old.append_time() {
        new.max_timestamp = time;
    }
    Ok(Retained::Some(assemble(new, old.compression()?, None, &plain)?))
}

fn put_with_delta(out: &mut Vec<u8>, record: &RecordView<'_>, timestamp_delta: i64) {
    let fields = record.raw_after_deltas();
    let deltas_bytes = varlong_bytes(timestamp_delta) + varlong_bytes(record.offset_delta.into());
    put_record_start(out, 1 + deltas_bytes + fields.len(), timestamp_delta, record.offset_delta);
    out.extend_from_slice(fields);
}

fn assemble(
    header: BatchHeader,
    compression: Compression,
    level: Option<i32>,
    plain: &[u8],
) -> Result<Vec<u8>, BuildError> {
    let header = BatchHeader { attributes: header.attributes.with_compression(compression), ..header };
    let packed;
    let payload = if compression == Compression::None {
        plain
    } else {
        packed = compress(compression, level, plain)?;
        &packed
    };
    let mut bytes = Vec::with_capacity(BatchHeader::BYTES + payload.len());
    bytes.resize(BatchHeader::BYTES, 0);
    bytes.extend_from_slice(payload);
    seal(&mut bytes, header)?;
    Ok(bytes)
}
