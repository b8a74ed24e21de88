//! The generated files are current, and a schema that is wrong is refused with its place.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::schema;

#[test]
fn generated_files_are_current() {
    super::run(true).unwrap_or_else(|error| panic!("{error:#}"));
}

fn parse_request(fields: &str) -> Result<schema::Api, String> {
    let text = format!(
        "api 1 Sample\n\nrequest 0-3 flexible 2+\n{fields}\nresponse 0-3 flexible 2+\n  code: int16\n"
    );
    schema::parse(&text).map_err(|error| format!("{error:#}"))
}

#[test]
fn a_field_says_all_about_itself() {
    let api = parse_request("  name: string 1-2 null 2+ tag 3 2+ default null ignorable  # said\n").unwrap();
    let field = &api.request.structs[0].fields[0];
    assert_eq!((field.name.as_str(), &field.ty), ("name", &schema::Type::String));
    assert_eq!(field.versions, schema::Versions { from: 1, to: Some(2) });
    assert_eq!(field.nullable, Some(schema::Versions { from: 2, to: None }));
    assert_eq!(field.tag, Some((3, schema::Versions { from: 2, to: None })));
    assert_eq!((field.default.as_deref(), field.ignorable), (Some("null"), true));
}

#[test]
fn structs_hang_below_their_field_or_stand_apart() {
    let api = parse_request(
        "  topics: []Topic\n    names: []string\n    again: Shared\n  other: Shared\n\n  struct Shared 0+\n    id: uuid\n",
    )
    .unwrap();
    let names: Vec<&str> = api.request.structs.iter().map(|held| held.name.as_str()).collect();
    assert_eq!(names, ["SampleRequest", "Topic", "Shared"]);
    assert_eq!(api.request.structs[0].fields.len(), 2);
    assert_eq!(api.request.structs[1].fields.len(), 2);
}

#[test]
fn a_schema_that_is_wrong_is_refused() {
    let refused = |fields: &str, reason: &str| {
        let error = parse_request(fields).unwrap_err();
        assert!(error.contains(reason), "'{error}' does not say '{reason}'");
    };
    refused("  name string\n", "line 4: expected 'name: type'");
    refused("  name:\n", "line 4: a field has a type");
    refused("  name: string 1..2\n", "line 4: version '1..2'");
    refused("  name: string tag\n", "line 4: 'tag' needs a value");
    refused("      name: string\n", "line 4: indented too far");
    refused("  topics: []Topic\n", "the struct Topic is not described");
    refused("  name: string\n  name: int8\n", "SampleRequest.name stands twice");
    refused("  a: int8 tag 0 2+\n  b: int8 tag 0 2+\n", "the tag of SampleRequest.b stands twice");
    refused("  a: []Loop\n    inner: []Loop\n", "the struct Loop holds itself");
}
