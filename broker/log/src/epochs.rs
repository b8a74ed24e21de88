//! Which leader epoch starts where in a log (KIP-101). A pure structure; its text form is Kafka's
//! `leader-epoch-checkpoint`: a line with version 0, a line with the count, then `epoch start` per line.
//!
//! Invariant: epochs and starts rise strictly from entry to entry.

use std::fmt::Write as _;

use weir_model::{LeaderEpoch, Offset};

use crate::error::Unfit;

const VERSION: u32 = 0;

/// Leader epochs in one log; compaction and retention keep them few. More entries than this in a file are damage.
const EPOCHS_MAX: usize = 1_000_000;

/// An epoch and the offset of its first record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct EpochStart {
    pub(crate) epoch: LeaderEpoch,
    pub(crate) start: Offset,
}

/// Where an epoch ends, the answer of OffsetForLeaderEpoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EpochEnd {
    /// The largest known epoch not above the one asked for, or [`LeaderEpoch::UNKNOWN`].
    pub epoch: LeaderEpoch,
    /// The offset after its last record, or [`Offset::UNKNOWN`].
    pub end: Offset,
}

/// The epochs of one log, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct LeaderEpochs(Vec<EpochStart>);

impl LeaderEpochs {
    pub(crate) fn latest(&self) -> LeaderEpoch {
        self.0.last().map_or(LeaderEpoch::UNKNOWN, |entry| entry.epoch)
    }

    /// The epoch whose records include `offset`.
    pub(crate) fn at(&self, offset: Offset) -> LeaderEpoch {
        let before = self.0.partition_point(|entry| entry.start <= offset);
        before.checked_sub(1).map_or(LeaderEpoch::UNKNOWN, |at| self.0[at].epoch)
    }

    /// Opens an epoch at `start`. True if that changed anything. An epoch that never got a record gives way.
    pub(crate) fn assign(&mut self, epoch: LeaderEpoch, start: Offset) -> bool {
        if epoch <= self.latest() {
            return false;
        }
        while self.0.last().is_some_and(|entry| entry.start >= start) {
            self.0.pop();
        }
        self.0.push(EpochStart { epoch, start });
        true
    }

    /// Where `epoch` ends in a log that ends at `log_end`.
    pub(crate) fn end_of(&self, epoch: LeaderEpoch, log_end: Offset) -> EpochEnd {
        let unknown = EpochEnd { epoch: LeaderEpoch::UNKNOWN, end: Offset::UNKNOWN };
        if epoch == LeaderEpoch::UNKNOWN {
            return unknown;
        }
        if epoch == self.latest() {
            return EpochEnd { epoch, end: log_end };
        }
        let above = self.0.partition_point(|entry| entry.epoch <= epoch);
        let Some(next) = self.0.get(above) else { return unknown };
        let floor = above.checked_sub(1).map_or(epoch, |at| self.0[at].epoch);
        EpochEnd { epoch: floor, end: next.start }
    }

    /// Drops what starts at or after a new log end. True if that changed anything.
    pub(crate) fn truncate_end(&mut self, end: Offset) -> bool {
        let before = self.0.len();
        self.0.retain(|entry| entry.start < end);
        before != self.0.len()
    }

    /// Drops what ended before a new log start; the epoch that reaches across it starts there. True if that changed
    /// anything.
    pub(crate) fn truncate_start(&mut self, start: Offset) -> bool {
        let past = self.0.partition_point(|entry| entry.start <= start);
        let Some(last_past) = past.checked_sub(1) else { return false };
        let changed = last_past > 0 || self.0[last_past].start != start;
        self.0.drain(..last_past);
        self.0[0].start = start;
        changed
    }

    pub(crate) fn encode(&self) -> String {
        let mut text = format!("{VERSION}\n{}\n", self.0.len());
        for EpochStart { epoch, start } in &self.0 {
            _ = writeln!(text, "{epoch} {start}");
        }
        text
    }

    /// Reads what [`Self::encode`] wrote.
    pub(crate) fn decode(text: &str) -> Result<Self, Unfit> {
        let (version, rest) = text.split_once('\n').ok_or(Unfit::Damaged)?;
        match version.parse().map_err(|_| Unfit::Damaged)? {
            VERSION => Self::decode_entries(rest).ok_or(Unfit::Damaged),
            found => Err(Unfit::Version { found, known: VERSION }),
        }
    }

    fn decode_entries(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let count: usize = lines.next()?.parse().ok().filter(|&count| count <= EPOCHS_MAX)?;
        let mut epochs = Self::default();
        for line in lines.by_ref().take(count) {
            let (epoch, start) = line.split_once(' ')?;
            let entry = EpochStart {
                epoch: LeaderEpoch(epoch.parse().ok().filter(|&epoch| epoch >= 0)?),
                start: Offset(start.parse().ok().filter(|&start| start >= 0)?),
            };
            if epochs.0.last().is_some_and(|last| last.epoch >= entry.epoch || last.start >= entry.start) {
                return None;
            }
            epochs.0.push(entry);
        }
        (epochs.0.len() == count && lines.next().is_none()).then_some(epochs)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn epochs(entries: &[(i32, i64)]) -> LeaderEpochs {
        let mut epochs = LeaderEpochs::default();
        for &(epoch, start) in entries {
            assert!(epochs.assign(LeaderEpoch(epoch), Offset(start)));
        }
        epochs
    }

    #[test]
    fn the_end_of_an_epoch_is_the_start_of_the_next() {
        let epochs = epochs(&[(2, 0), (4, 10), (7, 30)]);
        for (asked, epoch, end) in
            [(-1, -1, -1), (1, 1, 0), (2, 2, 10), (3, 2, 10), (4, 4, 30), (6, 4, 30), (7, 7, 50), (8, -1, -1)]
        {
            let expected = EpochEnd { epoch: LeaderEpoch(epoch), end: Offset(end) };
            assert_eq!(epochs.end_of(LeaderEpoch(asked), Offset(50)), expected, "epoch {asked}");
        }
    }

    #[test]
    fn an_epoch_without_records_gives_way() {
        let mut epochs = epochs(&[(1, 0), (2, 10)]);
        assert!(epochs.assign(LeaderEpoch(3), Offset(10)));
        assert!(!epochs.assign(LeaderEpoch(3), Offset(20)));
        assert_eq!(epochs.encode(), "0\n2\n1 0\n3 10\n");
    }

    #[test]
    fn both_ends_can_be_cut() {
        let mut cut = epochs(&[(1, 0), (2, 10), (3, 20)]);
        assert!(cut.truncate_start(Offset(15)));
        assert_eq!(cut, epochs(&[(2, 15), (3, 20)]));
        assert!(!cut.truncate_start(Offset(15)));
        assert!(cut.truncate_end(Offset(20)));
        assert_eq!(cut, epochs(&[(2, 15)]));
    }

    #[test]
    fn damage_is_seen() {
        let good = epochs(&[(1, 0), (2, 10)]);
        assert_eq!(LeaderEpochs::decode(&good.encode()), Ok(good));
        for bad in [
            "",
            "0",
            "x\n0\n",
            "0\n2\n1 0\n",
            "0\n1\n1 0\n2 10\n",
            "0\n2\n2 0\n1 10\n",
            "0\n1\n1 x\n",
            "0\n99999999\n",
        ] {
            assert_eq!(LeaderEpochs::decode(bad), Err(Unfit::Damaged), "{bad:?}");
        }
        let newer = LeaderEpochs::decode("1\nepochs: 0\n");
        assert_eq!(newer, Err(Unfit::Version { found: 1, known: 0 }));
    }
}
