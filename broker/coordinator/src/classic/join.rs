//! JoinGroup: new members, pending ones, and those who come again.

use weir_model::{ErrorCode, GroupId, Uuid};

use super::{ClassicGroup, ClassicMember, ClassicState, millis, refuse_join};
use crate::api::{JoinGroup, JoinReply, MemberId, Refusal, Reply, ReplyToken, RequestContext};
use crate::config::PENDING_MEMBERS_MAX;
use crate::memory;
use crate::record::GroupRecord;
use crate::shard::GroupShard;
use crate::timers::{TimerData, TimerKey};

/// From this version of JoinGroup on, a new dynamic member is told its id and comes again (KIP-394).
const MEMBER_ID_REQUIRED_VERSION: i16 = 4;

/// The length of such an id.
const JAVA_UUID_BYTES: usize = 36;

/// A random id as Java shows a UUID.
fn java_uuid(id: Uuid) -> String {
    let hex: Vec<String> = id.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex[from..to].concat();
    format!("{}-{}-{}-{}-{}", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16))
}

impl JoinGroup {
    /// The member that this join makes.
    pub(crate) fn member(&self, context: &RequestContext, token: ReplyToken) -> ClassicMember {
        ClassicMember {
            instance_id: self.instance_id.clone(),
            client_id: context.client_id.clone(),
            client_host: context.client_host.clone(),
            rebalance_timeout: millis(self.effective_rebalance_timeout_ms()),
            session_timeout: millis(self.session_timeout_ms),
            protocols: self.protocols.clone(),
            assignment: bytes::Bytes::new(),
            is_new: true,
            joining: Some(token),
            syncing: None,
        }
    }

    pub(crate) fn effective_rebalance_timeout_ms(&self) -> i32 {
        if self.rebalance_timeout_ms < 0 { self.session_timeout_ms } else { self.rebalance_timeout_ms }
    }

    /// Whether the member must be told its id first.
    pub(crate) fn needs_member_id(&self, context: &RequestContext) -> bool {
        self.member_id.is_empty()
            && self.instance_id.is_none()
            && context.api_version >= MEMBER_ID_REQUIRED_VERSION
    }

    /// How much more the group takes with this join, the stored group included. A member that is told its id is counted as
    /// if it were there: it comes back at once.
    fn growth(&self, context: &RequestContext, live: &ClassicGroup) -> usize {
        let known = match self.instance_id.as_deref().filter(|_| self.member_id.is_empty()) {
            Some(name) => live.static_member(name),
            None => Some(&self.member_id),
        };
        let mut member = self.member(context, ReplyToken(0));
        if let Some((id, before)) = known.and_then(|id| Some((id, live.member(id)?))) {
            member.assignment = before.assignment.clone();
            return memory::classic_member(id, &member).saturating_sub(live.footprint_of(id));
        }
        let ids = JAVA_UUID_BYTES + 1 + context.client_id.len().max(self.member_id.as_str().len());
        let group =
            if live.members().is_empty() { 2 * (memory::GROUP_BYTES + self.group.as_str().len()) } else { 0 };
        memory::classic_member(&self.member_id, &member) + ids + group
    }

    fn new_member_id(&self, context: &RequestContext) -> MemberId {
        let prefix = self.instance_id.as_deref().unwrap_or(&context.client_id);
        MemberId::new(&format!("{prefix}-{}", java_uuid(context.fresh_id)))
    }
}

