//! Conversations of group members with a broker, drawn from a seed and written down as text that does not depend on
//! who answers: Kafka's own words are the measure of ours.
//!
//! Six members share one group: three speak the classic protocol, three the consumer protocol (KIP-848), and one of each
//! goes by the same static name. Everyone mostly does what a client would do next and now and then something out of turn;
//! the group changes its protocol whenever the mixture asks for it. After every step the group is described.
//!
//! Which partitions a member gets depends on ids that a broker draws, so that a transcript only says how many they shall be and
//! whether it has them. A topic's partitions are shared evenly by any number of members: then that is the same for every choice.

mod classic;
mod consumer;
mod embedded;
mod scene;
mod transcript;

use std::net::SocketAddr;

use anyhow::Result;

use self::classic::Classic;
use self::consumer::Consumer;
use self::scene::Scene;
pub(crate) use self::scene::{SHARES, Stage};
pub(crate) use self::transcript::Differs;
use self::transcript::Transcript;
use crate::random::Random;

/// The steps of one conversation.
const STEPS: usize = 14;
/// How often of 100 times everybody who takes part comes to rest after a step.
const SETTLES: usize = 70;
/// How often everybody speaks until then: who waits for a partition needs somebody who gives it up.
const ROUNDS: usize = 3;
/// The static name that a classic member and one of the consumer protocol share.
const STATIC_NAME: &str = "s";

/// Holds the conversation of a seed and returns its transcript. With the lines that are expected, it ends at the first
/// that differs.
pub(crate) fn hold(stage: Stage, seed: u64, expected: Option<&[&str]>) -> Result<Vec<String>> {
    let mut cast = Cast::new(stage.address)?;
    let mut scene = Scene::open(stage, Transcript::new(expected))?;
    let mut random = Random::new(seed);
    for _ in 0..STEPS {
        let (member, choice, settles) = (random.below(6), random.below(100), random.below(100) < SETTLES);
        match cast.classics.len().checked_sub(member + 1) {
            Some(member) => cast.classics[member].act(&mut scene, choice)?,
            None => cast.consumers[member % 3].act(&mut scene, choice)?,
        }
        cast.listen(&mut scene)?;
        scene.describe()?;
        for _ in 0..if settles { ROUNDS } else { 0 } {
            cast.go_on(&mut scene)?;
        }
    }
    scene.transcript.end()
}

/// The members.
struct Cast {
    classics: Vec<Classic>,
    consumers: Vec<Consumer>,
}

impl Cast {
    fn new(address: SocketAddr) -> Result<Self> {
        let classic = |(label, instance)| Classic::new(label, instance, address);
        let consumer = |(label, instance)| Consumer::new(label, instance, address);
        let classics = [("c1", None), ("c2", None), ("c3", Some(STATIC_NAME))];
        let consumers = [("k1", None), ("k2", None), ("k3", Some(STATIC_NAME))];
        Ok(Self {
            classics: classics.into_iter().map(classic).collect::<Result<_>>()?,
            consumers: consumers.into_iter().map(consumer).collect::<Result<_>>()?,
        })
    }

    /// Hears the answers for which members wait.
    fn listen(&mut self, scene: &mut Scene) -> Result<()> {
        self.classics.iter_mut().try_for_each(|classic| classic.look_for_answer(scene))
    }

    /// Everybody who takes part does what comes next.
    fn go_on(&mut self, scene: &mut Scene) -> Result<()> {
        for member in 0..self.consumers.len() {
            if self.consumers[member].is_in() {
                self.consumers[member].go_on(scene)?;
                self.listen(scene)?;
            }
        }
        for member in 0..self.classics.len() {
            if self.classics[member].is_in() {
                self.classics[member].go_on(scene)?;
                self.listen(scene)?;
            }
        }
        scene.describe()
    }
}
