//! How the process's open files are shared out: logs close cold files themselves, connections are refused near the limit.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files of the process itself: standard streams, listeners, epoll, the journal, lock files, the admin port, and what
/// compaction and recovery open for a moment.
const RESERVED: usize = 192;

/// When the system names no limit.
const UNLIMITED: u64 = 1_000_000;

/// Who may hold how many files open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct FileShares {
    /// The limit of the process.
    pub(crate) limit: usize,
    /// For logs.
    pub(crate) logs: usize,
    /// For connections.
    pub(crate) connections: usize,
}

impl FileShares {
    /// Three quarters for logs, one for connections, of what the process itself leaves.
    pub(crate) fn of_limit(limit: usize) -> Self {
        let free = limit.saturating_sub(RESERVED).max(64);
        let connections = free / 4;
        Self { limit, logs: free - connections, connections }
    }

    /// Raises the limit as far as the system allows and shares it out.
    pub(crate) fn of_process() -> Self {
        let now = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: now.maximum, maximum: now.maximum };
        let current = match setrlimit(Resource::Nofile, raised) {
            Ok(()) => now.maximum,
            Err(error) => {
                tracing::warn!(%error, "the limit of open files can't be raised to what the system allows");
                now.current
            }
        };
        Self::of_limit(usize::try_from(current.unwrap_or(UNLIMITED).min(UNLIMITED)).unwrap_or(1024))
    }
}

/// Files that this process has open now.
pub(crate) fn open_count(env: &weir_env::Env) -> Option<usize> {
    env.disk.list(std::path::Path::new("/proc/self/fd")).ok().map(|entries| entries.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_fit_the_limit() {
        for limit in [1024, 4096, 20_000, 1_048_576] {
            let shares = FileShares::of_limit(limit);
            assert!(shares.logs + shares.connections + RESERVED <= limit, "{shares:?}");
            assert!(shares.logs > shares.connections);
        }
        assert!(FileShares::of_limit(20_000).logs > 14_000);
    }
}
