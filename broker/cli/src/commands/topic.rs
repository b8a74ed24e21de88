//! `weir topic`: create, list, describe, alter, delete.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal};

use serde::Serialize;

use crate::args::{Target, TopicAlter, TopicCommand, TopicCreate};
use crate::client::offsets::{EARLIEST, LATEST, Partition};
use crate::client::topics::{Created, NewTopic, Resource, Setting};
use crate::client::{Cluster, check};
use crate::driver::no_topic;
use crate::exit::Failure;
use crate::output::{self, Table};

/// Runs the command.
pub(crate) fn run(target: &Target, command: TopicCommand) -> Result<(), Failure> {
    let mut cluster = Cluster::connect(target)?;
    match command {
        TopicCommand::Create(options) => create(&mut cluster, target, &options),
        TopicCommand::List { internal } => list(&mut cluster, target, internal),
        TopicCommand::Describe { topics } => describe(&mut cluster, target, &topics),
        TopicCommand::Alter(options) => alter(&mut cluster, target, &options),
        TopicCommand::Delete { topics, if_exists, yes } => {
            delete(&mut cluster, target, &topics, if_exists, yes)
        }
    }
}

#[derive(Serialize)]
struct TopicLine {
    topic: String,
    partitions: usize,
    replication_factor: usize,
    internal: bool,
}

/// What a script is told of a creation that was only asked about.
#[derive(Serialize)]
struct DryRun<'a> {
    topic: &'a str,
    possible: bool,
}

fn create(cluster: &mut Cluster, target: &Target, options: &TopicCreate) -> Result<(), Failure> {
    let topic = options.topic.as_str();
    let created = cluster.create_topic(&NewTopic {
        name: topic,
        partitions: options.partitions,
        replication_factor: options.replication_factor,
        config: options.config.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())).collect(),
        dry_run: options.dry_run,
    })?;
    match created {
        Created::Exists if options.if_not_exists => output::note(&format!("topic '{topic}' exists")),
        Created::Exists => {
            return Err(Failure::failed(format!("topic '{topic}' exists")).hint(format!(
                "change it with: weir topic alter {topic}; --if-not-exists makes this no failure"
            )));
        }
        Created::Yes if options.dry_run => output::note(&format!("topic '{topic}' could be created")),
        Created::Yes => output::note(&format!("topic '{topic}' created")),
    }
    match target.output {
        output::Format::Table => Ok(()),
        format if options.dry_run => {
            let answer = DryRun { topic, possible: created == Created::Yes };
            output::show(format, &answer, |_| String::new())
        }
        format => {
            let lines = topic_lines(cluster, Some(std::slice::from_ref(&options.topic)))?;
            output::show(format, &lines.first(), |_| String::new())
        }
    }
}

fn topic_lines(cluster: &mut Cluster, topics: Option<&[String]>) -> Result<Vec<TopicLine>, Failure> {
    let metadata = cluster.metadata(topics)?;
    let mut lines: Vec<TopicLine> = metadata
        .topics
        .iter()
        .map(|topic| TopicLine {
            topic: topic.name.as_deref().unwrap_or_default().to_owned(),
            partitions: topic.partitions.len(),
            replication_factor: topic.partitions.first().map_or(0, |partition| partition.replica_nodes.len()),
            internal: topic.is_internal,
        })
        .collect();
    lines.sort_by(|one, other| one.topic.cmp(&other.topic));
    Ok(lines)
}

fn list(cluster: &mut Cluster, target: &Target, internal: bool) -> Result<(), Failure> {
    let mut lines = topic_lines(cluster, None)?;
    lines.retain(|line| internal || !line.internal);
    if lines.is_empty() && target.output == output::Format::Table {
        output::note("no topics; create one with: weir topic create NAME");
        return Ok(());
    }
    output::show(target.output, &lines, |lines| {
        let mut table = Table::new(&["TOPIC", "PARTITIONS", "REPLICAS"]);
        for line in lines {
            table.row(vec![
                line.topic.clone(),
                line.partitions.to_string(),
                line.replication_factor.to_string(),
            ]);
        }
        table.render()
    })
}

#[derive(Serialize)]
struct PartitionLine {
    partition: i32,
    leader: Option<i32>,
    replicas: Vec<i32>,
    in_sync: Vec<i32>,
    start_offset: Option<i64>,
    end_offset: Option<i64>,
}

#[derive(Serialize)]
struct Description {
    topic: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    internal: bool,
    partitions: Vec<PartitionLine>,
    settings: BTreeMap<String, Option<String>>,
}

fn describe(cluster: &mut Cluster, target: &Target, topics: &[String]) -> Result<(), Failure> {
    let leaders = cluster.leaders(topics)?;
    let start = cluster.offsets_at(&leaders, |_| EARLIEST)?;
    let end = cluster.offsets_at(&leaders, |_| LATEST)?;
    let metadata = cluster.metadata(Some(topics))?;
    let mut described = Vec::new();
    for name in topics {
        let Some(found) = metadata.topics.iter().find(|topic| topic.name.as_deref() == Some(name)) else {
            return Err(no_topic(name));
        };
        check(found.error_code, None, &format!("topic '{name}'"))?;
        let mut partitions: Vec<PartitionLine> = found
            .partitions
            .iter()
            .map(|partition| {
                let key: Partition = (name.clone(), partition.partition_index);
                PartitionLine {
                    partition: partition.partition_index,
                    leader: (partition.leader_id >= 0).then_some(partition.leader_id),
                    replicas: partition.replica_nodes.to_vec(),
                    in_sync: partition.isr_nodes.to_vec(),
                    start_offset: start.get(&key).copied(),
                    end_offset: end.get(&key).copied(),
                }
            })
            .collect();
        partitions.sort_by_key(|partition| partition.partition);
        let id = found.topic_id.to_string();
        described.push(Description {
            topic: name.clone(),
            id: (found.topic_id != weir_model::Uuid::ZERO).then_some(id),
            internal: found.is_internal,
            partitions,
            settings: own_settings(cluster, name)?,
        });
    }
    output::show(target.output, &described, |described| {
        described.iter().map(describe_text).collect::<Vec<_>>().join("\n")
    })
}

