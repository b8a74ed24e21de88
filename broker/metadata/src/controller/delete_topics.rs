//! Deleting topics (`DeleteTopics`).

use weir_model::{ErrorCode, TopicId, TopicName};

use super::{Controller, Decision, Draft, Refusal, repeated};
use crate::configs::BrokerConfig;
use crate::record::MetadataRecord;

/// A topic by its name or its id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicReference {
    /// The name, when it is named.
    pub name: Option<String>,
    /// The id, zero when it is named.
    pub id: TopicId,
}

/// A topic that is gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeletedTopic {
    /// Its name.
    pub name: TopicName,
    /// Its id.
    pub id: TopicId,
}

impl Controller<'_> {
    /// Deletes topics; one answer for each reference.
    pub fn delete_topics(
        &self,
        references: &[TopicReference],
    ) -> Decision<Vec<(TopicReference, Result<DeletedTopic, Refusal>)>> {
        let mut draft = Draft::new(self.layers);
        let enabled = BrokerConfig::resolve(&self.layers).topics.delete_enabled;
        let found: Vec<_> = references.iter().map(|reference| self.referenced(reference)).collect();
        // Only topics that exist can be named twice; the same unknown name twice is unknown twice.
        let twice = repeated(found.iter().enumerate().map(|(index, topic)| match topic {
            Ok(topic) => (Some(topic.id), 0),
            Err(_) => (None, index),
        }));
        let mut answer = Vec::new();
        for ((reference, topic), twice) in references.iter().zip(found).zip(twice) {
            let outcome = match topic {
                _ if !enabled => Err(Refusal::new(
                    ErrorCode::TopicDeletionDisabled,
                    "topics can't be deleted: delete.topic.enable is false",
                )),
                Ok(topic) if twice => Err(Refusal::new(
                    ErrorCode::InvalidRequest,
                    format!("topic '{}' stands in the request more than once", topic.name),
                )),
                Ok(topic) => {
                    draft.accept(vec![MetadataRecord::TopicDeleted { id: topic.id }]).map(|()| topic)
                }
                Err(refusal) => Err(refusal),
            };
            answer.push((reference.clone(), outcome));
        }
        Decision { records: draft.records, answer }
    }

    fn referenced(&self, reference: &TopicReference) -> Result<DeletedTopic, Refusal> {
        let topics = self.image().topics();
        let topic = match &reference.name {
            Some(_) if reference.id != TopicId::ZERO => {
                let message = "a topic is named by its name or by its id, not by both";
                return Err(Refusal::new(ErrorCode::InvalidRequest, message));
            }
            Some(name) => topics.by_text(name).ok_or_else(|| {
                Refusal::new(ErrorCode::UnknownTopicOrPartition, format!("there is no topic '{name}'"))
            })?,
            None if reference.id == TopicId::ZERO => {
                return Err(Refusal::new(ErrorCode::InvalidRequest, "a topic has neither name nor id"));
            }
            None => topics.by_id(reference.id).ok_or_else(|| {
                Refusal::new(ErrorCode::UnknownTopicId, format!("there is no topic with id {}", reference.id))
            })?,
        };
        Ok(DeletedTopic { name: topic.name().clone(), id: topic.id() })
    }
}
