//! The Rust that fills messages with values, for the wire crate's tests: each field that the version has, and no other.

use std::fmt::Write as _;

use super::emit::condition;
use super::schema::{Api, Field, Message, Struct};

const HEAD: &str = "\
//! Values of every struct for a version. Generated from the schemas.
#![allow(clippy::all, clippy::unwrap_used, reason = \"generated\")]

use weir_wire::messages::*;

use crate::support::random::{Random, Sample};
";

/// The one file: an implementation of the tests' trait for each struct.
pub(super) fn file(apis: &[Api]) -> String {
    let mut out = HEAD.to_owned();
    for message in apis.iter().flat_map(|api| [&api.request, &api.response]) {
        for held in &message.structs {
            emit_struct(&mut out, message, held);
        }
    }
    out
}

fn emit_struct(out: &mut String, message: &Message, held: &Struct) {
    _ = writeln!(
        out,
        "\nimpl Sample for {}::{} {{\nfn sample(random: &mut Random, version: i16) -> Self {{\nlet mut value = Self::default();",
        message.module(),
        held.name
    );
    for field in &held.fields {
        let fill = format!("value.{} = {};", field.name, value(message, field));
        let versions = field.tag.map_or(field.versions, |(_, versions)| versions);
        _ = match (condition(message, versions).as_str(), field.tag.is_some()) {
            ("false", _) => Ok(()),
            ("true", false) => writeln!(out, "{fill}"),
            ("true", true) => writeln!(out, "if random.has_tag() {{ {fill} }}"),
            (condition, false) => writeln!(out, "if {condition} {{ {fill} }}"),
            (condition, true) => writeln!(out, "if {condition} && random.has_tag() {{ {fill} }}"),
        };
    }
    out.push_str("value }\n}\n");
}

fn value(message: &Message, field: &Field) -> String {
    let plain = "Sample::sample(random, version)";
    match field.nullable.map(|versions| condition(message, versions)) {
        None => plain.into(),
        Some(condition) if condition == "true" => "random.nullable(version)".into(),
        Some(condition) if condition == "false" => format!("Some({plain})"),
        Some(condition) => {
            format!("if {condition} {{ random.nullable(version) }} else {{ Some({plain}) }}")
        }
    }
}
