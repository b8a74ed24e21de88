//! What the simulated disk is made of: files and directories, each as it is on the medium, as it is in the page cache, and
//! what stands between the two. Knows nothing of paths, faults or counts.

use std::collections::BTreeMap;

use crate::random::Seeded;

#[derive(Debug)]
pub(super) enum Node {
    File(FileNode),
    Dir(DirNode),
}

#[derive(Debug, Default)]
pub(super) struct FileNode {
    pub(super) durable: Vec<u8>,
    pub(super) current: Vec<u8>,
    pub(super) pending: Vec<Pending>,
}

#[derive(Debug)]
pub(super) struct Pending {
    pub(super) change: Change,
    /// A sync of it failed: the page cache says it is clean.
    pub(super) lost: bool,
}

#[derive(Debug)]
pub(super) enum Change {
    Write { position: usize, bytes: Vec<u8> },
    SetLen(usize),
}

/// Names of one step, each with the node that it gets or loses.
pub(super) type Entries = Vec<(String, Option<u64>)>;

#[derive(Debug, Default)]
pub(super) struct DirNode {
    pub(super) durable: BTreeMap<String, u64>,
    pub(super) current: BTreeMap<String, u64>,
    pub(super) pending: Vec<Entries>,
}

impl Change {
    pub(super) fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::SetLen(len) => to.resize(*len, 0),
            Self::Write { position, bytes } => write_at(to, *position, bytes),
        }
    }
}

pub(super) fn write_at(to: &mut Vec<u8>, position: usize, bytes: &[u8]) {
    if to.len() < position + bytes.len() {
        to.resize(position + bytes.len(), 0);
    }
    to[position..position + bytes.len()].copy_from_slice(bytes);
}

impl FileNode {
    pub(super) fn change(&mut self, change: Change) {
        change.apply(&mut self.current);
        self.pending.push(Pending { change, lost: false });
    }

    /// Everything that no failed sync lost becomes durable.
    pub(super) fn sync(&mut self) {
        let mut lost = Vec::new();
        for pending in self.pending.drain(..) {
            if pending.lost {
                lost.push(pending);
            } else {
                pending.change.apply(&mut self.durable);
            }
        }
        self.pending = lost;
    }

    /// What the device holds once the page cache has written back what it thinks is dirty. The length is the one that the
    /// system knows; what never came reads as zeros.
    pub(super) fn on_device(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for pending in self.pending.iter().filter(|pending| !pending.lost) {
            pending.change.apply(&mut bytes);
        }
        bytes.resize(self.current.len(), 0);
        bytes
    }

    pub(super) fn power_cut(&mut self, random: &mut Seeded, sector: usize) {
        for Pending { change, .. } in std::mem::take(&mut self.pending) {
            match change {
                Change::SetLen(_) if random.below(2) == 0 => {}
                Change::SetLen(_) => change.apply(&mut self.durable),
                Change::Write { position, bytes } => {
                    survive(&mut self.durable, position, &bytes, random, sector);
                }
            }
        }
        self.current = self.durable.clone();
    }
}

/// Puts what survives of a write into a file.
pub(super) fn survive(file: &mut Vec<u8>, position: usize, bytes: &[u8], random: &mut Seeded, sector: usize) {
    let end = position + bytes.len();
    let mode = random.below(5);
    let whole_sectors = end.div_ceil(sector) - position / sector;
    let first_part = random.below(whole_sectors as u64 + 1);
    let mut at = position;
    let mut number = 0;
    while at < end {
        let next = ((at / sector + 1) * sector).min(end);
        let kept = match mode {
            0 => true,
            1 => false,
            2 => number < first_part,
            _ => random.below(2) == 0,
        };
        if kept {
            write_at(file, at, &bytes[at - position..next - position]);
        }
        at = next;
        number += 1;
    }
    // The length may be known to the file system although the bytes never came.
    if file.len() < end && random.below(4) == 0 {
        file.resize(end, 0);
    }
}

impl DirNode {
    pub(super) fn change(&mut self, entries: Entries) {
        apply_entries(&mut self.current, &entries);
        self.pending.push(entries);
    }

    pub(super) fn sync(&mut self) {
        for entries in self.pending.drain(..) {
            apply_entries(&mut self.durable, &entries);
        }
    }

    pub(super) fn power_cut(&mut self, random: &mut Seeded) {
        for entries in std::mem::take(&mut self.pending) {
            if random.below(2) == 0 {
                apply_entries(&mut self.durable, &entries);
            }
        }
        self.current = self.durable.clone();
    }
}

pub(super) fn apply_entries(names: &mut BTreeMap<String, u64>, entries: &Entries) {
    for (name, node) in entries {
        match node {
            Some(node) => _ = names.insert(name.clone(), *node),
            None => _ = names.remove(name),
        }
    }
}
