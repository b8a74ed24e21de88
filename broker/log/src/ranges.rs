//! A set of byte ranges, merged where they touch.

use std::collections::BTreeMap;

/// Ranges kept apart in one set. Beyond it the smallest idea of what was seen is kept: ranges are forgotten, not invented.
const RANGES_MAX: usize = 64;

/// Ranges `from..to` by their start; none touches another.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// Adds `from..to`.
    pub(crate) fn insert(&mut self, from: u64, to: u64) {
        if from >= to {
            return;
        }
        let (mut low, mut high) = (from, to);
        while let Some((&start, &end)) = self.0.range(..=high).next_back().filter(|&(_, &end)| end >= low) {
            self.0.remove(&start);
            low = low.min(start);
            high = high.max(end);
        }
        if self.0.len() >= RANGES_MAX {
            self.0.pop_first();
        }
        self.0.insert(low, high);
    }

    /// The end of the range that holds `position`, or `position` when none does.
    pub(crate) fn end_of(&self, position: u64) -> u64 {
        match self.0.range(..=position).next_back() {
            Some((_, &end)) if end > position => end,
            _ => position,
        }
    }

    /// Forgets everything at and after `from`.
    pub(crate) fn cut(&mut self, from: u64) {
        self.0.split_off(&from);
        if let Some(mut last) = self.0.last_entry()
            && *last.get() > from
        {
            last.insert(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_merge_and_are_cut() {
        let mut ranges = Ranges::default();
        for (from, to) in [(10, 20), (30, 40), (20, 25), (5, 5)] {
            ranges.insert(from, to);
        }
        assert_eq!([0, 10, 24, 25, 30, 39, 40].map(|at| ranges.end_of(at)), [0, 25, 25, 25, 40, 40, 40]);
        ranges.insert(0, 35);
        assert_eq!(ranges.end_of(0), 40);
        ranges.cut(12);
        assert_eq!((ranges.end_of(0), ranges.end_of(12)), (12, 12));
    }

    #[test]
    fn a_set_stays_small() {
        let mut ranges = Ranges::default();
        for at in 0..1000 {
            ranges.insert(at * 10, at * 10 + 1);
        }
        assert_eq!(ranges.0.len(), RANGES_MAX);
    }
}
