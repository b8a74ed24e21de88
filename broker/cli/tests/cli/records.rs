//! `weir produce` and `weir consume` against a broker.

use std::io::Write;

use rustix::process::Signal;

use crate::harness::{Lines, Local, local};

#[test]
fn keys_headers_and_codecs_arrive() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let lines: String = (0..200).map(|number| format!("k{number}:{codec} value {number}\n")).collect();
        local
            .run_with(
                &["produce", "test", "-k", ":", "-z", codec, "-H", "a=1", "-H", "a=2"],
                lines.as_bytes(),
            )
            .ok();
    }
    let read = local.run(&["consume", "test", "--from-beginning", "--exit", "-f", "%o %k %v [%h]\\n"]).ok();
    let lines: Vec<&str> = read.lines().collect();
    assert_eq!(lines.len(), 1000);
    assert_eq!(lines[0], "0 k0 none value 0 [a=1,a=2]");
    assert_eq!(lines[999], "999 k199 zstd value 199 [a=1,a=2]");
}

#[test]
fn places_to_start_from() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "2"]).ok();
    let lines: String = (0..100).map(|number| format!("{number}\n")).collect();
    local.run_with(&["produce", "test", "-p", "1"], lines.as_bytes()).ok();
    let read = |arguments: &[&str]| {
        let mut all = vec!["consume", "test", "--exit"];
        all.extend(arguments);
        local.run(&all).ok().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(read(&["--offset", "-3"]), ["97", "98", "99"]);
    assert_eq!(read(&["--offset", "98", "-p", "1"]), ["98", "99"]);
    assert_eq!(read(&["--offset", "earliest", "-n", "2"]), ["0", "1"]);
    assert_eq!(read(&["--offset", "latest"]).len(), 0);
    assert_eq!(read(&["--offset", "@2020-01-01", "-p", "1"]).len(), 100);
    assert_eq!(read(&["--offset", "@2999-01-01", "-p", "1"]).len(), 0);
    assert_eq!(read(&["--from-beginning", "-p", "0"]).len(), 0);
    let said = local.run(&["consume", "test", "--offset", "5000", "-p", "1"]).fails(4);
    assert!(
        said.contains("topic 'test': partition 1 holds the offsets 0 to 99, so it can't be read at 5000"),
        "{said}"
    );
    local.run(&["consume", "test", "-p", "9"]).fails(4);
    local.run_with(&["produce", "test", "-p", "9"], b"x\n").fails(4);
}

#[test]
fn a_damaged_batch_is_named_with_the_way_round_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let local = Local::start(&data);
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    for batch in [&b"a\nb\n"[..], b"doomed\n", b"d\n"] {
        local.run_with(&["produce", "test"], batch).ok();
    }
    assert!(local.stop().success());
    let segment = data.join("logs/test-0/00000000000000000000.log");
    let mut bytes = std::fs::read(&segment).unwrap();
    let place = bytes.windows(6).position(|window| window == b"doomed").unwrap();
    bytes[place] ^= 0xff;
    std::fs::write(&segment, bytes).unwrap();

    let local = Local::start(&data);
    let read = local.run(&["consume", "test", "--from-beginning", "--exit"]);
    assert_eq!(read.out, "a\nb\n");
    let said = read.fails(1);
    assert!(said.contains("topic 'test': partition 0 can't be read at offset 2"), "{said}");
    assert!(said.contains("weir consume test -p 0 --offset 3"), "{said}");
    assert_eq!(local.run(&["consume", "test", "-p", "0", "--offset", "3", "--exit"]).ok(), "d\n");

    let read = ["consume", "test", "--group", "readers", "--from-beginning", "--exit"];
    let said = local.run(&read).fails(1);
    assert!(said.contains("weir group reset-offsets readers --topic test -p 0 --to 3"), "{said}");
    local.run(&["group", "reset-offsets", "readers", "--topic", "test", "-p", "0", "--to", "3"]).ok();
    assert_eq!(local.run(&read).ok(), "d\n");
}

#[test]
fn an_end_without_a_leader_is_told_before_it_is_given_up() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let local = Local::start(&data);
    local.run(&["topic", "create", "test", "-p", "2"]).ok();
    assert!(local.stop().success());
    // Something else in the place of a partition's directory takes the partition away.
    let partition = data.join("logs/test-1");
    std::fs::remove_dir_all(&partition).unwrap();
    std::fs::write(&partition, "").unwrap();

    let local = Local::start(&data);
    let said = local.run(&["consume", "test", "--exit", "--timeout", "1s"]).fails(1);
    assert!(said.contains("partition 1 has no leader; waiting 1 s for one"), "{said}");
    assert!(said.contains("so its end is out of reach"), "{said}");
}

