//! Files and directories. All calls block; callers that serve clients go through [`crate::task::blocking`] for those
//! that may wait for a platter: open, cold read, sync, delete. Appends to the page cache are made in place.
//!
//! What a crash keeps: data that [`DiskFile::sync`] returned for, and directory entries (creation, rename, removal) that
//! [`Disk::sync_dir`] returned for. Anything else may survive in part, in any order, torn at a sector.

use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;

/// Whether an error of a read says that the disk lost data or is gone. Others pass: no file descriptor left, no memory.
pub fn is_failure(error: &io::Error) -> bool {
    use rustix::io::Errno;
    const OF_DISKS: [Errno; 6] =
        [Errno::IO, Errno::NXIO, Errno::NODEV, Errno::NODATA, Errno::UCLEAN, Errno::REMOTEIO];
    let is_of_disk = OF_DISKS.iter().any(|errno| Some(errno.raw_os_error()) == error.raw_os_error());
    // A file that is shorter than what was written to it.
    is_of_disk || error.kind() == ErrorKind::UnexpectedEof
}

/// How to open a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Open {
    /// An existing file, for reading.
    Read,
    /// An existing file, for reading and writing.
    Write,
    /// A new file, for reading and writing; an existing one is an error.
    CreateNew,
    /// A file for reading and writing, made if it is not there; what it holds is kept.
    Create,
}

/// What a directory holds under one name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DirEntry {
    /// The last part of the path. Names that are not UTF-8 are none of ours and left out of listings.
    pub name: String,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Its length in bytes, 0 for a directory.
    pub len: u64,
}

/// Room on the file system that holds a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Space {
    /// Bytes in all.
    pub total_bytes: u64,
    /// Bytes that this process may still write.
    pub available_bytes: u64,
}

/// Holds a lock file; dropping it lets go.
pub trait LockGuard: Send + Sync + Debug {}

/// A whole file system, held open from one sync to the next so that no failed write in between goes unnoticed.
pub trait FileSystem: Send + Sync + Debug {
    /// Waits until everything written to any file or directory before the call is on disk. An error may be about any of
    /// them: syncing each file tells which.
    fn sync(&self) -> io::Result<()>;
}

/// A file system.
pub trait Disk: Send + Sync + Debug + 'static {
    /// Opens a file.
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>>;
    /// The entries of a directory, sorted by name.
    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>>;
    /// Makes a directory and those above it, and syncs the directories that got a new entry. The one above `dir` is synced in
    /// any case: who made `dir` may have ended before that.
    fn create_dir_all(&self, dir: &Path) -> io::Result<()>;
    /// Makes one directory; one that is there is an error. Durable after `sync_dir` of the parent.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// Renames a file or directory, replacing a file of the new name. Durable after `sync_dir` of the parent.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file. Durable after `sync_dir` of the parent.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory and all below it.
    fn remove_dir_all(&self, dir: &Path) -> io::Result<()>;
    /// Makes a directory's entries durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Opens an existing file for reads that go past the page cache: what they return is what the device holds.
    /// `Unsupported` or `InvalidInput` where the file system can't.
    fn open_uncached(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;
    /// The file system that holds a directory.
    fn file_system(&self, dir: &Path) -> io::Result<Arc<dyn FileSystem>>;
    /// Room left.
    fn space(&self, path: &Path) -> io::Result<Space>;
    /// Takes an exclusive lock on a file (made if missing); `WouldBlock` when another process holds it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn LockGuard>>;

    /// The whole of a small file, `None` when it is not there; `InvalidData` above `bytes_max`.
    fn read_small(&self, path: &Path, bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
        let file = match self.open(path, Open::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let len = usize::try_from(file.len()?).unwrap_or(usize::MAX);
        if len > bytes_max {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                format!("{len} bytes, more than {bytes_max}"),
            ));
        }
        let mut bytes = vec![0; len];
        file.read_exact_at(&mut bytes, 0)?;
        Ok(Some(bytes))
    }

    /// Replaces a small file as one step: after a crash it holds the old bytes or the new ones, and once this returned
    /// the new ones.
    fn replace_small(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".tmp");
        let temporary = path.with_file_name(name);
        match self.remove_file(&temporary) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = self.open(&temporary, Open::CreateNew)?;
        file.write_all_at(bytes, 0)?;
        file.sync()?;
        self.rename(&temporary, path)?;
        self.sync_dir(path.parent().unwrap_or(Path::new(".")))
    }
}

/// An open file. Positions are explicit, so that one handle serves any number of readers.
pub trait DiskFile: Send + Sync + Debug {
    /// Reads up to the buffer's length; 0 at or past the end.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;
    /// Writes all of the buffer. Pending until [`Self::sync`].
    fn write_all_at(&self, bytes: &[u8], position: u64) -> io::Result<()>;
    /// Writes the parts one after another. Pending until [`Self::sync`].
    fn write_parts_at(&self, parts: &[&[u8]], position: u64) -> io::Result<()> {
        let mut position = position;
        for part in parts {
            self.write_all_at(part, position)?;
            position += part.len() as u64;
        }
        Ok(())
    }
    /// Waits until everything written before the call is on disk, the length included (`fdatasync`).
    fn sync(&self) -> io::Result<()>;
    /// Cuts or extends the file.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// The length in bytes.
    fn len(&self) -> io::Result<u64>;
    /// The descriptor for `sendfile`; `None` in a simulation.
    fn fd(&self) -> Option<BorrowedFd<'_>>;

    /// Whether the file holds no byte.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills the buffer or fails with `UnexpectedEof`.
    fn read_exact_at(&self, buffer: &mut [u8], position: u64) -> io::Result<()> {
        let mut done = 0;
        while done < buffer.len() {
            match self.read_at(&mut buffer[done..], position + done as u64)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                read => done += read,
            }
        }
        Ok(())
    }
}
