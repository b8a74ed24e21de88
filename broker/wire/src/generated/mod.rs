//! Every message. Generated from the schemas.

pub mod alter_configs_request;
pub mod alter_configs_response;
pub mod api_versions_request;
pub mod api_versions_response;
pub mod consumer_group_describe_request;
pub mod consumer_group_describe_response;
pub mod consumer_group_heartbeat_request;
pub mod consumer_group_heartbeat_response;
pub mod create_acls_request;
pub mod create_acls_response;
pub mod create_partitions_request;
pub mod create_partitions_response;
pub mod create_topics_request;
pub mod create_topics_response;
pub mod delete_acls_request;
pub mod delete_acls_response;
pub mod delete_groups_request;
pub mod delete_groups_response;
pub mod delete_records_request;
pub mod delete_records_response;
pub mod delete_topics_request;
pub mod delete_topics_response;
pub mod describe_acls_request;
pub mod describe_acls_response;
pub mod describe_cluster_request;
pub mod describe_cluster_response;
pub mod describe_configs_request;
pub mod describe_configs_response;
pub mod describe_groups_request;
pub mod describe_groups_response;
pub mod describe_log_dirs_request;
pub mod describe_log_dirs_response;
pub mod describe_topic_partitions_request;
pub mod describe_topic_partitions_response;
pub mod fetch_request;
pub mod fetch_response;
pub mod find_coordinator_request;
pub mod find_coordinator_response;
pub mod heartbeat_request;
pub mod heartbeat_response;
pub mod incremental_alter_configs_request;
pub mod incremental_alter_configs_response;
pub mod init_producer_id_request;
pub mod init_producer_id_response;
pub mod join_group_request;
pub mod join_group_response;
pub mod leave_group_request;
pub mod leave_group_response;
pub mod list_config_resources_request;
pub mod list_config_resources_response;
pub mod list_groups_request;
pub mod list_groups_response;
pub mod list_offsets_request;
pub mod list_offsets_response;
pub mod metadata_request;
pub mod metadata_response;
pub mod offset_commit_request;
pub mod offset_commit_response;
pub mod offset_delete_request;
pub mod offset_delete_response;
pub mod offset_fetch_request;
pub mod offset_fetch_response;
pub mod offset_for_leader_epoch_request;
pub mod offset_for_leader_epoch_response;
pub mod produce_request;
pub mod produce_response;
pub mod sync_group_request;
pub mod sync_group_response;
pub use alter_configs_request::AlterConfigsRequest;
pub use alter_configs_response::AlterConfigsResponse;
pub use api_versions_request::ApiVersionsRequest;
pub use api_versions_response::ApiVersionsResponse;
pub use consumer_group_describe_request::ConsumerGroupDescribeRequest;
pub use consumer_group_describe_response::ConsumerGroupDescribeResponse;
pub use consumer_group_heartbeat_request::ConsumerGroupHeartbeatRequest;
pub use consumer_group_heartbeat_response::ConsumerGroupHeartbeatResponse;
pub use create_acls_request::CreateAclsRequest;
pub use create_acls_response::CreateAclsResponse;
pub use create_partitions_request::CreatePartitionsRequest;
pub use create_partitions_response::CreatePartitionsResponse;
pub use create_topics_request::CreateTopicsRequest;
pub use create_topics_response::CreateTopicsResponse;
pub use delete_acls_request::DeleteAclsRequest;
pub use delete_acls_response::DeleteAclsResponse;
pub use delete_groups_request::DeleteGroupsRequest;
pub use delete_groups_response::DeleteGroupsResponse;
pub use delete_records_request::DeleteRecordsRequest;
pub use delete_records_response::DeleteRecordsResponse;
pub use delete_topics_request::DeleteTopicsRequest;
pub use delete_topics_response::DeleteTopicsResponse;
pub use describe_acls_request::DescribeAclsRequest;
pub use describe_acls_response::DescribeAclsResponse;
pub use describe_cluster_request::DescribeClusterRequest;
pub use describe_cluster_response::DescribeClusterResponse;
pub use describe_configs_request::DescribeConfigsRequest;
pub use describe_configs_response::DescribeConfigsResponse;
pub use describe_groups_request::DescribeGroupsRequest;
pub use describe_groups_response::DescribeGroupsResponse;
pub use describe_log_dirs_request::DescribeLogDirsRequest;
pub use describe_log_dirs_response::DescribeLogDirsResponse;
pub use describe_topic_partitions_request::DescribeTopicPartitionsRequest;
pub use describe_topic_partitions_response::DescribeTopicPartitionsResponse;
pub use fetch_request::FetchRequest;
pub use fetch_response::FetchResponse;
pub use find_coordinator_request::FindCoordinatorRequest;
pub use find_coordinator_response::FindCoordinatorResponse;
pub use heartbeat_request::HeartbeatRequest;
pub use heartbeat_response::HeartbeatResponse;
pub use incremental_alter_configs_request::IncrementalAlterConfigsRequest;
pub use incremental_alter_configs_response::IncrementalAlterConfigsResponse;
pub use init_producer_id_request::InitProducerIdRequest;
pub use init_producer_id_response::InitProducerIdResponse;
pub use join_group_request::JoinGroupRequest;
pub use join_group_response::JoinGroupResponse;
pub use leave_group_request::LeaveGroupRequest;
pub use leave_group_response::LeaveGroupResponse;
pub use list_config_resources_request::ListConfigResourcesRequest;
pub use list_config_resources_response::ListConfigResourcesResponse;
pub use list_groups_request::ListGroupsRequest;
pub use list_groups_response::ListGroupsResponse;
pub use list_offsets_request::ListOffsetsRequest;
pub use list_offsets_response::ListOffsetsResponse;
pub use metadata_request::MetadataRequest;
pub use metadata_response::MetadataResponse;
pub use offset_commit_request::OffsetCommitRequest;
pub use offset_commit_response::OffsetCommitResponse;
pub use offset_delete_request::OffsetDeleteRequest;
pub use offset_delete_response::OffsetDeleteResponse;
pub use offset_fetch_request::OffsetFetchRequest;
pub use offset_fetch_response::OffsetFetchResponse;
pub use offset_for_leader_epoch_request::OffsetForLeaderEpochRequest;
pub use offset_for_leader_epoch_response::OffsetForLeaderEpochResponse;
pub use produce_request::ProduceRequest;
pub use produce_response::ProduceResponse;
pub use sync_group_request::SyncGroupRequest;
pub use sync_group_response::SyncGroupResponse;

