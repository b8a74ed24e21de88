//! What making one small append to each of N files durable costs on a directory's disk, by each of the ways to do it:
//! fdatasync one after another, fdatasync in lanes, one syncfs. Run with `cargo run -p weir-log --example flush_cost -- DIR`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for a developer at a terminal")]

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

const APPEND_BYTES: usize = 16 * 1024;

fn open(dir: &Path, count: usize) -> Vec<File> {
    (0..count)
        .map(|at| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(true).open(dir.join(at.to_string())).unwrap()
        })
        .collect()
}

fn append(files: &[File], round: usize) {
    let bytes = vec![u8::try_from(round % 251).unwrap(); APPEND_BYTES];
    for file in files {
        file.write_all_at(&bytes, (round * APPEND_BYTES) as u64).unwrap();
    }
}

fn in_lanes(files: &[File], lanes: usize) {
    std::thread::scope(|scope| {
        for lane in files.chunks(files.len().div_ceil(lanes)) {
            scope.spawn(|| lane.iter().for_each(|file| file.sync_data().unwrap()));
        }
    });
}

fn main() {
    let base = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let dir = Path::new(&base).join("flush-cost");
    type Way = (&'static str, fn(&[File]));
    let ways: [Way; 6] = [
        ("fdatasync, 1 lane", |files| in_lanes(files, 1)),
        ("fdatasync, 4 lanes", |files| in_lanes(files, 4)),
        ("fdatasync, 16 lanes", |files| in_lanes(files, 16)),
        ("fdatasync, 64 lanes", |files| in_lanes(files, 64)),
        ("syncfs", |files| rustix::fs::syncfs(&files[0]).unwrap()),
        ("nothing", |_| ()),
    ];
    for count in [1, 100, 1000] {
        for (name, way) in ways {
            fs::create_dir_all(&dir).unwrap();
            let files = open(&dir, count);
            append(&files, 0);
            in_lanes(&files, 16);
            let rounds = if count == 1 { 200 } else { 10 };
            let mut times: Vec<Duration> = (1..=rounds)
                .map(|round| {
                    append(&files, round);
                    let started = Instant::now();
                    way(&files);
                    started.elapsed()
                })
                .collect();
            times.sort();
            let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
            println!("{count:>5} files, {name:<20} median {median:>10.2?}  worst {worst:>10.2?}");
            drop(files);
            fs::remove_dir_all(&dir).unwrap();
        }
    }
}
