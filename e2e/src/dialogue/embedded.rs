//! What classic consumers embed in the group protocol: versions 3 and 1 of `ConsumerProtocolSubscription` and
//! `ConsumerProtocolAssignment` of kafka-clients.

use anyhow::{Context, Result, ensure};
use bytes::{BufMut, Bytes, BytesMut};
use weir_wire::Reader;

/// Partitions by the name of their topic.
pub(super) type Partitions = Vec<(String, Vec<i32>)>;

const SUBSCRIPTION_VERSION: i16 = 3;
const ASSIGNMENT_VERSION: i16 = 1;

pub(super) fn subscription(topics: &[&str], owned: &Partitions, generation: i32) -> Result<Bytes> {
    let mut bytes = BytesMut::new();
    bytes.put_i16(SUBSCRIPTION_VERSION);
    bytes.put_i32(i32::try_from(topics.len())?);
    for topic in topics {
        put_string(&mut bytes, topic)?;
    }
    bytes.put_i32(-1);
    put_partitions(&mut bytes, owned)?;
    bytes.put_i32(generation);
    bytes.put_i16(-1);
    Ok(bytes.freeze())
}

pub(super) fn assignment(partitions: &Partitions) -> Result<Bytes> {
    let mut bytes = BytesMut::new();
    bytes.put_i16(ASSIGNMENT_VERSION);
    put_partitions(&mut bytes, partitions)?;
    bytes.put_i32(-1);
    Ok(bytes.freeze())
}

/// The partitions of an assignment; none for no bytes.
pub(super) fn read_assignment(bytes: Bytes) -> Result<Partitions> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let mut reader = Reader::new(bytes);
    ensure!(reader.int16()? >= 0, "an assignment of no version");
    let topics = reader.int32()?;
    let mut partitions = Vec::new();
    for _ in 0..topics {
        let topic = reader.string(false)?.context("a topic without a name")?.to_string();
        let count = reader.int32()?;
        let read = (0..count).map(|_| reader.int32()).collect::<Result<Vec<_>, _>>()?;
        partitions.push((topic, read));
    }
    Ok(partitions)
}

fn put_partitions(bytes: &mut BytesMut, partitions: &Partitions) -> Result<()> {
    bytes.put_i32(i32::try_from(partitions.len())?);
    for (topic, partitions) in partitions {
        put_string(bytes, topic)?;
        bytes.put_i32(i32::try_from(partitions.len())?);
        partitions.iter().for_each(|partition| bytes.put_i32(*partition));
    }
    Ok(())
}

fn put_string(bytes: &mut BytesMut, text: &str) -> Result<()> {
    bytes.put_i16(i16::try_from(text.len())?);
    bytes.put_slice(text.as_bytes());
    Ok(())
}
