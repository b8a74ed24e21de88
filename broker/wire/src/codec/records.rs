//! Records as they travel: bytes in memory and ranges of files.

use std::fmt::Debug;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::EncodeError;

/// What a range of bytes can be read from.
pub trait RangeSource: Send + Sync + Debug {
    /// Reads up to the buffer's length at a position; 0 at the end.
    ///
    /// # Errors
    /// When the disk fails.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;

    /// The descriptor for `sendfile`, if there is one.
    fn fd(&self) -> Option<BorrowedFd<'_>>;

    /// Tells the owner of the bytes that they could not be read. May wait for the disk.
    fn on_failure(&self, _error: &io::Error) {}
}

/// A range of a file. The bytes must not change while a message refers to them.
#[derive(Debug, Clone)]
pub struct FileRange {
    /// The file.
    pub source: Arc<dyn RangeSource>,
    /// Where the range starts.
    pub position: u64,
    /// How long it is.
    pub len: u32,
}

impl PartialEq for FileRange {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.source, &other.source) && self.position == other.position && self.len == other.len
    }
}

/// A piece of an encoded message.
#[derive(Debug, Clone, PartialEq)]
pub enum Segment {
    /// In memory.
    Bytes(Bytes),
    /// In a file.
    Range(FileRange),
}

impl Segment {
    /// Its length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Range(range) => range.len as usize,
        }
    }

    /// Whether it holds no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The content of a `records` field.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Records {
    segments: Vec<Segment>,
}

impl Records {
    /// The length in bytes.
    pub fn len(&self) -> usize {
        self.segments.iter().map(Segment::len).sum()
    }

    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pieces in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Adds a range of a file.
    pub fn push_range(&mut self, range: FileRange) {
        self.push(Segment::Range(range));
    }

    /// Adds bytes.
    pub fn push_bytes(&mut self, bytes: Bytes) {
        self.push(Segment::Bytes(bytes));
    }

    /// Nothing is kept of an empty piece, so that what is empty is equal.
    fn push(&mut self, segment: Segment) {
        if !segment.is_empty() {
            self.segments.push(segment);
        }
    }

    /// The content as one piece, without a copy when it is one already.
    ///
    /// # Errors
    /// When a part stands in a file.
    pub fn to_bytes(&self) -> Result<Bytes, EncodeError> {
        match self.segments.as_slice() {
            [] => Ok(Bytes::new()),
            [Segment::Bytes(bytes)] => Ok(bytes.clone()),
            segments => {
                let mut whole = BytesMut::with_capacity(self.len());
                for segment in segments {
                    match segment {
                        Segment::Bytes(bytes) => whole.extend_from_slice(bytes),
                        Segment::Range(_) => return Err(EncodeError::NotInMemory),
                    }
                }
                Ok(whole.freeze())
            }
        }
    }
}

impl From<Bytes> for Records {
    fn from(bytes: Bytes) -> Self {
        let mut records = Self::default();
        records.push_bytes(bytes);
        records
    }
}
