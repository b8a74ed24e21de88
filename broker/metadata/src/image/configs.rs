//! What users set, by resource. Values are kept as they were written; `configs` gives them meaning.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::record::{ConfigResource, MetadataRecord};

/// Names and values of one resource.
pub type ConfigMap = BTreeMap<Arc<str>, Arc<str>>;

static NOTHING: ConfigMap = ConfigMap::new();

/// All set configs. A resource without any is not in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Configs {
    by_resource: BTreeMap<ConfigResource, Arc<ConfigMap>>,
}

impl Configs {
    /// What was set for a resource, empty when nothing was.
    pub fn of(&self, resource: &ConfigResource) -> &ConfigMap {
        self.by_resource.get(resource).map_or(&NOTHING, |map| map)
    }

    /// The resources for which something was set.
    pub fn resources(&self) -> impl Iterator<Item = &ConfigResource> {
        self.by_resource.keys()
    }

    pub(super) fn snapshot(&self, records: &mut Vec<MetadataRecord>) {
        for (resource, map) in &self.by_resource {
            for (name, value) in map.iter() {
                records.push(MetadataRecord::Config {
                    resource: resource.clone(),
                    name: name.clone(),
                    value: Some(value.clone()),
                });
            }
        }
    }

    pub(super) fn set(&mut self, resource: &ConfigResource, name: &Arc<str>, value: Option<&Arc<str>>) {
        let map = Arc::make_mut(self.by_resource.entry(resource.clone()).or_default());
        match value {
            Some(value) => map.insert(name.clone(), value.clone()),
            None => map.remove(name),
        };
        if map.is_empty() {
            self.by_resource.remove(resource);
        }
    }

    pub(super) fn remove(&mut self, resource: &ConfigResource) {
        self.by_resource.remove(resource);
    }
}
