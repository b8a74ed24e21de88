//! What the admin port is told: metrics, whether the broker works, whether it serves.

use std::sync::Arc;

use crate::metrics::http::Answers;
use crate::state::BrokerState;

/// Answers from the broker's state.
#[derive(Debug)]
pub(crate) struct AdminAnswers {
    state: Arc<BrokerState>,
}

impl AdminAnswers {
    /// Answers for a broker that is ready.
    pub(crate) fn new(state: Arc<BrokerState>) -> Self {
        Self { state }
    }
}

impl Answers for AdminAnswers {
    fn metrics(&self) -> String {
        self.state.metrics.refresh(&self.state);
        self.state.metrics.encode()
    }

    fn healthy(&self) -> Result<(), String> {
        match self.state.partitions.logs().totals().offline {
            0 => Ok(()),
            1 => Err("1 log is offline: the broker's log says why".to_owned()),
            count => Err(format!("{count} logs are offline: the broker's log says why")),
        }
    }

    fn ready(&self) -> Result<(), String> {
        if self.state.shutdown.is_raised() { Err("the broker goes down".to_owned()) } else { Ok(()) }
    }
}
