//! What a benchmark says: a line while it runs, a table or a document at its end.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::exit::Failure;
use crate::output::{self, Format};

/// The longest latency that is told apart: ten minutes, in microseconds.
const LATENCY_MAX_US: u64 = 600_000_000;

/// Latencies of the whole run and of the time since the last line.
#[derive(Debug)]
struct Latencies {
    total: Histogram<u64>,
    window: Histogram<u64>,
}

/// Counts what happens, from any number of threads.
#[derive(Debug)]
pub(super) struct Meter {
    made: Instant,
    /// When the measured time began, in nanoseconds since it was made.
    begun: AtomicU64,
    /// When the last of what is measured happened, in nanoseconds since the start; 0 if that is not known.
    last: AtomicU64,
    records: AtomicU64,
    bytes: AtomicU64,
    failed: AtomicU64,
    latencies: Mutex<Latencies>,
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(LATENCY_MAX_US, 3).expect("the bounds are legal for a histogram")
}

impl Meter {
    pub(super) fn start() -> Self {
        Self {
            made: Instant::now(),
            begun: AtomicU64::new(0),
            last: AtomicU64::new(0),
            records: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            latencies: Mutex::new(Latencies { total: histogram(), window: histogram() }),
        }
    }

    /// The measured time begins now; what happened before was preparation. Nothing may be counted yet.
    pub(super) fn begin(&self) {
        self.begun.store(self.since_made(), Ordering::Relaxed);
    }

