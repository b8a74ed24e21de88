//! Why a broker does not start. Each message says what to do.

use std::io;
use std::path::PathBuf;

/// What kept a broker from starting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A listener could not be bound.
    #[error("{}", listen_text(listener, host, *port, source))]
    Listen {
        /// The listener's name.
        listener: String,
        /// The host to bind.
        host: String,
        /// The port to bind.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// A setting is wrong.
    #[error("setting {name}: {problem}")]
    Setting {
        /// The config's or setting's name.
        name: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// Configs have unknown names or values that are not allowed.
    #[error("the configuration has {0} wrong value(s): {1}")]
    Configs(usize, String),
    /// Another process uses the data directory.
    #[error("the data directory {} is in use by another process: stop that one, or choose another directory", .0.display())]
    InUse(PathBuf),
    /// The data directory can't be written.
    #[error("the data directory {} can't be used{}", path.display(), directory_hint(source))]
    Directory {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The data directory belongs to another broker or cluster.
    #[error("the data directory {} belongs to {found}, not to {wanted}: check node.id, cluster id and the path", path.display())]
    Identity {
        /// The directory.
        path: PathBuf,
        /// What its identity file says.
        found: String,
        /// What the settings say.
        wanted: String,
    },
    /// The data was written by a newer version.
    #[error("the data directory {} has format {found}; this version of Weir reads up to format {known}: start the version that wrote it", path.display())]
    NewerFormat {
        /// The directory.
        path: PathBuf,
        /// The format on disk.
        found: u32,
        /// The newest format that this version reads.
        known: u32,
    },
    /// The identity file can't be read.
    #[error("{} is damaged: {problem}; restore it from a copy, it names the cluster, the broker and the format", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The directory holds data, and the file that says whose they are is gone.
    #[error("the data directory {} holds data in {found}, but not the {missing} that says whose they are: restore that file from a copy, or choose another directory; nothing was changed", path.display())]
    Unnamed {
        /// The directory.
        path: PathBuf,
        /// The data that is there.
        found: &'static str,
        /// The file that is not.
        missing: &'static str,
    },
    /// There are logs, and no metadata that know them.
    #[error(
        "there are {logs} logs in {}, and the metadata in {} know no topic: restore the metadata from a copy, or move the logs \
         elsewhere to start without them; no log was changed", path.display(), metadata.display()
    )]
    MetadataLost {
        /// Where the logs are.
        path: PathBuf,
        /// Where the metadata were looked for.
        metadata: PathBuf,
        /// How many logs there are.
        logs: usize,
    },
    /// There are topics, and no logs.
    #[error(
        "the metadata know {partitions} partitions, and {} holds none of them: restore or mount it; if their records are lost for \
         good, remove {} too, and start empty", path.display(), metadata.display()
    )]
    LogsLost {
        /// Where the logs should be.
        path: PathBuf,
        /// Where the metadata are.
        metadata: PathBuf,
        /// How many partitions there should be.
        partitions: usize,
    },
    /// The logs could not be opened.
    #[error("the logs in {} could not be opened", path.display())]
    Logs {
        /// The data directory.
        path: PathBuf,
        /// What the log layer said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The metadata could not be opened.
    #[error("the metadata in {} could not be opened", path.display())]
    Metadata {
        /// The data directory.
        path: PathBuf,
        /// What the metadata layer said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn listen_text(listener: &str, host: &str, port: u16, source: &io::Error) -> String {
    let host = if host.is_empty() { "every address" } else { host };
    match source.kind() {
        io::ErrorKind::AddrInUse => format!(
            "listener {listener}: port {port} on {host} is in use: stop the process that holds it, or choose another port"
        ),
        io::ErrorKind::PermissionDenied => {
            format!("listener {listener}: no permission for port {port} on {host}: choose a port above 1023")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!(
                "listener {listener}: this machine has no address {host}: choose one of its own addresses"
            )
        }
        _ => format!("listener {listener}: can't listen on {host}, port {port}"),
    }
}

fn directory_hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => ": make it writable for this user, or choose another directory",
        io::ErrorKind::ReadOnlyFilesystem => {
            ": its file system is mounted read-only; remount it writable, or choose another directory"
        }
        io::ErrorKind::StorageFull => ": make room on its file system",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            ": something else stands in its place; choose another directory"
        }
        _ => "",
    }
}
