//! An application of 2019 (Spring Boot 2.1, kafka-clients 2.0.1) driven end to end, through the death of both sides.
//!
//! What the application answered with code 200 was acknowledged by the broker: each such message must reach a listener, exactly
//! one as long as nobody is killed, and must be in the log once whatever happens.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use crate::judges::{self, copy_files, copy_tree};
use crate::process::{Process, command, read_lossy, run as run_process};
use crate::report::say;
use crate::run::Run;
use crate::target::Target;
use crate::{cache, http, ports};

const JUDGE: &str = "spring-boot-2.1";
const TOPIC: &str = "kafkaTestTopic";
/// How long the application may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long a group of ten may take to settle, or a message to arrive after a member died (its session lasts six seconds).
const SETTLE_LIMIT: Duration = Duration::from_secs(60);
/// How often something awaited is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The application and its broker.
struct Scene<'a> {
    run: &'a Run,
    target: Target,
    jar: PathBuf,
    http: u16,
    log: PathBuf,
    app: Option<Process>,
    acknowledged: BTreeSet<String>,
    sent: usize,
}

/// Builds the application, starts it with a broker of its own, and runs the cases in order.
pub fn run(run: &Run) -> Result<()> {
    if !run.wants_judge(JUDGE) {
        return Ok(());
    }
    let jar = build(run)?;
    let target = run.target("spring", &[])?;
    let log = run.logs("spring")?.join("application.log");
    fs::write(&log, b"")?;
    let mut scene = Scene {
        run,
        target,
        jar,
        http: ports::free()?,
        log,
        app: None,
        acknowledged: BTreeSet::new(),
        sent: 0,
    };
    let shown = scene.log.clone();
    let mut case = |name: &str, body: fn(&mut Scene<'_>) -> Result<()>| {
        run.case(JUDGE, name, Some(&shown), || body(&mut scene));
    };
    case("starts-and-says-hello", hello);
    case("ten-listeners-share-ten-partitions", ten_listeners);
    case("each-message-at-exactly-one-listener", exactly_one);
    case("kill-9-of-the-application", kill_application);
    case("kill-9-of-the-broker", kill_broker);
    case("restart-of-the-broker", restart_broker);
    case("send-without-a-broker-is-500", without_broker);
    case("nothing-acknowledged-is-lost", nothing_lost);
    run.judge_broker("spring", &mut scene.target);
    Ok(())
}

fn build(run: &Run) -> Result<PathBuf> {
    let source = run.kit.root.join("apps").join("spring-boot-2.1");
    let dir = run.kit.cache.entry("spring-boot-2.1", &[&cache::tree(&source)?], |dir| {
        judges::java()?;
        say("building the Spring Boot application");
        copy_files(&source, dir)?;
        copy_tree(&source.join("src"), &dir.join("src"))?;
        judges::maven(&run.kit, |maven| {
            maven.args(["package", "-DskipTests"]).current_dir(dir);
        })
    })?;
    Ok(dir.join("target/app.jar"))
}

impl Scene<'_> {
    fn tool(&self, main: &str, args: &[&str]) -> Result<String> {
        let jars = judges::jars(&self.run.kit, "kafka-4.3")?;
        let mut java = command("java");
        java.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"])
            .arg(format!("{}/*", jars.display()));
        java.arg(main).args(["--bootstrap-server", self.target.bootstrap()]).args(args);
        let short = main.rsplit('.').next().unwrap_or(main);
        run_process(java, &self.run.logs("spring")?.join(short), "", Duration::from_secs(60))?.success()
    }

    fn start_application(&mut self) -> Result<()> {
        let mut java = command("java");
        java.args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar"]).arg(&self.jar);
        java.arg(format!("--server.port={}", self.http));
        for side in ["consumer", "producer"] {
            java.arg(format!("--kafka.{side}.servers={}", self.target.bootstrap()));
        }
        let process = self.app.insert(Process::restart(java, &self.log)?);
        ports::wait_open(self.http, START_LIMIT, || process.is_alive())
            .context("the application did not start")
    }

    fn log(&self) -> Result<String> {
        read_lossy(&self.log)
    }

    /// Sends one message; says whether it was acknowledged.
    fn send(&mut self) -> Result<bool> {
        let title = format!("t-{}", self.sent);
        self.sent += 1;
        let answer = http::post_json(self.http, "/kafka/send", &json!({ "title": title, "body": "text" }))?;
        match answer.as_str() {
            r#"{"code":200,"message":"SUCCESS"}"# => {
                self.acknowledged.insert(title);
                Ok(true)
            }
            failure if failure.starts_with(r#"{"code":500,"#) => Ok(false),
            odd => bail!("the answer is {odd}"),
        }
    }

    /// How often each message reached a listener, and how many different places (partition, offset) it came from.
    fn received(&self) -> Result<BTreeMap<String, usize>> {
        let mut counts = BTreeMap::new();
        for line in self.log()?.lines().filter(|line| line.contains(": received MessageEntity")) {
            let title = line.split("title='").nth(1).and_then(|rest| rest.split('\'').next());
            *counts.entry(title.context("no title in the log")?.to_owned()).or_default() += 1;
        }
        Ok(counts)
    }

    /// Waits until every acknowledged message reached a listener.
    fn wait_received(&self) -> Result<()> {
        let missing = || -> Result<Vec<String>> {
            let received = self.received()?;
            Ok(self.acknowledged.iter().filter(|title| !received.contains_key(*title)).cloned().collect())
        };
        let all = until(SETTLE_LIMIT, || Ok(missing()?.is_empty()))?;
        ensure!(all, "acknowledged, and never seen by a listener: {:?}", missing()?);
        Ok(())
    }

    /// Sends until `count` messages are acknowledged again, as a service does whose broker comes back.
    fn send_until(&mut self, count: usize) -> Result<()> {
        let start = Instant::now();
        let mut done = 0;
        while done < count {
            ensure!(
                start.elapsed() < SETTLE_LIMIT,
                "only {done} messages acknowledged within {SETTLE_LIMIT:?}"
            );
            done += usize::from(self.send()?);
        }
        Ok(())
    }
}

