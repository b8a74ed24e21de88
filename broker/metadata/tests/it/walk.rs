//! Random walks: each step decides something at random, and everything that follows is checked.

use std::collections::BTreeSet;

use weir_metadata::configs::check_topic;
use weir_metadata::controller::{
    AlterOp, ConfigChange, NewTopic, PartitionGrowth, ResourceChange, ResourceName, TopicReference,
    resource_type,
};
use weir_metadata::{ConfigResource, MetadataImage, MetadataRecord, decode_entry, encode_entry};
use weir_model::{BrokerId, ErrorCode, TopicId, TopicName};

use crate::check;
use crate::random::Random;
use crate::world::{World, start};

const NAMES: &[&str] = &[
    "a",
    "b",
    "a.b",
    "a_b",
    "a-b",
    "c.d.e",
    "c_d.e",
    "orders",
    "",
    ".",
    "bad name",
    "__consumer_offsets",
    "x",
];
const CONFIGS: &[(&str, &str)] = &[
    ("cleanup.policy", "compact"),
    ("cleanup.policy", "delete,compact"),
    ("cleanup.policy", "nonsense"),
    ("retention.ms", "1000"),
    ("retention.ms", "soon"),
    ("segment.bytes", "1048576"),
    ("segment.bytes", "1000"),
    ("no.such.config", "1"),
    ("min.compaction.lag.ms", "10"),
    ("max.compaction.lag.ms", "5"),
    ("weir.durability", "replicated"),
    ("leader.replication.throttled.replicas", "0:1,1:1"),
];
const BROKER_CONFIGS: &[(&str, &str)] = &[
    ("log.retention.ms", "5000"),
    ("log.retention.ms", "0"),
    ("log.cleanup.policy", "compact"),
    ("num.partitions", "3"),
    ("message.max.bytes", "100"),
    ("no.such.config", "1"),
    ("max.connections", "7"),
];

#[test]
fn images_are_the_replay_of_their_records() {
    for seed in 0..60 {
        let outcome = std::panic::catch_unwind(|| walk(seed, 120));
        assert!(outcome.is_ok(), "seed {seed}");
    }
}

fn walk(seed: u64, steps: usize) {
    let mut random = Random::new(seed);
    let mut world = World::new(1 + random.below(4) as i32);
    let mut journal = vec![encode_entry(&world.image.snapshot())];
    let mut producer_ids: i64 = world.image.next_producer_id().0;
    for _ in 0..steps {
        let records = step(&mut world, &mut random, &mut producer_ids);
        let bytes = encode_entry(&records);
        assert_eq!(decode_entry(&bytes).unwrap(), records);
        let old = world.image.clone();
        let (new, delta) = old.applied(&records).unwrap();
        check::invariants(&new);
        check::delta_is_difference(&old, &new, &delta);
        check::snapshot_is_image(&new);
        journal.push(bytes);
        world.image = new;
    }
    let mut replayed = MetadataImage::default();
    for entry in &journal {
        replayed.apply(&decode_entry(entry).unwrap()).unwrap();
    }
    assert_eq!(replayed, world.image);
}

fn step(world: &mut World, random: &mut Random, producer_ids: &mut i64) -> Vec<MetadataRecord> {
    match random.below(10) {
        0..=2 => create(world, random),
        3 => delete(world, random),
        4 => grow(world, random),
        5 | 6 => alter(world, random),
        7 => {
            let decision = world.controller().allocate_producer_ids(BrokerId(1)).unwrap();
            assert_eq!(decision.answer.ids.start, *producer_ids, "blocks follow each other without overlap");
            *producer_ids = decision.answer.ids.end;
            decision.records
        }
        8 => {
            let broker = 1 + random.below(5) as i32;
            let led = led_epochs(&world.image, BrokerId(broker));
            let records = world.controller().start_broker(start(broker), &[]).records;
            let (new, _) = world.image.applied(&records).unwrap();
            for ((topic, index, epoch), (_, _, after)) in led.iter().zip(led_epochs(&new, BrokerId(broker))) {
                assert_eq!(epoch + 1, after, "{topic:?} {index}: a restart opens a new leader epoch");
            }
            records
        }
        _ => {
            let alive: Vec<_> =
                world.image.brokers().iter().map(|(broker, image)| (broker, image.fenced)).collect();
            let (broker, fenced) = random.of(&alive);
            vec![MetadataRecord::BrokerFenced { broker, fenced: !fenced }]
        }
    }
}

