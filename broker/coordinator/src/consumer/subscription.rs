//! What members subscribe to, and the group epoch that rises when it changes.
//!
//! A pattern follows RE2's rules, which the `regex` crate shares: linear time, no look-around, no back references; it
//! must match a whole topic name. `\Q…\E` of RE2 is translated.

use std::collections::BTreeSet;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use weir_model::{ErrorCode, Generation, GroupId};

use super::refuse;
use crate::api::{MemberId, Refusal};
use crate::config::{GROUP_PATTERNS_MAX, REGEX_BYTES_MAX};
use crate::record::{GroupEpochValue, GroupRecord, MemberValue, RegexValue};
use crate::shard::GroupShard;
use crate::topics::TopicsView;

/// The most memory that one compiled pattern may take.
const REGEX_COMPILED_BYTES_MAX: usize = 1024 * 1024;

/// A pattern ready for use.
#[derive(Clone, Debug)]
pub(crate) struct CompiledRegex(Regex);

impl CompiledRegex {
    pub(crate) fn compile(pattern: &str) -> Result<Self, Refusal> {
        let invalid = |reason: &str| {
            let message =
                format!("SubscribedTopicRegex `{pattern}` is not a valid regular expression: {reason}.");
            Refusal::new(ErrorCode::InvalidRegularExpression, message)
        };
        if pattern.len() > REGEX_BYTES_MAX {
            return Err(Refusal::new(
                ErrorCode::InvalidRegularExpression,
                format!("SubscribedTopicRegex is longer than {REGEX_BYTES_MAX} bytes."),
            ));
        }
        // Alone first: `a)(b` must not become valid inside the group below.
        let pattern = without_quotes(pattern);
        let build = |text: &str| RegexBuilder::new(text).size_limit(REGEX_COMPILED_BYTES_MAX).build();
        let reason = |error: &regex::Error| match error {
            regex::Error::CompiledTooBig(limit) => format!("compiled it is larger than {limit} bytes"),
            other => other.to_string().lines().last().unwrap_or("it does not parse").trim().to_owned(),
        };
        build(&pattern).map_err(|error| invalid(&reason(&error)))?;
        build(&format!("^(?:{pattern})$")).map(Self).map_err(|error| invalid(&reason(&error)))
    }

    pub(crate) fn matches(&self, topic: &str) -> bool {
        self.0.is_match(topic)
    }

    /// The topics that the pattern matches.
    fn resolve(&self, topics: &dyn TopicsView) -> BTreeSet<Arc<str>> {
        let mut matched = BTreeSet::new();
        topics.for_each_name(&mut |name| {
            if self.matches(name) {
                matched.insert(name.into());
            }
        });
        matched
    }
}

