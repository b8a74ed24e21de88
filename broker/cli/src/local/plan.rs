//! What one broker on this machine makes of a manifest. Pure: a manifest in, a plan or mistakes with their lines out.

use std::collections::BTreeMap;

use weir_crds::cluster::{Namespaces, State};
use weir_crds::read::{Located, Manifest, Problem, Problems, nearest};
use weir_crds::topic::ConfigPolicy;
use weir_crds::{Cluster, Topic};

use super::settings;

const DEFAULT_PORT: u16 = 9092;

/// A cluster to run.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) listeners: Vec<ListenerWish>,
    pub(super) config: BTreeMap<String, String>,
    pub(super) topics: Vec<TopicWish>,
}

/// A door for clients.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ListenerWish {
    pub(super) name: String,
    pub(super) port: u16,
}

/// A topic to make or to change.
#[derive(Debug)]
pub(super) struct TopicWish {
    pub(super) name: String,
    pub(super) partitions: Option<i32>,
    pub(super) config: BTreeMap<String, String>,
    pub(super) config_policy: ConfigPolicy,
    /// Names the place of a field when the broker refuses it.
    pub(super) place: Located<Topic>,
}

impl Default for Plan {
    /// One broker, the usual port, nothing else.
    fn default() -> Self {
        let listeners = vec![ListenerWish { name: "PLAINTEXT".to_owned(), port: DEFAULT_PORT }];
        Self { name: "local".to_owned(), listeners, config: BTreeMap::new(), topics: Vec::new() }
    }
}

impl Plan {
    /// Plans a manifest, or says what of it one broker can't do.
    pub(super) fn new(file: &str, manifest: &Manifest) -> Result<Self, Problems> {
        let cluster = match manifest.clusters.as_slice() {
            [one] => one,
            [] => return Err(whole(file, "has no Cluster; add a document with kind: Cluster")),
            [_, second, ..] => {
                let message = "is the second Cluster of this file; weir local runs one, so put it into a file of its own";
                return Err(Problems(vec![second.problem(&["metadata", "name"], message)]));
            }
        };
        let mut problems = cluster_problems(cluster);
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let mut topics = Vec::new();
        for topic in &manifest.topics {
            problems.extend(topic_problems(cluster, topic));
            let name = topic.resource.topic_name();
            match seen.insert(unified(name), name) {
                None => {}
                Some(other) if other == name => {
                    problems.push(name_problem(topic, format!("the topic '{name}' is wished twice; keep one")));
                }
                Some(other) => problems.push(name_problem(
                    topic,
                    format!(
                        "the topics '{other}' and '{name}' differ in '.' and '_' only, so their metrics would \
                         have the same names; rename one"
                    ),
                )),
            }
            topics.push(topic_wish(topic));
        }
        if !problems.is_empty() {
            problems.sort_by_key(|problem| (problem.line, problem.column));
            return Err(Problems(problems));
        }
        let spec = &cluster.resource.spec;
        let listeners = spec.listeners.iter().map(|listener| ListenerWish {
            name: listener.name.to_ascii_uppercase(),
            // The schema keeps ports within 1024 and 65535.
            port: u16::try_from(listener.port).unwrap_or(DEFAULT_PORT),
        });
        let mut plan = Self {
            name: name_of(cluster).to_owned(),
            config: spec.config.clone(),
            topics,
            ..Self::default()
        };
        if !spec.listeners.is_empty() {
            plan.listeners = listeners.collect();
        }
        Ok(plan)
    }
}

fn whole(file: &str, message: &str) -> Problems {
    let (file, message) = (file.to_owned(), message.to_owned());
    Problems(vec![Problem { file, line: 0, column: 0, field: String::new(), message }])
}

fn name_of(cluster: &Located<Cluster>) -> &str {
    cluster.resource.metadata.name.as_deref().unwrap_or("local")
}

fn cluster_problems(cluster: &Located<Cluster>) -> Vec<Problem> {
    let spec = &cluster.resource.spec;
    let mut problems = settings::of_cluster(cluster);
    if spec.replicas > 1 {
        let message = format!(
            "is {}, but this version of weir local runs one broker; write replicas: 1 (Kubernetes takes the file as it is)",
            spec.replicas
        );
        problems.push(cluster.problem(&["spec", "replicas"], message));
    }
    if spec.pools.iter().any(|pool| pool.replicas > 0) {
        let message = "asks for more brokers, but this version of weir local runs one; remove it here";
        problems.push(cluster.problem(&["spec", "pools"], message));
    }
    if spec.state == State::Hibernated {
        let message = "is Hibernated, so there is nothing to run; write state: Running";
        problems.push(cluster.problem(&["spec", "state"], message));
    }
    problems
}

/// A name as metrics have it: topics that agree in it can't both be there (Kafka's `Topic.hasCollision`).
fn unified(topic: &str) -> String {
    topic.replace('.', "_")
}

