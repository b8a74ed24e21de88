//! `weir local`: a cluster on this machine, from the YAML that Kubernetes takes.
//!
//! A file becomes a [`plan`] or a list of mistakes before anything starts; the broker starts; [`apply`] brings the
//! topics to the plan by the Kafka protocol, as an operator would; the broker serves until Ctrl-C.

mod apply;
mod plan;
mod settings;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use weir_crds::read::{FILE_BYTES_MAX, Problems, Reader};
use weir_server::{BrokerSettings, Listener, Loggers};

use crate::args::{LocalOptions, Target};
use crate::commands::broker::bind_address;
use crate::exit::Failure;
use crate::output;
use crate::serve::Running;
use plan::Plan;

/// How long the broker has to answer when a topic is applied.
const APPLY_TIMEOUT: Duration = Duration::from_secs(30);

/// Runs the command.
pub(crate) fn run(options: &LocalOptions, loggers: Arc<Loggers>) -> Result<(), Failure> {
    let plan = match &options.file {
        Some(file) => read(file)?,
        None => Plan::default(),
    };
    let data_dir = match &options.data {
        Some(directory) => directory.clone(),
        None => default_data_dir(&plan.name)?,
    };
    let running = Running::start(settings(&plan, options, &data_dir)?, loggers)?;
    let address =
        running.addresses().into_iter().next().unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 9092)));
    let bootstrap = format!("127.0.0.1:{}", address.port());
    if let Err(failure) = apply::topics(&target(&bootstrap), &plan) {
        running.stop();
        return Err(failure);
    }
    // The broker serves whether or not somebody reads the greeting.
    if let Err(failure) = greet(&plan, &data_dir, &bootstrap) {
        tracing::debug!(%failure, "the greeting could not be written");
    }
    running.serve();
    output::note(&format!("Stopped. Everything is in {}.", data_dir.display()));
    Ok(())
}

fn read(file: &Path) -> Result<Plan, Failure> {
    let name = file.display().to_string();
    let unreadable = |error: std::io::Error| {
        Failure::usage(format!("can't read {name}: {error}"))
            .hint("name a file with a Cluster, and a Topic for each topic")
    };
    let text = crate::input::text(file, FILE_BYTES_MAX as u64).map_err(unreadable)?;
    let reader = Reader::new().map_err(|error| Failure::failed(weir_model::with_causes(&error)))?;
    let all = |problems: Problems| wrong(problems.0.len(), &problems.to_string());
    let manifest = reader.read(&name, &text).map_err(all)?;
    Plan::new(&name, &manifest).map_err(all)
}

/// Mistakes of the file; one may take several lines.
fn wrong(count: usize, mistakes: &str) -> Failure {
    match count {
        1 => Failure::usage(mistakes),
        count => Failure::usage(format!("{count} mistakes\n{mistakes}")),
    }
}

/// Where data is kept if the user does not say: beside other data of this user, by the cluster's name. A relative path in the
/// environment is no place: data would land wherever the command happens to run.
fn default_data_dir(name: &str) -> Result<PathBuf, Failure> {
    let data_home = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    match data_home.or_else(|| Some(home?.join(".local/share"))) {
        Some(path) => Ok(path.join("weir").join(name)),
        None => {
            Err(Failure::usage("there is no home directory to keep data in").hint("name one with --data DIR"))
        }
    }
}

fn settings(plan: &Plan, options: &LocalOptions, data_dir: &Path) -> Result<BrokerSettings, Failure> {
    let mut listeners: Vec<Listener> =
        plan.listeners.iter().map(|listener| local_listener(&listener.name, listener.port)).collect();
    if let Some(port) = options.port {
        listeners[0].bind.port = port;
    }
    let mut settings = BrokerSettings::single(data_dir, listeners.remove(0));
    settings.listeners.extend(listeners);
    settings.config.clone_from(&plan.config);
    settings.read_back_end = options.read_back_end.into();
    if let Some(address) = &options.admin {
        settings.admin =
            Some(bind_address(address).map_err(|problem| Failure::usage(format!("--admin: {problem}")))?);
    }
    Ok(settings)
}

/// Listens on both families, since clients differ in what they take `localhost` for, and tells clients one address.
fn local_listener(name: &str, port: u16) -> Listener {
    let mut listener = Listener::plaintext("localhost", port);
    name.clone_into(&mut listener.name);
    listener.advertised_host = Some("127.0.0.1".to_owned());
    listener
}

fn target(bootstrap: &str) -> Target {
    Target {
        bootstrap: bootstrap.to_owned(),
        output: output::Format::Table,
        timeout: APPLY_TIMEOUT,
        client_settings: Vec::new(),
    }
}

/// The bootstrap address and three commands to try, with the address where it is not the tools' default.
fn greet(plan: &Plan, data_dir: &Path, bootstrap: &str) -> Result<(), Failure> {
    let (topic, is_new) = match plan.topics.first() {
        Some(topic) => (topic.name.as_str(), false),
        None => ("test", true),
    };
    let option = if bootstrap == "127.0.0.1:9092" { String::new() } else { format!(" -b {bootstrap}") };
    let mut lines = vec![
        format!("Weir {} serves Kafka clients at {bootstrap}", env!("CARGO_PKG_VERSION")),
        format!("Data is in {}", data_dir.display()),
    ];
    if !plan.topics.is_empty() {
        let names: Vec<&str> = plan.topics.iter().take(10).map(|topic| topic.name.as_str()).collect();
        let more = plan.topics.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!("Topics: {}{more}", names.join(", ")));
    }
    lines.push(String::new());
    lines.push("Try, in another terminal:".to_owned());
    lines.push(match is_new {
        true => format!("  weir topic create {topic}{option}"),
        false => format!("  weir topic describe {topic}{option}"),
    });
    lines.push(format!("  echo hello | weir produce {topic}{option}"));
    lines.push(format!("  weir consume {topic} --from-beginning{option}"));
    lines.push(String::new());
    lines.push("Ctrl-C stops it.".to_owned());
    output::line(&lines.join("\n"))
}
