//! `weir broker --config FILE`.

use std::process::Stdio;

use rustix::process::Signal;

use crate::harness::{Lines, Process, run, weir};

#[test]
fn a_broker_runs_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    for (name, text) in [
        (
            "server.properties",
            format!(
                "node.id=3\nlisteners=PLAINTEXT://127.0.0.1:0\nlog.dirs={}\nnum.partitions=4\n",
                data.display()
            ),
        ),
        (
            "broker.yaml",
            format!(
                "node.id: 3\nlisteners: PLAINTEXT://127.0.0.1:0\nlog.dirs: {}\nnum.partitions: 4\n",
                data.display()
            ),
        ),
    ] {
        let file = directory.path().join(name);
        std::fs::write(&file, text).unwrap();
        let mut broker = Process::start(
            weir()
                .args(["broker", "--log-format", "json", "--config", file.to_str().unwrap()])
                .stdout(Stdio::null())
                .stderr(Stdio::piped()),
        );
        let log = Lines::of(broker.err());
        let address = loop {
            let line: serde_json::Value = serde_json::from_str(&log.next()).unwrap();
            let listeners = line["fields"]["listeners"].as_str().map(str::to_owned);
            if let Some(listeners) = listeners {
                break listeners.rsplit('/').next().unwrap().to_owned();
            }
        };
        run(&["-b", &address, "topic", "create", "--if-not-exists", "test"]).ok();
        let described = run(&["-b", &address, "topic", "describe", "test", "-o", "json"]).ok();
        assert_eq!(described.matches("\"leader\": 3").count(), 4, "{described}");
        broker.signal(Signal::TERM);
        assert!(broker.wait().success());
    }
}

#[test]
fn mistakes_in_the_file_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("server.properties");
    let data = directory.path().join("data").display().to_string();
    for (text, code, wanted) in [
        ("node.id=1\n".to_owned(), 2, "log.dirs is missing"),
        (format!("log.dirs={data}\n"), 2, "node.id is missing"),
        ("node.id\n".to_owned(), 2, "line 1: 'node.id' has no '='"),
        (
            format!("node.id=1\nlog.dirs={data}\nlisteners=PLAINTEXT://127.0.0.1:0\nnum.partitions=many\n"),
            1,
            "num.partitions",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let said = run(&["broker", "--config", file.to_str().unwrap()]).fails(code);
        assert!(said.contains(wanted), "{said}");
    }
    run(&["broker", "--config", "nowhere.properties"]).fails(2);
}
