//! Where the replicas of a new partition go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_model::{BrokerId, ErrorCode, LeaderEpoch, PartitionEpoch, PartitionIndex};

use super::Refusal;
use crate::image::Brokers;
use crate::record::PartitionState;

/// A broker's rack; those without one count as one rack.
type Rack = Option<Arc<str>>;

/// The brokers that are alive in the order in which replicas are dealt out: racks alternate.
fn dealing_order(brokers: &Brokers) -> Vec<(BrokerId, Rack)> {
    let mut racks: BTreeMap<Rack, Vec<BrokerId>> = BTreeMap::new();
    for (id, broker) in brokers.alive() {
        racks.entry(broker.registration.rack.clone()).or_default().push(id);
    }
    let rounds = racks.values().map(Vec::len).max().unwrap_or(0);
    let round =
        |index: usize| racks.iter().filter_map(move |(rack, ids)| Some((*ids.get(index)?, rack.clone())));
    (0..rounds).flat_map(round).collect()
}

/// Deals `count` partitions out, the first of them with number `first`.
///
/// The leaders go round the brokers from a random start. The other replicas follow in the dealing order, first those in
/// racks that the partition has not yet, and begin one further each time the leaders went round: so a broker's load spreads
/// over all others when it dies.
pub(super) fn deal(
    brokers: &Brokers,
    first: PartitionIndex,
    count: i32,
    replication_factor: i16,
    start: u64,
) -> Result<Vec<PartitionState>, Refusal> {
    let order = dealing_order(brokers);
    let factor = usize::try_from(replication_factor).unwrap_or(0);
    if factor == 0 || factor > order.len() {
        return Err(too_few_brokers(replication_factor, order.len(), brokers.len()));
    }
    let start = usize::try_from(start % order.len() as u64).unwrap_or(0);
    let numbers = first.0.max(0)..first.0.max(0).saturating_add(count);
    let state = |number: i32| {
        let number = usize::try_from(number).unwrap_or(0);
        new_partition(hand(&order, start + number, number / order.len(), factor))
    };
    Ok(numbers.map(state).collect())
}

/// The replicas of one partition: the leader at `leader`, the others from `shift` places behind it on.
fn hand(order: &[(BrokerId, Rack)], leader: usize, shift: usize, factor: usize) -> Vec<BrokerId> {
    let count = order.len();
    let (first, rack) = &order[leader % count];
    let (mut replicas, mut racks) = (vec![*first], BTreeSet::from([rack]));
    let others = count - 1;
    let follower = |place: usize| &order[(leader + 1 + (shift + place) % others.max(1)) % count];
    let mut same_rack = Vec::new();
    for (id, rack) in (0..others).map(follower) {
        if racks.insert(rack) {
            replicas.push(*id);
        } else {
            same_rack.push(*id);
        }
    }
    replicas.extend(same_rack);
    replicas.truncate(factor);
    replicas
}

fn too_few_brokers(wanted: i16, alive: usize, registered: usize) -> Refusal {
    let message = if wanted < 1 {
        format!("the replication factor is {wanted}; it must be at least 1, or -1 for the default")
    } else {
        format!(
            "the replication factor is {wanted}, but only {alive} of {registered} registered brokers are alive"
        )
    };
    Refusal::new(ErrorCode::InvalidReplicationFactor, message)
}

/// A partition that begins with all of its replicas in sync and the first of them leading.
pub(super) fn new_partition(replicas: Vec<BrokerId>) -> PartitionState {
    PartitionState {
        leader: replicas.first().copied().unwrap_or(BrokerId::NONE),
        isr: replicas.clone(),
        replicas,
        leader_epoch: LeaderEpoch(0),
        partition_epoch: PartitionEpoch(0),
    }
}

/// Checks replicas that a user chose, and makes the partition. Dead brokers may be named as long as one is alive.
pub(super) fn chosen(
    brokers: &Brokers,
    replicas: &[i32],
    factor: Option<usize>,
) -> Result<PartitionState, Refusal> {
    let refused = |message: String| Err(Refusal::new(ErrorCode::InvalidReplicaAssignment, message));
    if replicas.is_empty() {
        return refused("a partition's replica list is empty".to_owned());
    }
    let mut sorted = replicas.to_vec();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return refused(format!("the replica list {replicas:?} names a broker twice"));
    }
    if let Some(unknown) = replicas.iter().find(|id| brokers.of(BrokerId(**id)).is_none()) {
        return refused(format!(
            "the replica list {replicas:?} names broker {unknown}, which is not registered"
        ));
    }
    if let Some(factor) = factor.filter(|factor| *factor != replicas.len()) {
        return refused(format!(
            "the replica list {replicas:?} has not {factor} brokers as the other partitions have"
        ));
    }
    let alive = |id: &BrokerId| brokers.of(*id).is_some_and(|broker| !broker.fenced);
    let mut state = new_partition(replicas.iter().copied().map(BrokerId).collect());
    state.isr.retain(alive);
    let Some(leader) = state.isr.first() else {
        return refused(format!("no broker of the replica list {replicas:?} is alive"));
    };
    state.leader = *leader;
    Ok(state)
}
