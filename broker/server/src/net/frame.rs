//! Requests from a socket's bytes: four bytes of length, then the request. A frame is a slice of the buffer that it was
//! read into; nothing is copied but the start of a large one.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use weir_env::net::TcpStream;
use weir_env::task::{self, Instant};

use super::memory::{MemoryBudget, Reservation, SMALL_BYTES};

const LENGTH_BYTES: usize = 4;

/// What is read when nothing is known about the next frame: several small requests, or the start of a large one. An
/// idle connection holds no buffer.
const READ_BYTES: usize = 16 * 1024;

/// How slowly a request may arrive: whoever is slower only holds memory.
const PATIENCE: Pace = Pace { grace: Duration::from_secs(30), bytes_per_second: 16 * 1024 };

/// The same for a large request while others wait for its memory.
const CONTENDED: Pace = Pace { grace: Duration::from_secs(2), bytes_per_second: 1024 * 1024 };

/// How often a large request that is arriving is looked at.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// One request, and the memory that it holds.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Header and body.
    pub(crate) bytes: Bytes,
    /// Given back when the request is answered.
    pub(crate) reservation: Reservation,
}

/// Why no frame came.
#[derive(Debug)]
pub(crate) enum FrameError {
    /// The peer closed the connection between two requests.
    Closed,
    /// The peer closed the connection within a request.
    Truncated,
    /// The length is negative or above `socket.request.max.bytes`.
    Length(i32),
    /// The socket failed.
    Io(io::Error),
}

/// A rate, asked for after some time.
#[derive(Clone, Copy, Debug)]
struct Pace {
    grace: Duration,
    bytes_per_second: u64,
}

impl Pace {
    /// What must be there after a time; at least a byte once the grace is over.
    fn bytes_due(self, elapsed: Duration) -> u64 {
        match elapsed.checked_sub(self.grace) {
            None => 0,
            Some(counted) => counted.as_secs().saturating_mul(self.bytes_per_second).saturating_add(1),
        }
    }
}

#[derive(Debug)]
struct Arriving {
    len: usize,
    reservation: Option<Reservation>,
}

/// Reads frames. All state is here, so that a wait may be cancelled at any time.
#[derive(Debug)]
pub(crate) struct FrameReader {
    buffer: BytesMut,
    /// The frame that is arriving.
    arriving: Option<Arriving>,
    /// When the first byte of it came, or room for it was there.
    started: Option<Instant>,
    /// Whether the caller knows that the clock of this frame runs.
    told: bool,
    frame_bytes_max: usize,
    budget: Arc<MemoryBudget>,
}

impl FrameReader {
    /// A reader of frames up to a size.
    pub(crate) fn new(frame_bytes_max: usize, budget: Arc<MemoryBudget>) -> Self {
        Self { buffer: BytesMut::new(), arriving: None, started: None, told: false, frame_bytes_max, budget }
    }

    fn arriving_bytes(&self) -> usize {
        self.arriving.as_ref().map_or(0, |arriving| arriving.len)
    }

