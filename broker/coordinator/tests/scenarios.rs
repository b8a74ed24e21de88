//! Scenarios of the classic protocol, of offsets and of the APIs that look at groups, with their printed outcome.
#![allow(clippy::unwrap_used)]

mod support;

use expect_test::{Expect, expect};
use support::*;
use weir_coordinator::*;
use weir_model::ErrorCode;

const RANGE: &[(&str, &[u8])] = &[("range", b"r"), ("sticky", b"s")];
const STICKY: &[(&str, &[u8])] = &[("sticky", b"s")];

const M1: &str = "client-00000000-0000-0000-0000-000000000001";
const M2: &str = "client-00000000-0000-0000-0000-000000000002";

#[allow(clippy::needless_pass_by_value, reason = "as expect! gives it")]
fn check(lines: &[String], expected: Expect) {
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

fn joining(member: &str) -> Request {
    Request::Join(join(member, None, RANGE))
}

/// Two members of one stable group, by an old client that needs no member id first.
fn stable_pair(bench: &mut Bench) {
    let first = bench.send(3, joining(""));
    bench.advance(0);
    bench.answer(first).unwrap().unwrap();
    let second = bench.send(3, joining(""));
    let first = bench.send(3, joining(M1));
    bench.answer(first).unwrap().unwrap();
    bench.answer(second).unwrap().unwrap();
    let second = bench.send(3, Request::Sync(sync(M2, 2, &[])));
    bench.ask(3, Request::Sync(sync(M1, 2, &[(M1, b"one"), (M2, b"two")]))).unwrap();
    bench.answer(second).unwrap().unwrap();
}

#[test]
fn a_new_client_is_told_its_id_first_and_an_old_one_is_not() {
    let mut bench = Bench::new(config());
    let mut lines = vec![bench.show(4, joining(""))];
    lines.push(bench.show(3, joining("")));
    lines.push(bench.show(9, joining("nobody")));
    check(
        &lines,
        expect![[r"
            MEMBER_ID_REQUIRED client-00000000-0000-0000-0000-000000000001
            waits
            UNKNOWN_MEMBER_ID nobody
        "]],
    );
}

#[test]
fn a_group_forms_rebalances_and_ends() {
    let mut bench = Bench::new(config());
    let mut lines = Vec::new();
    let first = bench.send(3, joining(""));
    bench.advance(0);
    lines.push(bench.show_answer(first));
    lines.push(bench.show(3, Request::Sync(sync(M1, 1, &[(M1, b"all")]))));
    lines.push(bench.show(3, beat(M1, 1)));
    let second = bench.send(3, joining(""));
    lines.push(bench.show(3, beat(M1, 1)));
    let first = bench.send(3, joining(M1));
    lines.push(bench.show_answer(first));
    lines.push(bench.show_answer(second));
    let second = bench.send(3, Request::Sync(sync(M2, 2, &[])));
    lines.push(bench.show_answer(second));
    lines.push(bench.show(3, Request::Sync(sync(M1, 2, &[(M1, b"one"), (M2, b"two")]))));
    lines.push(bench.show_answer(second));
    lines.push(bench.show(3, beat(M1, 1)));
    lines.push(bench.show(3, leave(&[(M2, None)])));
    lines.push(bench.show(3, beat(M1, 2)));
    lines.push(bench.show(3, leave(&[(M1, None)])));
    lines.push(bench.show(6, Request::DescribeGroup(group())));
    lines.push(bench.show_log(0));
    check(
        &lines,
        expect![[r#"
        joined client-00000000-0000-0000-0000-000000000001 generation 1 range leader client-00000000-0000-0000-0000-000000000001 members 1
        synced "all"
        ok
        REBALANCE_IN_PROGRESS
        joined client-00000000-0000-0000-0000-000000000001 generation 2 range leader client-00000000-0000-0000-0000-000000000001 members 2
        joined client-00000000-0000-0000-0000-000000000002 generation 2 range leader client-00000000-0000-0000-0000-000000000001 members 0
        waits
        synced "one"
        synced "two"
        ILLEGAL_GENERATION
        client-00000000-0000-0000-0000-000000000002: NONE
        REBALANCE_IN_PROGRESS
        client-00000000-0000-0000-0000-000000000001: NONE
        Empty consumer  []
        classic generation 0 None []
        classic generation 1 Some("range") [client-00000000-0000-0000-0000-000000000001="all"]
        classic generation 2 Some("range") [client-00000000-0000-0000-0000-000000000001="one" client-00000000-0000-0000-0000-000000000002="two"]
        classic generation 3 None []

    "#]],
    );
}

#[test]
fn the_first_join_waits_for_more_members_but_not_for_ever() {
    let delay = std::time::Duration::from_secs(3);
    let mut bench = Bench::new(GroupConfig { initial_rebalance_delay: delay, ..config() });
    let first = bench.send(3, joining(""));
    bench.advance(2_000);
    let second = bench.send(3, joining(""));
    bench.advance(2_000);
    let mut lines = vec![bench.show_answer(first)];
    bench.advance(2_000);
    lines.push(bench.show_answer(first));
    lines.push(bench.show_answer(second));
    check(
        &lines,
        expect![[r#"
        waits
        joined client-00000000-0000-0000-0000-000000000001 generation 1 range leader client-00000000-0000-0000-0000-000000000001 members 2
        joined client-00000000-0000-0000-0000-000000000002 generation 1 range leader client-00000000-0000-0000-0000-000000000001 members 0
    "#]],
    );
}

#[test]
fn the_last_joiner_that_leaves_does_not_end_the_initial_delay() {
    let delay = std::time::Duration::from_secs(3);
    let mut bench = Bench::new(GroupConfig { initial_rebalance_delay: delay, ..config() });
    let first = bench.send(3, joining(""));
    bench.advance(1_000);
    let mut lines = vec![bench.show(3, leave(&[(M1, None)])), bench.show_answer(first)];
    lines.push(bench.show(6, Request::DescribeGroup(group())));
    let second = bench.send(3, joining(""));
    bench.advance(1_900);
    lines.push(bench.show_answer(second));
    // It came during the delay, which goes on for it once.
    bench.advance(3_200);
    lines.push(bench.show_answer(second));
    check(
        &lines,
        expect![[r#"
        client-00000000-0000-0000-0000-000000000001: NONE
        UNKNOWN_MEMBER_ID 
        PreparingRebalance consumer  []
        waits
        joined client-00000000-0000-0000-0000-000000000002 generation 1 range leader client-00000000-0000-0000-0000-000000000002 members 1
    "#]],
    );
}

#[test]
fn the_protocol_with_most_votes_among_those_that_all_know_is_chosen() {
    let mut bench = Bench::new(config());
    let first = bench.send(3, joining(""));
    let second = bench.send(3, Request::Join(join("", None, STICKY)));
    bench.advance(0);
    let mut lines = vec![bench.show_answer(first), bench.show_answer(second)];
    lines.push(bench.show(3, Request::Join(join("", None, &[("other", b"o")]))));
    let mut connect = join("", None, STICKY);
    connect.protocol_type = "connect".into();
    lines.push(bench.show(3, Request::Join(connect)));
    check(
        &lines,
        expect![[r#"
        joined client-00000000-0000-0000-0000-000000000001 generation 1 sticky leader client-00000000-0000-0000-0000-000000000001 members 2
        joined client-00000000-0000-0000-0000-000000000002 generation 1 sticky leader client-00000000-0000-0000-0000-000000000001 members 0
        INCONSISTENT_GROUP_PROTOCOL 
        INCONSISTENT_GROUP_PROTOCOL 
    "#]],
    );
}

#[test]
fn a_silent_member_is_removed_and_a_follower_that_rejoins_unchanged_is_not_a_rebalance() {
    let mut bench = Bench::new(config());
    stable_pair(&mut bench);
    let mut lines = vec![bench.show(3, joining(M2))];
    for _ in 0..3 {
        bench.advance(6_000);
        lines.push(bench.show(3, beat(M1, 2)));
    }
    let rejoined = bench.show(3, joining(M1));
    lines.push(rejoined);
    lines.push(bench.show(3, beat(M2, 2)));
    check(
        &lines,
        expect![[r#"
        joined client-00000000-0000-0000-0000-000000000002 generation 2 range leader client-00000000-0000-0000-0000-000000000001 members 0
        ok
        REBALANCE_IN_PROGRESS
        REBALANCE_IN_PROGRESS
        joined client-00000000-0000-0000-0000-000000000001 generation 3 range leader client-00000000-0000-0000-0000-000000000001 members 1
        UNKNOWN_MEMBER_ID
    "#]],
    );
}

#[test]
fn who_does_not_sync_in_time_is_removed() {
    let mut bench = Bench::new(config());
    stable_pair(&mut bench);
    let first = bench.send(3, joining(M1));
    let second = bench.send(3, joining(M2));
    let mut lines = vec![bench.show_answer(first), bench.show_answer(second)];
    bench.ask(3, Request::Sync(sync(M1, 3, &[(M1, b"x")]))).unwrap();
    for _ in 0..4 {
        bench.advance(8_000);
        lines.push(format!("{} {}", bench.show(3, beat(M1, 3)), bench.show(3, beat(M2, 3))));
    }
    check(
        &lines,
        expect![[r#"
        joined client-00000000-0000-0000-0000-000000000001 generation 3 range leader client-00000000-0000-0000-0000-000000000001 members 2
        joined client-00000000-0000-0000-0000-000000000002 generation 3 range leader client-00000000-0000-0000-0000-000000000001 members 0
        ok ok
        ok ok
        ok ok
        REBALANCE_IN_PROGRESS UNKNOWN_MEMBER_ID
    "#]],
    );
}

#[test]
fn a_static_member_comes_back_without_a_rebalance_and_fences_its_old_self() {
    let mut bench = Bench::new(config());
    let old = bench.send(5, Request::Join(join("", Some("s1"), RANGE)));
    bench.advance(0);
    let mut lines = vec![bench.show_answer(old)];
    lines.push(bench.show(
        5,
        Request::Sync(sync(
            "s1-00000000-0000-0000-0000-000000000001",
            1,
            &[("s1-00000000-0000-0000-0000-000000000001", b"mine")],
        )),
    ));
    lines.push(bench.show(5, Request::Join(join("", Some("s1"), RANGE))));
    lines.push(bench.show(9, Request::Join(join("", Some("s1"), RANGE))));
    let mut old_beat = Heartbeat {
        group: group(),
        generation: weir_model::Generation(1),
        member_id: MemberId::new("s1-00000000-0000-0000-0000-000000000001"),
        instance_id: Some("s1".into()),
    };
    lines.push(bench.show(5, Request::Heartbeat(old_beat.clone())));
    old_beat.member_id = MemberId::new("s1-00000000-0000-0000-0000-000000000003");
    lines.push(bench.show(5, Request::Heartbeat(old_beat)));
    lines.push(bench.show(5, Request::Sync(sync("s1-00000000-0000-0000-0000-000000000003", 1, &[]))));
    // An administrator removes it by name.
    lines.push(bench.show(5, leave(&[("", Some("s1")), ("", Some("nobody"))])));
    lines.push(bench.show(6, Request::DescribeGroup(group())));
    lines.push(bench.show_log(0));
    check(
        &lines,
        expect![[r#"
        joined s1-00000000-0000-0000-0000-000000000001 generation 1 range leader s1-00000000-0000-0000-0000-000000000001 members 1
        synced "mine"
        joined s1-00000000-0000-0000-0000-000000000002 generation 1 range leader s1-00000000-0000-0000-0000-000000000001 members 0
        joined s1-00000000-0000-0000-0000-000000000003 generation 1 range leader s1-00000000-0000-0000-0000-000000000003 members 1 skip
        FENCED_INSTANCE_ID
        ok
        synced "mine"
        : NONE, : UNKNOWN_MEMBER_ID
        Empty consumer  []
        classic generation 0 None []
        classic generation 1 Some("range") [s1-00000000-0000-0000-0000-000000000001="mine"]
        classic generation 1 Some("range") [s1-00000000-0000-0000-0000-000000000002="mine"]
        classic generation 1 Some("range") [s1-00000000-0000-0000-0000-000000000003="mine"]
        classic generation 2 None []

    "#]],
    );
}

#[test]
fn a_full_group_refuses_newcomers() {
    let mut bench = Bench::new(GroupConfig { group_size_max: 2, ..config() });
    stable_pair(&mut bench);
    let lines = vec![bench.show(3, joining("")), bench.show(3, beat(M1, 2))];
    check(
        &lines,
        expect![[r#"
        GROUP_MAX_SIZE_REACHED 
        ok
    "#]],
    );
}

#[test]
fn an_assignment_that_is_not_stored_is_not_answered() {
    let mut bench = Bench::new(config());
    stable_pair(&mut bench);
    let first = bench.send(3, joining(M1));
    let second = bench.send(3, joining(M2));
    bench.answer(first).unwrap().unwrap();
    bench.answer(second).unwrap().unwrap();
    let before = bench.shard.snapshot();
    bench.commits = false;
    let second = bench.send(3, Request::Sync(sync(M2, 3, &[])));
    let first = bench.send(3, Request::Sync(sync(M1, 3, &[(M1, b"x"), (M2, b"y")])));
    let mut lines = vec![bench.show_answer(first), bench.show_answer(second)];
    bench.fail_all(ErrorCode::KafkaStorageError);
    assert_eq!(bench.shard.snapshot(), before);
    lines.push(bench.show_answer(first));
    lines.push(bench.show_answer(second));
    lines.push(bench.show(3, beat(M1, 3)));
    check(
        &lines,
        expect![[r#"
        waits
        waits
        NOT_COORDINATOR
        NOT_COORDINATOR
        REBALANCE_IN_PROGRESS
    "#]],
    );
}

#[test]
fn a_restart_keeps_members_and_gives_them_a_whole_session() {
    let mut bench = Bench::new(config());
    stable_pair(&mut bench);
    bench.advance(9_000);
    let mut bench = bench.restarted(config());
    bench.advance(9_000);
    let mut lines = vec![bench.show(3, beat(M1, 2)), bench.show(3, Request::Sync(sync(M2, 2, &[])))];
    lines.push(bench.show(6, Request::DescribeGroup(group())));
    check(
        &lines,
        expect![[r#"
        ok
        synced "two"
        Stable consumer range [client-00000000-0000-0000-0000-000000000001 client-00000000-0000-0000-0000-000000000002]
    "#]],
    );
}

#[test]
fn offsets_are_kept_as_they_came_and_unknown_ones_are_minus_one() {
    let mut bench = Bench::new(config());
    let mut lines = vec![bench.show(9, Request::OffsetFetch(fetch(Some(&[("foo", &[0])]))))];
    lines.push(bench.show(9, Request::OffsetCommit(commit("", -1, &[("foo", 0, 42), ("bar", 1, 7)]))));
    lines.push(bench.show(9, Request::OffsetFetch(fetch(Some(&[("foo", &[0, 1]), ("baz", &[0])])))));
    lines.push(bench.show(9, Request::OffsetFetch(fetch(None))));
    lines.push(bench.show(9, Request::OffsetCommit(commit("m", 3, &[("foo", 0, 1)]))));
    lines.push(bench.show(4, Request::ListGroups(ListGroups::default())));
    let mut long = commit("", -1, &[("foo", 1, 1)]);
    long.topics[0].partitions[0].metadata = Some("ü".repeat(4097).into());
    lines.push(bench.show(9, Request::OffsetCommit(long)));
    lines.push(bench.show(
        0,
        Request::OffsetDelete(OffsetDelete { group: group(), topics: vec![("foo".into(), vec![0, 5])] }),
    ));
    lines.push(bench.show(9, Request::OffsetFetch(fetch(None))));
    lines.push(bench.show(1, Request::DeleteGroup(group())));
    lines.push(bench.show(1, Request::DeleteGroup(group())));
    lines.push(bench.show_log(0));
    check(
        &lines,
        expect![[r#"
        foo-0=-1 -1 ""
        foo-0 NONE, bar-1 NONE
        foo-0=42 7 "note", foo-1=-1 -1 "", baz-0=-1 -1 ""
        bar-1=7 7 "note", foo-0=42 7 "note"
        UNKNOWN_MEMBER_ID
        g Empty classic
        foo-1 OFFSET_METADATA_TOO_LARGE
        foo-0 NONE, foo-5 NONE
        bar-1=7 7 "note"
        deleted
        GROUP_ID_NOT_FOUND
        offset foo-0 = 42 "note"
        offset bar-1 = 7 "note"
        offset foo-0 gone
        offset bar-1 gone

    "#]],
    );
}

#[test]
fn who_may_commit_in_a_group_with_members() {
    let mut bench = Bench::new(config());
    stable_pair(&mut bench);
    let mut lines = Vec::new();
    for (member, generation) in [("", -1), ("nobody", 2), (M1, 1), (M1, 2)] {
        lines.push(bench.show(7, Request::OffsetCommit(commit(member, generation, &[("foo", 0, 1)]))));
    }
    let delete = OffsetDelete { group: group(), topics: vec![("foo".into(), vec![0])] };
    lines.push(bench.show(0, Request::OffsetDelete(delete)));
    lines.push(bench.show(1, Request::DeleteGroup(group())));
    let unknown =
        OffsetCommit { group: weir_model::GroupId::new("other"), ..commit("m", 1, &[("foo", 0, 1)]) };
    lines.push(bench.show(8, Request::OffsetCommit(unknown.clone())));
    lines.push(bench.show(9, Request::OffsetCommit(unknown)));
    check(
        &lines,
        expect![[r#"
        UNKNOWN_MEMBER_ID
        UNKNOWN_MEMBER_ID
        ILLEGAL_GENERATION
        foo-0 NONE
        foo-0 GROUP_SUBSCRIBED_TO_TOPIC
        NON_EMPTY_GROUP
        ILLEGAL_GENERATION
        GROUP_ID_NOT_FOUND
    "#]],
    );
}

#[test]
fn offsets_and_empty_groups_expire() {
    let mut bench = Bench::new(config());
    bench.ask(7, Request::OffsetCommit(commit("", -1, &[("foo", 0, 1)]))).unwrap();
    let mut short = commit("", -1, &[("foo", 1, 1)]);
    short.retention_ms = Some(1_000);
    bench.ask(2, Request::OffsetCommit(short)).unwrap();
    let mut lines = Vec::new();
    for hours in [1, 6 * 24, 25] {
        bench.advance(hours * 3_600_000);
        lines.push(bench.show(9, Request::OffsetFetch(fetch(None))));
        lines.push(bench.show(4, Request::ListGroups(ListGroups::default())));
    }
    let first = bench.send(3, joining(""));
    bench.advance(0);
    lines.push(bench.show_answer(first));
    lines.push(bench.show(3, leave(&[(M1, None)])));
    lines.push(bench.show(4, Request::ListGroups(ListGroups::default())));
    bench.advance(3_600_000);
    lines.push(bench.show(4, Request::ListGroups(ListGroups::default())));
    check(
        &lines,
        expect![[r#"
        foo-0=1 7 "note"
        g Empty classic
        foo-0=1 7 "note"
        g Empty classic


        joined client-00000000-0000-0000-0000-000000000001 generation 1 range leader client-00000000-0000-0000-0000-000000000001 members 1
        client-00000000-0000-0000-0000-000000000001: NONE
        g Empty classic

    "#]],
    );
}

#[test]
fn an_offset_is_answered_only_when_it_is_committed() {
    let mut bench = Bench::new(config());
    bench.commits = false;
    let first = bench.send(7, Request::OffsetCommit(commit("", -1, &[("foo", 0, 1)])));
    let read = bench.send(7, Request::OffsetFetch(fetch(None)));
    let second = bench.send(7, Request::OffsetCommit(commit("", -1, &[("foo", 0, 2)])));
    let mut lines = vec![bench.show_answer(first), bench.show_answer(read)];
    bench.commit_one();
    lines.extend([first, read, second].map(|token| bench.show_answer(token)));
    bench.fail_all(ErrorCode::NotEnoughReplicas);
    lines.push(bench.show_answer(second));
    lines.push(bench.show(7, Request::OffsetFetch(fetch(None))));
    check(
        &lines,
        expect![[r#"
        waits
        waits
        foo-0 NONE
        foo-0=1 7 "note"
        waits
        COORDINATOR_NOT_AVAILABLE
        foo-0=1 7 "note"
    "#]],
    );
}

#[test]
fn lists_are_filtered_by_state_and_type() {
    let mut bench = Bench::new(config());
    stable_pair(&mut bench);
    let other =
        OffsetCommit { group: weir_model::GroupId::new("offsets"), ..commit("", -1, &[("foo", 0, 1)]) };
    bench.ask(9, Request::OffsetCommit(other)).unwrap();
    let mut heartbeat = pulse("c", 0, Some(&["foo"]));
    heartbeat.group = weir_model::GroupId::new("modern");
    bench.ask(1, Request::ConsumerHeartbeat(heartbeat)).unwrap();
    let list = |states: &[&str], types: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Request::ListGroups(ListGroups { states: owned(states), types: owned(types) })
    };
    let lines = vec![
        bench.show(5, list(&[], &[])),
        bench.show(5, list(&["stable"], &[])),
        bench.show(5, list(&["EMPTY "], &["Classic"])),
        bench.show(5, list(&[], &["consumer"])),
        bench.show(5, list(&[], &["streams"])),
    ];
    check(
        &lines,
        expect![[r#"
        g Stable classic, modern Stable consumer, offsets Empty classic
        g Stable classic, modern Stable consumer
        offsets Empty classic
        modern Stable consumer

    "#]],
    );
}

#[test]
fn requests_that_are_wrong_in_themselves() {
    let mut bench = Bench::new(config());
    let mut no_group = join("", None, RANGE);
    no_group.group = weir_model::GroupId::new("");
    let mut lines = vec![bench.show(5, Request::Join(no_group))];
    for timeout in [1, 5_999, 1_800_001] {
        let wrong = JoinGroup { session_timeout_ms: timeout, ..join("", None, RANGE) };
        lines.push(bench.show(5, Request::Join(wrong)));
    }
    lines.push(bench.show(5, Request::Join(join("", None, &[]))));
    lines.push(bench.show(5, Request::Sync(sync("m", 1, &[]))));
    lines.push(bench.show(5, beat("m", 1)));
    lines.push(bench.show(5, leave(&[("m", None)])));
    lines.push(bench.show(4, Request::ListGroups(ListGroups::default())));
    check(
        &lines,
        expect![[r#"
        INVALID_GROUP_ID 
        INVALID_SESSION_TIMEOUT 
        INVALID_SESSION_TIMEOUT 
        INVALID_SESSION_TIMEOUT 
        INCONSISTENT_GROUP_PROTOCOL 
        UNKNOWN_MEMBER_ID
        UNKNOWN_MEMBER_ID
        m: UNKNOWN_MEMBER_ID

    "#]],
    );
}

#[test]
fn static_members_without_patience_do_not_keep_the_coordinator_busy() {
    let mut bench = Bench::new(config());
    let hasty = |name: &str, rebalance_timeout_ms: i32| {
        Request::Join(JoinGroup { rebalance_timeout_ms, ..join("", Some(name), RANGE) })
    };
    let waiting = ["s1", "s2"].map(|name| bench.send(5, hasty(name, 1)));
    bench.advance(0);
    let ids = waiting.map(|token| match bench.answer(token) {
        Some(Ok(Reply::Join(reply))) => reply.member_id.to_string(),
        other => panic!("{other:?}"),
    });
    bench.send(5, Request::Sync(sync(&ids[1], 1, &[])));
    bench.send(5, Request::Sync(sync(&ids[0], 1, &[(&ids[0], b"one"), (&ids[1], b"two")])));
    // They come back without any patience, and one of them goes: nobody is there to go on with.
    bench.ask(5, hasty("s1", 0)).unwrap();
    bench.ask(5, hasty("s2", 0)).unwrap();
    let mut lines = vec![bench.show(6, Request::DescribeGroup(group()))];
    lines.push(bench.show(5, leave(&[("", Some("s2"))])));
    bench.advance(5_000);
    lines.push(bench.show(6, Request::DescribeGroup(group())));
    bench.advance(20_000);
    lines.push(bench.show(6, Request::DescribeGroup(group())));
    check(
        &lines,
        expect![[r#"
        Stable consumer range [s1-00000000-0000-0000-0000-000000000003 s2-00000000-0000-0000-0000-000000000004]
        : NONE
        PreparingRebalance consumer  [s1-00000000-0000-0000-0000-000000000003]
        Empty consumer  []
    "#]],
    );
}

#[test]
fn a_deletion_that_fails_half_way_leaves_in_memory_what_is_in_the_log() {
    for (name, request) in [
        ("group", Request::DeleteGroup(group())),
        (
            "offsets",
            Request::OffsetDelete(OffsetDelete {
                group: group(),
                topics: vec![("foo".into(), (0..3000).collect())],
            }),
        ),
    ] {
        let mut bench = Bench::new(config());
        for partition in 0..3000 {
            bench.ask(8, Request::OffsetCommit(commit("", -1, &[("foo", partition, 7)]))).unwrap();
        }
        bench.commits = false;
        let deleted = bench.send(2, request.clone());
        assert!(bench.open.len() > 2, "{name}: {} parts", bench.open.len());
        bench.commit_one();
        bench.fail_all(ErrorCode::KafkaStorageError);
        assert!(bench.answer(deleted).unwrap().is_err(), "{name}");
        let left = bench.shard.offset_count();
        assert!(left > 0 && left < 3000, "{name}: {left}");
        assert_eq!(bench.restarted(config()).shard.snapshot(), bench.shard.snapshot(), "{name}");
        // Asked again, it goes through.
        bench.commits = true;
        bench.ask(2, request).unwrap();
        assert_eq!(bench.shard.offset_count(), 0, "{name}");
    }
}