#[test]
fn files_become_records() {
    let (directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    let (one, two) = (directory.path().join("one.txt"), directory.path().join("two.bin"));
    std::fs::write(&one, "a\nb\n").unwrap();
    std::fs::write(&two, [0, 255, 10, 7]).unwrap();
    local.run(&["produce", "test", one.to_str().unwrap()]).ok();
    local.run(&["produce", "test", "--whole-files", two.to_str().unwrap()]).ok();
    let read = local.run(&["consume", "test", "--from-beginning", "--exit", "-o", "json"]).ok();
    let lines: Vec<serde_json::Value> =
        read.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["value"], "b");
    assert_eq!(lines[2]["key"], "two.bin");
    assert_eq!(lines[2]["value"]["base64"], "AP8KBw==");
    let said = local.run(&["produce", "test", one.to_str().unwrap(), "nowhere.txt"]).fails(2);
    assert!(said.contains("2 records written to test"), "what was read before is written, and said: {said}");
    for file in ["nowhere.txt", "/"] {
        for whole in [&[][..], &["--whole-files"]] {
            let said = local.run(&[&["produce", "test", file], whole].concat()).fails(2);
            assert!(said.contains(&format!("can't read {file}")), "{said}");
        }
    }
}

#[test]
fn acks_idempotence_and_tombstones() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1", "-c", "cleanup.policy=compact"]).ok();
    for acks in ["all", "1", "0"] {
        local.run_with(&["produce", "test", "-k", ":", "--acks", acks], b"k:v\n").ok();
    }
    local.run_with(&["produce", "test", "-k", ":", "--idempotent", "--null-value", "GONE"], b"k:GONE\n").ok();
    let read = local.run(&["consume", "test", "--from-beginning", "-n", "4", "-f", "%k %V\\n"]).ok();
    assert_eq!(read, "k 1\nk 1\nk 1\nk -1\n");
    local.run_with(&["produce", "test"], b"no key\n").fails(1);
}

#[test]
fn a_record_that_is_too_large_is_said() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1", "-c", "max.message.bytes=1000"]).ok();
    let said = local.run_with(&["produce", "test"], &[b'x'; 5000]).fails(1);
    assert!(said.contains("larger than the broker takes"), "{said}");
    assert_eq!(local.run(&["consume", "test", "--from-beginning", "--exit"]).ok(), "");
}

#[test]
fn ctrl_c_ends_a_producer_that_waits_for_a_line() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    let mut producer = local.spawn(&["produce", "test"]);
    let mut typed = producer.stdin();
    let mut consumer = local.spawn(&["consume", "test", "--from-beginning"]);
    let seen = Lines::of(consumer.out());
    typed.write_all(b"whole\nhalf a li").unwrap();
    assert_eq!(seen.next(), "whole");
    producer.signal(Signal::INT);
    assert!(producer.wait().success());
    // What was not ended by a delimiter is no record.
    assert_eq!(local.run(&["consume", "test", "--from-beginning", "--exit"]).ok(), "whole\n");
}

#[test]
fn a_topic_that_nobody_makes_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("demo.yaml");
    let text = "apiVersion: weir.dev/v1alpha1\nkind: Cluster\nmetadata: {name: demo}\n\
                spec: {replicas: 1, storage: {size: 1Gi}, config: {auto.create.topics.enable: \"false\"}}\n";
    std::fs::write(&file, text).unwrap();
    let local =
        Local::start_with(&directory.path().join("data"), &["--port", "0", "-f", file.to_str().unwrap()]);
    let said = local.run_with(&["produce", "nowhere"], b"x\n").fails(4);
    assert!(said.contains("there is no topic 'nowhere'"), "{said}");
    let said = local.run_with(&["produce", "a b"], b"x\n").fails(1);
    assert!(said.contains("a topic's name has 1 to 249"), "{said}");
}

#[test]
fn partitions_that_are_added_are_read() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "test", "-p", "1"]).ok();
    local.run_with(&["produce", "test"], b"first\n").ok();
    let mut consumer = local.spawn(&["consume", "test", "--from-beginning", "-f", "%p %v\\n"]);
    let seen = Lines::of(consumer.out());
    assert_eq!(seen.next(), "0 first");
    local.run(&["topic", "alter", "test", "-p", "3"]).ok();
    local.run_with(&["produce", "test", "-p", "2"], b"second\n").ok();
    assert_eq!(seen.next(), "2 second");
    local.run_with(&["produce", "test", "-p", "0"], b"third\n").ok();
    assert_eq!(seen.next(), "0 third");
    consumer.signal(Signal::INT);
    assert!(consumer.wait().success());
}

