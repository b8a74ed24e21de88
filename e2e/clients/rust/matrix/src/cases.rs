//! Cases about records and topics, and the table of all cases.

use std::time::Instant;

use crate::groups;
use crate::{Join, Library, Outcome, Problem, Record, check, equal, refusal, until};

const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

fn fill() -> String {
    "0123456789".repeat(18)
}

fn value(i: usize) -> String {
    format!("value-{i:05}-{}", fill())
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    Some(text.as_bytes().to_vec())
}

fn text(data: &Option<Vec<u8>>) -> Option<String> {
    data.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// Runs one case by name.
pub fn run(library: &dyn Library, case: &str, topic: &str) -> Outcome<()> {
    match case {
        "interop" => interop(library),
        "headers" => headers(library, topic),
        "keys" => keys(library, topic),
        "big-record" => big_record(library, topic),
        "idempotent" => idempotent(library, topic),
        "offsets-by-time" => offsets_by_time(library, topic),
        "delete-records" => delete_records(library, topic),
        "admin-topics" => admin_topics(library, topic),
        "admin-configs" => admin_configs(library, topic),
        "group-restart" => groups::restart(library, topic),
        "group-two" => groups::share(library, topic, Join::default()),
        "kip848" => groups::share(
            library,
            topic,
            Join {
                kip848: true,
                ..Join::default()
            },
        ),
        "static-members" => groups::static_members(library, topic),
        "cooperative" => groups::cooperative(library, topic),
        "admin-groups" => groups::admin(library, topic),
        "transactional-id-fatal" => transactional(library, topic),
        other => match other.strip_prefix("codec-") {
            Some(codec) => self::codec(library, topic, codec),
            None => Err(Problem::Unsupported),
        },
    }
}

fn numbered(count: usize) -> Vec<Record> {
    let record = |i| Record {
        partition: Some(0),
        key: bytes(&format!("key-{i}")),
        value: bytes(&value(i)),
        ..Record::default()
    };
    (0..count).map(record).collect()
}

/// Records whose partition the client chooses.
pub fn sample(count: usize, text: &str) -> Vec<Record> {
    let record = |i| Record {
        key: bytes(&format!("key-{i}")),
        value: bytes(&format!("{text}-{i}")),
        ..Record::default()
    };
    (0..count).map(record).collect()
}

fn verify(records: &[Record]) -> Outcome<()> {
    for (i, record) in records.iter().enumerate() {
        equal(i as i64, record.offset, "offset")?;
        equal(Some(format!("key-{i}")), text(&record.key), "key")?;
        equal(Some(value(i)), text(&record.value), "value")?;
    }
    Ok(())
}

fn codec(library: &dyn Library, topic: &str, codec: &str) -> Outcome<()> {
    library.create(topic, 1, 1, &[])?;
    library.produce(topic, &numbered(200), codec, false)?;
    verify(&library.read(topic, 0, 0, 200)?)
}

fn interop(library: &dyn Library) -> Outcome<()> {
    for (i, record) in library.read("interop", 0, 0, 100)?.iter().enumerate() {
        let codec = CODECS[i / 20];
        equal(
            Some(format!("interop-{codec}-{}-{}", i % 20, fill())),
            text(&record.value),
            "value",
        )?;
        equal(vec![("codec".to_owned(), bytes(codec))], record.headers.clone(), "headers")?;
    }
    Ok(())
}

fn headers(library: &dyn Library, topic: &str) -> Outcome<()> {
    library.create(topic, 1, 1, &[])?;
    let mut sent = vec![("a".to_owned(), bytes("1")), ("c".to_owned(), bytes(""))];
    if library.full_headers() {
        sent.insert(1, ("b".to_owned(), None));
        sent.insert(2, ("a".to_owned(), bytes("2")));
    }
    let record = Record {
        partition: Some(0),
        key: bytes("k"),
        value: bytes("v"),
        headers: sent.clone(),
        ..Record::default()
    };
    library.produce(topic, &[record], "none", false)?;
    equal(sent, library.read(topic, 0, 0, 1)?[0].headers.clone(), "headers")
}

fn keys(library: &dyn Library, topic: &str) -> Outcome<()> {
    library.create(topic, 4, 1, &[])?;
    let pairs = [
        (None, bytes("no key")),
        (bytes(""), bytes("empty key")),
        (bytes("schlüssel-鍵"), bytes("unicode")),
        (bytes("k"), None),
    ];
    let record = |(key, value)| Record {
        partition: Some(0),
        key,
        value,
        ..Record::default()
    };
    let sent: Vec<Record> = pairs.into_iter().map(record).collect();
    equal(
        vec![(0, 0), (0, 1), (0, 2), (0, 3)],
        library.produce(topic, &sent, "none", false)?,
        "acknowledged places",
    )?;
    for (sent, found) in sent.iter().zip(library.read(topic, 0, 0, 4)?) {
        equal(
            (text(&sent.key), text(&sent.value)),
            (text(&found.key), text(&found.value)),
            "record",
        )?;
    }
    Ok(())
}

fn big_record(library: &dyn Library, topic: &str) -> Outcome<()> {
    library.create(topic, 1, 1, &[])?;
    let data: Vec<u8> = (0..900_000_u32).map(|i| (i.wrapping_mul(7919) >> 5) as u8).collect();
    let record = |value| Record {
        partition: Some(0),
        value: Some(value),
        ..Record::default()
    };
    library.produce(topic, &[record(data.clone())], "none", false)?;
    check(library.read(topic, 0, 0, 1)?[0].value.as_ref() == Some(&data), || {
        "the big record changed".to_owned()
    })?;
    let found = refusal(library.produce(topic, &[record(vec![0; 2_000_000])], "none", false))?;
    equal(10, found, "too large a record")
}

fn idempotent(library: &dyn Library, topic: &str) -> Outcome<()> {
    library.create(topic, 1, 1, &[])?;
    library.produce(topic, &numbered(500), "none", true)?;
    verify(&library.read(topic, 0, 0, 500)?)?;
    equal((0, 500), library.bounds(topic, 0)?, "beginning and end")
}

fn offsets_by_time(library: &dyn Library, topic: &str) -> Outcome<()> {
    library.create(topic, 1, 1, &[])?;
    let base = 1_700_000_000_000;
    let record = |i: i64| Record {
        partition: Some(0),
        value: bytes("v"),
        millis: base + i * 1000,
        ..Record::default()
    };
    library.produce(topic, &(0..10).map(record).collect::<Vec<_>>(), "none", false)?;
    equal((0, 10), library.bounds(topic, 0)?, "beginning and end")?;
    equal(base + 3000, library.read(topic, 0, 0, 10)?[3].millis, "timestamp")?;
    equal(Some(5), library.offset_for_time(topic, 0, base + 4500)?, "offset for a time")?;
    equal(
        None,
        library.offset_for_time(topic, 0, base + 100_000)?,
        "offset for a time beyond the end",
    )
}

fn delete_records(library: &dyn Library, topic: &str) -> Outcome<()> {
    library.create(topic, 1, 1, &[])?;
    library.produce(topic, &numbered(10), "none", false)?;
    library.delete_before(topic, 0, 5)?;
    equal((5, 10), library.bounds(topic, 0)?, "beginning and end")?;
    equal(
        Some("key-5".to_owned()),
        text(&library.read(topic, 0, 5, 5)?[0].key),
        "first record left",
    )
}

fn admin_topics(library: &dyn Library, topic: &str) -> Outcome<()> {
    library.create(topic, 3, 1, &[])?;
    until("the new topic is listed", || {
        Ok(library.topics()?.iter().any(|name| name == topic))
    })?;
    until("three partitions", || Ok(library.partitions(topic)? == 3))?;
    equal(36, refusal(library.create(topic, 1, 1, &[]))?, "a topic that exists")?;
    equal(17, refusal(library.create("a b", 1, 1, &[]))?, "an illegal name")?;
    equal(38, refusal(library.create("many", 1, 9, &[]))?, "nine replicas")?;
    match library.grow(topic, 5) {
        Err(Problem::Unsupported) => {}
        grown => {
            grown?;
            until("five partitions", || Ok(library.partitions(topic)? == 5))?;
            equal(37, refusal(library.grow(topic, 2))?, "shrinking")?;
        }
    }
    library.delete(topic)?;
    until("the deleted topic is gone", || {
        Ok(library.topics()?.iter().all(|name| name != topic))
    })?;
    equal(3, refusal(library.delete(topic))?, "deleting it again")
}

fn admin_configs(library: &dyn Library, topic: &str) -> Outcome<()> {
    let value = |name: &str| library.config(topic, name);
    library.create(topic, 1, 1, &[("cleanup.policy", "compact")])?;
    until("the default retention.ms", || match value("retention.ms") {
        Ok(found) => Ok(found.as_deref() == Some("604800000")),
        Err(Problem::Refused(..)) => Ok(false),
        Err(problem) => Err(problem),
    })?;
    equal(Some("compact".to_owned()), value("cleanup.policy")?, "cleanup.policy")?;
    library.alter(topic, "retention.ms", "7200000")?;
    until("retention.ms changed", || {
        Ok(value("retention.ms")?.as_deref() == Some("7200000"))
    })?;
    let refused = refusal(library.alter(topic, "retention.ms", "soon"))?;
    // rust-rdkafka does not pass this refusal on: then at least nothing may have changed.
    check([0, 40, 42].contains(&refused), || {
        format!("a value that is no number: {refused}")
    })?;
    equal(
        Some("7200000".to_owned()),
        value("retention.ms")?,
        "retention.ms after a refused change",
    )
}

fn transactional(library: &dyn Library, topic: &str) -> Outcome<()> {
    let start = Instant::now();
    let said = library.transactional(topic)?;
    println!("after {:?}: {said}", start.elapsed());
    check(start.elapsed().as_secs() < 10, || {
        format!("the error took {:?}: {said}", start.elapsed())
    })
}
