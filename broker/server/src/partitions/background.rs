//! What goes on behind the requests: checkpoints, room on the disk, retention, compaction, expiry of producers, removal of
//! files. Each task does one kind of work, one log at a time, on the blocking pool, and stops when the broker goes down.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use weir_env::Env;
use weir_env::task::{self, JoinHandle};
use weir_log::{LogError, Pace};
use weir_metadata::configs::BrokerConfig;

use super::{Partition, Partitions};
use crate::publish::Publisher;
use crate::shutdown::ShutdownSignal;

/// Recovery after a crash starts at the last checkpoint, and a full disk is noticed by a look: both once a second.
const UPKEEP_PAUSE: Duration = Duration::from_secs(1);

/// Whatever the configs say, no job runs more often than this.
const PAUSE_MIN: Duration = Duration::from_millis(100);

/// `producer.id.expiration.check.interval.ms` of Kafka.
const PRODUCER_EXPIRY_PAUSE: Duration = Duration::from_secs(600);

/// What a job works on.
struct Work {
    env: Env,
    partitions: Arc<Partitions>,
    publisher: Arc<Publisher>,
    shutdown: ShutdownSignal,
}

/// Work that blocks.
type Job = fn(&Work);

/// How long a job rests, as the configs are now.
type Pause = fn(&BrokerConfig) -> Duration;

/// Starts all tasks.
pub(crate) fn start(
    env: &Env,
    partitions: &Arc<Partitions>,
    publisher: &Arc<Publisher>,
    shutdown: &ShutdownSignal,
) -> Vec<JoinHandle<()>> {
    let jobs: [(Pause, Job); 4] = [
        (|_| UPKEEP_PAUSE, upkeep),
        (|config| config.logs.retention_check_interval, retention),
        (|config| config.logs.cleaner_backoff, compaction),
        (|_| PRODUCER_EXPIRY_PAUSE, |work| work.partitions.logs().expire_producers()),
    ];
    jobs.into_iter()
        .map(|(pause, job)| {
            let configs = Arc::clone(publisher);
            let pause = move || pause(&configs.config().broker).max(PAUSE_MIN);
            let work = Arc::new(Work {
                env: env.clone(),
                partitions: Arc::clone(partitions),
                publisher: Arc::clone(publisher),
                shutdown: shutdown.clone(),
            });
            let work = move || {
                let work = Arc::clone(&work);
                task::blocking(move || job(&work))
            };
            task::spawn(every(shutdown.clone(), pause, work))
        })
        .collect()
}

/// Runs `work` again and again, `pause` after it ended, until the broker goes down.
async fn every<F, Fut>(mut shutdown: ShutdownSignal, pause: impl Fn() -> Duration, mut work: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = ()>,
{
    loop {
        tokio::select! {
            () = task::sleep(pause()) => {}
            () = shutdown.raised() => return,
        }
        work().await;
    }
}

fn upkeep(work: &Work) {
    let logs = work.partitions.logs();
    if let Err(error) = logs.checkpoint() {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "the checkpoint can't be written; a recovery would take longer");
    }
    if let Err(error) = logs.check_space() {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "the room on the disk is not known");
    }
    logs.remove_doomed(work.env.clock.wall());
}

fn retention(work: &Work) {
    let now = work.env.clock.wall();
    for partition in work.partitions.all() {
        let log = &partition.log;
        if log.check_online().is_err() {
            continue;
        }
        match log.apply_retention(now) {
            Ok(removed) if removed.segments == 0 => {}
            Ok(removed) => {
                let (segments, bytes) = (removed.segments, removed.bytes);
                tracing::info!(partition = %log.partition(), segments, bytes, "retention removed old segments");
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(partition = %log.partition(), error, "retention failed");
            }
        }
    }
}

/// Compacts what is due, the dirtiest log first, as fast as the configs say at each moment.
fn compaction(work: &Work) {
    let now = work.env.clock.wall();
    let map_bytes_max = usize::try_from(work.publisher.config().broker.logs.cleaner_dedupe_buffer_bytes)
        .unwrap_or(usize::MAX);
    let mut due: Vec<(f64, Arc<Partition>)> = Vec::new();
    for partition in work.partitions.all() {
        if !partition.rules().config.cleanup_policy.compact || partition.log.check_online().is_err() {
            continue;
        }
        match partition.log.compaction_due(now) {
            Ok(Some(ratio)) => due.push((ratio, partition)),
            Ok(None) => {}
            Err(error) => not_compacted(&partition, &error),
        }
    }
    due.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let rate = || work.publisher.config().broker.logs.cleaner_bytes_per_second_max;
    let is_stopped = || work.shutdown.is_raised();
    let mut pace = Pace::new(&rate, &is_stopped);
    for (_, partition) in due {
        match partition.log.compact(now, map_bytes_max, &mut pace) {
            Ok(done) => tracing::debug!(partition = %partition.log.partition(), ?done, "compacted"),
            Err(LogError::Stopped) => return,
            // Deleted meanwhile, or changed: the next round looks again.
            Err(LogError::Closed | LogError::Interrupted) => {}
            Err(error) => not_compacted(&partition, &error),
        }
    }
}

fn not_compacted(partition: &Partition, error: &LogError) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(partition = %partition.log.partition(), error, "a log can't be compacted; it grows until it can");
}
