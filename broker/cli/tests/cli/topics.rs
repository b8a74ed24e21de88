//! `weir topic` and `weir cluster` against a broker.

use crate::harness::local;

#[test]
fn a_topic_lives_and_dies() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "orders", "-p", "3", "-c", "retention.ms=1000000"]).ok();
    let said = local.run(&["topic", "create", "orders"]).fails(1);
    assert!(said.contains("topic 'orders' exists"), "{said}");
    local.run(&["topic", "create", "orders", "--if-not-exists"]).ok();
    let created = local.run(&["topic", "create", "second", "-p", "2", "-o", "json"]).ok();
    assert!(created.contains("\"partitions\": 2"), "{created}");
    local.run(&["topic", "create", "third", "--dry-run"]).ok();

    let listed = local.run(&["topic", "list"]).ok();
    assert_eq!(
        listed,
        "TOPIC   PARTITIONS  REPLICAS\norders           3         1\nsecond           2         1\n"
    );

    local
        .run(&[
            "topic",
            "alter",
            "orders",
            "-p",
            "5",
            "-c",
            "max.message.bytes=2000",
            "--unset",
            "retention.ms",
        ])
        .ok();
    let described = local.run(&["topic", "describe", "orders", "-o", "yaml"]).ok();
    assert!(described.contains("max.message.bytes: \"2000\""), "{described}");
    assert!(!described.contains("retention.ms"), "{described}");
    assert_eq!(described.matches("partition:").count(), 5, "{described}");
    let said = local.run(&["topic", "alter", "orders", "-p", "4"]).fails(1);
    assert!(said.contains("has 5 partitions and can't shrink to 4"), "{said}");
    local.run(&["topic", "alter", "orders"]).fails(2);

    local.run(&["topic", "delete", "orders", "second"]).ok();
    let said = local.run(&["topic", "describe", "orders"]).fails(4);
    assert!(said.contains("there is no topic 'orders'"), "{said}");
    local.run(&["topic", "delete", "orders"]).fails(4);
    local.run(&["topic", "delete", "orders", "--if-exists"]).ok();
    assert_eq!(local.run(&["topic", "list", "-o", "json"]).ok(), "[]\n");
}

#[test]
fn what_a_broker_refuses_is_said() {
    let (_directory, local) = local();
    for (arguments, wanted) in [
        (&["topic", "create", "a b"][..], "INVALID_TOPIC_EXCEPTION"),
        (&["topic", "create", "a", "-c", "retention.ms=soon"], "INVALID_CONFIG"),
        (&["topic", "create", "a", "-c", "no.such.setting=1"], "INVALID_CONFIG"),
        (&["topic", "create", "a", "-r", "3"], "INVALID_REPLICATION_FACTOR"),
    ] {
        let said = local.run(arguments).fails(1);
        assert!(said.contains(wanted), "{arguments:?}: {said}");
    }
    local.run(&["topic", "create", "a", "-p", "0"]).fails(2);
    local.run(&["topic", "alter", "nowhere", "-p", "3"]).fails(4);
}

#[test]
fn a_topic_does_not_grow_beside_a_refused_setting() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    local.run(&["topic", "alter", "test", "-p", "3", "-c", "nope=1"]).fails(1);
    local.run(&["topic", "alter", "test", "-p", "3", "--unset", "nope"]).fails(1);
    assert!(local.run(&["topic", "list"]).ok().contains("test            1"));
    let same = local.run(&["topic", "alter", "test", "-p", "1"]);
    assert!(same.err.contains("topic 'test' has 1 partition already"), "{same:?}");
}

#[test]
fn what_is_not_there_can_not_be_unset() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    for (arguments, wanted) in [
        (&["topic", "alter", "test", "--unset", "retention.mss"][..], "did you mean 'retention.ms'?"),
        (&["topic", "alter", "test", "--unset", "nope"], "topic 'test': there is no setting 'nope'"),
        (&["cluster", "configs", "--unset", "foo"], "weir cluster configs --all"),
        (&["cluster", "configs", "--unset", "num.partitions"], "can't be changed while a broker runs"),
    ] {
        let said = local.run(arguments).fails(1);
        assert!(said.contains(wanted), "{arguments:?}: {said}");
    }
    local.run(&["topic", "alter", "test", "--unset", "retention.ms"]).ok();
}

#[test]
fn a_name_that_collides_is_told_from_one_that_is_not_legal() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "a.b"]).ok();
    let said = local.run(&["topic", "create", "a_b"]).fails(1);
    assert!(said.contains("collides with topic 'a.b'") && !said.contains("249 letters"), "{said}");
    assert!(said.contains("choose a name"), "{said}");
    for arguments in [&["topic", "create", ""][..], &["consume", "", "--exit"], &["produce", ""]] {
        let said = local.run(arguments).fails(1);
        assert!(said.contains("1 to 249 letters"), "{arguments:?}: {said}");
    }
    let said = local.run(&["topic", "create", "many", "-p", "2147483647"]).fails(1);
    assert!(said.contains("from 1 to 10000"), "{said}");
    let said = local.run(&["topic", "create", "many", "-p", "100000"]).fails(1);
    assert!(said.contains("from 1 to 10000"), "{said}");
}

#[test]
fn the_cluster_is_described() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "orders", "-p", "3"]).ok();
    let described = local.run(&["cluster", "describe"]).ok();
    assert!(
        described.contains("Topics: 1, partitions: 3, without leader: 0, under-replicated: 0"),
        "{described}"
    );
    assert!(described.contains(&local.bootstrap), "{described}");
    let described = local.run(&["cluster", "describe", "-o", "json"]).ok();
    assert!(described.contains("\"controller\": true"), "{described}");
}

#[test]
fn broker_settings_are_shown_and_changed() {
    let (_directory, local) = local();
    let all = local.run(&["cluster", "configs", "--all"]).ok();
    assert!(all.lines().count() > 50 && all.contains("log.retention.ms"), "{all}");
    local.run(&["cluster", "configs", "--set", "log.retention.ms=86400000"]).ok();
    let changed = local.run(&["cluster", "configs", "-o", "json"]).ok();
    assert!(changed.contains("log.retention.ms") && changed.contains("86400000"), "{changed}");
    local.run(&["cluster", "configs", "--unset", "log.retention.ms"]).ok();
    let changed = local.run(&["cluster", "configs", "-o", "json"]).ok();
    assert!(!changed.contains("86400000"), "{changed}");
    local.run(&["cluster", "configs", "--set", "log.retention.ms=soon"]).fails(1);
    local.run(&["cluster", "configs", "--broker", "77"]).fails(4);
}