fn led_epochs(image: &MetadataImage, broker: BrokerId) -> Vec<(TopicId, i32, i32)> {
    let led = |topic: &std::sync::Arc<weir_metadata::TopicImage>| {
        let id = topic.id();
        let numbered: Vec<_> = topic.numbered().map(|(index, state)| (id, index.0, state.clone())).collect();
        numbered
    };
    let all = image.topics().iter().flat_map(led);
    all.filter(|(_, _, state)| state.leader == broker)
        .map(|(id, index, state)| (id, index, state.leader_epoch.0))
        .collect()
}

fn random_topic(random: &mut Random) -> NewTopic {
    let mut topic = NewTopic {
        name: random.of(NAMES).to_owned(),
        partitions: random.of(&[-2, -1, 0, 1, 2, 5]),
        replication_factor: random.of(&[-2, -1, 0, 1, 1, 2, 3, 9]),
        ..NewTopic::default()
    };
    if random.chance(4) {
        topic.assignments = (0..random.below(3) as i32 + 1)
            .map(|partition| {
                let number = if random.chance(8) { 7 } else { partition };
                (number, (0..1 + random.below(2)).map(|_| 1 + random.below(4) as i32).collect())
            })
            .collect();
        if !random.chance(4) {
            (topic.partitions, topic.replication_factor) = (-1, -1);
        }
    }
    while random.chance(2) {
        let (name, value) = random.of(CONFIGS);
        topic.configs.push((name.to_owned(), (!random.chance(10)).then(|| value.to_owned())));
    }
    topic
}

fn create(world: &mut World, random: &mut Random) -> Vec<MetadataRecord> {
    let topics: Vec<_> = (0..1 + random.below(4)).map(|_| random_topic(random)).collect();
    let mut draw = || random.bytes();
    let decision = world.controller().create_topics(&topics, &mut draw);
    let (new, _) = world.image.applied(&decision.records).unwrap();
    let distinct: BTreeSet<_> = topics.iter().map(|topic| &topic.name).collect();
    assert_eq!(decision.answer.len(), distinct.len());
    for (name, outcome) in &decision.answer {
        let wanted: Vec<_> = topics.iter().filter(|topic| topic.name == *name).collect();
        let before = world.image.topics().by_text(name);
        match outcome {
            Ok(created) => {
                assert_eq!((wanted.len(), before), (1, None));
                let topic = new.topics().by_name(&created.name).unwrap();
                assert_eq!(topic.id(), created.id);
                assert_eq!(topic.partition_count(), created.partitions);
                assert_fits(world, wanted[0], topic, &new);
            }
            Err(refusal) => {
                assert_eq!(new.topics().by_text(name), before, "a refused topic changes nothing");
                let mut reasons: Vec<ErrorCode> =
                    wanted.iter().flat_map(|topic| reasons(world, topic)).collect();
                reasons.extend((wanted.len() > 1).then_some(ErrorCode::InvalidRequest));
                // A name may collide with one of the same request.
                let twins =
                    topics.iter().filter(|other| other.name.replace('.', "_") == name.replace('.', "_"));
                reasons.extend((twins.count() > 1).then_some(ErrorCode::InvalidTopicException));
                assert!(reasons.contains(&refusal.code), "{refusal} is none of {reasons:?} for {wanted:?}");
            }
        }
    }
    decision.records
}

