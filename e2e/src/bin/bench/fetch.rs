//! A reader without a client library: takes frames, looks at the batches' headers, discards the rest.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use weir_wire::messages::{FetchRequest, fetch_request};
use weir_wire::{ApiKey, Message, RequestHeader, WireStr, Writer};

/// A version whose answer has everything at a fixed place.
const FETCH_VERSION: i16 = 4;
const FETCH_BYTES_MAX: i32 = 1 << 20;
const PARTITION_LEADS_RECORDS: usize = 4 + 2 + 8 + 8 + 4 + 4;

/// Reads all of a topic over some connections, each with its share of the partitions. Returns bytes a second of records.
pub(crate) fn read_all(address: SocketAddr, topic: &str, partitions: i32, connections: i32) -> Result<f64> {
    let started = Instant::now();
    let bytes = std::thread::scope(|scope| -> Result<usize> {
        let threads: Vec<_> = (0..connections)
            .map(|first| {
                scope.spawn(move || -> Result<usize> {
                    let mut reader = Reader::connect(address, topic)?;
                    let mut bytes = 0;
                    for partition in (first..partitions).step_by(usize::try_from(connections)?) {
                        bytes += reader.read_partition(partition)?;
                    }
                    Ok(bytes)
                })
            })
            .collect();
        let mut bytes = 0;
        for thread in threads {
            bytes += thread.join().map_err(|_| anyhow::anyhow!("a reader panicked"))??;
        }
        Ok(bytes)
    })?;
    Ok(bytes as f64 / started.elapsed().as_secs_f64())
}

struct Reader<'a> {
    stream: TcpStream,
    topic: &'a str,
    frame: Vec<u8>,
}

impl<'a> Reader<'a> {
    fn connect(address: SocketAddr, topic: &'a str) -> Result<Self> {
        let stream = TcpStream::connect(address).context("connecting")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, topic, frame: Vec::new() })
    }

    fn read_partition(&mut self, partition: i32) -> Result<usize> {
        let mut bytes = 0;
        let mut offset = 0;
        loop {
            self.ask(partition, offset)?;
            let records_at = self.receive()?;
            let records = self.frame.get(records_at..).context("an answer without records")?;
            if records.is_empty() {
                return Ok(bytes);
            }
            bytes += records.len();
            offset = next_offset(records).unwrap_or(offset);
        }
    }

    fn ask(&mut self, partition: i32, offset: i64) -> Result<()> {
        let partition = fetch_request::FetchPartition {
            partition,
            fetch_offset: offset,
            partition_max_bytes: FETCH_BYTES_MAX,
            ..Default::default()
        };
        let topic = fetch_request::FetchTopic {
            topic: WireStr::from(self.topic),
            partitions: vec![partition],
            ..Default::default()
        };
        let request = FetchRequest { max_bytes: FETCH_BYTES_MAX, topics: vec![topic], ..Default::default() };
        let mut writer = Writer::new();
        let header = RequestHeader {
            api_key: ApiKey::Fetch as i16,
            api_version: FETCH_VERSION,
            correlation_id: 0,
            client_id: None,
        };
        header.write(&mut writer)?;
        request.write(&mut writer, FETCH_VERSION)?;
        let body = writer.into_bytes()?;
        self.stream.write_all(&[&u32::try_from(body.len())?.to_be_bytes()[..], &body[..]].concat())?;
        Ok(())
    }

    /// Reads a frame; returns where its records begin.
    fn receive(&mut self) -> Result<usize> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        self.frame.resize(u32::from_be_bytes(length) as usize, 0);
        self.stream.read_exact(&mut self.frame)?;
        // Correlation id, throttle time, one topic with its name, one partition.
        let partition_at = 4 + 4 + 4 + 2 + self.topic.len() + 4;
        let code = self.frame.get(partition_at + 4..partition_at + 6).context("an answer is too short")?;
        ensure!(code == [0, 0], "the broker refused a fetch with error code {code:?}");
        Ok(partition_at + PARTITION_LEADS_RECORDS)
    }
}

/// The offset after the last whole batch.
fn next_offset(mut records: &[u8]) -> Option<i64> {
    let mut next = None;
    while let Some(header) = records.first_chunk::<27>() {
        let base = i64::from_be_bytes(header[..8].try_into().ok()?);
        let length = u32::from_be_bytes(header[8..12].try_into().ok()?) as usize;
        let delta = i32::from_be_bytes(header[23..27].try_into().ok()?);
        let Some(rest) = records.get(12 + length..) else { break };
        next = Some(base + i64::from(delta) + 1);
        records = rest;
    }
    next
}
