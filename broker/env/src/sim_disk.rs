//! A disk in memory that forgets, on a power cut, any part of what was not synced.
//!
//! | operation | what a power cut may keep of it before the sync |
//! |---|---|
//! | a write | everything, nothing, a first part, or any set of its sectors (512 B or 4 KiB); bytes in between read as zeros |
//! | a change of length | it or not |
//! | creating, renaming, removing | it or not, each by itself: a rename is one step, two creations are two |
//!
//! Any subset of the pending operations survives, not only a first part of them. A sync that failed leaves its writes in the
//! page cache, where they read as written, and later syncs succeed without them: so do real kernels. A write that fails by
//! a planted fault leaves the first half of its bytes.
//!
//! Operations that change something are counted, and the power can be cut at any of them. One seed decides what survives;
//! equal seeds and equal operations give equal traces. It is shipped to no one: tests and the simulation use it.

mod hold;
mod nodes;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::{DirEntry, Disk, DiskFile, FileSystem, LockGuard, Open, Space};
use crate::random::Seeded;

use hold::Holder;
use nodes::{Change, DirNode, FileNode, Node};

/// Operations that a fault can be planted in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SimOp {
    /// Opening, creation included.
    Open,
    /// Reading bytes.
    Read,
    /// Writing bytes.
    Write,
    /// Changing a length.
    SetLen,
    /// Syncing a file.
    Sync,
    /// Syncing a directory.
    SyncDir,
    /// Making a directory.
    CreateDir,
    /// Renaming.
    Rename,
    /// Removing a file or a directory.
    Remove,
}

/// An operation that is to fail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SimFault {
    /// Which operation.
    pub op: SimOp,
    /// On paths that contain this.
    pub path_part: String,
    /// So many matching operations succeed first.
    pub skip: u64,
    /// So many fail then.
    pub times: u64,
    /// With this error.
    pub error: ErrorKind,
}

/// What a disk that lies leaves out; to show that a test notices.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SimLies {
    /// Syncing a file does nothing.
    pub sync: bool,
    /// Syncing a directory does nothing.
    pub sync_dir: bool,
}

/// The disk. Clones share it.
#[derive(Clone, Debug)]
pub struct SimDisk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    holder: Holder,
}

const ROOT: u64 = 0;

#[derive(Debug)]
struct State {
    random: Seeded,
    nodes: BTreeMap<u64, Node>,
    next_node: u64,
    /// Handles of an earlier life are dead.
    life: u64,
    powered: bool,
    changes: u64,
    cut_at: Option<u64>,
    faults: Vec<SimFault>,
    lies: SimLies,
    capacity: u64,
    locks: BTreeSet<PathBuf>,
    trace: Option<Vec<String>>,
}

fn power_is_off() -> io::Error {
    io::Error::new(ErrorKind::NotConnected, "the power is off")
}

