//! Answers to a socket: a list of segments, bytes from memory and ranges of files, goes out in order.
//!
//! Two back ends for ranges of files. `pread` reads into a buffer and writes it: what is in the page cache is read in
//! place, what is not is read on the blocking pool, so that a cold read never holds up a thread that serves others.
//! `sendfile`, the default, first brings a cold range into the page cache the same way. Small pieces are gathered, so that
//! an answer with fifty small partitions is one write.

use std::future::Future;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::io::{Errno, ReadWriteFlags};
use tokio::io::Interest;
use weir_env::net::TcpStream;
use weir_env::task;
use weir_wire::{FileRange, RangeSource, Segment};

/// The buffer of a connection that is sending from files: large ones read and write best (2.1 GB/s at 256 KiB against
/// 1.4 at 64 KiB).
const LARGE_BYTES: usize = 256 * 1024;

/// The buffer of those that come when all large ones are out.
const SMALL_BYTES: usize = 32 * 1024;

/// Large buffers at one time: 32 MiB.
const LARGE_COUNT_MAX: usize = 128;

/// Buffers that are kept for the next answer: 4 MiB.
const KEPT_COUNT_MAX: usize = 16;

/// Ranges below this are gathered into the buffer by `sendfile` too: a system call each costs more than the copy.
const SENDFILE_BYTES_MIN: usize = 16 * 1024;

/// Segments in one vectored write; the system's own limit is 1024.
const SLICES_MAX: usize = 64;

/// A peer that takes nothing of an answer for so long is gone.
const STALL_MAX: Duration = Duration::from_secs(120);

/// Send buffers of all connections.
#[derive(Debug, Default)]
pub(crate) struct BufferPool {
    inner: Mutex<Pool>,
}

#[derive(Debug, Default)]
struct Pool {
    large_out: usize,
    kept: Vec<Box<[u8]>>,
}

impl BufferPool {
    fn lock(&self) -> std::sync::MutexGuard<'_, Pool> {
        self.inner.lock().expect("a panic ends the process, so no lock is ever poisoned")
    }

    fn take(self: &Arc<Self>) -> Gather {
        let mut pool = self.lock();
        let bytes = if pool.large_out < LARGE_COUNT_MAX {
            pool.large_out += 1;
            pool.kept.pop().unwrap_or_else(|| vec![0; LARGE_BYTES].into_boxed_slice())
        } else {
            vec![0; SMALL_BYTES].into_boxed_slice()
        };
        drop(pool);
        let is_large = bytes.len() == LARGE_BYTES;
        Gather { bytes, filled: 0, is_large, pool: Arc::clone(self) }
    }
}

/// A buffer that is being filled with the next bytes of an answer.
struct Gather {
    bytes: Box<[u8]>,
    filled: usize,
    is_large: bool,
    pool: Arc<BufferPool>,
}

impl Drop for Gather {
    fn drop(&mut self) {
        if self.is_large {
            let mut pool = self.pool.lock();
            pool.large_out -= 1;
            // A cancelled read on the blocking pool may have taken the buffer with it.
            if pool.kept.len() < KEPT_COUNT_MAX && self.bytes.len() == LARGE_BYTES {
                pool.kept.push(std::mem::take(&mut self.bytes));
            }
        }
    }
}

impl Gather {
    fn is_full(&self) -> bool {
        self.filled == self.bytes.len()
    }

    async fn flush(&mut self, stream: &TcpStream) -> io::Result<()> {
        write_all(stream, &self.bytes[..self.filled]).await?;
        self.filled = 0;
        Ok(())
    }

