//! One connection to one broker: a request, its response, and the versions that both know.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use bytes::Bytes;
use weir_model::with_causes;
use weir_wire::header::read_response_header;
use weir_wire::messages::ApiVersionsRequest;
use weir_wire::{ApiKey, Message, Request, RequestHeader, VersionRange, WireStr, Writer};

use crate::exit::{Failure, Kind};

/// The largest response that is taken: metadata of 100,000 partitions stays below it.
const RESPONSE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The longest wait for one address to take a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection.
pub(super) struct Connection {
    stream: TcpStream,
    address: String,
    correlation_id: i32,
    versions: BTreeMap<i16, VersionRange>,
}

impl Connection {
    /// Connects to the first address of a list that answers.
    pub(super) fn open_any(list: &str, deadline: Instant) -> Result<Self, Failure> {
        let mut tried = Vec::new();
        for address in list.split(',').map(str::trim).filter(|address| !address.is_empty()) {
            let Some((host, port)) = split(address) else {
                return Err(Failure::usage(format!("'{address}' is not an address"))
                    .hint("write HOST:PORT, such as -b 127.0.0.1:9092"));
            };
            match Self::open(&host, port, deadline) {
                Ok(connection) => return Ok(connection),
                Err(error) => tried.push(format!("{address}: {error}")),
            }
        }
        if tried.is_empty() {
            return Err(
                Failure::usage("no broker is named").hint("write HOST:PORT, such as -b 127.0.0.1:9092")
            );
        }
        Err(Failure::new(Kind::Unreachable, format!("no broker answers at {}", tried.join("; ")))
            .hint("is one running there? `weir local` starts one; -b names another address"))
    }

    /// Connects and learns the versions of the broker.
    pub(super) fn open(host: &str, port: u16, deadline: Instant) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in (host, port).to_socket_addrs()? {
            let connected = TcpStream::connect_timeout(&address, left(deadline)?.min(CONNECT_TIMEOUT))
                .and_then(|stream| Self::greet(stream, format!("{host}:{port}"), deadline));
            match connected {
                Ok(connection) => return Ok(connection),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn greet(stream: TcpStream, address: String, deadline: Instant) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let mut connection = Self { stream, address, correlation_id: 0, versions: BTreeMap::new() };
        connection.learn_versions(deadline)?;
        Ok(connection)
    }

    fn learn_versions(&mut self, deadline: Instant) -> io::Result<()> {
        let invalid = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
        // Version 0 is understood by every broker, and tells all that is asked here.
        let response = self.exchange(&ApiVersionsRequest::default(), 0, deadline).map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                invalid(
                    "it closed the connection, so it is no Kafka broker or asks for encryption".to_owned(),
                )
            } else {
                error
            }
        })?;
        if response.error_code != 0 {
            return Err(invalid(format!(
                "it refuses to name its versions ({})",
                super::error_code(response.error_code)
            )));
        }
        let range = |min: i16, max: i16| VersionRange { min, max };
        self.versions = response
            .api_keys
            .iter()
            .map(|api| (api.api_key, range(api.min_version, api.max_version)))
            .collect();
        Ok(())
    }

    /// Sends a request in the highest version that both know, up to `version_max`, and reads the response.
    pub(super) fn call<R: Request>(
        &mut self,
        request: &R,
        version_max: i16,
        deadline: Instant,
    ) -> Result<R::Response, Failure> {
        let api = R::API_KEY;
        let version = self.version(api, version_max).ok_or_else(|| {
            Failure::failed(format!(
                "the broker at {} does not serve {} in a version that weir knows",
                self.address,
                api.name()
            ))
        })?;
        self.exchange(request, version, deadline).map_err(|error| {
            Failure::new(
                Kind::Unreachable,
                format!("{} at {}: {}", api.name(), self.address, with_causes(&error)),
            )
            .hint("the broker went away or takes too long; --timeout gives it more time")
        })
    }

    /// Whether the broker serves a request in a version that we know.
    pub(super) fn serves<R: Request>(&self, version_max: i16) -> bool {
        self.version(R::API_KEY, version_max).is_some()
    }

    fn version(&self, api: ApiKey, version_max: i16) -> Option<i16> {
        let theirs = self.versions.get(&(api as i16))?;
        let ours = weir_wire::version::served_versions(api);
        let version = theirs.max.min(ours.max).min(version_max);
        (version >= theirs.min.max(ours.min)).then_some(version)
    }

    fn exchange<R: Request>(
        &mut self,
        request: &R,
        version: i16,
        deadline: Instant,
    ) -> io::Result<R::Response> {
        let invalid =
            |error: &dyn std::error::Error| io::Error::new(io::ErrorKind::InvalidData, with_causes(error));
        self.correlation_id += 1;
        let header = RequestHeader {
            api_key: R::API_KEY as i16,
            api_version: version,
            correlation_id: self.correlation_id,
            client_id: Some(WireStr::from("weir")),
        };
        let mut writer = Writer::new();
        header.write(&mut writer).map_err(|error| invalid(&error))?;
        request.write(&mut writer, version).map_err(|error| invalid(&error))?;
        let frame = writer.into_bytes().map_err(|error| invalid(&error))?;
        self.send(&frame, deadline)?;
        let (correlation_id, body) = read_response_header(self.receive(deadline)?, R::API_KEY, version)
            .map_err(|error| invalid(&error))?;
        if correlation_id != self.correlation_id {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the response answers another request"));
        }
        R::Response::from_bytes(body, version).map_err(|error| invalid(&error))
    }

    fn send(&mut self, frame: &[u8], deadline: Instant) -> io::Result<()> {
        let length = i32::try_from(frame.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "the request is too large"))?;
        self.stream.set_write_timeout(Some(left(deadline)?))?;
        let mut whole = Vec::with_capacity(frame.len() + 4);
        whole.extend_from_slice(&length.to_be_bytes());
        whole.extend_from_slice(frame);
        self.stream.write_all(&whole)
    }

    fn receive(&mut self, deadline: Instant) -> io::Result<Bytes> {
        let mut length = [0; 4];
        self.read_exact(&mut length, deadline)?;
        let length = usize::try_from(i32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > RESPONSE_BYTES_MAX {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the answer is no Kafka response: is this the port of a Kafka listener without encryption?",
            ));
        }
        let mut frame = vec![0; length];
        self.read_exact(&mut frame, deadline)?;
        Ok(Bytes::from(frame))
    }

    /// Reads until the buffer is full; the deadline holds for all of it.
    fn read_exact(&mut self, buffer: &mut [u8], deadline: Instant) -> io::Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            self.stream.set_read_timeout(Some(left(deadline)?))?;
            match self.stream.read(&mut buffer[filled..]) {
                Ok(0) => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the broker closed the connection",
                    ));
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(timed_out()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer in time")
}

/// The time left; an error instead of zero, which a socket takes for no limit.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(timed_out()) } else { Ok(left) }
}

/// Host and port; a host alone means Kafka's port.
pub(crate) fn split(address: &str) -> Option<(String, u16)> {
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.starts_with('[') => (host, port.parse().ok()?),
        _ => (address, 9092),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_split() {
        for (text, wanted) in [
            ("localhost:9092", Some(("localhost", 9092))),
            ("kafka.example.com", Some(("kafka.example.com", 9092))),
            ("[::1]:19092", Some(("::1", 19092))),
            ("::1", Some(("::1", 9092))),
            ("host:port", None),
            (":9092", None),
            ("", None),
        ] {
            assert_eq!(split(text), wanted.map(|(host, port)| (host.to_owned(), port)), "{text}");
        }
    }
}