/// Translates RE2's quotation `\Q…\E`.
fn without_quotes(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(position) = rest.find('\\') {
        let (before, escape) = rest.split_at(position);
        translated.push_str(before);
        if let Some(quoted) = escape.strip_prefix("\\Q") {
            let (literal, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
            translated.push_str(&regex::escape(literal));
            rest = after;
        } else {
            let end = escape.char_indices().nth(2).map_or(escape.len(), |(index, _)| index);
            translated.push_str(&escape[..end]);
            rest = &escape[end..];
        }
    }
    translated.push_str(rest);
    translated
}

/// A digest of the topics that a group subscribes to: 64-bit FNV-1a over name, id and number of partitions of each that
/// exists, in the order of the names; 0 for none. Only compared with itself.
fn metadata_hash(subscribed: &BTreeSet<Arc<str>>, topics: &dyn TopicsView) -> i64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut any = false;
    for topic in subscribed.iter().filter_map(|name| topics.by_name(name)) {
        any = true;
        let bytes =
            topic.name.bytes().chain([0xff]).chain(topic.id.0).chain(topic.partition_count.to_be_bytes());
        for byte in bytes {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    if any { i64::from_be_bytes(hash.to_be_bytes()) } else { 0 }
}

impl GroupShard {
    /// Writes what the member says and everything that follows for the group. Returns whether its topics changed.
    pub(super) fn subscribe(
        &mut self,
        group: &GroupId,
        member: &MemberId,
        value: MemberValue,
    ) -> Result<bool, Refusal> {
        let before = self.state.consumer(group).and_then(|consumer| consumer.member(member)).cloned();
        let is_new = before.is_none();
        let before = before.unwrap_or_default();
        let names_changed = before.topics != value.topics;
        let regex_changed = before.regex != value.regex;
        if regex_changed && let Some(pattern) = &value.regex {
            self.compile(pattern)?;
            self.check_pattern_count(group, pattern)?;
        }
        if is_new || *before != value {
            let (group, member) = (group.clone(), member.clone());
            self.write(GroupRecord::Member { group, member, value: Some(Arc::new(value)) });
        }
        if let Some(pattern) = before.regex.as_ref().filter(|_| regex_changed) {
            self.forget_unused_regex(group, pattern);
        }
        self.refresh(group, is_new || names_changed || regex_changed)?;
        Ok(is_new || names_changed || regex_changed)
    }

    /// Only the last one is kept: compiled, a pattern may take a thousand times its text.
    fn compile(&mut self, pattern: &Arc<str>) -> Result<CompiledRegex, Refusal> {
        if let Some((last, compiled)) = &self.last_pattern
            && last == pattern
        {
            return Ok(compiled.clone());
        }
        let compiled = CompiledRegex::compile(pattern)?;
        self.last_pattern = Some((Arc::clone(pattern), compiled.clone()));
        Ok(compiled)
    }

    /// Each of a group's patterns is looked for in all names of topics when one of these changes.
    fn check_pattern_count(&self, group: &GroupId, pattern: &str) -> Result<(), Refusal> {
        let Some(consumer) = self.state.consumer(group) else { return Ok(()) };
        let is_new = !consumer.regexes().contains_key(pattern);
        if is_new && consumer.regexes().len() >= GROUP_PATTERNS_MAX {
            let message = format!("The members of a group may have {GROUP_PATTERNS_MAX} different patterns.");
            return refuse(ErrorCode::InvalidRegularExpression, message);
        }
        Ok(())
    }

    pub(super) fn forget_unused_regex(&mut self, group: &GroupId, pattern: &Arc<str>) {
        let in_use = self.state.consumer(group).is_some_and(|consumer| consumer.regex_members(pattern) > 0);
        if !in_use {
            let (group, pattern) = (group.clone(), Arc::clone(pattern));
            self.write(GroupRecord::Regex { group, pattern, value: None });
        }
    }

    /// Takes the topics into account: what patterns match, and whether the group's topics are others than before. The
    /// group epoch rises with any change.
    pub(super) fn refresh(&mut self, group: &GroupId, changed: bool) -> Result<(), Refusal> {
        let version = self.topics.version();
        if !changed && self.soft(group).seen_topics == Some(version) {
            return Ok(());
        }
        let matched_changed = self.resolve_regexes(group)?;
        let consumer = self.consumer(group);
        let hash = metadata_hash(&consumer.subscribed_topics(), &*self.topics);
        if changed || matched_changed || hash != consumer.metadata_hash() {
            self.bump_epoch(group, hash);
        }
        if self.consumer(group).has_partition_metadata() {
            self.write(GroupRecord::PartitionMetadata { group: group.clone(), present: false });
        }
        self.soft(group).seen_topics = Some(version);
        Ok(())
    }

    fn resolve_regexes(&mut self, group: &GroupId) -> Result<bool, Refusal> {
        let consumer = self.consumer(group);
        let patterns: BTreeSet<Arc<str>> =
            consumer.members().values().filter_map(|member| member.regex.clone()).collect();
        let version = self.topics.version();
        let fresh = self.soft(group).seen_topics == Some(version);
        let mut changed = false;
        for pattern in patterns {
            let known = self.consumer(group).regexes().get(&pattern).cloned();
            if fresh && known.is_some() {
                continue;
            }
            let topics = self.compile(&pattern)?.resolve(&*self.topics);
            if known.is_none_or(|known| known.topics != topics) {
                changed = true;
                let (version, timestamp_ms) = (self.topics.version(), self.wall().0);
                let value = Some(Arc::new(RegexValue { topics, version, timestamp_ms }));
                self.write(GroupRecord::Regex { group: group.clone(), pattern, value });
            }
        }
        Ok(changed)
    }

    /// The next group epoch.
    fn bump_epoch(&mut self, group: &GroupId, metadata_hash: i64) {
        let epoch = Generation(self.consumer(group).epoch().0.saturating_add(1));
        let value = Some(GroupEpochValue { epoch, metadata_hash });
        self.write(GroupRecord::Epoch { group: group.clone(), value });
    }

    /// The next group epoch after members are gone.
    pub(super) fn bump_epoch_after_removal(&mut self, group: &GroupId) {
        let Some(consumer) = self.state.consumer(group) else { return };
        let hash = metadata_hash(&consumer.subscribed_topics(), &*self.topics);
        self.bump_epoch(group, hash);
    }

    /// The digest of a group's topics at this moment; a group that has no member yet has none.
    pub(super) fn current_metadata_hash(&self, group: &GroupId) -> i64 {
        let consumer = self.state.consumer(group);
        consumer.map_or(0, |consumer| metadata_hash(&consumer.subscribed_topics(), &*self.topics))
    }
}

/// A group that can't be one of this protocol.
pub(super) fn not_a_consumer_group<T>(group: &GroupId) -> Result<T, Refusal> {
    refuse(ErrorCode::GroupIdNotFound, format!("Group {group} is not a consumer group."))
}
