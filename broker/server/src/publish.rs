//! From the metadata to the broker: a new image first makes the broker be what the image says (logs opened, removed,
//! configured), then it is shown to handlers. So a topic that Metadata shows can be served, and whoever waited for
//! [`Publisher::publish`] may answer.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, watch};
use weir_metadata::MetadataImage;
use weir_metadata::controller::LogsSeen;
use weir_model::TopicId;

use crate::config::{FixedConfig, ServerConfig};
use crate::partitions::{Misfit, Partitions};

/// Shows images to the broker.
#[derive(Debug)]
pub(crate) struct Publisher {
    image: ArcSwap<MetadataImage>,
    config: ArcSwap<ServerConfig>,
    fixed: FixedConfig,
    partitions: Arc<Partitions>,
    changed: watch::Sender<Arc<MetadataImage>>,
    /// One image at a time.
    publishing: Mutex<()>,
}

impl Publisher {
    /// Shows an empty image: nothing is served before the first [`Self::publish`].
    pub(crate) fn new(fixed: FixedConfig, partitions: Arc<Partitions>) -> Self {
        let image = Arc::new(MetadataImage::default());
        Self {
            image: ArcSwap::new(Arc::clone(&image)),
            config: ArcSwap::from_pointee(ServerConfig::new(&fixed, &image)),
            fixed,
            partitions,
            changed: watch::Sender::new(image),
            publishing: Mutex::new(()),
        }
    }

    /// Compares the metadata of a start with the logs that are there, before anything follows from either, and tells what only
    /// the logs know.
    pub(crate) async fn settle(
        &self,
        image: &MetadataImage,
        deleted: BTreeSet<TopicId>,
    ) -> Result<LogsSeen, Misfit> {
        self.partitions.settle(image, deleted).await
    }

    /// Where the logs are.
    pub(crate) fn logs_dir(&self) -> PathBuf {
        self.partitions.logs().data_dir().to_owned()
    }

    /// The newest image that the broker follows.
    pub(crate) fn image(&self) -> Arc<MetadataImage> {
        self.image.load_full()
    }

    /// The configs that follow from the static ones and the image.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.config.load_full()
    }

    /// What the settings file says.
    pub(crate) fn fixed(&self) -> &FixedConfig {
        &self.fixed
    }

    /// Follows the images: the receiver holds the newest one.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<MetadataImage>> {
        self.changed.subscribe()
    }

    /// Makes the broker follow an image. A log that can't be opened does not stop the others: its partition answers with
    /// a storage error.
    pub(crate) async fn publish(&self, image: Arc<MetadataImage>) {
        let _one_at_a_time = self.publishing.lock().await;
        self.config.store(Arc::new(ServerConfig::new(&self.fixed, &image)));
        self.partitions.follow(&image, &self.fixed).await;
        self.image.store(Arc::clone(&image));
        self.changed.send_replace(image);
    }
}
