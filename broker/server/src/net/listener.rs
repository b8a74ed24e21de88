//! Binding listeners. `localhost` and "every address" mean both families: Node and librdkafka try `::1` first.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use weir_env::net::TcpListener;

use crate::error::StartError;
use crate::settings::{BindAddress, Listener};

/// Connections that the system holds for us before we accept them.
const BACKLOG: i32 = 1024;

/// How often another port is tried when the system chose one for the first family that the second has in use.
const PORT_TRIES: usize = 16;

/// The buffers of connections, `None` where the system sizes them. They are set on the listening socket, whose connections
/// inherit them: a receive buffer that is set after the handshake is too late for the window's scale.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct SocketBuffers {
    /// `socket.send.buffer.bytes`
    pub(crate) send_bytes: Option<usize>,
    /// `socket.receive.buffer.bytes`
    pub(crate) receive_bytes: Option<usize>,
}

/// A bound listener: one socket for each address.
#[derive(Debug)]
pub(crate) struct BoundListener {
    /// The listener's name.
    pub(crate) name: String,
    /// The sockets, one for each address, all with one port.
    pub(crate) sockets: Vec<TcpListener>,
    /// Where they listen.
    pub(crate) addresses: Vec<SocketAddr>,
    /// What clients are told.
    pub(crate) advertised: Advertised,
}

/// What Metadata tells the clients of one listener.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Advertised {
    /// The listener's name.
    pub(crate) listener: String,
    /// The host to connect to.
    pub(crate) host: String,
    /// The port to connect to.
    pub(crate) port: u16,
    /// Where the listener was bound, `host:port`.
    pub(crate) bound: String,
}

/// Binds one listener.
pub(crate) async fn bind(listener: &Listener, buffers: SocketBuffers) -> Result<BoundListener, StartError> {
    let sockets = bind_address(&listener.name, &listener.bind, buffers).await?;
    let addresses: Vec<SocketAddr> = sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect();
    let bound_port = addresses.first().map_or(listener.bind.port, SocketAddr::port);
    let advertised = Advertised {
        listener: listener.name.clone(),
        host: listener.advertised_host.clone().unwrap_or_else(|| default_host(&listener.bind.host)),
        port: listener.advertised_port.unwrap_or(bound_port),
        bound: format!("{}:{bound_port}", listener.bind.host),
    };
    Ok(BoundListener { name: listener.name.clone(), sockets, addresses, advertised })
}

/// A wildcard can't be connected to, so the machine's own name stands in for it, as in Kafka.
fn default_host(bind_host: &str) -> String {
    match bind_host {
        "" | "0.0.0.0" | "::" | "[::]" | "*" => {
            rustix::system::uname().nodename().to_string_lossy().into_owned()
        }
        host => host.to_owned(),
    }
}

/// Binds every address that a host stands for.
pub(crate) async fn bind_address(
    name: &str,
    bind: &BindAddress,
    buffers: SocketBuffers,
) -> Result<Vec<TcpListener>, StartError> {
    let error = |source| StartError::Listen {
        listener: name.to_owned(),
        host: bind.host.clone(),
        port: bind.port,
        source,
    };
    let addresses = resolve(&bind.host).await.map_err(error)?;
    let mut tries = if bind.port == 0 { PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        match bind_all(&addresses, bind.port, buffers) {
            Err(source) if tries > 0 && source.kind() == io::ErrorKind::AddrInUse => {}
            result => return result.map_err(error),
        }
    }
}

