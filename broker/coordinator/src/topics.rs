//! What groups know of topics. The driver gives a view of the cluster's metadata; the machine keeps no copy.

use std::fmt::Debug;
use std::sync::Arc;

use weir_model::{TopicId, Uuid};

/// A topic as groups see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicInfo {
    /// Its name.
    pub name: Arc<str>,
    /// Its id.
    pub id: TopicId,
    /// Its number of partitions.
    pub partition_count: i32,
}

/// An immutable view of the cluster's topics.
pub trait TopicsView: Send + Sync + Debug {
    /// The topic of this name.
    fn by_name(&self, name: &str) -> Option<TopicInfo>;

    /// The topic of this id.
    fn by_id(&self, id: TopicId) -> Option<TopicInfo>;

    /// Calls back with every topic's name.
    fn for_each_name(&self, visit: &mut dyn FnMut(&str));

    /// The version of the metadata: rises with every change.
    fn version(&self) -> i64;
}

/// A view of a fixed list of topics, for tests and for a shard that has not seen the metadata yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixedTopics {
    topics: Vec<TopicInfo>,
    version: i64,
}

impl FixedTopics {
    /// A view of these topics.
    pub fn new(version: i64, topics: Vec<TopicInfo>) -> Self {
        Self { topics, version }
    }

    /// A view of topics by name and number of partitions; ids are made from the position in the list.
    pub fn named(version: i64, topics: &[(&str, i32)]) -> Self {
        let topic = |(position, (name, count)): (usize, &(&str, i32))| {
            let mut id = [0; 16];
            id[8..].copy_from_slice(&(position as u64 + 1).to_be_bytes());
            TopicInfo { name: (*name).into(), id: Uuid(id), partition_count: *count }
        };
        Self::new(version, topics.iter().enumerate().map(topic).collect())
    }
}

impl TopicsView for FixedTopics {
    fn by_name(&self, name: &str) -> Option<TopicInfo> {
        self.topics.iter().find(|topic| &*topic.name == name).cloned()
    }

    fn by_id(&self, id: TopicId) -> Option<TopicInfo> {
        self.topics.iter().find(|topic| topic.id == id).cloned()
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(&str)) {
        for topic in &self.topics {
            visit(&topic.name);
        }
    }

    fn version(&self) -> i64 {
        self.version
    }
}
