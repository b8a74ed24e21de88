//! Batches as text, in the notation of `tests/vectors/BatchVectors.java`.

use std::fmt::Write as _;

use weir_records::{BatchView, RecordError, TimestampType};

/// The header and the records of a batch, a line each, as Kafka's classes describe the same bytes.
pub(crate) fn describe(bytes: &[u8]) -> Result<Vec<String>, RecordError> {
    let batch = BatchView::first(bytes)?;
    batch.check_crc()?;
    let header = batch.header();
    let attributes = header.attributes;
    let mut flags = String::new();
    flags.push_str(if attributes.is_transactional() { "t" } else { "" });
    flags.push_str(if attributes.is_control() { "c" } else { "" });
    let mut lines = vec![format!(
        "header {} {} {} {} {} {} {} {} {} {} {}",
        header.base_offset,
        header.leader_epoch,
        header.compression()?,
        match attributes.timestamp_type() {
            TimestampType::CreateTime => "CreateTime",
            TimestampType::LogAppendTime => "LogAppendTime",
        },
        if flags.is_empty() { "-" } else { &flags },
        header.last_offset(),
        header.max_timestamp,
        header.producer_id,
        header.producer_epoch,
        header.base_sequence,
        header.count,
    )];
    let records = batch.records()?;
    for record in records.iter() {
        let record = record?;
        let mut line = format!(
            "record {} {} {} {}",
            records.offset(&record),
            records.timestamp(&record),
            hex(record.key),
            hex(record.value)
        );
        for header in record.headers() {
            line.push_str(&format!(" {}={}", hex(Some(header.key)), hex(header.value)));
        }
        lines.push(line);
    }
    Ok(lines)
}

fn hex(field: Option<&[u8]>) -> String {
    const REPEATED: &[u8] = b"payload ";
    let Some(bytes) = field else {
        return "-".into();
    };
    let times = bytes.len() / REPEATED.len();
    if times > 1 && bytes == REPEATED.repeat(times) {
        return format!("{times}*{}", plain_hex(REPEATED));
    }
    format!("x{}", plain_hex(bytes))
}

/// Lower-case hex.
pub(crate) fn plain_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