use crate::codec::{Message as _, Request};

/// The APIs that this crate knows, by Kafka's numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(i16)]
pub enum ApiKey {
    /// `Produce`
    Produce = 0,
    /// `Fetch`
    Fetch = 1,
    /// `ListOffsets`
    ListOffsets = 2,
    /// `Metadata`
    Metadata = 3,
    /// `OffsetCommit`
    OffsetCommit = 8,
    /// `OffsetFetch`
    OffsetFetch = 9,
    /// `FindCoordinator`
    FindCoordinator = 10,
    /// `JoinGroup`
    JoinGroup = 11,
    /// `Heartbeat`
    Heartbeat = 12,
    /// `LeaveGroup`
    LeaveGroup = 13,
    /// `SyncGroup`
    SyncGroup = 14,
    /// `DescribeGroups`
    DescribeGroups = 15,
    /// `ListGroups`
    ListGroups = 16,
    /// `ApiVersions`
    ApiVersions = 18,
    /// `CreateTopics`
    CreateTopics = 19,
    /// `DeleteTopics`
    DeleteTopics = 20,
    /// `DeleteRecords`
    DeleteRecords = 21,
    /// `InitProducerId`
    InitProducerId = 22,
    /// `OffsetForLeaderEpoch`
    OffsetForLeaderEpoch = 23,
    /// `DescribeAcls`
    DescribeAcls = 29,
    /// `CreateAcls`
    CreateAcls = 30,
    /// `DeleteAcls`
    DeleteAcls = 31,
    /// `DescribeConfigs`
    DescribeConfigs = 32,
    /// `AlterConfigs`
    AlterConfigs = 33,
    /// `DescribeLogDirs`
    DescribeLogDirs = 35,
    /// `CreatePartitions`
    CreatePartitions = 37,
    /// `DeleteGroups`
    DeleteGroups = 42,
    /// `IncrementalAlterConfigs`
    IncrementalAlterConfigs = 44,
    /// `OffsetDelete`
    OffsetDelete = 47,
    /// `DescribeCluster`
    DescribeCluster = 60,
    /// `ConsumerGroupHeartbeat`
    ConsumerGroupHeartbeat = 68,
    /// `ConsumerGroupDescribe`
    ConsumerGroupDescribe = 69,
    /// `ListConfigResources`
    ListConfigResources = 74,
    /// `DescribeTopicPartitions`
    DescribeTopicPartitions = 75,
}

