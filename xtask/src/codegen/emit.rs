//! The Rust of a message: structs, defaults, decoding and encoding by version.

use std::fmt::Write as _;

use crate::codegen::schema::{Api, Field, Message, Struct, Type, Versions};

/// Writes into a string, which can't fail.
macro_rules! put {
    ($out:expr, $($text:tt)*) => {
        _ = writeln!($out, $($text)*)
    };
}

/// One module: a message and its structs.
pub(crate) fn message(api: &Api, message: &Message) -> String {
    let mut out = String::new();
    put!(
        out,
        "//! `{}` (API key {}), versions {} to {}. Generated from the schema.",
        message.name,
        api.key,
        message.from,
        message.to
    );
    put!(
        out,
        "#![allow(clippy::all, clippy::semicolon_if_nothing_returned, unused_imports, unused_variables, unreachable_patterns, reason = \"generated\")]\n"
    );
    put!(out, "use bytes::Bytes;\nuse weir_model::Uuid;\n");
    put!(
        out,
        "use crate::codec::{{DecodeError, EncodeError, Message, NullableWire, Reader, Records, TaggedFields, Wire, WireStr, Writer}};\n"
    );
    for held in &message.structs {
        emit_struct(&mut out, message, held);
    }
    put!(out, "impl Message for {} {{", message.name);
    put!(out, "const NAME: &'static str = {:?};", message.name);
    put!(out, "const VERSION_MIN: i16 = {};\nconst VERSION_MAX: i16 = {};", message.from, message.to);
    let flexible = message.flexible.map_or("false".into(), |versions| condition(message, versions));
    put!(out, "fn is_flexible(version: i16) -> bool {{ {flexible} }}");
    put!(out, "}}");
    out
}

/// `mod.rs`: the modules, the API keys, and the list of all.
pub(crate) fn index(apis: &[Api]) -> String {
    let mut out = String::from("//! Every message. Generated from the schemas.\n\n");
    for message in apis.iter().flat_map(|api| [&api.request, &api.response]) {
        put!(out, "pub mod {};", message.module());
    }
    for message in apis.iter().flat_map(|api| [&api.request, &api.response]) {
        put!(out, "pub use {}::{};", message.module(), message.name);
    }
    put!(out, "\nuse crate::codec::{{Message as _, Request}};\n");
    put!(out, "/// The APIs that this crate knows, by Kafka's numbers.");
    put!(
        out,
        "#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]\n#[repr(i16)]\npub enum ApiKey {{"
    );
    for api in apis {
        put!(out, "/// `{}`\n{} = {},", api.name, api.name, api.key);
    }
    put!(out, "}}\n\nimpl ApiKey {{\n/// All of them, by number.\npub const ALL: &'static [Self] = &[");
    for api in apis {
        put!(out, "Self::{},", api.name);
    }
    put!(
        out,
        "];\n\n/// The API of a number.\npub const fn from_code(code: i16) -> Option<Self> {{ match code {{"
    );
    for api in apis {
        put!(out, "{} => Some(Self::{}),", api.key, api.name);
    }
    put!(
        out,
        "_ => None }} }}\n\n/// Kafka's name.\npub const fn name(self) -> &'static str {{ match self {{"
    );
    for api in apis {
        put!(out, "Self::{} => {:?},", api.name, api.name);
    }
    put!(
        out,
        "}} }}\n\n/// The lowest and the highest version that the schemas describe.\npub const fn schema_versions(self) -> (i16, i16) {{ match self {{"
    );
    for api in apis {
        put!(out, "Self::{} => ({}, {}),", api.name, api.request.from, api.request.to);
    }
    put!(
        out,
        "}} }}\n\n/// Whether a version has compact types and tagged fields.\npub fn is_flexible(self, version: i16) -> bool {{ match self {{"
    );
    for api in apis {
        put!(out, "Self::{} => {}::is_flexible(version),", api.name, api.request.name);
    }
    put!(out, "}} }}\n}}\n");
    for api in apis {
        put!(
            out,
            "impl Request for {} {{ const API_KEY: ApiKey = ApiKey::{}; type Response = {}; }}",
            api.request.name,
            api.name,
            api.response.name
        );
    }
    put!(
        out,
        "\n/// Calls a macro with the request and response type of every API.\n#[macro_export]\nmacro_rules! for_each_api {{ ($callback:ident) => {{ $callback! {{"
    );
    for api in apis {
        put!(out, "({}, {}, {});", api.name, api.request.name, api.response.name);
    }
    put!(out, "}} }}; }}");
    out
}

