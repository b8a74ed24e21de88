//! The generated definitions: current, small, closed and bounded.

use std::path::PathBuf;

use serde_json::Value;

use crate::generate::{cluster_crd, crd_files, schema_of, topic_crd};

fn yaml_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("yaml")
}

#[test]
fn committed_yaml_is_current() {
    for file in crd_files().unwrap() {
        let committed = std::fs::read_to_string(yaml_folder().join(file.name)).unwrap_or_default();
        assert!(committed == file.yaml, "{} is stale: run cargo run -p xtask -- crds", file.name);
    }
}

#[test]
fn definitions_stay_small() {
    for (file, bytes_max) in crd_files().unwrap().iter().zip([100_000, 10_000]) {
        assert!(file.yaml.len() < bytes_max, "{}: {} bytes", file.name, file.yaml.len());
    }
}

#[test]
fn written_yaml_reads_back() {
    for (file, crd) in crd_files().unwrap().iter().zip([cluster_crd().unwrap(), topic_crd().unwrap()]) {
        let read: Value = serde_saphyr::from_str(&file.yaml).unwrap();
        assert_eq!(read, crd, "{}", file.name);
    }
}

/// Calls `visit` with every schema and its path.
fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(path, schema);
    for below in ["items", "additionalProperties"] {
        if schema[below].is_object() {
            walk(&schema[below], &format!("{path}.{below}"), visit);
        }
    }
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        walk(below, &format!("{path}.{name}"), visit);
    }
}

fn each_schema(mut visit: impl FnMut(&str, &Value)) {
    for crd in [cluster_crd().unwrap(), topic_crd().unwrap()] {
        walk(schema_of(&crd), crd["spec"]["names"]["kind"].as_str().unwrap(), &mut visit);
    }
}

#[test]
fn lists_maps_and_strings_have_bounds() {
    each_schema(|path, schema| match schema["type"].as_str() {
        Some("array") => assert!(schema["maxItems"].is_u64(), "{path} has no maxItems"),
        Some("object") if schema["additionalProperties"].is_object() => {
            assert!(schema["maxProperties"].is_u64(), "{path} has no maxProperties");
        }
        Some("string") => {
            let bounded =
                schema["maxLength"].is_u64() || schema["enum"].is_array() || schema["format"] == "date-time";
            assert!(bounded, "{path} has no maxLength");
        }
        _ => {}
    });
}

#[test]
fn the_schema_is_closed_but_for_the_overlays() {
    let mut open = Vec::new();
    each_schema(|path, schema| {
        let empty_object = schema["type"] == "object"
            && !schema["properties"].is_object()
            && !schema["additionalProperties"].is_object();
        if empty_object || schema["x-kubernetes-preserve-unknown-fields"] == true {
            open.push(path.to_owned());
        }
    });
    assert_eq!(open, ["Cluster.spec.podTemplate", "Cluster.spec.pools.items.podTemplate"]);
}

#[test]
fn only_keywords_that_the_reader_knows_are_used() {
    let known = [
        "type",
        "description",
        "title",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "default",
        "format",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "maxProperties",
        "x-kubernetes-validations",
        "x-kubernetes-list-type",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-int-or-string",
        "x-kubernetes-preserve-unknown-fields",
    ];
    each_schema(|path, schema| {
        for keyword in schema.as_object().unwrap().keys() {
            assert!(known.contains(&keyword.as_str()), "{path} uses {keyword}");
        }
    });
}

#[test]
fn every_field_is_described() {
    each_schema(|path, schema| {
        let inner = path.ends_with(".items") || path.ends_with(".additionalProperties");
        assert!(inner || schema["description"].is_string(), "{path} has no description");
    });
}

#[test]
fn columns_scale_and_names_are_there() {
    let crd = cluster_crd().unwrap();
    let version = &crd["spec"]["versions"][0];
    assert_eq!(crd["spec"]["names"]["shortNames"][0], "wc");
    assert_eq!(crd["spec"]["names"]["categories"][0], "weir");
    assert_eq!(version["subresources"]["scale"]["labelSelectorPath"], ".status.selector");
    assert!(version["subresources"]["status"].is_object());
    assert!(version["additionalPrinterColumns"].as_array().unwrap().len() >= 5);
    let crd = topic_crd().unwrap();
    assert_eq!(crd["spec"]["names"]["shortNames"][0], "wt");
    assert!(crd["spec"]["versions"][0]["subresources"]["status"].is_object());
}
