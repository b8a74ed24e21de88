//! The journal: what was synced is there after a power cut at any operation, nothing has a hole, damage is not taken for an
//! end.
#![allow(clippy::unwrap_used)]

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use weir_env::Env;
use weir_env::clock::ManualClock;
use weir_env::disk::Disk;
use weir_env::random::{Seeded, SeededRandom};
use weir_env::sim_disk::{SimDisk, SimFault, SimLies, SimOp};
use weir_log::{Journal, JournalContents, JournalEntry, JournalError};
use weir_model::TimestampMs;

const DIR: &str = "/journal";

fn env(disk: &SimDisk) -> Env {
    Env {
        clock: Arc::new(ManualClock::new(TimestampMs(0))),
        disk: Arc::new(disk.clone()),
        random: Arc::new(SeededRandom::new(1)),
    }
}

fn open(disk: &SimDisk) -> Result<(Journal, JournalContents), JournalError> {
    Journal::open(&env(disk), Path::new(DIR))
}

fn entry(index: u64, term: u64, size: usize) -> JournalEntry {
    let payload = index.to_be_bytes().iter().chain(&term.to_be_bytes()).copied().cycle().take(size).collect();
    JournalEntry { index, term, payload }
}

struct World {
    disk: SimDisk,
    random: Seeded,
    /// All entries that may be there, from index 1.
    tried: Vec<JournalEntry>,
    /// A suffix that a cut in progress may or may not have removed.
    synced: u64,
    snapshot: u64,
    snapshot_tried: u64,
    term: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            disk: SimDisk::new(seed),
            random: Seeded::new(seed ^ 0x10),
            tried: Vec::new(),
            synced: 0,
            snapshot: 0,
            snapshot_tried: 0,
            term: 1,
        }
    }

    fn run(&mut self, steps: usize) {
        let Ok((mut journal, _)) = open(&self.disk) else { return };
        self.term += 1;
        for _ in 0..steps {
            let done = match self.random.below(13) {
                0..5 => self.append(&mut journal),
                5..9 => {
                    let done = journal.sync().is_ok();
                    if done {
                        self.synced = journal.last_index();
                        assert_eq!(journal.synced_index(), self.synced);
                    }
                    done
                }
                9 => self.snapshot(&mut journal),
                10 => self.truncate(&mut journal),
                ending => {
                    if ending == 11 {
                        if journal.close().is_err() {
                            return;
                        }
                    } else {
                        drop(journal);
                    }
                    self.disk.kill();
                    let Ok((again, contents)) = open(&self.disk) else { return };
                    assert_eq!(again.last_index(), self.tried.len() as u64);
                    assert_eq!(contents.entries.len() as u64, again.last_index() - again.snapshot_index());
                    self.synced = again.last_index();
                    journal = again;
                    true
                }
            };
            if !done {
                assert!(!self.disk.has_power(), "an operation failed although nothing was wrong");
                return;
            }
        }
    }

    fn append(&mut self, journal: &mut Journal) -> bool {
        let entries: Vec<JournalEntry> = (0..=self.random.below(3))
            .map(|at| {
                let size = usize::try_from(self.random.below(900)).unwrap();
                entry(self.tried.len() as u64 + 1 + at, self.term, size)
            })
            .collect();
        self.tried.extend(entries.iter().cloned());
        journal.append(&entries).is_ok()
    }

    fn snapshot(&mut self, journal: &mut Journal) -> bool {
        let first = journal.snapshot_index();
        let index = first + self.random.below(journal.last_index() - first + 1);
        if index == 0 {
            return true;
        }
        self.snapshot_tried = index;
        let term = self.tried[usize::try_from(index).unwrap() - 1].term;
        let done = journal.install_snapshot(index, term, &index.to_be_bytes()).is_ok();
        if done {
            self.snapshot = index;
        }
        done
    }

    fn truncate(&mut self, journal: &mut Journal) -> bool {
        let first = journal.snapshot_index() + 1;
        let index = first + self.random.below(journal.last_index() + 2 - first);
        // While it goes on, the entries behind are there or not.
        self.synced = self.synced.min(index - 1);
        let done = journal.truncate_suffix(index).is_ok();
        if done {
            assert_eq!(journal.last_index(), index - 1);
            self.tried.truncate(usize::try_from(index).unwrap() - 1);
            self.synced = index - 1;
        }
        done
    }

    fn check(&mut self) -> Result<(), String> {
        let (journal, contents) = open(&self.disk).map_err(|error| format!("{error:?}"))?;
        let snapshot = journal.snapshot_index();
        if snapshot < self.snapshot || snapshot > self.snapshot_tried.max(self.snapshot) {
            return Err(format!("snapshot {snapshot}, installed {}", self.snapshot));
        }
        let found = contents.snapshot.map(|snapshot| (snapshot.index, snapshot.bytes));
        if found != (snapshot > 0).then(|| (snapshot, snapshot.to_be_bytes().to_vec())) {
            return Err(format!("snapshot {found:?}"));
        }
        let last = journal.last_index();
        if last < self.synced || last > self.tried.len() as u64 {
            return Err(format!("ends at {last}, synced {}, tried {}", self.synced, self.tried.len()));
        }
        let range = usize::try_from(snapshot).unwrap()..usize::try_from(last).unwrap();
        if contents.entries != self.tried[range] {
            return Err("the entries are not those that were appended".into());
        }
        self.tried.truncate(usize::try_from(last).unwrap());
        (self.synced, self.snapshot, self.snapshot_tried) = (last, snapshot, snapshot);
        Ok(())
    }
}

