//! Scenarios of the consumer protocol (KIP-848) and of groups that change their protocol, with their printed outcome.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use expect_test::{Expect, expect};
use support::*;
use weir_coordinator::*;

#[allow(clippy::needless_pass_by_value, reason = "as expect! gives it")]
fn check(lines: &[String], expected: Expect) {
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

fn beat848(bench: &mut Bench, heartbeat: ConsumerHeartbeat) -> String {
    bench.show(1, Request::ConsumerHeartbeat(heartbeat))
}

fn describe(bench: &mut Bench) -> String {
    bench.show(1, Request::ConsumerDescribe(group()))
}

#[test]
fn partitions_move_from_one_member_to_the_next_only_when_given_up() {
    let mut bench = Bench::new(config());
    let mut lines = vec![beat848(&mut bench, pulse("a", 0, Some(&["foo"])))];
    lines.push(beat848(&mut bench, pulse("b", 0, Some(&["foo"]))));
    lines.push(describe(&mut bench));
    lines.push(beat848(&mut bench, pulse("a", 2, None)));
    lines.push(beat848(&mut bench, pulse("b", 3, None)));
    lines.push(beat848(&mut bench, owning(pulse("a", 2, None), &[("foo", &[0, 1, 2])])));
    lines.push(beat848(&mut bench, pulse("b", 3, None)));
    lines.push(describe(&mut bench));
    lines.push(bench.show_log(0));
    check(
        &lines,
        expect![[r#"
        epoch 2 assigned foo[0, 1, 2, 3, 4, 5]
        epoch 3 assigned
        Reconciling epoch 3 assignment 3 by uniform [a at 2 owns 1 wants 1, b at 3 owns 0 wants 1]
        epoch 2 assigned foo[0, 1, 2]
        epoch 3
        epoch 3
        epoch 3 assigned foo[3, 4, 5]
        Stable epoch 3 assignment 3 by uniform [a at 3 owns 1 wants 1, b at 3 owns 1 wants 1]
        member a {"foo"} None
        epoch 2
        target a 2:{0, 1, 2, 3, 4, 5}
        target epoch 2
        current a epoch 2 Stable 2:{0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2} revoking 
        member b {"foo"} None
        epoch 3
        target a 2:{0, 1, 2}
        target b 2:{3, 4, 5}
        target epoch 3
        current b epoch 3 UnreleasedPartitions  revoking 
        current a epoch 2 UnrevokedPartitions 2:{0: 2, 1: 2, 2: 2} revoking 2:{3: 2, 4: 2, 5: 2}
        current b epoch 3 UnreleasedPartitions  revoking 
        current a epoch 3 Stable 2:{0: 2, 1: 2, 2: 2} revoking 
        current b epoch 3 Stable 2:{3: 3, 4: 3, 5: 3} revoking 

    "#]],
    );
}

#[test]
fn epochs_fence_and_a_lost_answer_does_not() {
    let mut bench = Bench::new(config());
    beat848(&mut bench, pulse("a", 0, Some(&["foo"])));
    beat848(&mut bench, pulse("a", 2, Some(&["foo", "bar"])));
    let mut lines = vec![describe(&mut bench)];
    lines.push(beat848(&mut bench, owning(pulse("a", 2, None), &[("foo", &[0, 1, 2, 3, 4, 5])])));
    lines.push(beat848(&mut bench, pulse("a", 2, None)));
    lines.push(beat848(&mut bench, pulse("a", 10, None)));
    lines.push(beat848(&mut bench, pulse("nobody", 3, None)));
    lines.push(beat848(&mut bench, pulse("a", -1, None)));
    lines.push(beat848(&mut bench, pulse("a", 3, None)));
    check(
        &lines,
        expect![[r#"
        Stable epoch 3 assignment 3 by uniform [a at 3 owns 2 wants 2]
        epoch 3
        FENCED_MEMBER_EPOCH
        FENCED_MEMBER_EPOCH
        UNKNOWN_MEMBER_ID
        epoch -1
        UNKNOWN_MEMBER_ID
    "#]],
    );
}

#[test]
fn silence_and_slowness_cost_the_membership() {
    let mut bench = Bench::new(config());
    beat848(&mut bench, pulse("a", 0, Some(&["foo"])));
    beat848(&mut bench, pulse("b", 0, Some(&["foo"])));
    beat848(&mut bench, pulse("a", 2, None));
    let mut lines = Vec::new();
    for _ in 0..7 {
        bench.advance(5_000);
        lines.push(format!(
            "{} · {}",
            beat848(&mut bench, owning(pulse("a", 2, None), &[("foo", &[0, 1, 2, 3, 4, 5])])),
            beat848(&mut bench, pulse("b", 3, None))
        ));
    }
    bench.advance(46_000);
    lines.push(describe(&mut bench));
    check(
        &lines,
        expect![[r#"
        epoch 2 · epoch 3
        epoch 2 · epoch 3
        epoch 2 · epoch 3
        epoch 2 · epoch 3
        epoch 2 · epoch 3
        UNKNOWN_MEMBER_ID · epoch 4 assigned foo[0, 1, 2, 3, 4, 5]
        UNKNOWN_MEMBER_ID · FENCED_MEMBER_EPOCH
        Empty epoch 5 assignment 4 by uniform []
    "#]],
    );
}

#[test]
fn a_static_member_that_is_away_keeps_its_partitions() {
    let mut bench = Bench::new(config());
    let fixed = |mut heartbeat: ConsumerHeartbeat| {
        heartbeat.instance_id = Some("s1".into());
        heartbeat
    };
    let mut lines = vec![beat848(&mut bench, fixed(pulse("a", 0, Some(&["foo"]))))];
    lines.push(beat848(&mut bench, fixed(pulse("b", 0, Some(&["foo"])))));
    lines.push(beat848(&mut bench, fixed(pulse("a", -2, None))));
    lines.push(beat848(&mut bench, fixed(pulse("b", 0, Some(&["foo"])))));
    lines.push(beat848(&mut bench, fixed(pulse("a", 2, None))));
    lines.push(describe(&mut bench));
    lines.push(bench.show_log(5));
    check(
        &lines,
        expect![[r#"
        epoch 2 assigned foo[0, 1, 2, 3, 4, 5]
        UNRELEASED_INSTANCE_ID
        epoch -2
        epoch 2 assigned foo[0, 1, 2, 3, 4, 5]
        FENCED_INSTANCE_ID
        Stable epoch 2 assignment 2 by uniform [b at 2 owns 1 wants 1]
        current a epoch -2 Stable 2:{0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0} revoking 
        current a gone
        target a gone
        member a gone
        member b {"foo"} None
        target b 2:{0, 1, 2, 3, 4, 5}
        current b epoch 0 Stable 2:{0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0} revoking 
        current b epoch 2 Stable 2:{0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0} revoking 

    "#]],
    );
}

#[test]
fn a_pattern_matches_whole_names_and_follows_the_topics() {
    let mut bench = Bench::new(config());
    let pattern = |member: &str, epoch: i32, regex: &str| ConsumerHeartbeat {
        subscribed_topic_regex: Some(regex.into()),
        ..pulse(member, epoch, None)
    };
    let mut lines = Vec::new();
    for wrong in ["(", "a)(b", "(?=x)x", r"(a)\1"] {
        lines.push(format!("{wrong} {}", beat848(&mut bench, pattern("a", 0, wrong))));
    }
    lines.push(beat848(&mut bench, pattern("a", 0, "fo+")));
    bench
        .shard
        .set_topics(Arc::new(FixedTopics::named(2, &[("bar", 3), ("foo", 6), ("fooo", 1), ("foobar", 1)])));
    lines.push(beat848(&mut bench, pulse("a", 2, None)));
    lines.push(beat848(&mut bench, pattern("a", 3, r"\Qfoo\E|bar")));
    lines.push(beat848(&mut bench, pattern("a", 4, "")));
    lines.push(beat848(&mut bench, owning(pulse("a", 4, None), &[])));
    lines.push(bench.show_log(0));
    check(
        &lines,
        expect![[r#"
        ( INVALID_REGULAR_EXPRESSION
        a)(b INVALID_REGULAR_EXPRESSION
        (?=x)x INVALID_REGULAR_EXPRESSION
        (a)\1 INVALID_REGULAR_EXPRESSION
        epoch 2 assigned foo[0, 1, 2, 3, 4, 5]
        epoch 3 assigned foo[0, 1, 2, 3, 4, 5] fooo[0]
        epoch 3 assigned foo[0, 1, 2, 3, 4, 5]
        FENCED_MEMBER_EPOCH
        FENCED_MEMBER_EPOCH
        member a {} Some("fo+")
        regex fo+ {"foo"}
        epoch 2
        target a 2:{0, 1, 2, 3, 4, 5}
        target epoch 2
        current a epoch 2 Stable 2:{0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2} revoking 
        regex fo+ {"foo", "fooo"}
        epoch 3
        target a 2:{0, 1, 2, 3, 4, 5} 3:{0}
        target epoch 3
        current a epoch 3 Stable 2:{0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2} 3:{0: 3} revoking 
        member a {} Some("\\Qfoo\\E|bar")
        regex fo+ gone
        regex \Qfoo\E|bar {"bar", "foo"}
        epoch 4
        target a 1:{0, 1, 2} 2:{0, 1, 2, 3, 4, 5}
        target epoch 4
        current a epoch 3 UnrevokedPartitions 2:{0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2} revoking 3:{0: 3}

    "#]],
    );
}

#[test]
fn target_assignments_keep_their_distance() {
    let interval = Duration::from_secs(1);
    let mut bench = Bench::new(GroupConfig { consumer_assignment_interval: interval, ..config() });
    let mut lines = vec![beat848(&mut bench, pulse("a", 0, Some(&["foo"])))];
    lines.push(beat848(&mut bench, pulse("b", 0, Some(&["foo"]))));
    lines.push(describe(&mut bench));
    bench.advance(1_000);
    lines.push(beat848(&mut bench, pulse("b", 2, None)));
    lines.push(describe(&mut bench));
    check(
        &lines,
        expect![[r#"
        epoch 2 assigned foo[0, 1, 2, 3, 4, 5]
        epoch 2 assigned
        Assigning epoch 3 assignment 2 by uniform [a at 2 owns 1 wants 1, b at 2 owns 0 wants 0]
        epoch 3
        Reconciling epoch 3 assignment 3 by uniform [a at 2 owns 1 wants 1, b at 3 owns 0 wants 1]
    "#]],
    );
}

#[test]
fn requests_that_are_wrong_in_themselves() {
    let mut bench = Bench::new(config());
    let good = pulse("a", 0, Some(&["foo"]));
    let wrong = [
        ConsumerHeartbeat { member_id: MemberId::default(), ..good.clone() },
        ConsumerHeartbeat { group: weir_model::GroupId::new(""), ..good.clone() },
        ConsumerHeartbeat { instance_id: Some("".into()), ..good.clone() },
        ConsumerHeartbeat { rack_id: Some("".into()), ..good.clone() },
        ConsumerHeartbeat { rebalance_timeout_ms: -1, ..good.clone() },
        ConsumerHeartbeat { topic_partitions: None, ..good.clone() },
        ConsumerHeartbeat { subscribed_topic_names: None, ..good.clone() },
        ConsumerHeartbeat { server_assignor: Some("mine".into()), ..good.clone() },
        ConsumerHeartbeat { member_epoch: -3, ..good.clone() },
        ConsumerHeartbeat { member_epoch: -2, ..good.clone() },
        ConsumerHeartbeat { member_epoch: 5, ..good },
    ];
    let lines: Vec<String> = wrong.into_iter().map(|it| beat848(&mut bench, it)).collect();
    check(
        &lines,
        expect![[r#"
        INVALID_REQUEST
        INVALID_REQUEST
        INVALID_REQUEST
        INVALID_REQUEST
        INVALID_REQUEST
        INVALID_REQUEST
        INVALID_REQUEST
        UNSUPPORTED_ASSIGNOR
        INVALID_REQUEST
        INVALID_REQUEST
        GROUP_ID_NOT_FOUND
    "#]],
    );
}

#[test]
fn a_full_group_refuses_newcomers() {
    let mut bench = Bench::new(GroupConfig { consumer_group_size_max: 1, ..config() });
    let mut lines = vec![beat848(&mut bench, pulse("a", 0, Some(&["foo"])))];
    lines.push(beat848(&mut bench, pulse("b", 0, Some(&["foo"]))));
    lines.push(beat848(&mut bench, pulse("a", 2, None)));
    check(
        &lines,
        expect![[r#"
        epoch 2 assigned foo[0, 1, 2, 3, 4, 5]
        GROUP_MAX_SIZE_REACHED
        epoch 2
    "#]],
    );
}

#[test]
fn a_member_commits_with_its_epoch() {
    let mut bench = Bench::new(config());
    beat848(&mut bench, pulse("a", 0, Some(&["foo"])));
    let mut lines = Vec::new();
    for (version, member, epoch) in
        [(8, "a", 2), (9, "a", 2), (9, "a", 3), (9, "a", 0), (9, "b", 2), (9, "", -1)]
    {
        let asked = Request::OffsetCommit(commit(member, epoch, &[("foo", 0, 5)]));
        lines.push(format!("{member} {epoch}: {}", bench.show(version, asked)));
    }
    let as_member = |member: &str, epoch| OffsetFetch {
        member_id: Some(MemberId::new(member)),
        member_epoch: epoch,
        ..fetch(Some(&[("foo", &[0])]))
    };
    for (member, epoch) in [("a", 2), ("a", 0), ("b", 2)] {
        lines.push(bench.show(9, Request::OffsetFetch(as_member(member, epoch))));
    }
    lines.push(bench.show(9, Request::OffsetFetch(fetch(None))));
    check(
        &lines,
        expect![[r#"
        a 2: UNSUPPORTED_VERSION
        a 2: foo-0 NONE
        a 3: STALE_MEMBER_EPOCH
        a 0: STALE_MEMBER_EPOCH
        b 2: UNKNOWN_MEMBER_ID
         -1: UNKNOWN_MEMBER_ID
        foo-0=5 7 "note"
        STALE_MEMBER_EPOCH
        UNKNOWN_MEMBER_ID
        foo-0=5 7 "note"
    "#]],
    );
}

/// A classic group of two consumers that share six partitions.
fn classic_pair(bench: &mut Bench) -> [String; 2] {
    let metadata = subscription(&["foo"]);
    let protocols: &[(&str, &[u8])] = &[("range", &metadata)];
    let tokens = [0, 1].map(|_| bench.send(3, Request::Join(join("", None, protocols))));
    bench.advance(0);
    let ids = tokens.map(|token| match bench.answer(token) {
        Some(Ok(Reply::Join(reply))) => reply.member_id.to_string(),
        other => panic!("{other:?}"),
    });
    let second = bench.send(3, Request::Sync(sync(&ids[1], 1, &[])));
    let (low, high) = (assignment(&[("foo", &[0, 1, 2])]), assignment(&[("foo", &[3, 4, 5])]));
    bench.ask(3, Request::Sync(sync(&ids[0], 1, &[(&ids[0], &low), (&ids[1], &high)]))).unwrap();
    bench.answer(second).unwrap().unwrap();
    ids
}

fn synced(answer: Answer) -> String {
    match answer {
        Ok(Reply::Sync(reply)) => format!("{:?}", read_assignment(&reply.assignment)),
        other => show(&other),
    }
}

#[test]
fn a_group_moves_to_the_new_protocol_and_back_while_it_runs() {
    let mut bench = Bench::new(config());
    let [first, second] = classic_pair(&mut bench);
    let metadata = subscription(&["foo"]);
    let protocols: &[(&str, &[u8])] = &[("range", &metadata)];
    let from = bench.log.len();
    let mut lines = vec![beat848(&mut bench, pulse("new", 0, Some(&["foo"])))];
    lines.push(bench.show_log(from));
    lines.push(describe(&mut bench));
    for member in [&first, &second] {
        lines.push(bench.show(3, beat(member, 1)));
        lines.push(bench.show(3, Request::Join(join(member, None, protocols))));
        lines.push(synced(bench.ask(3, Request::Sync(sync(member, 2, &[])))));
        lines.push(bench.show(3, beat(member, 2)));
    }
    lines.push(beat848(&mut bench, pulse("new", 2, None)));
    lines.push(describe(&mut bench));
    // One goes over to the new protocol, the other leaves: a pure consumer group.
    lines.push(beat848(&mut bench, pulse(&first, 0, Some(&["foo"]))));
    lines.push(describe(&mut bench));
    // The new ones go: the last classic member is a classic group again and rebalances.
    lines.push(beat848(&mut bench, pulse("new", -1, None)));
    lines.push(beat848(&mut bench, pulse(&first, -1, None)));
    lines.push(bench.show(6, Request::DescribeGroup(group())));
    lines.push(bench.show(3, beat(&second, 3)));
    check(
        &lines,
        expect![[r#"
        epoch 2 assigned
        classic gone
        member client-00000000-0000-0000-0000-000000000001 {"foo"} None
        member client-00000000-0000-0000-0000-000000000002 {"foo"} None
        epoch 1
        target epoch 1
        target client-00000000-0000-0000-0000-000000000001 2:{0, 1, 2}
        current client-00000000-0000-0000-0000-000000000001 epoch 1 Stable 2:{0: 1, 1: 1, 2: 1} revoking 
        target client-00000000-0000-0000-0000-000000000002 2:{3, 4, 5}
        current client-00000000-0000-0000-0000-000000000002 epoch 1 Stable 2:{3: 1, 4: 1, 5: 1} revoking 
        member new {"foo"} None
        epoch 2
        target client-00000000-0000-0000-0000-000000000001 2:{0, 1}
        target client-00000000-0000-0000-0000-000000000002 2:{3, 4}
        target new 2:{2, 5}
        target epoch 2
        current new epoch 2 UnreleasedPartitions  revoking 

        Reconciling epoch 2 assignment 2 by uniform [client-00000000-0000-0000-0000-000000000001 at 1 owns 1 wants 1, client-00000000-0000-0000-0000-000000000002 at 1 owns 1 wants 1, new at 2 owns 0 wants 1]
        REBALANCE_IN_PROGRESS
        joined client-00000000-0000-0000-0000-000000000001 generation 2 range leader  members 0
        [("foo", 0), ("foo", 1)]
        ok
        REBALANCE_IN_PROGRESS
        joined client-00000000-0000-0000-0000-000000000002 generation 2 range leader  members 0
        [("foo", 3), ("foo", 4)]
        ok
        epoch 2 assigned foo[2, 5]
        Stable epoch 2 assignment 2 by uniform [client-00000000-0000-0000-0000-000000000001 at 2 owns 1 wants 1, client-00000000-0000-0000-0000-000000000002 at 2 owns 1 wants 1, new at 2 owns 1 wants 1]
        epoch 2 assigned foo[0, 1]
        Stable epoch 2 assignment 2 by uniform [client-00000000-0000-0000-0000-000000000001 at 2 owns 1 wants 1, client-00000000-0000-0000-0000-000000000002 at 2 owns 1 wants 1, new at 2 owns 1 wants 1]
        epoch -1
        epoch -1
        PreparingRebalance consumer  [client-00000000-0000-0000-0000-000000000002]
        REBALANCE_IN_PROGRESS
    "#]],
    );
}

/// The last classic member left while the group still waits for its first ones.
#[test]
fn a_classic_group_without_members_is_upgraded_too() {
    let initial_rebalance_delay = Duration::from_secs(3);
    let mut bench = Bench::new(GroupConfig { initial_rebalance_delay, ..config() });
    let metadata = subscription(&["foo"]);
    bench.send(3, Request::Join(join("", None, &[("range", &metadata)])));
    let mut lines = vec![bench.show(3, leave(&[("client-00000000-0000-0000-0000-000000000001", None)]))];
    lines.push(bench.show(6, Request::DescribeGroup(group())));
    lines.push(beat848(&mut bench, pulse("new", 0, Some(&["foo"]))));
    bench.advance(10_000);
    lines.push(describe(&mut bench));
    check(
        &lines,
        expect![[r#"
            client-00000000-0000-0000-0000-000000000001: NONE
            PreparingRebalance consumer  []
            epoch 1 assigned foo[0, 1, 2, 3, 4, 5]
            Stable epoch 1 assignment 1 by uniform [new at 1 owns 1 wants 1]
        "#]],
    );
}

/// Heartbeats of the classic protocol assign nothing: where no other member does, they must send theirs to join again.
#[test]
fn what_a_member_leaves_behind_is_assigned_where_all_others_are_classic() {
    let mut bench = Bench::new(GroupConfig { migration: MigrationPolicy::Upgrade, ..config() });
    let members = classic_pair(&mut bench);
    let metadata = subscription(&["foo"]);
    let protocols: &[(&str, &[u8])] = &[("range", &metadata)];
    beat848(&mut bench, pulse("new", 0, Some(&["foo"])));
    let mut lines = Vec::new();
    for epoch in [2, 3] {
        for member in &members {
            lines.push(bench.show(3, beat(member, epoch - 1)));
            lines.push(bench.show(3, Request::Join(join(member, None, protocols))));
            lines.push(synced(bench.ask(3, Request::Sync(sync(member, epoch, &[])))));
            lines.push(bench.show(3, beat(member, epoch)));
        }
        if epoch == 2 {
            beat848(&mut bench, pulse("new", 2, None));
            lines.push(beat848(&mut bench, pulse("new", -1, None)));
            bench.advance(2_000);
        }
    }
    check(
        &lines,
        expect![[r#"
            REBALANCE_IN_PROGRESS
            joined client-00000000-0000-0000-0000-000000000001 generation 2 range leader  members 0
            [("foo", 0), ("foo", 1)]
            ok
            REBALANCE_IN_PROGRESS
            joined client-00000000-0000-0000-0000-000000000002 generation 2 range leader  members 0
            [("foo", 3), ("foo", 4)]
            ok
            epoch -1
            REBALANCE_IN_PROGRESS
            joined client-00000000-0000-0000-0000-000000000001 generation 3 range leader  members 0
            [("foo", 0), ("foo", 1), ("foo", 2)]
            ok
            REBALANCE_IN_PROGRESS
            joined client-00000000-0000-0000-0000-000000000002 generation 3 range leader  members 0
            [("foo", 3), ("foo", 4), ("foo", 5)]
            ok
        "#]],
    );
}

#[test]
fn migration_can_be_switched_off() {
    let mut bench = Bench::new(GroupConfig { migration: MigrationPolicy::Disabled, ..config() });
    classic_pair(&mut bench);
    let lines = vec![beat848(&mut bench, pulse("new", 0, Some(&["foo"])))];
    check(
        &lines,
        expect![[r#"
        GROUP_ID_NOT_FOUND
    "#]],
    );
}

#[test]
fn a_restart_keeps_a_consumer_group() {
    let mut bench = Bench::new(config());
    beat848(&mut bench, pulse("a", 0, Some(&["foo"])));
    beat848(&mut bench, pulse("b", 0, Some(&["foo"])));
    let snapshot = bench.shard.snapshot();
    let mut bench = bench.restarted(config());
    assert_eq!(bench.shard.snapshot(), snapshot);
    let mut lines = vec![beat848(&mut bench, pulse("a", 2, None)), describe(&mut bench)];
    bench.advance(46_000);
    lines.push(describe(&mut bench));
    check(
        &lines,
        expect![[r#"
        epoch 2 assigned foo[0, 1, 2]
        Reconciling epoch 3 assignment 3 by uniform [a at 2 owns 1 wants 1, b at 3 owns 0 wants 1]
        Empty epoch 5 assignment 3 by uniform []
    "#]],
    );
}
