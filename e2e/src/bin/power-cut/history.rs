//! What was acknowledged, and the verdict on what was found after the power came back.

use std::collections::BTreeMap;
use std::time::Instant;

use weir_e2e::wire_client::Partition;

/// Every acknowledged record and group commit of all rounds so far.
#[derive(Default, Debug)]
pub(crate) struct History {
    /// Partition → offset → value, and when the answer was there.
    acknowledged: BTreeMap<Partition, BTreeMap<i64, (Vec<u8>, Instant)>>,
    /// Partition → the highest offset whose commit was acknowledged.
    committed: BTreeMap<Partition, i64>,
    /// When the newest cut began and was over.
    cut: Option<(Instant, Instant)>,
}

/// What one reading of a partition found: offset → value.
pub(crate) type Found = BTreeMap<i64, Vec<u8>>;

impl History {
    /// The broker said that these values stand from `base_offset` on.
    pub(crate) fn acknowledge(&mut self, partition: &Partition, base_offset: i64, values: &[Vec<u8>]) {
        let now = Instant::now();
        let records = self.acknowledged.entry(partition.clone()).or_default();
        for (offset, value) in (base_offset..).zip(values) {
            records.insert(offset, (value.clone(), now));
        }
    }

    /// The power was cut between these moments: a finding says whether its answer came before, meanwhile or after.
    pub(crate) fn cut(&mut self, began: Instant, over: Instant) {
        self.cut = Some((began, over));
    }

    fn when(&self, at: Instant) -> String {
        match self.cut {
            None => String::new(),
            Some((began, _)) if at < began => format!(", acknowledged {:?} before the cut began", began - at),
            Some((began, over)) if at < over => {
                format!(", acknowledged {:?} into a cut of {:?}", at - began, over - began)
            }
            Some((_, over)) => format!(", acknowledged {:?} after the cut was over", at - over),
        }
    }

    /// The broker said that the group's offset is stored.
    pub(crate) fn commit(&mut self, partition: &Partition, offset: i64) {
        let committed = self.committed.entry(partition.clone()).or_default();
        *committed = (*committed).max(offset);
    }

    /// Takes over what another thread saw.
    pub(crate) fn merge(&mut self, other: Self) {
        for (partition, records) in other.acknowledged {
            self.acknowledged.entry(partition).or_default().extend(records);
        }
        for (partition, offset) in other.committed {
            self.commit(&partition, offset);
        }
    }

    /// Acknowledged records in all.
    pub(crate) fn record_count(&self) -> usize {
        self.acknowledged.values().map(BTreeMap::len).sum()
    }

    /// The partitions with acknowledged records.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = &Partition> {
        self.acknowledged.keys()
    }

    /// The partitions with acknowledged commits.
    pub(crate) fn committed(&self) -> &BTreeMap<Partition, i64> {
        &self.committed
    }

    /// What is wrong with a partition's content: a lost, changed or doubled record, or a gap in the offsets.
    pub(crate) fn judge(&self, partition: &Partition, found: &Found) -> Vec<String> {
        let (topic, index) = partition;
        let mut wrong = Vec::new();
        let expected = self.acknowledged.get(partition);
        for (offset, (value, at)) in expected.into_iter().flatten() {
            match found.get(offset) {
                None => wrong
                    .push(format!("{topic}-{index}: acknowledged offset {offset} is gone{}", self.when(*at))),
                Some(other) if other != value => {
                    wrong.push(format!(
                        "{topic}-{index}: offset {offset} holds another value than was acknowledged"
                    ));
                }
                Some(_) => {}
            }
        }
        if let (Some((first, _)), Some((last, _))) = (found.first_key_value(), found.last_key_value()) {
            let span = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
            if span != found.len() {
                wrong.push(format!(
                    "{topic}-{index}: {} records between offsets {first} and {last}",
                    found.len()
                ));
            }
        }
        let mut offsets_of: BTreeMap<&[u8], i64> = BTreeMap::new();
        for (offset, value) in found {
            if let Some(before) = offsets_of.insert(value, *offset) {
                wrong.push(format!("{topic}-{index}: one value stands at offsets {before} and {offset}"));
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> (History, Partition) {
        let partition = ("t".to_owned(), 0);
        let mut history = History::default();
        history.acknowledge(&partition, 5, &[b"a".to_vec(), b"b".to_vec()]);
        (history, partition)
    }

    fn found(records: &[(i64, &str)]) -> Found {
        records.iter().map(|(offset, value)| (*offset, value.as_bytes().to_vec())).collect()
    }

    #[test]
    fn what_was_acknowledged_and_more_is_right() {
        let (history, partition) = history();
        let nothing: Vec<String> = Vec::new();
        assert_eq!(history.judge(&partition, &found(&[(4, "x"), (5, "a"), (6, "b"), (7, "y")])), nothing);
    }

    #[test]
    fn a_loss_says_when_it_was_acknowledged() {
        let (mut history, partition) = history();
        let cut = |history: &mut History, began: Instant| history.cut(began, began);
        cut(&mut history, Instant::now());
        assert!(history.judge(&partition, &found(&[]))[0].contains("before the cut began"));
        let (mut history, partition) = self::history();
        let earlier = Instant::now()
            .checked_sub(std::time::Duration::from_secs(1))
            .expect("the machine runs for a second");
        cut(&mut history, earlier);
        assert!(history.judge(&partition, &found(&[]))[0].contains("after the cut was over"));
    }

    #[test]
    fn loss_change_gap_and_duplicate_are_found() {
        let (history, partition) = history();
        for (records, word) in [
            (vec![(5, "a")], "gone"),
            (vec![], "gone"),
            (vec![(5, "a"), (6, "c")], "another value"),
            (vec![(3, "x"), (5, "a"), (6, "b")], "records between"),
            (vec![(4, "a"), (5, "a"), (6, "b")], "one value"),
        ] {
            let wrong = history.judge(&partition, &found(&records));
            assert!(wrong.iter().any(|text| text.contains(word)), "{records:?}: {wrong:?}");
        }
    }
}
