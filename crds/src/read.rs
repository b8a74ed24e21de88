//! Reading manifests as a person writes them: several documents in a file, held to the schema and the CEL rules that an
//! API server applies, every mistake named by file, line, field and fix.
//!
//! The text becomes a tree that knows its places ([`node`]), the tree is compared with the resource's schema
//! ([`check`]), then with the rules; only a tree without mistakes becomes a [`Cluster`] or a [`Topic`].

mod check;
mod node;
mod suggest;

use std::fmt;

use kube::core::cel::Validator;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use suggest::nearest;

use crate::generate::{self, GenerateError};
use crate::read::check::Checker;
use crate::read::node::Node;
use crate::{API_VERSION, Cluster, Topic};

/// The most problems that are listed; whoever has more has made one mistake many times.
const PROBLEMS_MAX: usize = 20;

/// The largest file that is read: a thousand topics with full settings stay below it.
pub const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the user named it.
    pub file: String,
    /// The line, counted from 1; 0 if the whole file is meant.
    pub line: u64,
    /// The column, counted from 1.
    pub column: u64,
    /// The field, such as `spec.partitions`; empty if there is none.
    pub field: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        match self.field.as_str() {
            "" => write!(f, ": {}", self.message),
            // CEL messages name the field themselves, as they stand alone in Kubernetes.
            field if self.message.starts_with(field) => write!(f, ": {}", self.message),
            field => write!(f, ": {field}: {}", self.message),
        }
    }
}

/// Everything that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().take(PROBLEMS_MAX).enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        match self.0.len().saturating_sub(PROBLEMS_MAX) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for Problems {}

/// A resource and the places of its fields.
#[derive(Debug, Clone)]
pub struct Located<T> {
    /// The resource.
    pub resource: T,
    file: String,
    root: Node,
}

impl<T> Located<T> {
    /// A problem with the field at `path`, or with its nearest parent that stands in the file.
    pub fn problem(&self, path: &[&str], message: impl Into<String>) -> Problem {
        let place = self.root.nearest(path);
        Problem {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            field: path.join("."),
            message: message.into(),
        }
    }
}

/// What a file wishes.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// Its Clusters, in order.
    pub clusters: Vec<Located<Cluster>>,
    /// Its Topics, in order.
    pub topics: Vec<Located<Topic>>,
}

/// The schemas that documents are held to; made once, used for any number of files.
#[derive(Debug)]
pub struct Reader {
    cluster: Value,
    topic: Value,
}

impl Reader {
    /// Makes the schemas.
    ///
    /// # Errors
    /// As [`generate::crd_files`].
    pub fn new() -> Result<Self, GenerateError> {
        let schema = |crd: Value| generate::schema_of(&crd).clone();
        Ok(Self { cluster: schema(generate::cluster_crd()?), topic: schema(generate::topic_crd()?) })
    }

    /// Reads the text of a file. `file` is its name in messages.
    ///
    /// # Errors
    /// Every mistake that was found.
    pub fn read(&self, file: &str, text: &str) -> Result<Manifest, Problems> {
        let documents = node::parse(file, text).map_err(|problem| Problems(vec![problem]))?;
        let mut manifest = Manifest::default();
        let mut problems = Vec::new();
        for root in documents {
            let read = match self.kind(file, &root) {
                Ok(Kind::Cluster) => resource(file, root, &self.cluster).map(|it| manifest.clusters.push(it)),
                Ok(Kind::Topic) => resource(file, root, &self.topic).map(|it| manifest.topics.push(it)),
                Err(problem) => Err(vec![problem]),
            };
            problems.extend(read.err().into_iter().flatten());
        }
        if problems.is_empty() { Ok(manifest) } else { Err(Problems(problems)) }
    }