#[test]
fn several_topics_are_read_to_their_ends() {
    let (_directory, local) = local();
    for (topic, text) in [("one", "1\n"), ("two", "2\n"), ("three", "3\n")] {
        local.run(&["topic", "create", topic, "-p", "2"]).ok();
        local.run_with(&["produce", topic, "-p", "1"], text.as_bytes()).ok();
    }
    let topics = ["consume", "one", "two", "three", "--exit"];
    for more in [&["--from-beginning"][..], &["--from-beginning", "-g", "readers"]] {
        assert_eq!(local.run(&[&topics[..], more].concat()).ok(), "1\n2\n3\n", "{more:?}");
    }
    assert_eq!(local.run(&[&topics[..], &["--from-beginning", "-n", "2"]].concat()).ok(), "1\n2\n");
}

/// A broker with a topic `broken` whose only partition can't be opened, and so has no leader.
fn with_offline_partition() -> (tempfile::TempDir, Local) {
    let (directory, local) = local();
    local.run(&["topic", "create", "broken", "-p", "1"]).ok();
    local.run_with(&["produce", "broken"], b"a\n").ok();
    assert!(local.stop().success());
    let log = directory.path().join("data/logs/broken-0/00000000000000000000.log");
    std::fs::remove_file(&log).unwrap();
    std::fs::create_dir(&log).unwrap();
    let local = Local::start(&directory.path().join("data"));
    (directory, local)
}

#[test]
fn a_broker_that_answers_and_can_not_write_is_not_called_absent() {
    let (_directory, local) = with_offline_partition();
    let said = local.run_with(&["--timeout", "1s", "produce", "broken"], b"a\n").fails(1);
    assert!(said.contains("topic 'broken': not done within 1000 ms, though 127.0.0.1"), "{said}");
    assert!(said.contains("weir topic describe broken"), "{said}");
    let said =
        local.run(&["--timeout", "1s", "bench", "produce", "-t", "broken", "--records", "10"]).fails(1);
    assert!(said.contains("though 127.0.0.1"), "{said}");
}

#[test]
fn reading_to_the_end_ends_where_a_partition_is_offline() {
    let (_directory, local) = with_offline_partition();
    let arguments = ["--timeout", "1s", "consume", "broken", "--from-beginning", "--exit"];
    let said = local.run(&arguments).fails(1);
    assert!(said.contains("topic 'broken': partition 0 has no leader"), "{said}");
}

#[test]
fn reading_to_the_end_ends_where_other_members_hold_every_partition() {
    let (_directory, local) = local();
    local.run(&["topic", "create", "shared", "-p", "1"]).ok();
    // Members are ordered by their ids, which begin with what the client calls itself.
    let mut first =
        local.spawn(&["-X", "client.id=a", "consume", "shared", "--group", "g", "--from-beginning"]);
    let lines = Lines::of(first.out());
    local.run_with(&["produce", "shared"], b"a\n").ok();
    assert_eq!(lines.next(), "a");
    let second = local.run(&["-X", "client.id=b", "consume", "shared", "--group", "g", "--exit"]);
    assert_eq!(second.code, Some(0), "{second:?}");
    assert!(second.out.is_empty() && second.err.contains("other members"), "{second:?}");
}

#[test]
fn a_member_that_reads_to_the_end_goes_on_after_a_rebalance() {
    const RECORDS: usize = 3000;
    let (_directory, local) = local();
    local.run(&["topic", "create", "shared", "-p", "2"]).ok();
    for partition in ["0", "1"] {
        let lines: String = (0..RECORDS).map(|number| format!("{partition}-{number:01000}\n")).collect();
        local.run_with(&["produce", "shared", "-p", partition], lines.as_bytes()).ok();
    }
    // Members are ordered by their ids, and the first keeps the first partition.
    let member = |id: &str| {
        let id = format!("client.id={id}");
        local.spawn(&["-X", &id, "consume", "shared", "--group", "g", "--from-beginning", "--exit"])
    };
    let mut first = member("a");
    let mut first_out = std::io::BufReader::new(first.out());
    let mut seen = std::collections::BTreeSet::new();
    let mut take = || {
        let mut line = String::new();
        let more = std::io::BufRead::read_line(&mut first_out, &mut line).unwrap() > 0;
        seen.insert(line.trim_end().to_owned());
        more
    };
    assert!(take());
    let mut second = member("b");
    let second_out = Lines::of(second.out());
    // The first is held up by its pipe until the second has its share.
    let shares = std::thread::spawn(move || second_out.next());
    while !shares.is_finished() {
        assert!(take(), "it ended before the other member had its share");
        std::thread::sleep(std::time::Duration::from_micros(500));
    }
    shares.join().unwrap();
    while take() {}
    assert!(first.wait().success());
    let kept = seen.iter().filter(|line| line.starts_with("0-")).count();
    assert_eq!(kept, RECORDS, "all of the partition that it kept");
}
