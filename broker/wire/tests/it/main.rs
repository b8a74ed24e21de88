//! The codec against two judges that share no line with it, and against bytes that nobody should send.
//!
//! - `vectors`: bytes by Kafka's own classes, committed under `tests/vectors`.
//! - `fields`: the schemas against the names, types and places of Kafka's own.
//! - `differential`: messages made at random from the schemas, read and written again by the crate `kafka-protocol`.
//! - `malformed`: truncated, mutated and lying bytes; what they may cost in memory is in the test binary `memory`.
//! - `rules`: what a version can't carry, headers, tagged fields, records by reference, the version table.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod codecs;
mod differential;
mod fields;
#[allow(dead_code, reason = "the test binary `memory` uses the rest")]
mod fill;
mod malformed;
mod random;
mod rules;
mod vectors;