impl SimDisk {
    /// An empty disk. The seed decides what power cuts leave.
    pub fn new(seed: u64) -> Self {
        let state = State {
            random: Seeded::new(seed),
            nodes: BTreeMap::from([(ROOT, Node::Dir(DirNode::default()))]),
            next_node: ROOT + 1,
            life: 0,
            powered: true,
            changes: 0,
            cut_at: None,
            faults: Vec::new(),
            lies: SimLies::default(),
            capacity: u64::MAX,
            locks: BTreeSet::new(),
            trace: None,
        };
        Self(Arc::new(Inner { state: Mutex::new(state), holder: Holder::default() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next operation of this kind (any but opening) on a path that contains this waits before it happens,
    /// until [`Self::let_go`]. All others pass.
    pub fn hold(&self, op: SimOp, path_part: &str) {
        self.hold_after(op, path_part, 0);
    }

    /// The same after so many others of the kind.
    pub fn hold_after(&self, op: SimOp, path_part: &str, skip: u64) {
        self.0.holder.set(op, path_part, skip);
    }

    /// Returns once the operation that is held waits.
    ///
    /// # Panics
    /// It does not come in time.
    pub fn wait_until_held(&self) {
        self.0.holder.wait_until_reached();
    }

    /// Ends [`Self::hold`].
    pub fn let_go(&self) {
        self.0.holder.let_go();
    }

    /// Operations so far that changed something or synced.
    pub fn changes(&self) -> u64 {
        self.state().changes
    }

    /// Cuts the power in the middle of the operation with this number, see [`Self::changes`]; the first is 1.
    pub fn cut_power_at(&self, change: u64) {
        self.state().cut_at = Some(change);
    }

    /// Cuts the power now.
    pub fn cut_power(&self) {
        self.state().powered = false;
    }

    /// Whether the power is on.
    pub fn has_power(&self) -> bool {
        self.state().powered
    }

    /// Ends a power cut: a part of what was pending is there, nothing is open, nothing is locked.
    pub fn restore_power(&self) {
        let mut state = self.state();
        let state = &mut *state;
        let sector = if state.random.below(2) == 0 { 512 } else { 4096 };
        for node in state.nodes.values_mut() {
            match node {
                Node::File(file) => file.power_cut(&mut state.random, sector),
                Node::Dir(dir) => dir.power_cut(&mut state.random),
            }
        }
        state.collect_garbage();
        state.powered = true;
        state.cut_at = None;
        state.new_life();
        state.note(format!("power on, sectors of {sector}"));
    }

    /// Ends the process and nothing else: what was written is still in the page cache. If an operation had the power cut in
    /// its middle, it was the process alone that ended there.
    pub fn kill(&self) {
        let mut state = self.state();
        if !state.powered {
            (state.powered, state.cut_at) = (true, None);
        }
        state.new_life();
        state.note("kill".to_owned());
    }

    /// Plants a fault.
    pub fn plant(&self, fault: SimFault) {
        self.state().faults.push(fault);
    }

    /// Takes all faults away.
    pub fn heal(&self) {
        self.state().faults.clear();
    }

    /// Makes the disk lie from now on.
    pub fn lie(&self, lies: SimLies) {
        self.state().lies = lies;
    }

    /// The disk holds so many bytes.
    pub fn set_capacity(&self, bytes: u64) {
        self.state().capacity = bytes;
    }

    /// Starts to write down every operation.
    pub fn start_trace(&self) {
        self.state().trace = Some(Vec::new());
    }

    /// What was written down.
    pub fn trace(&self) -> Vec<String> {
        self.state().trace.clone().unwrap_or_default()
    }

    /// Changes bytes on the medium, as a failing one does.
    ///
    /// # Errors
    /// There is no such file.
    pub fn corrupt(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let mut state = self.state();
        let node = state.find(path)?;
        let file = state.file(node)?;
        change(&mut file.durable);
        file.current = file.durable.clone();
        file.pending.clear();
        Ok(())
    }
}

impl State {
    fn note(&mut self, line: String) {
        if let Some(trace) = &mut self.trace {
            trace.push(line);
        }
    }

    fn new_life(&mut self) {
        self.life += 1;
        self.locks.clear();
    }

    /// Lets an operation through, or fails it. True if the power goes in the middle of it.
    fn begin(&mut self, op: SimOp, path: &Path, detail: &str) -> io::Result<bool> {
        if !self.powered {
            return Err(power_is_off());
        }
        let counts = !matches!(op, SimOp::Open | SimOp::Read);
        if counts {
            self.changes += 1;
            let line = format!("{} {op:?} {} {detail}", self.changes, path.display());
            self.note(line);
        }
        let text = path.to_string_lossy().into_owned();
        let matching = self
            .faults
            .iter_mut()
            .find(|fault| fault.op == op && text.contains(&fault.path_part) && fault.times > 0);
        if let Some(fault) = matching {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else {
                fault.times -= 1;
                return Err(io::Error::new(fault.error, "planted"));
            }
        }
        let cut = counts && self.cut_at == Some(self.changes);
        if cut {
            self.powered = false;
        }
        Ok(cut)
    }

    fn find(&self, path: &Path) -> io::Result<u64> {
        let mut node = ROOT;
        for component in path.components() {
            let Component::Normal(name) = component else { continue };
            let Some(Node::Dir(dir)) = self.nodes.get(&node) else {
                return Err(ErrorKind::NotADirectory.into());
            };
            let name = name.to_string_lossy();
            node = *dir.current.get(name.as_ref()).ok_or(ErrorKind::NotFound)?;
        }
        Ok(node)
    }

    fn parent(&self, path: &Path) -> io::Result<(u64, String)> {
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
        Ok((self.find(path.parent().unwrap_or(Path::new("/")))?, name))
    }

    fn file(&mut self, node: u64) -> io::Result<&mut FileNode> {
        match self.nodes.get_mut(&node) {
            Some(Node::File(file)) => Ok(file),
            _ => Err(ErrorKind::IsADirectory.into()),
        }
    }

    fn dir(&mut self, node: u64) -> io::Result<&mut DirNode> {
        match self.nodes.get_mut(&node) {
            Some(Node::Dir(dir)) => Ok(dir),
            _ => Err(ErrorKind::NotADirectory.into()),
        }
    }

    fn add(&mut self, node: Node) -> u64 {
        self.next_node += 1;
        self.nodes.insert(self.next_node, node);
        self.next_node
    }

    /// Bytes of all files that have a name.
    fn used_bytes(&self) -> u64 {
        let len = |node: &u64| match self.nodes.get(node) {
            Some(Node::File(file)) => file.current.len() as u64,
            _ => 0,
        };
        self.named().iter().map(len).sum()
    }

    /// Every node that a directory names now.
    fn named(&self) -> BTreeSet<u64> {
        let mut reached = BTreeSet::from([ROOT]);
        let mut queue = vec![ROOT];
        while let Some(node) = queue.pop() {
            if let Some(Node::Dir(dir)) = self.nodes.get(&node) {
                queue.extend(dir.current.values().copied().filter(|&child| reached.insert(child)));
            }
        }
        reached
    }

    /// Forgets nodes that no directory names.
    fn collect_garbage(&mut self) {
        let named = self.named();
        self.nodes.retain(|node, _| named.contains(node));
    }
}

/// The answer to an operation in whose middle the power may have gone.
fn answer<T>(cut: bool, value: T) -> io::Result<T> {
    if cut { Err(power_is_off()) } else { Ok(value) }
}

impl Disk for SimDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.begin(SimOp::Open, path, "")?;
        let (parent, name) = state.parent(path)?;
        let existing = state.dir(parent)?.current.get(&name).copied();
        let node = match (existing, how) {
            (Some(_), Open::CreateNew) => return Err(ErrorKind::AlreadyExists.into()),
            (Some(node), _) => {
                state.file(node)?;
                node
            }
            (None, Open::Read | Open::Write) => return Err(ErrorKind::NotFound.into()),
            (None, Open::CreateNew | Open::Create) => {
                let cut = state.begin(SimOp::Write, path, "create")?;
                let node = state.add(Node::File(FileNode::default()));
                state.dir(parent)?.change(vec![(name, Some(node))]);
                answer(cut, node)?
            }
        };
        let life = state.life;
        Ok(Arc::new(SimFile { disk: self.clone(), path: path.to_path_buf(), node, life, uncached: false }))
    }

    fn open_uncached(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.begin(SimOp::Open, path, "")?;
        let node = state.find(path)?;
        state.file(node)?;
        let life = state.life;
        Ok(Arc::new(SimFile { disk: self.clone(), path: path.to_path_buf(), node, life, uncached: true }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        let mut state = self.state();
        state.begin(SimOp::Read, dir, "")?;
        let node = state.find(dir)?;
        let names = state.dir(node)?.current.clone();
        let entry = |(name, node): (String, u64)| match state.nodes.get(&node) {
            Some(Node::File(file)) => DirEntry { name, is_dir: false, len: file.current.len() as u64 },
            _ => DirEntry { name, is_dir: true, len: 0 },
        };
        Ok(names.into_iter().map(entry).collect())
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        let Some(above) = dir.parent() else { return Ok(()) };
        let is_there = self.state().find(dir).is_ok();
        if !is_there {
            self.create_dir_all(above)?;
            self.create_dir(dir)?;
        }
        self.sync_dir(above)
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.holder.pass(SimOp::CreateDir, dir);
        let mut state = self.state();
        let (parent, name) = state.parent(dir)?;
        if state.dir(parent)?.current.contains_key(&name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let cut = state.begin(SimOp::CreateDir, dir, "")?;
        let node = state.add(Node::Dir(DirNode::default()));
        state.dir(parent)?.change(vec![(name, Some(node))]);
        answer(cut, ())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.holder.pass(SimOp::Rename, from);
        let mut state = self.state();
        let ((from_dir, from_name), (to_dir, to_name)) = (state.parent(from)?, state.parent(to)?);
        let node = *state.dir(from_dir)?.current.get(&from_name).ok_or(ErrorKind::NotFound)?;
        let cut = state.begin(SimOp::Rename, from, &to.display().to_string())?;
        if from_dir == to_dir {
            state.dir(from_dir)?.change(vec![(from_name, None), (to_name, Some(node))]);
        } else {
            state.dir(to_dir)?.change(vec![(to_name, Some(node))]);
            state.dir(from_dir)?.change(vec![(from_name, None)]);
        }
        answer(cut, ())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.0.holder.pass(SimOp::Remove, path);
        let mut state = self.state();
        let (parent, name) = state.parent(path)?;
        let node = *state.dir(parent)?.current.get(&name).ok_or(ErrorKind::NotFound)?;
        state.file(node)?;
        let cut = state.begin(SimOp::Remove, path, "")?;
        state.dir(parent)?.change(vec![(name, None)]);
        answer(cut, ())
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.0.holder.pass(SimOp::Remove, dir);
        let mut state = self.state();
        let (parent, name) = state.parent(dir)?;
        if !state.dir(parent)?.current.contains_key(&name) {
            return Err(ErrorKind::NotFound.into());
        }
        let cut = state.begin(SimOp::Remove, dir, "all")?;
        state.dir(parent)?.change(vec![(name, None)]);
        answer(cut, ())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.holder.pass(SimOp::SyncDir, dir);
        let mut state = self.state();
        let cut = state.begin(SimOp::SyncDir, dir, "")?;
        let node = state.find(dir)?;
        let happens = !state.lies.sync_dir && (!cut || state.random.below(2) == 0);
        let dir = state.dir(node)?;
        if happens {
            dir.sync();
        }
        answer(cut, ())
    }

    fn file_system(&self, _: &Path) -> io::Result<Arc<dyn FileSystem>> {
        let life = self.state().life;
        Ok(Arc::new(SimFileSystem { disk: self.clone(), life }))
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        let mut state = self.state();
        state.begin(SimOp::Read, path, "")?;
        let used = state.used_bytes();
        Ok(Space { total_bytes: state.capacity, available_bytes: state.capacity.saturating_sub(used) })
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn LockGuard>> {
        let mut state = self.state();
        if !state.powered {
            return Err(power_is_off());
        }
        if !state.locks.insert(path.to_path_buf()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimLock { disk: self.clone(), path: path.to_path_buf(), life: state.life }))
    }
}

#[derive(Debug)]
struct SimLock {
    disk: SimDisk,
    path: PathBuf,
    life: u64,
}

impl LockGuard for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.life == self.life {
            state.locks.remove(&self.path);
        }
    }
}

#[derive(Debug)]
struct SimFileSystem {
    disk: SimDisk,
    life: u64,
}

impl FileSystem for SimFileSystem {
    fn sync(&self) -> io::Result<()> {
        self.disk.0.holder.pass(SimOp::Sync, Path::new("/"));
        let mut state = self.disk.state();
        if state.life != self.life {
            return Err(power_is_off());
        }
        let cut = state.begin(SimOp::Sync, Path::new("/"), "all")?;
        let state = &mut *state;
        for node in state.nodes.values_mut() {
            let happens = !cut || state.random.below(2) == 0;
            match node {
                Node::File(file) if happens && !state.lies.sync => file.sync(),
                Node::Dir(dir) if happens && !state.lies.sync_dir => dir.sync(),
                _ => {}
            }
        }
        answer(cut, ())
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    path: PathBuf,
    node: u64,
    life: u64,
    uncached: bool,
}

impl SimFile {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.life == self.life { Ok(state) } else { Err(power_is_off()) }
    }
}

impl DiskFile for SimFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.disk.0.holder.pass(SimOp::Read, &self.path);
        let mut state = self.state()?;
        state.begin(SimOp::Read, &self.path, "")?;
        let file = state.file(self.node)?;
        let on_device;
        let bytes = if self.uncached {
            on_device = file.on_device();
            &on_device
        } else {
            &file.current
        };
        let rest = usize::try_from(position).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }

    fn write_all_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.disk.0.holder.pass(SimOp::Write, &self.path);
        let mut state = self.state()?;
        let begun = state.begin(SimOp::Write, &self.path, &format!("{}@{position}", bytes.len()));
        let position = usize::try_from(position).map_err(|_| ErrorKind::FileTooLarge)?;
        if begun.is_err() && state.powered {
            // A write that fails may have got half of the way.
            let bytes = bytes[..bytes.len() / 2].to_vec();
            state.file(self.node)?.change(Change::Write { position, bytes });
        }
        let cut = begun?;
        let limited = state.capacity < u64::MAX;
        let room = if limited { state.capacity.saturating_sub(state.used_bytes()) } else { u64::MAX };
        let file = state.file(self.node)?;
        let grows = (position + bytes.len()).saturating_sub(file.current.len()) as u64;
        if grows > room {
            return Err(ErrorKind::StorageFull.into());
        }
        file.change(Change::Write { position, bytes: bytes.to_vec() });
        answer(cut, ())
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.0.holder.pass(SimOp::Sync, &self.path);
        let mut state = self.state()?;
        let cut = match state.begin(SimOp::Sync, &self.path, "") {
            Ok(cut) => cut,
            Err(error) => {
                if state.powered {
                    state.file(self.node)?.pending.iter_mut().for_each(|pending| pending.lost = true);
                }
                return Err(error);
            }
        };
        let happens = !state.lies.sync && (!cut || state.random.below(2) == 0);
        let file = state.file(self.node)?;
        if happens {
            file.sync();
        }
        answer(cut, ())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.0.holder.pass(SimOp::SetLen, &self.path);
        let mut state = self.state()?;
        let cut = state.begin(SimOp::SetLen, &self.path, &len.to_string())?;
        let len = usize::try_from(len).map_err(|_| ErrorKind::FileTooLarge)?;
        state.file(self.node)?.change(Change::SetLen(len));
        answer(cut, ())
    }

