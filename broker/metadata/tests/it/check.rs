//! The invariants of an image, derived from what it shows and not from how it works.

use std::collections::{BTreeMap, BTreeSet};

use weir_metadata::{ConfigResource, MetadataDelta, MetadataImage, decode_entry, encode_entry};
use weir_model::{BrokerId, PartitionIndex, TopicId};

/// What must hold of every image.
pub(crate) fn invariants(image: &MetadataImage) {
    let mut names = BTreeSet::new();
    let mut partitions = 0;
    for topic in image.topics().iter() {
        assert!(names.insert(topic.name().clone()));
        assert_eq!(image.topics().by_id(topic.id()), Some(topic));
        assert_eq!(image.topics().by_name(topic.name()), Some(topic));
        let folded = topic.name().collision_key();
        let colliding = names.iter().filter(|name| name.collision_key() == folded).count();
        assert_eq!(colliding, 1, "{} collides", topic.name());
        let factors: BTreeSet<_> = topic.partitions().iter().map(|state| state.replicas.len()).collect();
        assert_eq!(factors.len(), 1, "{}", topic.name());
        for state in topic.partitions() {
            partitions += 1;
            let replicas: BTreeSet<_> = state.replicas.iter().collect();
            assert_eq!(replicas.len(), state.replicas.len());
            assert!(!replicas.is_empty());
            assert!(state.isr.iter().all(|broker| replicas.contains(broker)));
            assert!(state.leader == BrokerId::NONE || state.isr.contains(&state.leader));
        }
    }
    assert_eq!(names.len(), image.topics().len());
    assert_eq!(partitions, image.topics().partition_count());
    for resource in image.configs().resources() {
        assert!(!image.configs_of(resource).is_empty());
        if let ConfigResource::Topic(name) = resource {
            assert!(image.topics().by_name(name).is_some(), "configs of a topic that is gone: {name}");
        }
    }
}

/// A snapshot is the image, in records and in bytes.
pub(crate) fn snapshot_is_image(image: &MetadataImage) {
    let records = image.snapshot();
    let read = decode_entry(&encode_entry(&records)).unwrap();
    assert_eq!(read, records);
    let mut replayed = MetadataImage::default();
    replayed.apply(&read).unwrap();
    assert_eq!(&replayed, image);
}

/// The delta against a comparison of both images.
pub(crate) fn delta_is_difference(old: &MetadataImage, new: &MetadataImage, delta: &MetadataDelta) {
    let ids =
        |image: &MetadataImage| image.topics().iter().map(|topic| topic.id()).collect::<BTreeSet<TopicId>>();
    let (before, after) = (ids(old), ids(new));
    assert_eq!(delta.created_topics, after.difference(&before).copied().collect());
    assert_eq!(
        delta.deleted_topics.keys().copied().collect::<BTreeSet<_>>(),
        before.difference(&after).copied().collect()
    );
    let mut changed: BTreeMap<TopicId, BTreeSet<PartitionIndex>> = BTreeMap::new();
    for topic in new.topics().iter() {
        let known = old.topics().by_id(topic.id());
        for (index, state) in topic.numbered() {
            if known.and_then(|known| known.partition(index)) != Some(state) {
                changed.entry(topic.id()).or_default().insert(index);
            }
        }
    }
    assert_eq!(delta.changed_partitions, changed);
    let resources = old.configs().resources().chain(new.configs().resources());
    let exists = |resource: &&ConfigResource| match resource {
        ConfigResource::Topic(name) => new.topics().by_name(name).is_some(),
        _ => true,
    };
    for resource in resources.filter(exists) {
        if old.configs_of(resource) != new.configs_of(resource) {
            assert!(delta.changed_configs.contains(resource), "{resource:?}");
        }
    }
    for (broker, image) in new.brokers().iter() {
        if old.brokers().of(broker) != Some(image) {
            assert!(delta.changed_brokers.contains(&broker));
        }
    }
}
