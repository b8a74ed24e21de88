//! Whose data directory this is: the lock that keeps a second process out, and a small file that names the cluster, the
//! broker, the directory and the format of everything below it.
//!
//! `weir.properties`, UTF-8, one `key=value` a line, `#` starts a comment, unknown keys are kept out of the way:
//! `format` (1), `cluster.id`, `node.id`, `directory.id`. It is written once, as one step, before anything else.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use weir_env::Env;
use weir_env::disk::LockGuard;
use weir_model::{BrokerId, DirectoryId, Uuid};

use crate::broker::{LOGS, METADATA};
use crate::error::StartError;
use crate::settings::BrokerSettings;

/// The format of the data directory that this version writes, and the newest that it reads.
pub(crate) const FORMAT: u32 = 1;

const FILE: &str = "weir.properties";
const LOCK_FILE: &str = ".lock";
const FILE_BYTES_MAX: usize = 64 * 1024;

/// Who this broker is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Identity {
    /// The cluster.
    pub(crate) cluster_id: Uuid,
    /// The broker.
    pub(crate) node_id: BrokerId,
    /// The directory: a wiped one gets another id.
    pub(crate) directory_id: DirectoryId,
}

/// A data directory that is ours until this value is dropped.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Whose it is.
    pub(crate) identity: Identity,
    _lock: Box<dyn LockGuard>,
}

impl DataDirectory {
    /// Takes the directory, making it if it is not there. Blocks.
    pub(crate) fn open(env: &Env, settings: &BrokerSettings) -> Result<Self, StartError> {
        let path = settings.data_dir.clone();
        env.disk.create_dir_all(&path).map_err(|source| directory_error(&path, source))?;
        let lock = env.disk.lock(&path.join(LOCK_FILE)).map_err(|source| match source.kind() {
            ErrorKind::WouldBlock => StartError::InUse(path.clone()),
            _ => directory_error(&path, source),
        })?;
        let file = path.join(FILE);
        let stored =
            env.disk.read_small(&file, FILE_BYTES_MAX).map_err(|source| directory_error(&file, source))?;
        let identity = match stored {
            Some(bytes) => {
                let identity = check(parse(&file, &bytes)?, settings)?;
                // Who wrote it may have ended before its name was on disk, and no data may be there before that.
                env.disk.sync_dir(&path).map_err(|source| directory_error(&path, source))?;
                identity
            }
            None => {
                refuse_data(env, &path)?;
                create(env, settings, &file)?
            }
        };
        Ok(Self { path, identity, _lock: lock })
    }
}

fn directory_error(path: &Path, source: io::Error) -> StartError {
    StartError::Directory { path: path.to_owned(), source }
}

/// Before its identity is on disk nothing else is written to a directory, so data without it lost it.
fn refuse_data(env: &Env, path: &Path) -> Result<(), StartError> {
    let entries = env.disk.list(path).map_err(|source| directory_error(path, source))?;
    match [LOGS, METADATA].into_iter().find(|data| entries.iter().any(|entry| entry.name == **data)) {
        Some(found) => Err(StartError::Unnamed { path: path.to_owned(), found, missing: FILE }),
        None => Ok(()),
    }
}

fn create(env: &Env, settings: &BrokerSettings, file: &Path) -> Result<Identity, StartError> {
    let identity = Identity {
        cluster_id: settings.cluster_id.unwrap_or_else(|| env.random.uuid()),
        node_id: settings.node_id,
        directory_id: env.random.uuid(),
    };
    let text = format!(
        "# Whose directory this is. Weir wrote it once and does not start without it.\n\
         format={FORMAT}\ncluster.id={}\nnode.id={}\ndirectory.id={}\n",
        identity.cluster_id, identity.node_id, identity.directory_id
    );
    env.disk.replace_small(file, text.as_bytes()).map_err(|source| directory_error(file, source))?;
    Ok(identity)
}

