//! `weir local`: files, restarts, Ctrl-C, and what it says when it can't start.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use crate::harness::{Local, local, run, weir};

fn file(directory: &Path, topics: &str) -> PathBuf {
    let path = directory.join("demo.yaml");
    let cluster = "apiVersion: weir.dev/v1alpha1\nkind: Cluster\nmetadata: {name: demo}\n\
                   spec: {replicas: 1, storage: {size: 1Gi}, config: {num.partitions: \"2\"}}\n";
    std::fs::write(&path, cluster.to_owned() + topics).unwrap();
    path
}

fn topic(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: weir.dev/v1alpha1\nkind: Topic\nmetadata: {{name: {name}}}\n\
         spec:\n  clusterRef: {{name: demo}}\n{spec}"
    )
}

fn start(directory: &Path, topics: &str) -> Local {
    let path = file(directory, topics);
    Local::start_with(&directory.join("data"), &["--port", "0", "-f", path.to_str().unwrap()])
}

#[test]
fn a_file_is_applied_and_applied_again() {
    let directory = tempfile::tempdir().unwrap();
    let first =
        topic("orders", "  partitions: 3\n  config: {retention.ms: \"1000000\"}\n") + &topic("plain", "");
    let local = start(directory.path(), &first);
    assert!(local.greeting().contains("Topics: orders, plain"), "{}", local.greeting());
    let described = local.run(&["topic", "describe", "orders", "-o", "json"]).ok();
    assert_eq!(described.matches("\"partition\"").count(), 3, "{described}");
    assert!(described.contains("\"retention.ms\": \"1000000\""), "{described}");
    // The cluster's num.partitions holds for a topic that names no count.
    let described = local.run(&["topic", "describe", "plain", "-o", "json"]).ok();
    assert_eq!(described.matches("\"partition\"").count(), 2, "{described}");
    local.run(&["topic", "alter", "orders", "-c", "max.message.bytes=5000"]).ok();
    local.run_with(&["produce", "orders"], b"kept\n").ok();
    assert!(local.stop().success());

    let second = topic("orders", "  partitions: 5\n  config: {segment.ms: \"600000\"}\n");
    let local = start(directory.path(), &second);
    let described = local.run(&["topic", "describe", "orders", "-o", "json"]).ok();
    assert_eq!(described.matches("\"partition\"").count(), 5, "{described}");
    // Exclusive, the default: what is not in the file goes back to its default.
    assert!(described.contains("segment.ms") && !described.contains("retention.ms"), "{described}");
    assert!(!described.contains("max.message.bytes"), "{described}");
    assert_eq!(local.run(&["consume", "orders", "--from-beginning", "--exit"]).ok(), "kept\n");
    assert!(local.run(&["topic", "list"]).ok().contains("plain"), "a topic that left the file stays");
    assert!(local.stop().success());
}

#[test]
fn additive_topics_keep_foreign_settings() {
    let directory = tempfile::tempdir().unwrap();
    let topics = topic("orders", "  configPolicy: Additive\n  config: {retention.ms: \"1000000\"}\n");
    let local = start(directory.path(), &topics);
    local.run(&["topic", "alter", "orders", "-c", "max.message.bytes=5000"]).ok();
    assert!(local.stop().success());
    let local = start(directory.path(), &topics);
    let described = local.run(&["topic", "describe", "orders"]).ok();
    assert!(
        described.contains("max.message.bytes=5000") && described.contains("retention.ms=1000000"),
        "{described}"
    );
}

#[test]
fn both_families_are_served() {
    let (_directory, local) = local();
    let port = local.bootstrap.rsplit(':').next().unwrap().to_owned();
    for host in ["127.0.0.1", "[::1]"] {
        TcpStream::connect(format!("{host}:{port}")).unwrap();
        let address = format!("{host}:{port}");
        assert!(local.run(&["cluster", "describe", "-b", &address]).ok().contains("127.0.0.1"));
    }
}

#[test]
fn auto_create_is_on_without_a_file() {
    let (_directory, local) = local();
    local.run_with(&["produce", "made-on-first-use"], b"hello\n").ok();
    assert_eq!(local.run(&["consume", "made-on-first-use", "--from-beginning", "-n", "1"]).ok(), "hello\n");
}

