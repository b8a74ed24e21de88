//! Options of `weir bench`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::records::{Acks, Codec};
use crate::parse;

/// The most records a second that can be told apart in nanoseconds, and more than any client sends.
const RATE_MAX: u64 = 100_000_000;

#[derive(Subcommand, Debug)]
pub(crate) enum BenchCommand {
    /// Measure writing.
    #[command(after_help = "Examples:\n  weir bench produce --records 1000000 --size 1KiB\n  \
                            weir bench produce --rate 5000 --duration 60s      latency at a steady rate\n\n\
                            With --rate a latency counts from when the record should have been sent, so a stall shows in full.")]
    Produce(BenchProduce),
    /// Measure reading, from the oldest record.
    #[command(after_help = "Examples:\n  weir bench consume --records 1000000")]
    Consume(BenchConsume),
    /// Measure from writing to reading, in one process with one clock.
    #[command(
        name = "end-to-end",
        after_help = "Examples:\n  weir bench end-to-end --rate 1000 --duration 30s\n\n\
                            Before the measured time each producer writes one small record to each partition, so that connections stand."
    )]
    EndToEnd(BenchProduce),
}

/// Options of `weir bench produce` and `weir bench end-to-end`.
#[derive(Args, Clone, Debug)]
pub(crate) struct BenchProduce {
    /// The topic; made if it is not there.
    #[arg(short, long, default_value = "weir-bench")]
    pub(crate) topic: String,
    /// Partitions of the topic if it is made.
    #[arg(long, default_value_t = 16, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<i32>(1, i32::MAX))]
    pub(crate) partitions: i32,
    /// Replicas of the topic if it is made [default: the broker's default.replication.factor].
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<i16>(1, i16::MAX))]
    pub(crate) replication_factor: Option<i16>,
    /// How many records [default: 1000000, or as many as --duration allows].
    #[arg(short = 'n', long, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<u64>(0, u64::MAX))]
    pub(crate) records: Option<u64>,
    /// How long.
    #[arg(short, long, value_parser = parse::duration, value_name = "TIME")]
    pub(crate) duration: Option<Duration>,
    /// Bytes of a record's value, 64 MiB at most.
    #[arg(short, long, value_parser = parse::record_bytes, default_value = "1KiB", value_name = "BYTES")]
    pub(crate) size: u64,
    /// Records a second over all producers; 0 is as fast as possible.
    #[arg(short, long, default_value_t = 0, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<u64>(0, RATE_MAX))]
    pub(crate) rate: u64,
    /// Clients that write, each with its own connections.
    #[arg(long, default_value_t = 1, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<u16>(1, 256))]
    pub(crate) producers: u16,
    /// Who must have a record before it counts as written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) acks: Acks,
    /// Compression.
    #[arg(short = 'z', long, value_enum, default_value_t)]
    pub(crate) compression: Codec,
    /// The most bytes of a batch.
    #[arg(long, value_parser = parse::bytes, default_value = "1000000", value_name = "BYTES")]
    pub(crate) batch_size: u64,
    /// What records that wait for their answer may take, over all producers. Little keeps the latencies of an unlimited
    /// rate the cluster's and not the queue's; many partitions need more for full batches.
    #[arg(long, value_parser = parse::bytes, default_value = "64MiB", value_name = "BYTES")]
    pub(crate) buffer: u64,
    /// How long a batch waits for more records [default: 5ms; end-to-end: 0].
    #[arg(long, value_parser = parse::duration, value_name = "TIME")]
    pub(crate) linger: Option<Duration>,
}

/// Options of `weir bench consume`.
#[derive(Args, Debug)]
pub(crate) struct BenchConsume {
    /// The topic.
    #[arg(short, long, default_value = "weir-bench")]
    pub(crate) topic: String,
    /// How many records [default: all that are there].
    #[arg(short = 'n', long, value_name = "N", allow_negative_numbers = true, value_parser = parse::number::<u64>(0, u64::MAX))]
    pub(crate) records: Option<u64>,
}