fn one(seed: u64, cut_at: u64, lies: SimLies) -> Result<(), String> {
    let mut world = World::new(seed);
    world.disk.lie(lies);
    world.disk.start_trace();
    let disk = world.disk.clone();
    world.disk.cut_power_at(cut_at);
    let mut lives = || {
        for _ in 0..3 {
            world.run(40);
            world.disk.cut_power();
            world.disk.restore_power();
            world.check()?;
            let later = 1 + world.random.below(60);
            world.disk.cut_power_at(world.disk.changes() + later);
        }
        Ok(())
    };
    lives().map_err(|what: String| format!("{what}\n{}", disk.trace().join("\n")))
}

fn points(seeds: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..seeds).flat_map(|seed| {
        let mut world = World::new(seed);
        world.run(40);
        (1..=world.disk.changes()).map(move |cut_at| (seed, cut_at))
    })
}

#[test]
fn what_was_synced_survives_a_power_cut_at_every_operation() {
    let seeds = std::env::var("WEIR_SEEDS").map_or(40, |seeds| seeds.parse().unwrap());
    let mut runs = 0;
    for (seed, cut_at) in points(seeds) {
        runs += 1;
        if let Err(what) = one(seed, cut_at, SimLies::default()) {
            panic!("seed {seed}, cut at operation {cut_at}: {what}");
        }
    }
    assert!(runs > 1000, "{runs} runs are too few");
}

#[test]
fn what_was_synced_survives_a_power_cut_while_a_killed_process_is_recovered() {
    let seeds = std::env::var("WEIR_SEEDS").map_or(20, |seeds| seeds.parse().unwrap());
    for ((seed, kill_at), later) in points(seeds).flat_map(|point| (1..6).map(move |later| (point, later))) {
        let mut world = World::new(seed);
        world.disk.start_trace();
        world.disk.cut_power_at(kill_at);
        world.run(40);
        world.disk.kill();
        world.disk.cut_power_at(world.disk.changes() + later);
        drop(open(&world.disk));
        world.disk.cut_power();
        world.disk.restore_power();
        if let Err(what) = world.check() {
            let trace = world.disk.trace().join("\n");
            panic!("seed {seed}, killed at operation {kill_at}, cut {later} later: {what}\n{trace}");
        }
    }
}

#[test]
fn a_disk_that_does_not_sync_is_found_out() {
    for lies in [SimLies { sync: true, sync_dir: false }, SimLies { sync: false, sync_dir: true }] {
        let found = points(3).filter(|&(seed, cut_at)| one(seed, cut_at, lies).is_err()).take(3).count();
        assert_eq!(found, 3, "{lies:?}");
    }
}

fn filled(disk: &SimDisk) -> String {
    let (mut journal, contents) = open(disk).unwrap();
    assert_eq!(contents, JournalContents::default());
    for index in 1..=10 {
        journal.append(&[entry(index, 1, 100)]).unwrap();
        journal.sync().unwrap();
    }
    format!("{DIR}/00000000000000000001.journal")
}

#[test]
fn a_damaged_entry_that_was_synced_is_an_error() {
    for at in 0..9 * 132 {
        let disk = SimDisk::new(1);
        let path = filled(&disk);
        disk.kill();
        disk.corrupt(Path::new(&path), |bytes| bytes[at] ^= 0x20).unwrap();
        let error = open(&disk).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { .. }), "byte {at}: {error:?}");
    }
}

#[test]
fn a_torn_last_entry_is_cut() {
    for cut in 1..132 {
        let disk = SimDisk::new(1);
        let path = filled(&disk);
        disk.kill();
        disk.corrupt(Path::new(&path), |bytes| bytes.truncate(bytes.len() - cut)).unwrap();
        let (mut journal, contents) = open(&disk).unwrap();
        assert_eq!((journal.last_index(), contents.entries.len()), (9, 9));
        journal.append(&[entry(10, 2, 5)]).unwrap();
        journal.sync().unwrap();
    }
}