fn emit_struct(out: &mut String, message: &Message, held: &Struct) {
    let name = &held.name;
    if *name == message.name {
        put!(out, "/// The message.");
    } else {
        put!(out, "/// Part of `{}`.", message.name);
    }
    put!(out, "#[derive(Clone, Debug, PartialEq)]\npub struct {name} {{");
    for field in &held.fields {
        put!(out, "/// {}\npub {}: {},", field_doc(message, field), field.name, rust_type(field));
    }
    put!(out, "}}\n\nimpl Default for {name} {{ fn default() -> Self {{ Self {{");
    for field in &held.fields {
        put!(out, "{}: {},", field.name, default_value(field));
    }
    put!(out, "}} }} }}\n");
    put!(out, "impl Wire for {name} {{");
    emit_bytes_min(out, message, held);
    emit_decode(out, message, held);
    emit_encode(out, message, held);
    put!(out, "}}\n");
    if used_nullable(message, name) {
        put!(out, "impl NullableWire for {name} {{");
        put!(
            out,
            "fn decode_nullable(r: &mut Reader, version: i16, flexible: bool) -> Result<Option<Self>, DecodeError> {{"
        );
        put!(
            out,
            "if r.int8()? < 0 {{ Ok(None) }} else {{ Self::decode(r, version, flexible).map(Some) }} }}"
        );
        put!(
            out,
            "fn encode_nullable(value: Option<&Self>, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {{"
        );
        put!(
            out,
            "match value {{ None => {{ w.int8(-1); Ok(()) }} Some(value) => {{ w.int8(1); value.encode(w, version, flexible) }} }} }}"
        );
        put!(out, "}}\n");
    }
}

fn emit_decode(out: &mut String, message: &Message, held: &Struct) {
    put!(out, "fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {{");
    put!(out, "let mut value = Self::default();");
    for field in held.fields.iter().filter(|field| field.tag.is_none()) {
        let read = decode_expression(message, field, "r");
        guarded(out, message, field.versions, &format!("value.{} = {read};", field.name));
    }
    let tagged: Vec<&Field> = held.fields.iter().filter(|field| field.tag.is_some()).collect();
    if tagged.is_empty() {
        put!(out, "if flexible {{ r.skip_tagged_fields()?; }}");
    } else {
        put!(out, "if flexible {{ r.tagged_fields(|tag, r| {{ match tag {{");
        for field in tagged {
            let (tag, versions) = field.tag.expect("only tagged fields are here");
            let read = decode_expression(message, field, "r");
            put!(out, "{tag} if {} => value.{} = {read},", condition(message, versions), field.name);
        }
        put!(out, "_ => return Ok(false) }} Ok(true) }})?; }}");
    }
    put!(out, "Ok(value) }}\n");
}

fn decode_expression(message: &Message, field: &Field, reader: &str) -> String {
    let plain = format!("Wire::decode({reader}, version, flexible)?");
    match field.nullable {
        None => plain,
        Some(versions) => {
            let nullable = format!("NullableWire::decode_nullable({reader}, version, flexible)?");
            match condition(message, versions).as_str() {
                "true" => nullable,
                condition => format!("if {condition} {{ {nullable} }} else {{ Some({plain}) }}"),
            }
        }
    }
}