    fn since_made(&self) -> u64 {
        u64::try_from(self.made.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Nanoseconds since the start.
    pub(super) fn now(&self) -> u64 {
        self.since_made().saturating_sub(self.begun.load(Ordering::Relaxed))
    }

    /// What is measured goes on until now at least; the clients' own end comes later and does not count.
    pub(super) fn mark(&self) -> u64 {
        let now = self.now();
        self.last.fetch_max(now, Ordering::Relaxed);
        now
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.now())
    }

    /// A record went through; `since` is when it should have been sent, in nanoseconds since the start.
    pub(super) fn done(&self, bytes: u64, since: u64) {
        let micros = self.mark().saturating_sub(since) / 1000;
        self.count(bytes);
        let mut latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        latencies.total.saturating_record(micros);
        latencies.window.saturating_record(micros);
    }

    /// A record went through whose latency is not known.
    pub(super) fn count(&self, bytes: u64) {
        self.records.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn fail(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// What happened until now.
    pub(super) fn report(&self, what: &'static str) -> Report {
        let seconds = match self.last.load(Ordering::Relaxed) {
            0 => self.elapsed(),
            last => Duration::from_nanos(last),
        }
        .as_secs_f64();
        let (records, bytes) = (self.records(), self.bytes.load(Ordering::Relaxed));
        let latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        #[expect(clippy::cast_precision_loss, reason = "rates are shown with four digits")]
        Report {
            benchmark: what,
            records,
            failed: self.failed(),
            bytes,
            seconds: round(seconds, 3),
            records_per_second: round(records as f64 / seconds, 1),
            mib_per_second: round(bytes as f64 / seconds / (1024.0 * 1024.0), 2),
            latency_ms: (!latencies.total.is_empty()).then(|| Percentiles::new(&latencies.total)),
        }
    }
}

/// The result of a benchmark.
#[derive(Serialize, Debug)]
pub(super) struct Report {
    benchmark: &'static str,
    records: u64,
    failed: u64,
    bytes: u64,
    seconds: f64,
    records_per_second: f64,
    mib_per_second: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<Percentiles>,
}

#[derive(Serialize, Debug)]
struct Percentiles {
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

impl Percentiles {
    fn new(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| millis(histogram.value_at_quantile(quantile));
        Self {
            mean: round(histogram.mean() / 1000.0, 3),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: millis(histogram.max()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a latency in microseconds is far below 2^52")]
fn millis(micros: u64) -> f64 {
    round(micros as f64 / 1000.0, 3)
}

fn round(number: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (number * scale).round() / scale
}

impl Report {
    /// Writes the result.
    pub(super) fn show(&self, format: Format) -> Result<(), Failure> {
        output::show(format, self, Self::text)
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{}: {} records, {:.1} MiB in {:.2} s\n  {:.0} records/s, {:.2} MiB/s\n",
            self.benchmark,
            self.records,
            self.mib_per_second * self.seconds,
            self.seconds,
            self.records_per_second,
            self.mib_per_second
        );
        if let Some(latency) = &self.latency_ms {
            text.push_str(&format!(
                "  latency ms: mean {:.2}, p50 {:.2}, p90 {:.2}, p99 {:.2}, p99.9 {:.2}, max {:.2}\n",
                latency.mean, latency.p50, latency.p90, latency.p99, latency.p999, latency.max
            ));
        }
        if self.failed > 0 {
            text.push_str(&format!("  {} records failed\n", self.failed));
        }
        text
    }
}

/// The line that a person watches; silent where nobody does.
pub(super) struct Progress {
    watched: bool,
    last: Instant,
    last_records: u64,
}

const LINE_EVERY: Duration = Duration::from_millis(500);

impl Progress {
    pub(super) fn new() -> Self {
        Self { watched: output::is_watched(), last: Instant::now(), last_records: 0 }
    }

    /// Writes the line anew if it is time.
    pub(super) fn tick(&mut self, meter: &Meter, wanted: Option<u64>) {
        let elapsed = self.last.elapsed();
        if !self.watched || elapsed < LINE_EVERY {
            return;
        }
        let records = meter.records();
        #[expect(clippy::cast_precision_loss, reason = "rates are shown with four digits")]
        let rate = (records - self.last_records) as f64 / elapsed.as_secs_f64();
        let share =
            wanted.filter(|&wanted| wanted > 0).map(|wanted| format!(" {:3}%", records * 100 / wanted));
        let latency = {
            let mut latencies = meter.latencies.lock().unwrap_or_else(PoisonError::into_inner);
            let window = Percentiles::new(&latencies.window);
            let text = (!latencies.window.is_empty()).then(|| {
                format!("  p50 {:.2} ms  p99 {:.2} ms  max {:.2} ms", window.p50, window.p99, window.max)
            });
            latencies.window.reset();
            text
        };
        // Without wrapping: on a narrow terminal the rest of the line is cut, instead of leaving lines behind.
        let line = format!(
            "\r\x1b[?7l{:6.1} s{}  {records} records  {rate:.0}/s{}\x1b[K\x1b[?7h",
            meter.elapsed().as_secs_f64(),
            share.unwrap_or_default(),
            latency.unwrap_or_default()
        );
        let mut out = std::io::stderr().lock();
        // Nobody needs this line enough to fail for it.
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        self.last = Instant::now();
        self.last_records = records;
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if self.watched {
            let mut out = std::io::stderr().lock();
            let _ = out.write_all(b"\r\x1b[K").and_then(|()| out.flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_shows_in_the_percentiles() {
        let meter = Meter::start();
        for _ in 0..90 {
            meter.done(10, meter.now());
        }
        // Ten records that should have been sent at the start of a stall of a second.
        for _ in 0..10 {
            let now = meter.now();
            let latencies = &mut *meter.latencies.lock().unwrap_or_else(PoisonError::into_inner);
            latencies.total.saturating_record((now + 1_000_000_000) / 1000);
        }
        let latency = meter.report("produce").latency_ms.map(|latency| (latency.p50, latency.p99));
        let (p50, p99) = latency.unwrap_or_default();
        assert!(p50 < 100.0 && p99 >= 1000.0, "{p50} {p99}");
    }

    #[test]
    fn preparation_is_not_measured() {
        let meter = Meter::start();
        let before = meter.made;
        while before.elapsed() < Duration::from_millis(2) {
            std::hint::spin_loop();
        }
        meter.begin();
        assert!(meter.now() + 2_000_000 <= meter.since_made(), "{meter:?}");
    }

    #[test]
    fn reports_say_what_was_counted() {
        let report = Report {
            benchmark: "produce",
            records: 2000,
            failed: 1,
            bytes: 2 << 20,
            seconds: 2.0,
            records_per_second: 1000.0,
            mib_per_second: 1.0,
            latency_ms: None,
        };
        expect_test::expect![[r#"
            produce: 2000 records, 2.0 MiB in 2.00 s
              1000 records/s, 1.00 MiB/s
              1 records failed
        "#]]
        .assert_eq(&report.text());
    }
}
