//! Free TCP ports on this machine.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A port that nobody listens on right now.
pub fn free() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Whether something accepts connections on a port of the loopback address.
pub fn is_open(port: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, port).into();
    TcpStream::connect_timeout(&address, Duration::from_millis(500)).is_ok()
}

/// Waits until something accepts connections on a port, as long as `alive` says that it may still come.
pub fn wait_open(port: u16, limit: Duration, mut alive: impl FnMut() -> bool) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if is_open(port) {
            return Ok(());
        }
        if !alive() {
            bail!("the process ended before it listened on port {port}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("nobody listens on port {port} after {limit:?}")
}
