//! The definitions and the reader, tested: generated YAML, rules, messages.

mod definitions;
mod messages;
mod rules;
mod samples;
