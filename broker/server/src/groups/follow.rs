//! Follows the images: starts an owner for each partition of `__consumer_offsets` that this broker leads, and tells the
//! owners of changed topics and settings.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, watch};
use weir_env::task;
use weir_metadata::MetadataImage;
use weir_metadata::configs::group_times;
use weir_model::{OFFSETS_TOPIC, PartitionIndex, TopicId};

use super::owner::{self, Start};
use super::view::{self, GroupView, ImageTopics};
use super::{Event, Groups, MAILBOX_EVENTS_MAX, OwnerHandle, Stage, Table};

/// Partitions that are read at once at the start: one for each core of a small machine.
const LOADS_MAX: usize = 2;

pub(super) async fn follow(groups: Arc<Groups>) {
    let mut images = groups.publisher.subscribe();
    let mut shutdown = groups.shutdown.clone();
    let mut follower = Follower {
        groups,
        loads: Arc::new(Semaphore::new(LOADS_MAX)),
        topics: Arc::new(ImageTopics::new(Arc::default(), 0)),
        version: 0,
    };
    loop {
        let image = Arc::clone(&images.borrow_and_update());
        follower.apply(&image).await;
        tokio::select! {
            biased;
            () = shutdown.raised() => return,
            changed = images.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

struct Follower {
    groups: Arc<Groups>,
    loads: Arc<Semaphore>,
    topics: Arc<ImageTopics>,
    version: i64,
}

impl Follower {
    async fn apply(&mut self, image: &Arc<MetadataImage>) {
        self.version += 1;
        let deleted = self.topics.deleted_in(image);
        self.topics = Arc::new(ImageTopics::new(Arc::clone(image), self.version));
        let own = group_times(&self.groups.publisher.fixed().layers(image));
        let config = Arc::new(view::config(&self.groups.publisher.config().broker, &own));
        let view = Arc::new(GroupView { topics: Arc::clone(&self.topics), config, deleted });
        let before = self.groups.table.load_full();
        let table = Arc::new(self.table(image, &before, &view));
        self.groups.table.store(Arc::clone(&table));
        self.groups.tables.send_modify(|number| *number += 1);
        if before.topic == table.topic {
            for owner in before.owners.iter().flatten() {
                // An owner that has ended needs no news.
                let _ = owner.mailbox.send(Event::View(Arc::clone(&view))).await;
            }
        }
    }

    fn table(&self, image: &MetadataImage, before: &Table, view: &Arc<GroupView>) -> Table {
        let Some(topic) = image.topics().by_text(OFFSETS_TOPIC) else { return Table::default() };
        let known = |index: PartitionIndex| {
            let slot = usize::try_from(index.0).ok()?;
            let same = before.topic == Some(topic.id());
            let owner = before.owners.get(slot).filter(|_| same)?.as_ref()?;
            (owner.stage() != Stage::Ended).then(|| owner.clone())
        };
        let owners = topic
            .numbered()
            .map(|(index, _)| known(index).or_else(|| self.start(topic.id(), index, view)))
            .collect();
        Table { topic: Some(topic.id()), owners }
    }

    fn start(&self, topic: TopicId, index: PartitionIndex, view: &Arc<GroupView>) -> Option<OwnerHandle> {
        let groups = &self.groups;
        if groups.shutdown.is_raised() {
            return None;
        }
        let partition = groups.partitions.find_by_id(topic, index.0).ok()?;
        let (mailbox, received) = mpsc::channel(MAILBOX_EVENTS_MAX);
        let (stage, staged) = watch::channel(Stage::Loading);
        let running = task::spawn(owner::run(Start {
            env: groups.env.clone(),
            partition,
            view: Arc::clone(view),
            memory: groups.memory.clone(),
            mailbox: received,
            stage,
            loads: Arc::clone(&self.loads),
            shutdown: groups.shutdown.clone(),
        }));
        groups.keep(running);
        Some(OwnerHandle { mailbox, stage: staged })
    }
}
