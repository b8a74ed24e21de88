//! `weir bench` against a broker: that it counts right, not how fast it is.

use serde_json::Value;

use crate::harness::{Local, local};

fn report(local: &Local, arguments: &[&str]) -> Value {
    let mut all = vec!["bench"];
    all.extend(arguments);
    all.extend(["-o", "json"]);
    serde_json::from_str(&local.run(&all).ok()).unwrap()
}

#[test]
fn benchmarks_count_every_record() {
    let (_directory, local) = local();
    let written =
        report(&local, &["produce", "-n", "2000", "--size", "100", "--partitions", "4", "--producers", "2"]);
    assert_eq!((written["records"].as_u64(), written["failed"].as_u64()), (Some(2000), Some(0)), "{written}");
    assert_eq!(written["bytes"].as_u64(), Some(200_000));
    assert!(written["latency_ms"]["p99"].as_f64().unwrap() > 0.0, "{written}");
    let read = report(&local, &["consume"]);
    assert_eq!(read["records"].as_u64(), Some(2000), "{read}");
    assert_eq!(report(&local, &["consume", "-n", "500"])["records"].as_u64(), Some(500));
    let paced = report(&local, &["produce", "--rate", "200", "--duration", "1s"]);
    assert_eq!(paced["records"].as_u64(), Some(200), "{paced}");
    assert!(paced["seconds"].as_f64().unwrap() > 0.9, "{paced}");
    let slow = report(&local, &["produce", "--rate", "1", "--duration", "1s"]);
    assert_eq!(slow["records"].as_u64(), Some(1), "{slow}");
    assert!(slow["records_per_second"].as_f64().unwrap() <= 1.0, "{slow}");
    let both = report(&local, &["end-to-end", "--rate", "200", "-n", "100"]);
    assert!(both["records_per_second"].as_f64().unwrap() <= 200.0, "{both}");
    assert_eq!(both["records"].as_u64(), Some(100), "{both}");
    let said = local.run(&["bench", "consume", "--topic", "nowhere"]).fails(4);
    assert!(said.contains("there is no topic 'nowhere'"), "{said}");
}
