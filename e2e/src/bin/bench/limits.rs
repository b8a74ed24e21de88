//! The physical limits of this machine, measured in the same run: what no server can beat.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

const MEBIBYTE: usize = 1024 * 1024;

/// Rates in bytes a second and times of single flushes.
#[derive(Clone, Debug, Default)]
pub(crate) struct DiskLimits {
    /// Best rate of write-plus-fdatasync over the block sizes.
    pub(crate) best_rate: f64,
    /// The block size of that rate.
    pub(crate) best_block_bytes: usize,
    /// Flushes a second, one 1 KiB record each.
    pub(crate) flushes_per_second: f64,
    /// 99th percentile of one 1 KiB write and fdatasync.
    pub(crate) flush_p99: Duration,
}

/// Writes `total_bytes` with one fdatasync per 64 KiB, 1 MiB and 8 MiB; then single records.
pub(crate) fn disk(folder: &Path, total_bytes: usize) -> Result<DiskLimits> {
    let mut limits = DiskLimits::default();
    for block_bytes in [64 * 1024, MEBIBYTE, 8 * MEBIBYTE] {
        // Small blocks are slow: a sixteenth of the bytes tells the same.
        let bytes = if block_bytes < MEBIBYTE { total_bytes / 16 } else { total_bytes };
        let rate = write_and_flush(folder, block_bytes, bytes)?;
        if rate > limits.best_rate {
            (limits.best_rate, limits.best_block_bytes) = (rate, block_bytes);
        }
    }
    let mut times = flush_times(folder, 1024, Duration::from_secs(3))?;
    times.sort();
    let whole: Duration = times.iter().sum();
    limits.flushes_per_second = times.len() as f64 / whole.as_secs_f64();
    limits.flush_p99 = times[times.len() * 99 / 100];
    Ok(limits)
}

fn write_and_flush(folder: &Path, block_bytes: usize, total_bytes: usize) -> Result<f64> {
    let path = folder.join("limit.tmp");
    let file = File::create(&path).with_context(|| format!("creating {}", path.display()))?;
    let block = vec![0xa5; block_bytes];
    let started = Instant::now();
    let mut written = 0;
    while written < total_bytes {
        file.write_all_at(&block, written as u64)?;
        file.sync_data()?;
        written += block_bytes;
    }
    let rate = written as f64 / started.elapsed().as_secs_f64();
    fs::remove_file(&path)?;
    Ok(rate)
}

fn flush_times(folder: &Path, record_bytes: usize, limit: Duration) -> Result<Vec<Duration>> {
    let path = folder.join("limit.tmp");
    let file = File::create(&path)?;
    let record = vec![0x5a; record_bytes];
    let mut times = Vec::new();
    let mut position = 0;
    let started = Instant::now();
    while started.elapsed() < limit {
        let before = Instant::now();
        file.write_all_at(&record, position)?;
        file.sync_data()?;
        times.push(before.elapsed());
        position += record_bytes as u64;
    }
    fs::remove_file(&path)?;
    Ok(times)
}