/// Repeats until it holds; says whether it did in time.
fn until(limit: Duration, mut holds: impl FnMut() -> Result<bool>) -> Result<bool> {
    let start = Instant::now();
    while !holds()? {
        if start.elapsed() > limit {
            return Ok(false);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(true)
}

fn hello(scene: &mut Scene<'_>) -> Result<()> {
    let args = ["--create", "--topic", TOPIC, "--partitions", "10", "--replication-factor", "1"];
    scene.tool("org.apache.kafka.tools.TopicCommand", &args)?;
    scene.start_application()?;
    let answer = http::get(scene.http, "/kafka/hello")?;
    ensure!(answer == r#"{"code":200,"message":"SUCCESS"}"#, "the answer is {answer}");
    Ok(())
}

/// The newest assignment of each listener thread, from lines such as `[ntainer#0-3-C-1] … partitions assigned: [topic-3]`.
fn assignments(log: &str) -> BTreeMap<String, String> {
    let mut newest = BTreeMap::new();
    for line in log.lines() {
        let Some((before, assigned)) = line.split_once("partitions assigned: ") else { continue };
        let thread = before.split('[').nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
        newest.insert(thread.to_owned(), assigned.trim().to_owned());
    }
    newest
}

fn ten_listeners(scene: &mut Scene<'_>) -> Result<()> {
    let expected: BTreeSet<String> = (0..10).map(|partition| format!("[{TOPIC}-{partition}]")).collect();
    let even = until(SETTLE_LIMIT, || {
        let newest = assignments(&scene.log()?);
        Ok(newest.len() == 10 && newest.values().cloned().collect::<BTreeSet<_>>() == expected)
    })?;
    ensure!(even, "not one partition for each of ten listeners: {:?}", assignments(&scene.log()?));
    Ok(())
}

fn exactly_one(scene: &mut Scene<'_>) -> Result<()> {
    scene.send_until(30)?;
    ensure!(scene.sent == 30, "{} of {} messages were refused", scene.sent - 30, scene.sent);
    scene.wait_received()?;
    let twice: Vec<_> = scene.received()?.into_iter().filter(|(_, count)| *count != 1).collect();
    ensure!(twice.is_empty(), "seen more than once: {twice:?}");
    let log = scene.log()?;
    ensure!(log.contains(" with key key from partition "), "a message came without its key");
    ensure!(log.matches(": sent MessageEntity").count() == 30, "the callback did not log every message");
    Ok(())
}

fn kill_application(scene: &mut Scene<'_>) -> Result<()> {
    scene.send_until(10)?;
    if let Some(mut app) = scene.app.take() {
        app.kill();
    }
    scene.start_application()?;
    scene.send_until(10)?;
    scene.wait_received()
}

fn kill_broker(scene: &mut Scene<'_>) -> Result<()> {
    scene.send_until(10)?;
    scene.target.kill();
    scene.target.launch()?;
    scene.send_until(10)?;
    scene.wait_received()
}

fn restart_broker(scene: &mut Scene<'_>) -> Result<()> {
    scene.send_until(10)?;
    scene.target.stop()?;
    scene.target.launch()?;
    scene.send_until(10)?;
    scene.wait_received()
}

fn without_broker(scene: &mut Scene<'_>) -> Result<()> {
    scene.target.kill();
    let acknowledged = scene.send()?;
    scene.target.launch()?;
    ensure!(!acknowledged, "a message was acknowledged without a broker");
    scene.send_until(5)?;
    scene.wait_received()
}

/// The log itself, read by another client, has every acknowledged message exactly once.
fn nothing_lost(scene: &mut Scene<'_>) -> Result<()> {
    let args = ["--topic", TOPIC, "--from-beginning", "--timeout-ms", "5000"];
    let read = scene.tool("org.apache.kafka.tools.consumer.ConsoleConsumer", &args)?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    // The tool also says on its standard output that it gave up waiting for more.
    for line in read.lines().filter(|line| line.starts_with('{')) {
        let entity: serde_json::Value =
            serde_json::from_str(line).with_context(|| format!("no JSON: {line}"))?;
        *counts.entry(entity["title"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    let wrong: Vec<_> = scene.acknowledged.iter().filter(|title| counts.get(*title) != Some(&1)).collect();
    ensure!(wrong.is_empty(), "acknowledged, but not once in the log: {wrong:?}");
    ensure!(scene.acknowledged.len() >= 95, "only {} messages were acknowledged", scene.acknowledged.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_assignment_of_each_listener_counts() {
        let log = "x INFO 1 --- [ntainer#0-1-C-1] o.s.K : partitions assigned: [t-1, t-2]\n\
                   x INFO 1 --- [ntainer#0-1-C-1] o.s.K : partitions revoked: [t-1, t-2]\n\
                   x INFO 1 --- [ntainer#0-1-C-1] o.s.K : partitions assigned: [t-2]\n";
        let newest = assignments(log);
        assert_eq!(newest.get("ntainer#0-1-C-1").map(String::as_str), Some("[t-2]"));
    }
}
