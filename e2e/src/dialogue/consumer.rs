//! A member of the consumer protocol: it only sends heartbeats.

use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;

use anyhow::Result;
use weir_wire::messages::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, consumer_group_heartbeat_request,
};
use weir_wire::{ErrorCode, WireStr};

use super::scene::{Scene, assigned, commit, outcome};
use crate::wire_client::Client;

const HEARTBEAT_VERSION: i16 = 1;
const REBALANCE_TIMEOUT_MS: i32 = 600_000;
/// Older than the partition of anybody who joined as a consumer: a partition has the epoch in which it was assigned.
const FIRST_EPOCH: i32 = 1;
const LEAVE: i32 = -1;
const LEAVE_FOR_A_WHILE: i32 = -2;

/// One member.
#[derive(Debug)]
pub(super) struct Consumer {
    label: &'static str,
    instance: Option<&'static str>,
    client: Client,
    id: String,
    /// The epoch of a member.
    epoch: Option<i32>,
    owned: Vec<i32>,
    /// It was told an assignment and has not said yet that it has it.
    owes_word: bool,
}

impl Consumer {
    pub(super) fn new(
        label: &'static str,
        instance: Option<&'static str>,
        address: SocketAddr,
    ) -> Result<Self> {
        let client = Client::connect(address)?;
        let id = String::new();
        Ok(Self { label, instance, client, id, epoch: None, owned: Vec::new(), owes_word: false })
    }

    /// Does what a client would do next, or by the choice out of 100 something else.
    pub(super) fn act(&mut self, scene: &mut Scene, choice: usize) -> Result<()> {
        let epoch = self.epoch.unwrap_or(0);
        match choice {
            0..10 => self.leave(scene, LEAVE),
            10..14 => self.leave(scene, if self.instance.is_some() { LEAVE_FOR_A_WHILE } else { LEAVE }),
            14..18 => self.beat(scene, "beat of the epoch before", epoch - 1, None),
            18..21 => self.beat(scene, "beat of the next epoch", epoch + 1, None),
            21..26 => self.commit(scene, epoch),
            26..29 => self.commit(scene, FIRST_EPOCH),
            29..33 => self.join(scene),
            33..45 => self.beat(scene, "beat", epoch, None),
            _ => self.go_on(scene),
        }
    }

    /// Does what a client would do next.
    pub(super) fn go_on(&mut self, scene: &mut Scene) -> Result<()> {
        let Some(epoch) = self.epoch else { return self.join(scene) };
        if self.owes_word {
            let owned = self.owned.clone();
            self.owes_word = false;
            return self.beat(scene, "has its assignment", epoch, Some(owned));
        }
        self.beat(scene, "beat", epoch, None)
    }

    /// Whether it takes part.
    pub(super) fn is_in(&self) -> bool {
        self.epoch.is_some()
    }

    fn join(&mut self, scene: &mut Scene) -> Result<()> {
        if self.epoch.is_none() {
            // As random as the ids that a broker draws: nothing may depend on their order.
            self.id = format!("{:016x}-{}", RandomState::new().hash_one(&scene.stage.group), self.label);
            scene.meet(&self.id, self.label);
        }
        self.owned.clear();
        let request = ConsumerGroupHeartbeatRequest {
            rebalance_timeout_ms: REBALANCE_TIMEOUT_MS,
            subscribed_topic_names: Some(vec![scene.topic()]),
            ..self.request(scene, 0, Some(Vec::new()))
        };
        self.exchange(scene, "join", &request)
    }

    fn leave(&mut self, scene: &mut Scene, epoch: i32) -> Result<()> {
        let what = if epoch == LEAVE { "leave" } else { "leave for a while" };
        let request = self.request(scene, epoch, None);
        self.exchange(scene, what, &request)?;
        self.go();
        Ok(())
    }

    fn beat(&mut self, scene: &mut Scene, what: &str, epoch: i32, owned: Option<Vec<i32>>) -> Result<()> {
        // Epochs below zero mean something else.
        let request = self.request(scene, epoch.max(0), owned);
        if request.member_epoch == 0 {
            return self.join(scene);
        }
        self.exchange(scene, what, &request)
    }

    fn commit(&mut self, scene: &mut Scene, epoch: i32) -> Result<()> {
        let asked =
            self.epoch.map_or("without epoch", |own| if own == epoch { "commit" } else { "late commit" });
        let code = commit(&mut self.client, scene, &self.id, epoch, self.instance)?;
        scene.transcript.say(format!("{} {asked}: {}", self.label, outcome(code)))
    }

    fn request(&self, scene: &Scene, epoch: i32, owned: Option<Vec<i32>>) -> ConsumerGroupHeartbeatRequest {
        let topic = |partitions: Vec<i32>| {
            let topic_id = scene.topic_id;
            let some = !partitions.is_empty();
            some.then_some(consumer_group_heartbeat_request::TopicPartitions { topic_id, partitions })
                .into_iter()
                .collect()
        };
        ConsumerGroupHeartbeatRequest {
            group_id: scene.group_id(),
            member_id: WireStr::from(self.id.as_str()),
            member_epoch: epoch,
            instance_id: self.instance.map(WireStr::from_static),
            rebalance_timeout_ms: -1,
            topic_partitions: owned.map(topic),
            ..Default::default()
        }
    }

    fn exchange(
        &mut self,
        scene: &mut Scene,
        what: &str,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<()> {
        let response = self.client.call(request, HEARTBEAT_VERSION)?;
        let said = self.understand(&response);
        scene.transcript.say(format!("{} {what}: {said}", self.label))
    }

    fn understand(&mut self, response: &ConsumerGroupHeartbeatResponse) -> String {
        let code = ErrorCode::from_code(response.error_code);
        if code != Some(ErrorCode::None) {
            if !matches!(code, Some(ErrorCode::StaleMemberEpoch)) {
                self.go();
            }
            return outcome(response.error_code);
        }
        self.epoch = Some(response.member_epoch);
        let Some(assignment) = &response.assignment else {
            return format!("epoch {}", response.member_epoch);
        };
        self.owned =
            assignment.topic_partitions.iter().flat_map(|topic| &topic.partitions).copied().collect();
        self.owes_word = true;
        format!("epoch {}, {}", response.member_epoch, assigned(self.owned.len()))
    }

    fn go(&mut self) {
        self.epoch = None;
        self.owned.clear();
        self.owes_word = false;
    }
}