fn parse(file: &Path, bytes: &[u8]) -> Result<Identity, StartError> {
    let damaged = |problem: &str| StartError::Damaged { path: file.to_owned(), problem: problem.to_owned() };
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is not UTF-8"))?;
    let value = |key: &str| {
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| name.trim() == key)
            .map(|(_, value)| value.trim())
            .ok_or_else(|| damaged(&format!("it has no {key}")))
    };
    let found: u32 = value("format")?.parse().map_err(|_| damaged("format is not a number"))?;
    if found > FORMAT {
        return Err(StartError::NewerFormat { path: file.to_owned(), found, known: FORMAT });
    }
    Ok(Identity {
        cluster_id: value("cluster.id")?.parse().map_err(|_| damaged("cluster.id is not an id"))?,
        node_id: BrokerId(value("node.id")?.parse().map_err(|_| damaged("node.id is not a number"))?),
        directory_id: value("directory.id")?.parse().map_err(|_| damaged("directory.id is not an id"))?,
    })
}

fn check(identity: Identity, settings: &BrokerSettings) -> Result<Identity, StartError> {
    let mismatch = |found: String, wanted: String| StartError::Identity {
        path: settings.data_dir.clone(),
        found,
        wanted,
    };
    if identity.node_id != settings.node_id {
        return Err(mismatch(format!("broker {}", identity.node_id), format!("broker {}", settings.node_id)));
    }
    match settings.cluster_id {
        Some(wanted) if wanted != identity.cluster_id => {
            Err(mismatch(format!("cluster {}", identity.cluster_id), format!("cluster {wanted}")))
        }
        _ => Ok(identity),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::settings::Listener;

    fn settings(dir: &Path) -> BrokerSettings {
        BrokerSettings::single(dir, Listener::plaintext("127.0.0.1", 0))
    }

    #[test]
    fn a_directory_keeps_its_identity() {
        let temporary = tempfile::tempdir().unwrap();
        let (env, settings) = (Env::real(), settings(&temporary.path().join("a/b")));
        let first = DataDirectory::open(&env, &settings).unwrap();
        let error = DataDirectory::open(&env, &settings).unwrap_err();
        assert!(matches!(error, StartError::InUse(_)), "{error}");
        let identity = first.identity.clone();
        drop(first);
        let second = DataDirectory::open(&env, &settings).unwrap();
        assert_eq!(second.identity, identity);
    }

    #[test]
    fn data_without_an_identity_is_refused_and_left_alone() {
        for data in [LOGS, METADATA] {
            let temporary = tempfile::tempdir().unwrap();
            std::fs::create_dir(temporary.path().join(data)).unwrap();
            let error = DataDirectory::open(&Env::real(), &settings(temporary.path())).unwrap_err();
            assert!(matches!(&error, StartError::Unnamed { found, .. } if *found == data), "{error}");
            assert!(!temporary.path().join(FILE).exists());
        }
    }

    #[test]
    fn what_belongs_to_others_is_refused() {
        let temporary = tempfile::tempdir().unwrap();
        let (env, mut settings) = (Env::real(), settings(temporary.path()));
        drop(DataDirectory::open(&env, &settings).unwrap());
        settings.node_id = BrokerId(2);
        let error = DataDirectory::open(&env, &settings).unwrap_err().to_string();
        assert!(error.contains("broker 1") && error.contains("broker 2"), "{error}");
        settings.node_id = BrokerId(1);
        settings.cluster_id = Some(Uuid([9; 16]));
        assert!(matches!(DataDirectory::open(&env, &settings), Err(StartError::Identity { .. })));

        settings.cluster_id = None;
        let file = temporary.path().join(FILE);
        env.disk.replace_small(&file, b"format=2\n").unwrap();
        let error = DataDirectory::open(&env, &settings).unwrap_err().to_string();
        assert!(error.contains("format 2"), "{error}");
        env.disk.replace_small(&file, b"format=1\nnode.id=x\n").unwrap();
        assert!(matches!(DataDirectory::open(&env, &settings), Err(StartError::Damaged { .. })));
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("file");
        Env::real().disk.replace_small(&path, b"").unwrap();
        let error = DataDirectory::open(&Env::real(), &settings(&path)).unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
    }
}
