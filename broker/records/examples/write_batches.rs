//! Writes batches of every codec with their content, for `BatchVectors.java check` to read with Kafka's own classes.

use std::error::Error;
use std::io::Write;

use weir_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};
use weir_records::{
    BatchBuilder, BatchView, Compression, ControlRecordType, EndTxnMarker, Header, RecordBatchMut, Retained,
    end_txn_marker_batch, recompress, retain,
};

#[path = "../tests/it/text.rs"]
mod text;

const NOW: TimestampMs = TimestampMs(1_795_305_600_000);

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    let mut write = |name: &str, bytes: &[u8]| -> Result<(), Box<dyn Error>> {
        writeln!(out, "batch {name} {}", text::plain_hex(bytes))?;
        for line in text::describe(bytes)? {
            writeln!(out, "{line}")?;
        }
        Ok(())
    };
    for codec in Compression::ALL {
        let bytes = small(codec)?;
        write(&format!("small-{codec}"), &bytes)?;
        let mut stamped = bytes.to_vec();
        let mut batch = RecordBatchMut::new(&mut stamped)?;
        batch.set_base_offset(Offset(1 << 40));
        batch.set_leader_epoch(LeaderEpoch(3));
        batch.set_append_time(TimestampMs(NOW.0 + 1));
        write(&format!("stamped-{codec}"), &stamped)?;
        let large = large(codec)?;
        write(&format!("large-{codec}"), &large)?;
        let batch = BatchView::first(&large)?;
        for target in Compression::ALL {
            write(&format!("large-{codec}-to-{target}"), &recompress(&batch, target, None)?)?;
        }
        for horizon in [None, Some(NOW)] {
            if let Retained::Some(bytes) = retain(&batch, horizon, |offset, _, _| offset.0 % 3 == 1)? {
                write(&format!("retained-{codec}"), &bytes)?;
            }
        }
        write(&format!("emptied-{codec}"), &Retained::empty_batch(batch.header())?)?;
    }
    for kind in [ControlRecordType::Abort, ControlRecordType::Commit] {
        let marker = EndTxnMarker {
            kind,
            coordinator_epoch: 4,
            producer_id: ProducerId(8),
            producer_epoch: ProducerEpoch(1),
        };
        write("marker", &end_txn_marker_batch(&marker, LeaderEpoch(2), NOW)?)?;
    }
    Ok(())
}

fn small(codec: Compression) -> Result<bytes::Bytes, Box<dyn Error>> {
    let mut builder = BatchBuilder::new(Offset(0), codec)
        .producer(ProducerId(4000), ProducerEpoch(2), i32::MAX - 1)
        .transactional();
    let twice = [
        Header { key: b"trace", value: Some(&[1, 2]) },
        Header { key: b"other", value: Some(&[]) },
        Header { key: b"trace", value: None },
    ];
    builder.push(Some(b"key"), Some(b"value"), &twice, NOW)?;
    builder.push(None, Some(b"no key"), &[], TimestampMs(NOW.0 - 5))?;
    builder.push(Some(b""), None, &[], TimestampMs(NOW.0 + 40_000_000_000))?;
    Ok(builder.finish()?)
}

/// More than one block of every codec.
fn large(codec: Compression) -> Result<bytes::Bytes, Box<dyn Error>> {
    let mut builder = BatchBuilder::new(Offset(7), codec).level(1);
    for index in 0..150 {
        let key = format!("key-{index}");
        builder.push(
            Some(key.as_bytes()),
            Some(&b"payload ".repeat(150)),
            &[],
            TimestampMs(NOW.0 + index),
        )?;
    }
    Ok(builder.finish()?)
}
