//! The network: tokio's own types. A simulation is compiled with others of the same shape.

pub use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
