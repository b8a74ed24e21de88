//! What `/metrics` says: valid OpenMetrics text, with everything in it that an operator was promised, and true.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::*;
use weir_model::ErrorCode;

/// One family of metrics: its type, unit and samples by name and labels.
#[derive(Debug, Default)]
struct Family {
    kind: String,
    unit: Option<String>,
    samples: Vec<(String, f64)>,
}

/// Reads the text as strictly as the OpenMetrics specification is written: every line known, each family in one piece with
/// its type once and before its samples, `# EOF` at the end and nowhere else.
fn parse(text: &str) -> BTreeMap<String, Family> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    let body = text.strip_suffix("# EOF\n").unwrap();
    for line in body.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let (word, rest) = comment.split_once(' ').unwrap();
            let (name, value) = rest.split_once(' ').unwrap();
            if name != current {
                assert!(!families.contains_key(name), "{name} is in two pieces");
                current = name.to_owned();
            }
            let family = families.entry(current.clone()).or_default();
            assert!(family.samples.is_empty(), "{line}: after samples");
            match word {
                "HELP" => assert!(!value.is_empty(), "{line}"),
                "TYPE" => family.kind = value.to_owned(),
                "UNIT" => family.unit = Some(value.to_owned()),
                _ => panic!("{line}"),
            }
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let name = sample.split('{').next().unwrap();
        let family = families.get_mut(&current).unwrap();
        let suffix = name.strip_prefix(&current).unwrap_or_else(|| panic!("{line}: not of {current}"));
        let suffixes: &[&str] = match family.kind.as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "histogram" => &["_bucket", "_sum", "_count"],
            kind => panic!("{current}: {kind}"),
        };
        assert!(suffixes.contains(&suffix), "{line}");
        family.samples.push((sample.to_owned(), value.parse().unwrap()));
    }
    families
}

fn check(name: &str, family: &Family) {
    assert!(
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
        "{name}"
    );
    if let Some(unit) = &family.unit {
        assert!(name.ends_with(&format!("_{unit}")), "{name}: {unit}");
    }
    let distinct: BTreeSet<&str> = family.samples.iter().map(|(sample, _)| sample.as_str()).collect();
    assert_eq!(distinct.len(), family.samples.len(), "{name}: a sample twice");
    if family.kind == "counter" {
        assert!(family.samples.iter().all(|(_, value)| *value >= 0.0), "{name}");
    }
    if family.kind == "histogram" {
        check_histogram(name, family);
    }
}

/// The buckets of each series rise, end at infinity, and that one is the count.
fn check_histogram(name: &str, family: &Family) {
    let mut last = (f64::NEG_INFINITY, 0.0);
    let mut series = 0;
    for (sample, value) in family.samples.iter().filter(|(sample, _)| sample.contains("_bucket{")) {
        let bound = sample.split("le=\"").nth(1).unwrap().split('"').next().unwrap();
        let bound: f64 = bound.parse().unwrap_or(f64::INFINITY);
        assert!(bound > last.0 && *value >= last.1, "{sample} {value}");
        last = (bound, *value);
        if bound.is_infinite() {
            let labels = sample.split('{').nth(1).unwrap();
            let rest: Vec<&str> =
                labels.trim_end_matches('}').split(',').filter(|label| !label.starts_with("le=")).collect();
            let count = if rest.is_empty() {
                format!("{name}_count")
            } else {
                format!("{name}_count{{{}}}", rest.join(","))
            };
            let counted = family.samples.iter().find(|(sample, _)| *sample == count).unwrap();
            assert_eq!(counted.1.to_bits(), value.to_bits(), "{sample}");
            last = (f64::NEG_INFINITY, 0.0);
            series += 1;
        }
    }
    let counts = family.samples.iter().filter(|(sample, _)| sample.starts_with(&format!("{name}_count")));
    assert_eq!(counts.count(), series, "{name}");
}

fn value(families: &BTreeMap<String, Family>, sample: &str) -> f64 {
    let all = families.values().flat_map(|family| &family.samples);
    all.filter(|(name, _)| name == sample)
        .map(|(_, value)| *value)
        .next()
        .unwrap_or_else(|| panic!("{sample}"))
}

#[tokio::test]
async fn metrics_are_valid_and_true() {
    let dir = tempfile::tempdir().unwrap();
    let broker = start(settings(dir.path())).await;
    let mut client = Client::to(&broker).await;
    client.create_topic("t.a-b_c", 2, &[]).await;
    for index in 0..3 {
        let batch = batch(&["a", "b"]);
        assert_eq!(client.produce("t.a-b_c", 0, batch).await, (ErrorCode::None, 2 * index));
    }
    client.produce("missing", 0, batch(&["a"])).await;
    client.fetch("t.a-b_c", 0, 0, 0).await;
    // The third round wakes who waits for it before it is counted.
    let counted = async {
        loop {
            let response = http_get(&broker, "/metrics").await;
            let (_, body) = response.split_once("\r\n\r\n").unwrap();
            if value(&parse(body), "weir_flush_rounds_total") >= 3.0 {
                return response;
            }
        }
    };
    let response = tokio::time::timeout(PATIENCE, counted).await.expect("three rounds are counted");
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("application/openmetrics-text; version=1.0.0"), "{head}");
    let families = parse(body);
    families.iter().for_each(|(name, family)| check(name, family));

    let bytes = 3.0 * batch(&["a", "b"]).len() as f64;
    for (sample, expected) in [
        ("weir_requests_total{api=\"Produce\"}", 4.0),
        ("weir_request_duration_seconds_count{api=\"Produce\"}", 4.0),
        ("weir_request_errors_total{api=\"Produce\",error=\"UNKNOWN_TOPIC_OR_PARTITION\"}", 1.0),
        ("weir_produced_records_total", 6.0),
        ("weir_produced_batches_total", 3.0),
        ("weir_produced_bytes_total", bytes),
        ("weir_produced_batch_size_bytes_count", 3.0),
        ("weir_produced_batch_size_bytes_sum", bytes),
        ("weir_fetched_bytes_total", bytes),
        ("weir_topic_log_bytes{topic=\"t.a-b_c\"}", bytes),
        ("weir_connections", 1.0),
        ("weir_partitions", 2.0),
        ("weir_flush_failures_total", 0.0),
    ] {
        assert!((value(&families, sample) - expected).abs() < 0.1, "{sample}: {}", value(&families, sample));
    }
    let rounds = value(&families, "weir_flush_rounds_total");
    assert!(rounds >= 3.0);
    for histogram in ["weir_flush_duration_seconds", "weir_flush_round_logs"] {
        let counted = value(&families, &format!("{histogram}_count"));
        assert!((counted - rounds).abs() < 1.5, "{histogram}: {counted} of {rounds} rounds");
        assert!(value(&families, &format!("{histogram}_sum")) > 0.0);
    }
    let open = value(&families, "weir_open_files");
    let there = std::fs::read_dir("/proc/self/fd").unwrap().count() as f64;
    assert!(open > 5.0 && (open - there).abs() < 20.0, "{open} of {there}");
    assert!(value(&families, "weir_open_files_limit") >= open);
    broker.shutdown().await;
}