/// Every reason to refuse a topic, found without the controller.
fn reasons(world: &World, topic: &NewTopic) -> Vec<ErrorCode> {
    let mut reasons = Vec::new();
    let alive: BTreeSet<i32> = world.image.brokers().alive().map(|(broker, _)| broker.0).collect();
    match TopicName::new(&topic.name) {
        Err(_) => reasons.push(ErrorCode::InvalidTopicException),
        Ok(name) if world.image.topics().by_name(&name).is_some() => {
            reasons.push(ErrorCode::TopicAlreadyExists);
        }
        Ok(name) => {
            let collides = |other: &TopicName| other.collision_key() == name.collision_key();
            reasons.extend(
                world
                    .image
                    .topics()
                    .iter()
                    .any(|other| collides(other.name()))
                    .then_some(ErrorCode::InvalidTopicException),
            );
        }
    }
    let configs: std::collections::BTreeMap<_, _> =
        topic.configs.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?))).collect();
    let valueless = topic.configs.iter().any(|(_, value)| value.is_none());
    let inherited = |name: &str| world.layers().topic_value(None, name);
    if valueless || check_topic(configs, inherited).is_err() {
        reasons.push(ErrorCode::InvalidConfig);
    }
    if !topic.assignments.is_empty() {
        if topic.partitions != -1 || topic.replication_factor != -1 {
            reasons.push(ErrorCode::InvalidRequest);
        }
        reasons.push(ErrorCode::InvalidReplicaAssignment);
        return reasons;
    }
    if topic.partitions < -1 || topic.partitions == 0 {
        reasons.push(ErrorCode::InvalidPartitions);
    }
    let factor = if topic.replication_factor == -1 { 1 } else { topic.replication_factor };
    if factor < 1 || usize::try_from(factor).unwrap() > alive.len() {
        reasons.push(ErrorCode::InvalidReplicationFactor);
    }
    reasons
}

fn assert_fits(world: &World, wanted: &NewTopic, topic: &weir_metadata::TopicImage, new: &MetadataImage) {
    let alive: BTreeSet<BrokerId> = world.image.brokers().alive().map(|(broker, _)| broker).collect();
    if wanted.assignments.is_empty() {
        let count = if wanted.partitions == -1 { 1 } else { wanted.partitions };
        let factor = if wanted.replication_factor == -1 { 1 } else { wanted.replication_factor };
        assert_eq!(topic.partition_count(), count);
        for state in topic.partitions() {
            assert_eq!(state.replicas.len(), usize::try_from(factor).unwrap());
            assert!(state.replicas.iter().all(|broker| alive.contains(broker)));
            assert_eq!((state.isr.as_slice(), state.leader), (state.replicas.as_slice(), state.replicas[0]));
        }
        spread(topic, alive.len());
    } else {
        for (index, replicas) in &wanted.assignments {
            let state = &topic.partitions()[usize::try_from(*index).unwrap()];
            assert_eq!(state.replicas.iter().map(|broker| broker.0).collect::<Vec<_>>(), *replicas);
            assert!(alive.contains(&state.leader));
        }
    }
    let configs = new.configs_of(&ConfigResource::Topic(topic.name().clone()));
    let wanted: BTreeSet<_> = wanted.configs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(configs.keys().map(|name| &**name).collect::<BTreeSet<_>>(), wanted);
}

/// No broker leads two partitions more than another.
fn spread(topic: &weir_metadata::TopicImage, brokers: usize) {
    let mut led = std::collections::BTreeMap::new();
    for state in topic.partitions() {
        *led.entry(state.leader).or_insert(0_usize) += 1;
    }
    let most = led.values().max().copied().unwrap_or(0);
    assert_eq!(most, topic.partitions().len().div_ceil(brokers), "{led:?}");
}

fn delete(world: &mut World, random: &mut Random) -> Vec<MetadataRecord> {
    let references: Vec<_> = (0..1 + random.below(2))
        .map(|_| {
            let topics: Vec<_> = world.image.topics().iter().collect();
            match random.below(4) {
                0 if !topics.is_empty() => TopicReference { name: None, id: random.of(&topics).id() },
                1 => TopicReference { name: None, id: TopicId::ZERO },
                _ => TopicReference { name: Some(random.of(NAMES).to_owned()), id: TopicId::ZERO },
            }
        })
        .collect();
    let decision = world.controller().delete_topics(&references);
    let (new, _) = world.image.applied(&decision.records).unwrap();
    assert_eq!(decision.answer.len(), references.len());
    let deleted = decision.answer.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    assert_eq!(new.topics().len() + deleted, world.image.topics().len());
    for (_, outcome) in decision.answer {
        if let Ok(topic) = outcome {
            assert!(new.topics().by_id(topic.id).is_none() && new.topics().by_name(&topic.name).is_none());
        }
    }
    decision.records
}

