//! What members say of themselves is bounded over all groups together, whoever says it and however; and what is refused
//! leaves everything as it was.
#![allow(clippy::unwrap_used)]

mod support;

use std::fmt::Write as _;
use std::sync::Arc;

use support::{Bench, beat, config, join, leave, pulse, subscription, sync};
use weir_coordinator::*;
use weir_model::{ErrorCode, GroupId};

const LIMIT_BYTES: usize = 1024 * 1024;

/// More requests than fit, whichever they are.
const ATTEMPTS: usize = 4000;

fn tight() -> GroupConfig {
    GroupConfig { memory_bytes_max: LIMIT_BYTES, ..config() }
}

fn in_group(nth: usize, mut join: JoinGroup) -> JoinGroup {
    join.group = GroupId::new(&format!("group-{nth}"));
    join
}

/// Sends what the attacker has until it is refused; returns how often it was let in.
fn attack(bench: &mut Bench, version: i16, mut request: impl FnMut(usize) -> Request) -> usize {
    for nth in 0..ATTEMPTS {
        let token = bench.send(version, request(nth));
        assert!(bench.memory.used_bytes() <= LIMIT_BYTES, "{} after {nth}", bench.memory.used_bytes());
        let code = match bench.answer(token) {
            Some(Err(refusal)) => refusal.code,
            Some(Ok(Reply::Join(reply))) => reply.error,
            _ => ErrorCode::None,
        };
        match code {
            ErrorCode::None | ErrorCode::MemberIdRequired => {}
            code => {
                assert_eq!(code, ErrorCode::GroupMaxSizeReached);
                return nth;
            }
        }
    }
    panic!("{ATTEMPTS} were let in, {} bytes are counted", bench.memory.used_bytes());
}

/// A join that ends after the delay of a group's first rebalance.
fn joined(bench: &mut Bench, join: JoinGroup) -> JoinReply {
    let token = bench.send(3, Request::Join(join));
    bench.advance(1);
    match bench.answer(token) {
        Some(Ok(Reply::Join(reply))) => reply,
        other => panic!("{other:?}"),
    }
}

#[test]
fn many_groups_of_one_member_meet_the_bound() {
    let mut bench = Bench::new(tight());
    let metadata = vec![7; 10_000];
    let let_in =
        attack(&mut bench, 3, |nth| Request::Join(in_group(nth, join("", None, &[("range", &metadata)]))));
    assert!((50..100).contains(&let_in), "{let_in}");
}

#[test]
fn members_that_only_asked_for_an_id_meet_the_bound() {
    let mut bench = Bench::new(tight());
    let let_in = attack(&mut bench, 9, |nth| Request::Join(in_group(nth, join("", None, &[("range", b"")]))));
    assert!((200..600).contains(&let_in), "{let_in}");
}

