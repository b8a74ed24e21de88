//! The binary `weir`, driven as a user drives it: `weir local` on a free port with a directory of its own, and every
//! command against it.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod bench;
mod broker;
mod errors;
mod groups;
mod harness;
mod introduction;
mod local;
mod read_only;
mod records;
mod scripts;
mod topics;
