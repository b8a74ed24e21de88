//! Workloads of Trogdor, Kafka's own test harness: everything that is sent comes back, and connections come and go by the
//! thousand.
//!
//! The agent runs one task and prints what came of it; it is ended then, since its own way out may hang.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::judges;
use crate::ports;
use crate::process::{Process, Tail, command};
use crate::run::Run;
use crate::target::Target;

const JUDGE: &str = "trogdor";
/// How long a task may take beyond the time that it gives itself.
const TASK_LIMIT: Duration = Duration::from_secs(300);
/// How often the agent's output is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const MESSAGES: u64 = 100_000;
const CONNECTIONS_PER_SECOND: u64 = 100;
const STRESS_SECONDS: u64 = 60;
const SUSTAINED: u64 = 100;
const SUSTAINED_SECONDS: u64 = 60;

/// A workload: its name, its specification, and what must hold of what it says at the end.
struct Workload {
    name: &'static str,
    spec: fn(&str) -> Value,
    check: fn(&Value) -> Result<()>,
}

const WORKLOADS: &[Workload] = &[
    Workload { name: "round-trip", spec: round_trip, check: all_came_back },
    Workload { name: "connection-stress", spec: |boot| stress(boot, "CONNECT"), check: all_connected },
    Workload { name: "metadata-stress", spec: |boot| stress(boot, "FETCH_METADATA"), check: all_connected },
    Workload { name: "sustained-connections", spec: sustained, check: all_sustained },
];

/// Runs the workloads one after the other against one broker.
pub fn run(run: &Run) -> Result<()> {
    if !run.wants_judge(JUDGE) {
        return Ok(());
    }
    let mut target = run.target(JUDGE, &[])?;
    let logs = run.logs(JUDGE)?;
    for workload in WORKLOADS {
        let log = logs.join(format!("{}.log", workload.name));
        run.case(JUDGE, workload.name, Some(&log), || one(run, &target, workload, &log));
    }
    run.judge_broker(JUDGE, &mut target);
    Ok(())
}

fn one(run: &Run, target: &Target, workload: &Workload, log: &Path) -> Result<()> {
    let jars = judges::jars(&run.kit, "kafka-4.3")?;
    let config = log.with_extension("agent.json");
    let platform = json!({
        "platform": "org.apache.kafka.trogdor.basic.BasicPlatform",
        "nodes": {"node0": {
            "hostname": "localhost",
            "trogdor.agent.port": ports::free()?,
            "trogdor.coordinator.port": ports::free()?,
        }},
    });
    fs::write(&config, platform.to_string())?;
    let task = log.with_extension("task.json");
    fs::write(&task, (workload.spec)(target.bootstrap()).to_string())?;
    let mut agent = command(judges::java()?);
    agent.args(["-Xmx512m", "-cp", &format!("{}/*", jars.display())]);
    agent.args(["org.apache.kafka.trogdor.agent.Agent", "--node-name", "node0", "--agent.config"]);
    agent.arg(&config).arg("--exec").arg(&task);
    let process = Process::start(agent, log)?;
    let status = follow(process, log)?;
    (workload.check)(&status).with_context(|| format!("it ended with {status}"))
}

/// Waits for the end of the task and returns what it said of itself.
fn follow(mut process: Process, log: &Path) -> Result<Value> {
    let mut tail = Tail::open(log, false)?;
    let mut status: Option<String> = None;
    let start = Instant::now();
    while start.elapsed() < TASK_LIMIT {
        let ended = !process.is_alive();
        for line in tail.lines()? {
            if let Some(text) = &mut status {
                text.push_str(&line);
            } else if line.starts_with("Task failed") {
                bail!("{line}");
            } else if let Some(rest) = line.strip_prefix("Task succeeded with status ") {
                status = Some(rest.to_owned());
            }
            let whole = status.as_deref().and_then(|text| serde_json::from_str(text).ok());
            if let Some(whole) = whole {
                return Ok(whole);
            }
        }
        ensure!(!ended, "the agent ended without a result");
        std::thread::sleep(LOOK_EVERY);
    }
    bail!("no result within {TASK_LIMIT:?}")
}

fn task(class: &str, seconds: u64, bootstrap: &str, mut more: Value) -> Value {
    more["class"] = json!(format!("org.apache.kafka.trogdor.workload.{class}"));
    more["durationMs"] = json!(seconds * 1000);
    more["clientNode"] = json!("node0");
    more["bootstrapServers"] = json!(bootstrap);
    more
}

fn round_trip(bootstrap: &str) -> Value {
    task(
        "RoundTripWorkloadSpec",
        TASK_LIMIT.as_secs(),
        bootstrap,
        json!({
            "targetMessagesPerSec": 20_000,
            "maxMessages": MESSAGES,
            "valueGenerator": {"type": "constant", "size": 512},
            "activeTopics": {"round_trip[0-1]": {"numPartitions": 5, "replicationFactor": 1}},
        }),
    )
}

fn stress(bootstrap: &str, action: &str) -> Value {
    let mut spec = task(
        "ConnectionStressSpec",
        STRESS_SECONDS,
        bootstrap,
        json!({"targetConnectionsPerSec": CONNECTIONS_PER_SECOND, "numThreads": 4, "action": action}),
    );
    spec["clientNode"] = json!(["node0"]);
    spec
}

fn sustained(bootstrap: &str) -> Value {
    task(
        "SustainedConnectionSpec",
        SUSTAINED_SECONDS,
        bootstrap,
        json!({
            "producerConnectionCount": SUSTAINED,
            "consumerConnectionCount": SUSTAINED,
            "metadataConnectionCount": SUSTAINED,
            "topicName": "sustained",
            "numThreads": 10,
            "refreshRateMs": 1000,
            "keyGenerator": {"type": "sequential", "size": 8, "startOffset": 0},
            "valueGenerator": {"type": "constant", "size": 100},
        }),
    )
}

fn all_came_back(status: &Value) -> Result<()> {
    ensure!(status["totalUniqueSent"] == MESSAGES, "not all were sent");
    ensure!(status["totalReceived"] == MESSAGES, "not all came back, or some twice");
    Ok(())
}

fn all_connected(status: &Value) -> Result<()> {
    ensure!(status["totalFailedConnections"] == 0, "connections failed");
    let made = status["totalConnections"].as_u64().context("no number of connections")?;
    // Half of the wanted rate: the machine is shared, and a stall of a second is not a failure of a connection.
    ensure!(made >= CONNECTIONS_PER_SECOND * STRESS_SECONDS / 2, "only {made} connections");
    Ok(())
}

fn all_sustained(status: &Value) -> Result<()> {
    for kind in ["Producer", "Consumer", "Metadata"] {
        ensure!(status[format!("total{kind}Connections")] == SUSTAINED, "connections are missing: {kind}");
        ensure!(status[format!("total{kind}FailedConnections")] == 0, "connections failed: {kind}");
    }
    ensure!(status["totalAbortedThreads"] == 0, "threads were aborted");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_did_not_come_back_is_a_failure() {
        assert!(all_came_back(&json!({"totalUniqueSent": MESSAGES, "totalReceived": MESSAGES})).is_ok());
        assert!(all_came_back(&json!({"totalUniqueSent": MESSAGES, "totalReceived": MESSAGES - 1})).is_err());
        assert!(all_connected(&json!({"totalConnections": 6000, "totalFailedConnections": 1})).is_err());
        assert!(all_connected(&json!({"totalFailedConnections": 0})).is_err());
    }
}
