//! Records that do not fit into a batch of the log fail their own operation and nobody else's.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use support::{Bench, beat, commit, config, fetch, group, join, pulse, show, sync};
use weir_coordinator::*;
use weir_model::{ErrorCode, GroupId, TopicId, Uuid};

const LIMIT_BYTES: usize = 4096;

fn bench() -> Bench {
    let mut bench = Bench::new(config());
    bench.shard.set_batch_bytes_max(LIMIT_BYTES);
    bench
}

fn joined(bench: &mut Bench, member: &str) -> JoinReply {
    let token = bench.send(3, Request::Join(join(member, None, &[("range", b"x")])));
    bench.advance(1);
    match bench.answer(token) {
        Some(Ok(Reply::Join(reply))) => reply,
        other => panic!("{other:?}"),
    }
}

/// A commit of another group, by nobody in particular.
fn others_commit(offset: i64) -> Request {
    Request::OffsetCommit(OffsetCommit {
        group: GroupId::new("other"),
        ..commit("", -1, &[("foo", 0, offset)])
    })
}

fn many_offsets(count: i32) -> OffsetCommit {
    let offsets: Vec<(&str, i32, i64)> = (0..count).map(|partition| ("foo", partition, 1)).collect();
    commit("", -1, &offsets)
}

fn code(answer: Option<Answer>) -> ErrorCode {
    answer.unwrap().unwrap_err().code
}

#[test]
fn a_leaders_assignment_fails_alone_and_the_group_goes_on_with_a_smaller_one() {
    let mut bench = bench();
    let member = joined(&mut bench, "");
    let id = member.member_id.as_str();
    bench.commits = false;
    let before = bench.send(2, others_commit(1));
    let large = bench.send(3, Request::Sync(sync(id, 1, &[(id, &[7; LIMIT_BYTES])])));
    let after = bench.send(2, others_commit(2));
    assert_eq!(bench.open.len(), 2, "the others' appends and no more");
    assert_eq!(bench.too_large, [group()]);
    bench.commit_one();
    assert_eq!(code(bench.answer(large)), ErrorCode::UnknownServerError);
    bench.commit_one();
    assert!(bench.answer(before).unwrap().is_ok() && bench.answer(after).unwrap().is_ok());
    bench.commits = true;
    // As after any failure of the log, the members join again.
    let member = joined(&mut bench, id);
    assert_eq!(member.generation.0, 2);
    assert_eq!(bench.show(3, Request::Sync(sync(id, 2, &[(id, b"small")]))), "synced \"small\"");
    assert_eq!(bench.show(3, beat(id, 2)), "ok");
}

#[test]
fn a_commit_fails_alone_and_changes_nothing() {
    let mut bench = bench();
    assert!(bench.ask(2, Request::OffsetCommit(many_offsets(20))).is_ok());
    let logged = bench.log.len();
    let mut again = many_offsets(100);
    again.topics.iter_mut().for_each(|topic| topic.partitions[0].offset = 2);
    let answer = bench.ask(2, Request::OffsetCommit(again));
    assert_eq!(code(Some(answer)), ErrorCode::UnknownServerError);
    assert_eq!((bench.log.len(), bench.shard.offset_count()), (logged, 20));
    let offsets = bench.show(2, Request::OffsetFetch(fetch(Some(&[("foo", &[0])]))));
    assert_eq!(offsets, "foo-0=1 7 \"note\"");
    assert!(bench.ask(2, others_commit(1)).is_ok());
}

#[test]
fn a_member_of_the_consumer_protocol_fails_alone() {
    let mut bench = bench();
    let small = bench.ask(1, Request::ConsumerHeartbeat(pulse("a", 0, Some(&["foo"])))).unwrap();
    let Reply::ConsumerHeartbeat(small) = small else { panic!("{small:?}") };
    let names: Vec<String> = (0..500).map(|nth| format!("topic-{nth}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let used = bench.memory.used_bytes();
    let refusal = bench.ask(1, Request::ConsumerHeartbeat(pulse("b", 0, Some(&names)))).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::UnknownServerError);
    assert!(refusal.message.contains("max.message.bytes"), "{refusal}");
    assert_eq!(bench.memory.used_bytes(), used);
    let answer = bench.ask(1, Request::ConsumerHeartbeat(pulse("a", small.member_epoch, None)));
    assert_eq!(show(&answer), format!("epoch {}", small.member_epoch));
}

/// Deadlines have nobody to tell.
#[test]
fn a_deadline_whose_records_are_too_large_comes_again() {
    let mut bench = bench();
    for member in ["a", "b"] {
        assert!(bench.ask(1, Request::ConsumerHeartbeat(pulse(member, 0, Some(&["foo"])))).is_ok());
    }
    bench.shard.set_batch_bytes_max(100);
    let logged = bench.log.len();
    bench.advance(60_000);
    assert_eq!(bench.log.len(), logged);
    assert!(!bench.too_large.is_empty());
    bench.shard.set_batch_bytes_max(LIMIT_BYTES);
    bench.advance(60_000);
    let refusal = bench.ask(1, Request::ConsumerHeartbeat(pulse("a", 2, None))).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::UnknownMemberId);
}

#[test]
fn what_may_be_torn_apart_is() {
    let mut bench = bench();
    for from in 0..10 {
        let mut offsets = many_offsets(20);
        for topic in &mut offsets.topics {
            topic.partitions[0].partition += from * 20;
        }
        assert!(bench.ask(2, Request::OffsetCommit(offsets)).is_ok());
    }
    assert_eq!(bench.shard.offset_count(), 200);
    bench.shard.set_batch_bytes_max(1000);
    assert!(bench.ask(2, Request::DeleteGroup(group())).is_ok());
    assert_eq!(bench.shard.offset_count(), 0);
    assert!(bench.ask(2, others_commit(1)).is_ok());
    let deleted: Vec<(Arc<str>, TopicId)> = vec![("foo".into(), Uuid::ZERO)];
    let mut effects = Vec::new();
    bench.shard.on_topics_deleted(bench.now(), &deleted, &mut effects);
    bench.perform(effects);
    assert_eq!(bench.shard.offset_count(), 0);
}
