//! DescribeCluster (60): the cluster's id, its controller and its brokers, as the listener's clients reach them.

use weir_metadata::{BrokerImage, MetadataImage};
use weir_model::{BrokerId, ErrorCode};
use weir_wire::WireStr;
use weir_wire::messages::describe_cluster_response::DescribeClusterBroker;
use weir_wire::messages::{DescribeClusterRequest, DescribeClusterResponse};

use super::RequestContext;
use super::operations::{CLUSTER_OPERATIONS, if_asked};

/// The kinds of endpoints: brokers, and controllers, which have none of their own here.
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

/// Answers with the brokers that have a door of the asked listener's name.
pub(crate) async fn handle(
    context: RequestContext,
    request: DescribeClusterRequest,
) -> DescribeClusterResponse {
    let state = &context.state;
    let error = match request.endpoint_type {
        BROKERS => ErrorCode::None,
        CONTROLLERS => ErrorCode::MismatchedEndpointType,
        _ => ErrorCode::UnsupportedEndpointType,
    };
    context.count(error);
    if error.is_error() {
        let error_message =
            Some(WireStr::from("this is a broker's endpoint; brokers are all that it describes"));
        return DescribeClusterResponse {
            error_code: error.code(),
            error_message,
            endpoint_type: BROKERS,
            ..Default::default()
        };
    }
    let listener = state.listeners.get(context.connection.listener).map_or("", |door| door.listener.as_str());
    let asked = request.include_cluster_authorized_operations;
    DescribeClusterResponse {
        endpoint_type: BROKERS,
        cluster_id: WireStr::from(state.identity.cluster_id.to_string()),
        controller_id: state.identity.node_id.0,
        brokers: brokers(&state.image(), listener, request.include_fenced_brokers),
        cluster_authorized_operations: if_asked(asked, CLUSTER_OPERATIONS),
        ..Default::default()
    }
}

fn brokers(image: &MetadataImage, listener: &str, include_fenced: bool) -> Vec<DescribeClusterBroker> {
    let described = |(id, broker): (BrokerId, &std::sync::Arc<BrokerImage>)| {
        let endpoint =
            broker.registration.endpoints.iter().find(|endpoint| &*endpoint.listener == listener)?;
        Some(DescribeClusterBroker {
            broker_id: id.0,
            host: WireStr::from(&*endpoint.host),
            port: endpoint.port.into(),
            rack: broker.registration.rack.as_deref().map(WireStr::from),
            is_fenced: broker.fenced,
            ..Default::default()
        })
    };
    image
        .brokers()
        .iter()
        .filter(|(_, broker)| include_fenced || !broker.fenced)
        .filter_map(described)
        .collect()
}
