//! The controller: replays the journal of the metadata, decides, commits, publishes.
//!
//! What the broker asks of it stands here first; its owner fills it in.

use std::path::Path;
use std::sync::Arc;

use weir_env::Env;
use weir_model::{ErrorCode, TopicName};

use crate::error::StartError;
use crate::identity::Identity;
use crate::net::listener::Advertised;
use crate::publish::Publisher;

/// Decides and commits.
#[derive(Debug)]
pub(crate) struct Controller {
    publisher: Arc<Publisher>,
}

impl Controller {
    /// Replays the journal in `dir`, commits this start (cluster id, registration, a new leader epoch of each partition) and
    /// publishes the image.
    pub(crate) async fn open(
        _env: &Env,
        _dir: &Path,
        _identity: &Identity,
        _endpoints: &[Advertised],
        publisher: Arc<Publisher>,
    ) -> Result<Arc<Self>, StartError> {
        Ok(Arc::new(Self { publisher }))
    }

    /// Creates topics with the broker's defaults, and waits until they are published. A topic that exists is no error.
    pub(crate) async fn auto_create(&self, names: Vec<TopicName>) -> Vec<(TopicName, ErrorCode)> {
        let _ = self.publisher.image();
        names.into_iter().map(|name| (name, ErrorCode::UnknownTopicOrPartition)).collect()
    }

    /// Lets go of the journal.
    pub(crate) async fn stop(&self) {}
}
