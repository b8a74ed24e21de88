//! Waiting for any of several partitions to move: long polls. Who waits for one partition asks its log.
//!
//! A waiter is made first, then its owner looks, then sleeps: a move between look and sleep wakes it at once.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use tokio::sync::watch;
use weir_log::Progress;

/// One request that waits for any of several partitions. It leaves no trace when it is dropped.
#[derive(Debug)]
pub(crate) struct Waiter {
    receivers: Vec<watch::Receiver<Progress>>,
}

impl Waiter {
    /// Waits for these from now on.
    pub(crate) fn new(receivers: impl IntoIterator<Item = watch::Receiver<Progress>>) -> Self {
        Self { receivers: receivers.into_iter().collect() }
    }

    /// Waits until one of them moved since the last call, or since the waiter was made. Cancel-safe.
    pub(crate) async fn moved(&mut self) {
        let mut changes: Vec<Pin<Box<dyn Future<Output = ()> + Send + '_>>> = Vec::new();
        for receiver in &mut self.receivers {
            changes.push(Box::pin(async {
                // An error means that the log is gone, which is a move too.
                let _ = receiver.changed().await;
            }));
        }
        poll_fn(|context| {
            let ready = changes.iter_mut().any(|change| change.as_mut().poll(context).is_ready());
            if ready { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::Offset;

    fn progress() -> Progress {
        Progress {
            log_start: Offset(0),
            log_end: Offset(0),
            flushed_end: Offset(0),
            stable_end: Offset(0),
            high_watermark: Offset(0),
            offline: false,
            closed: false,
        }
    }

    #[tokio::test]
    async fn a_move_before_the_wait_is_not_lost() {
        let logs = [watch::Sender::new(progress()), watch::Sender::new(progress())];
        let mut waiter = Waiter::new(logs.iter().map(watch::Sender::subscribe));
        logs[1].send_modify(|progress| progress.high_watermark = Offset(1));
        waiter.moved().await;
        let mut waiting = Box::pin(waiter.moved());
        tokio::select! {
            biased;
            () = &mut waiting => panic!("nothing moved since"),
            () = tokio::task::yield_now() => {}
        }
        logs[0].send_modify(|progress| progress.offline = true);
        waiting.await;
    }
}