fn emit_encode(out: &mut String, message: &Message, held: &Struct) {
    put!(out, "fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {{");
    for field in held.fields.iter().filter(|field| field.tag.is_none()) {
        let write = format!("{};", encode_expression(message, field, "w"));
        guarded(out, message, field.versions, &write);
        refuse_lost_value(out, message, held, field, field.versions);
    }
    let mut tagged: Vec<&Field> = held.fields.iter().filter(|field| field.tag.is_some()).collect();
    tagged.sort_by_key(|field| field.tag.map(|(tag, _)| tag));
    for field in &tagged {
        let (_, versions) = field.tag.expect("only tagged fields are here");
        refuse_lost_value(out, message, held, field, versions);
    }
    if tagged.is_empty() {
        put!(out, "if flexible {{ w.no_tagged_fields(); }}");
    } else {
        put!(out, "if flexible {{ let mut tags = TaggedFields::default();");
        for field in tagged {
            let (tag, versions) = field.tag.expect("only tagged fields are here");
            let write = encode_expression(message, field, "w");
            put!(
                out,
                "if {} && {} {{ tags.put({tag}, |w| {{ {write}; Ok(()) }})?; }}",
                condition(message, versions),
                differs_from_default(field)
            );
        }
        put!(out, "w.tagged_fields(tags); }}");
    }
    put!(out, "Ok(()) }}\n");
}

fn encode_expression(message: &Message, field: &Field, writer: &str) -> String {
    let name = &field.name;
    match field.nullable {
        None => format!("self.{name}.encode({writer}, version, flexible)?"),
        Some(versions) => {
            let nullable =
                format!("NullableWire::encode_nullable(self.{name}.as_ref(), {writer}, version, flexible)?");
            let plain = format!(
                "self.{name}.as_ref().ok_or(EncodeError::Null {{ field: {name:?}, version }})?.encode({writer}, version, flexible)?"
            );
            match condition(message, versions).as_str() {
                "true" => nullable,
                condition => format!("if {condition} {{ {nullable} }} else {{ {plain} }}"),
            }
        }
    }
}

/// A value that the version can't carry is an error, unless the schema says that losing it does no harm.
fn refuse_lost_value(out: &mut String, message: &Message, held: &Struct, field: &Field, versions: Versions) {
    let condition = condition(message, versions);
    if field.ignorable || condition == "true" {
        return;
    }
    let full = format!("{}.{}", held.name, field.name);
    put!(
        out,
        "if !({condition}) && {} {{ return Err(EncodeError::NotInVersion {{ field: {full:?}, version }}); }}",
        differs_from_default(field)
    );
}

fn guarded(out: &mut String, message: &Message, versions: Versions, statement: &str) {
    match condition(message, versions).as_str() {
        "true" => put!(out, "{statement}"),
        "false" => {}
        condition => put!(out, "if {condition} {{ {statement} }}"),
    }
}

/// The shortest test for "the version is in this range", within the message's own range.
fn condition(message: &Message, versions: Versions) -> String {
    let below = versions.from <= message.from;
    let above = versions.to.is_none_or(|to| to >= message.to);
    let never = (message.from..=message.to).all(|version| !versions.contains(version));
    match (never, below, above, versions.to) {
        (true, ..) => "false".into(),
        (_, true, true, _) => "true".into(),
        (_, false, true, _) => format!("version >= {}", versions.from),
        (_, true, false, Some(to)) => format!("version <= {to}"),
        (_, false, false, Some(to)) => format!("({}..={to}).contains(&version)", versions.from),
        (_, _, false, None) => "true".into(),
    }
}

fn rust_type(field: &Field) -> String {
    let plain = plain_type(&field.ty);
    if field.nullable.is_some() { format!("Option<{plain}>") } else { plain }
}