fn name_problem(topic: &Located<Topic>, message: String) -> Problem {
    match topic.resource.spec.topic_name {
        Some(_) => topic.problem(&["spec", "topicName"], message),
        None => topic.problem(&["metadata", "name"], message),
    }
}

fn topic_problems(cluster: &Located<Cluster>, topic: &Located<Topic>) -> Vec<Problem> {
    let spec = &topic.resource.spec;
    let mut problems = settings::of_topic(topic);
    let (wanted, there) = (spec.cluster_ref.name.as_str(), name_of(cluster));
    if wanted != there {
        let meant = nearest(wanted, [there]).map(|meant| format!("; did you mean {meant}?"));
        let hint = meant.unwrap_or_else(|| format!("; the Cluster of this file is {there}"));
        problems.push(
            topic.problem(
                &["spec", "clusterRef", "name"],
                format!("there is no Cluster '{wanted}' here{hint}"),
            ),
        );
    }
    if let Some(factor) = spec.replication_factor.filter(|&factor| factor > 1) {
        let message = format!("is {factor}, but one broker holds one copy; write 1 or remove the field");
        problems.push(topic.problem(&["spec", "replicationFactor"], message));
    }
    let namespace = |written: Option<&str>| written.unwrap_or("default").to_owned();
    let home = namespace(cluster.resource.metadata.namespace.as_deref());
    let own = namespace(topic.resource.metadata.namespace.as_deref());
    let looked_in = spec.cluster_ref.namespace.clone().unwrap_or_else(|| own.clone());
    if wanted == there && looked_in != home {
        let message = format!(
            "the Cluster is in the namespace '{home}', not in '{looked_in}'; write namespace: {home} here"
        );
        problems.push(topic.problem(&["spec", "clusterRef", "namespace"], message));
    } else if own != home && cluster.resource.spec.topic_namespaces.from == Namespaces::Same {
        let message = format!(
            "is '{own}', but the Cluster takes Topics of its own namespace '{home}' only; \
             see spec.topicNamespaces of the Cluster"
        );
        problems.push(topic.problem(&["metadata", "namespace"], message));
    }
    problems
}

