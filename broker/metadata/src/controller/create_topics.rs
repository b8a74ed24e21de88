//! Creating topics (`CreateTopics`, and by themselves when a client asks for one).

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::limits::TOPIC_PARTITIONS_MAX;
use weir_model::{BrokerId, ErrorCode, PartitionIndex, TopicId, TopicName, Uuid};

use super::placement::{chosen, deal};
use super::{Controller, Decision, Draft, Draw, PARTITIONS_PER_REQUEST_MAX, Refusal, repeated, topic_name};
use crate::configs::{BrokerConfig, ConfigDescription, check_topic, describe_topic};
use crate::image::{MetadataImage, Topics};
use crate::record::{ConfigResource, MetadataRecord, PartitionState};

/// A name that Kafka keeps for its own metadata log.
const METADATA_TOPIC: &str = "__cluster_metadata";

/// A topic that somebody wants.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NewTopic {
    /// Its name, not yet checked.
    pub name: String,
    /// How many partitions; -1 for the broker's default, or with `assignments`.
    pub partitions: i32,
    /// How many copies; -1 for the broker's default, or with `assignments`.
    pub replication_factor: i16,
    /// The replicas of each partition, when the user chooses them.
    pub assignments: Vec<(i32, Vec<i32>)>,
    /// Configs.
    pub configs: Vec<(String, Option<String>)>,
}

impl NewTopic {
    /// A topic with the broker's defaults.
    pub fn with_defaults(name: &str) -> Self {
        Self { name: name.to_owned(), partitions: -1, replication_factor: -1, ..Self::default() }
    }
}

/// A topic as it was, or would be, created.
#[derive(Clone, PartialEq, Debug)]
pub struct CreatedTopic {
    /// Its name.
    pub name: TopicName,
    /// Its id.
    pub id: TopicId,
    /// How many partitions it has.
    pub partitions: i32,
    /// How many copies of each.
    pub replication_factor: i16,
    /// All of its configs, those that nobody set too.
    pub configs: Vec<ConfigDescription>,
}

impl Controller<'_> {
    /// Creates topics. The answer has one entry for each distinct name, in the order of the request; names that stand in
    /// the request twice are refused. To validate only, drop the records.
    pub fn create_topics(
        &self,
        topics: &[NewTopic],
        draw: Draw<'_>,
    ) -> Decision<Vec<(String, Result<CreatedTopic, Refusal>)>> {
        let mut draft = Draft::new(self.layers);
        let twice = repeated(topics.iter().map(|topic| topic.name.as_str()));
        let mut room = PARTITIONS_PER_REQUEST_MAX;
        let mut answer: Vec<(String, Result<CreatedTopic, Refusal>)> = Vec::new();
        for (topic, twice) in topics.iter().zip(twice) {
            if !twice {
                answer.push((topic.name.clone(), self.create_topic(&mut draft, topic, &mut room, draw)));
            } else if !answer.iter().any(|(name, _)| *name == topic.name) {
                let message = format!("topic '{}' stands in the request more than once", topic.name);
                answer.push((topic.name.clone(), Err(Refusal::new(ErrorCode::InvalidRequest, message))));
            }
        }
        Decision { records: draft.records, answer }
    }

    fn create_topic(
        &self,
        draft: &mut Draft<'_>,
        topic: &NewTopic,
        room: &mut usize,
        draw: Draw<'_>,
    ) -> Result<CreatedTopic, Refusal> {
        let name = free_name(draft.image.topics(), &topic.name)?;
        let configs = checked_configs(draft, topic)?;
        let partitions = self.partitions(draft, topic, draw)?;
        *room = room.checked_sub(partitions.len()).ok_or_else(too_many_at_once)?;
        self.check_capacity(&draft.image, &partitions)?;
        let id = fresh_id(&draft.image, draw);
        let (count, factor) = (partitions.len(), partitions.first().map_or(0, |state| state.replicas.len()));
        draft.accept(creation(&name, id, partitions, configs))?;
        Ok(CreatedTopic {
            configs: describe_topic(&draft.layers(), &name),
            name,
            id,
            partitions: i32::try_from(count).unwrap_or(i32::MAX),
            replication_factor: i16::try_from(factor).unwrap_or(i16::MAX),
        })
    }

    fn partitions(
        &self,
        draft: &Draft<'_>,
        topic: &NewTopic,
        draw: Draw<'_>,
    ) -> Result<Vec<PartitionState>, Refusal> {
        if !topic.assignments.is_empty() {
            return chosen_partitions(&draft.image, topic);
        }
        let defaults = BrokerConfig::resolve(&self.layers).topics;
        let count = match topic.partitions {
            -1 => defaults.num_partitions,
            count => count,
        };
        let factor = match topic.replication_factor {
            -1 => defaults.default_replication_factor,
            factor => factor,
        };
        check_count(count)?;
        let [a, b, c, d, e, f, g, h, ..] = draw();
        let start = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        deal(draft.image.brokers(), PartitionIndex(0), count, factor, start)
    }

    /// Refuses partitions for which a broker has no room.
    pub(super) fn check_capacity(
        &self,
        image: &MetadataImage,
        new: &[PartitionState],
    ) -> Result<(), Refusal> {
        let most = self.capacity.replicas_per_broker_max;
        if image.topics().partition_count() + new.len() <= most {
            return Ok(());
        }
        let mut held: BTreeMap<BrokerId, usize> = BTreeMap::new();
        let existing = image.topics().iter().flat_map(|topic| topic.partitions());
        for broker in existing.chain(new).flat_map(|state| &state.replicas) {
            *held.entry(*broker).or_default() += 1;
        }
        match held.into_iter().find(|(_, count)| *count > most) {
            None => Ok(()),
            Some((broker, count)) => Err(Refusal::new(
                ErrorCode::PolicyViolation,
                format!(
                    "broker {broker} would hold {count} partitions, its open files and memory allow {most}"
                ),
            )),
        }
    }
}

