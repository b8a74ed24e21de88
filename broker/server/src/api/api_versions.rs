//! ApiVersions (18): what this broker serves.
//!
//! A client that asks in a newer version gets a version 0 answer with an error and the range of this API, and asks again.
//! Produce is advertised from version 0 though 0 to 2 are refused: older librdkafka turns compression off otherwise
//! (KAFKA-18659).

use weir_model::{ErrorCode, Uuid};
use weir_wire::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use weir_wire::messages::{ApiVersionsRequest, ApiVersionsResponse};
use weir_wire::{ApiKey, WireStr};

use super::RequestContext;
use super::dispatch::SERVED;

/// Features that this broker knows: name, lowest and highest level. Only what is true: transactions are not served yet,
/// so there is no `transaction.version`.
const FEATURES: &[(&str, i16, i16)] = &[("group.version", 0, 1)];

/// Clients below this version of the API can't read a lowest level of 0 (KAFKA-17011).
const VERSION_WITH_LEVEL_ZERO: i16 = 4;

/// From this version on the client says who it is.
const VERSION_WITH_SOFTWARE: i16 = 3;

/// Answers in the version that was asked for.
pub(crate) async fn handle(context: RequestContext, request: ApiVersionsRequest) -> ApiVersionsResponse {
    if context.version >= VERSION_WITH_SOFTWARE {
        let (name, version) = (&request.client_software_name, &request.client_software_version);
        if !is_software_word(name) || !is_software_word(version) {
            return refusal(ErrorCode::InvalidRequest);
        }
        let (peer, connection) = (context.connection.peer, context.connection.id);
        tracing::debug!(%peer, connection, %name, %version, "a client said what it is");
    }
    if is_meant_for_another(&context, &request) {
        return refusal(ErrorCode::RebootstrapRequired);
    }
    let image = context.state.image();
    ApiVersionsResponse {
        api_keys: SERVED.iter().map(|api| range(*api)).collect(),
        supported_features: FEATURES.iter().map(|feature| supported(feature, context.version)).collect(),
        finalized_features_epoch: 0,
        finalized_features: FEATURES
            .iter()
            .filter_map(|(name, ..)| {
                let level = image.features().get(*name).copied().filter(|level| *level > 0)?;
                Some(FinalizedFeatureKey {
                    name: WireStr::from_static(name),
                    min_version_level: level,
                    max_version_level: level,
                    ..Default::default()
                })
            })
            .collect(),
        ..Default::default()
    }
}

/// The answer to a version above ours, always in version 0.
pub(crate) fn unsupported_version() -> ApiVersionsResponse {
    refusal(ErrorCode::UnsupportedVersion)
}

fn refusal(error: ErrorCode) -> ApiVersionsResponse {
    ApiVersionsResponse {
        error_code: error.code(),
        api_keys: vec![range(ApiKey::ApiVersions)],
        ..Default::default()
    }
}

fn range(api: ApiKey) -> ApiVersion {
    let served = weir_wire::versions(api);
    ApiVersion { api_key: api as i16, min_version: served.min, max_version: served.max, ..Default::default() }
}

fn supported((name, min, max): &(&'static str, i16, i16), version: i16) -> SupportedFeatureKey {
    let min_version = if version < VERSION_WITH_LEVEL_ZERO { (*min).max(1) } else { *min };
    SupportedFeatureKey {
        name: WireStr::from_static(name),
        min_version,
        max_version: *max,
        ..Default::default()
    }
}

/// Version 5 lets a client say whom it wants to talk to (KIP-1242): an address may have passed to another broker.
fn is_meant_for_another(context: &RequestContext, request: &ApiVersionsRequest) -> bool {
    let identity = &context.state.identity;
    let other_cluster = request
        .cluster_id
        .as_ref()
        .is_some_and(|wanted| wanted.parse::<Uuid>().ok() != Some(identity.cluster_id));
    other_cluster || (request.node_id >= 0 && request.node_id != identity.node_id.0)
}

/// `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?`
fn is_software_word(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    ends(text.chars().next())
        && ends(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_words_follow_kafkas_rule() {
        for good in ["a", "apache-kafka-java", "4.3.1", "librdkafka"] {
            assert!(is_software_word(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a b", "a_b", "ü"] {
            assert!(!is_software_word(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_served_is_advertised_as_clients_expect() {
        assert_eq!((range(ApiKey::Produce).min_version, range(ApiKey::JoinGroup).min_version), (0, 0));
        assert!(range(ApiKey::Fetch).min_version == 4 && range(ApiKey::Fetch).max_version >= 10);
        assert_eq!(supported(&FEATURES[0], 3).min_version, 1);
        assert_eq!(supported(&FEATURES[0], 4).min_version, 0);
        assert_eq!(unsupported_version().api_keys.len(), 1);
    }
}