#[test]
fn members_of_the_consumer_protocol_meet_the_bound() {
    let names: Vec<String> = (0..100).map(|nth| format!("topic-{nth}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut bench = Bench::new(tight());
    let let_in = attack(&mut bench, 1, |nth| {
        let mut heartbeat = pulse(&format!("m{nth}"), 0, Some(&names));
        heartbeat.group = GroupId::new(&format!("group-{}", nth % 10));
        Request::ConsumerHeartbeat(heartbeat)
    });
    assert!((50..200).contains(&let_in), "{let_in}");
}

#[test]
fn patterns_meet_their_number_and_the_bound() {
    let mut bench = Bench::new(config());
    let pattern = |nth: usize| {
        let mut heartbeat = pulse(&format!("m{nth}"), 0, None);
        heartbeat.subscribed_topic_regex = Some(Arc::from(format!("foo|none-{nth}")));
        Request::ConsumerHeartbeat(heartbeat)
    };
    for nth in 0..GROUP_PATTERNS_MAX {
        assert!(bench.ask(1, pattern(nth)).is_ok());
    }
    let refusal = bench.ask(1, pattern(GROUP_PATTERNS_MAX)).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::InvalidRegularExpression);
    assert!(bench.ask(1, pattern(0)).is_ok(), "one that the group has");

    let mut bench = Bench::new(tight());
    let let_in = attack(&mut bench, 1, |nth| {
        let mut heartbeat = pulse("m", 0, None);
        heartbeat.group = GroupId::new(&format!("group-{nth}"));
        let mut pattern = "foo|bar".to_owned();
        write!(pattern, "|{}", "x".repeat(4000)).unwrap();
        heartbeat.subscribed_topic_regex = Some(Arc::from(pattern));
        Request::ConsumerHeartbeat(heartbeat)
    });
    assert!((50..200).contains(&let_in), "{let_in}");
}

#[test]
fn the_leaders_assignment_meets_the_bound_and_a_smaller_one_is_taken() {
    let mut bench = Bench::new(tight());
    let member = joined(&mut bench, join("", None, &[("range", b"x")]));
    let id = member.member_id.as_str();
    let large = vec![7; LIMIT_BYTES];
    let refused = bench.ask(3, Request::Sync(sync(id, 1, &[(id, &large)]))).unwrap_err();
    assert_eq!(refused.code, ErrorCode::GroupMaxSizeReached);
    assert!(bench.ask(3, Request::Sync(sync(id, 1, &[(id, b"small")]))).is_ok());
    assert!(bench.memory.used_bytes() < 8 * 1024);
}

#[test]
fn who_is_there_stays_when_memory_is_used_up_and_what_goes_makes_room() {
    let mut bench = Bench::new(tight());
    let first = |metadata: &[u8]| in_group(0, join("", None, &[("range", metadata)]));
    let member = joined(&mut bench, first(&[7; 100]));
    let metadata = vec![7; 10_000];
    let let_in = attack(&mut bench, 3, |nth| {
        Request::Join(in_group(nth + 1, join("", None, &[("range", &metadata)])))
    });
    // The same again is no more than before; more is refused, and the member is still there.
    let again = |metadata: &[u8]| JoinGroup { member_id: member.member_id.clone(), ..first(metadata) };
    let rejoin = |bench: &mut Bench, metadata: &[u8]| joined(bench, again(metadata)).error;
    assert_eq!(rejoin(&mut bench, &[7; 20_000]), ErrorCode::GroupMaxSizeReached);
    assert_eq!(rejoin(&mut bench, &[7; 100]), ErrorCode::None);
    let Request::Leave(mut gone) = leave(&[]) else { panic!("a leave") };
    for nth in 1..=let_in {
        bench.advance(1);
        gone.group = GroupId::new(&format!("group-{nth}"));
        // Their sessions end, and the empty groups are forgotten.
        bench.ask(3, Request::Leave(gone.clone())).unwrap();
    }
    bench.advance(1_800_000);
    bench.advance(1_800_000);
    assert_eq!(bench.memory.used_bytes(), 0);
    attack(&mut bench, 3, |nth| Request::Join(in_group(nth, join("", None, &[("range", &metadata)]))));
}

#[test]
fn what_is_counted_goes_with_the_shard_and_comes_back_with_its_log() {
    let mut bench = Bench::new(config());
    let metadata = subscription(&["foo"]);
    let member = joined(&mut bench, join("", None, &[("range", &metadata)]));
    let id = member.member_id.as_str();
    bench.ask(3, Request::Sync(sync(id, 1, &[(id, &[1; 100])]))).unwrap();
    let counted = bench.memory.used_bytes();
    let restarted = bench.restarted(config());
    assert_eq!(restarted.memory.used_bytes(), counted);
    let memory = restarted.memory.clone();
    drop(restarted);
    assert_eq!(memory.used_bytes(), 0);
}

#[test]
fn a_refused_upgrade_leaves_the_classic_group_as_it_was() {
    let mut bench = Bench::new(config());
    let metadata = subscription(&["foo"]);
    let member = joined(&mut bench, join("", None, &[("range", &metadata)]));
    let id = member.member_id.as_str();
    bench.ask(3, Request::Sync(sync(id, 1, &[(id, b"")]))).unwrap();
    let before = bench.memory.used_bytes();
    let mut bad = pulse("new", 0, None);
    bad.subscribed_topic_regex = Some("a)(b".into());
    let refusal = bench.ask(1, Request::ConsumerHeartbeat(bad)).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::InvalidRegularExpression);
    assert_eq!(bench.ask(3, beat(id, 1)), Ok(Reply::Heartbeat));
    assert_eq!(bench.memory.used_bytes(), before);
    bench.shard.set_config(Arc::new(GroupConfig { memory_bytes_max: 0, ..config() }));
    let refusal = bench.ask(1, Request::ConsumerHeartbeat(pulse("new", 0, Some(&["foo"])))).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::GroupMaxSizeReached);
    assert_eq!(bench.ask(3, beat(id, 1)), Ok(Reply::Heartbeat));
    assert_eq!(bench.memory.used_bytes(), before);
}

#[test]
fn a_group_looks_at_changed_topics_again_when_the_first_look_failed() {
    let mut bench = Bench::new(config());
    let assigned = |bench: &mut Bench, request: ConsumerHeartbeat| {
        let Ok(Reply::ConsumerHeartbeat(reply)) = bench.ask(1, Request::ConsumerHeartbeat(request)) else {
            panic!("a heartbeat is answered")
        };
        (reply.member_epoch, reply.assignment.map(|topics| topics[0].partitions.len()))
    };
    let (epoch, count) = assigned(&mut bench, pulse("a", 0, Some(&["foo"])));
    assert_eq!(count, Some(6));
    bench.shard.set_topics(Arc::new(FixedTopics::named(2, &[("bar", 3), ("foo", 8)])));
    bench.commits = false;
    let token = bench.send(1, Request::ConsumerHeartbeat(pulse("a", epoch, None)));
    bench.fail_all(ErrorCode::NotLeaderOrFollower);
    assert!(bench.answer(token).unwrap().is_err());
    bench.commits = true;
    assert_eq!(assigned(&mut bench, pulse("a", epoch, None)).1, Some(8));
}