    fn kind(&self, file: &str, root: &Node) -> Result<Kind, Problem> {
        let text = |key: &str| root.child(key).and_then(Node::text);
        let problem = |field: &str, message: String| {
            let place = root.nearest(&[field]);
            Problem {
                file: file.to_owned(),
                line: place.line,
                column: place.column,
                field: field.to_owned(),
                message,
            }
        };
        match text("apiVersion") {
            Some(API_VERSION) => {}
            Some(other) => return Err(problem("apiVersion", format!("is '{other}'; write {API_VERSION}"))),
            None => {
                return Err(problem("apiVersion", format!("is missing; write apiVersion: {API_VERSION}")));
            }
        }
        match text("kind") {
            Some("Cluster") => Ok(Kind::Cluster),
            Some("Topic") => Ok(Kind::Topic),
            Some(other) => Err(problem(
                "kind",
                format!("is '{other}', which Weir does not know; write Cluster or Topic"),
            )),
            None => Err(problem("kind", "is missing; write kind: Cluster or kind: Topic".to_owned())),
        }
    }
}

enum Kind {
    Cluster,
    Topic,
}

/// Holds one document to its schema and rules, and makes the resource of it.
fn resource<T: DeserializeOwned>(file: &str, root: Node, schema: &Value) -> Result<Located<T>, Vec<Problem>> {
    let mut checker = Checker::new(file);
    checker.resource(&root, schema);
    checker.owned_keys(&root);
    if !checker.problems.is_empty() {
        return Err(checker.problems);
    }
    let mut value = root.to_json();
    if let Some(object) = value.as_object_mut() {
        object.remove("status");
    }
    let broken = broken_rules(schema, &value);
    if !broken.is_empty() {
        let problem = |(field, message): (String, String)| {
            let (field, message) = pointed(field, message);
            let segments = segments(&field);
            let place = root.nearest(&segments.iter().map(String::as_str).collect::<Vec<_>>());
            Problem { file: file.to_owned(), line: place.line, column: place.column, field, message }
        };
        return Err(broken.into_iter().map(problem).collect());
    }
    match serde_json::from_value(value) {
        Ok(resource) => Ok(Located { resource, file: file.to_owned(), root }),
        Err(error) => Err(vec![Problem {
            file: file.to_owned(),
            line: root.line,
            column: root.column,
            field: String::new(),
            message: format!("this document does not fit its resource: {error}"),
        }]),
    }
}

/// A rule stands at an object and speaks of a field in it, by the field's general name as there is no other in Kubernetes:
/// `spec.listeners[].tls` of the rule at `spec.listeners[0]` is `spec.listeners[0].tls`.
fn pointed(field: String, message: String) -> (String, String) {
    let end = message.find([':', ' ']).unwrap_or(message.len());
    let (general, rest) = message.split_at(end);
    let (own, spoken) = (segments(&field), segments(general));
    let is_number = |segment: &str| segment.bytes().all(|byte| byte.is_ascii_digit());
    let plain: Vec<&str> = own.iter().map(String::as_str).filter(|segment| !is_number(segment)).collect();
    match spoken.iter().map(String::as_str).collect::<Vec<_>>().strip_prefix(plain.as_slice()) {
        Some(below) if !below.is_empty() && !plain.is_empty() => {
            let exact = format!("{field}.{}", below.join("."));
            let message = format!("{exact}{rest}");
            (exact, message)
        }
        _ => (field, message),
    }
}

/// The CEL rules that a resource breaks: field and message.
pub(crate) fn broken_rules(schema: &Value, resource: &Value) -> Vec<(String, String)> {
    match Validator::new().validate_with_defaults(schema, resource, None) {
        Ok(()) => Vec::new(),
        Err(errors) => errors.into_vec().into_iter().map(|error| (error.field_path, error.message)).collect(),
    }
}

/// `spec.listeners[0].port` as `spec`, `listeners`, `0`, `port`.
fn segments(field: &str) -> Vec<String> {
    field.split(['.', '[', ']']).filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
}
