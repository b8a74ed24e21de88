//! `weir bench produce`: how fast, and how soon acknowledged.

use std::sync::Arc;
use std::time::Duration;

use super::load::{Measure, Ready, wanted};
use super::report::{Meter, Progress};
use crate::args::{BenchProduce, Target};
use crate::exit::Failure;
use crate::stop::Stop;

/// Runs the benchmark.
pub(super) fn run(target: &Target, options: &BenchProduce) -> Result<(), Failure> {
    let stop = Stop::watch()?;
    let meter = Arc::new(Meter::start());
    let load = Ready::new(target, options, &meter, Measure::Delivery)?.start(target, options, &meter, 1);
    let mut progress = Progress::new();
    while !load.is_over() {
        std::thread::sleep(Duration::from_millis(20));
        progress.tick(&meter, wanted(options));
        if stop.is_wished() || meter.failed() > 0 {
            load.stop();
        }
    }
    progress.clear();
    let report = meter.report("produce");
    let outcome = load.join(target, &options.topic);
    report.show(target.output)?;
    outcome
}