fn topic_wish(topic: &Located<Topic>) -> TopicWish {
    let spec = &topic.resource.spec;
    TopicWish {
        name: topic.resource.topic_name().to_owned(),
        partitions: spec.partitions,
        config: spec.config.clone(),
        config_policy: spec.config_policy,
        place: topic.clone(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use expect_test::{Expect, expect};
    use weir_crds::read::Reader;

    use super::*;

    fn cluster(spec: &str) -> String {
        format!(
            "apiVersion: weir.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: demo}}\n\
             spec:\n  storage: {{size: 1Gi}}\n{spec}\n---\n"
        )
    }

    fn topic(name: &str, cluster: &str, spec: &str) -> String {
        format!(
            "apiVersion: weir.dev/v1alpha1\nkind: Topic\nmetadata: {{name: {name}}}\n\
             spec:\n  clusterRef: {{name: {cluster}}}\n{spec}\n---\n"
        )
    }

    fn plan(text: &str) -> Result<Plan, Problems> {
        Plan::new("demo.yaml", &Reader::new().unwrap().read("demo.yaml", text).unwrap())
    }

    fn refused(text: &str, expected: &Expect) {
        expected.assert_eq(&plan(text).unwrap_err().to_string());
    }

    #[test]
    fn a_manifest_becomes_a_plan() {
        let text = cluster(
            "  replicas: 1\n  listeners: [{name: outside, port: 19092}]\n  config: {num.partitions: \"3\"}",
        ) + &topic("orders", "demo", "  partitions: 12\n  config: {retention.ms: \"1000\"}")
            + &topic("other", "demo", "  topicName: Other_Topic\n  configPolicy: Additive");
        let plan = plan(&text).unwrap();
        assert_eq!(plan.name, "demo");
        assert_eq!(plan.listeners, [ListenerWish { name: "OUTSIDE".to_owned(), port: 19092 }]);
        assert_eq!(plan.config["num.partitions"], "3");
        let topics: Vec<_> =
            plan.topics.iter().map(|it| (it.name.as_str(), it.partitions, it.config_policy)).collect();
        assert_eq!(
            topics,
            [("orders", Some(12), ConfigPolicy::Exclusive), ("Other_Topic", None, ConfigPolicy::Additive)]
        );
    }

    #[test]
    fn a_file_asks_for_no_more_partitions_than_one_request_makes() {
        let wish = |partitions: i32| {
            let text = cluster("  replicas: 1") + &topic("a", "demo", &format!("  partitions: {partitions}"));
            Reader::new().unwrap().read("demo.yaml", &text).map(|manifest| manifest.topics.len())
        };
        let most = weir_model::limits::TOPIC_PARTITIONS_MAX;
        assert_eq!(usize::try_from(most).unwrap(), weir_metadata::controller::PARTITIONS_PER_REQUEST_MAX);
        assert_eq!(wish(most).unwrap(), 1);
        assert_eq!(
            wish(most + 1).unwrap_err().to_string(),
            "demo.yaml:13:3: spec.partitions: is 10001; it must be at most 10000"
        );
    }

    #[test]
    fn what_one_broker_cannot_do_is_refused() {
        refused(
            &cluster("  replicas: 3"),
            &expect![
                "demo.yaml:6:3: spec.replicas: is 3, but this version of weir local runs one broker; write replicas: 1 (Kubernetes takes the file as it is)"
            ],
        );
        refused(
            &cluster("  replicas: 1\n  pools: [{name: big, replicas: 1, storage: {size: 1Gi}}]"),
            &expect![
                "demo.yaml:7:3: spec.pools: asks for more brokers, but this version of weir local runs one; remove it here"
            ],
        );
        refused(
            &cluster("  replicas: 1\n  state: Hibernated"),
            &expect![
                "demo.yaml:7:3: spec.state: is Hibernated, so there is nothing to run; write state: Running"
            ],
        );
        refused(
            &(cluster("  replicas: 1") + &topic("a", "demo", "  replicationFactor: 3")),
            &expect![
                "demo.yaml:13:3: spec.replicationFactor: is 3, but one broker holds one copy; write 1 or remove the field"
            ],
        );
    }

    #[test]
    fn wrong_settings_are_named_with_their_lines() {
        refused(
            &(cluster("  replicas: 1\n  config:\n    num.partition: \"3\"\n    num.io.threads: lots")
                + &topic("a", "demo", "  config:\n    retention.mss: \"1\"\n    cleanup.policy: gone")
                + &topic(
                    "b",
                    "demo",
                    "  config: {min.compaction.lag.ms: \"9\", max.compaction.lag.ms: \"3\"}",
                )),
            &expect![[r#"
                demo.yaml:8:5: spec.config.num.partition: there is no broker config 'num.partition'; did you mean 'num.partitions'?
                demo.yaml:9:5: spec.config.num.io.threads: can't be 'lots': it must be a 32-bit number, at least 1
                demo.yaml:17:5: spec.config.retention.mss: there is no topic config 'retention.mss'; did you mean 'retention.ms'?
                demo.yaml:18:5: spec.config.cleanup.policy: can't be 'gone': it must be a list of compact, delete, none of them twice
                demo.yaml:25:3: spec.config: min.compaction.lag.ms (9) is above max.compaction.lag.ms (3)"#]],
        );
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let one = cluster("  replicas: 1");
        refused(
            &topic("a", "demo", ""),
            &expect!["demo.yaml: has no Cluster; add a document with kind: Cluster"],
        );
        refused(
            &(one.clone() + &one),
            &expect![
                "demo.yaml:10:12: metadata.name: is the second Cluster of this file; weir local runs one, so put it into a file of its own"
            ],
        );
        refused(
            &(one.clone() + &topic("a", "dmeo", "")),
            &expect![
                "demo.yaml:12:16: spec.clusterRef.name: there is no Cluster 'dmeo' here; did you mean demo?"
            ],
        );
        refused(
            &(one.clone() + &topic("a", "production", "")),
            &expect![
                "demo.yaml:12:16: spec.clusterRef.name: there is no Cluster 'production' here; the Cluster of this file is demo"
            ],
        );
        refused(
            &(one.clone() + &topic("a", "demo", "") + &topic("b", "demo", "  topicName: a")),
            &expect!["demo.yaml:20:3: spec.topicName: the topic 'a' is wished twice; keep one"],
        );
        refused(
            &(one.clone() + &topic("a.b", "demo", "") + &topic("c", "demo", "  topicName: a_b")),
            &expect![
                "demo.yaml:20:3: spec.topicName: the topics 'a.b' and 'a_b' differ in '.' and '_' only, so their metrics would have the same names; rename one"
            ],
        );
        let elsewhere = topic("a", "demo", "").replace("{name: a}", "{name: a, namespace: there}");
        refused(
            &(one.clone() + &elsewhere),
            &expect![
                "demo.yaml:12:3: spec.clusterRef.namespace: the Cluster is in the namespace 'default', not in 'there'; write namespace: default here"
            ],
        );
        let reaching =
            topic("a", "demo, namespace: default", "").replace("{name: a}", "{name: a, namespace: there}");
        refused(
            &(one + &reaching),
            &expect![
                "demo.yaml:10:21: metadata.namespace: is 'there', but the Cluster takes Topics of its own namespace 'default' only; see spec.topicNamespaces of the Cluster"
            ],
        );
    }
}
