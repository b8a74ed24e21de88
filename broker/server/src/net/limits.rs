//! How many connections there may be, in all and from one address. A connection above a limit is closed at once and
//! counted with the reason; those that exist are left alone.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

/// Why a connection was refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Refusal {
    /// `max.connections`.
    MaxConnections,
    /// `max.connections.per.ip` or its overrides.
    MaxConnectionsPerIp,
    /// The process is near its limit of open files.
    OpenFiles,
}

impl Refusal {
    /// The label in metrics and logs.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::MaxConnections => "max.connections",
            Self::MaxConnectionsPerIp => "max.connections.per.ip",
            Self::OpenFiles => "open_files",
        }
    }
}

/// The limits in force when a connection arrives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ConnectionLimits {
    /// `max.connections`.
    pub(crate) connections_max: usize,
    /// `max.connections.per.ip`.
    pub(crate) per_ip_max: usize,
    /// `max.connections.per.ip.overrides`.
    pub(crate) per_ip_overrides: Vec<(IpAddr, usize)>,
    /// What the limit of open files leaves for connections.
    pub(crate) files_max: usize,
}

impl ConnectionLimits {
    fn of_ip(&self, ip: IpAddr) -> usize {
        let named = self.per_ip_overrides.iter().find(|(address, _)| *address == ip);
        named.map_or(self.per_ip_max, |(_, count)| *count)
    }
}

/// Counts the connections that exist. The map holds no address without a connection, so it is as bounded as they are.
#[derive(Debug, Default)]
pub(crate) struct ConnectionCounts {
    by_ip: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_ip: HashMap<IpAddr, usize>,
}

/// One connection's place in the counts.
#[derive(Debug)]
pub(crate) struct Admission {
    counts: Arc<ConnectionCounts>,
    ip: IpAddr,
}

impl ConnectionCounts {
    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.by_ip.lock().expect("a panic ends the process, so no lock is ever poisoned")
    }

    /// Counts a connection in, or says which limit it meets.
    pub(crate) fn admit(
        self: &Arc<Self>,
        ip: IpAddr,
        limits: &ConnectionLimits,
    ) -> Result<Admission, Refusal> {
        let ip = ip.to_canonical();
        let mut counts = self.lock();
        if counts.all >= limits.connections_max {
            return Err(Refusal::MaxConnections);
        }
        if counts.all >= limits.files_max {
            return Err(Refusal::OpenFiles);
        }
        if counts.by_ip.get(&ip).copied().unwrap_or(0) >= limits.of_ip(ip) {
            return Err(Refusal::MaxConnectionsPerIp);
        }
        counts.all += 1;
        *counts.by_ip.entry(ip).or_default() += 1;
        Ok(Admission { counts: Arc::clone(self), ip })
    }

    /// Connections that exist.
    pub(crate) fn open(&self) -> usize {
        self.lock().all
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut counts = self.counts.lock();
        counts.all -= 1;
        if let Some(count) = counts.by_ip.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                counts.by_ip.remove(&self.ip);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn limits(all: usize, per_ip: usize) -> ConnectionLimits {
        ConnectionLimits {
            connections_max: all,
            per_ip_max: per_ip,
            per_ip_overrides: vec![("10.0.0.9".parse().unwrap(), 3), ([127, 0, 0, 1].into(), 0)],
            files_max: 100,
        }
    }

    #[test]
    fn each_limit_is_named() {
        let counts = Arc::new(ConnectionCounts::default());
        let a: IpAddr = "10.0.0.1".parse().unwrap();
        let b: IpAddr = "10.0.0.9".parse().unwrap();
        let limits = limits(4, 2);
        let held = [counts.admit(a, &limits).unwrap(), counts.admit(a, &limits).unwrap()];
        assert_eq!(counts.admit(a, &limits).unwrap_err(), Refusal::MaxConnectionsPerIp);
        assert_eq!(counts.admit([127, 0, 0, 1].into(), &limits).unwrap_err(), Refusal::MaxConnectionsPerIp);
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(counts.admit(mapped, &limits).unwrap_err(), Refusal::MaxConnectionsPerIp);
        let more = [counts.admit(b, &limits).unwrap(), counts.admit(b, &limits).unwrap()];
        assert_eq!(counts.admit(b, &limits).unwrap_err(), Refusal::MaxConnections);
        drop((held, more));
        assert_eq!(counts.open(), 0);
        assert!(counts.lock().by_ip.is_empty());
        let few = ConnectionLimits { files_max: 0, ..limits };
        assert_eq!(counts.admit(a, &few).unwrap_err(), Refusal::OpenFiles);
    }
}
