//! Brings the topics of a running broker to a plan, by the Kafka protocol: makes what is missing, grows what has too few
//! partitions, sets settings. Nothing is deleted. Doing it again changes nothing.

use std::collections::BTreeMap;

use weir_crds::read::Problem;
use weir_crds::topic::ConfigPolicy;

use super::plan::{Plan, TopicWish};
use crate::args::Target;
use crate::client::Cluster;
use crate::client::topics::{Created, NewTopic, Resource, Setting};
use crate::exit::{Failure, Kind};

/// Topics that are created by one request.
const BATCH_TOPICS: usize = 500;

/// Partitions that are created by one request; a broker takes 10,000.
const BATCH_PARTITIONS: i32 = 5_000;

/// What is counted for a topic that leaves its partitions to the broker, which has few as a default.
const DEFAULT_PARTITIONS: i32 = 10;

/// Applies every topic of the plan. What the broker refuses is told with its place in the file, all of it together; only a broker
/// that does not answer ends it early.
pub(super) fn topics(target: &Target, plan: &Plan) -> Result<(), Failure> {
    if plan.topics.is_empty() {
        return Ok(());
    }
    let mut cluster = Cluster::connect(target)?;
    let metadata = cluster.metadata(None)?;
    let there: BTreeMap<String, i32> = metadata
        .topics
        .iter()
        .filter_map(|topic| {
            Some((topic.name.as_deref()?.to_owned(), i32::try_from(topic.partitions.len()).ok()?))
        })
        .collect();
    let mut refused = Vec::new();
    let (changed, created): (Vec<&TopicWish>, Vec<&TopicWish>) =
        plan.topics.iter().partition(|topic| there.contains_key(&topic.name));
    for batch in batches(&created) {
        cluster.renew();
        refused.extend(create(&mut cluster, batch)?);
    }
    for topic in changed {
        cluster.renew();
        match change(&mut cluster, topic, there.get(&topic.name).copied().unwrap_or_default()) {
            Ok(()) => {}
            Err(failure) if failure.kind == Kind::Unreachable => return Err(failure),
            Err(failure) => refused.push(failure.to_string()),
        }
    }
    match refused.is_empty() {
        true => Ok(()),
        false => Err(super::wrong(refused.len(), &refused.join("\n"))),
    }
}

/// Cuts topics into requests: so many topics, or so many partitions, that a broker takes.
fn batches<'a>(topics: &'a [&'a TopicWish]) -> Vec<&'a [&'a TopicWish]> {
    let mut batches = Vec::new();
    let mut rest = topics;
    while !rest.is_empty() {
        let mut partitions = 0;
        let fitting = rest.iter().take(BATCH_TOPICS).take_while(|topic| {
            partitions += topic.partitions.unwrap_or(DEFAULT_PARTITIONS);
            partitions <= BATCH_PARTITIONS
        });
        let (batch, after) = rest.split_at(fitting.count().max(1));
        batches.push(batch);
        rest = after;
    }
    batches
}

/// Creates topics; what the broker refuses comes back with its place in the file.
fn create(cluster: &mut Cluster, topics: &[&TopicWish]) -> Result<Vec<String>, Failure> {
    let wishes: Vec<NewTopic<'_>> = topics
        .iter()
        .map(|topic| NewTopic {
            name: &topic.name,
            partitions: topic.partitions,
            replication_factor: None,
            config: topic.config.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            dry_run: false,
        })
        .collect();
    let mut said = Vec::new();
    for (topic, answer) in topics.iter().zip(cluster.create_topics(&wishes, false)?) {
        match answer {
            Ok(Created::Yes) => {
                tracing::info!(topic = topic.name, partitions = topic.partitions, "topic created");
            }
            Ok(Created::Exists) => tracing::info!(topic = topic.name, "topic exists"),
            Err(failure) => said.push(refused(topic, &["spec"], &failure).to_string()),
        }
    }
    Ok(said)
}

fn change(cluster: &mut Cluster, topic: &TopicWish, there: i32) -> Result<(), Failure> {
    match topic.partitions {
        Some(wished) if wished > there => {
            cluster
                .create_partitions(&topic.name, wished)
                .map_err(|failure| refused(topic, &["spec", "partitions"], &failure))?;
            tracing::info!(topic = topic.name, from = there, to = wished, "partitions added");
        }
        Some(wished) if wished < there => {
            let message = format!(
                "is {wished}, but the topic '{}' has {there} partitions and can't lose any; write at least {there}",
                topic.name
            );
            return Err(usage(&topic.place.problem(&["spec", "partitions"], message)));
        }
        _ => {}
    }
    let settings = cluster.settings(Resource::Topic(&topic.name))?;
    let changes = changes(topic, &settings);
    if !changes.is_empty() {
        cluster
            .alter_settings(Resource::Topic(&topic.name), &changes)
            .map_err(|failure| refused(topic, &["spec", "config"], &failure))?;
        tracing::info!(topic = topic.name, settings = ?changes, "settings changed");
    }
    Ok(())
}

/// What to set and, where the resource is the whole truth, what to take back.
fn changes<'a>(topic: &'a TopicWish, settings: &'a [Setting]) -> Vec<(&'a str, Option<&'a str>)> {
    let own: BTreeMap<&str, Option<&str>> = settings
        .iter()
        .filter(|setting| setting.is_of_topic())
        .map(|setting| (setting.name.as_str(), setting.value.as_deref()))
        .collect();
    let wished = topic.config.iter().map(|(name, value)| (name.as_str(), Some(value.as_str())));
    let set = wished.filter(|(name, value)| own.get(name) != Some(value));
    let exclusive = topic.config_policy == ConfigPolicy::Exclusive;
    let surplus = own.keys().filter(|name| exclusive && !topic.config.contains_key(**name));
    set.chain(surplus.map(|name| (*name, None))).collect()
}

/// What the broker said, at the place of the file that it is about.
fn refused(topic: &TopicWish, path: &[&str], failure: &Failure) -> Failure {
    let text = failure.to_string();
    // A broker names the setting that it refuses; the line of that setting helps more than that of all.
    let named = topic.config.keys().find(|name| text.contains(name.as_str()));
    let problem = match named {
        Some(name) => topic.place.problem(&["spec", "config", name], text),
        None => topic.place.problem(path, text),
    };
    Failure::new(failure.kind, problem.to_string())
}

fn usage(problem: &Problem) -> Failure {
    Failure::usage(problem.to_string())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use weir_crds::read::Reader;

    use super::*;

    #[test]
    fn batches_hold_what_a_broker_takes() {
        let mut text = "apiVersion: weir.dev/v1alpha1\nkind: Cluster\nmetadata: {name: demo}\n\
                        spec: {replicas: 1, storage: {size: 1Gi}}\n"
            .to_owned();
        let counts = [6000, 2000, 3000, 1].into_iter().chain(std::iter::repeat_n(1, 600));
        for (number, partitions) in counts.enumerate() {
            let _ = write!(
                text,
                "---\napiVersion: weir.dev/v1alpha1\nkind: Topic\nmetadata: {{name: t{number}}}\n\
                 spec: {{clusterRef: {{name: demo}}, partitions: {partitions}}}\n"
            );
        }
        let manifest = Reader::new().expect("the schemas are fine").read("demo.yaml", &text);
        let plan =
            Plan::new("demo.yaml", &manifest.expect("the file is fine")).expect("one broker can do it");
        let topics: Vec<&TopicWish> = plan.topics.iter().collect();
        let sizes: Vec<usize> = batches(&topics).iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [1, 2, 500, 101]);
    }
}
