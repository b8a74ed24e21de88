//! What the numbers were measured on, and what a process used.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

/// One line about processor, memory, kernel and file system.
pub(crate) fn facts(folder: &Path) -> String {
    let field = |file: &str, name: &str| {
        fs::read_to_string(file)
            .unwrap_or_default()
            .lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split(':').nth(1))
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{cores} cores ({}), {} memory, Linux {}, {}",
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        kernel.trim(),
        file_system(folder).unwrap_or_default()
    )
}

/// The type of the file system that holds a folder.
fn file_system(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(point, _)| folder.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map(|(_, kind)| kind.to_owned())
}

/// Processor time that a running process has used.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    // The kernel counts in ticks of USER_HZ, which is 100 on every Linux.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("reading the process's times")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<f64>().ok()).sum();
    Ok(Duration::from_secs_f64(ticks / TICKS_PER_SECOND))
}

/// Resident memory in MiB.
pub(crate) fn resident_mib(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("reading the process's status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kib: f64 =
        line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).context("VmRSS has no number")?;
    Ok(kib / 1024.0)
}

/// Processor time of the whole machine: (busy, all), in ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Processors {
    busy: f64,
    all: f64,
}

impl Processors {
    pub(crate) fn now() -> Result<Self> {
        let stat = fs::read_to_string("/proc/stat").context("reading the machine's times")?;
        let line = stat.lines().next().context("no line in /proc/stat")?;
        let ticks: Vec<f64> =
            line.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).take(8).collect();
        let all = ticks.iter().sum();
        // The fourth and fifth are idle, and idle with a disk at work.
        let idle: f64 = ticks.iter().skip(3).take(2).sum();
        Ok(Self { busy: all - idle, all })
    }

    /// The share of all cores that was busy since then.
    pub(crate) fn busy_since(self) -> Result<f64> {
        let now = Self::now()?;
        Ok((now.busy - self.busy) / (now.all - self.all).max(1.0))
    }
}

/// A file without blocks whose pages hold the memory that nobody used yet; it goes with this value.
pub(crate) struct UsedMemory(PathBuf);

impl UsedMemory {
    /// Free memory below which the system reclaims pages instead of taking new ones.
    const LEFT_MIB: u64 = 1024;

    /// Brings the machine into the state of one that has run for a day: the page cache holds nearly all memory. Under a
    /// hypervisor that backs memory at its first touch, a page-cache write to new memory takes three times as long, and
    /// who is measured first would pay for it.
    pub(crate) fn settle(folder: &Path) -> Result<Self> {
        let path = folder.join("memory.tmp");
        let file = File::create(&path)?;
        let used = Self(path);
        file.set_len(memory_mib("MemTotal")? << 20)?;
        let mut file = File::open(&used.0)?;
        let mut buffer = vec![0; 1 << 20];
        while memory_mib("MemFree")? > Self::LEFT_MIB && file.read(&mut buffer)? > 0 {}
        Ok(used)
    }
}

impl Drop for UsedMemory {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}

fn memory_mib(name: &str) -> Result<u64> {
    let text = fs::read_to_string("/proc/meminfo").context("reading the machine's memory")?;
    let line = text.lines().find(|line| line.starts_with(name)).with_context(|| format!("no {name}"))?;
    let kib: u64 = line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).context("no number")?;
    Ok(kib / 1024)
}

/// What the logs of topics whose names begin so take in a data directory.
pub(crate) fn bytes_of_logs(data: &Path, topic: &str) -> Result<u64> {
    let mut bytes = 0;
    for log in fs::read_dir(data.join("logs"))? {
        let log = log?;
        if log.file_type()?.is_dir() && log.file_name().to_string_lossy().starts_with(topic) {
            for file in fs::read_dir(log.path())? {
                let file = file?;
                if file.path().extension().is_some_and(|extension| extension == "log") {
                    bytes += file.metadata()?.len();
                }
            }
        }
    }
    Ok(bytes)
}
