//! What stops a reader, said so that it can be mended: which partition, at which offset, and where reading goes on. The client
//! library's errors name none of them, so the cluster is asked again.

use std::collections::BTreeMap;

use rdkafka::Offset;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use super::Reader;
use crate::client::Cluster;
use crate::client::offsets::{EARLIEST, LATEST, Partition};
use crate::driver;
use crate::exit::Failure;

/// Where a reader stands in a partition, and what the partition holds: from `start` to before `end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stand {
    next: i64,
    start: i64,
    end: i64,
}

impl Reader<'_> {
    /// The failure for an error that came instead of a record.
    pub(super) fn trouble(&self, error: &KafkaError) -> Failure {
        use RDKafkaErrorCode as Code;
        let located = match error.rdkafka_error_code() {
            Some(Code::AutoOffsetReset | Code::OffsetOutOfRange) => self.outside(),
            Some(Code::InvalidMessage | Code::BadMessage) => self.damaged(),
            _ => Ok(None),
        };
        match located {
            Ok(Some(failure)) => failure,
            // It was mended meanwhile, or the cluster does not answer: then the error itself is all that is known.
            Ok(None) | Err(_) => self.failure(error),
        }
    }

    fn outside(&self) -> Result<Option<Failure>, Failure> {
        let mut cluster = Cluster::connect(&driver::brief(self.target))?;
        let stands = self.stands(&mut cluster)?;
        let found = stands.into_iter().find(|(_, stand)| !(stand.start..=stand.end).contains(&stand.next));
        Ok(found.map(|((topic, partition), stand)| outside(&topic, partition, stand)))
    }

    fn damaged(&self) -> Result<Option<Failure>, Failure> {
        let mut cluster = Cluster::connect(&driver::brief(self.target))?;
        for (partition, stand) in self.stands(&mut cluster)? {
            if stand.next >= stand.end || cluster.is_readable(&partition, stand.next)? {
                continue;
            }
            let behind = first_passing(stand.next, stand.end, |offset| {
                cluster.renew();
                cluster.is_readable(&partition, offset)
            })?;
            return Ok(Some(damaged(&partition, stand.next, behind, self.options.group.as_deref())));
        }
        Ok(None)
    }

    /// Where the reader stands in each of its partitions that have a leader.
    fn stands(&self, cluster: &mut Cluster) -> Result<BTreeMap<Partition, Stand>, Failure> {
        let fail = |error: KafkaError| self.failure(&error);
        let assigned = self.consumer.assignment().map_err(fail)?;
        let position = self.consumer.position().map_err(fail)?;
        let mut topics: Vec<String> =
            assigned.elements().iter().map(|element| element.topic().to_owned()).collect();
        topics.sort();
        topics.dedup();
        let mut leaders = cluster.leaders(&topics)?;
        leaders.retain(|(topic, partition), _| assigned.find_partition(topic, *partition).is_some());
        let start = cluster.offsets_at(&leaders, |_| EARLIEST)?;
        let end = cluster.offsets_at(&leaders, |_| LATEST)?;
        let committed = match &self.options.group {
            Some(group) => cluster.committed(group)?,
            None => BTreeMap::new(),
        };
        let mut stands = BTreeMap::new();
        for (partition, end) in end {
            let Some(&start) = start.get(&partition) else { continue };
            let read = position.find_partition(&partition.0, partition.1).map(|element| element.offset());
            let next = match read {
                Some(Offset::Offset(next)) => next,
                _ => match committed.get(&partition) {
                    Some(committed) => *committed,
                    None => resolve(self.first_offset(&partition.0, partition.1)?, start, end),
                },
            };
            stands.insert(partition, Stand { next, start, end });
        }
        Ok(stands)
    }
}

/// The offset that a wish for a start means.
fn resolve(wish: Offset, start: i64, end: i64) -> i64 {
    match wish {
        Offset::Offset(offset) => offset,
        Offset::OffsetTail(count) => end.saturating_sub(count).max(start),
        Offset::Beginning => start,
        Offset::End | Offset::Stored | Offset::Invalid => end,
    }
}

/// The first offset after `failing` that passes, if everything before it fails and everything behind it passes; `end` passes.
/// It takes about twice the logarithm of the distance in questions.
fn first_passing(
    failing: i64,
    end: i64,
    mut passes: impl FnMut(i64) -> Result<bool, Failure>,
) -> Result<i64, Failure> {
    let (mut below, mut step) = (failing, 1_i64);
    let mut above = below.saturating_add(step).min(end);
    while above < end && !passes(above)? {
        below = above;
        step = step.saturating_mul(2);
        above = below.saturating_add(step).min(end);
    }
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if passes(middle)? {
            above = middle;
        } else {
            below = middle;
        }
    }
    Ok(above)
}

fn outside(topic: &str, partition: i32, stand: Stand) -> Failure {
    let Stand { next, start, end } = stand;
    let holds = match end - start {
        count if count <= 0 => format!("holds no records (the next one gets the offset {end})"),
        1 => format!("holds only the offset {start}"),
        _ => format!("holds the offsets {start} to {}", end - 1),
    };
    Failure::not_found(format!(
        "topic '{topic}': partition {partition} {holds}, so it can't be read at {next}"
    ))
    .hint("--offset -N starts N records before the end, --from-beginning at the oldest one; -p reads one partition")
}

fn damaged(place: &Partition, offset: i64, behind: i64, group: Option<&str>) -> Failure {
    let (topic, partition) = place;
    let command = match group {
        Some(group) => {
            format!("weir group reset-offsets {group} --topic {topic} -p {partition} --to {behind}")
        }
        None => format!("weir consume {topic} -p {partition} --offset {behind}"),
    };
    Failure::failed(format!(
        "topic '{topic}': partition {partition} can't be read at offset {offset}: what was there is damaged or gone on disk"
    ))
    .hint(format!(
        "the log of its leader names the batch; to go on behind it: {command}"
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_first_offset_behind_the_damage_is_found() {
        for (failing, behind, end) in
            [(0, 1, 10), (17, 18, 18), (17, 21, 500), (5, 1005, 2000), (3, 100, 100), (0, 64, 65)]
        {
            let mut asked = 0;
            let found = first_passing(failing, end, |offset| {
                asked += 1;
                assert!(offset > failing && offset < end, "{offset}");
                Ok(offset >= behind)
            });
            assert_eq!(found.unwrap(), behind, "{failing} {end}");
            assert!(asked <= 24, "{asked} questions");
        }
    }

    #[test]
    fn wishes_for_a_start_are_offsets() {
        let wishes = [Offset::Offset(7), Offset::OffsetTail(2), Offset::OffsetTail(90), Offset::Beginning];
        assert_eq!(wishes.map(|wish| resolve(wish, 10, 50)), [7, 48, 10, 10]);
        assert_eq!(resolve(Offset::End, 10, 50), 50);
    }

    #[test]
    fn the_partition_and_its_range_are_named() {
        let said = |start, end| outside("t", 3, Stand { next: 99, start, end }).to_string();
        expect![[r#"
            topic 't': partition 3 holds the offsets 4 to 9, so it can't be read at 99
              --offset -N starts N records before the end, --from-beginning at the oldest one; -p reads one partition"#]]
        .assert_eq(&said(4, 10));
        assert!(said(4, 5).contains("holds only the offset 4,"));
        assert!(said(5, 5).contains("holds no records (the next one gets the offset 5),"));
    }
}
