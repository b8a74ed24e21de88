//! `weir group`: list, describe with lag, reset offsets, delete.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::args::{GroupCommand, ResetOffsets, Target};
use crate::client::Cluster;
use crate::client::groups::{Group, Member, no_group};
use crate::client::offsets::{EARLIEST, LATEST, Partition};
use crate::exit::{Failure, Kind};
use crate::output::{self, Format, Table};
use crate::parse::Position;

/// Runs the command.
pub(crate) fn run(target: &Target, command: GroupCommand) -> Result<(), Failure> {
    let mut cluster = Cluster::connect(target)?;
    match command {
        GroupCommand::List => list(&mut cluster, target),
        GroupCommand::Describe { groups } => {
            groups.iter().try_for_each(|group| named(group))?;
            describe(&mut cluster, target, &groups)
        }
        GroupCommand::ResetOffsets(options) => reset(&mut cluster, target, &options),
        GroupCommand::Delete { groups } => {
            for group in &groups {
                cluster.delete_group(group)?;
                output::note(&format!("group '{group}' deleted"));
            }
            output::show_deleted(target.output, &groups)
        }
    }
}

/// Kafka keeps offsets under the empty name too, for clients that had no notion of groups, but shows no such group.
fn named(group: &str) -> Result<(), Failure> {
    match group.is_empty() {
        true => Err(Failure::usage("the name of the group is empty").hint(
            "name one; see the groups with: weir group list (weir group delete '' deletes offsets without a name)",
        )),
        false => Ok(()),
    }
}

fn list(cluster: &mut Cluster, target: &Target) -> Result<(), Failure> {
    let groups = cluster.list_groups()?;
    if groups.is_empty() && target.output == Format::Table {
        output::note("no groups");
        return Ok(());
    }
    output::show(target.output, &groups, |groups| {
        let mut table = Table::new(&["GROUP", "TYPE", "STATE", "PROTOCOL"]);
        for group in groups {
            table.row(vec![
                group.group.clone(),
                group.group_type.clone(),
                group.state.clone(),
                group.protocol.clone(),
            ]);
        }
        table.render()
    })
}

/// What is known of one partition that a group reads.
#[derive(Serialize)]
struct OffsetLine {
    topic: String,
    partition: i32,
    committed: Option<i64>,
    end: Option<i64>,
    lag: Option<i64>,
    member: Option<String>,
}

#[derive(Serialize)]
struct Description {
    group: String,
    #[serde(rename = "type")]
    group_type: &'static str,
    state: String,
    assignor: String,
    coordinator: i32,
    total_lag: i64,
    members: Vec<Member>,
    offsets: Vec<OffsetLine>,
}

fn describe(cluster: &mut Cluster, target: &Target, groups: &[String]) -> Result<(), Failure> {
    let mut described = Vec::new();
    for name in groups {
        let group = cluster.describe_group(name)?;
        let offsets = offset_lines(cluster, name, &group)?;
        described.push(Description {
            group: name.clone(),
            group_type: group.group_type,
            state: group.state,
            assignor: group.assignor,
            coordinator: group.coordinator,
            total_lag: offsets.iter().filter_map(|line| line.lag).sum(),
            members: group.members,
            offsets,
        });
    }
    output::show(target.output, &described, |described| {
        described.iter().map(describe_text).collect::<Vec<_>>().join("\n")
    })
}

fn offset_lines(cluster: &mut Cluster, name: &str, group: &Group) -> Result<Vec<OffsetLine>, Failure> {
    let committed = cluster.committed(name)?;
    let mut readers: BTreeMap<Partition, &Member> = BTreeMap::new();
    for member in &group.members {
        readers.extend(member.partitions.iter().map(|partition| (partition.clone(), member)));
    }
    let mut partitions: Vec<Partition> = committed.keys().chain(readers.keys()).cloned().collect();
    partitions.sort();
    partitions.dedup();
    let end = end_offsets(cluster, &partitions)?;
    let line = |partition: Partition| {
        let (committed, end) = (committed.get(&partition).copied(), end.get(&partition).copied());
        OffsetLine {
            lag: end.zip(committed).map(|(end, committed)| (end - committed).max(0)),
            member: readers.get(&partition).map(|member| member.member.clone()),
            topic: partition.0,
            partition: partition.1,
            committed,
            end,
        }
    };
    Ok(partitions.into_iter().map(line).collect())
}

