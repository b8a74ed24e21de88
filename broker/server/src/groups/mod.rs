//! Consumer groups: the owners that drive the coordinator's machines over the partitions of `__consumer_offsets`.
//!
//! What the broker asks of it stands here first; its owner fills it in.

use std::sync::Arc;

use weir_env::Env;

use crate::controller::Controller;
use crate::partitions::Partitions;
use crate::publish::Publisher;
use crate::shutdown::ShutdownSignal;

/// All groups of this broker.
#[derive(Debug)]
pub(crate) struct Groups {
    _publisher: Arc<Publisher>,
}

impl Groups {
    /// Follows the image; loads the groups of each partition of `__consumer_offsets` that this broker leads.
    pub(crate) fn start(
        _env: &Env,
        _partitions: Arc<Partitions>,
        publisher: Arc<Publisher>,
        _controller: Arc<Controller>,
        _shutdown: ShutdownSignal,
    ) -> Arc<Self> {
        Arc::new(Self { _publisher: publisher })
    }

    /// Stops its tasks.
    pub(crate) async fn stop(&self) {}
}
