//! The matrix: each client library does all that it can of the same cases.
//!
//! A client's program runs many cases; one that hangs or dies fails its present case and is started again for the rest.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::clients::{CLIENTS, Client, Launch, NEWEST_JAVA, OLD_CLIENTS};
use crate::process::{Process, Tail, exit_code};
use crate::report::Verdict;
use crate::run::Run;
use crate::target::{Kind, Target};

/// How long one case may take, on a machine that also runs another client.
const CASE_LIMIT: Duration = Duration::from_secs(75);
/// How often the lines of a client are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a client prints about a case.
#[derive(Debug, Deserialize)]
struct Line {
    case: String,
    result: String,
    #[serde(default)]
    reason: String,
}

impl Line {
    /// The result that a line of output holds, if it is one.
    fn parse(line: &str) -> Option<Self> {
        if !line.starts_with("{\"case\"") {
            return None;
        }
        serde_json::from_str(line).ok()
    }

    fn verdict(self) -> Verdict {
        match self.result.as_str() {
            "ok" => Verdict::Passed,
            "skipped" => Verdict::Skipped(self.reason),
            _ => Verdict::Failed(self.reason),
        }
    }
}

/// Runs the matrix against a running target.
pub fn run(run: &Run, target: &Target) -> Result<()> {
    clients(run, target, CLIENTS)
}

/// Runs the clients from before 2.0, whose topics the broker makes, with a broker of their own.
pub fn run_old(run: &Run) -> Result<()> {
    let mut target = run.target("old-clients", &[("num.partitions", "4")])?;
    clients(run, &target, OLD_CLIENTS)?;
    run.judge_broker("old-clients", &mut target);
    Ok(())
}

fn clients(run: &Run, target: &Target, clients: &[Client]) -> Result<()> {
    let chosen: Vec<&Client> = clients.iter().filter(|client| run.wants_judge(client.name)).collect();
    let prepared: Vec<(&Client, Launch)> =
        chosen.iter().map(|client| Ok((*client, client.prepare(&run.kit)?))).collect::<Result<_>>()?;
    exchange(run, target, &["seed".to_owned()])?;
    let queue: Mutex<VecDeque<_>> = Mutex::new(prepared.into_iter().collect());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..run.jobs).map(|_| scope.spawn(|| work(run, target, &queue))).collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow::anyhow!("a worker of the matrix died"))??;
        }
        anyhow::Ok(())
    })?;
    let written = chosen.iter().filter(|_| run.wants_case("read-back"));
    let back: Vec<String> = written.map(|client| format!("read-back:{}", client.name)).collect();
    exchange(run, target, &back)
}

fn work(run: &Run, target: &Target, queue: &Mutex<VecDeque<(&Client, Launch)>>) -> Result<()> {
    loop {
        let next = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop_front();
        let Some((client, launch)) = next else { return Ok(()) };
        let cases = client.cases(target.kind() != Kind::Weir);
        let wanted = cases.iter().filter(|case| run.wants_case(case)).map(|case| (*case).to_owned());
        one_client(run, target, client.name, &launch, wanted.collect())?;
    }
}

/// Cases of the newest Java client around the others: it writes what all read, and reads what all wrote.
fn exchange(run: &Run, target: &Target, cases: &[String]) -> Result<()> {
    if cases.is_empty() {
        return Ok(());
    }
    let java = CLIENTS.iter().find(|client| client.name == NEWEST_JAVA).context("no newest Java client")?;
    one_client(run, target, java.name, &java.prepare(&run.kit)?, cases.iter().cloned().collect())
}

fn one_client(
    run: &Run,
    target: &Target,
    name: &str,
    launch: &Launch,
    mut cases: VecDeque<String>,
) -> Result<()> {
    let dir = run.logs("matrix")?.join(name);
    fs::create_dir_all(&dir)?;
    for attempt in 1.. {
        if cases.is_empty() {
            break;
        }
        let log = dir.join(format!("run-{attempt}-{}.log", cases[0].replace(':', "-")));
        let mut command = launch.command();
        command.arg(target.bootstrap()).arg(format!("m-{name}")).args(&cases);
        let process = Process::start(command, &log)?;
        let mut watch =
            Watch { run, name, dir: dir.clone(), tail: Tail::open(&log, false)?, process, kept: Vec::new() };
        watch.follow(&mut cases)?;
    }
    Ok(())
}

/// One run of a client's program.
struct Watch<'a> {
    run: &'a Run,
    name: &'a str,
    dir: PathBuf,
    tail: Tail,
    process: Process,
    kept: Vec<String>,
}

impl Watch<'_> {
    /// Takes cases off the list as their results come; a case without one is failed, and the rest stays for another run.
    fn follow(&mut self, cases: &mut VecDeque<String>) -> Result<()> {
        let mut since = Instant::now();
        while let Some(case) = cases.front().cloned() {
            let ended = self.process.status()?;
            let before = cases.len();
            for line in self.tail.lines()? {
                let Some(found) = Line::parse(&line).filter(|found| Some(&found.case) == cases.front())
                else {
                    self.kept.push(line);
                    continue;
                };
                cases.pop_front();
                self.record(&found.case.clone(), found.verdict(), since.elapsed())?;
                since = Instant::now();
            }
            if cases.len() < before {
                continue;
            }
            let why = match ended {
                Some(status) => {
                    format!("the client ended with exit code {} before it said more", exit_code(status))
                }
                None if since.elapsed() > CASE_LIMIT => format!("no result within {CASE_LIMIT:?}"),
                None => {
                    std::thread::sleep(LOOK_EVERY);
                    continue;
                }
            };
            self.process.kill();
            cases.pop_front();
            return self.record(&case, Verdict::Failed(why), since.elapsed());
        }
        Ok(())
    }

    fn record(&mut self, case: &str, verdict: Verdict, took: Duration) -> Result<()> {
        let log = self.dir.join(format!("{}.log", case.replace(':', "-")));
        fs::write(&log, self.kept.join("\n"))?;
        self.kept.clear();
        self.run.report.record(self.name, case, verdict, took, Some(&log));
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn results_are_told_from_chatter() {
        assert!(Line::parse("[main] INFO {\"case\":\"x\"}").is_none());
        let line = Line::parse("{\"case\":\"x\",\"result\":\"failed\",\"reason\":\"late\"}").unwrap();
        assert_eq!(line.verdict(), Verdict::Failed("late".to_owned()));
    }
}
