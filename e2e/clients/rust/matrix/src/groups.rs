//! Cases about consumer groups, all driven from one thread: members are polled in turn.

use std::collections::BTreeSet;

use crate::cases::sample;
use crate::{Join, Library, Member, Outcome, check, equal, refusal, until};

fn poll_until(what: &str, members: &mut [&mut Box<dyn Member>], done: impl Fn(&[&mut Box<dyn Member>]) -> bool) -> Outcome<()> {
    until(what, || {
        for member in members.iter_mut() {
            member.poll()?;
        }
        Ok(done(members))
    })
}

fn different(a: &[String], b: &[String]) -> usize {
    a.iter().chain(b).collect::<BTreeSet<_>>().len()
}

pub fn restart(library: &dyn Library, topic: &str) -> Outcome<()> {
    library.create(topic, 2, 1, &[])?;
    let mut first = library.join(topic, topic, Join::default())?;
    library.produce(topic, &sample(50, "v"), "none", false)?;
    poll_until("the first half", &mut [&mut first], |all| all[0].values().len() >= 50)?;
    let places = first.commit()?;
    let had = first.values().to_vec();
    drop(first);
    for (partition, offset) in places {
        equal(offset, library.committed(topic, topic, partition)?, "committed offset")?;
    }
    library.produce(topic, &sample(50, "w"), "none", false)?;
    let mut second = library.join(topic, topic, Join::default())?;
    poll_until("the second half", &mut [&mut second], |all| all[0].values().len() >= 50)?;
    equal(100, had.len() + second.values().len(), "records in both runs")?;
    equal(100, different(&had, second.values()), "different records")
}

/// Two members share four partitions, each record reaches one of them, and one takes over when the other leaves.
pub fn share(library: &dyn Library, topic: &str, join: Join) -> Outcome<()> {
    library.create(topic, 4, 1, &[])?;
    let mut a = library.join(topic, topic, join)?;
    let mut b = library.join(topic, topic, join)?;
    let even = |all: &[&mut Box<dyn Member>]| all.iter().all(|member| member.assigned().len() == 2);
    poll_until("two partitions each", &mut [&mut a, &mut b], even)?;
    library.produce(topic, &sample(60, "v"), "none", false)?;
    let got = |all: &[&mut Box<dyn Member>]| all.iter().map(|member| member.values().len()).sum::<usize>() >= 60;
    poll_until("all records", &mut [&mut a, &mut b], got)?;
    equal(60, a.values().len() + b.values().len(), "records at both")?;
    equal(60, different(a.values(), b.values()), "different records")?;
    check(!a.values().is_empty() && !b.values().is_empty(), || {
        "one member got all records".to_owned()
    })?;
    a.commit()?;
    b.commit()?;
    drop(a);
    poll_until("all partitions after the other left", &mut [&mut b], |all| {
        all[0].assigned().len() == 4
    })?;
    let before = b.values().len();
    library.produce(topic, &sample(20, "w"), "none", false)?;
    poll_until("the records after that", &mut [&mut b], |all| {
        all[0].values().len() >= before + 20
    })?;
    equal(before + 20, b.values().len(), "records after that")
}

pub fn static_members(library: &dyn Library, topic: &str) -> Outcome<()> {
    let named = |instance| Join {
        instance: Some(instance),
        ..Join::default()
    };
    library.create(topic, 4, 1, &[])?;
    let mut a = library.join(topic, topic, named("a"))?;
    let mut b = library.join(topic, topic, named("b"))?;
    let even = |all: &[&mut Box<dyn Member>]| all.iter().all(|member| member.assigned().len() == 2);
    poll_until("two partitions each", &mut [&mut a, &mut b], even)?;
    let (had, rebalances) = (b.assigned(), a.rebalances());
    drop(b);
    let mut again = library.join(topic, topic, named("b"))?;
    poll_until("the partitions of the one who came back", &mut [&mut a, &mut again], even)?;
    equal(had, again.assigned(), "partitions of the one who came back")?;
    equal(rebalances, a.rebalances(), "rebalances that the other saw")
}

pub fn cooperative(library: &dyn Library, topic: &str) -> Outcome<()> {
    let join = Join {
        cooperative: true,
        ..Join::default()
    };
    library.create(topic, 4, 1, &[])?;
    let mut a = library.join(topic, topic, join)?;
    poll_until("all partitions", &mut [&mut a], |all| all[0].assigned().len() == 4)?;
    let mut b = library.join(topic, topic, join)?;
    let even = |all: &[&mut Box<dyn Member>]| all.iter().all(|member| member.assigned().len() == 2);
    poll_until("two partitions each", &mut [&mut a, &mut b], even)?;
    equal(2, a.revoked().len(), "partitions taken from the first member")?;
    equal(b.assigned(), a.revoked(), "what one lost and the other got")
}

pub fn admin(library: &dyn Library, topic: &str) -> Outcome<()> {
    library.create(topic, 1, 1, &[])?;
    let mut member = library.join(topic, topic, Join::default())?;
    library.produce(topic, &sample(5, "v"), "none", false)?;
    poll_until("five records", &mut [&mut member], |all| all[0].values().len() == 5)?;
    member.commit()?;
    let listed = || Ok(library.groups()?.iter().any(|name| name == topic));
    check(listed()?, || "the group is not listed".to_owned())?;
    equal(("Stable".to_owned(), 1), library.group(topic)?, "state and members")?;
    equal(5, library.committed(topic, topic, 0)?, "committed offset")?;
    equal(68, refusal(library.delete_group(topic))?, "deleting a group with members")?;
    drop(member);
    until("the group is empty", || Ok(library.group(topic)?.0 == "Empty"))?;
    library.delete_group(topic)?;
    check(!listed()?, || "the deleted group is still listed".to_owned())?;
    equal(69, refusal(library.delete_group(topic))?, "deleting it again")
}