    async fn put(&mut self, stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
        if bytes.len() >= self.bytes.len() {
            self.flush(stream).await?;
            return write_all(stream, bytes).await;
        }
        while !bytes.is_empty() {
            if self.is_full() {
                self.flush(stream).await?;
            }
            let count = bytes.len().min(self.bytes.len() - self.filled);
            self.bytes[self.filled..self.filled + count].copy_from_slice(&bytes[..count]);
            self.filled += count;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// Reads up to `len` bytes of a file behind what is gathered; waits for a cold read away from this thread.
    async fn read(&mut self, source: &Arc<dyn RangeSource>, position: u64, len: usize) -> io::Result<usize> {
        let end = (self.filled + len).min(self.bytes.len());
        let read = match read_warm(source.as_ref(), &mut self.bytes[self.filled..end], position)? {
            Some(read) => read,
            None => {
                let (mut bytes, source, from) =
                    (std::mem::take(&mut self.bytes), Arc::clone(source), self.filled);
                let (bytes, result) = task::blocking(move || {
                    let result = source.read_at(&mut bytes[from..end], position);
                    (bytes, result)
                })
                .await;
                self.bytes = bytes;
                result?
            }
        };
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file is shorter than its log says"));
        }
        self.filled += read;
        Ok(read)
    }
}

/// Reads what the page cache holds; `None` when that is nothing, or when nobody can tell.
fn read_warm(source: &dyn RangeSource, buffer: &mut [u8], position: u64) -> io::Result<Option<usize>> {
    let Some(fd) = source.fd() else { return Ok(None) };
    match rustix::io::preadv2(fd, &mut [IoSliceMut::new(buffer)], position, ReadWriteFlags::NOWAIT) {
        Ok(read) => Ok(Some(read)),
        // The second: this file system can't tell.
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Waits until the socket takes more; `TimedOut` when the peer takes nothing.
async fn writable(stream: &TcpStream) -> io::Result<()> {
    task::timeout(STALL_MAX, stream.writable()).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Writes all bytes, waiting while the socket is full.
async fn write_all(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => writable(stream).await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes segments that are all in memory without gathering them.
async fn write_slices(stream: &TcpStream, segments: &[Segment]) -> io::Result<()> {
    let mut rest: Vec<&[u8]> = segments
        .iter()
        .filter_map(|segment| match segment {
            Segment::Bytes(bytes) if !bytes.is_empty() => Some(bytes.as_ref()),
            _ => None,
        })
        .collect();
    let mut rest = rest.as_mut_slice();
    while !rest.is_empty() {
        let slices: Vec<IoSlice<'_>> =
            rest.iter().take(SLICES_MAX).map(|bytes| IoSlice::new(bytes)).collect();
        let mut written = match stream.try_write_vectored(&slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                writable(stream).await?;
                continue;
            }
            Err(error) => return Err(error),
        };
        while let Some(first) = rest.first_mut() {
            if written < first.len() {
                *first = &first[written..];
                break;
            }
            written -= first.len();
            rest = &mut rest[1..];
        }
    }
    Ok(())
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>>;

/// Which end of a transfer failed.
#[derive(Debug)]
enum Failed {
    /// The peer is gone, or takes nothing.
    Socket(io::Error),
    /// The bytes can't be read.
    File(io::Error),
}

/// Tells the file's owner, who may have to write that down, away from this thread.
async fn report(range: &FileRange, error: io::Error) -> io::Error {
    let source = Arc::clone(&range.source);
    task::blocking(move || {
        source.on_failure(&error);
        error
    })
    .await
}

/// How one range of a file reaches a socket.
trait BackEnd: Send + Sync + std::fmt::Debug {
    /// Sends a range after what is gathered. What it leaves gathered is sent by the caller.
    fn send<'a>(&'a self, stream: &'a TcpStream, gather: &'a mut Gather, range: &'a FileRange)
    -> Sending<'a>;
}

/// `pread`, then write.
#[derive(Debug)]
struct Pread;

impl BackEnd for Pread {
    fn send<'a>(
        &'a self,
        stream: &'a TcpStream,
        gather: &'a mut Gather,
        range: &'a FileRange,
    ) -> Sending<'a> {
        Box::pin(async move {
            let (mut position, mut left) = (range.position, range.len as usize);
            while left > 0 {
                if gather.is_full() {
                    gather.flush(stream).await.map_err(Failed::Socket)?;
                }
                let read = gather.read(&range.source, position, left).await.map_err(Failed::File)?;
                position += read as u64;
                left -= read;
            }
            Ok(())
        })
    }
}

/// `sendfile`.
#[derive(Debug)]
struct Sendfile;

impl BackEnd for Sendfile {
    fn send<'a>(
        &'a self,
        stream: &'a TcpStream,
        gather: &'a mut Gather,
        range: &'a FileRange,
    ) -> Sending<'a> {
        Box::pin(async move {
            if (range.len as usize) < SENDFILE_BYTES_MIN || range.source.fd().is_none() {
                return Pread.send(stream, gather, range).await;
            }
            gather.flush(stream).await.map_err(Failed::Socket)?;
            let (mut position, mut left) = (range.position, range.len as usize);
            while left > 0 {
                let chunk = left.min(gather.bytes.len());
                warm(gather, range, position, chunk).await.map_err(Failed::File)?;
                let sent = sendfile(stream, range, position, chunk).await?;
                position += sent as u64;
                left -= sent;
            }
            Ok(())
        })
    }
}

/// Makes sure that the last byte of a chunk is in the page cache, reading the chunk on the blocking pool if it is not.
async fn warm(gather: &mut Gather, range: &FileRange, position: u64, chunk: usize) -> io::Result<()> {
    let mut probe = [0; 1];
    if read_warm(range.source.as_ref(), &mut probe, position + chunk as u64 - 1)?.is_none() {
        gather.read(&range.source, position, chunk).await?;
        gather.filled = 0;
    }
    Ok(())
}

async fn sendfile(
    stream: &TcpStream,
    range: &FileRange,
    position: u64,
    chunk: usize,
) -> Result<usize, Failed> {
    loop {
        let attempt = stream.try_io(Interest::WRITABLE, || {
            let Some(file) = range.source.fd() else { return Err(io::ErrorKind::Unsupported.into()) };
            let mut offset = position;
            Ok(rustix::fs::sendfile(stream.as_fd(), file, Some(&mut offset), chunk)?)
        });
        match attempt {
            Ok(0) => {
                let problem = "a file is shorter than its log says";
                return Err(Failed::File(io::Error::new(io::ErrorKind::UnexpectedEof, problem)));
            }
            Ok(sent) => return Ok(sent),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                writable(stream).await.map_err(Failed::Socket)?;
            }
            // One call, two ends: what a socket says when its peer is gone is never what a disk says.
            Err(error) => {
                let is_peers = matches!(
                    error.kind(),
                    io::ErrorKind::BrokenPipe
                        | io::ErrorKind::ConnectionReset
                        | io::ErrorKind::NotConnected
                        | io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::TimedOut
                );
                return Err(if is_peers { Failed::Socket(error) } else { Failed::File(error) });
            }
        }
    }
}

