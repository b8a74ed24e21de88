//! Every CEL rule with a case that passes and a case that fails, evaluated as an API server does.

use std::collections::BTreeSet;

use kube::core::cel::Validator;
use serde_json::{Value, json};

use crate::cluster::OWNED_CONFIG_KEYS;
use crate::generate::{cluster_crd, schema_of, topic_crd};

/// What an update changes: a JSON pointer and the new value; `null` removes.
type Change = (&'static str, Value);

struct Case {
    /// The beginning of the rule's message.
    rule: &'static str,
    old: Vec<Change>,
    passes: Vec<Change>,
    fails: Vec<Change>,
}

fn case(rule: &'static str, old: &[Change], passes: &[Change], fails: &[Change]) -> Case {
    Case { rule, old: old.to_vec(), passes: passes.to_vec(), fails: fails.to_vec() }
}

fn cluster() -> Value {
    json!({
        "apiVersion": "weir.dev/v1alpha1",
        "kind": "Cluster",
        "metadata": { "name": "demo" },
        "spec": { "replicas": 3, "storage": { "size": "10Gi" }, "config": {}, "pools": [], "listeners": [] },
    })
}

fn topic() -> Value {
    json!({
        "apiVersion": "weir.dev/v1alpha1",
        "kind": "Topic",
        "metadata": { "name": "orders" },
        "spec": { "clusterRef": { "name": "demo" }, "config": {} },
    })
}

fn changed(mut resource: Value, changes: &[Change]) -> Value {
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = resource.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => parent.remove(key),
            value => parent.insert(key.to_owned(), value.clone()),
        };
    }
    resource
}

fn cluster_cases() -> Vec<Case> {
    let pool = |size: &str, class: &str| json!([{ "name": "big", "replicas": 1, "storage": { "size": size, "className": class } }]);
    let listeners =
        |ports: [i32; 2]| json!([{ "name": "a", "port": ports[0] }, { "name": "b", "port": ports[1] }]);
    let listener = |extra: &str, value: Value| json!([{ "name": "a", "port": 9092, extra: value }]);
    vec![
        case("metadata.name must be", &[], &[], &[("/metadata/name", json!("1-demo"))]),
        case(
            "storage.size can only grow",
            &[],
            &[("/spec/storage/size", json!("10.5Gi"))],
            &[("/spec/storage/size", json!("9Gi"))],
        ),
        case(
            "storage.className can't change",
            &[("/spec/storage/className", json!("fast"))],
            &[("/spec/storage/className", json!("fast"))],
            &[("/spec/storage/className", json!("slow"))],
        ),
        case("storage.className can't change", &[], &[], &[("/spec/storage/className", json!("fast"))]),
        case(
            "storage.size can only grow",
            &[("/spec/pools", pool("2Ti", "fast"))],
            &[("/spec/pools", pool("3Ti", "fast"))],
            &[("/spec/pools", pool("1Ti", "fast"))],
        ),
        case(
            "storage.className can't change",
            &[("/spec/pools", pool("2Ti", "fast"))],
            &[("/spec/pools", json!([]))],
            &[("/spec/pools", pool("2Ti", "slow"))],
        ),
        case(
            "spec.pools[].name: 'default'",
            &[],
            &[("/spec/pools", pool("1Gi", "x"))],
            &[("/spec/pools", json!([{ "name": "default", "replicas": 1, "storage": { "size": "1Gi" } }]))],
        ),
        case(
            "spec.listeners: two listeners share a port",
            &[],
            &[("/spec/listeners", listeners([9092, 9093]))],
            &[("/spec/listeners", listeners([9092, 9092]))],
        ),
        case(
            "spec.listeners[].tls",
            &[],
            &[("/spec/listeners", listener("type", json!("NodePort")))],
            &[("/spec/listeners", listener("tls", json!({})))],
        ),
        case(
            "spec.listeners[].authentication",
            &[],
            &[("/spec/listeners", listener("type", json!("LoadBalancer")))],
            &[("/spec/listeners", listener("authentication", json!({ "mechanisms": ["ScramSha512"] })))],
        ),
        case(
            "spec.config: Weir sets these",
            &[],
            &[("/spec/config/num.partitions", json!("3"))],
            &[("/spec/config/log.dirs", json!("/data"))],
        ),
        case(
            "spec.topicNamespaces.selector",
            &[],
            &[(
                "/spec/topicNamespaces",
                json!({ "from": "Selector", "selector": { "matchLabels": { "a": "b" } } }),
            )],
            &[("/spec/topicNamespaces", json!({ "from": "Selector" }))],
        ),
        case(
            "spec.topicNamespaces.selector",
            &[],
            &[("/spec/topicNamespaces", json!({ "from": "All" }))],
            &[("/spec/topicNamespaces", json!({ "selector": {} }))],
        ),
    ]
}

