//! Loading a shard from the batches of its log.

use weir_records::{BatchIter, RecordError};

use crate::record::DecodeError;
use crate::shard::GroupShard;
use crate::state::OffsetCursor;

/// What a load has gone through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadProgress {
    /// Records that were applied.
    pub applied: u64,
    /// Records of other kinds of groups, or of the future.
    pub skipped: u64,
    /// The offset after the last batch.
    pub next_offset: i64,
}

/// Why a shard can't be loaded; it must not serve then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A batch is damaged.
    #[error("the batch at offset {offset} is damaged")]
    Batch {
        /// Where the batch starts, or should start.
        offset: i64,
        /// What is wrong with it.
        #[source]
        source: RecordError,
    },
    /// A record is none of this topic's.
    #[error("the record at offset {offset} can't be read")]
    Record {
        /// The record's offset.
        offset: i64,
        /// What is wrong with it.
        #[source]
        source: DecodeError,
    },
}

impl GroupShard {
    /// Applies whole batches, one after another. Checksums are verified. Control batches, and batches of transactions,
    /// which no coordinator of this version writes, are passed over.
    ///
    /// # Errors
    /// On the first batch or record that can't be read.
    pub fn load(&mut self, bytes: &[u8], progress: &mut LoadProgress) -> Result<(), LoadError> {
        let mut cursor = OffsetCursor::default();
        let loaded = self.load_batches(bytes, &mut cursor, progress);
        self.state.settle(&mut cursor);
        loaded
    }

    fn load_batches(
        &mut self,
        bytes: &[u8],
        cursor: &mut OffsetCursor,
        progress: &mut LoadProgress,
    ) -> Result<(), LoadError> {
        for batch in BatchIter::new(bytes) {
            let offset = progress.next_offset;
            let batch = batch.map_err(|source| LoadError::Batch { offset, source })?;
            let base = batch.header().base_offset.0;
            let damaged = |source| LoadError::Batch { offset: base, source };
            batch.check_crc().map_err(damaged)?;
            let attributes = batch.header().attributes;
            if !attributes.is_control() && !attributes.is_transactional() {
                let records = batch.records().map_err(damaged)?;
                for record in records.iter() {
                    let record = record.map_err(damaged)?;
                    let unreadable =
                        |source| LoadError::Record { offset: base + i64::from(record.offset_delta), source };
                    let key = record.key.ok_or_else(|| unreadable(DecodeError::NoKey))?;
                    let known = self.state.replay_at(cursor, key, record.value).map_err(unreadable)?;
                    progress.applied += u64::from(known);
                    progress.skipped += u64::from(!known);
                }
            }
            progress.next_offset = base + i64::from(batch.header().last_offset_delta) + 1;
        }
        Ok(())
    }
}