fn grow(world: &mut World, random: &mut Random) -> Vec<MetadataRecord> {
    let growth = PartitionGrowth {
        name: random.of(NAMES).to_owned(),
        count: random.below(8) as i32,
        assignments: random.chance(5).then(|| vec![vec![1 + random.below(4) as i32]]),
    };
    let mut draw = || random.bytes();
    let decision = world.controller().create_partitions(std::slice::from_ref(&growth), &mut draw);
    let (new, _) = world.image.applied(&decision.records).unwrap();
    let before = world.image.topics().by_text(&growth.name).map(|topic| topic.partition_count());
    let after = new.topics().by_text(&growth.name).map(|topic| topic.partition_count());
    match &decision.answer[0].1 {
        Ok(()) => {
            assert!(before < after);
            assert_eq!(after, Some(growth.count));
        }
        Err(refusal) => {
            assert_eq!(before, after);
            let unknown = refusal.code == ErrorCode::UnknownTopicOrPartition;
            assert_eq!(unknown, before.is_none());
        }
    }
    decision.records
}

fn alter(world: &mut World, random: &mut Random) -> Vec<MetadataRecord> {
    let resource = match random.below(5) {
        0 => ResourceName { kind: resource_type::BROKER, name: random.of(&["", "1", "77", "x"]).to_owned() },
        1 => ResourceName { kind: resource_type::BROKER_LOGGER, name: String::new() },
        _ => ResourceName { kind: resource_type::TOPIC, name: random.of(NAMES).to_owned() },
    };
    let table = if resource.kind == resource_type::TOPIC { CONFIGS } else { BROKER_CONFIGS };
    let op = |random: &mut Random| match random.below(6) {
        0..=2 => AlterOp::Set,
        3 => AlterOp::Delete,
        4 => AlterOp::Append,
        _ => AlterOp::Subtract,
    };
    let changes: Vec<_> = (0..1 + random.below(3))
        .map(|_| {
            let (name, value) = random.of(table);
            ConfigChange { name: name.to_owned(), op: Some(op(random)), value: Some(value.to_owned()) }
        })
        .collect();
    let request = [ResourceChange { resource, changes }];
    let full = random.chance(3);
    let controller = world.controller();
    let decision = if full {
        controller.alter_configs(&request)
    } else {
        controller.incremental_alter_configs(&request)
    };
    let (resource, outcome) = &decision.answer[0];
    if outcome.is_err() {
        assert!(decision.records.is_empty(), "a refused change has no records");
        return decision.records;
    }
    let (new, _) = world.image.applied(&decision.records).unwrap();
    let id = world.controller().config_resource(resource).unwrap();
    let configs = new.configs_of(&id);
    if let ConfigResource::Topic(_) = id {
        let pairs = configs.iter().map(|(name, value)| (&**name, &**value));
        assert!(check_topic(pairs, |name| world.layers().topic_value(None, name)).is_ok());
    }
    for change in &request[0].changes {
        match change.op {
            _ if full => assert_eq!(configs.get(change.name.as_str()).map(|v| &**v), change.value.as_deref()),
            Some(AlterOp::Delete) => assert!(!configs.contains_key(change.name.as_str())),
            Some(AlterOp::Set) => {
                assert_eq!(configs.get(change.name.as_str()).map(|v| &**v), change.value.as_deref());
            }
            _ => assert!(configs.contains_key(change.name.as_str())),
        }
    }
    if full {
        assert_eq!(configs.len(), request[0].changes.len());
    }
    decision.records
}
