//! What the controller answers, case by case.

use std::collections::BTreeSet;

use weir_metadata::configs::{ConfigSource, group_times};
use weir_metadata::controller::{
    AlterOp, BrokerStart, Capacity, ConfigChange, GROUP_NAME_BYTES_MAX, GROUPS_WITH_CONFIGS_MAX, LogsSeen,
    NewTopic, PARTITIONS_PER_REQUEST_MAX, PartitionGrowth, ProducerIdBlock, ResourceChange, ResourceName,
    TopicReference, resource_type,
};
use weir_metadata::{ConfigResource, MetadataRecord};
use weir_model::{BrokerId, ErrorCode, LeaderEpoch, PartitionIndex, ProducerId, TopicId};

use crate::world::{World, name, start, topic, with_config};

/// The code and the text of one creation.
fn refused(world: &mut World, wanted: NewTopic) -> (ErrorCode, String) {
    let mut draw = world.draw();
    let decision = world.controller().create_topics(&[wanted], &mut draw);
    assert!(decision.records.is_empty());
    let refusal = decision.answer.into_iter().next().unwrap().1.unwrap_err();
    (refusal.code, refusal.message)
}

#[test]
fn a_topic_is_created_with_what_was_asked_and_the_rest_by_default() {
    let mut world = World::new(1).with_static("num.partitions", "4");
    let mut draw = world.draw();
    let wanted = [with_config(NewTopic::with_defaults("t"), "retention.ms", "5")];
    let decision = world.controller().create_topics(&wanted, &mut draw);
    let created = decision.answer[0].1.as_ref().unwrap();
    assert_eq!((created.partitions, created.replication_factor), (4, 1));
    let retention = created.configs.iter().find(|config| config.name == "retention.ms").unwrap();
    assert_eq!((retention.value.as_deref(), retention.source), (Some("5"), ConfigSource::Topic));
    assert_eq!(decision.records.len(), 1 + 4 + 1);
    world.commit(&decision.records);
    assert_eq!(world.image.topics().by_text("t").unwrap().partition_count(), 4);
}

#[test]
fn a_replication_factor_above_the_brokers_is_refused() {
    let mut world = World::new(2);
    let (code, message) = refused(&mut world, topic("t", 1, 3));
    assert_eq!(code, ErrorCode::InvalidReplicationFactor);
    assert!(message.contains("only 2 of 2"), "{message}");
    world.commit(&[MetadataRecord::BrokerFenced { broker: BrokerId(2), fenced: true }]);
    assert_eq!(refused(&mut world, topic("t", 1, 2)).0, ErrorCode::InvalidReplicationFactor);
    assert_eq!(refused(&mut world, topic("t", 1, 0)).0, ErrorCode::InvalidReplicationFactor);
    world.create(topic("t", 1, 1));
}

#[test]
fn names_are_checked_and_must_not_collide() {
    let mut world = World::new(1);
    world.create(topic("a.b", 1, 1));
    assert_eq!(refused(&mut world, topic("a.b", 1, 1)).0, ErrorCode::TopicAlreadyExists);
    let (code, message) = refused(&mut world, topic("a_b", 1, 1));
    assert_eq!(code, ErrorCode::InvalidTopicException);
    assert!(message.contains("'a.b'"), "{message}");
    assert_eq!(refused(&mut world, topic("a b", 1, 1)).0, ErrorCode::InvalidTopicException);
    assert_eq!(refused(&mut world, topic("__cluster_metadata", 1, 1)).0, ErrorCode::InvalidRequest);
    assert_eq!(refused(&mut world, topic("", 1, 1)).0, ErrorCode::InvalidTopicException);
}

#[test]
fn counts_are_bounded() {
    let mut world = World::new(1);
    assert_eq!(refused(&mut world, topic("t", 0, 1)).0, ErrorCode::InvalidPartitions);
    assert_eq!(refused(&mut world, topic("t", -2, 1)).0, ErrorCode::InvalidPartitions);
    assert_eq!(refused(&mut world, topic("t", i32::MAX, 1)).0, ErrorCode::PolicyViolation);
    let many = i32::try_from(PARTITIONS_PER_REQUEST_MAX).unwrap();
    assert_eq!(refused(&mut world, topic("t", many + 1, 1)).0, ErrorCode::PolicyViolation);
    world.create(topic("t", many, 1));
}

