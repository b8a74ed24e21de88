//! Weir judged by clients, tools and test suites that nobody here wrote.
//!
//! A *target* (Weir, real Kafka, or any address) is started once, *suites* run against it, and a *report* counts what passed,
//! failed and was not run. Judges live outside this crate's code: small programs under `clients/`, applications under `apps/`,
//! and packages that are installed into the user's cache directory.
//!
//! This crate knows nothing of Weir's insides: it starts a binary and speaks to a port.

pub mod broker;
pub mod cache;
pub mod clients;
mod dialogue;
pub mod foreign;
pub mod http;
pub mod judges;
mod kafka_python;
pub mod ports;
pub mod process;
pub mod random;
pub mod report;
pub mod run;
pub mod skips;
pub mod suite_classes;
pub mod suite_dialogues;
pub mod suite_kafka_go;
pub mod suite_librdkafka;
pub mod suite_matrix;
pub mod suite_own;
pub mod suite_rust_rdkafka;
pub mod suite_spring;
pub mod suite_tools;
pub mod suite_trogdor;
pub mod system;
pub mod target;
pub mod wire_client;
