//! The partitions of this broker: which there are, who waits for them, what they let in and out.
//!
//! A partition is a log and what the topic's configs say about it. With one replica its high watermark is the log's
//! stable end: what is on disk (`weir.durability=flushed`), or what is in the log (`replicated`). Look-ups go to an
//! immutable table that is replaced when the metadata change; nothing here is locked while a client waits.

pub(crate) mod append;
pub(crate) mod background;
mod inventory;
pub(crate) mod progress;
pub(crate) mod read;
mod registry;
pub(crate) mod rules;

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use arc_swap::ArcSwap;
use weir_log::PartitionLog;
use weir_model::{ErrorCode, LeaderEpoch, Offset, PartitionIndex, TopicName};

pub(crate) use inventory::Misfit;
pub(crate) use registry::Partitions;
use rules::TopicRules;

/// Whether what was appended is safe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Committed {
    /// The high watermark passed it.
    Yes,
    /// The log's disk failed first; nobody knows what is on it.
    Offline,
    /// The partition was deleted first.
    Deleted,
}

/// One partition that this broker leads.
#[derive(Debug)]
pub(crate) struct Partition {
    /// The topic's name.
    pub(crate) topic: TopicName,
    /// The partition's number.
    pub(crate) index: PartitionIndex,
    /// What is on disk.
    pub(crate) log: Arc<PartitionLog>,
    rules: ArcSwap<TopicRules>,
    leader_epoch: AtomicI32,
    /// Where the log ended when it was opened.
    opened_end: Offset,
}

impl Partition {
    /// What the topic's configs say.
    pub(crate) fn rules(&self) -> arc_swap::Guard<Arc<TopicRules>> {
        self.rules.load()
    }

    /// The epoch in which this broker leads.
    pub(crate) fn leader_epoch(&self) -> LeaderEpoch {
        LeaderEpoch(self.leader_epoch.load(Ordering::Acquire))
    }

    /// The first offset.
    pub(crate) fn log_start(&self) -> Offset {
        self.log.log_start()
    }

    /// The end of what is committed.
    pub(crate) fn high_watermark(&self) -> Offset {
        self.log.high_watermark()
    }

    /// Where `epoch`, or the newest one before it, ended; `None` when the log knows neither.
    pub(crate) fn epoch_end_offset(
        &self,
        epoch: LeaderEpoch,
    ) -> Result<Option<(LeaderEpoch, Offset)>, ErrorCode> {
        let end = self.log.epoch_end_offset(epoch);
        Ok((end.epoch != LeaderEpoch::UNKNOWN).then_some((end.epoch, end.end)))
    }

    /// The epoch of the record at an offset.
    pub(crate) fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        let epoch = self.log.epoch_at(offset);
        (epoch != LeaderEpoch::UNKNOWN).then_some(epoch)
    }

    /// Waits until everything below `end` is committed. The flush was asked for when it was appended. Cancel-safe.
    pub(crate) async fn committed(&self, end: Offset) -> Committed {
        let progress = self.log.wait(|progress| progress.high_watermark >= end).await;
        if progress.high_watermark >= end {
            Committed::Yes
        } else if progress.offline {
            Committed::Offline
        } else {
            Committed::Deleted
        }
    }
}

/// What a client is told whose idea of the leader epoch differs from ours.
pub(crate) fn leader_epoch_error(clients: i32, ours: LeaderEpoch) -> Option<ErrorCode> {
    match clients {
        ..0 => None,
        epoch if epoch < ours.0 => Some(ErrorCode::FencedLeaderEpoch),
        epoch if epoch > ours.0 => Some(ErrorCode::UnknownLeaderEpoch),
        _ => None,
    }
}