impl GroupShard {
    pub(crate) fn join(
        &mut self,
        context: &RequestContext,
        join: &JoinGroup,
        token: ReplyToken,
    ) -> Result<Option<Reply>, Refusal> {
        let session_timeout = millis(join.session_timeout_ms);
        if join.group.as_str().is_empty() {
            return Ok(refuse_join(&join.member_id, ErrorCode::InvalidGroupId));
        }
        if session_timeout < self.config.session_timeout_min
            || session_timeout > self.config.session_timeout_max
        {
            return Ok(refuse_join(&join.member_id, ErrorCode::InvalidSessionTimeout));
        }
        match self.state.consumer(&join.group).map(|consumer| consumer.members().is_empty()) {
            Some(false) => {
                let reply = self.join_consumer_group(context, join)?;
                return self.check_grown().map(|()| reply);
            }
            // Nobody speaks the consumer protocol any more: the group becomes a classic one.
            Some(true) => self.write_consumer_tombstones(&join.group),
            None => {}
        }
        self.join_classic(context, join, token)
    }

    fn join_classic(
        &mut self,
        context: &RequestContext,
        join: &JoinGroup,
        token: ReplyToken,
    ) -> Result<Option<Reply>, Refusal> {
        let is_unknown = join.member_id.is_empty();
        let is_new_group = !self.classic.contains_key(&join.group) && self.state.group(&join.group).is_none();
        if is_new_group && !is_unknown {
            return Ok(refuse_join(&join.member_id, ErrorCode::UnknownMemberId));
        }
        let wall = self.wall();
        let fresh = !self.classic.contains_key(&join.group);
        let live =
            self.classic.entry(join.group.clone()).or_insert_with(|| ClassicGroup::empty(wall, &self.memory));
        let room = self.config.memory_bytes_max.saturating_sub(self.memory.used_bytes());
        let lacks_memory = join.growth(context, live) > room;
        let refused = refusal_at_the_door(live, join, self.config.group_size_max, lacks_memory);
        if let Some((member_id, error)) = refused {
            if fresh {
                self.classic.remove(&join.group);
            }
            return Ok(refuse_join(&member_id, error));
        }
        let empty = is_new_group.then(|| live.to_value(&std::collections::BTreeMap::new()));
        let reply = if is_unknown {
            self.join_new(context, join, token)
        } else {
            self.join_known(context, join, token)
        };
        if let Some(value) = empty {
            // So that the group is there after a restart too, and expires if nobody ever joins.
            let value = Some(std::sync::Arc::new(value));
            self.write(GroupRecord::Classic { group: join.group.clone(), value });
        }
        Ok(reply)
    }

    fn join_new(&mut self, context: &RequestContext, join: &JoinGroup, token: ReplyToken) -> Option<Reply> {
        let member_id = join.new_member_id(context);
        if let Some(name) = &join.instance_id {
            let existing = self.live(&join.group).static_member(name).cloned();
            match existing {
                Some(existing) => self.take_over_static(context, join, &existing, &member_id, token),
                None => self.add_member(context, join, member_id, token),
            }
            return None;
        }
        if !join.needs_member_id(context) {
            self.add_member(context, join, member_id, token);
            return None;
        }
        self.live(&join.group).expect_join(member_id.clone());
        let key = TimerKey::ClassicSession(join.group.clone(), member_id.clone());
        self.set_timer(key, millis(join.session_timeout_ms), TimerData::None);
        refuse_join(&member_id, ErrorCode::MemberIdRequired)
    }

    fn join_known(&mut self, context: &RequestContext, join: &JoinGroup, token: ReplyToken) -> Option<Reply> {
        let id = &join.member_id;
        let live = self.live(&join.group);
        if live.pending_join().contains(id) {
            if join.instance_id.is_some() {
                return refuse_join(id, ErrorCode::UnknownMemberId);
            }
            self.add_member(context, join, id.clone(), token);
            return None;
        }
        if let Err(error) = live.validate(id, join.instance_id.as_deref()) {
            return refuse_join(id, error);
        }
        let same_protocols = live.member(id).is_some_and(|member| member.protocols == join.protocols);
        let is_leader = live.is_leader(id);
        match live.state() {
            ClassicState::PreparingRebalance => self.rejoin(join, token),
            // It lost the answer; nothing about it changed.
            ClassicState::CompletingRebalance if same_protocols => {
                return Some(Reply::Join(live.join_reply(id, is_leader)));
            }
            // A follower that has lost touch gets the generation again; the leader's rejoin asks for a rebalance.
            ClassicState::Stable if same_protocols && !is_leader => {
                return Some(Reply::Join(live.join_reply(id, false)));
            }
            ClassicState::CompletingRebalance | ClassicState::Stable => self.rejoin(join, token),
            ClassicState::Empty => return refuse_join(id, ErrorCode::UnknownMemberId),
        }
        None
    }

