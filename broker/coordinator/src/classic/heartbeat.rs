//! Heartbeat: keeps a session, and tells of a rebalance.

use weir_model::ErrorCode;

use super::ClassicState;
use crate::api::{Heartbeat, Refusal, Reply};
use crate::shard::GroupShard;

impl GroupShard {
    pub(crate) fn heartbeat(&mut self, heartbeat: &Heartbeat) -> Result<Reply, Refusal> {
        let group = &heartbeat.group;
        if group.as_str().is_empty() {
            return Err(ErrorCode::InvalidGroupId.into());
        }
        if self.state.consumer(group).is_some() {
            return self.heartbeat_consumer_group(heartbeat);
        }
        let Some(live) = self.classic.get_mut(group) else { return Err(ErrorCode::UnknownMemberId.into()) };
        live.validate(&heartbeat.member_id, heartbeat.instance_id.as_deref())?;
        if heartbeat.generation != live.generation {
            return Err(ErrorCode::IllegalGeneration.into());
        }
        let state = live.state();
        self.restart_session(group, &heartbeat.member_id);
        match state {
            ClassicState::Empty => Err(ErrorCode::UnknownMemberId.into()),
            ClassicState::PreparingRebalance => Err(ErrorCode::RebalanceInProgress.into()),
            ClassicState::CompletingRebalance | ClassicState::Stable => Ok(Reply::Heartbeat),
        }
    }
}
