//! The repository checked by an ordinary test: which crate may know which, what pure crates must not touch, how long
//! files and functions may be, and that every file says what it owns.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod capabilities;
mod layers;
mod sizes;
mod tree;