#[test]
fn a_full_broker_refuses_partitions_with_the_reason() {
    let mut world = World::new(1);
    world.capacity = Capacity { replicas_per_broker_max: 5 };
    world.create(topic("a", 3, 1));
    let (code, message) = refused(&mut world, topic("b", 3, 1));
    assert_eq!(code, ErrorCode::PolicyViolation);
    assert_eq!(message, "broker 1 would hold 6 partitions, its open files and memory allow 5");
    world.create(topic("b", 2, 1));
    let mut draw = world.draw();
    let growth = PartitionGrowth { name: "a".to_owned(), count: 4, assignments: None };
    let decision = world.controller().create_partitions(&[growth], &mut draw);
    assert_eq!(decision.answer[0].1.as_ref().unwrap_err().code, ErrorCode::PolicyViolation);
}

#[test]
fn configs_are_checked_before_a_topic_exists() {
    let mut world = World::new(1);
    let case = |config: &str, value: &str| with_config(topic("t", 1, 1), config, value);
    let (code, message) = refused(&mut world, case("retention", "1"));
    assert_eq!(
        (code, message.as_str()),
        (ErrorCode::InvalidConfig, "there is no topic config 'retention'; did you mean 'retention.ms'?")
    );
    assert_eq!(refused(&mut world, case("segment.bytes", "1024")).0, ErrorCode::InvalidConfig);
    assert_eq!(refused(&mut world, case("remote.storage.enable", "true")).0, ErrorCode::InvalidConfig);
    let lags = with_config(case("min.compaction.lag.ms", "2"), "max.compaction.lag.ms", "1");
    assert_eq!(refused(&mut world, lags).0, ErrorCode::InvalidConfig);
    let mut valueless = topic("t", 1, 1);
    valueless.configs.push(("retention.ms".to_owned(), None));
    assert_eq!(refused(&mut world, valueless).0, ErrorCode::InvalidConfig);
}

