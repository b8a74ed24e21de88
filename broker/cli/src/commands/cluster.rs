//! `weir cluster`: brokers and their settings.

use serde::Serialize;

use crate::args::{ClusterCommand, ClusterConfigs, Target};
use crate::client::Cluster;
use crate::client::topics::{Resource, Setting};
use crate::exit::Failure;
use crate::output::{self, Format, Table};

/// Runs the command.
pub(crate) fn run(target: &Target, command: ClusterCommand) -> Result<(), Failure> {
    let mut cluster = Cluster::connect(target)?;
    match command {
        ClusterCommand::Describe => describe(&mut cluster, target),
        ClusterCommand::Configs(options) => configs(&mut cluster, target, &options),
    }
}

#[derive(Serialize)]
struct Broker {
    id: i32,
    host: String,
    port: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    rack: Option<String>,
    controller: bool,
    leads: usize,
    replicas: usize,
}

#[derive(Serialize)]
struct Description {
    cluster_id: Option<String>,
    brokers: Vec<Broker>,
    topics: usize,
    partitions: usize,
    without_leader: usize,
    under_replicated: usize,
}

fn describe(cluster: &mut Cluster, target: &Target) -> Result<(), Failure> {
    let metadata = cluster.metadata(None)?;
    let partitions: Vec<_> = metadata.topics.iter().flat_map(|topic| &topic.partitions).collect();
    let mut brokers: Vec<Broker> = metadata
        .brokers
        .iter()
        .map(|broker| Broker {
            id: broker.node_id,
            host: broker.host.to_string(),
            port: broker.port,
            rack: broker.rack.as_ref().map(std::string::ToString::to_string),
            controller: broker.node_id == metadata.controller_id,
            leads: partitions.iter().filter(|partition| partition.leader_id == broker.node_id).count(),
            replicas: partitions
                .iter()
                .filter(|partition| partition.replica_nodes.contains(&broker.node_id))
                .count(),
        })
        .collect();
    brokers.sort_by_key(|broker| broker.id);
    let description = Description {
        cluster_id: metadata.cluster_id.as_ref().map(std::string::ToString::to_string),
        brokers,
        topics: metadata.topics.len(),
        partitions: partitions.len(),
        without_leader: partitions.iter().filter(|partition| partition.leader_id < 0).count(),
        under_replicated: partitions
            .iter()
            .filter(|partition| partition.isr_nodes.len() < partition.replica_nodes.len())
            .count(),
    };
    output::show(target.output, &description, describe_text)
}

fn describe_text(cluster: &Description) -> String {
    let mut table = Table::new(&["BROKER", "ADDRESS", "RACK", "LEADS", "REPLICAS", "NOTE"]);
    for broker in &cluster.brokers {
        table.row(vec![
            broker.id.to_string(),
            format!("{}:{}", broker.host, broker.port),
            broker.rack.clone().unwrap_or_else(|| "-".to_owned()),
            broker.leads.to_string(),
            broker.replicas.to_string(),
            if broker.controller { "controller".to_owned() } else { String::new() },
        ]);
    }
    format!(
        "Cluster: {}\nTopics: {}, partitions: {}, without leader: {}, under-replicated: {}\n{}",
        cluster.cluster_id.as_deref().unwrap_or("(unnamed)"),
        cluster.topics,
        cluster.partitions,
        cluster.without_leader,
        cluster.under_replicated,
        table.render()
    )
}

fn configs(cluster: &mut Cluster, target: &Target, options: &ClusterConfigs) -> Result<(), Failure> {
    let metadata = cluster.metadata(Some(&[]))?;
    let set = options.set.iter().map(|pair| (pair.name.as_str(), Some(pair.value.as_str())));
    let changes: Vec<_> = set.chain(options.unset.iter().map(|name| (name.as_str(), None))).collect();
    let first = metadata.brokers.iter().map(|broker| broker.node_id).min();
    let Some(broker) = options.broker.or(first) else {
        return Err(Failure::failed("the cluster names no broker yet").hint("try again in a moment"));
    };
    if !changes.is_empty() {
        let resource = options.broker.map_or(Resource::Brokers, Resource::Broker);
        let known = cluster.settings(Resource::Broker(broker))?;
        cluster.check_settings(resource, &changes, &known)?;
        cluster.alter_settings(resource, &changes)?;
        output::note("settings changed");
        if target.output == Format::Table {
            return Ok(());
        }
    }
    let mut settings = cluster.settings(Resource::Broker(broker))?;
    if !options.all {
        settings.retain(|setting| !setting.is_default());
    }
    output::show(target.output, &settings, |settings| configs_text(settings))
}

fn configs_text(settings: &[Setting]) -> String {
    let mut table = Table::new(&["SETTING", "VALUE", "FROM"]);
    for setting in settings {
        let value = match &setting.value {
            None if setting.sensitive => "(hidden)",
            None => "-",
            Some(value) => value,
        };
        table.row(vec![setting.name.clone(), value.to_owned(), setting.source.to_owned()]);
    }
    match table.is_empty() {
        true => "Every setting has its default; --all shows them.\n".to_owned(),
        false => table.render(),
    }
}