impl ApiKey {
    /// All of them, by number.
    pub const ALL: &'static [Self] = &[
        Self::Produce,
        Self::Fetch,
        Self::ListOffsets,
        Self::Metadata,
        Self::OffsetCommit,
        Self::OffsetFetch,
        Self::FindCoordinator,
        Self::JoinGroup,
        Self::Heartbeat,
        Self::LeaveGroup,
        Self::SyncGroup,
        Self::DescribeGroups,
        Self::ListGroups,
        Self::ApiVersions,
        Self::CreateTopics,
        Self::DeleteTopics,
        Self::DeleteRecords,
        Self::InitProducerId,
        Self::OffsetForLeaderEpoch,
        Self::DescribeAcls,
        Self::CreateAcls,
        Self::DeleteAcls,
        Self::DescribeConfigs,
        Self::AlterConfigs,
        Self::DescribeLogDirs,
        Self::CreatePartitions,
        Self::DeleteGroups,
        Self::IncrementalAlterConfigs,
        Self::OffsetDelete,
        Self::DescribeCluster,
        Self::ConsumerGroupHeartbeat,
        Self::ConsumerGroupDescribe,
        Self::ListConfigResources,
        Self::DescribeTopicPartitions,
    ];

    /// The API of a number.
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Produce),
            1 => Some(Self::Fetch),
            2 => Some(Self::ListOffsets),
            3 => Some(Self::Metadata),
            8 => Some(Self::OffsetCommit),
            9 => Some(Self::OffsetFetch),
            10 => Some(Self::FindCoordinator),
            11 => Some(Self::JoinGroup),
            12 => Some(Self::Heartbeat),
            13 => Some(Self::LeaveGroup),
            14 => Some(Self::SyncGroup),
            15 => Some(Self::DescribeGroups),
            16 => Some(Self::ListGroups),
            18 => Some(Self::ApiVersions),
            19 => Some(Self::CreateTopics),
            20 => Some(Self::DeleteTopics),
            21 => Some(Self::DeleteRecords),
            22 => Some(Self::InitProducerId),
            23 => Some(Self::OffsetForLeaderEpoch),
            29 => Some(Self::DescribeAcls),
            30 => Some(Self::CreateAcls),
            31 => Some(Self::DeleteAcls),
            32 => Some(Self::DescribeConfigs),
            33 => Some(Self::AlterConfigs),
            35 => Some(Self::DescribeLogDirs),
            37 => Some(Self::CreatePartitions),
            42 => Some(Self::DeleteGroups),
            44 => Some(Self::IncrementalAlterConfigs),
            47 => Some(Self::OffsetDelete),
            60 => Some(Self::DescribeCluster),
            68 => Some(Self::ConsumerGroupHeartbeat),
            69 => Some(Self::ConsumerGroupDescribe),
            74 => Some(Self::ListConfigResources),
            75 => Some(Self::DescribeTopicPartitions),
            _ => None,
        }
    }

    /// Kafka's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Produce => "Produce",
            Self::Fetch => "Fetch",
            Self::ListOffsets => "ListOffsets",
            Self::Metadata => "Metadata",
            Self::OffsetCommit => "OffsetCommit",
            Self::OffsetFetch => "OffsetFetch",
            Self::FindCoordinator => "FindCoordinator",
            Self::JoinGroup => "JoinGroup",
            Self::Heartbeat => "Heartbeat",
            Self::LeaveGroup => "LeaveGroup",
            Self::SyncGroup => "SyncGroup",
            Self::DescribeGroups => "DescribeGroups",
            Self::ListGroups => "ListGroups",
            Self::ApiVersions => "ApiVersions",
            Self::CreateTopics => "CreateTopics",
            Self::DeleteTopics => "DeleteTopics",
            Self::DeleteRecords => "DeleteRecords",
            Self::InitProducerId => "InitProducerId",
            Self::OffsetForLeaderEpoch => "OffsetForLeaderEpoch",
            Self::DescribeAcls => "DescribeAcls",
            Self::CreateAcls => "CreateAcls",
            Self::DeleteAcls => "DeleteAcls",
            Self::DescribeConfigs => "DescribeConfigs",
            Self::AlterConfigs => "AlterConfigs",
            Self::DescribeLogDirs => "DescribeLogDirs",
            Self::CreatePartitions => "CreatePartitions",
            Self::DeleteGroups => "DeleteGroups",
            Self::IncrementalAlterConfigs => "IncrementalAlterConfigs",
            Self::OffsetDelete => "OffsetDelete",
            Self::DescribeCluster => "DescribeCluster",
            Self::ConsumerGroupHeartbeat => "ConsumerGroupHeartbeat",
            Self::ConsumerGroupDescribe => "ConsumerGroupDescribe",
            Self::ListConfigResources => "ListConfigResources",
            Self::DescribeTopicPartitions => "DescribeTopicPartitions",
        }
    }

    /// The lowest and the highest version that the schemas describe.
    pub const fn schema_versions(self) -> (i16, i16) {
        match self {
            Self::Produce => (3, 13),
            Self::Fetch => (4, 18),
            Self::ListOffsets => (1, 11),
            Self::Metadata => (0, 13),
            Self::OffsetCommit => (2, 10),
            Self::OffsetFetch => (1, 10),
            Self::FindCoordinator => (0, 6),
            Self::JoinGroup => (0, 9),
            Self::Heartbeat => (0, 4),
            Self::LeaveGroup => (0, 5),
            Self::SyncGroup => (0, 5),
            Self::DescribeGroups => (0, 6),
            Self::ListGroups => (0, 5),
            Self::ApiVersions => (0, 5),
            Self::CreateTopics => (2, 7),
            Self::DeleteTopics => (1, 6),
            Self::DeleteRecords => (0, 2),
            Self::InitProducerId => (0, 5),
            Self::OffsetForLeaderEpoch => (2, 4),
            Self::DescribeAcls => (1, 3),
            Self::CreateAcls => (1, 3),
            Self::DeleteAcls => (1, 3),
            Self::DescribeConfigs => (1, 4),
            Self::AlterConfigs => (0, 2),
            Self::DescribeLogDirs => (1, 5),
            Self::CreatePartitions => (0, 3),
            Self::DeleteGroups => (0, 3),
            Self::IncrementalAlterConfigs => (0, 1),
            Self::OffsetDelete => (0, 0),
            Self::DescribeCluster => (0, 2),
            Self::ConsumerGroupHeartbeat => (0, 1),
            Self::ConsumerGroupDescribe => (0, 1),
            Self::ListConfigResources => (0, 1),
            Self::DescribeTopicPartitions => (0, 0),
        }
    }

    /// Whether a version has compact types and tagged fields.
    pub fn is_flexible(self, version: i16) -> bool {
        match self {
            Self::Produce => ProduceRequest::is_flexible(version),
            Self::Fetch => FetchRequest::is_flexible(version),
            Self::ListOffsets => ListOffsetsRequest::is_flexible(version),
            Self::Metadata => MetadataRequest::is_flexible(version),
            Self::OffsetCommit => OffsetCommitRequest::is_flexible(version),
            Self::OffsetFetch => OffsetFetchRequest::is_flexible(version),
            Self::FindCoordinator => FindCoordinatorRequest::is_flexible(version),
            Self::JoinGroup => JoinGroupRequest::is_flexible(version),
            Self::Heartbeat => HeartbeatRequest::is_flexible(version),
            Self::LeaveGroup => LeaveGroupRequest::is_flexible(version),
            Self::SyncGroup => SyncGroupRequest::is_flexible(version),
            Self::DescribeGroups => DescribeGroupsRequest::is_flexible(version),
            Self::ListGroups => ListGroupsRequest::is_flexible(version),
            Self::ApiVersions => ApiVersionsRequest::is_flexible(version),
            Self::CreateTopics => CreateTopicsRequest::is_flexible(version),
            Self::DeleteTopics => DeleteTopicsRequest::is_flexible(version),
            Self::DeleteRecords => DeleteRecordsRequest::is_flexible(version),
            Self::InitProducerId => InitProducerIdRequest::is_flexible(version),
            Self::OffsetForLeaderEpoch => OffsetForLeaderEpochRequest::is_flexible(version),
            Self::DescribeAcls => DescribeAclsRequest::is_flexible(version),
            Self::CreateAcls => CreateAclsRequest::is_flexible(version),
            Self::DeleteAcls => DeleteAclsRequest::is_flexible(version),
            Self::DescribeConfigs => DescribeConfigsRequest::is_flexible(version),
            Self::AlterConfigs => AlterConfigsRequest::is_flexible(version),
            Self::DescribeLogDirs => DescribeLogDirsRequest::is_flexible(version),
            Self::CreatePartitions => CreatePartitionsRequest::is_flexible(version),
            Self::DeleteGroups => DeleteGroupsRequest::is_flexible(version),
            Self::IncrementalAlterConfigs => IncrementalAlterConfigsRequest::is_flexible(version),
            Self::OffsetDelete => OffsetDeleteRequest::is_flexible(version),
            Self::DescribeCluster => DescribeClusterRequest::is_flexible(version),
            Self::ConsumerGroupHeartbeat => ConsumerGroupHeartbeatRequest::is_flexible(version),
            Self::ConsumerGroupDescribe => ConsumerGroupDescribeRequest::is_flexible(version),
            Self::ListConfigResources => ListConfigResourcesRequest::is_flexible(version),
            Self::DescribeTopicPartitions => DescribeTopicPartitionsRequest::is_flexible(version),
        }
    }
}

