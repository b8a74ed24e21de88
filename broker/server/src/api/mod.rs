//! The Kafka APIs: one file each, and the table that leads to them.
//!
//! A handler is `fn handle(RequestContext, XRequest) -> impl Future<Output = XResponse>` (or [`Reply`], when there may be
//! no answer). Errors of a topic, partition or group are codes within the response; a handler has no other way to fail.
//! What is done before the first await of a plain `fn` happens in the order of the connection's requests; an `async fn`
//! starts when it is polled. A handler is dropped at any await when its connection ends, so work that must not stop
//! half-way belongs to a task of its owner, which the handler only waits for.
//!
//! To serve an API: write `api/<name>.rs`, add a line to the table below. It is advertised by that.

mod context;
mod dispatch;

mod acls;
mod admin_reply;
mod alter_configs;
mod api_versions;
mod consumer_group_describe;
mod consumer_group_heartbeat;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_log_dirs;
mod describe_topic_partitions;
mod fetch;
mod fetch_session;
mod find_coordinator;
mod group_request;
mod heartbeat;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_config_resources;
mod list_groups;
mod list_offsets;
mod logger_configs;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod operations;
mod produce;
mod sync_group;

pub(crate) use context::{Outcome, Reply, Request, RequestContext, Running, Started};
pub(crate) use fetch_session::FetchSessions;