    fn add_member(&mut self, context: &RequestContext, join: &JoinGroup, id: MemberId, token: ReplyToken) {
        let timeout = self.config.new_member_join_timeout;
        let live = self.live(&join.group);
        if live.members().is_empty() {
            live.protocol_type = Some(join.protocol_type.clone());
        }
        if live.is_initial() {
            live.new_member_added = true;
        }
        live.insert(id.clone(), join.member(context, token));
        self.set_timer(TimerKey::ClassicSession(join.group.clone(), id), timeout, TimerData::None);
        self.rebalance_or_complete(&join.group);
    }

    /// A member joins again with what it can do now.
    fn rejoin(&mut self, join: &JoinGroup, token: ReplyToken) {
        let replaced = self.live(&join.group).update_member(&join.member_id, join, token);
        if let Some(earlier) = replaced {
            // The member gave up its earlier request, or its connection.
            self.reply(
                earlier,
                Ok(Reply::Join(JoinReply::refused(join.member_id.clone(), ErrorCode::RebalanceInProgress))),
            );
        }
        self.rebalance_or_complete(&join.group);
    }

    pub(crate) fn rebalance_or_complete(&mut self, group: &GroupId) {
        if self.live(group).is(ClassicState::PreparingRebalance) {
            self.complete_join_if_all_here(group);
        } else {
            self.prepare_rebalance(group);
        }
    }
}

/// Why a member can't come in, and the id that the answer names.
fn refusal_at_the_door(
    live: &mut ClassicGroup,
    join: &JoinGroup,
    size_max: usize,
    lacks_memory: bool,
) -> Option<(MemberId, ErrorCode)> {
    let id = &join.member_id;
    let is_unknown = id.is_empty();
    let has_room = match live.state() {
        ClassicState::Empty => true,
        ClassicState::PreparingRebalance => {
            live.member(id).is_some_and(|member| member.joining.is_some()) || live.joining_count() < size_max
        }
        ClassicState::CompletingRebalance | ClassicState::Stable => {
            live.member(id).is_some() || live.members().len() < size_max
        }
    };
    if !has_room || (is_unknown && live.pending_join().len() >= PENDING_MEMBERS_MAX) {
        live.remove(id);
        return Some((MemberId::default(), ErrorCode::GroupMaxSizeReached));
    }
    if lacks_memory {
        return Some((id.clone(), ErrorCode::GroupMaxSizeReached));
    }
    if !live.supports(&join.protocol_type, &join.protocols) {
        return Some((id.clone(), ErrorCode::InconsistentGroupProtocol));
    }
    None
}

impl ClassicGroup {
    /// Takes over what the member says now; returns the request that it waited with before.
    pub(super) fn update_member(
        &mut self,
        id: &MemberId,
        join: &JoinGroup,
        token: ReplyToken,
    ) -> Option<ReplyToken> {
        self.change(id, |member| {
            member.protocols.clone_from(&join.protocols);
            member.rebalance_timeout = millis(join.effective_rebalance_timeout_ms());
            member.session_timeout = millis(join.session_timeout_ms);
            member.joining.replace(token)
        })
        .flatten()
    }

    /// The answer to a join of this generation.
    pub(super) fn join_reply(&self, id: &MemberId, with_members: bool) -> JoinReply {
        JoinReply {
            error: ErrorCode::None,
            member_id: id.clone(),
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            skip_assignment: false,
            members: if with_members { self.joined_members() } else { Vec::new() },
        }
    }
}
