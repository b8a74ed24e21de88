//! A document held to a resource's schema, as an API server with strict field validation does it. Only the keywords that
//! our schemas use are known; a test shows that there are no others.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::{Value, json};

use super::Problem;
use super::node::{Content, Node};
use super::suggest::nearest;
use crate::cluster::OWNED_CONFIG_KEYS;

/// What people write for a field whose name they know from elsewhere.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("replicas", "replicationFactor"),
    ("replication", "replicationFactor"),
    ("cluster", "clusterRef"),
    ("name", "topicName"),
    ("configs", "config"),
    ("configuration", "config"),
    ("settings", "config"),
    ("brokers", "replicas"),
    ("nodes", "replicas"),
    ("disk", "storage"),
    ("storageClassName", "className"),
    ("nodePools", "pools"),
];

/// Collects problems of one document.
pub(super) struct Checker<'a> {
    file: &'a str,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(file: &'a str) -> Self {
        Self { file, problems: Vec::new() }
    }

    /// Checks a whole resource; its status is the operator's and left alone.
    pub(super) fn resource(&mut self, root: &Node, schema: &Value) {
        let top = json!({
            "type": "object",
            "required": ["metadata", "spec"],
            "properties": {
                "apiVersion": { "type": "string" },
                "kind": { "type": "string" },
                "metadata": metadata_schema(),
                "spec": schema["properties"]["spec"],
                "status": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
            },
        });
        self.value(root, &top, "");
    }

    /// Names each setting that is not the user's; the schema's rule can only name them all.
    pub(super) fn owned_keys(&mut self, root: &Node) {
        for key in OWNED_CONFIG_KEYS {
            let found =
                root.child("spec").and_then(|spec| spec.child("config")).and_then(|config| config.child(key));
            if let Some(node) = found {
                let message =
                    "Weir sets this from other fields, such as spec.listeners and spec.storage; remove it";
                self.say(node, &format!("spec.config.{key}"), message.to_owned());
            }
        }
    }

    fn say(&mut self, node: &Node, field: &str, message: String) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line: node.line,
            column: node.column,
            field: field.to_owned(),
            message,
        });
    }

    fn value(&mut self, node: &Node, schema: &Value, field: &str) {
        if schema["x-kubernetes-int-or-string"] == true {
            return self.quantity(node, schema, field);
        }
        match (schema["type"].as_str().unwrap_or_default(), &node.content) {
            ("object", Content::Map(entries)) => self.map(node, entries, schema, field),
            ("array", Content::List(items)) => self.list(node, items, schema, field),
            ("string", Content::Text(text)) => self.text(node, text, schema, field),
            ("integer", Content::Number(number)) if number.is_i64() => {
                self.number(node, number.as_i64().unwrap_or_default(), schema, field);
            }
            ("boolean", Content::Bool(_)) => {}
            // Quotes would only lead to the next mistake.
            ("string", Content::Number(number)) if !fits(&number.to_string(), schema) || is_size(field) => {
                self.say(
                    node,
                    field,
                    format!("'{number}' does not fit; write {}", wanted_text(field, schema)),
                );
            }
            (wanted, found) => self.say(node, field, mismatch(wanted, found)),
        }
    }

    fn map(&mut self, node: &Node, entries: &[(String, Node)], schema: &Value, field: &str) {
        let known = schema["properties"].as_object();
        let open = schema["x-kubernetes-preserve-unknown-fields"] == true;
        for (key, child) in entries {
            let path = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
            if let Some(below) = known.and_then(|known| known.get(key)) {
                self.value(child, below, &path);
            } else if let Some(below) = schema.get("additionalProperties") {
                self.value(child, below, &path);
            } else if !open {
                let names = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
                self.say(child, &path, unknown_field(key, &names));
            }
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !entries.iter().any(|(key, _)| key == required) {
                let path = if field.is_empty() { required.to_owned() } else { format!("{field}.{required}") };
                self.say(node, &path, "is missing; add it".to_owned());
            }
        }
        if let Some(most) = schema["maxProperties"].as_u64().filter(|&most| entries.len() as u64 > most) {
            self.say(node, field, format!("has {} entries, more than {most}", entries.len()));
        }
    }

    fn list(&mut self, node: &Node, items: &[Node], schema: &Value, field: &str) {
        if let Some(most) = schema["maxItems"].as_u64().filter(|&most| items.len() as u64 > most) {
            self.say(node, field, format!("has {} items, more than {most}", items.len()));
        }
        if let Some(least) = schema["minItems"].as_u64().filter(|&least| (items.len() as u64) < least) {
            self.say(node, field, format!("has {} items, fewer than {least}", items.len()));
        }
        for (index, item) in items.iter().enumerate() {
            self.value(item, &schema["items"], &format!("{field}[{index}]"));
        }
        let Some(key) = schema["x-kubernetes-list-map-keys"][0].as_str() else { return };
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            if let Some(name) = item.child(key).filter(|name| !seen.insert(name.to_json().to_string())) {
                let shown = name.text().map_or_else(|| name.to_json().to_string(), str::to_owned);
                self.say(
                    name,
                    &format!("{field}[{index}].{key}"),
                    format!("'{shown}' stands in this list twice"),
                );
            }
        }
    }

    fn text(&mut self, node: &Node, text: &str, schema: &Value, field: &str) {
        if let Some(choices) = schema["enum"].as_array() {
            let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
            if !choices.contains(&text) {
                let meant = nearest(text, choices.iter().copied());
                let hint = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
                self.say(node, field, format!("'{text}' is not one of {}{hint}", choices.join(", ")));
            }
        }
        let length = text.chars().count() as u64;
        if let Some(most) = schema["maxLength"].as_u64().filter(|&most| length > most) {
            return self.say(node, field, format!("has {length} characters, more than {most}"));
        }
        if schema["minLength"].as_u64().is_some_and(|least| length < least) {
            return self.say(node, field, "is empty; write a value or remove the field".to_owned());
        }
        self.pattern(node, text, schema, field);
    }

    fn pattern(&mut self, node: &Node, text: &str, schema: &Value, field: &str) {
        if !fits(text, schema) {
            self.say(node, field, format!("'{text}' does not fit; write {}", wanted_text(field, schema)));
        }
    }

    fn number(&mut self, node: &Node, number: i64, schema: &Value, field: &str) {
        if let Some(least) = schema["minimum"].as_i64().filter(|&least| number < least) {
            self.say(node, field, format!("is {number}; it must be at least {least}"));
        }
        if let Some(most) = schema["maximum"].as_i64().filter(|&most| number > most) {
            self.say(node, field, format!("is {number}; it must be at most {most}"));
        }
    }

    fn quantity(&mut self, node: &Node, schema: &Value, field: &str) {
        match &node.content {
            Content::Number(number) if number.as_u64().is_some() => {}
            Content::Text(text) => self.pattern(node, text, schema, field),
            _ => self.say(
                node,
                field,
                "must be a number or text with a unit, such as 2, \"500m\" or 4Gi".to_owned(),
            ),
        }
    }
}

