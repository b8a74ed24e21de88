//! Writes damaged batches with Weir's verdict on each, for `Verdicts.java` to compare with that of Kafka's `LogValidator`.
//!
//! Arguments: how many, and a seed.

use std::io::Write;

use weir_model::TimestampMs;
use weir_records::{Compression, ValidationRules, validate_produced};

#[path = "../tests/it/mutate.rs"]
mod mutate;
#[allow(clippy::unwrap_used, dead_code)]
#[path = "../tests/it/support.rs"]
mod support;
#[allow(dead_code)]
#[path = "../tests/it/text.rs"]
mod text;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u32 = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    let mut random = mutate::Seeded::new(arguments.next().map_or(Ok(1), |text| text.parse())?);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for _ in 0..count {
        let codec = Compression::ALL[random.below(Compression::ALL.len())];
        let records = support::sample_records(1 + random.below(5));
        let mutant = random.mutant(&support::build(&records, codec), codec)?;
        let rules = ValidationRules { timestamp_after_max_ms: i64::MAX, ..ValidationRules::default() };
        let verdict = match validate_produced(&mutant, &rules, TimestampMs(support::NOW.0)) {
            Ok(validated) => format!("ok:{}", validated.max_timestamp),
            Err(error) => format!("{error:?}").replace(' ', ""),
        };
        writeln!(out, "{verdict} {}", text::plain_hex(&mutant))?;
    }
    Ok(())
}
