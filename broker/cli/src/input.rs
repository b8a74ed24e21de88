//! What the commands read: files with a bound on their size, and streams whose reader can be stopped while it waits.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// The name that means standard input where a file is wanted.
const STANDARD_INPUT: &str = "-";

/// Bytes that are read from a stream at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Chunks that are read ahead.
const CHUNKS_MAX: usize = 4;

/// How soon a reader that waits sees that it shall stop.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Reads a whole file, or standard input for `-`, of at most `bytes_max` bytes. The size that the system names is not
/// relied on: a pipe or a device has none.
pub(crate) fn whole(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = bytes_max.saturating_add(1);
    if path.as_os_str() == STANDARD_INPUT {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > bytes_max {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has more than {bytes_max} bytes"),
        ));
    }
    Ok(bytes)
}

/// As [`whole`], for text.
pub(crate) fn text(path: &Path, bytes_max: u64) -> io::Result<String> {
    String::from_utf8(whole(path, bytes_max)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// A stream that is read by a thread of its own, so that whoever waits for it can be told to stop: a read of a terminal or
/// a pipe ends for nothing else.
pub(crate) struct Stoppable<F> {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    taken: usize,
    stop: F,
}

impl<F: Fn() -> bool> Stoppable<F> {
    /// Reads `input` until its end or until `stop` says so; then a read fails.
    pub(crate) fn new(mut input: impl Read + Send + 'static, stop: F) -> Self {
        let (send, chunks) = sync_channel(CHUNKS_MAX);
        thread::spawn(move || {
            let mut buffer = vec![0; CHUNK_BYTES];
            loop {
                let read = match input.read(&mut buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    read => read.map(|count| buffer[..count].to_vec()),
                };
                let is_last = read.as_ref().map_or(true, Vec::is_empty);
                if send.send(read).is_err() || is_last {
                    break;
                }
            }
        });
        Self { chunks, chunk: Vec::new(), taken: 0, stop }
    }

    /// Waits for the next chunk; an empty one is the end.
    fn next(&self) -> io::Result<Vec<u8>> {
        loop {
            if (self.stop)() {
                return Err(io::Error::other("stopped"));
            }
            match self.chunks.recv_timeout(LOOK_EVERY) {
                Ok(chunk) => return chunk,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Vec::new()),
            }
        }
    }
}

impl<F: Fn() -> bool> Read for Stoppable<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.chunk.len() {
            self.chunk = self.next()?;
            self.taken = 0;
        }
        let count = buffer.len().min(self.chunk.len() - self.taken);
        buffer[..count].copy_from_slice(&self.chunk[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_file_beyond_the_bound_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "12345").unwrap();
        assert_eq!(text(file.path(), 5).unwrap(), "12345");
        assert_eq!(text(file.path(), 4).unwrap_err().to_string(), "it has more than 4 bytes");
        assert_eq!(
            whole(Path::new("/dev/zero"), 1000).unwrap_err().to_string(),
            "it has more than 1000 bytes",
            "a device names no size"
        );
    }

    #[test]
    fn a_stream_is_read_whole() {
        let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_be_bytes).collect();
        let mut read = Vec::new();
        Stoppable::new(io::Cursor::new(bytes.clone()), || false).read_to_end(&mut read).unwrap();
        assert!(read == bytes);
    }

    #[test]
    fn a_stream_that_never_ends_can_be_stopped() {
        let (input, _writer) = io::pipe().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        let mut reader = Stoppable::new(input, move || flag.load(Ordering::Relaxed));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(reader.read(&mut [0; 10]).unwrap_err().to_string(), "stopped");
    }
}
