//! The table of the APIs that are served. A line here is what advertises an API and what leads to its handler, so the two
//! can't disagree; the versions come from the wire layer's table.

use bytes::Bytes;
use weir_wire::ApiKey;
use weir_wire::version::served_versions;

use super::context::{Close, RequestContext, Running, answer, run};

macro_rules! served {
    ($($api:ident => $handler:path,)+) => {
        /// Every API that this broker serves, in the order of the table.
        pub(crate) const SERVED: &[ApiKey] = &[$(ApiKey::$api,)+];

        /// Decodes the body and starts the API's handler.
        pub(super) fn start(context: RequestContext, body: Bytes) -> Result<Running, Close> {
            if is_unsupported_api_versions(&context) {
                return Ok(Box::pin(async move {
                    answer(&context, 0, &super::api_versions::unsupported_version())
                }));
            }
            match context.api {
                $(ApiKey::$api => run(context, body, $handler),)+
                other => Err(Close(format!("{} is not served", other.name()))),
            }
        }
    };
}

served! {
    Produce => super::produce::handle,
    Fetch => super::fetch::handle,
    ListOffsets => super::list_offsets::handle,
    Metadata => super::metadata::handle,
    ApiVersions => super::api_versions::handle,
    OffsetForLeaderEpoch => super::offset_for_leader_epoch::handle,
    OffsetCommit => super::offset_commit::handle,
    OffsetFetch => super::offset_fetch::handle,
    FindCoordinator => super::find_coordinator::handle,
    JoinGroup => super::join_group::handle,
    Heartbeat => super::heartbeat::handle,
    LeaveGroup => super::leave_group::handle,
    SyncGroup => super::sync_group::handle,
    DescribeGroups => super::describe_groups::handle,
    ListGroups => super::list_groups::handle,
    DeleteGroups => super::delete_groups::handle,
    OffsetDelete => super::offset_delete::handle,
    ConsumerGroupHeartbeat => super::consumer_group_heartbeat::handle,
    ConsumerGroupDescribe => super::consumer_group_describe::handle,
}

/// Any version of ApiVersions gets an answer: a newer client learns from it what to ask instead.
fn is_unsupported_api_versions(context: &RequestContext) -> bool {
    let served = served_versions(ApiKey::ApiVersions);
    context.api == ApiKey::ApiVersions && !served.contains(context.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_api_is_named_twice() {
        let mut codes: Vec<i16> = SERVED.iter().map(|api| *api as i16).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), SERVED.len());
    }
}