#[test]
fn ctrl_c_stops_cleanly() {
    let (directory, local) = local();
    local.run_with(&["produce", "test"], b"hello\n").ok();
    let log = directory.path().join("data.log");
    assert!(local.stop().success());
    let said = std::fs::read_to_string(log).unwrap();
    assert!(said.contains("Stopped. Everything is in"), "{said}");
    assert!(!said.contains("ERROR"), "{said}");
}

#[test]
fn a_second_process_on_the_directory_is_refused() {
    let (directory, _local) = local();
    let data = directory.path().join("data");
    let said = run(&["local", "--port", "0", "--data", data.to_str().unwrap()]).fails(1);
    assert!(said.contains("is in use by another process"), "{said}");
    assert!(said.contains(data.to_str().unwrap()), "{said}");
}

#[test]
fn a_port_in_use_is_named() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let directory = tempfile::tempdir().unwrap();
    let said = run(&["local", "--port", &port, "--data", directory.path().to_str().unwrap()]).fails(1);
    assert!(said.contains(&format!("port {port}")) && said.contains("in use"), "{said}");
    let data = directory.path().join("data");
    run(&["local", "--port", &port, "--data", data.to_str().unwrap()]).fails(1);
    assert!(!data.exists(), "nothing is left behind");
}

#[test]
fn a_file_in_the_way_of_the_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    std::fs::write(&data, "not a directory").unwrap();
    let said = run(&["local", "--port", "0", "--data", data.to_str().unwrap()]).fails(1);
    assert!(said.contains(data.to_str().unwrap()), "{said}");
    assert_eq!(said.matches("os error").count(), 1, "the cause is said once: {said}");
}

#[test]
fn mistakes_in_a_file_are_named_before_anything_starts() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    for (topics, wanted) in [
        (
            topic("a", "  partitons: 3\n"),
            "demo.yaml:11:3: spec.partitons: there is no such field; did you mean partitions?",
        ),
        (
            topic("a", "  config: {retention.ms: 5}\n"),
            "demo.yaml:11:12: spec.config.retention.ms: must be text; write it in quotes: \"5\"",
        ),
        (
            topic("a", "  replicationFactor: 3\n"),
            "demo.yaml:11:3: spec.replicationFactor: is 3, but one broker holds one copy",
        ),
        ("---\nkind: Topic\n".to_owned(), "apiVersion: is missing"),
    ] {
        let path = file(directory.path(), &topics);
        let arguments =
            ["local", "--port", "0", "--data", data.to_str().unwrap(), "-f", path.to_str().unwrap()];
        let said = run(&arguments).fails(2);
        assert!(said.contains(wanted), "{said}");
        assert!(!data.exists(), "nothing is made for a file with mistakes");
    }
    let three = "apiVersion: weir.dev/v1alpha1\nkind: Cluster\nmetadata: {name: demo}\nspec:\n  replicas: 3\n  storage: {size: 1Gi}\n";
    let path = directory.path().join("three.yaml");
    std::fs::write(&path, three).unwrap();
    let said = run(&["local", "-f", path.to_str().unwrap()]).fails(2);
    assert!(
        said.contains("three.yaml:5:3: spec.replicas: is 3, but this version of weir local runs one broker"),
        "{said}"
    );
}

#[test]
fn what_the_broker_refuses_is_named_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    // What is there already stands in the way; the file alone is fine.
    let local = Local::start(&data);
    for there in ["a_x", "c_x"] {
        local.run(&["topic", "create", there]).ok();
    }
    assert!(local.stop().success());
    let path = file(directory.path(), &(topic("a.x", "") + &topic("b", "") + &topic("c.x", "")));
    let arguments = ["local", "--port", "0", "--data", data.to_str().unwrap(), "-f", path.to_str().unwrap()];
    let said = run(&arguments).fails(2);
    for place in [
        "demo.yaml:9:1: spec: topic 'a.x' is not created",
        "demo.yaml:21:1: spec: topic 'c.x' is not created",
    ] {
        assert!(said.contains(place), "{said}");
    }
    // What the broker took is there, and the next start goes on with it.
    let local = start(directory.path(), "");
    assert!(local.run(&["topic", "list"]).ok().contains('b'));
}

