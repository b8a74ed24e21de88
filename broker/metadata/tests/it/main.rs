//! The public surface: images by random walks, decisions against oracles, configs against Kafka's own classes.
#![allow(clippy::unwrap_used, missing_docs, clippy::cast_possible_truncation)]

mod check;
mod codec;
mod configs;
mod decisions;
mod kafka_facts;
mod random;
mod walk;
mod world;
