//! Named limits that more than one layer must agree on. A limit of one layer stands in that layer.

/// The smallest record batch: Kafka's 61-byte header of format v2 and no record.
pub const BATCH_HEADER_BYTES: usize = 61;

/// The largest decompressed size of one batch: 64 times Kafka's default `max.message.bytes` of 1 MiB and 12 bytes.
/// A batch that claims more is refused before it is unpacked; 64 KiB of zstd can claim 2 GiB.
pub const BATCH_DECOMPRESSED_BYTES_MAX: usize = 64 * (1024 * 1024 + 12);

/// The same for a batch that a log holds: compaction writes times anew relative to another one, which makes a record of the
/// least size not quite twice as large.
pub const STORED_BATCH_DECOMPRESSED_BYTES_MAX: usize = 2 * BATCH_DECOMPRESSED_BYTES_MAX;

/// `socket.request.max.bytes` of Kafka: 100 MiB.
pub const REQUEST_BYTES_MAX_DEFAULT: usize = 100 * 1024 * 1024;

/// Partitions in one topic. Kafka names no limit for a topic, but takes at most so many in one request; a topic that one request
/// can't make could not be made from a manifest either.
pub const TOPIC_PARTITIONS_MAX: i32 = 10_000;
