//! The schemas against Kafka's own: the name, type and place of every field in every version.

use crate::codecs::{self, Direction};
use crate::fill::{self, Layout, schema::Struct, schema::Type};

const TEXT: &str = include_str!("../vectors/kafka-clients-4.4.0-fields.txt");

#[test]
fn every_field_has_kafkas_name_type_and_place() {
    let schemas = fill::schemas();
    let mut lines = 0;
    for line in TEXT.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let &[key, version, direction, theirs] = words.as_slice() else { panic!("'{line}'") };
        let (key, version): (i16, i16) = (key.parse().unwrap(), version.parse().unwrap());
        let api = schemas.iter().find(|api| api.key == key).unwrap();
        let message = if direction == "request" { &api.request } else { &api.response };
        let layout = Layout { message, version };
        assert_eq!(structure(layout, &message.structs[0]), theirs, "{} version {version}", message.name);
        lines += 1;
    }
    let versions: usize = codecs::all().into_iter().map(|codec| codec.versions.count()).sum();
    assert_eq!(lines, versions);
}

fn structure(layout: Layout<'_>, held: &Struct) -> String {
    let plain = layout.plain_fields(held).into_iter().map(|field| (String::new(), field));
    let tagged = layout.tagged_fields(held).into_iter().map(|(tag, field)| (format!("#{tag}:"), field));
    let tagged = tagged.filter(|_| layout.is_flexible());
    let fields: Vec<String> = plain
        .chain(tagged)
        .map(|(tag, field)| {
            let mark = if layout.has(field.nullable) { "?" } else { "" };
            format!("{tag}{}:{mark}{}", field.name, name(layout, &field.ty))
        })
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn name(layout: Layout<'_>, ty: &Type) -> String {
    match ty {
        Type::Bool => "boolean".into(),
        Type::Int8 => "int8".into(),
        Type::Int16 => "int16".into(),
        Type::Int32 => "int32".into(),
        Type::Int64 => "int64".into(),
        Type::Uuid => "uuid".into(),
        Type::String => "string".into(),
        Type::Bytes => "bytes".into(),
        Type::Records => "records".into(),
        Type::Array(element) => format!("[]{}", name(layout, element)),
        Type::Struct(held) => structure(layout, layout.held(held)),
    }
}

/// Compact types and tagged fields begin with the same version in both directions but for the answer of ApiVersions,
/// whose header alone stays as it was.
#[test]
fn both_directions_become_flexible_together() {
    for api in fill::schemas() {
        assert_eq!(api.request.flexible, api.response.flexible, "{}", api.name);
        let codecs = codecs::by_key();
        let [request, response] =
            [Direction::Request, Direction::Response].map(|direction| &codecs[&(api.key, direction)]);
        assert_eq!(request.versions, response.versions, "{}", api.name);
    }
}
