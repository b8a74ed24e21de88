//! The samples are read whole, and the types lose nothing of them.

use std::path::PathBuf;

use serde_json::Value;

use crate::read::Reader;

fn samples() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut samples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    samples.sort();
    samples
}

#[test]
fn samples_are_accepted() {
    let reader = Reader::new().unwrap();
    let read: Vec<_> = samples()
        .iter()
        .map(|(name, text)| {
            let manifest = reader.read(name, text).unwrap_or_else(|problems| panic!("{problems}"));
            (name.clone(), manifest.clusters.len(), manifest.topics.len())
        })
        .collect();
    let expected = [
        ("cluster-full.yaml", 1, 0),
        ("cluster-with-topics.yaml", 1, 2),
        ("cluster.yaml", 1, 0),
        ("topic-full.yaml", 0, 1),
    ];
    assert_eq!(read, expected.map(|(name, clusters, topics)| (name.to_owned(), clusters, topics)));
}

/// Whether everything in `part` stands in `whole` too.
fn within(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|other| within(value, other)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(part, whole)| within(part, whole))
        }
        // A quantity may be written as a number and is kept as text.
        (Value::Number(number), Value::String(text)) => number.to_string() == *text,
        (part, whole) => part == whole,
    }
}

#[test]
fn the_types_keep_every_field() {
    let reader = Reader::new().unwrap();
    for (name, text) in samples() {
        let written: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
        let manifest = reader.read(&name, &text).unwrap();
        let clusters = manifest.clusters.iter().map(|it| serde_json::to_value(&it.resource).unwrap());
        let kept: Vec<Value> = clusters
            .chain(manifest.topics.iter().map(|it| serde_json::to_value(&it.resource).unwrap()))
            .collect();
        for (written, kept) in written.iter().zip(&kept) {
            assert!(within(written, kept), "{name}: {written:#} became {kept:#}");
        }
    }
}