#[test]
fn assignments_are_taken_as_they_are_or_refused() {
    let mut world = World::new(3);
    let assigned = |assignments: &[(i32, &[i32])]| NewTopic {
        assignments: assignments.iter().map(|(index, replicas)| (*index, replicas.to_vec())).collect(),
        ..NewTopic::with_defaults("t")
    };
    type Assignment<'a> = &'a [(i32, &'a [i32])];
    let wrong: &[(Assignment<'_>, &str)] = &[
        (&[(0, &[])], "empty"),
        (&[(0, &[1, 1])], "twice"),
        (&[(0, &[1, 9])], "broker 9"),
        (&[(1, &[1])], "from 0"),
        (&[(0, &[1]), (0, &[2])], "from 0"),
        (&[(0, &[1]), (1, &[2, 3])], "has not 1"),
    ];
    for (assignments, text) in wrong {
        let (code, message) = refused(&mut world, assigned(assignments));
        assert_eq!(code, ErrorCode::InvalidReplicaAssignment, "{assignments:?}");
        assert!(message.contains(text), "{message}");
    }
    let both = NewTopic { replication_factor: 1, ..assigned(&[(0, &[1])]) };
    assert_eq!(refused(&mut world, both).0, ErrorCode::InvalidRequest);
    let both = NewTopic { partitions: 1, ..assigned(&[(0, &[1])]) };
    assert_eq!(refused(&mut world, both).0, ErrorCode::InvalidRequest);
    world.create(assigned(&[(1, &[2, 1]), (0, &[3, 2])]));
    let made = world.image.topics().by_text("t").unwrap();
    assert_eq!(made.partitions()[0].replicas, [BrokerId(3), BrokerId(2)]);
    assert_eq!(made.partitions()[1].leader, BrokerId(2));
}

#[test]
fn replicas_lie_in_different_racks_and_followers_spread() {
    let mut world = World::new(4);
    world.create(topic("two", 24, 2));
    world.create(topic("three", 12, 3));
    let rack = |broker: &BrokerId| broker.0 % 2;
    for topic in world.image.topics().iter() {
        for state in topic.partitions() {
            let racks: BTreeSet<_> = state.replicas.iter().map(rack).collect();
            assert_eq!(racks.len(), 2, "{:?}", state.replicas);
        }
    }
    let two = world.image.topics().by_text("two").unwrap();
    for leader in 1..=4 {
        let led = two.partitions().iter().filter(|state| state.leader == BrokerId(leader));
        let followers: BTreeSet<_> = led.map(|state| state.replicas[1]).collect();
        assert_eq!(followers.len(), 2, "both brokers of the other rack back up broker {leader}");
    }
}

#[test]
fn a_name_that_stands_twice_is_refused_once() {
    let mut world = World::new(1);
    let mut draw = world.draw();
    let wanted = [topic("t", 1, 1), topic("u", 1, 1), topic("t", 2, 1)];
    let decision = world.controller().create_topics(&wanted, &mut draw);
    let codes: Vec<_> = decision
        .answer
        .iter()
        .map(|(name, outcome)| (name.as_str(), outcome.as_ref().err().map(|r| r.code)))
        .collect();
    assert_eq!(codes, [("t", Some(ErrorCode::InvalidRequest)), ("u", None)]);
}

#[test]
fn topics_are_deleted_by_name_or_id_once() {
    let mut world = World::new(1);
    world.create(with_config(topic("t", 2, 1), "retention.ms", "1"));
    world.create(topic("u", 1, 1));
    let id = world.image.topics().by_text("u").unwrap().id();
    let named = |name: &str| TopicReference { name: Some(name.to_owned()), id: TopicId::ZERO };
    let codes = |world: &World, references: &[TopicReference]| {
        let decision = world.controller().delete_topics(references);
        decision
            .answer
            .into_iter()
            .map(|(_, outcome)| outcome.err().map_or(ErrorCode::None, |r| r.code))
            .collect::<Vec<_>>()
    };
    let by_id = TopicReference { name: None, id };
    assert_eq!(codes(&world, &[named("t"), by_id.clone()]), [ErrorCode::None, ErrorCode::None]);
    assert_eq!(codes(&world, &[named("u"), by_id.clone()]), [ErrorCode::InvalidRequest; 2]);
    assert_eq!(codes(&world, &[named("x"), named("x")]), [ErrorCode::UnknownTopicOrPartition; 2]);
    assert_eq!(
        codes(&world, &[TopicReference { name: None, id: TopicId::from_random([1; 16]) }]),
        [ErrorCode::UnknownTopicId]
    );
    assert_eq!(
        codes(&world, &[TopicReference { name: Some("u".to_owned()), id }]),
        [ErrorCode::InvalidRequest]
    );
    assert_eq!(
        codes(&world, &[TopicReference { name: None, id: TopicId::ZERO }]),
        [ErrorCode::InvalidRequest]
    );
    let decision = world.controller().delete_topics(&[named("t")]);
    world.commit(&decision.records);
    assert!(world.image.configs_of(&ConfigResource::Topic(name("t"))).is_empty());
    world.fixed.insert("delete.topic.enable".to_owned(), "false".to_owned());
    assert_eq!(codes(&world, &[by_id]), [ErrorCode::TopicDeletionDisabled]);
}

#[test]
fn partitions_only_grow() {
    let mut world = World::new(2);
    world.create(topic("t", 2, 2));
    let grown = |world: &mut World, count, assignments: Option<Vec<Vec<i32>>>| {
        let mut draw = world.draw();
        let growth = PartitionGrowth { name: "t".to_owned(), count, assignments };
        let decision = world.controller().create_partitions(&[growth], &mut draw);
        (decision.answer[0].1.clone().err().map_or(ErrorCode::None, |refusal| refusal.code), decision.records)
    };
    assert_eq!(grown(&mut world, 2, None).0, ErrorCode::InvalidPartitions);
    assert_eq!(grown(&mut world, 1, None).0, ErrorCode::InvalidPartitions);
    assert_eq!(grown(&mut world, 3, Some(vec![vec![1]])).0, ErrorCode::InvalidReplicaAssignment);
    assert_eq!(grown(&mut world, 3, Some(vec![])).0, ErrorCode::InvalidReplicaAssignment);
    assert_eq!(grown(&mut world, 3, Some(vec![vec![2, 1]])).0, ErrorCode::None);
    let (code, records) = grown(&mut world, 5, None);
    assert_eq!((code, records.len()), (ErrorCode::None, 3));
    world.commit(&records);
    let mut draw = world.draw();
    let missing = PartitionGrowth { name: "u".to_owned(), count: 2, assignments: None };
    let decision = world.controller().create_partitions(&[missing.clone(), missing], &mut draw);
    assert_eq!(decision.answer.len(), 1);
    assert_eq!(decision.answer[0].1.as_ref().unwrap_err().code, ErrorCode::InvalidRequest);
}

fn change(kind: i8, name: &str, changes: &[(&str, AlterOp, Option<&str>)]) -> ResourceChange {
    ResourceChange {
        resource: ResourceName { kind, name: name.to_owned() },
        changes: changes
            .iter()
            .map(|(name, op, value)| ConfigChange {
                name: (*name).to_owned(),
                op: Some(*op),
                value: value.map(str::to_owned),
            })
            .collect(),
    }
}

fn altered(world: &mut World, change: ResourceChange) -> Result<(), (ErrorCode, String)> {
    let decision = world.controller().incremental_alter_configs(&[change]);
    let outcome = decision.answer.into_iter().next().unwrap().1;
    world.commit(&decision.records);
    outcome.map_err(|refusal| (refusal.code, refusal.message))
}

fn value(world: &World, resource: &ConfigResource, name: &str) -> Option<String> {
    world.image.configs_of(resource).get(name).map(ToString::to_string)
}

#[test]
fn lists_grow_and_shrink_by_their_elements() {
    let mut world = World::new(1);
    world.create(topic("t", 1, 1));
    let resource = ConfigResource::Topic(name("t"));
    let edit = |op, operand| change(resource_type::TOPIC, "t", &[("cleanup.policy", op, Some(operand))]);
    altered(&mut world, edit(AlterOp::Append, "compact")).unwrap();
    assert_eq!(
        value(&world, &resource, "cleanup.policy").unwrap(),
        "delete,compact",
        "the default is what is added to"
    );
    altered(&mut world, edit(AlterOp::Append, "compact")).unwrap();
    altered(&mut world, edit(AlterOp::Subtract, "delete")).unwrap();
    assert_eq!(value(&world, &resource, "cleanup.policy").unwrap(), "compact");
    assert_eq!(altered(&mut world, edit(AlterOp::Append, "x")).unwrap_err().0, ErrorCode::InvalidConfig);
    let number = change(resource_type::TOPIC, "t", &[("retention.ms", AlterOp::Append, Some("1"))]);
    assert_eq!(altered(&mut world, number).unwrap_err().0, ErrorCode::InvalidConfig);
    altered(&mut world, change(resource_type::TOPIC, "t", &[("cleanup.policy", AlterOp::Delete, None)]))
        .unwrap();
    assert_eq!(value(&world, &resource, "cleanup.policy"), None);
}

#[test]
fn changes_that_mean_nothing_are_refused() {
    let mut world = World::new(1);
    world.create(topic("t", 1, 1));
    let set = |kind, name: &str, config: &str, value| change(kind, name, &[(config, AlterOp::Set, value)]);
    let topic = resource_type::TOPIC;
    let broker = resource_type::BROKER;
    let cases = [
        (set(topic, "t", "no.such", Some("1")), ErrorCode::InvalidConfig),
        (set(topic, "t", "retention.ms", Some("x")), ErrorCode::InvalidConfig),
        (set(topic, "t", "retention.ms", None), ErrorCode::InvalidRequest),
        (set(topic, "u", "retention.ms", Some("1")), ErrorCode::UnknownTopicOrPartition),
        (set(topic, "", "retention.ms", Some("1")), ErrorCode::InvalidRequest),
        (set(topic, "a b", "retention.ms", Some("1")), ErrorCode::InvalidTopicException),
        (set(broker, "x", "max.connections", Some("1")), ErrorCode::InvalidRequest),
        (set(broker, "9", "max.connections", Some("1")), ErrorCode::InvalidRequest),
        (set(broker, "1", "num.partitions", Some("1")), ErrorCode::InvalidRequest),
        (set(broker, "1", "max.connections", Some("-1")), ErrorCode::InvalidRequest),
        (set(broker, "", "no.such", Some("1")), ErrorCode::InvalidConfig),
        (set(resource_type::BROKER_LOGGER, "1", "a", Some("INFO")), ErrorCode::InvalidRequest),
        (set(99, "1", "a", Some("1")), ErrorCode::InvalidRequest),
    ];
    for (case, code) in cases {
        assert_eq!(altered(&mut world, case.clone()).unwrap_err().0, code, "{case:?}");
    }
    altered(&mut world, change(topic, "t", &[("no.such", AlterOp::Delete, None)])).unwrap();
    altered(&mut world, change(broker, "1", &[("num.partitions", AlterOp::Delete, None)])).unwrap();
    let twice = change(
        topic,
        "t",
        &[("retention.ms", AlterOp::Set, Some("1")), ("retention.ms", AlterOp::Delete, None)],
    );
    assert_eq!(altered(&mut world, twice).unwrap_err().0, ErrorCode::InvalidRequest);
    let mut nameless = set(topic, "t", "retention.ms", Some("1"));
    nameless.changes[0].op = None;
    assert_eq!(altered(&mut world, nameless).unwrap_err().0, ErrorCode::InvalidRequest);
    let one = set(topic, "t", "retention.ms", Some("1"));
    let decision = world.controller().incremental_alter_configs(&[one.clone(), one]);
    assert_eq!((decision.answer.len(), decision.records.len()), (1, 0));
    assert_eq!(decision.answer[0].1.as_ref().unwrap_err().code, ErrorCode::InvalidRequest);
}

#[test]
fn brokers_and_their_defaults_are_changed_while_they_run() {
    let mut world = World::new(1);
    let set = |name: &str, value| {
        change(resource_type::BROKER, name, &[("max.connections", AlterOp::Set, Some(value))])
    };
    altered(&mut world, set("1", "5")).unwrap();
    altered(&mut world, set("", "6")).unwrap();
    assert_eq!(value(&world, &ConfigResource::Broker(BrokerId(1)), "max.connections").unwrap(), "5");
    assert_eq!(value(&world, &ConfigResource::ClusterDefault, "max.connections").unwrap(), "6");
}

#[test]
fn groups_set_times_within_the_brokers_bounds() {
    let mut world = World::new(1);
    let (session, heartbeat) = ("consumer.session.timeout.ms", "consumer.heartbeat.interval.ms");
    let set = |group: &str, config: &str, value| {
        change(resource_type::GROUP, group, &[(config, AlterOp::Set, Some(value))])
    };
    altered(&mut world, set("g", session, "60000")).unwrap();
    altered(&mut world, set("g", heartbeat, "15000")).unwrap();
    let times = group_times(&world.layers());
    assert_eq!(times.len(), 1);
    assert_eq!((times["g"].session_timeout.as_secs(), times["g"].heartbeat_interval.as_secs()), (60, 15));
    for (config, wrong) in [
        (session, "44999"),
        (session, "60001"),
        (session, "x"),
        (heartbeat, "4999"),
        (heartbeat, "15001"),
        ("retention.ms", "1"),
    ] {
        let refused = altered(&mut world, set("g", config, wrong)).unwrap_err();
        assert_eq!(refused.0, ErrorCode::InvalidConfig, "{config}={wrong}");
    }
    let nameless = altered(&mut world, set("", session, "50000")).unwrap_err();
    assert_eq!(nameless.0, ErrorCode::InvalidRequest);
    let long = "g".repeat(GROUP_NAME_BYTES_MAX + 1);
    assert_eq!(altered(&mut world, set(&long, session, "50000")).unwrap_err().0, ErrorCode::InvalidRequest);

    let mut tight = World::new(1)
        .with_static("group.consumer.min.session.timeout.ms", "1")
        .with_static("group.consumer.max.session.timeout.ms", "50000");
    let refused = altered(&mut tight, set("g", session, "5000")).unwrap_err();
    assert_eq!(refused.0, ErrorCode::InvalidConfig, "not above the heartbeat interval");
    // The broker's bounds changed after the value was set.
    tight.image = world.image.clone();
    assert_eq!(group_times(&tight.layers())["g"].session_timeout.as_secs(), 50);
}

#[test]
fn only_so_many_groups_have_configs() {
    let mut world = World::new(1);
    let config = "consumer.session.timeout.ms";
    let records: Vec<_> = (0..GROUPS_WITH_CONFIGS_MAX)
        .map(|number| MetadataRecord::Config {
            resource: ConfigResource::Group(number.to_string().into()),
            name: config.into(),
            value: Some("50000".into()),
        })
        .collect();
    world.commit(&records);
    let set = |group: &str| change(resource_type::GROUP, group, &[(config, AlterOp::Set, Some("55000"))]);
    assert_eq!(altered(&mut world, set("one more")).unwrap_err().0, ErrorCode::PolicyViolation);
    altered(&mut world, set("7")).unwrap();
    altered(&mut world, change(resource_type::GROUP, "8", &[(config, AlterOp::Delete, None)])).unwrap();
    altered(&mut world, set("one more")).unwrap();
}

#[test]
fn altering_all_configs_resets_what_is_not_named() {
    let mut world = World::new(1);
    world.create(with_config(with_config(topic("t", 1, 1), "retention.ms", "1"), "segment.ms", "2"));
    let new = change(
        resource_type::TOPIC,
        "t",
        &[("segment.ms", AlterOp::Set, Some("2")), ("flush.ms", AlterOp::Set, Some("3"))],
    );
    let decision = world.controller().alter_configs(&[new]);
    assert_eq!(decision.answer[0].1, Ok(()));
    assert_eq!(decision.records.len(), 2, "one goes, one comes, one stays");
    world.commit(&decision.records);
    let configs = world.image.configs_of(&ConfigResource::Topic(name("t")));
    assert_eq!(configs.keys().map(|name| &**name).collect::<Vec<_>>(), ["flush.ms", "segment.ms"]);
}

#[test]
fn producer_ids_are_handed_out_once() {
    let mut world = World::new(1);
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let decision = world.controller().allocate_producer_ids(BrokerId(1)).unwrap();
        world.commit(&decision.records);
        let mut block = decision.answer;
        while let Some(id) = block.take() {
            assert!(seen.insert(id));
        }
    }
    let mut empty = ProducerIdBlock::EMPTY;
    assert_eq!((seen.len(), empty.take()), (3000, None));
    world.commit(&[MetadataRecord::ProducerIds { broker: BrokerId(1), next: ProducerId(i64::MAX - 5) }]);
    assert!(world.controller().allocate_producer_ids(BrokerId(1)).is_err());
    let back = [MetadataRecord::ProducerIds { broker: BrokerId(1), next: ProducerId(5) }];
    assert!(world.image.applied(&back).is_err());
}

#[test]
fn a_restart_opens_a_new_term_of_all_that_it_leads() {
    let mut world = World::new(2);
    world.create(topic("t", 4, 1));
    let before = world.image.clone();
    let decision = world.controller().start_broker(start(1), &[("group.version", 1)]);
    assert_eq!(decision.records.len(), 3, "the feature and the cluster are known: {:?}", decision.records);
    assert!(decision.answer > before.brokers().of(BrokerId(2)).unwrap().registration.broker_epoch);
    world.commit(&decision.records);
    let (old, new) = (before.topics().by_text("t").unwrap(), world.image.topics().by_text("t").unwrap());
    for (old, new) in old.partitions().iter().zip(new.partitions()) {
        assert_eq!(new.leader_epoch.0 - old.leader_epoch.0, i32::from(old.leader == BrokerId(1)));
    }
}

#[test]
fn metadata_that_are_older_than_the_logs_catch_up() {
    let mut world = World::new(2);
    world.create(topic("t", 4, 1));
    let before = world.image.clone();
    let t = before.topics().by_text("t").unwrap();
    let all = (0..4).map(PartitionIndex);
    let seen = LogsSeen {
        epochs: all.map(|partition| (t.id(), partition, LeaderEpoch(7))).collect(),
        producer: Some(ProducerId(41)),
    };
    world.commit(
        &world.controller().start_broker(BrokerStart { seen: seen.clone(), ..start(1) }, &[]).records,
    );
    for (old, new) in t.partitions().iter().zip(world.image.topics().by_text("t").unwrap().partitions()) {
        let wanted = if old.leader == BrokerId(1) { LeaderEpoch(8) } else { old.leader_epoch };
        assert_eq!(new.leader_epoch, wanted, "another broker's partitions are not this one's to change");
    }
    assert_eq!(world.image.next_producer_id(), ProducerId(42));
    // What is known by now changes nothing.
    let again = world.controller().start_broker(BrokerStart { seen, ..start(1) }, &[]);
    assert_eq!(again.records, world.controller().start_broker(start(1), &[]).records);
}

#[test]
fn the_offsets_topic_fits_the_cluster() {
    let mut world = World::new(1).with_static("offsets.topic.num.partitions", "7");
    let wanted = world.controller().auto_created("__consumer_offsets");
    assert_eq!((wanted.partitions, wanted.replication_factor), (7, 1));
    world.create(wanted);
    let configs = world.image.configs_of(&ConfigResource::Topic(name("__consumer_offsets")));
    assert_eq!(&*configs["cleanup.policy"], "compact");
    assert_eq!(&*configs["segment.bytes"], "104857600");
    assert_eq!(world.controller().auto_created("x"), NewTopic::with_defaults("x"));
    let three = World::new(4);
    assert_eq!(three.controller().offsets_topic().replication_factor, 3);
}
