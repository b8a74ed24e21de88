//! A static member comes back under its name without its old id (KIP-345): it gets a new id, whoever still uses the old
//! one is fenced, and if nothing else changed there is no rebalance.

use weir_model::{ErrorCode, GroupId};

use super::{ClassicGroup, ClassicState};
use crate::api::{JoinGroup, JoinReply, MemberId, Reply, ReplyToken, RequestContext};
use crate::shard::{Deferred, GroupShard};
use crate::timers::TimerKey;

/// From this version of JoinGroup on, a leader can be told to leave the assignment as it is (KIP-814).
const SKIP_ASSIGNMENT_VERSION: i16 = 9;

impl GroupShard {
    pub(super) fn take_over_static(
        &mut self,
        context: &RequestContext,
        join: &JoinGroup,
        old: &MemberId,
        new: &MemberId,
        token: ReplyToken,
    ) {
        let group = &join.group;
        let leader_before = self.live(group).leader.clone();
        let (joining, syncing) = self.live(group).replace_static(old, new);
        self.refuse_waiting(old, joining, syncing, ErrorCode::FencedInstanceId);
        self.timers.cancel(&TimerKey::ClassicSession(group.clone(), old.clone()));
        let live = self.live(group);
        live.update_member(new, join, token);
        live.change(new, |member| {
            member.client_id = context.client_id.clone();
            member.client_host = context.client_host.clone();
        });
        let keeps_protocol = live.protocol == live.select_protocol();
        let state = live.state();
        self.restart_session(group, new);
        match state {
            ClassicState::Stable if keeps_protocol => {
                let reply = self.takeover_reply(context, group, new, leader_before);
                let assignments = self.live(group).assignments();
                self.write_classic(group, &assignments);
                let (group, member) = (group.clone(), new.clone());
                self.defer(Deferred::StaticRejoin { group, member, token, reply: Reply::Join(reply) });
            }
            ClassicState::Stable | ClassicState::CompletingRebalance => self.prepare_rebalance(group),
            ClassicState::PreparingRebalance | ClassicState::Empty => self.complete_join_if_all_here(group),
        }
    }

    /// An old client that led before is told that its old self leads: it must not assign anew.
    fn takeover_reply(
        &mut self,
        context: &RequestContext,
        group: &GroupId,
        new: &MemberId,
        leader_before: Option<MemberId>,
    ) -> JoinReply {
        let live = self.live(group);
        if context.api_version < SKIP_ASSIGNMENT_VERSION {
            let leader = leader_before.unwrap_or_default();
            return JoinReply { leader, ..live.join_reply(new, false) };
        }
        let is_leader = live.is_leader(new);
        JoinReply { skip_assignment: is_leader, ..live.join_reply(new, is_leader) }
    }

    /// The takeover is stored or has failed. Returns whether the member still waits with this request.
    pub(crate) fn end_static_rejoin(
        &mut self,
        group: &GroupId,
        member: &MemberId,
        token: ReplyToken,
    ) -> bool {
        let end = |live: &mut ClassicGroup| {
            live.change(member, |member| {
                let waits = member.joining == Some(token);
                if waits {
                    member.joining = None;
                    member.is_new = false;
                }
                waits
            })
        };
        self.classic.get_mut(group).and_then(end).unwrap_or(false)
    }
}