fn plain_type(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".into(),
        Type::Int8 => "i8".into(),
        Type::Int16 => "i16".into(),
        Type::Int32 => "i32".into(),
        Type::Int64 => "i64".into(),
        Type::Uuid => "Uuid".into(),
        Type::String => "WireStr".into(),
        Type::Bytes => "Bytes".into(),
        Type::Records => "Records".into(),
        Type::Array(element) => format!("Vec<{}>", plain_type(element)),
        Type::Struct(name) => name.clone(),
    }
}

fn default_value(field: &Field) -> String {
    let default = field.default.as_deref();
    if field.nullable.is_some() {
        return match (default, &field.ty) {
            (Some("null"), _) | (None, Type::Records) => "None".into(),
            _ => "Some(Default::default())".into(),
        };
    }
    match (&field.ty, default) {
        (Type::Bool, default) => default.unwrap_or("false").to_lowercase(),
        (Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64, default) => default.unwrap_or("0").to_owned(),
        (Type::Uuid, _) => "Uuid::ZERO".into(),
        (Type::String, Some(text)) => format!("WireStr::from_static({text:?})"),
        (Type::String, None) => "WireStr::new()".into(),
        (Type::Bytes, _) => "Bytes::new()".into(),
        (Type::Array(_), _) => "Vec::new()".into(),
        (Type::Records | Type::Struct(_), _) => format!("{}::default()", plain_type(&field.ty)),
    }
}

/// The test for "the field holds something".
fn differs_from_default(field: &Field) -> String {
    let name = &field.name;
    let is_empty_by_default = field.default.is_none();
    match (&field.ty, field.nullable.is_some()) {
        (_, true) if default_value(field) == "None" => format!("self.{name}.is_some()"),
        (Type::Struct(held), true) => format!("self.{name} != Some({held}::default())"),
        (_, true) => format!("self.{name}.as_ref().is_none_or(|value| !value.is_empty())"),
        (Type::Array(_) | Type::Bytes | Type::Records, false) => format!("!self.{name}.is_empty()"),
        (Type::String, false) if is_empty_by_default => format!("!self.{name}.is_empty()"),
        (Type::Bool, false) if default_value(field) == "false" => format!("self.{name}"),
        (Type::Bool, false) => format!("!self.{name}"),
        _ => format!("self.{name} != {}", default_value(field)),
    }
}

fn field_doc(message: &Message, field: &Field) -> String {
    let versions = field.tag.map_or(field.versions, |(_, versions)| versions);
    let from = versions.from.max(message.from);
    let mut doc = match versions.to {
        Some(to) if to < message.to => format!("Versions {from} to {to}"),
        _ if from == message.from => "All versions".to_owned(),
        _ => format!("Versions {from} and later"),
    };
    if field.nullable.is_some() {
        doc.push_str(", may be null");
    }
    if let Some((tag, _)) = field.tag {
        _ = write!(doc, ", tag {tag}");
    }
    doc + "."
}

fn used_nullable(message: &Message, name: &str) -> bool {
    message
        .structs
        .iter()
        .flat_map(|held| &held.fields)
        .any(|field| field.nullable.is_some() && field.ty == Type::Struct(name.to_owned()))
}

/// The fewest bytes that a struct takes in a version: each field at its smallest, and the count of tagged fields.
fn emit_bytes_min(out: &mut String, message: &Message, held: &Struct) {
    put!(out, "fn bytes_min(version: i16, flexible: bool) -> usize {{");
    put!(out, "let mut bytes = usize::from(flexible);");
    for field in held.fields.iter().filter(|field| field.tag.is_none()) {
        let smallest = match &field.ty {
            Type::Struct(_) if field.nullable.is_some() => "1".to_owned(),
            ty => format!("<{} as Wire>::bytes_min(version, flexible)", plain_type(ty)),
        };
        guarded(out, message, field.versions, &format!("bytes += {smallest};"));
    }
    put!(out, "bytes }}\n");
}