/// Whatever is missing of a journal that was closed was lost, and nothing more is changed on top of that.
#[test]
fn an_end_before_the_last_orderly_close_is_an_error() {
    for cut in 1..=10 * 132 {
        let disk = SimDisk::new(1);
        let path = filled(&disk);
        open(&disk).unwrap().0.close().unwrap();
        let mut whole = Vec::new();
        let cut_off = |bytes: &mut Vec<u8>| {
            whole.clone_from(bytes);
            bytes.truncate(bytes.len() - cut);
        };
        disk.corrupt(Path::new(&path), cut_off).unwrap();
        for _ in 0..2 {
            let error = open(&disk).unwrap_err();
            assert!(matches!(error, JournalError::Damaged { .. }), "{cut} bytes: {error:?}");
        }
        disk.corrupt(Path::new(&path), |bytes| bytes.clone_from(&whole)).unwrap();
        assert_eq!(open(&disk).unwrap().0.last_index(), 10);
    }
    let disk = SimDisk::new(1);
    let path = filled(&disk);
    open(&disk).unwrap().0.close().unwrap();
    disk.remove_file(Path::new(&path)).unwrap();
    let error = open(&disk).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/journal: entries 1 to 10 were here at the last stop and are gone: restore the directory from a copy, or remove its \
         file closed-at to go on without them; nothing was changed"
    );
    disk.remove_file(Path::new("/journal/closed-at")).unwrap();
    assert_eq!(open(&disk).unwrap().0.last_index(), 0);
}

#[test]
fn entries_may_be_replaced_after_a_close() {
    let disk = SimDisk::new(1);
    filled(&disk);
    open(&disk).unwrap().0.close().unwrap();
    let (mut journal, _) = open(&disk).unwrap();
    journal.truncate_suffix(4).unwrap();
    drop(journal);
    disk.kill();
    assert_eq!(open(&disk).unwrap().0.last_index(), 3);
}

#[test]
fn after_a_failed_sync_nothing_more_is_taken() {
    let disk = SimDisk::new(1);
    filled(&disk);
    disk.kill();
    let (mut journal, _) = open(&disk).unwrap();
    journal.append(&[entry(11, 1, 10)]).unwrap();
    disk.plant(SimFault {
        op: SimOp::Sync,
        path_part: DIR.into(),
        skip: 0,
        times: 1,
        error: ErrorKind::Other,
    });
    assert!(matches!(journal.sync(), Err(JournalError::Io { .. })));
    assert!(matches!(journal.sync(), Err(JournalError::Failed(_))));
    assert!(matches!(journal.append(&[entry(12, 1, 10)]), Err(JournalError::Failed(_))));
    // The page cache still shows entry 11, the disk does not have it.
    disk.kill();
    let (journal, contents) = open(&disk).unwrap();
    assert_eq!((journal.last_index(), contents.entries.len()), (10, 10));
}

#[test]
fn entries_must_follow() {
    let disk = SimDisk::new(1);
    let (mut journal, _) = open(&disk).unwrap();
    journal.append(&[entry(1, 2, 1)]).unwrap();
    for wrong in [entry(1, 2, 1), entry(3, 2, 1), entry(2, 1, 1)] {
        assert!(matches!(journal.append(&[wrong]), Err(JournalError::OutOfOrder { .. })));
    }
    journal.append(&[entry(2, 2, 0)]).unwrap();
    journal.install_snapshot(7, 3, b"from a leader").unwrap();
    assert_eq!((journal.last_index(), journal.last_term(), journal.size_bytes()), (7, 3, 0));
    journal.append(&[entry(8, 3, 1)]).unwrap();
    journal.sync().unwrap();
    drop(journal);
    disk.kill();
    let (journal, contents) = open(&disk).unwrap();
    assert_eq!(contents.snapshot.unwrap().bytes, b"from a leader");
    assert_eq!((contents.entries.len(), journal.last_index()), (1, 8));
}

#[test]
fn a_full_disk_takes_nothing_and_ends_nothing() {
    let disk = SimDisk::new(1);
    filled(&disk);
    disk.kill();
    let (mut journal, _) = open(&disk).unwrap();
    let full = |path_part: &str| SimFault {
        op: SimOp::Write,
        path_part: path_part.into(),
        skip: 0,
        times: 1,
        error: ErrorKind::StorageFull,
    };
    disk.plant(full(".journal"));
    assert!(matches!(journal.append(&[entry(11, 1, 3000)]), Err(JournalError::Full(_))));
    disk.plant(full(".snapshot"));
    assert!(matches!(journal.install_snapshot(10, 1, &[1; 3000]), Err(JournalError::Full(_))));
    journal.append(&[entry(11, 1, 10)]).unwrap();
    journal.sync().unwrap();
    disk.cut_power();
    disk.restore_power();
    let (journal, contents) = open(&disk).unwrap();
    assert_eq!((journal.last_index(), contents.entries.len(), contents.cut_bytes), (11, 11, 0));
}
