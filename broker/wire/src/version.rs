//! Which versions of an API are served, and which are only named.

use crate::ApiKey;

/// The lowest and the highest version of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionRange {
    /// The lowest.
    pub min: i16,
    /// The highest.
    pub max: i16,
}

impl VersionRange {
    /// Whether the version is one of these.
    pub const fn contains(self, version: i16) -> bool {
        self.min <= version && version <= self.max
    }
}

/// The versions that ApiVersions names.
///
/// They are those of the schemas, but for Produce: Kafka names it from 0, because older librdkafka turns compression
/// off otherwise (KAFKA-18659), and so do we. Versions 0 to 2 are refused.
pub const fn versions(key: ApiKey) -> VersionRange {
    let (min, max) = key.schema_versions();
    VersionRange { min: if matches!(key, ApiKey::Produce) { 0 } else { min }, max }
}

/// The versions that are served.
pub const fn served_versions(key: ApiKey) -> VersionRange {
    let (min, max) = key.schema_versions();
    VersionRange { min, max }
}
