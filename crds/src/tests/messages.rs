//! What a person reads who made a mistake: file, line, field, fix.

use expect_test::{Expect, expect};

use crate::read::Reader;

const HEAD: &str = "apiVersion: weir.dev/v1alpha1\n";

fn check(text: &str, expected: &Expect) {
    let problems = Reader::new().unwrap().read("demo.yaml", text).unwrap_err();
    expected.assert_eq(&problems.to_string());
}

fn topic(spec: &str) -> String {
    format!("{HEAD}kind: Topic\nmetadata: {{name: orders}}\nspec:\n  clusterRef: {{name: demo}}\n{spec}")
}

fn cluster(spec: &str) -> String {
    format!(
        "{HEAD}kind: Cluster\nmetadata: {{name: demo}}\nspec:\n  replicas: 1\n  storage: {{size: 10Gi}}\n{spec}"
    )
}

#[test]
fn unknown_fields_are_named_with_the_one_that_was_meant() {
    check(
        &topic("  partitons: 3\n"),
        &expect!["demo.yaml:6:3: spec.partitons: there is no such field; did you mean partitions?"],
    );
    check(
        &topic("  replicas: 3\n"),
        &expect!["demo.yaml:6:3: spec.replicas: there is no such field; did you mean replicationFactor?"],
    );
    check(
        &topic("  flavour: sweet\n"),
        &expect![
            "demo.yaml:6:3: spec.flavour: there is no such field; there are adopt, clusterRef, config, configPolicy, deletionPolicy, partitions, replicationFactor, topicName"
        ],
    );
    check(
        &cluster("  updatePolicy: {mod: Paused}\n"),
        &expect!["demo.yaml:7:18: spec.updatePolicy.mod: there is no such field; did you mean mode?"],
    );
    check(
        "apiVersion: weir.dev/v1alpha1\nkind: Topic\nmetadta: {name: a}\nspec: {clusterRef: {name: b}}\n",
        &expect![[r#"
        demo.yaml:3:1: metadta: there is no such field; did you mean metadata?
        demo.yaml:1:1: metadata: is missing; add it"#]],
    );
}

#[test]
fn wrong_values_come_with_what_to_write() {
    check(
        &topic("  partitions: \"3\"\n"),
        &expect!["demo.yaml:6:3: spec.partitions: must be a number; write it without quotes: 3"],
    );
    check(&topic("  partitions: many\n"), &expect!["demo.yaml:6:3: spec.partitions: must be a whole number"]);
    check(
        &topic("  partitions: 0\n"),
        &expect!["demo.yaml:6:3: spec.partitions: is 0; it must be at least 1"],
    );
    check(
        &topic("  partitions: 12001\n"),
        &expect!["demo.yaml:6:3: spec.partitions: is 12001; it must be at most 10000"],
    );
    for size in ["-1", "10", "1.5"] {
        let text = cluster("").replace("10Gi", size);
        let problems = Reader::new().unwrap().read("demo.yaml", &text).unwrap_err().to_string();
        let wanted = format!(
            "demo.yaml:6:13: spec.storage.size: '{size}' does not fit; write a number with a unit, such as 10Gi"
        );
        assert_eq!(problems, wanted);
    }
    check(
        &topic("  config: {retention.ms: 604800000}\n"),
        &expect![[
            r#"demo.yaml:6:12: spec.config.retention.ms: must be text; write it in quotes: "604800000""#
        ]],
    );
    check(
        &topic("  config:\n    unclean.leader.election.enable: false\n"),
        &expect![[
            r#"demo.yaml:7:5: spec.config.unclean.leader.election.enable: must be text; write it in quotes: "false""#
        ]],
    );
    check(
        &topic("  config: [retention.ms]\n"),
        &expect!["demo.yaml:6:3: spec.config: must be a group of 'key: value' lines"],
    );
    check(
        &topic("  partitions:\n"),
        &expect!["demo.yaml:6:3: spec.partitions: has no value; write one or remove the field"],
    );
    check(
        &topic("  deletionPolicy: retain\n"),
        &expect![
            "demo.yaml:6:3: spec.deletionPolicy: 'retain' is not one of Retain, Delete; did you mean Retain?"
        ],
    );
    check(
        &topic("  topicName: a b\n"),
        &expect![
            "demo.yaml:6:3: spec.topicName: 'a b' does not fit; write ASCII letters, digits, '.', '_' and '-'"
        ],
    );
    check(
        &cluster("  state: Asleep\n"),
        &expect!["demo.yaml:7:3: spec.state: 'Asleep' is not one of Running, Hibernated"],
    );
    check(
        &cluster("  resources: {requests: {cpu: fast}}\n"),
        &expect![
            "demo.yaml:7:26: spec.resources.requests.cpu: 'fast' does not fit; write a number with a unit, such as 10Gi"
        ],
    );
    check(
        &cluster("  listeners: [{name: a, port: 9092}, {name: a, port: 9093}]\n"),
        &expect!["demo.yaml:7:39: spec.listeners[1].name: 'a' stands in this list twice"],
    );
}

#[test]
fn rules_name_the_line_of_their_field() {
    check(
        &cluster("  config:\n    log.dirs: /data\n"),
        &expect![
            "demo.yaml:8:5: spec.config.log.dirs: Weir sets this from other fields, such as spec.listeners and spec.storage; remove it"
        ],
    );
    check(
        &cluster("  listeners:\n  - {name: a, port: 9092}\n  - {name: b, port: 9092}\n"),
        &expect!["demo.yaml:7:3: spec.listeners: two listeners share a port; give each its own"],
    );
    check(
        &topic("  partitions: 1\n  topicName: __cluster_metadata\n"),
        &expect![
            "demo.yaml:7:3: spec.topicName: this name belongs to the cluster itself; choose another one"
        ],
    );
    check(
        &cluster("  listeners:\n  - {name: b, port: 9092}\n  - {name: a, port: 9093, tls: {}}\n"),
        &expect![
            "demo.yaml:9:27: spec.listeners[1].tls: this version serves plain connections only; remove the field until TLS is there"
        ],
    );
    check(
        &cluster("  topicNamespaces: {from: Selector}\n"),
        &expect![
            "demo.yaml:7:3: spec.topicNamespaces.selector goes with from: Selector, and only with it; add or remove it"
        ],
    );
}

#[test]
fn missing_parts_are_named() {
    check(
        &format!("{HEAD}kind: Topic\nmetadata: {{name: orders}}\n"),
        &expect!["demo.yaml:1:1: spec: is missing; add it"],
    );
    check(
        &format!("{HEAD}kind: Cluster\nmetadata: {{}}\nspec: {{replicas: 1}}\n"),
        &expect![[r#"
        demo.yaml:3:1: metadata.name: is missing; add it
        demo.yaml:4:1: spec.storage: is missing; add it"#]],
    );
    check(
        "kind: Topic\n",
        &expect!["demo.yaml:1:1: apiVersion: is missing; write apiVersion: weir.dev/v1alpha1"],
    );
    check(
        "apiVersion: weir.dev/v1\nkind: Topic\n",
        &expect!["demo.yaml:1:1: apiVersion: is 'weir.dev/v1'; write weir.dev/v1alpha1"],
    );
    check(
        &format!("{HEAD}kind: KafkaTopic\n"),
        &expect!["demo.yaml:2:1: kind: is 'KafkaTopic', which Weir does not know; write Cluster or Topic"],
    );
    check(HEAD, &expect!["demo.yaml:1:1: kind: is missing; write kind: Cluster or kind: Topic"]);
    check(
        "",
        &expect!["demo.yaml: the file has no document; it needs a Cluster, and a Topic for each topic"],
    );
    check(
        "---\n---\n",
        &expect!["demo.yaml: the file has no document; it needs a Cluster, and a Topic for each topic"],
    );
    check(
        "just text\n",
        &expect!["demo.yaml:1:1: apiVersion: is missing; write apiVersion: weir.dev/v1alpha1"],
    );
}

#[test]
fn what_is_not_yaml_is_refused_with_its_place() {
    check(
        &topic("  partitions: 3\n  partitions: 4\n"),
        &expect!["demo.yaml:7:3: partitions: stands here a second time; keep one of the two"],
    );
    check(
        &topic("  config: {a: b\n"),
        &expect!["demo.yaml:6:11: this is not YAML: unclosed bracket '{'; close it"],
    );
    check(
        &topic("\tpartitions: 3\n"),
        &expect![
            "demo.yaml:6:2: this is not YAML: tabs disallowed within this context (block indentation); indent with spaces"
        ],
    );
    check(
        &topic("  config: *nothing\n"),
        &expect![
            "demo.yaml:6:11: this is not YAML: alias references unknown anchor; quote a text that starts with *"
        ],
    );
    check(
        &topic("  partitions 3\n"),
        &expect![
            "demo.yaml:6:3: this is not YAML: simple key expected ':'; write NAME: VALUE, with a colon and a space"
        ],
    );
    check(
        &topic("  partitions: 3\n   config: {}\n"),
        &expect![
            "demo.yaml:7:10: this is not YAML: mapping values are not allowed in this context; align the line with its siblings, or quote a text that holds ': '"
        ],
    );
    check(
        &topic("  config:\n    a: \"b\n"),
        &expect![
            "demo.yaml:7:8: this is not YAML: unclosed quote; end the text with the quote that it starts with"
        ],
    );
}

#[test]
fn problems_of_all_documents_are_listed() {
    check(
        &format!("{}---\n{}", topic("  partitons: 3\n"), topic("  partitions: x\n")),
        &expect![[r#"
        demo.yaml:6:3: spec.partitons: there is no such field; did you mean partitions?
        demo.yaml:13:3: spec.partitions: must be a whole number"#]],
    );
}

#[test]
fn thousands_of_topics_fit_and_more_are_refused() {
    let text = |count: usize| (0..count).map(|_| topic("  partitions: 3\n---\n")).collect::<String>();
    assert_eq!(Reader::new().unwrap().read("demo.yaml", &text(3000)).unwrap().topics.len(), 3000);
    let problems = Reader::new().unwrap().read("demo.yaml", &text(11_000)).unwrap_err().to_string();
    assert!(problems.contains("too much for one file") && problems.contains("split it"), "{problems}");
}

#[test]
fn a_bomb_of_aliases_is_refused_quickly() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let below = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", ")));
    }
    let problems = Reader::new().unwrap().read("bomb.yaml", &text).unwrap_err();
    assert!(problems.to_string().contains("not YAML"), "{problems}");
}
