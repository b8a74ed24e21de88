//! Producer ids for the clients of this broker, from blocks that are committed before their first id is used.

use std::sync::{Mutex, PoisonError};

use weir_metadata::controller::{Decision, ProducerIdBlock, Refusal};
use weir_model::ProducerId;

use super::{Controller, refusal};

/// What is left of the block in use.
#[derive(Debug)]
pub(super) struct Blocks(Mutex<ProducerIdBlock>);

impl Default for Blocks {
    fn default() -> Self {
        Self(Mutex::new(ProducerIdBlock::EMPTY))
    }
}

impl Blocks {
    fn take(&self) -> Option<ProducerId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps the rest of a block; of two, the newer one. Ids that are dropped are never used, which costs nothing.
    fn keep(&self, block: ProducerIdBlock) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = block;
    }
}

impl Controller {
    /// An id that no producer of this cluster ever had.
    pub(crate) async fn new_producer_id(&self) -> Result<ProducerId, Refusal> {
        if let Some(id) = self.producer_ids.take() {
            return Ok(id);
        }
        let broker = self.node_id;
        let allocated = self.decide(move |controller, _| match controller.allocate_producer_ids(broker) {
            Ok(Decision { records, answer }) => Decision { records, answer: Ok(answer) },
            Err(refusal) => Decision { records: Vec::new(), answer: Err(refusal) },
        });
        let mut block = allocated.await.map_err(|error| refusal(&error))??;
        let id = block.take();
        self.producer_ids.keep(block);
        id.ok_or_else(|| {
            Refusal::new(weir_model::ErrorCode::UnknownServerError, "a block of producer ids is empty")
        })
    }
}