/// Sends answers; one for all connections.
#[derive(Debug)]
pub(crate) struct Sender {
    back_end: Box<dyn BackEnd>,
    pool: Arc<BufferPool>,
}

impl Sender {
    /// A sender with one of the two back ends.
    pub(crate) fn new(back_end: crate::settings::ReadBackEnd) -> Self {
        let back_end: Box<dyn BackEnd> = match back_end {
            crate::settings::ReadBackEnd::Pread => Box::new(Pread),
            crate::settings::ReadBackEnd::Sendfile => Box::new(Sendfile),
        };
        Self { back_end, pool: Arc::default() }
    }

    /// Sends one answer whole. After an error the connection is of no use: a part of the answer may be out.
    pub(crate) async fn send(&self, stream: &TcpStream, segments: &[Segment]) -> io::Result<()> {
        if segments.iter().all(|segment| matches!(segment, Segment::Bytes(_))) {
            return write_slices(stream, segments).await;
        }
        let mut gather = self.pool.take();
        for segment in segments {
            match segment {
                Segment::Bytes(bytes) => gather.put(stream, bytes).await?,
                Segment::Range(range) => match self.back_end.send(stream, &mut gather, range).await {
                    Ok(()) => {}
                    Err(Failed::Socket(error)) => return Err(error),
                    Err(Failed::File(error)) => return Err(report(range, error).await),
                },
            }
        }
        gather.flush(stream).await
    }
}

/// The bytes of an answer.
pub(crate) fn segments_len(segments: &[Segment]) -> u64 {
    segments
        .iter()
        .map(|segment| match segment {
            Segment::Bytes(bytes) => bytes.len() as u64,
            Segment::Range(range) => u64::from(range.len),
        })
        .sum()
}