#[test]
fn wrong_settings_are_named_before_anything_starts() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let path = directory.path().join("demo.yaml");
    let text = "apiVersion: weir.dev/v1alpha1\nkind: Cluster\nmetadata: {name: demo}\nspec:\n  replicas: 1\n  \
                storage: {size: 1Gi}\n  config:\n    num.partition: \"3\"\n";
    std::fs::write(&path, text.to_owned() + &topic("a", "  config:\n    retention.ms: soon\n")).unwrap();
    let arguments = ["local", "--port", "0", "--data", data.to_str().unwrap(), "-f", path.to_str().unwrap()];
    let said = run(&arguments).fails(2);
    assert!(said.contains("demo.yaml:8:5: spec.config.num.partition: there is no broker config"), "{said}");
    assert!(said.contains("did you mean 'num.partitions'?"), "{said}");
    assert!(said.contains("demo.yaml:16:5: spec.config.retention.ms: can't be 'soon'"), "{said}");
    assert!(!data.exists(), "nothing is made for a file with mistakes");
}

#[test]
fn a_file_may_come_from_standard_input_and_has_a_bound() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path(), &topic("piped", ""));
    let data = directory.path().join("data");
    let mut local = crate::harness::Process::start(
        weir()
            .args(["local", "--port", "0", "--data", data.to_str().unwrap(), "-f", "-"])
            .stdin(std::fs::File::open(&path).unwrap())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null()),
    );
    let said = crate::harness::Lines::of(local.out());
    said.next();
    said.next();
    assert_eq!(said.next(), "Topics: piped");
    local.kill();
    for command in [&["local", "-f"][..], &["broker", "--config"]] {
        let said = run(&[command, &["/dev/zero"]].concat()).fails(2);
        assert!(said.contains("it has more than"), "{said}");
    }
}

#[test]
fn options_of_the_tools_are_no_options_of_a_broker() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    for option in [["-b", "0.0.0.0:9093"], ["--timeout", "3s"], ["-o", "json"], ["-X", "a=b"]] {
        let mut arguments = vec!["local", "--port", "0", "--data", data.to_str().unwrap()];
        arguments.extend(option);
        let said = run(&arguments).fails(2);
        assert!(said.contains("weir local has no use for"), "{said}");
    }
    assert!(!data.exists());
}

#[test]
fn a_relative_home_is_no_place_for_data() {
    let directory = tempfile::tempdir().unwrap();
    for home in ["", "here"] {
        let mut command = weir();
        command.args(["local", "--port", "0"]).env("HOME", home).current_dir(directory.path());
        let outcome: crate::harness::Outcome = command.output().unwrap().into();
        assert!(outcome.fails(2).contains("--data DIR"));
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn fewer_partitions_are_refused_with_the_line() {
    let directory = tempfile::tempdir().unwrap();
    assert!(start(directory.path(), &topic("a", "  partitions: 3\n")).stop().success());
    let path = file(directory.path(), &topic("a", "  partitions: 2\n"));
    let data = directory.path().join("data");
    let arguments = ["local", "--port", "0", "--data", data.to_str().unwrap(), "-f", path.to_str().unwrap()];
    let said = run(&arguments).fails(2);
    assert!(
        said.contains("demo.yaml:11:3: spec.partitions: is 2, but the topic 'a' has 3 partitions"),
        "{said}"
    );
}

#[test]
fn data_goes_to_the_home_directory_by_the_clusters_name() {
    let home = tempfile::tempdir().unwrap();
    let path = file(home.path(), "");
    let mut child = weir()
        .args(["local", "--port", "0", "-f", path.to_str().unwrap()])
        .env("HOME", home.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let lines = crate::harness::Lines::of(child.stdout.take().unwrap());
    lines.next();
    let wanted = format!("Data is in {}", home.path().join(".local/share/weir/demo").display());
    assert_eq!(lines.next(), wanted);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_directory_that_can_not_be_made_is_told_with_a_fix() {
    let said = run(&["local", "--port", "0", "--data", "/proc/weir"]).fails(1);
    assert!(said.contains("/proc/weir can't be used") && said.contains("--data"), "{said}");
}
