//! What is served, as three sources say it: the code, the table in `docs/kafka-compat.md`, and Kafka's own classes.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use weir_wire::header::{request_header_version, response_header_version};
use weir_wire::version::served_versions;
use weir_wire::{ApiKey, VersionRange};

const DOCUMENT: &str = include_str!("../../../docs/kafka-compat.md");
const HEADERS: &str = include_str!("vectors/kafka-clients-4.4.0-headers.txt");

/// The document's row of an API.
fn row(key: ApiKey) -> String {
    let VersionRange { min, max } = served_versions(key);
    let versions = if min == max { min.to_string() } else { format!("{min}–{max}") };
    let flexible = (min..=max)
        .find(|version| key.is_flexible(*version))
        .map_or("never".to_owned(), |version| version.to_string());
    format!("| {} | {} | {versions} | {flexible} |", key as i16, key.name())
}

#[test]
fn the_document_lists_what_is_served() {
    let section = DOCUMENT.split("## APIs and versions").nth(1).unwrap().split("\n## ").next().unwrap();
    let documented: Vec<&str> = section
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip_while(|line| !line.contains("key"))
        .collect();
    let served: Vec<String> = ApiKey::ALL.iter().copied().map(row).collect();
    assert_eq!(documented.split_first().unwrap().1, served, "docs/kafka-compat.md against the code");
}

#[test]
fn headers_have_kafkas_versions() {
    let ours: Vec<String> = ApiKey::ALL
        .iter()
        .flat_map(|key| {
            let VersionRange { min, max } = served_versions(*key);
            (min..=max).map(move |version| (*key, version))
        })
        .map(|(key, version)| {
            let request = request_header_version(key, version);
            let response = response_header_version(key, version);
            format!("{} {version} {request} {response}", key as i16)
        })
        .collect();
    assert_eq!(ours, HEADERS.lines().collect::<Vec<_>>());
}
