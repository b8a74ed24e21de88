//! The real disk with faults that a test turns on: no room, failed syncs, failed reads.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use weir_env::Env;
use weir_env::disk::{DirEntry, Disk, DiskFile, FileSystem, LockGuard, Open, Space};
use weir_env::real::OsDisk;

/// What goes wrong, as of now.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) no_room: AtomicBool,
    pub(crate) failing_sync: AtomicBool,
    pub(crate) failing_write: AtomicBool,
    pub(crate) failing_read: AtomicBool,
}

/// Faults hit segment files only: the metadata have a disk of their own, so to speak.
#[derive(Debug)]
struct FaultyDisk(OsDisk, Arc<Faults>);

#[derive(Debug)]
struct FaultyFile(Arc<dyn DiskFile>, Arc<Faults>);

/// Fails with the files on it; the log then asks each of them.
#[derive(Debug)]
struct FaultyFileSystem(Arc<dyn FileSystem>, Arc<Faults>);

impl FileSystem for FaultyFileSystem {
    fn sync(&self) -> io::Result<()> {
        self.1.check(&self.1.failing_sync)?;
        self.0.sync()
    }
}

impl Faults {
    fn check(&self, fault: &AtomicBool) -> io::Result<()> {
        // EIO.
        if fault.load(Ordering::Relaxed) { Err(io::Error::from_raw_os_error(5)) } else { Ok(()) }
    }

    fn check_room(&self) -> io::Result<()> {
        if self.no_room.load(Ordering::Relaxed) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

/// The real environment with a disk that can be made to fail.
pub(crate) fn faulty() -> (Env, Arc<Faults>) {
    let faults = Arc::new(Faults::default());
    (Env { disk: Arc::new(FaultyDisk(OsDisk, Arc::clone(&faults))), ..Env::real() }, faults)
}

impl FaultyDisk {
    fn wrap(&self, path: &Path, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        if path.extension().is_some_and(|extension| extension == "log") {
            Arc::new(FaultyFile(file, Arc::clone(&self.1)))
        } else {
            file
        }
    }
}

impl Disk for FaultyDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.wrap(path, self.0.open(path, how)?))
    }
    fn open_uncached(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.wrap(path, self.0.open_uncached(path)?))
    }
    fn file_system(&self, dir: &Path) -> io::Result<Arc<dyn FileSystem>> {
        Ok(Arc::new(FaultyFileSystem(self.0.file_system(dir)?, Arc::clone(&self.1))))
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        self.0.list(dir)
    }
    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.create_dir_all(dir)
    }
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.create_dir(dir)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.0.remove_file(path)
    }
    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.remove_dir_all(dir)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.sync_dir(dir)
    }
    fn space(&self, path: &Path) -> io::Result<Space> {
        let space = self.0.space(path)?;
        let available_bytes = if self.1.no_room.load(Ordering::Relaxed) { 0 } else { space.available_bytes };
        Ok(Space { available_bytes, ..space })
    }
    fn lock(&self, path: &Path) -> io::Result<Box<dyn LockGuard>> {
        self.0.lock(path)
    }
}

impl DiskFile for FaultyFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.1.check(&self.1.failing_read)?;
        self.0.read_at(buffer, position)
    }
    fn write_all_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.1.check_room()?;
        self.1.check(&self.1.failing_write)?;
        self.0.write_all_at(bytes, position)
    }
    fn sync(&self) -> io::Result<()> {
        self.1.check(&self.1.failing_sync)?;
        self.0.sync()
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    /// None: reads go through [`DiskFile::read_at`], where they can fail.
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}
