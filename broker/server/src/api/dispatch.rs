//! The table of the APIs that are served. A line here is what advertises an API and what leads to its handler, so the two
//! can't disagree; the versions come from the wire layer's table.

use bytes::Bytes;
use weir_wire::ApiKey;
use weir_wire::version::served_versions;

use super::context::{Close, RequestContext, Started, answer, run};

macro_rules! served {
    ($($api:ident => $handler:path,)+) => {
        /// Every API that this broker serves, in the order of the table.
        pub(crate) const SERVED: &[ApiKey] = &[$(ApiKey::$api,)+];

        /// Decodes the body and starts the API's handler.
        pub(super) fn start(context: RequestContext, body: Bytes) -> Result<Started, Close> {
            if is_unsupported_api_versions(&context) {
                let running = Box::pin(async move {
                    answer(&context, 0, &super::api_versions::unsupported_version())
                });
                return Ok(Started { running, may_overlap: false });
            }
            match context.api {
                $(ApiKey::$api => run(context, body, $handler),)+
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
    CreateTopics => super::create_topics::handle,
    DeleteTopics => super::delete_topics::handle,
    DeleteRecords => super::delete_records::handle,
    InitProducerId => super::init_producer_id::handle,
    DescribeAcls => super::acls::describe,
    CreateAcls => super::acls::create,
    DeleteAcls => super::acls::delete,
    DescribeConfigs => super::describe_configs::handle,
    AlterConfigs => super::alter_configs::handle,
    DescribeLogDirs => super::describe_log_dirs::handle,
    CreatePartitions => super::create_partitions::handle,
    IncrementalAlterConfigs => super::alter_configs::handle_incremental,
    DescribeCluster => super::describe_cluster::handle,
    ListConfigResources => super::list_config_resources::handle,
    DescribeTopicPartitions => super::describe_topic_partitions::handle,
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
