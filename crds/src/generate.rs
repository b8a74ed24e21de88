//! The custom resource definitions as YAML, ready for `kubectl apply`.
//!
//! The derived schema is made stricter on its way: no field is nullable (a field is there or it is not, which is what the
//! rules with `has()` mean), numbers are written as whole numbers, and formats that an API server does not know go.

use kube::CustomResourceExt;
use serde_json::{Map, Value};

use crate::{Cluster, Topic};

/// Why the YAML could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// A definition is not plain data.
    #[error("a resource definition can't be turned into plain data")]
    Plain(#[source] serde_json::Error),
    /// The YAML writer refused it.
    #[error("a resource definition can't be written as YAML")]
    Yaml(#[source] serde_saphyr::ser::Error),
}

/// A definition and the name of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrdFile {
    /// The file's name, `weir.dev_clusters.yaml`.
    pub name: &'static str,
    /// The YAML.
    pub yaml: String,
}

/// Both definitions.
///
/// # Errors
/// When a definition can't be written; the types decide that, so a test would see it.
pub fn crd_files() -> Result<Vec<CrdFile>, GenerateError> {
    let files = [("weir.dev_clusters.yaml", cluster_crd()?), ("weir.dev_topics.yaml", topic_crd()?)];
    files
        .into_iter()
        .map(|(name, crd)| {
            Ok(CrdFile { name, yaml: serde_saphyr::to_string(&crd).map_err(GenerateError::Yaml)? })
        })
        .collect()
}

/// The definition of `Cluster` as plain data.
///
/// # Errors
/// As [`crd_files`].
pub fn cluster_crd() -> Result<Value, GenerateError> {
    plain(&Cluster::crd())
}

/// The definition of `Topic` as plain data.
///
/// # Errors
/// As [`crd_files`].
pub fn topic_crd() -> Result<Value, GenerateError> {
    plain(&Topic::crd())
}

/// The schema of the resource within a definition.
pub fn schema_of(crd: &Value) -> &Value {
    &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
}

fn plain(crd: &impl serde::Serialize) -> Result<Value, GenerateError> {
    let mut crd = serde_json::to_value(crd).map_err(GenerateError::Plain)?;
    tighten(&mut crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]);
    Ok(crd)
}

/// Makes a schema and everything below it stricter; see the top of this file.
fn tighten(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("nullable");
    if object.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        object.remove("format");
    }
    for bound in ["minimum", "maximum"] {
        whole_number(object, bound);
    }
    for below in ["items", "additionalProperties"] {
        if let Some(schema) = object.get_mut(below) {
            tighten(schema);
        }
    }
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(tighten);
    }
}

/// `1024.0` becomes `1024`.
fn whole_number(object: &mut Map<String, Value>, key: &str) {
    let Some(number) = object.get(key).and_then(Value::as_f64) else { return };
    #[expect(clippy::cast_possible_truncation, reason = "bounds in our schemas are small whole numbers")]
    if number.fract() == 0.0 && number.abs() < 1e15 {
        object.insert(key.to_owned(), Value::from(number as i64));
    }
}