fn own_settings(cluster: &mut Cluster, topic: &str) -> Result<BTreeMap<String, Option<String>>, Failure> {
    let settings = cluster.settings(Resource::Topic(topic))?;
    Ok(settings
        .into_iter()
        .filter(Setting::is_of_topic)
        .map(|setting| (setting.name, setting.value))
        .collect())
}

fn describe_text(topic: &Description) -> String {
    let list = |numbers: &[i32]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let number = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let mut text = format!("Topic: {}\n", topic.topic);
    if let Some(id) = &topic.id {
        text.push_str(&format!("Id: {id}\n"));
    }
    for (name, value) in &topic.settings {
        text.push_str(&format!("Setting: {name}={}\n", value.as_deref().unwrap_or("(hidden)")));
    }
    let mut table = Table::new(&["PARTITION", "LEADER", "REPLICAS", "IN SYNC", "START", "END", "RECORDS"]);
    for partition in &topic.partitions {
        let records = partition.start_offset.zip(partition.end_offset).map(|(start, end)| end - start);
        table.row(vec![
            partition.partition.to_string(),
            partition.leader.map_or_else(|| "none".to_owned(), |leader| leader.to_string()),
            list(&partition.replicas),
            list(&partition.in_sync),
            number(partition.start_offset),
            number(partition.end_offset),
            number(records),
        ]);
    }
    text + &table.render()
}

fn alter(cluster: &mut Cluster, target: &Target, options: &TopicAlter) -> Result<(), Failure> {
    let topic = options.topic.as_str();
    if options.partitions.is_none() && options.config.is_empty() && options.unset.is_empty() {
        return Err(
            Failure::usage("nothing to alter").hint("use --partitions, --config or --unset; see --help")
        );
    }
    let there = cluster.leaders(std::slice::from_ref(&options.topic))?.len();
    let set = options.config.iter().map(|pair| (pair.name.as_str(), Some(pair.value.as_str())));
    let changes: Vec<_> = set.chain(options.unset.iter().map(|name| (name.as_str(), None))).collect();
    if !changes.is_empty() {
        // Before the topic grows, which can't be taken back.
        let known = cluster.settings(Resource::Topic(topic))?;
        cluster.check_settings(Resource::Topic(topic), &changes, &known)?;
    }
    if let Some(wanted) = options.partitions {
        let wanted_count = usize::try_from(wanted).unwrap_or_default();
        if wanted_count < there {
            return Err(Failure::failed(format!(
                "topic '{topic}' has {} and can't shrink to {wanted}",
                partitions(there)
            ))
            .hint("records stay where their key put them; create a topic with fewer partitions and copy"));
        }
        if wanted_count > there {
            cluster.create_partitions(topic, wanted)?;
            output::note(&format!("topic '{topic}' has {} now", partitions(wanted_count)));
        } else {
            output::note(&format!("topic '{topic}' has {} already", partitions(there)));
        }
    }
    if !changes.is_empty() {
        cluster.alter_settings(Resource::Topic(topic), &changes)?;
        output::note(&format!("settings of topic '{topic}' changed"));
    }
    match target.output {
        output::Format::Table => Ok(()),
        _ => describe(cluster, target, std::slice::from_ref(&options.topic)),
    }
}

fn partitions(count: usize) -> String {
    format!("{count} partition{}", if count == 1 { "" } else { "s" })
}

fn delete(
    cluster: &mut Cluster,
    target: &Target,
    topics: &[String],
    if_exists: bool,
    yes: bool,
) -> Result<(), Failure> {
    let there: Vec<String> = topic_lines(cluster, None)?.into_iter().map(|line| line.topic).collect();
    for topic in topics {
        if !there.contains(topic) && !if_exists {
            return Err(Failure::not_found(format!("there is no topic '{topic}'"))
                .hint("see the topics with: weir topic list; --if-exists makes this no failure"));
        }
    }
    let doomed: Vec<&String> = topics.iter().filter(|topic| there.contains(topic)).collect();
    if doomed.is_empty() {
        output::note("nothing to delete");
        return output::show_deleted(target.output, &doomed);
    }
    if !yes && io::stdin().is_terminal() && output::is_watched() && !confirm(&doomed)? {
        return Err(Failure::failed("nothing is deleted"));
    }
    for topic in &doomed {
        cluster.delete_topic(topic)?;
        output::note(&format!("topic '{topic}' deleted"));
    }
    output::show_deleted(target.output, &doomed)
}

fn confirm(topics: &[&String]) -> Result<bool, Failure> {
    let names: Vec<&str> = topics.iter().map(|topic| topic.as_str()).collect();
    output::note(&format!("This deletes {} with all records. Type yes to go on:", names.join(", ")));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "yes" | "y"))
}
