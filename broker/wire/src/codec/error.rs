//! Why bytes are not a message, or a message does not fit a version.

/// Why bytes are not a message. Each of these ends the connection that sent them, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The schema has no such version.
    #[error("{message} has no version {version}")]
    Version {
        /// The message.
        message: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// The bytes end inside a value.
    #[error("{wanted} more bytes expected, {left} left")]
    Truncated {
        /// Bytes that the value needs.
        wanted: usize,
        /// Bytes there.
        left: usize,
    },
    /// A count that the bytes left can't hold.
    #[error("an array of {count} elements can't stand in {left} bytes")]
    Count {
        /// Elements claimed.
        count: u64,
        /// Bytes there.
        left: usize,
    },
    /// The elements of an array would take more memory than the reader allows.
    #[error("{wanted} bytes of memory wanted for an array, {left} left")]
    Room {
        /// Bytes that the elements take.
        wanted: usize,
        /// Bytes of room.
        left: usize,
    },
    /// A negative length other than -1, or one above what the type may have.
    #[error("{0} is not a length")]
    Length(i64),
    /// Null where the version does not allow it.
    #[error("null where a value must stand")]
    Null,
    /// A varint longer than its type.
    #[error("a varint has more bits than its type")]
    Varint,
    /// A string that is not UTF-8.
    #[error("a string is not UTF-8")]
    Utf8,
    /// A known tagged field that does not end where its length says.
    #[error("tagged field {tag} has {left} bytes too many")]
    Tag {
        /// The field's tag.
        tag: u32,
        /// Bytes not consumed.
        left: usize,
    },
    /// Bytes after the message.
    #[error("{0} bytes after the message")]
    Trailing(usize),
}

/// Why a message can't be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The schema has no such version.
    #[error("{message} has no version {version}")]
    Version {
        /// The message.
        message: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// A field holds a value, and the version does not have the field.
    #[error("{field} can't be left out, and version {version} does not have it")]
    NotInVersion {
        /// The field.
        field: &'static str,
        /// The version.
        version: i16,
    },
    /// Null where the version does not allow it.
    #[error("{field} may not be null in version {version}")]
    Null {
        /// The field.
        field: &'static str,
        /// The version.
        version: i16,
    },
    /// A string, an array or records longer than the type's length field.
    #[error("{0} is too long for its length field")]
    TooLong(usize),
    /// Records that stand in a file were asked for as bytes.
    #[error("the message refers to a file and is not one piece of memory")]
    NotInMemory,
}
