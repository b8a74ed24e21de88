//! Which way of flushing a round takes less time: learned from the rounds themselves, because it depends on the disk, on
//! the file system, and on what else is dirty on it.
//!
//! Rounds with about as many logs share what they learned. The better way is taken, and the other one is tried again
//! from time to time; a try that lost waits so much longer for its next turn that tries cost a thousandth of the time. More
//! would show: a hundredth of the time is where the 99th percentile of an answer's latency lies.

use std::time::Duration;

/// How the files of a round reach the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Each file by itself, several at once.
    Each,
    /// The file system as a whole, once.
    Together,
}

/// Rounds of 1, 2–3, 4–7, … logs; the last class takes all above.
const CLASSES: usize = 12;

/// The weight of the newest round in an average, as a divisor.
const SMOOTHING: u32 = 8;

/// The shortest time between two tries of the way that lost.
const TRY_PAUSE_MIN: Duration = Duration::from_secs(2);

/// How many times the time that a try lost passes before the next one.
const TRY_PAUSE_FACTOR: u32 = 1000;

/// After this long the next try comes even so, if it loses no more than a hundredth of the time.
const TRY_PAUSE_LONG: Duration = Duration::from_secs(60);
const TRY_PAUSE_FACTOR_MIN: u32 = 100;

/// What rounds took so far.
#[derive(Debug, Default)]
pub(crate) struct Chooser {
    classes: [Class; CLASSES],
}

#[derive(Clone, Copy, Debug, Default)]
struct Class {
    each: Option<Duration>,
    together: Option<Duration>,
    try_again_at: Duration,
}

impl Chooser {
    /// The way for a round of `logs` that starts now.
    pub(crate) fn choose(&self, logs: usize, now: Duration) -> Way {
        // One file has nothing to share, and a whole file system may hold anything.
        if logs < 2 {
            return Way::Each;
        }
        let class = self.classes[index(logs)];
        match (class.each, class.together) {
            (None, _) => Way::Each,
            (_, None) => Way::Together,
            (Some(_), Some(_)) if now >= class.try_again_at => other(class.better()),
            (Some(_), Some(_)) => class.better(),
        }
    }

    /// Takes note of what a round took.
    pub(crate) fn learn(&mut self, logs: usize, way: Way, took: Duration, now: Duration) {
        let class = &mut self.classes[index(logs)];
        let was_better = class.better();
        let average = match way {
            Way::Each => &mut class.each,
            Way::Together => &mut class.together,
        };
        // A way that is tried seldom is judged by its last turn.
        let weight = if way == was_better { SMOOTHING } else { 1 };
        *average = Some(average.map_or(took, |before| (before * (weight - 1) + took) / weight));
        if way != was_better {
            let best = class.each.into_iter().chain(class.together).min().unwrap_or(took);
            let lost = took.saturating_sub(best);
            class.try_again_at = now + pause_after(lost);
        }
    }
}

fn pause_after(lost: Duration) -> Duration {
    let wanted = (lost * TRY_PAUSE_FACTOR).min(TRY_PAUSE_LONG);
    wanted.max(lost * TRY_PAUSE_FACTOR_MIN).max(TRY_PAUSE_MIN)
}

impl Class {
    /// Flushing each file takes a system call and a turn of a thread for each, which others would like to have: it must be
    /// a third quicker.
    fn better(&self) -> Way {
        match (self.each, self.together) {
            (Some(each), Some(together)) if together <= each * 3 / 2 => Way::Together,
            (None, Some(_)) => Way::Together,
            _ => Way::Each,
        }
    }
}

fn other(way: Way) -> Way {
    match way {
        Way::Each => Way::Together,
        Way::Together => Way::Each,
    }
}

fn index(logs: usize) -> usize {
    (logs.max(1).ilog2() as usize).min(CLASSES - 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Runs rounds one after another on a disk with these costs; returns how often each way was taken and the time lost.
    fn run(
        chooser: &mut Chooser,
        now: &mut Duration,
        logs: usize,
        rounds: u32,
        costs: [Duration; 2],
    ) -> [u32; 2] {
        let mut taken = [0; 2];
        for _ in 0..rounds {
            let way = chooser.choose(logs, *now);
            let took = costs[way as usize];
            taken[way as usize] += 1;
            *now += took;
            chooser.learn(logs, way, took, *now);
        }
        taken
    }

    #[test]
    fn one_log_is_always_flushed_by_itself() {
        let (mut chooser, mut now) = (Chooser::default(), Duration::ZERO);
        assert_eq!(run(&mut chooser, &mut now, 1, 100, [50 * MS, MS]), [100, 0]);
    }

    #[test]
    fn the_quicker_way_is_found_for_each_number_of_logs() {
        let (mut chooser, mut now) = (Chooser::default(), Duration::ZERO);
        let [each, together] = run(&mut chooser, &mut now, 16, 10_000, [3 * MS, MS]);
        assert!(together > 9_900 && each < 100, "{each} {together}");
        let [each, together] = run(&mut chooser, &mut now, 4, 10_000, [MS, 2 * MS]);
        assert!(each > 9_900 && together < 100, "{each} {together}");
    }

    #[test]
    fn a_change_of_the_disk_is_noticed() {
        let (mut chooser, mut now) = (Chooser::default(), Duration::ZERO);
        run(&mut chooser, &mut now, 16, 10_000, [3 * MS, MS]);
        // Somebody else fills the file system with dirty pages.
        let [each, together] = run(&mut chooser, &mut now, 16, 10_000, [3 * MS, 500 * MS]);
        assert!(each > 9_900, "{each} {together}");
        let [each, together] = run(&mut chooser, &mut now, 16, 100_000, [3 * MS, MS]);
        assert!(together > 75_000, "{each} {together}");
    }

    #[test]
    fn tries_cost_little() {
        for (lost, part) in [(20 * MS, 900), (5_000 * MS, 90)] {
            let (mut chooser, mut now) = (Chooser::default(), Duration::ZERO);
            let costs = [2 * MS, 2 * MS + lost];
            run(&mut chooser, &mut now, 64, 10, costs);
            let before = now;
            let [_, together] = run(&mut chooser, &mut now, 64, 1_000_000, costs);
            assert!(
                together > 0 && lost * together * part < now - before,
                "{together} in {:?}",
                now - before
            );
        }
    }
}