fn topic_cases() -> Vec<Case> {
    vec![
        case(
            "spec.clusterRef can't change",
            &[],
            &[("/spec/clusterRef", json!({ "name": "demo" }))],
            &[("/spec/clusterRef", json!({ "name": "other" }))],
        ),
        case("spec.clusterRef can't change", &[], &[], &[("/spec/clusterRef/namespace", json!("there"))]),
        case(
            "spec.topicName can't change",
            &[("/spec/topicName", json!("a"))],
            &[("/spec/topicName", json!("a"))],
            &[("/spec/topicName", json!("b"))],
        ),
        case("spec.topicName can't change", &[], &[], &[("/spec/topicName", json!("a"))]),
        case(
            "spec.partitions can only grow",
            &[("/spec/partitions", json!(3))],
            &[("/spec/partitions", json!(4))],
            &[("/spec/partitions", json!(2))],
        ),
        case(
            "spec.topicName: this name belongs",
            &[("/spec/topicName", json!("consumer_offsets"))],
            &[("/spec/topicName", json!("consumer_offsets"))],
            &[("/spec/topicName", json!("__consumer_offsets"))],
        ),
        case(
            "metadata.name is longer",
            &[],
            &[("/metadata/name", json!("x".repeat(249)))],
            &[("/metadata/name", json!("x".repeat(250)))],
        ),
    ]
}

/// A rule by the place that it stands at and its message.
type Rule = (String, String);

/// The rules that an update breaks.
fn broken(schema: &Value, new: &Value, old: &Value) -> Vec<Rule> {
    let validated = Validator::new().validate_with_defaults(schema, new, Some(old));
    validated
        .err()
        .map(|errors| {
            let rules = errors.into_vec().into_iter();
            rules.map(|error| (without_indexes(&error.field_path), error.message)).collect()
        })
        .unwrap_or_default()
}

/// `spec.pools[0].storage` as `spec.pools.storage`.
fn without_indexes(path: &str) -> String {
    path.split(['.', '[', ']'])
        .filter(|part| !part.is_empty() && part.parse::<usize>().is_err())
        .collect::<Vec<_>>()
        .join(".")
}

/// Runs the cases and returns all rules that some case broke.
fn run(schema: &Value, resource: &Value, cases: Vec<Case>) -> BTreeSet<Rule> {
    let mut seen = BTreeSet::new();
    for Case { rule, old, passes, fails } in cases {
        let old = changed(resource.clone(), &old);
        let passed = broken(schema, &changed(old.clone(), &passes), &old);
        assert!(passed.is_empty(), "{rule}: {passes:?} should pass: {passed:?}");
        let failed = broken(schema, &changed(old.clone(), &fails), &old);
        assert!(
            failed.iter().any(|(_, message)| message.starts_with(rule)),
            "{rule}: {fails:?} gave {failed:?}"
        );
        seen.extend(failed);
    }
    seen
}

/// Every rule of a schema. The same rule at two places counts twice.
fn rules(schema: &Value, path: &[&str], into: &mut BTreeSet<Rule>) {
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        let message = rule["message"].as_str().expect("every rule has a message");
        into.insert((path.join("."), message.to_owned()));
    }
    for below in ["items", "additionalProperties"] {
        if schema[below].is_object() {
            rules(&schema[below], path, into);
        }
    }
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        rules(below, &[path, &[name.as_str()]].concat(), into);
    }
}

#[test]
fn every_rule_passes_and_fails() {
    for (crd, resource, cases) in
        [(cluster_crd().unwrap(), cluster(), cluster_cases()), (topic_crd().unwrap(), topic(), topic_cases())]
    {
        let schema = schema_of(&crd);
        let seen = run(schema, &resource, cases);
        let mut all = BTreeSet::new();
        rules(schema, &[], &mut all);
        assert!(all.len() >= 5, "the rules were not found: {all:?}");
        assert_eq!(
            all.difference(&seen).collect::<Vec<_>>(),
            Vec::<&Rule>::new(),
            "rules without a failing case"
        );
    }
}

#[test]
fn every_owned_key_is_refused() {
    let crd = cluster_crd().unwrap();
    for key in OWNED_CONFIG_KEYS {
        let mut resource = cluster();
        resource["spec"]["config"] = json!({ key: "x" });
        let broken = broken(schema_of(&crd), &resource, &cluster());
        assert!(broken.iter().any(|(_, message)| message.contains(key)), "{key}: {broken:?}");
    }
}
