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
