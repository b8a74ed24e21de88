//! Files of a version that this one does not know, or that hold what it does not: each is named with both versions.
//! What only repeats the batches is made anew; what says something of its own keeps its partition shut, and its bytes.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use support::{batch, partition, read_records, topic_id};
use weir_env::Env;
use weir_env::disk::Disk;
use weir_env::sim_disk::SimDisk;
use weir_log::{LogConfig, LogDirectory, PartitionLog};
use weir_model::{LeaderEpoch, Offset};

const DIR: &str = "/data";

#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What opening says in the log, with the directory.
fn open(disk: &SimDisk) -> (LogDirectory, String) {
    let env = Env { disk: Arc::new(disk.clone()), ..Env::real() };
    let said = Said::default();
    let writer = said.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let listening = tracing::subscriber::set_default(subscriber);
    let directory = support::open(&env, Path::new(DIR), &LogConfig::default());
    drop(listening);
    let text = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
    (directory, text)
}

fn log(directory: &LogDirectory) -> Arc<PartitionLog> {
    directory.log(&partition("t", 0)).unwrap()
}

/// A partition with records of the leader epochs 2 and 5 from the offsets 0 and 3 on, closed or crashed.
fn written(clean: bool) -> SimDisk {
    let disk = SimDisk::new(1);
    let (directory, _) = open(&disk);
    let log = directory.create(&partition("t", 0), topic_id(1), LogConfig::default()).unwrap();
    for offset in 0..6_u8 {
        let epoch = LeaderEpoch(if offset < 3 { 2 } else { 5 });
        log.append(&mut batch(&[(&[offset], Some(&[offset; 9]))], 5), epoch).unwrap();
    }
    log.flush().unwrap();
    directory.checkpoint().unwrap();
    if clean {
        directory.close().unwrap();
    }
    drop((log, directory));
    disk.kill();
    disk
}

/// The one warning, which names all of these.
fn warned(said: &str, parts: &[&str]) {
    let warnings: Vec<&str> = said.lines().filter(|line| line.contains("WARN")).collect();
    let [warning] = warnings.as_slice() else { panic!("{said}") };
    for part in parts {
        assert!(warning.contains(part), "{part} is not in: {warning}");
    }
}

#[test]
fn what_repeats_the_batches_is_named_with_both_versions_and_made_anew() {
    const DAMAGED: &str = "damaged";
    for (file, bytes, says) in [
        (
            "/data/recovery-points",
            "weir recovery points 2\n00000000\nt-0 6\n",
            "version 2, and this program knows version 1",
        ),
        ("/data/recovery-points", "weir recovery points 1\n00000000\nt-0 6\n", DAMAGED),
        (
            "/data/t-0/leader-epoch-checkpoint",
            "1\nepochs: 2\n2 0\n5 3\n",
            "version 1, and this program knows version 0",
        ),
        ("/data/t-0/leader-epoch-checkpoint", "0\n3\n2 0\n", DAMAGED),
    ] {
        for clean in [true, false] {
            let disk = written(clean);
            disk.replace_small(Path::new(file), bytes.as_bytes()).unwrap();
            let (directory, said) = open(&disk);
            warned(&said, &[file, says, "made anew"]);
            assert_eq!(directory.summary().failed.len(), 0);
            let opened = log(&directory);
            let epochs = [2, 5].map(|epoch| opened.epoch_end_offset(LeaderEpoch(epoch)).end);
            assert_eq!(epochs, [Offset(3), Offset(6)], "{file}");
            assert_eq!(read_records(&opened, 0).len(), 6);
            opened.append(&mut batch(&[(b"k", None)], 5), LeaderEpoch(5)).unwrap();
            directory.close().unwrap();
            drop((opened, directory));
            disk.kill();
            // Said once: what was made anew is there.
            let (directory, said) = open(&disk);
            assert!(!said.contains("WARN"), "{said}");
            assert_eq!(log(&directory).latest_epoch(), LeaderEpoch(5));
        }
    }
}

#[test]
fn what_says_something_of_its_own_is_refused_by_name_and_stays() {
    for (name, bytes, says) in [
        // Version 102, the checksum of what follows, nobody.
        (
            "00000000000000000006.snapshot",
            [0, 102, 0x48, 0x67, 0x4b, 0xc7, 0, 0, 0, 0].as_slice(),
            "version 102, and this program knows version 101",
        ),
        (
            "partition.metadata",
            b"version: 1\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\nnew: 1\n",
            "version 1, and this program knows version 0",
        ),
        // Right checksums, more numbers.
        ("log-start-offset", b"1 2 fa906dde\n", "it holds 2 numbers, and this program knows 1"),
        ("cleaner-offset", b"1 2 3 00000000\n", "damaged"),
    ] {
        let disk = written(true);
        let path = Path::new("/data/t-0").join(name);
        disk.replace_small(&path, bytes).unwrap();
        let (directory, said) = open(&disk);
        let failed = &directory.summary().failed[&partition("t", 0)];
        assert!(failed.contains(says) && failed.contains(name), "{failed}");
        assert!(said.contains("ERROR") && said.contains(says), "{said}");
        assert!(directory.log(&partition("t", 0)).is_none());
        assert_eq!(disk.read_small(&path, 1000).unwrap().unwrap(), bytes, "nothing is changed");
    }
}