/// Whether a text is as the schema's pattern wants it.
fn fits(text: &str, schema: &Value) -> bool {
    let pattern = schema["pattern"].as_str();
    pattern.is_none_or(|pattern| Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text)))
}

/// Whether a field is an amount of bytes: one without a unit is legal, but nobody means so few.
fn is_size(field: &str) -> bool {
    field.rsplit('.').next() == Some("size")
}

/// What a text with a pattern looks like, in words.
fn wanted_text(field: &str, schema: &Value) -> String {
    match field.rsplit('.').next().unwrap_or_default() {
        "size" | "cpu" | "memory" => "a number with a unit, such as 10Gi".to_owned(),
        "version" => "three numbers, such as 0.1.0".to_owned(),
        "topicName" => "ASCII letters, digits, '.', '_' and '-'".to_owned(),
        "name" => "lower-case letters, digits and '-'".to_owned(),
        _ => format!("text like {}", schema["pattern"].as_str().unwrap_or_default()),
    }
}

fn mismatch(wanted: &str, found: &Content) -> String {
    match (wanted, found) {
        ("string", Content::Number(number)) => format!("must be text; write it in quotes: \"{number}\""),
        ("string", Content::Bool(flag)) => format!("must be text; write it in quotes: \"{flag}\""),
        (_, Content::Null) => "has no value; write one or remove the field".to_owned(),
        ("integer", Content::Text(text)) if text.parse::<i64>().is_ok() => {
            format!("must be a number; write it without quotes: {text}")
        }
        ("integer", _) => "must be a whole number".to_owned(),
        ("boolean", _) => "must be true or false".to_owned(),
        ("array", _) => "must be a list; start each item with '- '".to_owned(),
        ("object", _) => "must be a group of 'key: value' lines".to_owned(),
        ("string", _) => "must be text".to_owned(),
        (wanted, _) => format!("must be of type {wanted}"),
    }
}

fn unknown_field(key: &str, names: &[&str]) -> String {
    let other = OTHER_NAMES.iter().find(|(found, meant)| *found == key && names.contains(meant));
    match other.map(|(_, meant)| *meant).or_else(|| nearest(key, names.iter().copied())) {
        Some(meant) => format!("there is no such field; did you mean {meant}?"),
        None if names.is_empty() => "there is no such field; remove it".to_owned(),
        None => format!("there is no such field; there are {}", names.join(", ")),
    }
}

/// The metadata that a manifest may carry, what a server adds included: a file made by `kubectl get -o yaml` is welcome.
fn metadata_schema() -> Value {
    let words = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let open = json!({ "type": "array", "items": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } });
    json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 253, "pattern": "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$" },
            "namespace": { "type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" },
            "labels": words,
            "annotations": words,
            "finalizers": { "type": "array", "items": { "type": "string" } },
            "ownerReferences": open,
            "managedFields": open,
            "uid": { "type": "string" },
            "resourceVersion": { "type": "string" },
            "creationTimestamp": { "type": "string" },
            "generation": { "type": "integer" },
        },
    })
}