impl Request for ProduceRequest {
    const API_KEY: ApiKey = ApiKey::Produce;
    type Response = ProduceResponse;
}
impl Request for FetchRequest {
    const API_KEY: ApiKey = ApiKey::Fetch;
    type Response = FetchResponse;
}
impl Request for ListOffsetsRequest {
    const API_KEY: ApiKey = ApiKey::ListOffsets;
    type Response = ListOffsetsResponse;
}
impl Request for MetadataRequest {
    const API_KEY: ApiKey = ApiKey::Metadata;
    type Response = MetadataResponse;
}
impl Request for OffsetCommitRequest {
    const API_KEY: ApiKey = ApiKey::OffsetCommit;
    type Response = OffsetCommitResponse;
}
impl Request for OffsetFetchRequest {
    const API_KEY: ApiKey = ApiKey::OffsetFetch;
    type Response = OffsetFetchResponse;
}
impl Request for FindCoordinatorRequest {
    const API_KEY: ApiKey = ApiKey::FindCoordinator;
    type Response = FindCoordinatorResponse;
}
impl Request for JoinGroupRequest {
    const API_KEY: ApiKey = ApiKey::JoinGroup;
    type Response = JoinGroupResponse;
}
impl Request for HeartbeatRequest {
    const API_KEY: ApiKey = ApiKey::Heartbeat;
    type Response = HeartbeatResponse;
}
impl Request for LeaveGroupRequest {
    const API_KEY: ApiKey = ApiKey::LeaveGroup;
    type Response = LeaveGroupResponse;
}
impl Request for SyncGroupRequest {
    const API_KEY: ApiKey = ApiKey::SyncGroup;
    type Response = SyncGroupResponse;
}
impl Request for DescribeGroupsRequest {
    const API_KEY: ApiKey = ApiKey::DescribeGroups;
    type Response = DescribeGroupsResponse;
}
impl Request for ListGroupsRequest {
    const API_KEY: ApiKey = ApiKey::ListGroups;
    type Response = ListGroupsResponse;
}
impl Request for ApiVersionsRequest {
    const API_KEY: ApiKey = ApiKey::ApiVersions;
    type Response = ApiVersionsResponse;
}
impl Request for CreateTopicsRequest {
    const API_KEY: ApiKey = ApiKey::CreateTopics;
    type Response = CreateTopicsResponse;
}
impl Request for DeleteTopicsRequest {
    const API_KEY: ApiKey = ApiKey::DeleteTopics;
    type Response = DeleteTopicsResponse;
}
impl Request for DeleteRecordsRequest {
    const API_KEY: ApiKey = ApiKey::DeleteRecords;
    type Response = DeleteRecordsResponse;
}
impl Request for InitProducerIdRequest {
    const API_KEY: ApiKey = ApiKey::InitProducerId;
    type Response = InitProducerIdResponse;
}
impl Request for OffsetForLeaderEpochRequest {
    const API_KEY: ApiKey = ApiKey::OffsetForLeaderEpoch;
    type Response = OffsetForLeaderEpochResponse;
}
impl Request for DescribeAclsRequest {
    const API_KEY: ApiKey = ApiKey::DescribeAcls;
    type Response = DescribeAclsResponse;
}
impl Request for CreateAclsRequest {
    const API_KEY: ApiKey = ApiKey::CreateAcls;
    type Response = CreateAclsResponse;
}
impl Request for DeleteAclsRequest {
    const API_KEY: ApiKey = ApiKey::DeleteAcls;
    type Response = DeleteAclsResponse;
}
impl Request for DescribeConfigsRequest {
    const API_KEY: ApiKey = ApiKey::DescribeConfigs;
    type Response = DescribeConfigsResponse;
}
impl Request for AlterConfigsRequest {
    const API_KEY: ApiKey = ApiKey::AlterConfigs;
    type Response = AlterConfigsResponse;
}
impl Request for DescribeLogDirsRequest {
    const API_KEY: ApiKey = ApiKey::DescribeLogDirs;
    type Response = DescribeLogDirsResponse;
}
impl Request for CreatePartitionsRequest {
    const API_KEY: ApiKey = ApiKey::CreatePartitions;
    type Response = CreatePartitionsResponse;
}
impl Request for DeleteGroupsRequest {
    const API_KEY: ApiKey = ApiKey::DeleteGroups;
    type Response = DeleteGroupsResponse;
}
impl Request for IncrementalAlterConfigsRequest {
    const API_KEY: ApiKey = ApiKey::IncrementalAlterConfigs;
    type Response = IncrementalAlterConfigsResponse;
}
impl Request for OffsetDeleteRequest {
    const API_KEY: ApiKey = ApiKey::OffsetDelete;
    type Response = OffsetDeleteResponse;
}
impl Request for DescribeClusterRequest {
    const API_KEY: ApiKey = ApiKey::DescribeCluster;
    type Response = DescribeClusterResponse;
}
impl Request for ConsumerGroupHeartbeatRequest {
    const API_KEY: ApiKey = ApiKey::ConsumerGroupHeartbeat;
    type Response = ConsumerGroupHeartbeatResponse;
}
impl Request for ConsumerGroupDescribeRequest {
    const API_KEY: ApiKey = ApiKey::ConsumerGroupDescribe;
    type Response = ConsumerGroupDescribeResponse;
}
impl Request for ListConfigResourcesRequest {
    const API_KEY: ApiKey = ApiKey::ListConfigResources;
    type Response = ListConfigResourcesResponse;
}
impl Request for DescribeTopicPartitionsRequest {
    const API_KEY: ApiKey = ApiKey::DescribeTopicPartitions;
    type Response = DescribeTopicPartitionsResponse;
}