    fn len(&self) -> io::Result<u64> {
        self.disk.0.holder.pass(SimOp::Read, &self.path);
        let mut state = self.state()?;
        state.begin(SimOp::Read, &self.path, "")?;
        Ok(state.file(self.node)?.current.len() as u64)
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn write(disk: &SimDisk, path: &str, bytes: &[u8]) -> Arc<dyn DiskFile> {
        let file = disk.open(Path::new(path), Open::Create).unwrap();
        file.write_all_at(bytes, 0).unwrap();
        file
    }

    fn cut(disk: &SimDisk) {
        disk.cut_power();
        disk.restore_power();
    }

    #[test]
    fn what_was_synced_survives_and_the_rest_in_every_way() {
        let mut outcomes = BTreeSet::new();
        for seed in 0..200 {
            let disk = SimDisk::new(seed);
            let synced = write(&disk, "/a", &[1; 2000]);
            synced.sync().unwrap();
            disk.sync_dir(Path::new("/")).unwrap();
            synced.write_all_at(&[2; 2000], 2000).unwrap();
            write(&disk, "/b", b"x").sync().unwrap();
            cut(&disk);
            assert!(synced.read_at(&mut [0], 0).is_err(), "a handle outlived the power cut");
            let after = disk.read_small(Path::new("/a"), 10_000).unwrap().unwrap();
            assert_eq!(after[..2000], [1; 2000]);
            let tail: Vec<u8> = after[2000..].to_vec();
            let shape = (tail.len(), tail.iter().filter(|&&byte| byte == 2).count());
            outcomes.insert((shape, disk.read_small(Path::new("/b"), 10).unwrap()));
        }
        assert!(outcomes.iter().any(|((len, kept), _)| (*len, *kept) == (0, 0)));
        assert!(outcomes.iter().any(|((len, kept), _)| (*len, *kept) == (2000, 2000)));
        assert!(outcomes.iter().any(|((len, kept), _)| *kept > 0 && kept < len), "a hole");
        assert!(outcomes.iter().any(|(_, b)| b.is_none()) && outcomes.iter().any(|(_, b)| b.is_some()));
    }

    #[test]
    fn a_failed_sync_loses_what_the_page_cache_still_shows() {
        let disk = SimDisk::new(1);
        let file = write(&disk, "/a", b"lost");
        disk.sync_dir(Path::new("/")).unwrap();
        disk.plant(SimFault {
            op: SimOp::Sync,
            path_part: "a".into(),
            skip: 0,
            times: 1,
            error: ErrorKind::Other,
        });
        assert!(file.sync().is_err());
        file.sync().unwrap();
        let mut seen = [0; 4];
        assert_eq!(file.read_at(&mut seen, 0).unwrap(), 4);
        disk.open_uncached(Path::new("/a")).unwrap().read_exact_at(&mut seen, 0).unwrap();
        assert_eq!(seen, [0; 4]);
    }

    #[test]
    fn replacing_a_small_file_is_one_step_at_every_operation() {
        for (seed, point) in (0..40).flat_map(|seed| (1..8).map(move |point| (seed, point))) {
            let disk = SimDisk::new(seed);
            disk.replace_small(Path::new("/f"), b"old").unwrap();
            disk.cut_power_at(disk.changes() + point);
            let done = disk.replace_small(Path::new("/f"), b"new value").is_ok();
            disk.cut_power();
            disk.restore_power();
            let found = disk.read_small(Path::new("/f"), 100).unwrap().unwrap();
            assert!(
                found == b"new value" || (!done && found == b"old"),
                "seed {seed}, point {point}: {found:?}"
            );
        }
    }

    #[test]
    fn equal_seeds_give_equal_traces() {
        let run = |seed| {
            let disk = SimDisk::new(seed);
            disk.start_trace();
            for at in 0..20_u8 {
                let name = format!("/{}", at % 3);
                write(&disk, &name, &[at; 700]);
                cut(&disk);
            }
            let contents: Vec<_> =
                (0..3).map(|at| disk.read_small(Path::new(&format!("/{at}")), 1000).unwrap()).collect();
            (disk.trace(), contents)
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7).1, run(8).1);
    }
}
