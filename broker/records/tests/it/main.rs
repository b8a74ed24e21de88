//! Tests of the public surface: what is written is read back, what is damaged is refused, what others write is understood.
#![allow(clippy::unwrap_used)]

mod bad;
mod bombs;
mod build;
mod mutate;
mod properties;
mod support;
mod text;
mod vectors;