fn too_many_at_once() -> Refusal {
    let message = format!("one request may create at most {PARTITIONS_PER_REQUEST_MAX} partitions");
    Refusal::new(ErrorCode::PolicyViolation, message)
}

fn free_name(topics: &Topics, name: &str) -> Result<TopicName, Refusal> {
    let name = topic_name(name)?;
    if name.as_str() == METADATA_TOPIC {
        let message = format!(
            "'{METADATA_TOPIC}' is the name under which tools know the metadata; no topic may have it"
        );
        return Err(Refusal::new(ErrorCode::InvalidRequest, message));
    }
    if topics.by_name(&name).is_some() {
        return Err(Refusal::new(ErrorCode::TopicAlreadyExists, format!("topic '{name}' exists")));
    }
    match topics.colliding(&name) {
        None => Ok(name),
        Some(other) => Err(Refusal::new(
            ErrorCode::InvalidTopicException,
            format!("topic '{name}' collides with topic '{other}': metrics take '.' and '_' for the same"),
        )),
    }
}

/// The configs with their values as Kafka would show them; a name that stands twice has its last value.
fn checked_configs(draft: &Draft<'_>, topic: &NewTopic) -> Result<BTreeMap<Arc<str>, Arc<str>>, Refusal> {
    let refused = |message: String| Refusal::new(ErrorCode::InvalidConfig, message);
    let mut configs = BTreeMap::new();
    for (name, value) in &topic.configs {
        let value = value.as_deref().ok_or_else(|| refused(format!("{name} has no value")))?;
        configs.insert(Arc::from(name.as_str()), Arc::from(value));
    }
    let inherited = |name: &str| draft.layers().topic_value(None, name);
    check_topic(configs.iter().map(|(name, value): (&Arc<str>, &Arc<str>)| (&**name, &**value)), inherited)
        .map_err(|error| refused(error.to_string()))?;
    Ok(configs)
}

pub(super) fn check_count(count: i32) -> Result<(), Refusal> {
    if (1..=TOPIC_PARTITIONS_MAX).contains(&count) {
        return Ok(());
    }
    let message = format!(
        "a topic can't have {count} partitions: from 1 to {TOPIC_PARTITIONS_MAX}, or -1 for the default"
    );
    // Kafka's bound is one of a request, and this is its code.
    let code =
        if count > TOPIC_PARTITIONS_MAX { ErrorCode::PolicyViolation } else { ErrorCode::InvalidPartitions };
    Err(Refusal::new(code, message))
}

fn chosen_partitions(image: &MetadataImage, topic: &NewTopic) -> Result<Vec<PartitionState>, Refusal> {
    let contradicts = |what: &str| {
        let message = format!("{what} must be -1 when the replicas of each partition are given");
        Err(Refusal::new(ErrorCode::InvalidRequest, message))
    };
    if topic.replication_factor != -1 {
        return contradicts("the replication factor");
    }
    if topic.partitions != -1 {
        return contradicts("the number of partitions");
    }
    let mut sorted: Vec<_> = topic.assignments.iter().collect();
    sorted.sort_by_key(|(partition, _)| *partition);
    if sorted.iter().zip(0..).any(|((partition, _), number)| *partition != number) {
        let message = "the partitions of the assignment must be numbered from 0 without a gap, each once";
        return Err(Refusal::new(ErrorCode::InvalidReplicaAssignment, message));
    }
    check_count(i32::try_from(sorted.len()).unwrap_or(i32::MAX))?;
    let factor = sorted.first().map(|(_, replicas)| replicas.len());
    sorted.iter().map(|(_, replicas)| chosen(image.brokers(), replicas, factor)).collect()
}

/// An id that no topic has. A leading '-' is avoided, as Kafka does: command-line tools take it for an option.
fn fresh_id(image: &MetadataImage, draw: Draw<'_>) -> TopicId {
    const DRAWS_MAX: usize = 64;
    let usable = |id: &Uuid| image.topics().by_id(*id).is_none() && !id.to_string().starts_with('-');
    let mut last = Uuid::ZERO;
    for _ in 0..DRAWS_MAX {
        last = Uuid::from_random(draw());
        if usable(&last) {
            break;
        }
    }
    last
}

fn creation(
    name: &TopicName,
    id: TopicId,
    partitions: Vec<PartitionState>,
    configs: BTreeMap<Arc<str>, Arc<str>>,
) -> Vec<MetadataRecord> {
    let mut records = vec![MetadataRecord::Topic { name: name.clone(), id }];
    records.extend(
        (0..).map(PartitionIndex).zip(partitions).map(|(partition, state)| MetadataRecord::Partition {
            topic: id,
            partition,
            state,
        }),
    );
    records.extend(configs.into_iter().map(|(config, value)| MetadataRecord::Config {
        resource: ConfigResource::Topic(name.clone()),
        name: config,
        value: Some(value),
    }));
    records
}
