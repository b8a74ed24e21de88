//! A member of the classic protocol: it joins, is synchronised, and beats; the leader assigns.

use std::net::SocketAddr;

use anyhow::Result;
use weir_wire::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, SyncGroupRequest,
    SyncGroupResponse, join_group_request, leave_group_request, sync_group_request,
};
use weir_wire::{ErrorCode, WireStr};

use super::embedded::{Partitions, assignment, read_assignment, subscription};
use super::scene::{Scene, assigned, commit, outcome};
use crate::wire_client::Client;

const JOIN_VERSION: i16 = 9;
const SYNC_VERSION: i16 = 5;
const HEARTBEAT_VERSION: i16 = 4;
const LEAVE_VERSION: i16 = 5;
const SESSION_TIMEOUT_MS: i32 = 600_000;

/// A protocol type and the one protocol that a member knows of it.
type Tongue = (&'static str, &'static str);

/// What most members speak.
const COMMON: Tongue = ("consumer", "range");
/// A consumer with whom the others share no assignor.
const STRANGER: Tongue = ("consumer", "own");
/// No consumer at all; a group of such members does not change its protocol.
const WORKER: Tongue = ("connect", "range");

/// What a member would do next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    Join,
    /// With the ids of all members, if it leads.
    Sync(Vec<String>),
    Beat,
}

/// A request that the broker may answer much later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Join,
    Sync,
}

/// One member.
#[derive(Debug)]
pub(super) struct Classic {
    label: &'static str,
    instance: Option<&'static str>,
    client: Client,
    tongue: Tongue,
    id: String,
    generation: i32,
    owned: Partitions,
    next: Next,
    waits: Option<Waits>,
}

impl Classic {
    pub(super) fn new(
        label: &'static str,
        instance: Option<&'static str>,
        address: SocketAddr,
    ) -> Result<Self> {
        let client = Client::connect(address)?;
        let (id, owned, next) = (String::new(), Partitions::new(), Next::Join);
        Ok(Self { label, instance, client, tongue: COMMON, id, generation: -1, owned, next, waits: None })
    }

    /// Does what a client would do next, or by the choice out of 100 something else. One that waits does nothing.
    pub(super) fn act(&mut self, scene: &mut Scene, choice: usize) -> Result<()> {
        if self.waits.is_some() {
            return Ok(());
        }
        if !self.is_in() {
            self.tongue = match choice % 16 {
                0 => WORKER,
                1 => STRANGER,
                _ => COMMON,
            };
        }
        match choice {
            0..9 => self.leave(scene),
            9..13 => self.beat(scene, "beat of the generation before", self.generation - 1),
            13..18 => self.commit(scene, self.generation),
            18..21 => self.commit(scene, self.generation - 1),
            21..25 => self.join(scene),
            25..28 => self.sync(scene, &[]),
            28..40 => self.beat(scene, "beat", self.generation),
            _ => self.go_on(scene),
        }
    }

    /// Does what a client would do next.
    pub(super) fn go_on(&mut self, scene: &mut Scene) -> Result<()> {
        if self.waits.is_some() {
            return Ok(());
        }
        match self.next.clone() {
            Next::Join => self.join(scene),
            Next::Sync(members) => self.sync(scene, &members),
            Next::Beat => self.beat(scene, "beat", self.generation),
        }
    }

    /// Whether it takes part.
    pub(super) fn is_in(&self) -> bool {
        !self.id.is_empty()
    }

    /// Hears the answer for which it waits, if there is one.
    pub(super) fn look_for_answer(&mut self, scene: &mut Scene) -> Result<()> {
        match self.waits {
            Some(waits) => self.listen(scene, waits),
            None => Ok(()),
        }
    }

    fn listen(&mut self, scene: &mut Scene, what: Waits) -> Result<()> {
        let word = match what {
            Waits::Join => "join",
            Waits::Sync => "sync",
        };
        let beginning = format!("{} {word}:", self.label);
        if !self.client.has_answer(scene.transcript.patience(&beginning))? {
            if self.waits.replace(what).is_none() {
                scene.transcript.say(format!("{} {word} waits", self.label))?;
            }
            return Ok(());
        }
        self.waits = None;
        let said = match what {
            Waits::Join => {
                let response = self.client.answer::<JoinGroupRequest>(JOIN_VERSION)?;
                self.understand_join(scene, &response)
            }
            Waits::Sync => {
                let response = self.client.answer::<SyncGroupRequest>(SYNC_VERSION)?;
                self.understand_sync(response)?
            }
        };
        scene.transcript.say(format!("{beginning} {said}"))
    }

    fn join(&mut self, scene: &mut Scene) -> Result<()> {
        let protocol = join_group_request::JoinGroupRequestProtocol {
            name: WireStr::from_static(self.tongue.1),
            metadata: subscription(&[&scene.stage.topic], &self.owned, self.generation)?,
        };
        let request = JoinGroupRequest {
            group_id: scene.group_id(),
            session_timeout_ms: SESSION_TIMEOUT_MS,
            rebalance_timeout_ms: SESSION_TIMEOUT_MS,
            member_id: WireStr::from(self.id.as_str()),
            group_instance_id: self.instance.map(WireStr::from_static),
            protocol_type: WireStr::from_static(self.tongue.0),
            protocols: vec![protocol],
            ..Default::default()
        };
        self.client.send(&request, JOIN_VERSION)?;
        self.listen(scene, Waits::Join)
    }

