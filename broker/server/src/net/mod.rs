//! Sockets: listeners, admission, one task for each connection, frames in, segment lists out, bounds on memory.
//! It knows frames and request headers; what a request means is decided in [`crate::api`].

pub(crate) mod accept;
pub(crate) mod answers;
pub(crate) mod connection;
pub(crate) mod frame;
pub(crate) mod limits;
pub(crate) mod listener;
pub(crate) mod memory;
pub(crate) mod sender;
