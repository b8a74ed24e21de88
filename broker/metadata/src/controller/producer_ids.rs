//! Blocks of producer ids. An id is never handed out twice: the block is committed before its first id is used, and what
//! a broker did not use of it when it stopped is lost.

use std::ops::Range;

use weir_model::{BrokerId, ErrorCode, ProducerId};

use super::{Controller, Decision, Refusal};
use crate::record::MetadataRecord;

/// How many ids a broker takes at once, as in Kafka.
pub const PRODUCER_ID_BLOCK_SIZE: i64 = 1000;

/// A start believes ids in its logs that the metadata have not handed out up to so many beyond: a client that invents larger
/// ones can't use up what is left.
pub const PRODUCER_IDS_UNKNOWN_MAX: i64 = 1 << 40;

/// Ids that belong to one broker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProducerIdBlock {
    /// The ids.
    pub ids: Range<i64>,
}

impl ProducerIdBlock {
    /// A block without an id.
    pub const EMPTY: Self = Self { ids: 0..0 };

    /// Takes the next id, `None` when a new block is needed.
    pub fn take(&mut self) -> Option<ProducerId> {
        self.ids.next().map(ProducerId)
    }
}

impl Controller<'_> {
    /// Gives a broker the next block.
    ///
    /// # Errors
    /// When all 2⁶³ ids are used.
    pub fn allocate_producer_ids(&self, broker: BrokerId) -> Result<Decision<ProducerIdBlock>, Refusal> {
        let first = self.image().next_producer_id().0;
        let Some(next) = first.checked_add(PRODUCER_ID_BLOCK_SIZE) else {
            return Err(Refusal::new(ErrorCode::UnknownServerError, "all producer ids are used"));
        };
        let records = vec![MetadataRecord::ProducerIds { broker, next: ProducerId(next) }];
        Ok(Decision { records, answer: ProducerIdBlock { ids: first..next } })
    }
}