/// The addresses of a host. The second of a pair is optional: a machine may lack IPv6.
async fn resolve(host: &str) -> io::Result<Vec<(IpAddr, Presence)>> {
    let both = |v4: Ipv4Addr, v6: Ipv6Addr| {
        Ok(vec![(IpAddr::V4(v4), Presence::Needed), (IpAddr::V6(v6), Presence::Optional)])
    };
    match host {
        "" | "*" => return both(Ipv4Addr::UNSPECIFIED, Ipv6Addr::UNSPECIFIED),
        "localhost" => return both(Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST),
        _ => {}
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![(address, Presence::Needed)]);
    }
    let mut found: Vec<IpAddr> =
        weir_env::net::lookup_host((bare, 0)).await?.map(|address| address.ip()).collect();
    found.sort();
    found.dedup();
    if found.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    }
    Ok(found.into_iter().map(|address| (address, Presence::Needed)).collect())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Needed,
    Optional,
}

fn bind_all(
    addresses: &[(IpAddr, Presence)],
    port: u16,
    buffers: SocketBuffers,
) -> io::Result<Vec<TcpListener>> {
    let mut sockets: Vec<TcpListener> = Vec::with_capacity(addresses.len());
    for (address, presence) in addresses {
        let port = match sockets.first() {
            Some(first) => first.local_addr()?.port(),
            None => port,
        };
        match bind_one(SocketAddr::new(*address, port), buffers) {
            Ok(socket) => sockets.push(socket),
            // No IPv6 on this machine; a port that is taken there is still an error.
            Err(error) if *presence == Presence::Optional && error.kind() != io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sockets)
}

fn bind_one(address: SocketAddr, buffers: SocketBuffers) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // Each family has a socket of its own.
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    if let Some(bytes) = buffers.send_bytes {
        socket.set_send_buffer_size(bytes)?;
    }
    if let Some(bytes) = buffers.receive_bytes {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn localhost_listens_on_one_port_of_both_families() {
        let bound = bind(&Listener::plaintext("localhost", 0), SocketBuffers::default()).await.unwrap();
        assert!(bound.addresses.iter().all(|address| address.port() == bound.advertised.port));
        assert!(bound.addresses.iter().any(SocketAddr::is_ipv4));
        assert_eq!(bound.advertised.host, "localhost");
    }

    #[tokio::test]
    async fn a_port_in_use_says_so_and_what_to_do() {
        let first = bind(&Listener::plaintext("127.0.0.1", 0), SocketBuffers::default()).await.unwrap();
        let error = bind(&Listener::plaintext("127.0.0.1", first.advertised.port), SocketBuffers::default())
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains("is in use") && text.contains(&first.advertised.port.to_string()), "{text}");
    }

    #[tokio::test]
    async fn a_wildcard_advertises_a_name() {
        let bound = bind(&Listener::plaintext("", 0), SocketBuffers::default()).await.unwrap();
        assert!(!bound.advertised.host.is_empty() && bound.advertised.host != "0.0.0.0");
    }

    /// The kernel doubles what it is asked for, to have room for its own bookkeeping.
    const KERNEL_FACTOR: usize = 2;

    #[tokio::test]
    async fn connections_have_the_buffers_that_were_set() {
        let of_an_accepted = async |buffers| {
            let bound = bind(&Listener::plaintext("127.0.0.1", 0), buffers).await.unwrap();
            let client = weir_env::net::TcpStream::connect(bound.addresses[0]).await.unwrap();
            let (accepted, _) = bound.sockets[0].accept().await.unwrap();
            drop(client);
            let socket = socket2::SockRef::from(&accepted);
            (socket.send_buffer_size().unwrap(), socket.recv_buffer_size().unwrap())
        };
        let (send, receive) = (20_000, 30_000);
        let set = SocketBuffers { send_bytes: Some(send), receive_bytes: Some(receive) };
        assert_eq!(of_an_accepted(set).await, (KERNEL_FACTOR * send, KERNEL_FACTOR * receive));
        let left_alone = of_an_accepted(SocketBuffers::default()).await;
        assert_ne!(left_alone, (KERNEL_FACTOR * send, KERNEL_FACTOR * receive));
        let one = SocketBuffers { send_bytes: Some(send), receive_bytes: None };
        assert_eq!(of_an_accepted(one).await, (KERNEL_FACTOR * send, left_alone.1));
    }
}
