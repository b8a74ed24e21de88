//! The first minutes of a new user: a topic, a producer, a consumer that sees each line at once, a crash.

use std::io::Write;
use std::time::Instant;

use rustix::process::Signal;

use crate::harness::{Lines, Local, local};

#[test]
fn lines_are_seen_at_once() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "--replication-factor", "1", "--partitions", "1"]).ok();
    assert!(local.run(&["topic", "list"]).ok().contains("test"));

    let mut producer = local.spawn(&["produce", "test"]);
    let mut consumer = local.spawn(&["consume", "test", "--from-beginning"]);
    let (mut typed, seen) = (producer.stdin(), Lines::of(consumer.out()));
    for (number, line) in ["This is a message", "This is another message", "ünïcödé"].into_iter().enumerate()
    {
        let start = Instant::now();
        writeln!(typed, "{line}").unwrap();
        typed.flush().unwrap();
        assert_eq!(seen.next(), line);
        // The first line waits for both clients to start; the others wait for nothing but a flush.
        let seconds_max = if number == 0 { 20 } else { 5 };
        assert!(start.elapsed().as_secs() < seconds_max, "{line} took {:?}", start.elapsed());
    }
    drop(typed);
    assert!(producer.wait().success());
    consumer.signal(Signal::INT);
    assert!(consumer.wait().success());
    assert_eq!(seen.rest(), Vec::<String>::new());
}

#[test]
fn kill_and_restart_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut written = Vec::new();
    for round in 0..3 {
        let local = Local::start(&data);
        if round == 0 {
            local.run(&["topic", "create", "test", "-p", "1", "-c", "retention.ms=86400000"]).ok();
        }
        assert_eq!(read(&local), written, "round {round}");
        let lines: Vec<String> = (0..500).map(|number| format!("{round}-{number}")).collect();
        local.run_with(&["produce", "test"], (lines.join("\n") + "\n").as_bytes()).ok();
        written.extend(lines);
        local.run(&["consume", "test", "-g", "readers", "--from-beginning", "-n", "100"]).ok();
        local.kill();
    }
    let local = Local::start(&data);
    assert_eq!(read(&local), written);
    let described = local.run(&["topic", "describe", "test"]).ok();
    assert!(described.contains("retention.ms=86400000"), "{described}");
    let group = local.run(&["group", "describe", "readers", "-o", "json"]).ok();
    assert!(group.contains("\"committed\": 300") && group.contains("\"total_lag\": 1200"), "{group}");
}

fn read(local: &Local) -> Vec<String> {
    let out = local.run(&["consume", "test", "--from-beginning", "--exit"]).ok();
    out.lines().map(str::to_owned).collect()
}

#[test]
fn the_greeting_names_commands_that_work() {
    let (_directory, local) = local();
    let commands: Vec<String> =
        local.greeting().lines().filter_map(|line| line.strip_prefix("  ").map(str::to_owned)).collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    for command in &commands {
        let plain = command.strip_prefix("echo hello | ").unwrap_or(command).strip_prefix("weir ").unwrap();
        let mut words: Vec<&str> = plain.split(' ').collect();
        if words[0] == "consume" {
            words.extend(["-n", "1"]);
            assert_eq!(local.run(&words).ok(), "hello\n");
        } else {
            local.run_with(&words, b"hello\n").ok();
        }
    }
}
