//! How the records of an operation leave: as one append, or as several where they may be torn apart. Knows how large a batch
//! of them would be, and nothing of the log.

use bytes::Bytes;
use weir_model::{Offset, TimestampMs};
use weir_records::{BatchBuilder, BatchHeader, Compression};

use crate::api::EncodedRecord;
use crate::record::GroupRecord;

/// Keys and values of one part of an operation that may be appended in parts: far below every useful `max.message.bytes`,
/// and some hundred tombstones.
const PART_BYTES_MAX: usize = 16 * 1024;

/// The most that a batch holds of a record beside its key and value, rounded up: seven numbers of 23 bytes in all.
const RECORD_EXTRA_BYTES: usize = 32;

/// Records of one append, and the way back.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) records: Vec<EncodedRecord>,
    pub(crate) inverse: Vec<GroupRecord>,
}

/// Keys and values of one part where batches are so large at most.
pub(crate) fn bytes_max(batch_bytes_max: usize) -> usize {
    // A tombstone's batch is up to twice its key.
    PART_BYTES_MAX.min(batch_bytes_max / 4)
}

/// One append, or several where there is a size for them: each with its own way back, so that a failure between them leaves
/// in memory exactly what is in the log.
pub(crate) fn split(
    records: &[GroupRecord],
    inverse: Vec<GroupRecord>,
    part_bytes_max: Option<usize>,
) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut bytes = 0;
    for (record, inverse) in records.iter().map(GroupRecord::encode).zip(inverse) {
        let size = plain_bytes(&record);
        let is_full = part_bytes_max.is_some_and(|max| bytes + size > max);
        if is_full || parts.is_empty() {
            parts.push(Part::default());
            bytes = 0;
        }
        bytes += size;
        let part = parts.last_mut().expect("one was pushed before the first record");
        part.records.push(record);
        part.inverse.push(inverse);
    }
    parts
}

fn plain_bytes(record: &EncodedRecord) -> usize {
    record.key.len() + record.value.as_ref().map_or(0, Bytes::len)
}

impl Part {
    /// Whether one batch of this size can hold it.
    pub(crate) fn fits(&self, batch_bytes_max: usize) -> bool {
        let records = self.records.iter().map(|record| RECORD_EXTRA_BYTES + plain_bytes(record));
        let at_most = BatchHeader::BYTES + records.sum::<usize>();
        // Measuring takes a copy; few operations come near the limit.
        at_most <= batch_bytes_max || self.batch_bytes().is_some_and(|bytes| bytes <= batch_bytes_max)
    }

    /// The size of the batch, `None` where there can be none.
    fn batch_bytes(&self) -> Option<usize> {
        let mut batch = BatchBuilder::new(Offset::ZERO, Compression::None);
        for record in &self.records {
            batch.push(Some(&record.key), record.value.as_deref(), &[], TimestampMs::NONE).ok()?;
        }
        Some(BatchHeader::BYTES + batch.plain_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(count: usize, value_bytes: usize) -> Part {
        let value = Some(Bytes::from(vec![7; value_bytes]));
        let record = EncodedRecord { key: Bytes::from_static(b"key"), value };
        Part { records: vec![record; count], inverse: Vec::new() }
    }

    #[test]
    fn a_part_fits_into_a_batch_of_its_size_and_no_smaller_one() {
        for (count, value_bytes) in [(1, 0), (1, 100_000), (300, 5)] {
            let part = part(count, value_bytes);
            let mut batch = BatchBuilder::new(Offset::ZERO, Compression::None);
            for record in &part.records {
                let now = TimestampMs(1_700_000_000_000);
                batch.push(Some(&record.key), record.value.as_deref(), &[], now).expect("it is small");
            }
            let size = batch.finish().expect("it holds a record").len();
            assert!(part.fits(size) && part.fits(2 * size), "{count} of {value_bytes}");
            assert!(!part.fits(size - 1), "{count} of {value_bytes}");
        }
    }
}
