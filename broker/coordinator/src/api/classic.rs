//! Requests and replies of the classic protocol, and of the APIs that look at groups.

use std::sync::Arc;

use bytes::Bytes;
use weir_model::{ErrorCode, Generation, GroupId};

use super::MemberId;

/// One way of assigning that a member can work with; the metadata is the member's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Such as `range`.
    pub name: Arc<str>,
    /// Opaque, but for the protocol type `consumer`.
    pub metadata: Bytes,
}

/// A member joins or joins again.
#[derive(Clone, Debug)]
pub struct JoinGroup {
    /// The group.
    pub group: GroupId,
    /// After how long without a heartbeat the member is dead.
    pub session_timeout_ms: i32,
    /// How long the member may take to join again; negative before version 1, then the session timeout counts.
    pub rebalance_timeout_ms: i32,
    /// Empty at the first time.
    pub member_id: MemberId,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<Arc<str>>,
    /// `consumer`, `connect` or any other.
    pub protocol_type: Arc<str>,
    /// In the member's order of preference.
    pub protocols: Vec<Protocol>,
}

/// What a join ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinReply {
    /// `NONE`, or an error that comes with a member id.
    pub error: ErrorCode,
    /// The member's id, given or new.
    pub member_id: MemberId,
    /// -1 with an error.
    pub generation: Generation,
    /// The group's protocol type.
    pub protocol_type: Option<Arc<str>>,
    /// The protocol that was chosen.
    pub protocol_name: Option<Arc<str>>,
    /// Who assigns; empty with an error.
    pub leader: MemberId,
    /// Whether the leader shall leave the assignment as it is (KIP-814).
    pub skip_assignment: bool,
    /// All members, for the leader only.
    pub members: Vec<JoinedMember>,
}

impl JoinReply {
    /// An error for this member.
    pub(crate) fn refused(member_id: MemberId, error: ErrorCode) -> Self {
        Self {
            error,
            member_id,
            generation: Generation(-1),
            protocol_type: None,
            protocol_name: None,
            leader: MemberId::default(),
            skip_assignment: false,
            members: Vec::new(),
        }
    }
}

/// A member as the leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// Its id.
    pub member_id: MemberId,
    /// Its static name.
    pub instance_id: Option<Arc<str>>,
    /// Its metadata of the chosen protocol.
    pub metadata: Bytes,
}

/// A member asks for its assignment; the leader brings everyone's.
#[derive(Clone, Debug)]
pub struct SyncGroup {
    /// The group.
    pub group: GroupId,
    /// The generation that the join answered.
    pub generation: Generation,
    /// Who.
    pub member_id: MemberId,
    /// Its static name.
    pub instance_id: Option<Arc<str>>,
    /// From version 5: must be the group's.
    pub protocol_type: Option<Arc<str>>,
    /// From version 5: must be the chosen one.
    pub protocol_name: Option<Arc<str>>,
    /// Empty but for the leader.
    pub assignments: Vec<(MemberId, Bytes)>,
}

/// A member's assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncReply {
    /// The group's protocol type.
    pub protocol_type: Option<Arc<str>>,
    /// The chosen protocol.
    pub protocol_name: Option<Arc<str>>,
    /// Opaque.
    pub assignment: Bytes,
}

/// A member is alive.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// The group.
    pub group: GroupId,
    /// The generation the member is in.
    pub generation: Generation,
    /// Who.
    pub member_id: MemberId,
    /// Its static name.
    pub instance_id: Option<Arc<str>>,
}

/// Members go.
#[derive(Clone, Debug)]
pub struct LeaveGroup {
    /// The group.
    pub group: GroupId,
    /// Who; one before version 3.
    pub members: Vec<LeavingMember>,
}

/// One that goes: by id, or by static name with an empty id (an administrator's removal).
#[derive(Clone, Debug)]
pub struct LeavingMember {
    /// Empty if only the static name is known.
    pub member_id: MemberId,
    /// The static name.
    pub instance_id: Option<Arc<str>>,
}

/// What became of one that wanted to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveResult {
    /// As asked.
    pub member_id: MemberId,
    /// As asked.
    pub instance_id: Option<Arc<str>>,
    /// `NONE` if it is gone.
    pub error: ErrorCode,
}

/// Which groups to list. Empty filters let everything through.
#[derive(Clone, Debug, Default)]
pub struct ListGroups {
    /// Names of states, any case.
    pub states: Vec<String>,
    /// Names of types (`classic`, `consumer`), any case.
    pub types: Vec<String>,
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedGroup {
    /// Its name.
    pub group: GroupId,
    /// Its protocol type, empty for a group that only has offsets.
    pub protocol_type: Arc<str>,
    /// Its state.
    pub state: &'static str,
    /// `classic` or `consumer`.
    pub group_type: &'static str,
}

/// A classic group in detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedGroup {
    /// Its name.
    pub group: GroupId,
    /// Its state.
    pub state: &'static str,
    /// Its protocol type, or empty.
    pub protocol_type: Arc<str>,
    /// The chosen protocol while the group is stable, else empty.
    pub protocol: Arc<str>,
    /// Its members.
    pub members: Vec<DescribedMember>,
}

/// A member in detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedMember {
    /// Its id.
    pub member_id: MemberId,
    /// Its static name.
    pub instance_id: Option<Arc<str>>,
    /// Its client.
    pub client_id: Arc<str>,
    /// Where it connected from.
    pub client_host: Arc<str>,
    /// Its metadata of the chosen protocol while the group is stable, else empty.
    pub metadata: Bytes,
    /// Its assignment.
    pub assignment: Bytes,
}
