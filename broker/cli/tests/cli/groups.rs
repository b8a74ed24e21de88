//! `weir group` against a broker.

use std::process::Command;

use rustix::process::Signal;

use crate::harness::{Lines, Local, local};

#[test]
fn a_group_reads_once_and_can_be_reset() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "2"]).ok();
    let lines: String = (0..100).map(|number| format!("k{number}:{number}\n")).collect();
    local.run_with(&["produce", "test", "-k", ":"], lines.as_bytes()).ok();
    let read = |extra: &[&str]| {
        let mut arguments = vec!["consume", "test", "-g", "billing", "--from-beginning"];
        arguments.extend(extra);
        local.run(&arguments).ok().lines().count()
    };
    assert_eq!(read(&["-n", "30"]), 30);
    let described = local.run(&["group", "describe", "billing", "-o", "json"]).ok();
    assert!(
        described.contains("\"total_lag\": ") && described.contains("\"state\": \"Empty\""),
        "{described}"
    );
    assert_eq!(read(&["-n", "70"]), 70, "the second reader goes on where the first ended");
    let described = local.run(&["group", "describe", "billing"]).ok();
    assert!(described.contains("Lag: 0\n"), "{described}");
    assert!(local.run(&["group", "list"]).ok().contains("billing  classic  Empty  consumer"));

    local.run(&["group", "reset-offsets", "billing", "--to", "earliest", "--dry-run"]).ok();
    assert!(local.run(&["group", "describe", "billing"]).ok().contains("Lag: 0\n"));
    local.run(&["group", "reset-offsets", "billing", "--to", "-5"]).ok();
    assert!(local.run(&["group", "describe", "billing"]).ok().contains("Lag: 10\n"));
    local.run(&["group", "reset-offsets", "billing", "--shift-by", "2", "--topic", "test"]).ok();
    assert!(local.run(&["group", "describe", "billing"]).ok().contains("Lag: 6\n"));
    local.run(&["group", "reset-offsets", "billing", "--to", "@2020-01-01"]).ok();
    assert_eq!(read(&["-n", "100"]), 100);

    local.run(&["group", "delete", "billing"]).ok();
    for arguments in [&["group", "describe", "billing"][..], &["group", "delete", "billing"]] {
        let said = local.run(arguments).fails(4);
        assert!(said.contains("there is no group 'billing'"), "{said}");
    }
}

#[test]
fn what_nobody_saw_does_not_count_as_read() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    local.run_with(&["produce", "test"], b"a\nb\nc\n").ok();
    let mut reader = local.spawn(&["consume", "test", "-g", "readers", "--from-beginning"]);
    drop(reader.out());
    assert!(reader.wait().success(), "a reader that goes away is no failure");
    assert_eq!(
        local.run(&["consume", "test", "-g", "readers", "--from-beginning", "--exit"]).ok(),
        "a\nb\nc\n",
        "the lines that nobody took are read again"
    );
    assert!(local.run(&["group", "describe", "readers"]).ok().contains("Lag: 0\n"));
}

#[test]
fn a_partition_that_is_not_there_resets_nothing() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    local.run_with(&["produce", "test"], b"a\n").ok();
    local.run(&["consume", "test", "-g", "readers", "--from-beginning", "--exit"]).ok();
    let said =
        local.run(&["group", "reset-offsets", "readers", "-p", "0", "-p", "99", "--to", "earliest"]).fails(4);
    assert!(said.contains("topic 'test' has no partition 99"), "{said}");
    assert!(local.run(&["group", "describe", "readers"]).ok().contains("Lag: 0\n"));
}

#[test]
fn a_group_without_offsets_or_name_is_told_as_it_is() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    // It joins and leaves, and has nothing to commit.
    local.run(&["consume", "test", "--group", "readers", "--exit"]).ok();
    assert!(local.run(&["group", "list"]).ok().contains("readers"));
    let said = local.run(&["group", "reset-offsets", "readers", "--to", "5", "--dry-run"]).fails(1);
    assert!(said.contains("the group 'readers' has no committed offsets\n"), "{said}");
    assert!(said.contains("--topic"), "{said}");
    let said = local.run(&["group", "reset-offsets", "nobody", "--to", "5"]).fails(4);
    assert!(said.contains("there is no group 'nobody'") && said.contains("--topic"), "{said}");
    for arguments in [
        &["group", "reset-offsets", "", "--topic", "test", "--to", "earliest"][..],
        &["group", "describe", ""],
    ] {
        let said = local.run(arguments).fails(2);
        assert!(said.contains("name of"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_group_with_members_is_shown_and_left_alone() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    for protocol in ["classic", "consumer"] {
        let group = format!("readers-{protocol}");
        let setting = format!("group.protocol={protocol}");
        local.run_with(&["produce", "test"], b"hello\n").ok();
        let mut reader = local.spawn(&["consume", "test", "-g", &group, "--from-beginning", "-X", &setting]);
        let seen = Lines::of(reader.out());
        assert_eq!(seen.next(), "hello");
        let described = local.run(&["group", "describe", &group, "-o", "json"]).ok();
        assert!(described.contains("\"state\": \"Stable\""), "{described}");
        assert!(described.contains(&format!("\"type\": \"{protocol}\"")), "{described}");
        assert!(described.contains("\"member\": \"") && described.contains("\"host\": \""), "{described}");
        let said = local.run(&["group", "delete", &group]).fails(1);
        assert!(said.contains("NON_EMPTY_GROUP"), "{said}");
        local.run(&["group", "reset-offsets", &group, "--topic", "test", "--to", "earliest"]).fails(1);
        reader.signal(Signal::INT);
        assert!(reader.wait().success());
    }
    assert_eq!(local.run(&["group", "list", "-o", "json"]).ok().matches("\"group\"").count(), 2);
}

#[test]
fn a_group_without_a_coordinator_is_told_why() {
    let directory = tempfile::tempdir().unwrap();
    // So few files that the topic of the coordinators can't be made besides another one.
    let local = Local::start_by(
        Command::new("sh").args(["-c", "ulimit -n 100 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_weir")]),
        &directory.path().join("data"),
        &["--port", "0"],
    );
    local.run(&["topic", "create", "test", "-p", "20"]).ok();
    local.run_with(&["produce", "test"], b"a\n").ok();
    for arguments in [
        &["consume", "test", "--group", "readers", "--from-beginning", "-n", "1"][..],
        &["group", "describe", "readers"],
    ] {
        let mut all = vec!["--timeout", "1s"];
        all.extend(arguments);
        let said = local.run(&all).fails(1);
        assert!(said.contains("group 'readers' has no coordinator: topic '__consumer_offsets'"), "{said}");
        assert!(said.contains("open files and memory allow"), "{said}");
    }
}