    /// When somebody must look whether the frame that is arriving is slow; `None` between frames.
    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        let started = self.started?;
        let next_look = now + LOOK_PAUSE;
        let is_large = self.arriving_bytes() > SMALL_BYTES;
        Some(if is_large { next_look } else { next_look.max(started + PATIENCE.grace) })
    }

    /// Whether the frame that is arriving takes too long.
    pub(crate) fn is_slow(&self, now: Instant) -> bool {
        let Some(started) = self.started else { return false };
        let is_in_the_way = self.arriving_bytes() > SMALL_BYTES && self.budget.is_contended();
        let pace = if is_in_the_way { CONTENDED } else { PATIENCE };
        (self.buffer.len() as u64) < pace.bytes_due(now.saturating_duration_since(started))
    }

    /// The next frame, or `None` when one has begun to arrive and [`Self::deadline`] has changed by that. May be dropped while
    /// it waits, and called again.
    pub(crate) async fn next(&mut self, stream: &TcpStream) -> Result<Option<Frame>, FrameError> {
        loop {
            if self.arriving.is_none() && self.buffer.len() >= LENGTH_BYTES {
                let len = self.frame_len()?;
                self.buffer.advance(LENGTH_BYTES);
                self.arriving = Some(Arriving { len, reservation: None });
            }
            let there = self.buffer.len();
            if let Some(arriving) = &mut self.arriving {
                let is_whole = there >= arriving.len;
                if arriving.reservation.is_none() && (is_whole || arriving.len > SMALL_BYTES) {
                    // Time that passes here is ours, not the peer's.
                    (self.started, self.told) = (None, false);
                    arriving.reservation = Some(self.budget.reserve(arriving.len).await);
                    self.started = Some(task::now());
                }
                if is_whole && let Some(frame) = self.take_whole() {
                    return Ok(Some(frame));
                }
            }
            if self.started.is_some() && !self.told {
                self.told = true;
                return Ok(None);
            }
            self.fill(stream).await?;
        }
    }

    fn take_whole(&mut self) -> Option<Frame> {
        let Arriving { len, reservation } = self.arriving.take()?;
        let bytes = self.buffer.split_to(len).freeze();
        (self.started, self.told) = ((!self.buffer.is_empty()).then(task::now), false);
        Some(Frame { bytes, reservation: reservation? })
    }

    fn frame_len(&self) -> Result<usize, FrameError> {
        let len = self.buffer.first_chunk::<LENGTH_BYTES>().map_or(0, |bytes| i32::from_be_bytes(*bytes));
        match usize::try_from(len) {
            Ok(bytes) if bytes <= self.frame_bytes_max => Ok(bytes),
            _ => Err(FrameError::Length(len)),
        }
    }

    /// Waits for bytes and reads what is there.
    async fn fill(&mut self, stream: &TcpStream) -> Result<(), FrameError> {
        loop {
            let wanted = match &self.arriving {
                Some(arriving) => arriving.len.saturating_sub(self.buffer.len()),
                None => READ_BYTES,
            };
            if self.buffer.capacity() - self.buffer.len() < wanted {
                self.buffer.reserve(wanted);
            }
            match stream.try_read_buf(&mut self.buffer) {
                Ok(0) if self.buffer.is_empty() && self.arriving.is_none() => return Err(FrameError::Closed),
                Ok(0) => return Err(FrameError::Truncated),
                Ok(_) => {
                    if self.started.is_none() {
                        self.started = Some(task::now());
                    }
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.buffer.is_empty() && self.arriving.is_none() {
                        self.buffer = BytesMut::new();
                    }
                    stream.readable().await.map_err(FrameError::Io)?;
                }
                Err(error) => return Err(FrameError::Io(error)),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use weir_env::net::TcpListener;

    use super::*;

    /// The next frame, however often the reader tells that one is arriving.
    async fn next(reader: &mut FrameReader, stream: &TcpStream) -> Result<Frame, FrameError> {
        loop {
            if let Some(frame) = reader.next(stream).await? {
                return Ok(frame);
            }
        }
    }

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    fn reader(budget_bytes: usize) -> FrameReader {
        FrameReader::new(1024 * 1024, Arc::new(MemoryBudget::new(budget_bytes, 1024 * 1024)))
    }

    fn frame(body: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(body);
        bytes
    }

    #[tokio::test]
    async fn frames_come_out_whole_however_they_arrive() {
        let (mut client, server) = pair().await;
        let mut reader = reader(4 * 1024 * 1024);
        let bodies: Vec<Vec<u8>> = [0, 1, 5, 100, 16 * 1024, 300_000, 7]
            .iter()
            .map(|len| vec![u8::try_from(len % 251).unwrap(); *len])
            .collect();
        let all: Vec<u8> = bodies.iter().flat_map(|body| frame(body)).collect();
        let writer = tokio::spawn(async move {
            for piece in all.chunks(7_001) {
                client.write_all(piece).await.unwrap();
                client.flush().await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        for body in &bodies {
            let frame = next(&mut reader, &server).await.unwrap();
            assert_eq!(frame.bytes, body);
        }
        writer.await.unwrap();
        assert!(matches!(next(&mut reader, &server).await, Err(FrameError::Closed)));
    }

    #[tokio::test]
    async fn bad_lengths_and_truncation_are_told_apart() {
        for (bytes, expected) in [
            (vec![0xff, 0xff, 0xff, 0xff], "Length(-1)"),
            (vec![0x7f, 0xff, 0xff, 0xff], "Length(2147483647)"),
            (vec![0x00, 0x10, 0x00, 0x01], "Length(1048577)"),
            (vec![0, 0, 0, 9, 1], "Truncated"),
            (vec![0, 0], "Truncated"),
            (vec![], "Closed"),
        ] {
            let (mut client, server) = pair().await;
            client.write_all(&bytes).await.unwrap();
            drop(client);
            let error = next(&mut reader(1), &server).await.unwrap_err();
            assert_eq!(format!("{error:?}"), expected);
        }
    }

    #[tokio::test]
    async fn a_frame_waits_for_memory_and_survives_being_cancelled() {
        let (mut client, server) = pair().await;
        let mut reader = reader(1);
        let held = reader.budget.reserve(1024 * 1024).await;
        let body = vec![7; 100_000];
        let writer = {
            let frame = frame(&body);
            tokio::spawn(async move { client.write_all(&frame).await.map(|()| client) })
        };
        let waiting = weir_env::task::timeout(Duration::from_millis(20), next(&mut reader, &server)).await;
        assert!(waiting.is_err(), "there is no memory, so no frame");
        assert!(!reader.is_slow(Instant::now() + Duration::from_secs(3600)), "the peer is not to blame");
        drop(held);
        assert_eq!(next(&mut reader, &server).await.unwrap().bytes, body);
        writer.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn who_is_slow_with_a_large_frame_goes_when_others_wait() {
        let (mut client, server) = pair().await;
        let mut slow = reader(1);
        client.write_all(&frame(&vec![7; 1000 * 1024])[..100]).await.unwrap();
        let waiting = weir_env::task::timeout(Duration::from_millis(20), next(&mut slow, &server)).await;
        assert!(waiting.is_err());
        let later = Instant::now() + Duration::from_secs(4);
        assert!(!slow.is_slow(later), "nobody needs its memory");
        let budget = Arc::clone(&slow.budget);
        let waiter = tokio::spawn(async move { budget.reserve(1000 * 1024).await });
        while !slow.budget.is_contended() {
            tokio::task::yield_now().await;
        }
        assert!(slow.is_slow(later) && !slow.is_slow(Instant::now()));
        assert!(slow.deadline(later).unwrap() <= later + LOOK_PAUSE);
        drop(slow);
        waiter.await.unwrap();
    }
}
