//! Assignments as tables, and properties over random groups.
#![allow(clippy::unwrap_used)]

use expect_test::{Expect, expect};
use weir_model::Uuid;

use super::*;

fn topic(number: u8) -> TopicId {
    let mut id = [0; 16];
    id[15] = number;
    Uuid(id)
}

fn group(members: &[(&str, &[u8])], topics: &[(u8, i32)]) -> GroupSpec {
    let member = |(id, subscribed): &(&str, &[u8])| {
        let subscribed = subscribed.iter().map(|number| topic(*number)).collect();
        (MemberId::new(id), MemberSpec { instance_id: None, subscribed, owned: Arc::default() })
    };
    GroupSpec {
        members: members.iter().map(member).collect(),
        topics: topics.iter().map(|(number, count)| (topic(*number), *count)).collect(),
    }
}

fn show(assigned: &BTreeMap<MemberId, Assignment>) -> String {
    let mut text = String::new();
    for (member, assignment) in assigned {
        text.push_str(member.as_str());
        for (topic, partitions) in assignment {
            text.push_str(&format!(" {}:{partitions:?}", topic.0[15]));
        }
        text.push('\n');
    }
    text
}

fn adopt(group: &mut GroupSpec, assigned: BTreeMap<MemberId, Assignment>) {
    for (id, assignment) in assigned {
        if let Some(member) = group.members.get_mut(&id) {
            member.owned = Arc::new(assignment);
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as expect! gives it")]
fn check(name: &str, group: &GroupSpec, expected: Expect) {
    expected.assert_eq(&show(&assign(name, group)));
}

#[test]
fn ranges_are_contiguous_and_alike_for_topics_of_one_size() {
    let group = group(&[("a", &[1, 2]), ("b", &[1, 2]), ("c", &[2])], &[(1, 3), (2, 4)]);
    check(
        RANGE,
        &group,
        expect![[r"
            a 1:{0, 1} 2:{0, 1}
            b 1:{2} 2:{2}
            c 2:{3}
        "]],
    );
}

#[test]
fn uniform_moves_only_what_a_newcomer_needs() {
    let mut spec = group(&[("a", &[1]), ("b", &[1])], &[(1, 6)]);
    check(
        UNIFORM,
        &spec,
        expect![[r"
        a 1:{0, 1, 2}
        b 1:{3, 4, 5}
    "]],
    );
    let assigned = assign(UNIFORM, &spec);
    adopt(&mut spec, assigned);
    let newcomer =
        MemberSpec { instance_id: None, subscribed: BTreeSet::from([topic(1)]), owned: Arc::default() };
    spec.members.insert(MemberId::new("c"), newcomer);
    check(
        UNIFORM,
        &spec,
        expect![[r"
        a 1:{0, 1}
        b 1:{3, 4}
        c 1:{2, 5}
    "]],
    );
}

#[test]
fn uniform_balances_members_with_different_topics() {
    let spec = group(&[("a", &[1]), ("b", &[1, 2]), ("c", &[2])], &[(1, 4), (2, 2)]);
    check(
        UNIFORM,
        &spec,
        expect![[r"
        a 1:{0, 2}
        b 1:{1, 3}
        c 2:{0, 1}
    "]],
    );
}

/// A small generator, so that a seed says everything.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn random_group(random: &mut Random) -> GroupSpec {
    let topics: Vec<(u8, i32)> = (1..=random.below(5) + 1)
        .map(|number| (u8::try_from(number).unwrap(), i32::try_from(random.below(9)).unwrap()))
        .collect();
    let same = random.below(2) == 0;
    let members: Vec<(String, Vec<u8>)> = (0..=random.below(6))
        .map(|index| {
            let wanted = topics.iter().map(|(number, _)| *number);
            (format!("m{index}"), wanted.filter(|_| same || random.below(2) == 0).collect())
        })
        .collect();
    let borrowed: Vec<(&str, &[u8])> =
        members.iter().map(|(id, wanted)| (id.as_str(), wanted.as_slice())).collect();
    let subscribed: BTreeSet<u8> = members.iter().flat_map(|(_, wanted)| wanted.clone()).collect();
    let topics: Vec<(u8, i32)> =
        topics.into_iter().filter(|(number, _)| subscribed.contains(number)).collect();
    group(&borrowed, &topics)
}

fn owners(assigned: &BTreeMap<MemberId, Assignment>) -> BTreeMap<(TopicId, i32), &MemberId> {
    let mut owners = BTreeMap::new();
    for (member, assignment) in assigned {
        for (topic, partitions) in assignment {
            for partition in partitions {
                let before = owners.insert((*topic, *partition), member);
                assert!(before.is_none(), "{topic}-{partition} has two owners");
            }
        }
    }
    owners
}

#[test]
fn every_partition_has_one_owner_that_wants_it_and_a_second_run_moves_nothing() {
    for seed in 0..2000 {
        let mut random = Random(seed);
        let mut spec = random_group(&mut random);
        for name in [RANGE, UNIFORM] {
            let assigned = assign(name, &spec);
            let owners = owners(&assigned);
            let count: i32 = spec.topics.values().sum();
            assert_eq!(i32::try_from(owners.len()), Ok(count), "seed {seed} {name}");
            for ((topic, _), owner) in owners {
                assert!(spec.members[owner].subscribed.contains(&topic), "seed {seed} {name}");
            }
            if spec.is_homogeneous() && name == UNIFORM {
                let loads = assigned.values().map(|topics| topics.values().map(BTreeSet::len).sum::<usize>());
                let (least, most) = (loads.clone().min().unwrap(), loads.max().unwrap());
                assert!(most - least <= 1, "seed {seed}: {least} to {most}");
            }
            adopt(&mut spec, assigned.clone());
            assert_eq!(assign(name, &spec), assigned, "seed {seed} {name}: the second run moved something");
        }
    }
}
