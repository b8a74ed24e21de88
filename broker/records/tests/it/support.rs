//! Building batches by hand, valid and not, and an owned form of records to compare.

use bytes::Bytes;
use weir_model::{Offset, TimestampMs};
use weir_records::{BatchBuilder, BatchHeader, BatchView, Compression, Header, RecordError};

/// The time of all tests: 2026-11-22.
pub(crate) const NOW: TimestampMs = TimestampMs(1_795_305_600_000);

/// A record that owns its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct OwnedRecord {
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl OwnedRecord {
    pub(crate) fn push_to(&self, builder: &mut BatchBuilder) {
        let headers: Vec<_> =
            self.headers.iter().map(|(key, value)| Header { key, value: value.as_deref() }).collect();
        builder
            .push(self.key.as_deref(), self.value.as_deref(), &headers, TimestampMs(self.timestamp))
            .unwrap();
    }
}

/// `count` records with keys, values of about 100 bytes and two headers under the same key in every third.
pub(crate) fn sample_records(count: usize) -> Vec<OwnedRecord> {
    (0..count)
        .map(|index| OwnedRecord {
            offset: i64::try_from(index).unwrap(),
            timestamp: NOW.0 + i64::try_from(index % 7).unwrap() - 3,
            key: (index % 5 != 4).then(|| format!("key-{index}").into_bytes()),
            value: (index % 11 != 10).then(|| format!("value {index} {}", "weir ".repeat(18)).into_bytes()),
            headers: match index % 3 {
                0 => vec![(b"trace".to_vec(), Some(vec![1, 2, 3])), (b"trace".to_vec(), None)],
                _ => Vec::new(),
            },
        })
        .collect()
}

pub(crate) fn build(records: &[OwnedRecord], compression: Compression) -> Bytes {
    let mut builder = BatchBuilder::new(Offset::ZERO, compression);
    for record in records {
        record.push_to(&mut builder);
    }
    builder.finish().unwrap()
}

/// Reads all records of a batch.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<OwnedRecord>, RecordError> {
    let batch = BatchView::first(bytes)?;
    let records = batch.records()?;
    let mut owned = Vec::new();
    for record in records.iter() {
        let record = record?;
        owned.push(OwnedRecord {
            offset: records.offset(&record).0,
            timestamp: records.timestamp(&record).0,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: record.headers().map(|h| (h.key.to_vec(), h.value.map(<[u8]>::to_vec))).collect(),
        });
    }
    Ok(owned)
}

/// A batch around any payload: changes the header of `like` and stores size and checksum that fit.
pub(crate) fn assemble(like: &[u8], payload: &[u8], change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
    let mut header = BatchHeader::parse(like).unwrap();
    header.size_bytes = BatchHeader::BYTES + payload.len();
    change(&mut header);
    let mut bytes = header.encode().unwrap().to_vec();
    bytes.extend_from_slice(payload);
    fix_crc(&mut bytes);
    bytes
}

/// Stores the checksum of whatever the bytes are.
pub(crate) fn fix_crc(bytes: &mut [u8]) {
    let crc = crc_fast::crc32_iscsi(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
}
