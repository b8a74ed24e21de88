//! The cases of the matrix for Rust clients, written once over a small adapter for each library.
//!
//! Command line: BOOTSTRAP PREFIX CASE..., one JSON line for each case.

mod cases;
mod groups;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

/// Why a step did not work.
#[derive(Debug)]
pub enum Problem {
    /// The library cannot do it.
    Unsupported,
    /// The broker refused, with Kafka's error code.
    Refused(i16, String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported => write!(f, "this library cannot do it"),
            Self::Refused(code, text) => write!(f, "refused with code {code}: {text}"),
            Self::Other(text) => write!(f, "{text}"),
        }
    }
}

/// What a step gives.
pub type Outcome<T> = Result<T, Problem>;

/// A failure with a text.
pub fn other(text: impl fmt::Display) -> Problem {
    Problem::Other(text.to_string())
}

/// A record to write or as read; no partition leaves the choice to the client.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub partition: Option<i32>,
    pub offset: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub millis: i64,
}

/// How a member joins.
#[derive(Debug, Clone, Copy, Default)]
pub struct Join {
    pub instance: Option<&'static str>,
    pub cooperative: bool,
    pub kip848: bool,
}

/// A member of a group, polled by the case.
pub trait Member {
    fn poll(&mut self) -> Outcome<()>;
    fn values(&self) -> &[String];
    fn assigned(&self) -> Vec<i32>;
    fn revoked(&self) -> Vec<i32>;
    fn rebalances(&self) -> usize;
    fn commit(&mut self) -> Outcome<BTreeMap<i32, i64>>;
}

/// The adapter of one library; what it lacks stays unsupported.
#[allow(unused_variables)]
pub trait Library {
    /// Whether its headers keep order, duplicates and nulls.
    fn full_headers(&self) -> bool {
        true
    }
    fn create(&self, topic: &str, partitions: i32, replicas: i16, configs: &[(&str, &str)]) -> Outcome<()>;
    fn produce(&self, topic: &str, records: &[Record], codec: &str, idempotent: bool) -> Outcome<Vec<(i32, i64)>>;
    fn read(&self, topic: &str, partition: i32, from: i64, count: usize) -> Outcome<Vec<Record>>;
    fn bounds(&self, topic: &str, partition: i32) -> Outcome<(i64, i64)>;
    fn topics(&self) -> Outcome<Vec<String>>;
    fn partitions(&self, topic: &str) -> Outcome<usize>;
    fn delete(&self, topic: &str) -> Outcome<()>;
    fn offset_for_time(&self, topic: &str, partition: i32, millis: i64) -> Outcome<Option<i64>> {
        Err(Problem::Unsupported)
    }
    fn delete_before(&self, topic: &str, partition: i32, offset: i64) -> Outcome<()> {
        Err(Problem::Unsupported)
    }
    fn join(&self, topic: &str, group: &str, join: Join) -> Outcome<Box<dyn Member>> {
        Err(Problem::Unsupported)
    }
    fn grow(&self, topic: &str, partitions: usize) -> Outcome<()> {
        Err(Problem::Unsupported)
    }
    fn config(&self, topic: &str, name: &str) -> Outcome<Option<String>> {
        Err(Problem::Unsupported)
    }
    fn alter(&self, topic: &str, name: &str, value: &str) -> Outcome<()> {
        Err(Problem::Unsupported)
    }
    fn groups(&self) -> Outcome<Vec<String>> {
        Err(Problem::Unsupported)
    }
    fn group(&self, name: &str) -> Outcome<(String, usize)> {
        Err(Problem::Unsupported)
    }
    fn committed(&self, group: &str, topic: &str, partition: i32) -> Outcome<i64> {
        Err(Problem::Unsupported)
    }
    fn delete_group(&self, name: &str) -> Outcome<()> {
        Err(Problem::Unsupported)
    }
    /// Ok if the producer started, otherwise what it said.
    fn transactional(&self, id: &str) -> Outcome<String> {
        Err(Problem::Unsupported)
    }
}

/// Runs the cases of the command line.
pub fn main(open: impl Fn(&str) -> Outcome<Box<dyn Library>>) {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [bootstrap, prefix, cases @ ..] = args.as_slice() else {
        panic!("usage: BOOTSTRAP PREFIX CASE...");
    };
    for case in cases {
        let topic = format!("{prefix}-{case}");
        let outcome = open(bootstrap).and_then(|library| cases::run(library.as_ref(), case, &topic));
        let (result, reason) = match outcome {
            Ok(()) => ("ok", String::new()),
            Err(problem @ Problem::Unsupported) => ("skipped", problem.to_string()),
            Err(problem) => ("failed", problem.to_string()),
        };
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        println!(
            "{{\"case\":{},\"result\":\"{result}\",\"reason\":{}}}",
            quoted(case),
            quoted(&reason)
        );
    }
}

/// Fails unless both are the same.
pub fn equal<T: PartialEq + fmt::Debug>(wanted: T, found: T, what: &str) -> Outcome<()> {
    check(wanted == found, || format!("{what}: wanted {wanted:?}, found {found:?}"))
}

/// Fails unless it holds.
pub fn check(holds: bool, what: impl FnOnce() -> String) -> Outcome<()> {
    if holds { Ok(()) } else { Err(Problem::Other(what())) }
}

/// Repeats until it holds.
pub fn until(what: &str, mut done: impl FnMut() -> Outcome<bool>) -> Outcome<()> {
    let start = Instant::now();
    while !done()? {
        check(start.elapsed() < Duration::from_secs(45), || format!("never: {what}"))?;
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// The error code that something is refused with; 0 if it is not.
pub fn refusal<T>(outcome: Outcome<T>) -> Outcome<i16> {
    match outcome {
        Ok(_) => Ok(0),
        Err(Problem::Refused(code, _)) => Ok(code),
        Err(problem) => Err(problem),
    }
}
