//! What goes on behind the requests: checkpoints, room on the disk, retention, compaction, expiry of producers, removal of
//! files. Each task does one kind of work, one log at a time, on the blocking pool, and stops when the broker goes down.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use weir_env::Env;
use weir_env::task::{self, JoinHandle};

use super::Partitions;
use crate::publish::Publisher;
use crate::shutdown::ShutdownSignal;

/// Recovery after a crash starts at the last checkpoint, and a full disk is noticed by a look: both once a second.
const UPKEEP_PAUSE: Duration = Duration::from_secs(1);

/// `producer.id.expiration.check.interval.ms` of Kafka.
const PRODUCER_EXPIRY_PAUSE: Duration = Duration::from_secs(600);

/// Work that blocks.
type Job = fn(&Env, &Partitions);

/// Starts all tasks.
pub(crate) fn start(
    env: &Env,
    partitions: &Arc<Partitions>,
    publisher: &Arc<Publisher>,
    shutdown: &ShutdownSignal,
) -> Vec<JoinHandle<()>> {
    let logs = publisher.config().broker.logs.clone();
    let jobs: [(Duration, Job); 4] = [
        (UPKEEP_PAUSE, upkeep),
        (logs.retention_check_interval, retention),
        (logs.cleaner_backoff, compaction),
        (PRODUCER_EXPIRY_PAUSE, |_, partitions| partitions.logs().expire_producers()),
    ];
    jobs.into_iter()
        .map(|(pause, job)| {
            let (env, partitions) = (env.clone(), Arc::clone(partitions));
            let work = move || {
                let (env, partitions) = (env.clone(), Arc::clone(&partitions));
                task::blocking(move || job(&env, &partitions))
            };
            task::spawn(every(shutdown.clone(), pause, work))
        })
        .collect()
}

/// Runs `work` again and again, `pause` after it ended, until the broker goes down.
async fn every<F, Fut>(mut shutdown: ShutdownSignal, pause: Duration, mut work: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = ()>,
{
    loop {
        tokio::select! {
            () = task::sleep(pause) => {}
            () = shutdown.raised() => return,
        }
        work().await;
    }
}

fn upkeep(env: &Env, partitions: &Partitions) {
    let logs = partitions.logs();
    if let Err(error) = logs.checkpoint() {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "the checkpoint can't be written; a recovery would take longer");
    }
    if let Err(error) = logs.check_space() {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "the room on the disk is not known");
    }
    logs.remove_doomed(env.clock.wall());
}

fn retention(env: &Env, partitions: &Partitions) {
    let now = env.clock.wall();
    for partition in partitions.all() {
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

fn compaction(env: &Env, partitions: &Partitions) {
    let now = env.clock.wall();
    for partition in partitions.all() {
        let _ = (now, &partition);
    }
}
