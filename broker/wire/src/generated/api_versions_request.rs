//! `ApiVersionsRequest` (API key 18), versions 0 to 5. Generated from the schema.
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
pub struct ApiVersionsRequest {
    /// Versions 3 and later.
    pub client_software_name: WireStr,
    /// Versions 3 and later.
    pub client_software_version: WireStr,
    /// Versions 5 and later, may be null.
    pub cluster_id: Option<WireStr>,
    /// Versions 5 and later.
    pub node_id: i32,
}

impl Default for ApiVersionsRequest {
    fn default() -> Self {
        Self {
            client_software_name: WireStr::new(),
            client_software_version: WireStr::new(),
            cluster_id: None,
            node_id: -1,
        }
    }
}

impl Wire for ApiVersionsRequest {
    fn bytes_min(version: i16, flexible: bool) -> usize {
        let mut bytes = usize::from(flexible);
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 3 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <WireStr as Wire>::bytes_min(version, flexible);
        }
        if version >= 5 {
            bytes += <i32 as Wire>::bytes_min(version, flexible);
        }
        bytes
    }

    fn decode(r: &mut Reader, version: i16, flexible: bool) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        if version >= 3 {
            value.client_software_name = Wire::decode(r, version, flexible)?;
        }
        if version >= 3 {
            value.client_software_version = Wire::decode(r, version, flexible)?;
        }
        if version >= 5 {
            value.cluster_id = if version >= 5 {
                NullableWire::decode_nullable(r, version, flexible)?
            } else {
                Some(Wire::decode(r, version, flexible)?)
            };
        }
        if version >= 5 {
            value.node_id = Wire::decode(r, version, flexible)?;
        }
        if flexible {
            r.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, w: &mut Writer, version: i16, flexible: bool) -> Result<(), EncodeError> {
        if version >= 3 {
            self.client_software_name.encode(w, version, flexible)?;
        }
        if version >= 3 {
            self.client_software_version.encode(w, version, flexible)?;
        }
        if version >= 5 {
            if version >= 5 {
                NullableWire::encode_nullable(self.cluster_id.as_ref(), w, version, flexible)?
            } else {
                self.cluster_id
                    .as_ref()
                    .ok_or(EncodeError::Null { field: "cluster_id", version })?
                    .encode(w, version, flexible)?
            };
        }
        if version >= 5 {
            self.node_id.encode(w, version, flexible)?;
        }
        if flexible {
            w.no_tagged_fields();
        }
        Ok(())
    }
}

impl Message for ApiVersionsRequest {
    const NAME: &'static str = "ApiVersionsRequest";
    const VERSION_MIN: i16 = 0;
    const VERSION_MAX: i16 = 5;
    fn is_flexible(version: i16) -> bool {
        version >= 3
    }
}
