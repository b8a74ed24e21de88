//! The broker configs that mean something to Weir, by subject, with Kafka's names, types, defaults and ranges.
//!
//! What Kafka has and Weir has not (security by passwords and certificates, tiered storage, `ZooKeeper`) is not in the
//! tables: naming it is an error, not a silent no.

mod groups;
mod logs;
mod network;
mod topics;
mod transactions;

use super::key::ConfigKey;

/// The tables; a name stands in one of them.
pub(super) const BROKER_KEYS: &[&[ConfigKey]] =
    &[groups::KEYS, logs::KEYS, network::KEYS, topics::KEYS, transactions::KEYS];

/// Broker configs that stand in for another broker config, the most specific first.
pub(super) const BROKER_SYNONYMS: &[&[&str]] = &[
    &["log.roll.ms", "log.roll.hours"],
    &["log.roll.jitter.ms", "log.roll.jitter.hours"],
    &["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
    &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
];