/// Calls a macro with the request and response type of every API.
#[macro_export]
macro_rules! for_each_api {
    ($callback:ident) => {
        $callback! {
        (Produce, ProduceRequest, ProduceResponse);
        (Fetch, FetchRequest, FetchResponse);
        (ListOffsets, ListOffsetsRequest, ListOffsetsResponse);
        (Metadata, MetadataRequest, MetadataResponse);
        (OffsetCommit, OffsetCommitRequest, OffsetCommitResponse);
        (OffsetFetch, OffsetFetchRequest, OffsetFetchResponse);
        (FindCoordinator, FindCoordinatorRequest, FindCoordinatorResponse);
        (JoinGroup, JoinGroupRequest, JoinGroupResponse);
        (Heartbeat, HeartbeatRequest, HeartbeatResponse);
        (LeaveGroup, LeaveGroupRequest, LeaveGroupResponse);
        (SyncGroup, SyncGroupRequest, SyncGroupResponse);
        (DescribeGroups, DescribeGroupsRequest, DescribeGroupsResponse);
        (ListGroups, ListGroupsRequest, ListGroupsResponse);
        (ApiVersions, ApiVersionsRequest, ApiVersionsResponse);
        (CreateTopics, CreateTopicsRequest, CreateTopicsResponse);
        (DeleteTopics, DeleteTopicsRequest, DeleteTopicsResponse);
        (DeleteRecords, DeleteRecordsRequest, DeleteRecordsResponse);
        (InitProducerId, InitProducerIdRequest, InitProducerIdResponse);
        (OffsetForLeaderEpoch, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse);
        (DescribeAcls, DescribeAclsRequest, DescribeAclsResponse);
        (CreateAcls, CreateAclsRequest, CreateAclsResponse);
        (DeleteAcls, DeleteAclsRequest, DeleteAclsResponse);
        (DescribeConfigs, DescribeConfigsRequest, DescribeConfigsResponse);
        (AlterConfigs, AlterConfigsRequest, AlterConfigsResponse);
        (DescribeLogDirs, DescribeLogDirsRequest, DescribeLogDirsResponse);
        (CreatePartitions, CreatePartitionsRequest, CreatePartitionsResponse);
        (DeleteGroups, DeleteGroupsRequest, DeleteGroupsResponse);
        (IncrementalAlterConfigs, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse);
        (OffsetDelete, OffsetDeleteRequest, OffsetDeleteResponse);
        (DescribeCluster, DescribeClusterRequest, DescribeClusterResponse);
        (ConsumerGroupHeartbeat, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse);
        (ConsumerGroupDescribe, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse);
        (ListConfigResources, ListConfigResourcesRequest, ListConfigResourcesResponse);
        (DescribeTopicPartitions, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse);
        }
    };
}
