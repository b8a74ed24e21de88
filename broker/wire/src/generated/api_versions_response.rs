//! `ApiVersionsResponse` (API key 18), versions 0 to 5. Generated from the schema.
#![allow(
    clippy::all,
    clippy::semicolon_if_nothing_returned,
    unused_imports,
    unused_variables,
    unreachable_patterns,
    reason = "generated"
)]

use bytes::Bytes;
use weir_model::Uuid;

use crate::codec::{
    DecodeError, EncodeError, Message, NullableWire, Reader, Records, TaggedFields, Wire, WireStr, Writer,
};

/// The message.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiVersionsResponse {
    /// All versions.
    pub error_code: i16,
    /// All versions.
    pub api_keys: Vec<ApiVersion>,
    /// Versions 1 and later.
    pub throttle_time_ms: i32,
    /// Versions 3 and later, tag 0.
    pub supported_features: Vec<SupportedFeatureKey>,
    /// Versions 3 and later, tag 1.
    pub finalized_features_epoch: i64,
    /// Versions 3 and later, tag 2.
    pub finalized_features: Vec<FinalizedFeatureKey>,
    /// Versions 3 and later, tag 3.
    pub zk_migration_ready: bool,
}

impl Default for ApiVersionsResponse {
    fn default() -> Self {
        Self {
            error_code: 0,
            api_keys: Vec::new(),
            throttle_time_ms: 0,
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
        }
    }
}

impl Wire for ApiVersionsResponse {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <Vec<ApiVersion> as Wire>::bytes_min(version, flexible);
        if version >= 1 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.error_code = Wire::decode(r, version, flexible)?;
        value.api_keys = Wire::decode(r, version, flexible)?;
        if version >= 1 {
            value.throttle_time_ms = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.tagged_fields(|tag, r| {
                match tag {
                    0 if version >= 3 => value.supported_features = Wire::decode(r, version, flexible)?,
                    1 if version >= 3 => value.finalized_features_epoch = Wire::decode(r, version, flexible)?,
                    2 if version >= 3 => value.finalized_features = Wire::decode(r, version, flexible)?,
                    3 if version >= 3 => value.zk_migration_ready = Wire::decode(r, version, flexible)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.error_code.encode(w, version, flexible)?;
        self.api_keys.encode(w, version, flexible)?;
        if version >= 1 {
            self.throttle_time_ms.encode(w, version, flexible)?;
        }
        if flexible {
            let mut tags = TaggedFields::default();
            if version >= 3 && !self.supported_features.is_empty() {
                tags.put(0, |w| {
                    self.supported_features.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            if version >= 3 && self.finalized_features_epoch != -1 {
                tags.put(1, |w| {
                    self.finalized_features_epoch.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            if version >= 3 && !self.finalized_features.is_empty() {
                tags.put(2, |w| {
                    self.finalized_features.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            if version >= 3 && self.zk_migration_ready {
                tags.put(3, |w| {
                    self.zk_migration_ready.encode(w, version, flexible)?;
                    Ok(())
                })?;
            }
            w.tagged_fields(tags);
        }
        Ok(())
    }
}

/// Part of `ApiVersionsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiVersion {
    /// All versions.
    pub api_key: i16,
    /// All versions.
    pub min_version: i16,
    /// All versions.
    pub max_version: i16,
}

impl Default for ApiVersion {
    fn default() -> Self {
        Self { api_key: 0, min_version: 0, max_version: 0 }
    }
}

impl Wire for ApiVersion {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes += <i16 as Wire>::bytes_min(version, flexible);
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.api_key = Wire::decode(r, version, flexible)?;
        value.min_version = Wire::decode(r, version, flexible)?;
        value.max_version = Wire::decode(r, version, flexible)?;
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        self.api_key.encode(w, version, flexible)?;
        self.min_version.encode(w, version, flexible)?;
        self.max_version.encode(w, version, flexible)?;
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ApiVersionsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct SupportedFeatureKey {
    /// Versions 3 and later.
    pub name: WireStr,
    /// Versions 3 and later.
    pub min_version: i16,
    /// Versions 3 and later.
    pub max_version: i16,
}

impl Default for SupportedFeatureKey {
    fn default() -> Self {
        Self { name: WireStr::new(), min_version: 0, max_version: 0 }
    }
}

impl Wire for SupportedFeatureKey {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 3 {
            value.name = Wire::decode(r, version, flexible)?;
        }
        if version >= 3 {
            value.min_version = Wire::decode(r, version, flexible)?;
        }
        if version >= 3 {
            value.max_version = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 3 {
            self.name.encode(w, version, flexible)?;
        }
        if !(version >= 3) && !self.name.is_empty() {
            return Err(EncodeError::NotInVersion { field: "SupportedFeatureKey.name", version });
        }
        if version >= 3 {
            self.min_version.encode(w, version, flexible)?;
        }
        if !(version >= 3) && self.min_version != 0 {
            return Err(EncodeError::NotInVersion { field: "SupportedFeatureKey.min_version", version });
        }
        if version >= 3 {
            self.max_version.encode(w, version, flexible)?;
        }
        if !(version >= 3) && self.max_version != 0 {
            return Err(EncodeError::NotInVersion { field: "SupportedFeatureKey.max_version", version });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

/// Part of `ApiVersionsResponse`.
#[derive(Clone, Debug, PartialEq)]
pub struct FinalizedFeatureKey {
    /// Versions 3 and later.
    pub name: WireStr,
    /// Versions 3 and later.
    pub max_version_level: i16,
    /// Versions 3 and later.
    pub min_version_level: i16,
}

impl Default for FinalizedFeatureKey {
    fn default() -> Self {
        Self { name: WireStr::new(), max_version_level: 0, min_version_level: 0 }
    }
}

impl Wire for FinalizedFeatureKey {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <i16 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 3 {
            value.name = Wire::decode(r, version, flexible)?;
        }
        if version >= 3 {
            value.max_version_level = Wire::decode(r, version, flexible)?;
        }
        if version >= 3 {
            value.min_version_level = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 3 {
            self.name.encode(w, version, flexible)?;
        }
        if !(version >= 3) && !self.name.is_empty() {
            return Err(EncodeError::NotInVersion { field: "FinalizedFeatureKey.name", version });
        }
        if version >= 3 {
            self.max_version_level.encode(w, version, flexible)?;
        }
        if !(version >= 3) && self.max_version_level != 0 {
            return Err(EncodeError::NotInVersion {
                field: "FinalizedFeatureKey.max_version_level",
                version,
            });
        }
        if version >= 3 {
            self.min_version_level.encode(w, version, flexible)?;
        }
        if !(version >= 3) && self.min_version_level != 0 {
            return Err(EncodeError::NotInVersion {
                field: "FinalizedFeatureKey.min_version_level",
                version,
            });
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ApiVersionsResponse {
    const NAME: &'static str = "ApiVersionsResponse";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 5;
    fn is_flexible(version: i16) -> bool {
        version >= 3
    }
}