/// Waits until flushes have been quick for a while; a disk that is never quiet is measured as it is.
pub(crate) fn wait_until_quiet(folder: &Path) -> Result<()> {
    const SLOW: Duration = Duration::from_millis(5);
    const WATCHED: Duration = Duration::from_millis(5500);
    const WAIT_MAX: Duration = Duration::from_secs(40);
    rustix::fs::syncfs(File::open(folder)?)?;
    let path = folder.join("limit.tmp");
    let file = File::create(&path)?;
    let started = Instant::now();
    let mut slow_at = Instant::now();
    let mut position = 0;
    while slow_at.elapsed() < WATCHED && started.elapsed() < WAIT_MAX {
        let before = Instant::now();
        file.write_all_at(&[0x5a; 1024], position)?;
        file.sync_data()?;
        position += 1024;
        if before.elapsed() > SLOW {
            slow_at = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(fs::remove_file(&path)?)
}

/// 99th percentiles of a loop that writes and flushes at a rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PacedFlushes {
    /// Of a flush, each counted once however many pieces it held up.
    pub(crate) flush: Duration,
    /// Of a piece, from the moment at which it was due to the end of the flush that took it along. A flush that stalls
    /// counts for all pieces that it delays, as it does for those who wait for a broker's answer.
    pub(crate) piece: Duration,
}

/// Writes pieces of 64 KiB at a rate; each flush takes along what became due during the one before.
pub(crate) fn paced_flushes(folder: &Path, bytes_per_second: f64, limit: Duration) -> Result<PacedFlushes> {
    const PIECE: usize = 64 * 1024;
    let path = folder.join("limit.tmp");
    let file = File::create(&path)?;
    let piece = vec![0x5a; PIECE];
    let (mut flushes, mut pieces) = (Vec::new(), Vec::new());
    let due = |number: usize| Duration::from_secs_f64(number as f64 * PIECE as f64 / bytes_per_second);
    let mut written = 0;
    let started = Instant::now();
    while started.elapsed() < limit {
        let (first, now) = (written, started.elapsed());
        while due(written) <= now {
            file.write_all_at(&piece, (written * PIECE) as u64)?;
            written += 1;
        }
        if written == first {
            std::thread::sleep(due(written).saturating_sub(started.elapsed()));
            continue;
        }
        let before = Instant::now();
        file.sync_data()?;
        flushes.push(before.elapsed());
        let done = started.elapsed();
        pieces.extend((first..written).map(|number| done.saturating_sub(due(number))));
    }
    fs::remove_file(&path)?;
    Ok(PacedFlushes { flush: p99(flushes)?, piece: p99(pieces)? })
}

fn p99(mut times: Vec<Duration>) -> Result<Duration> {
    times.sort_unstable();
    times.get(times.len() * 99 / 100).copied().context("nothing was flushed")
}

/// How bytes of a file come to a socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sending {
    PreadAndWrite,
    Sendfile,
}

/// Bytes a second from a warm file over loopback to a receiver that parses frames and discards them.
pub(crate) fn loopback(folder: &Path, sending: Sending, total_bytes: usize) -> Result<f64> {
    const CHUNK: usize = MEBIBYTE;
    let path = folder.join("limit.tmp");
    fs::write(&path, vec![0x3c; 64 * CHUNK])?;
    let file = File::open(&path)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let receiver = std::thread::spawn(move || -> Result<usize> {
        let (mut stream, _) = listener.accept()?;
        receive_frames(&mut stream)
    });
    let mut stream = TcpStream::connect(address)?;
    let mut chunk = vec![0; CHUNK];
    let started = Instant::now();
    for number in 0..total_bytes / CHUNK {
        let position = (number % 64 * CHUNK) as u64;
        stream.write_all(&u32::try_from(CHUNK)?.to_be_bytes())?;
        match sending {
            Sending::PreadAndWrite => {
                file.read_exact_at(&mut chunk, position)?;
                stream.write_all(&chunk)?;
            }
            Sending::Sendfile => send_file(&stream, &file, position, CHUNK)?,
        }
    }
    drop(stream);
    let received = receiver.join().map_err(|_| anyhow::anyhow!("the receiver panicked"))??;
    let rate = received as f64 / started.elapsed().as_secs_f64();
    fs::remove_file(&path)?;
    Ok(rate)
}

fn send_file(stream: &TcpStream, file: &File, mut position: u64, mut left: usize) -> Result<()> {
    while left > 0 {
        let sent = rustix::fs::sendfile(stream, file, Some(&mut position), left)?;
        ensure!(sent > 0, "sendfile met the end of the file");
        left -= sent;
    }
    Ok(())
}

fn receive_frames(stream: &mut TcpStream) -> Result<usize> {
    let mut received = 0;
    let mut header = [0; 4];
    let mut body = Vec::new();
    while stream.read_exact(&mut header).is_ok() {
        body.resize(u32::from_be_bytes(header) as usize, 0);
        stream.read_exact(&mut body)?;
        received += body.len();
    }
    Ok(received)
}
