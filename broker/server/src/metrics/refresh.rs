//! Gauges and totals that are looked up when somebody asks.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use super::{Metrics, TopicLabel};
use crate::files;
use crate::state::BrokerState;

/// A gauge's value.
fn gauge(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

impl Metrics {
    /// Looks everything up. Costs some microseconds for each topic, so only a scrape asks for it.
    pub(crate) fn refresh(&self, state: &BrokerState) {
        self.connections.set(gauge(state.connections.open()));
        self.request_memory.set(gauge(state.request_memory.used_bytes()));
        self.group_memory.set(gauge(state.groups.used_bytes()));
        self.answer_memory.set(gauge(state.answer_memory.held_bytes()));
        self.fetch_sessions.set(gauge(state.fetch_sessions.count()));
        self.open_files.set(gauge(files::open_count(&state.env).unwrap_or(0)));
        self.open_files_limit.set(gauge(state.files.limit));
        self.uptime.set(state.env.clock.monotonic().saturating_sub(state.started).as_secs_f64());
        if let Ok(space) = state.env.disk.space(&state.data_dir) {
            self.disk_free.set(gauge(space.available_bytes));
        }
        self.refresh_logs(state);
        self.refresh_flushes(state);
    }

    fn refresh_logs(&self, state: &BrokerState) {
        let partitions = state.partitions.all();
        let mut topics: BTreeMap<String, u64> = BTreeMap::new();
        for partition in &partitions {
            *topics.entry(partition.topic.as_str().to_owned()).or_default() += partition.log.size_bytes();
        }
        self.partitions.set(gauge(partitions.len()));
        let totals = state.partitions.logs().totals();
        self.partitions_offline.set(gauge(totals.offline));
        self.disk_full.set(i64::from(totals.disk_full));
        self.log_damage.inner().store(totals.damage, Ordering::Relaxed);
        // Deleted topics leave.
        self.topic_bytes.clear();
        for (topic, bytes) in topics {
            self.topic_bytes.get_or_create(&TopicLabel { topic }).set(gauge(bytes));
        }
    }

    fn refresh_flushes(&self, state: &BrokerState) {
        let totals = state.partitions.logs().flusher().totals();
        self.flush_rounds.inner().store(totals.rounds, Ordering::Relaxed);
        self.flushes.inner().store(totals.logs, Ordering::Relaxed);
        self.flush_failures.inner().store(totals.failures, Ordering::Relaxed);
        self.flush_longest.set(totals.longest.as_secs_f64());
    }
}