/// The ends of partitions; a topic that was deleted since the group committed is left out.
fn end_offsets(cluster: &mut Cluster, partitions: &[Partition]) -> Result<BTreeMap<Partition, i64>, Failure> {
    let mut topics: Vec<String> = partitions.iter().map(|(topic, _)| topic.clone()).collect();
    topics.dedup();
    let mut ends = BTreeMap::new();
    for topic in topics {
        match cluster.leaders(&[topic]) {
            Ok(leaders) => ends.extend(cluster.offsets_at(&leaders, |_| LATEST)?),
            Err(failure) if failure.kind == Kind::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(ends)
}

fn describe_text(group: &Description) -> String {
    let number = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let mut text = format!(
        "Group: {}\nState: {} ({} protocol{}), coordinator {}\nLag: {}\n",
        group.group,
        group.state,
        group.group_type,
        if group.assignor.is_empty() { String::new() } else { format!(", {}", group.assignor) },
        group.coordinator,
        group.total_lag
    );
    let mut members = Table::new(&["MEMBER", "INSTANCE", "CLIENT", "HOST"]);
    for member in &group.members {
        members.row(vec![
            member.member.clone(),
            member.instance.clone().unwrap_or_else(|| "-".to_owned()),
            member.client.clone(),
            member.host.clone(),
        ]);
    }
    let mut offsets = Table::new(&["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER"]);
    for line in &group.offsets {
        offsets.row(vec![
            line.topic.clone(),
            line.partition.to_string(),
            number(line.committed),
            number(line.end),
            number(line.lag),
            line.member.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    for table in [members, offsets] {
        if !table.is_empty() {
            text.push('\n');
            text.push_str(&table.render());
        }
    }
    text
}

#[derive(Serialize)]
struct ResetLine {
    topic: String,
    partition: i32,
    from: Option<i64>,
    to: i64,
}

fn reset(cluster: &mut Cluster, target: &Target, options: &ResetOffsets) -> Result<(), Failure> {
    let group = options.group.as_str();
    named(group)?;
    let committed = cluster.committed(group)?;
    let topics = reset_topics(cluster, &committed, options)?;
    let mut leaders = cluster.leaders(&topics)?;
    if !options.partitions.is_empty() {
        all_there(&topics, &options.partitions, &leaders)?;
        leaders.retain(|(_, partition), _| options.partitions.contains(partition));
    } else if options.topics.is_empty() {
        leaders.retain(|partition, _| committed.contains_key(partition));
    }
    let start = cluster.offsets_at(&leaders, |_| EARLIEST)?;
    let end = cluster.offsets_at(&leaders, |_| LATEST)?;
    let at_time = match options.to {
        Some(Position::Time(time)) => cluster.offsets_at(&leaders, |_| time)?,
        _ => BTreeMap::new(),
    };
    let mut wanted = BTreeMap::new();
    for partition in leaders.into_keys() {
        let (Some(&start), Some(&end)) = (start.get(&partition), end.get(&partition)) else {
            let (topic, partition) = partition;
            return Err(Failure::failed(format!("{topic}-{partition} has no leader"))
                .hint("try again when it has one"));
        };
        let time = at_time.get(&partition).copied().filter(|&offset| offset >= 0);
        let from = committed.get(&partition).copied();
        wanted.insert(partition, goal(options, from, start, end, time).clamp(start, end));
    }
    let lines: Vec<ResetLine> = wanted
        .iter()
        .map(|((topic, partition), to)| ResetLine {
            topic: topic.clone(),
            partition: *partition,
            from: committed.get(&(topic.clone(), *partition)).copied(),
            to: *to,
        })
        .collect();
    if !options.dry_run {
        cluster.commit(group, &wanted)?;
    }
    output::show(target.output, &lines, |lines| reset_text(lines))?;
    output::note(if options.dry_run { "nothing was changed (--dry-run)" } else { "offsets committed" });
    Ok(())
}

/// Fails for a partition that one of the topics has not: a part of a wish is not what was wished.
fn all_there(
    topics: &[String],
    partitions: &[i32],
    leaders: &BTreeMap<Partition, i32>,
) -> Result<(), Failure> {
    let mut wanted = topics.iter().flat_map(|topic| partitions.iter().map(move |&it| (topic.clone(), it)));
    match wanted.find(|partition| !leaders.contains_key(partition)) {
        Some((topic, partition)) => {
            Err(Failure::not_found(format!("topic '{topic}' has no partition {partition}"))
                .hint(format!("see its partitions with: weir topic describe {topic}")))
        }
        None => Ok(()),
    }
}

/// The topics to reset: those named, or all that the group committed for.
fn reset_topics(
    cluster: &mut Cluster,
    committed: &BTreeMap<Partition, i64>,
    options: &ResetOffsets,
) -> Result<Vec<String>, Failure> {
    if !options.topics.is_empty() {
        return Ok(options.topics.clone());
    }
    let mut topics: Vec<String> = committed.keys().map(|(topic, _)| topic.clone()).collect();
    topics.dedup();
    if !topics.is_empty() {
        return Ok(topics);
    }
    let group = options.group.as_str();
    let failure = match cluster.describe_group(group) {
        Ok(_) => Failure::failed(format!("the group '{group}' has no committed offsets")),
        Err(failure) if failure.kind == Kind::NotFound => no_group(group),
        Err(failure) => return Err(failure),
    };
    Err(failure.hint("name the topics with --topic to commit its first offsets"))
}

/// Where a partition's offset goes, before it is held to what the partition has.
fn goal(options: &ResetOffsets, from: Option<i64>, start: i64, end: i64, at_time: Option<i64>) -> i64 {
    match (options.to, options.shift_by) {
        (Some(Position::Earliest), _) => start,
        (Some(Position::Offset(offset)), _) => offset,
        (Some(Position::BeforeEnd(count)), _) => end.saturating_sub(count),
        // A time after the newest record is the end.
        (Some(Position::Time(_)), _) => at_time.unwrap_or(end),
        (Some(Position::Latest), _) | (None, None) => end,
        (None, Some(count)) => from.unwrap_or(end).saturating_add(count),
    }
}

fn reset_text(lines: &[ResetLine]) -> String {
    let mut table = Table::new(&["TOPIC", "PARTITION", "FROM", "TO"]);
    for line in lines {
        table.row(vec![
            line.topic.clone(),
            line.partition.to_string(),
            line.from.map_or_else(|| "-".to_owned(), |from| from.to_string()),
            line.to.to_string(),
        ]);
    }
    table.render()
}
