//! ListConfigResources (74): what has configs. Version 0 asks for client metrics subscriptions only, of which there are none.

use weir_metadata::MetadataImage;
use weir_metadata::controller::resource_type;
use weir_model::ErrorCode;
use weir_wire::WireStr;
use weir_wire::messages::list_config_resources_response::ConfigResource;
use weir_wire::messages::{ListConfigResourcesRequest, ListConfigResourcesResponse};

use super::RequestContext;

/// The kinds that Kafka knows; Weir has none of client metrics.
const KINDS: [i8; 5] = [
    resource_type::TOPIC,
    resource_type::BROKER,
    resource_type::BROKER_LOGGER,
    resource_type::CLIENT_METRICS,
    resource_type::GROUP,
];

const VERSION_WITH_KINDS: i16 = 1;

/// Lists the resources of the kinds that are asked for, all kinds when none is named.
pub(crate) async fn handle(
    context: RequestContext,
    request: ListConfigResourcesRequest,
) -> ListConfigResourcesResponse {
    let kinds: &[i8] = match request.resource_types.as_slice() {
        _ if context.version < VERSION_WITH_KINDS => &[resource_type::CLIENT_METRICS],
        [] => &KINDS,
        named => named,
    };
    if !kinds.iter().all(|kind| KINDS.contains(kind)) {
        let error_code = ErrorCode::UnsupportedVersion;
        context.count(error_code);
        return ListConfigResourcesResponse { error_code: error_code.code(), ..Default::default() };
    }
    ListConfigResourcesResponse {
        config_resources: resources(&context.state.image(), kinds),
        ..Default::default()
    }
}

fn resources(image: &MetadataImage, kinds: &[i8]) -> Vec<ConfigResource> {
    let resource = |kind: i8, name: String| ConfigResource {
        resource_name: WireStr::from(name),
        resource_type: kind,
        ..Default::default()
    };
    let mut all = Vec::new();
    if kinds.contains(&resource_type::TOPIC) {
        all.extend(
            image.topics().iter().map(|topic| resource(resource_type::TOPIC, topic.name().to_string())),
        );
    }
    for kind in [resource_type::BROKER, resource_type::BROKER_LOGGER] {
        if kinds.contains(&kind) {
            all.extend(image.brokers().iter().map(|(broker, _)| resource(kind, broker.to_string())));
        }
    }
    if kinds.contains(&resource_type::GROUP) {
        all.extend(image.configs().resources().filter_map(|of| match of {
            weir_metadata::ConfigResource::Group(group) => {
                Some(resource(resource_type::GROUP, group.to_string()))
            }
            _ => None,
        }));
    }
    all
}
