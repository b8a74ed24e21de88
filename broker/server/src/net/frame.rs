//! Requests from a socket's bytes: four bytes of length, then the request. A frame is a slice of the buffer that it was
//! read into; nothing is copied but the start of a large one.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use weir_env::net::TcpStream;
use weir_env::task::Instant;

use super::memory::{MemoryBudget, Reservation};

const LENGTH_BYTES: usize = 4;

/// What is read when nothing is known about the next frame: several small requests, or the start of a large one. An
/// idle connection holds no buffer.
const READ_BYTES: usize = 16 * 1024;

/// A request must arrive whole within this time and what its size takes at [`FRAME_BYTES_PER_SECOND_MIN`], counted from
/// its first byte: whoever is slower only holds memory.
const FRAME_TIME_BASE: Duration = Duration::from_secs(30);
const FRAME_BYTES_PER_SECOND_MIN: usize = 16 * 1024;

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

/// Reads frames. All state is here, so that a wait may be cancelled at any time.
#[derive(Debug)]
pub(crate) struct FrameReader {
    buffer: BytesMut,
    /// The length of the frame that is arriving, and room for it.
    arriving: Option<(usize, Reservation)>,
    started: Option<Instant>,
    frame_bytes_max: usize,
    budget: Arc<MemoryBudget>,
}

impl FrameReader {
    /// A reader of frames up to a size.
    pub(crate) fn new(frame_bytes_max: usize, budget: Arc<MemoryBudget>) -> Self {
        Self { buffer: BytesMut::new(), arriving: None, started: None, frame_bytes_max, budget }
    }

    /// When the frame that is arriving must be whole; `None` between frames.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let bytes = self.arriving.as_ref().map_or(0, |(len, _)| *len);
        let time = Duration::from_secs((bytes / FRAME_BYTES_PER_SECOND_MIN) as u64);
        self.started.map(|started| started + FRAME_TIME_BASE + time)
    }

    /// The next frame. May be dropped while it waits, and called again.
    pub(crate) async fn next(&mut self, stream: &TcpStream) -> Result<Frame, FrameError> {
        loop {
            if self.arriving.is_none() && self.buffer.len() >= LENGTH_BYTES {
                let len = self.frame_len()?;
                let reservation = match self.budget.try_reserve(len) {
                    Some(reservation) => reservation,
                    None => self.budget.reserve(len).await,
                };
                self.buffer.advance(LENGTH_BYTES);
                self.arriving = Some((len, reservation));
            }
            if let Some((len, reservation)) = self.arriving.take_if(|(len, _)| self.buffer.len() >= *len) {
                let bytes = self.buffer.split_to(len).freeze();
                self.started = (!self.buffer.is_empty()).then(Instant::now);
                return Ok(Frame { bytes, reservation });
            }
            self.fill(stream).await?;
        }
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
                Some((len, _)) => len.saturating_sub(self.buffer.len()),
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
                        self.started = Some(Instant::now());
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
            let frame = reader.next(&server).await.unwrap();
            assert_eq!(frame.bytes, body);
        }
        writer.await.unwrap();
        assert!(matches!(reader.next(&server).await, Err(FrameError::Closed)));
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
            let error = reader(1).next(&server).await.unwrap_err();
            assert_eq!(format!("{error:?}"), expected);
        }
    }

    #[tokio::test]
    async fn a_frame_waits_for_memory_and_survives_being_cancelled() {
        let (mut client, server) = pair().await;
        let mut reader = reader(1);
        let held = reader.budget.reserve(1024 * 1024).await;
        client.write_all(&frame(b"hello")).await.unwrap();
        let waiting = weir_env::task::timeout(Duration::from_millis(20), reader.next(&server)).await;
        assert!(waiting.is_err(), "there is no memory, so no frame");
        drop(held);
        assert_eq!(reader.next(&server).await.unwrap().bytes, b"hello"[..]);
    }
}
