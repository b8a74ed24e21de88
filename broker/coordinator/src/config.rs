//! The settings of group coordination: values that a user may write, with Kafka's names in the text and Kafka's defaults.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use weir_model::GroupId;

/// Members in one group, whatever `group.max.size` says (its default is no limit at all). A group of this size already
/// rebalances for minutes; the number bounds what one group can hold in memory.
pub const GROUP_MEMBERS_MAX: usize = 65_536;

/// Members of one classic group that were told their id and have not come back with it. Each costs a few hundred bytes
/// until its session timeout ends.
pub const PENDING_MEMBERS_MAX: usize = 65_536;

/// The default of `weir.group.memory.max.bytes`: as much as all requests under way may take. A member costs 1 to 2 KiB and
/// twice what it says, so this is room for some 60,000 ordinary members.
pub const GROUP_MEMORY_BYTES: usize = 256 * 1024 * 1024;

/// The longest pattern that a member may subscribe with.
pub const REGEX_BYTES_MAX: usize = 4096;

/// Different patterns in one group. Members of one application share one; each costs a look at all names of topics whenever
/// these change.
pub const GROUP_PATTERNS_MAX: usize = 256;

/// Which way a group may change its protocol while it runs (`group.consumer.migration.policy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MigrationPolicy {
    /// Both ways: Kafka's default.
    #[default]
    Bidirectional,
    /// From classic to consumer only.
    Upgrade,
    /// From consumer to classic only.
    Downgrade,
    /// Not at all.
    Disabled,
}

impl MigrationPolicy {
    /// Reads Kafka's name, any case.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "BIDIRECTIONAL" => Self::Bidirectional,
            "UPGRADE" => Self::Upgrade,
            "DOWNGRADE" => Self::Downgrade,
            "DISABLED" => Self::Disabled,
            _ => return None,
        })
    }

    /// The policy that allows these directions.
    pub const fn of(upgrade: bool, downgrade: bool) -> Self {
        match (upgrade, downgrade) {
            (true, true) => Self::Bidirectional,
            (true, false) => Self::Upgrade,
            (false, true) => Self::Downgrade,
            (false, false) => Self::Disabled,
        }
    }

    pub(crate) fn upgrades(self) -> bool {
        matches!(self, Self::Bidirectional | Self::Upgrade)
    }

    pub(crate) fn downgrades(self) -> bool {
        matches!(self, Self::Bidirectional | Self::Downgrade)
    }
}

/// Settings of a shard; replaced as a whole when they change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupConfig {
    /// `group.min.session.timeout.ms`.
    pub session_timeout_min: Duration,
    /// `group.max.session.timeout.ms`.
    pub session_timeout_max: Duration,
    /// `group.initial.rebalance.delay.ms`.
    pub initial_rebalance_delay: Duration,
    /// `group.max.size`.
    pub group_size_max: usize,
    /// How long a new classic member may wait for its first join to end.
    pub new_member_join_timeout: Duration,
    /// `group.consumer.session.timeout.ms`.
    pub consumer_session_timeout: Duration,
    /// `group.consumer.heartbeat.interval.ms`.
    pub consumer_heartbeat_interval: Duration,
    /// Groups that set these two for themselves.
    pub consumer_times: BTreeMap<GroupId, ConsumerTimes>,
    /// `group.consumer.max.size`.
    pub consumer_group_size_max: usize,
    /// `group.consumer.assignment.interval.ms`: the least time between two target assignments.
    pub consumer_assignment_interval: Duration,
    /// `group.consumer.assignors`, the default first.
    pub consumer_assignors: Vec<Arc<str>>,
    /// `weir.group.memory.max.bytes`: what members of all groups of the broker may say of themselves, together.
    pub memory_bytes_max: usize,
    /// `group.consumer.migration.policy`.
    pub migration: MigrationPolicy,
    /// `offset.metadata.max.bytes`, counted as Kafka does in UTF-16 units.
    pub offset_metadata_max: usize,
    /// `offsets.retention.minutes`.
    pub offsets_retention: Duration,
    /// `offsets.retention.check.interval.ms`.
    pub offsets_retention_check_interval: Duration,
}

/// Times of one group of the consumer protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerTimes {
    /// `consumer.session.timeout.ms`.
    pub session_timeout: Duration,
    /// `consumer.heartbeat.interval.ms`.
    pub heartbeat_interval: Duration,
}

impl GroupConfig {
    /// What is in force for a group of the consumer protocol.
    pub(crate) fn times_of(&self, group: &GroupId) -> ConsumerTimes {
        self.consumer_times.get(group).copied().unwrap_or(ConsumerTimes {
            session_timeout: self.consumer_session_timeout,
            heartbeat_interval: self.consumer_heartbeat_interval,
        })
    }
}

impl Default for GroupConfig {
    fn default() -> Self {
        Self {
            session_timeout_min: Duration::from_secs(6),
            session_timeout_max: Duration::from_secs(30 * 60),
            initial_rebalance_delay: Duration::from_secs(3),
            group_size_max: GROUP_MEMBERS_MAX,
            new_member_join_timeout: Duration::from_secs(5 * 60),
            consumer_session_timeout: Duration::from_secs(45),
            consumer_heartbeat_interval: Duration::from_secs(5),
            consumer_times: BTreeMap::new(),
            consumer_group_size_max: GROUP_MEMBERS_MAX,
            consumer_assignment_interval: Duration::from_secs(1),
            consumer_assignors: vec!["uniform".into(), "range".into()],
            memory_bytes_max: GROUP_MEMORY_BYTES,
            migration: MigrationPolicy::default(),
            offset_metadata_max: 4096,
            offsets_retention: Duration::from_secs(7 * 24 * 3600),
            offsets_retention_check_interval: Duration::from_secs(600),
        }
    }
}
