//! Ranges: for each topic, its members in order (static ones first, by name) get contiguous ranges whose sizes differ
//! by one at most.

use std::collections::BTreeMap;

use super::{GroupSpec, MemberSpec};
use crate::api::MemberId;
use crate::record::Assignment;

pub(super) fn assign(group: &GroupSpec) -> BTreeMap<MemberId, Assignment> {
    let mut order: Vec<(&MemberId, &MemberSpec)> = group.members.iter().collect();
    order.sort_by_key(|(id, member)| {
        (member.instance_id.is_none(), member.instance_id.clone(), (*id).clone())
    });
    let mut assigned: BTreeMap<MemberId, Assignment> =
        group.members.keys().map(|id| (id.clone(), Assignment::new())).collect();
    for (topic, count) in &group.topics {
        let takers: Vec<&MemberId> =
            order.iter().filter(|(_, member)| member.subscribed.contains(topic)).map(|(id, _)| *id).collect();
        let Ok(taker_count) = i32::try_from(takers.len()) else { continue };
        if taker_count == 0 {
            continue;
        }
        let (quota, mut extra) = (count / taker_count, count % taker_count);
        let mut next = 0;
        for taker in takers {
            let end = next + quota + i32::from(extra > 0);
            extra -= i32::from(extra > 0);
            if next < end
                && let Some(assignment) = assigned.get_mut(taker)
            {
                assignment.insert(*topic, (next..end).collect());
            }
            next = end;
        }
    }
    assigned
}