    fn understand_join(&mut self, scene: &mut Scene, response: &JoinGroupResponse) -> String {
        let code = ErrorCode::from_code(response.error_code);
        if matches!(code, Some(ErrorCode::None | ErrorCode::MemberIdRequired)) {
            self.id = response.member_id.to_string();
            scene.meet(&self.id, self.label);
        }
        if code != Some(ErrorCode::None) {
            return self.refused(response.error_code);
        }
        self.generation = response.generation_id;
        let ids: Vec<String> = response.members.iter().map(|member| member.member_id.to_string()).collect();
        let mut names: Vec<&str> = ids.iter().map(|id| scene.name(id)).collect();
        names.sort_unstable();
        let said = format!(
            "generation {}, {} of {}, leader {}, members [{}]{}",
            response.generation_id,
            response.protocol_name.as_deref().unwrap_or("none"),
            response.protocol_type.as_deref().unwrap_or("none"),
            scene.name(&response.leader),
            names.join(" "),
            if response.skip_assignment { ", assignment stays" } else { "" },
        );
        self.next = Next::Sync(if response.skip_assignment { Vec::new() } else { ids });
        said
    }

    fn sync(&mut self, scene: &mut Scene, members: &[String]) -> Result<()> {
        let request = SyncGroupRequest {
            group_id: scene.group_id(),
            generation_id: self.generation,
            member_id: WireStr::from(self.id.as_str()),
            group_instance_id: self.instance.map(WireStr::from_static),
            protocol_type: Some(WireStr::from_static(self.tongue.0)),
            protocol_name: Some(WireStr::from_static(self.tongue.1)),
            assignments: shared_evenly(scene, members)?,
        };
        self.client.send(&request, SYNC_VERSION)?;
        self.listen(scene, Waits::Sync)
    }

    fn understand_sync(&mut self, response: SyncGroupResponse) -> Result<String> {
        if response.error_code != 0 {
            return Ok(self.refused(response.error_code));
        }
        self.owned = read_assignment(response.assignment)?;
        self.next = Next::Beat;
        Ok(assigned(self.owned.iter().map(|(_, partitions)| partitions.len()).sum()).to_owned())
    }

    fn beat(&mut self, scene: &mut Scene, what: &str, generation: i32) -> Result<()> {
        let request = HeartbeatRequest {
            group_id: scene.group_id(),
            generation_id: generation,
            member_id: WireStr::from(self.id.as_str()),
            group_instance_id: self.instance.map(WireStr::from_static),
        };
        let code = self.client.call(&request, HEARTBEAT_VERSION)?.error_code;
        // What a slip of the tongue is answered with is no news of the group.
        let said =
            if code == 0 || generation != self.generation { outcome(code) } else { self.refused(code) };
        scene.transcript.say(format!("{} {what}: {said}", self.label))
    }

    fn leave(&mut self, scene: &mut Scene) -> Result<()> {
        let member = leave_group_request::MemberIdentity {
            member_id: WireStr::from(self.id.as_str()),
            group_instance_id: self.instance.map(WireStr::from_static),
            ..Default::default()
        };
        let request =
            LeaveGroupRequest { group_id: scene.group_id(), members: vec![member], ..Default::default() };
        let response = self.client.call(&request, LEAVE_VERSION)?;
        let members: Vec<String> = response.members.iter().map(|member| outcome(member.error_code)).collect();
        self.go();
        let said = outcome(response.error_code);
        scene.transcript.say(format!("{} leave: {said}, members {}", self.label, members.join(" ")))
    }

    fn commit(&mut self, scene: &mut Scene, generation: i32) -> Result<()> {
        let what = if generation == self.generation { "commit" } else { "late commit" };
        let code = commit(&mut self.client, scene, &self.id, generation, self.instance)?;
        scene.transcript.say(format!("{} {what}: {}", self.label, outcome(code)))
    }

    /// What a client makes of an error.
    fn refused(&mut self, code: i16) -> String {
        match ErrorCode::from_code(code) {
            Some(ErrorCode::MemberIdRequired | ErrorCode::RebalanceInProgress) => self.next = Next::Join,
            Some(ErrorCode::IllegalGeneration) => {
                self.generation = -1;
                self.owned.clear();
                self.next = Next::Join;
            }
            _ => self.go(),
        }
        outcome(code)
    }

    fn go(&mut self) {
        self.id.clear();
        self.generation = -1;
        self.owned.clear();
        self.next = Next::Join;
    }
}

fn shared_evenly(
    scene: &Scene,
    members: &[String],
) -> Result<Vec<sync_group_request::SyncGroupRequestAssignment>> {
    let mut assignments = Vec::new();
    for (place, member) in members.iter().enumerate() {
        let own = (0..scene.stage.partitions).skip(place).step_by(members.len()).collect();
        assignments.push(sync_group_request::SyncGroupRequestAssignment {
            member_id: WireStr::from(member.as_str()),
            assignment: assignment(&vec![(scene.stage.topic.clone(), own)])?,
        });
    }
    Ok(assignments)
}
